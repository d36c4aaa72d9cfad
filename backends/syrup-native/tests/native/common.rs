//! An instance beside the interpreter: evaluations on both, and what differs.

use crate::rng::Rng;
use std::sync::Arc;
use syrup_ir::interp::{
    Happening, MapState, Outcome, Packet, SetState, State, World, run_checking_facts,
    run_event_checking_facts,
};
use syrup_ir::{Caps, Checked, Map, MapKind, Module, Profile};
use syrup_native::{Instance, Options, Program};

/// A target that offers everything.
pub fn profile() -> Profile {
    Profile {
        name: "test".into(),
        caps: Caps::ALL,
        isa: 3,
        may_goto: true,
        verifier_insns_max: 1_000_000,
    }
}

/// The options of every comparison: a few CPUs, steps counted.
pub fn options() -> Options {
    Options { n_cpus: 4, steps: true, ..Options::default() }
}

/// A policy as native code.
pub fn instance(policy: &Checked, options: Options) -> Instance {
    let program = Program::new(policy, options).unwrap_or_else(|list| panic!("{list:?}"));
    Instance::new(Arc::new(program)).expect("there is room for an arena")
}

/// Scripted answers: the same seed gives the same ones.
pub struct Script {
    rng: Rng,
    /// How many were taken.
    pub n_draws: u32,
}

impl Script {
    /// From the first draw on.
    pub fn new(seed: u64) -> Script {
        Script { rng: Rng::new(seed), n_draws: 0 }
    }
}

impl World for Script {
    fn now(&mut self) -> u64 {
        1_000_000
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        self.n_draws += 1;
        match below {
            Some(n) => self.rng.below(n.into()) as u32,
            None => self.rng.number(32) as u32,
        }
    }

    fn cpu(&mut self) -> u32 {
        1
    }
}

/// What a module is shown.
pub enum Input {
    /// To its first function.
    Packet(Packet),
    /// To the handler of its event.
    Event(Happening),
}

/// An input for the first function of a module.
pub fn input(module: &Module, rng: &mut Rng) -> Input {
    match module.funcs[0].event() {
        Some(event) => Input::Event(crate::threads::happening(event, rng)),
        None => Input::Packet(packet(rng)),
    }
}

fn packet(rng: &mut Rng) -> Packet {
    let len = rng.below(48) as usize;
    Packet {
        frame: (0..len).map(|_| rng.number(8) as u8).collect(),
        net: 14,
        transport: 20,
        eth_protocol: 0x0800,
        ip_protocol: 17,
        flow_hash: rng.number(32) as u32,
        rx_queue: rng.below(4) as u32,
        interface: 2,
    }
}

/// A state with some executors, parameters and entries.
pub fn state(module: &Module, rng: &mut Rng) -> State {
    let mut state = empty_state(module, rng);
    for (map, declared) in state.maps.iter_mut().zip(&module.maps) {
        fill(map, declared, rng);
    }
    state
}

/// A state with some executors and parameters.
pub fn empty_state(module: &Module, rng: &mut Rng) -> State {
    let mut state = State::new(module);
    for (set, declared) in state.sets.iter_mut().zip(&module.sets) {
        let n = rng.below(u64::from(declared.capacity.min(4)) + 1);
        *set = SetState { generations: (0..n).map(|_| rng.below(3) as u32).collect() };
    }
    for (param, value) in module.params.iter().zip(&mut state.params) {
        let (lo, hi) = param.range;
        *value = rng.pick(&[lo, hi, *value]);
    }
    state
}

/// Gives a map some entries of any numbers, as user space might.
fn fill(map: &mut MapState, declared: &Map, rng: &mut Rng) {
    let n = match declared.kind {
        MapKind::State | MapKind::PerCpuState => 1,
        MapKind::Array | MapKind::PerCpuArray => u64::from(declared.entries),
        MapKind::Hash | MapKind::LruHash => rng.below(u64::from(declared.entries) + 1),
        MapKind::PerTask => 2,
        MapKind::Maglev(_) | MapKind::Lpm | MapKind::Log => 0,
    };
    for key in 0..n {
        let key = match declared.kind {
            MapKind::State | MapKind::PerCpuState => Vec::new(),
            _ => key.to_le_bytes()[..declared.key.size() as usize].to_vec(),
        };
        let value: Vec<u8> = (0..declared.value.size()).map(|_| rng.number(8) as u8).collect();
        (0..2).for_each(|cpu| assert!(map.set(&key, cpu, &value), "{key:?} fits"));
    }
}

/// Everything that both engines must agree on, as text: maps by content, queues, cores.
pub fn contents(state: &State) -> String {
    let mut text = String::new();
    for (at, map) in state.maps.iter().enumerate() {
        for (cpu, key, value) in map.entries() {
            text += &format!("m{at} cpu {cpu} {key:02x?} = {value:02x?}\n");
        }
        for record in map.records() {
            text += &format!("m{at} record {record:02x?}\n");
        }
    }
    text + &format!("{:?}", state.threads)
}

/// Shows both the same inputs one after the other; what differs first, if anything does.
pub fn difference(policy: &Checked, options: Options, seed: u64, n: u32) -> Option<String> {
    let mut rng = Rng::new(seed);
    let module = policy.module();
    let mut wanted = state(module, &mut rng);
    let mut found = wanted.clone();
    let native = instance(policy, options);
    native.load(&wanted);
    for at in 0..n {
        let input = input(module, &mut rng);
        let (mut a, mut b) = (Script::new(seed + 1), Script::new(seed + 1));
        let (expected, given) = match &input {
            Input::Packet(packet) => {
                let expected = run_checking_facts(policy, &mut wanted, packet, &mut a);
                (Some(expected), Some(native.run(packet, &mut b)))
            }
            Input::Event(happening) => {
                let expected = run_event_checking_facts(policy, &mut wanted, happening, &mut a);
                (expected, native.run_event(happening, &mut b))
            }
        };
        native.save(&mut found);
        let (expected, given): (Option<Outcome>, Option<Outcome>) = (expected, given);
        if expected != given {
            return Some(format!("input {at}: {given:?} instead of {expected:?}"));
        }
        if a.n_draws != b.n_draws {
            return Some(format!("input {at}: {} draws instead of {}", b.n_draws, a.n_draws));
        }
        let (expected, given) = (contents(&wanted), contents(&found));
        if expected != given {
            return Some(format!("input {at}: the state is\n{given}\ninstead of\n{expected}"));
        }
    }
    None
}
