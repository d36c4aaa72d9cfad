//! Inputs of chance for comparing engines: states, datagrams and worlds that are often at an end
//! of their range.
//!
//! In: a policy, random numbers. Out: the same inputs for the same seed.

use syrup_ir::interp::{Packet, SetState, State};
use syrup_ir::{Checked, Map, MapKind};
use syrupc::testing::{Rng, Scripted};

/// Bytes of the network header of every packet.
const NETWORK_BYTES: usize = 20;

/// The longest datagram that is cut at every byte.
pub const LENGTH_MAX: usize = 64;

/// A number that is often small or at an end of its range.
fn odd(rng: &mut Rng, (low, high): (u64, u64)) -> u64 {
    let span = high - low;
    let number = match rng.next_u64() % 5 {
        0 => rng.next_u64() % 4,
        1 => span - (rng.next_u64() % 3).min(span),
        2 => 1 << (rng.next_u64() % 64),
        _ => rng.next_u64(),
    };
    low + if span == u64::MAX { number } else { number % (span + 1) }
}

/// A state with some executors and some contents of maps.
pub fn state(policy: &Checked, rng: &mut Rng) -> State {
    let module = policy.module();
    let mut state = State::new(module);
    for (param, value) in module.params.iter().zip(&mut state.params) {
        *value = odd(rng, param.range);
    }
    for (decl, set) in module.sets.iter().zip(&mut state.sets) {
        let n = rng.next_u64() % u64::from(decl.capacity.min(9) + 1);
        // Now and then a slot holds nothing.
        let generation = |rng: &mut Rng| (rng.next_u64() % 5) as u32;
        *set = SetState { generations: (0..n).map(|_| generation(rng)).collect() };
    }
    for (decl, contents) in module.maps.iter().zip(&mut state.maps) {
        if matches!(decl.kind, MapKind::Maglev(_)) {
            // Any slot, also none of the set: user space fills the table.
            let slot = |rng: &mut Rng| odd(rng, (0, u64::from(u32::MAX))) as u32;
            contents.set_ring((0..decl.entries).flat_map(|_| slot(rng).to_le_bytes()).collect());
            continue;
        }
        if decl.kind == MapKind::Log {
            // Only policies write it.
            continue;
        }
        let n = u64::from(decl.entries).min(24);
        for entry in 0..n / 2 {
            let key = if decl.kind == MapKind::Array { rng.next_u64() % n } else { entry };
            let mut key = key.to_le_bytes().to_vec();
            key.resize(decl.key.size() as usize, 0);
            contents.set(&key, 0, &value(decl, rng));
        }
    }
    state
}

/// A value as user space may write one: plain small numbers.
fn value(decl: &Map, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = vec![0; decl.value.size() as usize];
    for piece in decl.value.pieces() {
        let most = (1u64 << piece.bits.min(2)) - 1;
        bytes[piece.offset as usize] = (rng.next_u64() % (most + 1)) as u8;
    }
    bytes
}

/// A datagram of a length behind a network header, and what the hook would know of it.
pub fn packet(length: usize, rng: &mut Rng) -> Packet {
    let mut frame: Vec<u8> =
        (0..NETWORK_BYTES + length).map(|_| odd(rng, (0, 255)) as u8).collect();
    // The fields of `Request`: a small operation and user, where the datagram is long enough.
    let request = [1 + (rng.next_u64() % 3) as u8, 0, 0, 0, 0, 0, 0, 0];
    let user = [(rng.next_u64() % 12) as u8, 0, 0, 0];
    let fields = request.iter().chain(&user);
    if !rng.next_u64().is_multiple_of(4) {
        for (byte, field) in frame.iter_mut().skip(NETWORK_BYTES + 8).zip(fields) {
            *byte = *field;
        }
    }
    Packet {
        frame,
        net: 0,
        transport: NETWORK_BYTES as u32,
        eth_protocol: [0x0800, 0x86dd, 0x0806][(rng.next_u64() % 3) as usize],
        ip_protocol: [17, 17, 17, 6, 0][(rng.next_u64() % 5) as usize],
        flow_hash: odd(rng, (0, u64::from(u32::MAX))) as u32,
        rx_queue: 0,
        interface: 0,
    }
}

/// A time and draws.
pub fn world(rng: &mut Rng) -> Scripted {
    let draws = (0..24).map(|_| odd(rng, (0, u64::from(u32::MAX))) as u32).collect();
    Scripted { now: odd(rng, (0, u64::MAX)), draws }
}

/// An entry of a map: CPU, key, value; or a record of a log, by its position. When it was last
/// used is no part of it.
pub type Entry = (u32, Vec<u8>, Vec<u8>);

/// What the maps hold.
pub fn contents(state: &State) -> Vec<Vec<Entry>> {
    let of_map = |map: &syrup_ir::interp::MapState| {
        let entries = map.entries().map(|(cpu, key, value)| (cpu, key.to_vec(), value.to_vec()));
        let records = (0..).zip(map.records()).map(|(at, record)| (at, vec![], record.clone()));
        entries.chain(records).collect()
    };
    state.maps.iter().map(of_map).collect()
}
