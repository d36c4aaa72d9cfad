//! Runs a policy's twin in the kernel beside the reference interpreter and compares verdict, maps
//! and draws.
//!
//! In: a checked policy, its artifact, a seed. Out: the first difference. What the world answers,
//! the packets, the sets and the maps' first contents come from the seed.

use std::collections::BTreeMap;
use syrup_ir::interp::{self, Decision, Packet, SetState, State, World};
use syrup_ir::{Checked, MapKind};
use syrup_load::{LoadOptions, Loaded, Map, Twin, Update};
use syrup_wire::artifact::{Artifact, MapRole, ProgramRole};
use syrup_wire::script::{Script, TwinVerdict};

/// Bytes of the network header in front of the window.
const NET_BYTES: usize = 20;
/// Where it begins in the twin's frame.
const NET_OFFSET: usize = 44;

/// A small generator; the same numbers on every machine (Marsaglia, "Xorshift RNGs", 2003).
pub struct Rng(pub u64);

impl Rng {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// A number that is often small or at an end.
    pub fn odd(&mut self) -> u64 {
        match self.below(6) {
            0 => self.below(4),
            1 => u64::MAX - self.below(3),
            2 => 1 << self.below(64),
            3 => self.below(300),
            _ => self.next(),
        }
    }
}

/// A world that answers from the seed and remembers its draws.
struct Recorder<'a> {
    rng: &'a mut Rng,
    now: u64,
    cpu: u32,
    draws: Vec<u32>,
}

impl World for Recorder<'_> {
    fn now(&mut self) -> u64 {
        self.now
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        let drawn = self.rng.next() as u32;
        let drawn = below.map_or(drawn, |below| drawn % below.max(1));
        self.draws.push(drawn);
        drawn
    }

    fn cpu(&mut self) -> u32 {
        self.cpu
    }
}

/// Loads policy and twin and checks the verifier's work against the bound.
pub fn load(artifact: &Artifact) -> Result<Loaded, String> {
    let roles = [ProgramRole::Policy, ProgramRole::Twin];
    let options = LoadOptions { roles: &roles, ..LoadOptions::default() };
    let loaded = syrup_load::load(artifact, &options).map_err(|e| refusal(&e))?;
    let program = loaded.program(ProgramRole::Policy).map_err(|e| e.to_string())?;
    let measured = u64::from(program.info().map_err(|e| e.to_string())?.verified_insns);
    if std::env::var_os("SYRUP_SHOW_COST").is_some() {
        println!("cost {measured} {}", artifact.verifier_insns);
    }
    if measured > artifact.verifier_insns && std::env::var_os("SYRUP_SHOW_COST").is_none() {
        let bound = artifact.verifier_insns;
        return Err(format!("the verifier processed {measured}, the bound is {bound}"));
    }
    Ok(loaded)
}

/// The end of a verifier's log, or the error.
fn refusal(error: &syrup_load::LoadError) -> String {
    match error {
        syrup_load::LoadError::Refused(refusal) => {
            let lines: Vec<&str> = refusal.log.lines().collect();
            let end = lines[lines.len().saturating_sub(25)..].join("\n");
            format!("{} refused:\n{end}", refusal.policy)
        }
        other => other.to_string(),
    }
}

/// Compares `n` runs.
pub fn compare(policy: &Checked, loaded: &Loaded, seed: u64, n: u32) -> Result<(), String> {
    let mut rng = Rng(seed | 1);
    let mut state = State::new(policy.module());
    state.params.clone_from(&loaded.params);
    fill_sets(policy, loaded, &mut state, &mut rng)?;
    fill_maps(policy, loaded, &mut state, &mut rng)?;
    let twin = Twin::of(loaded).map_err(|e| e.to_string())?;
    for round in 0..n {
        let (packet, mut script) = input(&mut rng);
        let (now, cpu) = (script.now, script.cpu);
        let mut world = Recorder { rng: &mut rng, now, cpu, draws: vec![] };
        let outcome = interp::run_checking_facts(policy, &mut state, &packet, &mut world);
        script.draws = world.draws;
        let (net, window) = packet.frame.split_at(NET_BYTES);
        let run = twin.run(&script, net, window).map_err(|e| e.to_string())?;
        let wanted = match outcome.decision {
            Decision::Pass => TwinVerdict::Pass,
            Decision::Drop => TwinVerdict::Drop,
            Decision::Slot(_, slot) => TwinVerdict::Slot(slot),
            other => unreachable!("a packet is answered with {other:?}"),
        };
        if run.verdict != wanted {
            let found = run.verdict;
            return Err(format!("round {round}: {found:?}, the meaning is {wanted:?} {packet:?}"));
        }
        if run.n_draws as usize != script.draws.len() {
            return Err(format!("round {round}: {} draws, not {:?}", run.n_draws, script.draws));
        }
        compare_maps(policy, loaded, &state).map_err(|e| format!("round {round}: {e}"))?;
    }
    Ok(())
}

