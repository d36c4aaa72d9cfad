//! Inputs for a policy: packets from its own patterns, cut and bent; states of its maps; what the
//! outside answers.
//!
//! In: a policy, a seed, a number. Out: so many inputs, and a state to begin with. Constants that
//! the policy compares with are solved for by building packets that hold them (`Samples`); cuts
//! fall on every length to 64 bytes and beside each offset that the policy looks at.

use crate::frames;
use syrup_ir::interp::{Packet, SetState, State};
use syrup_ir::{Base, Checked, Map, MapKind, Term};
use syrup_wire::script::WINDOW_OFFSET;
use syrupc::hir::{PolicyId, Program};
use syrupc::testing::{Rng, Samples, Scripted};

/// Cuts fall on every length up to this, in bytes from where the hook's packet begins.
const CUT_MAX: u64 = 64;

/// Draws that an input answers.
const DRAWS: usize = 48;

/// One input: a packet, and what the outside answers while it is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// The packet.
    pub packet: Packet,
    /// Time and draws.
    pub world: Scripted,
}

/// What the maps hold at first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filling {
    /// Nothing, parameters at their defaults, sets full.
    Empty,
    /// Some entries of chance values.
    Some,
    /// As many entries as there is room for, up to some dozens.
    Full,
    /// Numbers at the ends of their types.
    Boundary,
}

/// Every filling.
pub const FILLINGS: [Filling; 4] =
    [Filling::Empty, Filling::Some, Filling::Full, Filling::Boundary];

/// A number that is often small or at an end of its range.
pub fn odd(rng: &mut Rng, (low, high): (u64, u64)) -> u64 {
    let span = high - low;
    let number = match rng.next_u64() % 5 {
        0 => rng.next_u64() % 4,
        1 => span - (rng.next_u64() % 3).min(span),
        2 => 1 << (rng.next_u64() % 64),
        _ => rng.next_u64(),
    };
    low + if span == u64::MAX { number } else { number % (span + 1) }
}

/// Inputs for the first policy of a program, as it was built for a hook.
pub fn for_policy(program: &Program, policy: &Checked, seed: u64, n_inputs: usize) -> Vec<Input> {
    let mut rng = Rng::new(seed);
    let samples = Samples::of(program, PolicyId(0));
    let cuts = cuts(policy);
    let at_frame = policy.module().hook.window == Base::Frame;
    (0..n_inputs)
        .map(|at| {
            let packet = packet(&samples, at as u32, &mut rng);
            let packet = bend(packet, &cuts, at, &mut rng);
            let packet = if at_frame { as_frame(packet) } else { packet };
            Input { packet, world: world(&mut rng) }
        })
        .collect()
}

/// What the outside answers.
fn world(rng: &mut Rng) -> Scripted {
    let draws = (0..DRAWS).map(|_| odd(rng, (0, u64::from(u32::MAX))) as u32).collect();
    Scripted { now: odd(rng, (0, u64::MAX)), draws }
}

/// A packet: from the policy's patterns, from a frame that the kernel delivers, or of chance bytes.
fn packet(samples: &Samples<'_>, at: u32, rng: &mut Rng) -> Packet {
    let way = rng.next_u64() % 16;
    let made = match way {
        0..=10 => samples.packet(at * 2, rng),
        11 => samples.packet(at * 2 + 1, rng),
        12 | 13 => frames::deliver(&frames::frame(rng)),
        _ => None,
    };
    // A twin has room for so much in front of the hook's packet.
    let fits = |packet: &Packet| packet.transport - packet.net <= WINDOW_OFFSET as u32;
    let mut packet = made.filter(fits).unwrap_or_else(|| any(rng));
    packet.flow_hash = odd(rng, (0, u64::from(u32::MAX))) as u32;
    packet
}

/// A packet of chance bytes.
fn any(rng: &mut Rng) -> Packet {
    let net_bytes = [20, 40, 24, 60][(rng.next_u64() % 4) as usize];
    let n_bytes = net_bytes + (rng.next_u64() % 120) as usize;
    Packet {
        frame: (0..n_bytes).map(|_| odd(rng, (0, 255)) as u8).collect(),
        net: 0,
        transport: net_bytes as u32,
        eth_protocol: [0x0800, 0x86dd, 0x0806][(rng.next_u64() % 3) as usize],
        ip_protocol: [17, 17, 17, 6, 0][(rng.next_u64() % 5) as usize],
        ..Packet::default()
    }
}

