//! Frames made by chance: mostly good, each part now and then wrong.

use syrupc::testing::Rng;

/// Whether something happens that happens once in `n` times.
fn once_in(rng: &mut Rng, n: u64) -> bool {
    rng.next_u64().is_multiple_of(n)
}

fn below(rng: &mut Rng, n: u64) -> u8 {
    (rng.next_u64() % n) as u8
}

/// A whole frame.
pub fn frame(rng: &mut Rng) -> Vec<u8> {
    let mut frame = vec![2; 12];
    let n_tags = [0, 0, 0, 1, 1, 2, 2, 3][usize::from(below(rng, 8))];
    for _ in 0..n_tags {
        frame.extend(if once_in(rng, 2) { [0x81, 0x00] } else { [0x88, 0xa8] });
        frame.extend([below(rng, 255), below(rng, 255)]);
    }
    let payload = payload(rng, 0);
    network(rng, payload, &mut frame);
    // The card pads frames to the least length.
    if once_in(rng, 2) {
        let n = usize::from(below(rng, 20));
        frame.extend((0..n).map(|_| below(rng, 3)));
    }
    frame
}

/// The EtherType and the network header.
fn network(rng: &mut Rng, (protocol, payload): (u8, Vec<u8>), frame: &mut Vec<u8>) {
    match below(rng, 9) {
        0 => frame.extend([0x08, 0x06, 0, 1]),
        1..=4 => ipv4(rng, protocol, payload, frame),
        _ => ipv6(rng, protocol, payload, frame),
    }
}

fn ipv4(rng: &mut Rng, protocol: u8, payload: Vec<u8>, frame: &mut Vec<u8>) {
    let words = [0, 0, 1, 1, 2, 10][usize::from(below(rng, 6))];
    let first = if once_in(rng, 20) { below(rng, 255) } else { 0x45 + words };
    let mut total = (20 + usize::from(words) * 4 + payload.len()) as u16;
    if once_in(rng, 16) {
        total = total.wrapping_add(u16::from(below(rng, 9))).wrapping_sub(4);
    }
    let part = match below(rng, 16) {
        0 => [0x20, 0],
        1 => [0, below(rng, 3)],
        2 => [0x40, 0],
        _ => [0, 0],
    };
    frame.extend([0x08, 0x00, first, 0]);
    frame.extend(total.to_be_bytes());
    frame.extend([0, 1, part[0], part[1], 1 + below(rng, 2), protocol, 0, 0]);
    frame.extend([10, 0, 0, below(rng, 4), 10, 0, 0, 9]);
    for _ in 0..words {
        frame.extend(if once_in(rng, 2) { [0x94, 4, 0, 0] } else { [1, 1, 1, 1] });
    }
    frame.extend(payload);
}

fn ipv6(rng: &mut Rng, protocol: u8, payload: Vec<u8>, frame: &mut Vec<u8>) {
    let n_extensions = [0, 0, 0, 1, 1, 2, 2, 3, 4, 5][usize::from(below(rng, 10))];
    let mut kinds: Vec<u8> =
        (0..n_extensions).map(|_| [43, 60, 44, 51][usize::from(below(rng, 4))]).collect();
    if once_in(rng, 3) {
        kinds = vec![43, 60];
    }
    if n_extensions > 0 && once_in(rng, 2) {
        kinds[0] = [0, 44][usize::from(below(rng, 2))];
        kinds.truncate(n_extensions);
    }
    let mut chain = Vec::new();
    for (n, kind) in kinds.iter().enumerate() {
        let next = kinds.get(n + 1).copied().unwrap_or(protocol);
        extension(rng, *kind, next, &mut chain);
    }
    chain.extend(payload);
    let mut length = chain.len() as u16;
    if once_in(rng, 16) {
        length = length.wrapping_add(u16::from(below(rng, 9))).wrapping_sub(4);
    }
    let version = if once_in(rng, 30) { 0x50 } else { 0x60 };
    frame.extend([0x86, 0xdd, version, 0, 0, 0]);
    frame.extend(length.to_be_bytes());
    frame.extend([kinds.first().copied().unwrap_or(protocol), 64]);
    frame.extend([7; 32]);
    frame.extend(chain);
}

fn extension(rng: &mut Rng, kind: u8, next: u8, chain: &mut Vec<u8>) {
    let len = [0, 0, 0, 1, 4][usize::from(below(rng, 5))];
    match kind {
        44 => {
            let part = if once_in(rng, 4) { [below(rng, 2), below(rng, 16)] } else { [0, 0] };
            chain.extend([next, 0, part[0], part[1], 0, 0, 0, below(rng, 4)]);
        }
        51 => {
            chain.extend([next, len + 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
            chain.extend(vec![5; usize::from(len) * 4]);
        }
        _ => {
            chain.extend([next, len, 4, 0]);
            chain.extend(vec![0; 4 + usize::from(len) * 8]);
        }
    }
}

/// A transport header with what follows it, and its number.
fn payload(rng: &mut Rng, depth: u32) -> (u8, Vec<u8>) {
    if once_in(rng, 3) {
        return (6, tcp(rng));
    }
    let mut inner: Vec<u8> = Vec::new();
    let mut port = [9, 9, 10, 53][usize::from(below(rng, 4))];
    let mut port_high = 0;
    if depth == 0 && once_in(rng, 3) {
        [port_high, port] = 4789u16.to_be_bytes();
        inner.extend([8, 0, 0, 0, 0, 0, 6 + below(rng, 2), 0]);
        inner.extend([3; 12]);
        let within = payload(rng, 1);
        if once_in(rng, 2) {
            inner.extend([0x81, 0, 0, 7]);
            let within = (17, udp(rng, [0, 9], vec![0, 1, 2]));
            network(rng, within, &mut inner);
        } else {
            network(rng, within, &mut inner);
        }
    } else {
        let n = usize::from(below(rng, 9));
        let first = if once_in(rng, 2) { 6 } else { 1 };
        inner.extend((0..n).map(|at| if at == 0 { below(rng, first) } else { below(rng, 4) }));
    }
    let number = if once_in(rng, 12) { below(rng, 255) } else { 17 };
    (number, udp(rng, [port_high, port], inner))
}

fn udp(rng: &mut Rng, port: [u8; 2], inner: Vec<u8>) -> Vec<u8> {
    let mut len = (8 + inner.len()) as u16;
    match below(rng, 14) {
        0 => len = 0,
        1 => len = len.wrapping_add(u16::from(below(rng, 9))).wrapping_sub(6),
        _ => {}
    }
    let len = len.to_be_bytes();
    let mut bytes = vec![0, 9, port[0], port[1], len[0], len[1], 0, 0];
    bytes.extend(inner);
    bytes
}

fn tcp(rng: &mut Rng) -> Vec<u8> {
    let words = [0, 0, 0, 1, 2][usize::from(below(rng, 5))];
    let offset = if once_in(rng, 12) { below(rng, 16) } else { 5 + words };
    let flags = if once_in(rng, 2) { 0x10 } else { 0x02 };
    let mut bytes = vec![0, 9, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, offset << 4, flags];
    bytes.extend([0; 6]);
    bytes.extend(vec![1; usize::from(words) * 4]);
    let n = usize::from(below(rng, 5));
    bytes.extend((0..n).map(|at| if at == 1 { 2 } else { 0 }));
    bytes
}