/// A datagram of any length, its network header, and the facts that the hook would know.
fn input(rng: &mut Rng) -> (Packet, Script) {
    let len = match rng.below(4) {
        0 => rng.below(12),
        1 => rng.below(64),
        _ => 24 + rng.below(40),
    };
    let mut frame: Vec<u8> = (0..NET_BYTES as u64 + len).map(|_| rng.next() as u8).collect();
    // Small numbers where policies look for kinds of requests.
    for at in [8, 9, 10, 11, 12, 16] {
        if rng.below(3) > 0
            && let Some(byte) = frame.get_mut(NET_BYTES + at)
        {
            *byte = rng.below(3) as u8;
        }
    }
    let known = rng.below(2) == 0;
    let eth_protocol = if known { 0x0800 } else { rng.next() as u16 };
    let ip_protocol = if known { 17 } else { rng.next() as u8 };
    let packet = Packet {
        frame,
        net: 0,
        transport: NET_BYTES as u32,
        eth_protocol,
        ip_protocol,
        flow_hash: rng.odd() as u32,
        rx_queue: 0,
        interface: 0,
    };
    let script = Script {
        now: rng.odd(),
        flow_hash: packet.flow_hash,
        eth_protocol: eth_protocol.into(),
        ip_protocol: ip_protocol.into(),
        cpu: rng.below(8) as u32,
        net_offset: NET_OFFSET as u32,
        ..Script::default()
    };
    (packet, script)
}

fn fill_sets(
    policy: &Checked,
    loaded: &Loaded,
    state: &mut State,
    rng: &mut Rng,
) -> Result<(), String> {
    let Some(map) = loaded.map_by(|role| *role == MapRole::Sets) else { return Ok(()) };
    let mut bytes = vec![0u8; map.info().value_bytes as usize];
    for (idx, set) in policy.module().sets.iter().enumerate() {
        let len = if rng.below(5) == 0 { 0 } else { rng.below(u64::from(set.capacity) + 1) };
        let generations: Vec<u32> =
            (0..len).map(|_| if rng.below(5) == 0 { 0 } else { 1 + rng.below(9) as u32 }).collect();
        let spec = &loaded.artifact.sets[idx];
        put(&mut bytes, spec.len_offset, len as u32);
        for (slot, generation) in (0..).zip(&generations) {
            put(&mut bytes, spec.generations_offset + 4 * slot, *generation);
        }
        state.sets[idx] = SetState { generations };
    }
    map.update(&[0; 4], &[&bytes], Update::Any).map_err(|e| e.to_string())
}

fn put(bytes: &mut [u8], at: u32, number: u32) {
    bytes[at as usize..at as usize + 4].copy_from_slice(&number.to_ne_bytes());
}

/// Gives arrays and hash maps some contents.
fn fill_maps(
    policy: &Checked,
    loaded: &Loaded,
    state: &mut State,
    rng: &mut Rng,
) -> Result<(), String> {
    for (idx, map) in policy.module().maps.iter().enumerate() {
        if matches!(map.kind, MapKind::State | MapKind::PerCpuState | MapKind::PerCpuArray) {
            continue;
        }
        let Some(kernel) = loaded.map_named(&map.name) else { continue };
        let n = u64::from(map.entries).min(64);
        for entry in 0..n / 2 {
            let key = if map.kind == MapKind::Array { rng.below(n) } else { entry * 3 };
            let mut key_bytes = key.to_le_bytes().to_vec();
            key_bytes.resize(map.key.size() as usize, 0);
            let mut value = vec![0; map.value.size() as usize];
            let small = rng.below(3).to_le_bytes();
            let n = value.len().min(8);
            value[..n].copy_from_slice(&small[..n]);
            kernel.update(&key_bytes, &[&value], Update::Any).map_err(|e| e.to_string())?;
            state.maps[idx].set(&key_bytes, 0, &value);
        }
    }
    Ok(())
}

fn compare_maps(policy: &Checked, loaded: &Loaded, state: &State) -> Result<(), String> {
    for (idx, map) in policy.module().maps.iter().enumerate() {
        let found = match map.kind {
            MapKind::State => {
                BTreeMap::from([(vec![], cell(loaded, &map.name, map.value.size())?)])
            }
            MapKind::Array | MapKind::Hash | MapKind::LruHash => {
                let kernel = loaded.map_named(&map.name).ok_or("a map is missing")?;
                contents(kernel)?
            }
            _ => continue,
        };
        for (key, value) in &found {
            let wanted = state.maps[idx].get(key, 0);
            if wanted != Some(&value[..]) {
                let name = &map.name;
                return Err(format!("{name}[{key:?}] is {value:?}, the meaning is {wanted:?}"));
            }
        }
        let n_wanted = state.maps[idx].entries().count();
        if map.kind != MapKind::State && map.kind != MapKind::Array && n_wanted != found.len() {
            return Err(format!("{} has {} entries, not {n_wanted}", map.name, found.len()));
        }
    }
    Ok(())
}

fn contents(map: &Map) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, String> {
    let mut contents = BTreeMap::new();
    for key in map.keys().map_err(|e| e.to_string())? {
        let values = map.lookup(&key).map_err(|e| e.to_string())?;
        contents.extend(values.into_iter().flatten().map(|value| (key.clone(), value)));
    }
    Ok(contents)
}

fn cell(loaded: &Loaded, name: &str, bytes: u32) -> Result<Vec<u8>, String> {
    let is_state = |role: &MapRole| matches!(role, MapRole::State { .. });
    let shared = loaded.artifact.map_by(is_state).and_then(|(_, spec)| match &spec.role {
        MapRole::State { cells } => cells.iter().find(|cell| cell.name == name),
        _ => None,
    });
    let (map, at) = match shared {
        Some(cell) => (loaded.map_by(is_state), cell.offset as usize),
        None => (loaded.map_named(name), 0),
    };
    let values = map.ok_or("a cell is missing")?.lookup(&[0; 4]).map_err(|e| e.to_string())?;
    let value = values.unwrap_or_default().concat();
    Ok(value[at..at + bytes as usize].to_vec())
}
