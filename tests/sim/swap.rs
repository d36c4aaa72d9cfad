//! Another policy takes over while threads run and wait.

use super::example;
use std::sync::Arc;
use syrup_agent::{Config, Engine, Next, PolicySlot};
use syrup_sim::{Chaos, ChaosSpec, Machine, Rng, Spec};

#[test]
fn threads_survive_a_change_of_policy() {
    let (fifo, vtime) = (example("fifo"), example("vtime"));
    for seed in 0..20 {
        let spec = Spec::rough(4, &mut Rng::new(seed));
        let chaos = ChaosSpec { n_tasks: 12, until_ns: 2_000_000, maps: Vec::new(), values: 1 };
        let machine = Machine::new(spec, Box::new(Chaos::new(chaos)), seed);
        let mut config = Config::new(machine.agents(), 0);
        (config.n_tasks_max, config.give_back_ns) = (256, 10_000_000);
        let slot = Arc::new(PolicySlot::default());
        let mut engine = Engine::new(config, machine, fifo.native(3, 256, seed), slot.clone());
        let mut retired = None;
        for round in 0_u32.. {
            if round == 200 {
                assert!(slot.leave(vtime.native(3, 256, seed)).is_none());
            }
            if round == 400 {
                retired = slot.leave(fifo.native(3, 256, seed));
            }
            let next = engine.iterate();
            let machine = engine.enclave();
            match next {
                Next::Again(true) => {}
                Next::Again(false) => machine.idle(5_000),
                Next::HandOff { to } => machine.hand_off(to),
                Next::Yield { agent_barrier } => machine.yield_agent(agent_barrier),
                Next::Fault(fault) => panic!("seed {seed}: {fault:?}"),
            }
            machine.look(true);
            let is_over = machine.time_ns() > 2_000_000 && machine.is_quiet();
            if is_over || machine.time_ns() > 60_000_000 {
                break;
            }
        }
        assert!(retired.is_some(), "seed {seed}: the first policy was not given back");
        assert_eq!(engine.counters().swaps, 2, "seed {seed}");
        let machine = engine.enclave();
        machine.look_for_lost();
        assert!(machine.violations().is_empty(), "seed {seed}: {:?}", machine.violations());
    }
}