/// The lengths where what a policy looks at begins and ends, and their neighbours.
fn cuts(policy: &Checked) -> Vec<u64> {
    let mut found = Vec::new();
    for block in policy.module().funcs.iter().flat_map(|func| &func.blocks) {
        if let Term::View { base: Base::Transport | Base::Frame, offset, len, .. } = block.term {
            let end = u64::from(offset) + u64::from(len);
            found.extend([u64::from(offset), end.saturating_sub(1), end, end + 1]);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Cuts a packet or changes a byte of it, now and then.
fn bend(mut packet: Packet, cuts: &[u64], at: usize, rng: &mut Rng) -> Packet {
    let start = packet.transport as usize;
    match rng.next_u64() % 8 {
        0 => {
            let length = rng.next_u64() % (CUT_MAX + 1);
            packet.frame.truncate(start + length as usize);
        }
        1 if !cuts.is_empty() => {
            packet.frame.truncate(start + cuts[at % cuts.len()] as usize);
        }
        2 | 3 => {
            let n_bytes = packet.frame.len().saturating_sub(start) as u64;
            if n_bytes > 0 {
                let at = start + (rng.next_u64() % n_bytes.min(80)) as usize;
                packet.frame[at] = odd(rng, (0, 255)) as u8;
            }
        }
        4 => {
            let n_more = rng.next_u64() % 200;
            packet.frame.extend((0..n_more).map(|_| odd(rng, (0, 255)) as u8));
        }
        _ => {}
    }
    packet
}

/// A packet as a hook sees it that begins at the frame: nothing else is known.
fn as_frame(packet: Packet) -> Packet {
    Packet { net: 0, transport: 0, eth_protocol: 0, ip_protocol: 0, ..packet }
}

/// A state to begin with.
pub fn state(policy: &Checked, filling: Filling, seed: u64) -> State {
    let mut rng = Rng::new(seed ^ 0x57a7e);
    let module = policy.module();
    let mut state = State::new(module);
    for (decl, set) in module.sets.iter().zip(&mut state.sets) {
        if filling == Filling::Empty {
            *set = SetState::full(decl.capacity);
            continue;
        }
        let n = rng.next_u64() % u64::from(decl.capacity.min(9) + 1);
        let n = if rng.next_u64().is_multiple_of(4) { decl.capacity.into() } else { n };
        // Now and then a slot holds nothing.
        *set = SetState { generations: (0..n).map(|_| (rng.next_u64() % 5) as u32).collect() };
    }
    for (decl, contents) in module.maps.iter().zip(&mut state.maps) {
        if matches!(decl.kind, MapKind::Maglev(_)) {
            // Any slot, also none of the set: user space fills the table.
            let slot = |rng: &mut Rng| odd(rng, (0, 300)) as u32;
            let slots = (0..decl.entries).flat_map(|_| slot(&mut rng).to_le_bytes());
            contents.set_ring(slots.collect());
        }
    }
    if filling == Filling::Empty {
        return state;
    }
    for (param, value) in module.params.iter().zip(&mut state.params) {
        if rng.next_u64().is_multiple_of(2) {
            *value = odd(&mut rng, param.range);
        }
    }
    for (decl, contents) in module.maps.iter().zip(&mut state.maps) {
        if matches!(decl.kind, MapKind::Maglev(_) | MapKind::Log | MapKind::PerTask) {
            continue;
        }
        let room = u64::from(decl.entries);
        let n_entries = match filling {
            Filling::Full => room.min(40),
            _ => room.min(40) / 2,
        };
        for entry in 0..n_entries {
            let key = key(decl, entry, &mut rng);
            contents.set(&key, 0, &value(decl, filling, &mut rng));
        }
        if let MapKind::State | MapKind::PerCpuState = decl.kind {
            contents.set(&[], 0, &value(decl, filling, &mut rng));
        }
    }
    state
}

/// A key of a map; the first keys are small numbers, which policies meet again.
fn key(decl: &Map, entry: u64, rng: &mut Rng) -> Vec<u8> {
    let size = decl.key.size() as usize;
    match decl.kind {
        MapKind::Array | MapKind::PerCpuArray => (entry as u32).to_le_bytes().to_vec(),
        MapKind::Lpm => {
            let n_bits = (size as u64 - 4) * 8;
            let mut key = ((rng.next_u64() % (n_bits + 1)) as u32).to_le_bytes().to_vec();
            key.extend((4..size).map(|_| odd(rng, (0, 255)) as u8));
            key
        }
        _ => {
            let mut key = vec![0; size];
            for (at, piece) in decl.key.pieces().iter().enumerate() {
                let number = if at == 0 { entry } else { rng.next_u64() % 3 };
                let most = syrup_ir::max_of(piece.bits);
                put(&mut key, piece.offset, piece.bits, number.min(most));
            }
            key
        }
    }
}

/// A value as user space may write one: any numbers that fit, nothing in the gaps.
fn value(decl: &Map, filling: Filling, rng: &mut Rng) -> Vec<u8> {
    let mut bytes = vec![0; decl.value.size() as usize];
    for piece in decl.value.pieces() {
        let most = syrup_ir::max_of(piece.bits);
        let number = match (filling, rng.next_u64() % 3) {
            (Filling::Boundary, 0) => most,
            (Filling::Boundary, 1) => most - most.min(1),
            (Filling::Boundary, _) => most / 2 + 1,
            (_, 0) => odd(rng, (0, most)),
            _ => rng.next_u64() % most.clamp(1, 9),
        };
        put(&mut bytes, piece.offset, piece.bits, number);
    }
    bytes
}

fn put(bytes: &mut [u8], offset: u32, bits: u8, number: u64) {
    let n_bytes = usize::from(memory_bytes(bits));
    let start = offset as usize;
    if let Some(place) = bytes.get_mut(start..start + n_bytes) {
        place.copy_from_slice(&number.to_le_bytes()[..n_bytes]);
    }
}

/// Bytes that a number of so many bits takes in memory.
fn memory_bytes(bits: u8) -> u8 {
    bits.div_ceil(8).next_power_of_two()
}
