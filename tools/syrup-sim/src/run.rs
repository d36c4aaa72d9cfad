//! Runs: a policy, a workload, a seed.

use crate::machine::{Life, Machine, Races, Spec};
use crate::oracle::Violation;
use crate::rng::Rng;
use crate::workload::{Chaos, ChaosSpec, ClassLatencies, Server, ServerSpec};
use std::sync::Arc;
use syrup_agent::{Chosen, Config, Counters, Engine, Fault, Next, Policy, PolicySlot};

/// Nanoseconds that an agent with nothing to do lets go by before it looks again, at most.
const IDLE_NS_MAX: u64 = 20_000;

/// Nanoseconds after the last new thing within which every task must have had its turn.
const DRAIN_NS_MAX: u64 = 60_000_000;

/// What one run gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the oracles noticed.
    pub violations: Vec<Violation>,
    /// How often each race came about.
    pub races: Races,
    /// What the engine thinks of the tasks that wait, where something is wrong.
    pub notes: Vec<String>,
    /// What the engine counted.
    pub counters: Counters,
    /// Events of the simulated kernel.
    pub n_events: u64,
    /// Simulated nanoseconds.
    pub ns: u64,
    /// A fingerprint of what ran where and when.
    pub trace: u64,
}

/// What a run of a server gave.
#[derive(Clone, Debug)]
pub struct Report {
    /// What every run gives.
    pub outcome: Outcome,
    /// Latencies of each class.
    pub latencies: Vec<ClassLatencies>,
    /// Requests served to the end.
    pub n_served: u64,
}

/// Makes a policy for so many cores and at most so many threads.
pub type Make<'m> = &'m mut dyn FnMut(u32, u32) -> Box<dyn Policy>;

/// Most threads of a simulated enclave.
const TASKS_MAX: u32 = 256;

/// Everything at once, by a seed: 2 to 6 CPUs, up to 24 tasks at first.
///
/// `maps` are the maps that the application marks threads in; `conserves_work` says that the
/// policy never leaves a core idle for which a thread waits.
pub fn chaos(
    make: Make<'_>,
    maps: &[u32],
    conserves_work: bool,
    seed: u64,
    defect: Chosen,
) -> Outcome {
    let mut rng = Rng::new(seed ^ 0xc4a0_5000);
    let n_cpus = rng.within(2, 7) as u32;
    let spec = Spec::rough(n_cpus, &mut rng);
    let n_tasks = rng.within(1, 24) as u32;
    let until_ns = 1_000_000 + rng.within(200_000, 1_500_000);
    let spec_of = ChaosSpec { n_tasks, until_ns, maps: maps.to_vec(), values: 3 };
    let machine = Machine::new(spec, Box::new(Chaos::new(spec_of)), seed);
    let mut config = Config::new(machine.agents(), 0);
    config.n_tasks_max = TASKS_MAX;
    config.left_ns = 200_000;
    config.give_back_ns = 10_000_000;
    config.tick_ns = rng.within(2_000, 20_000);
    config.defect = defect;
    let policy = make(config.n_cores(), TASKS_MAX);
    run(machine, config, policy, conserves_work).0
}

/// A server under load.
pub fn serve(make: Make<'_>, spec: ServerSpec, n_cpus: u32, seed: u64) -> Report {
    let server = Box::new(Server::new(spec));
    let machine = Machine::new(Spec::measured(n_cpus), server, seed);
    let mut config = Config::new(machine.agents(), 0);
    config.n_tasks_max = 1 << 10;
    let policy = make(config.n_cores(), config.n_tasks_max);
    let (outcome, machine) = run(machine, config, policy, false);
    let server = machine.workload().and_then(|workload| workload.as_any().downcast_ref::<Server>());
    let latencies = server.map(Server::latencies).unwrap_or_default();
    let n_served = server.map_or(0, Server::n_served);
    Report { outcome, latencies, n_served }
}

/// Runs until nothing is left to do, or something is wrong.
fn run(
    machine: Machine,
    config: Config,
    policy: Box<dyn Policy>,
    conserves_work: bool,
) -> (Outcome, Machine) {
    let began_ns = machine.time_ns();
    let mut engine = Engine::new(config, machine, policy, Arc::new(PolicySlot::default()));
    let mut over_ns = None;
    loop {
        let next = engine.iterate();
        let tick_ns = engine.next_tick_ns();
        let machine = engine.enclave();
        match next {
            Next::Again(true) => {}
            Next::Again(false) => {
                let now_ns = machine.time_ns();
                let to_tick = tick_ns.map_or(IDLE_NS_MAX, |at| at.saturating_sub(now_ns));
                machine.idle(to_tick.clamp(1, IDLE_NS_MAX));
            }
            Next::HandOff { to } => machine.hand_off(to),
            Next::Yield { agent_barrier } => machine.yield_agent(agent_barrier),
            Next::Fault(fault) => {
                machine.fault(fault);
                break;
            }
        }
        machine.look(conserves_work);
        if !machine.violations().is_empty() {
            break;
        }
        let now_ns = machine.time_ns();
        let is_over = machine.workload().is_none_or(|workload| workload.is_over(machine));
        if is_over {
            let since_ns = *over_ns.get_or_insert(now_ns);
            if machine.is_quiet() || now_ns - since_ns > DRAIN_NS_MAX {
                machine.look_for_lost();
                break;
            }
        }
    }
    let counters = *engine.counters();
    let notes = notes(&mut engine);
    finish(engine.into_enclave(), counters, notes, began_ns)
}

/// What both sides think of each task that waits, where something is wrong.
fn notes(engine: &mut Engine<Machine>) -> Vec<String> {
    if engine.enclave().violations().is_empty() {
        return Vec::new();
    }
    let mut notes = engine.cores_report();
    for at in 0..engine.enclave().n_tasks() {
        let task = engine.enclave().task(at).clone();
        if task.is_runnable && matches!(task.life, Life::Here | Life::Held) {
            let cpus = task.cpus.list();
            let (gtid, barrier, on, latched) = (task.gtid, task.barrier, task.on, task.latched);
            let known = engine.task(gtid).map_or("not known".to_owned(), |known| {
                format!("{} at message {}", known.stand, known.seqnum)
            });
            notes.push(format!(
                "task {gtid:#x}: {:?}, may use {cpus}, on {on:?}, latched {latched:?}, message \
                 {barrier}; the agent says: {known}",
                task.life
            ));
        }
    }
    notes
}

fn finish(
    mut machine: Machine,
    counters: Counters,
    notes: Vec<String>,
    began_ns: u64,
) -> (Outcome, Machine) {
    machine.look_at(&counters);
    let outcome = Outcome {
        violations: machine.violations().to_vec(),
        races: *machine.races(),
        notes,
        counters,
        n_events: machine.n_events(),
        ns: machine.time_ns() - began_ns,
        trace: machine.trace(),
    };
    (outcome, machine)
}

impl Machine {
    /// The engine gave up.
    fn fault(&mut self, fault: Fault) {
        self.oracle.notice(self.now_ns, "fault", format!("the agent stops: {fault:?}"));
    }
}
