//! Thread policies on a small machine: cores, threads that wake, run and block, and every verdict
//! carried out, for thousands of random steps.
//!
//! In: the examples over threads, as they are lowered and as they are optimized. Out: a failure
//! where a thread is lost or in two places, where a thread that may use every core waits while one
//! is idle, where the interpreter's queues and idle cores are not the machine's, or where the
//! optimized policy decides otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;
use syrup_ir::interp::{
    Decision, Happening, SetState, State, Task, World, run_event_checking_facts,
};
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Event};
use syrupc::hir::{PolicyId, THREAD_HOOK};
use syrupc::testing::Rng;

/// Steps of one run.
const STEPS: usize = 1500;

/// Threads of the machine.
const N_THREADS: u32 = 9;

/// Where a thread is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// It does not want to run.
    Asleep,
    /// The system has it.
    System,
    /// It waits in a queue.
    Queue(usize),
    /// It runs.
    Core(u32),
}

struct Clock(u64);

impl World for Clock {
    fn now(&mut self) -> u64 {
        self.0
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        below.map_or(0, |below| (self.0 % u64::from(below.max(1))) as u32)
    }

    fn cpu(&mut self) -> u32 {
        0
    }
}

/// A machine with one policy.
struct Machine<'p> {
    policy: &'p Checked,
    state: State,
    places: Vec<Place>,
    tasks: Vec<Task>,
    n_cores: u32,
    /// Whether every thread may use every core. Where not, a slice that ends for a thread that may
    /// not use an idle core sends its thread to the queue all the same.
    is_free: bool,
    n_events: u64,
    /// What was decided, event by event.
    decisions: Vec<Option<Decision>>,
}

impl<'p> Machine<'p> {
    fn new(policy: &'p Checked, seed: u64) -> Machine<'p> {
        let mut rng = Rng::new(seed);
        let n_cores = 1 + (rng.next_u64() % 4) as u32;
        let is_free = seed.is_multiple_of(2);
        let mut state = State::new(policy.module());
        state.sets.iter_mut().for_each(|set| *set = SetState::full(n_cores));
        let tasks = (0..N_THREADS).map(|id| {
            let cores: BTreeSet<u32> =
                (0..n_cores).filter(|_| !rng.next_u64().is_multiple_of(3)).collect();
            let is_bound = !is_free && !cores.is_empty() && rng.next_u64().is_multiple_of(2);
            let cores = is_bound.then_some(cores);
            Task { weight: 1 + rng.next_u64() % 400, cores: cores.map(Arc::new), ..Task::new(id) }
        });
        let (tasks, places) = (tasks.collect(), vec![Place::Asleep; N_THREADS as usize]);
        let (n_events, decisions) = (0, Vec::new());
        Machine { policy, state, places, tasks, n_cores, is_free, n_events, decisions }
    }

    fn running(&self, core: u32) -> Option<u32> {
        self.places.iter().position(|place| *place == Place::Core(core)).map(|id| id as u32)
    }

    /// Shows the policy an event.
    fn happen(&mut self, event: Event, id: u32, core: u32, ran_ns: u64) -> Option<Decision> {
        self.n_events += 1;
        let task = Task { ran_ns, ..self.tasks[id as usize].clone() };
        let happening = Happening { event, task, core, ran_ns };
        let mut world = Clock(self.n_events * 1000);
        let outcome =
            run_event_checking_facts(self.policy, &mut self.state, &happening, &mut world);
        let decision = outcome.map(|outcome| outcome.decision);
        self.decisions.push(decision);
        decision
    }

    /// A thread wants to run and has no core.
    fn runnable(&mut self, id: u32) {
        self.places[id as usize] = Place::System;
        let decision = self.happen(Event::Runnable, id, 0, 0);
        self.place(id, decision);
    }

    /// Carries out a verdict on a thread.
    fn place(&mut self, id: u32, decision: Option<Decision>) {
        match decision {
            Some(Decision::Slot(_, core)) => {
                assert_eq!(self.running(core), None, "a core that was claimed was busy");
                self.start(id, core);
            }
            Some(Decision::Preempt(_, core)) => {
                let displaced = self.running(core);
                assert_ne!(displaced, Some(id));
                if let Some(other) = displaced {
                    self.places[other as usize] = Place::System;
                    self.happen(Event::Stop, other, 0, 5_000);
                }
                self.start(id, core);
                if let Some(other) = displaced {
                    self.runnable(other);
                }
            }
            Some(Decision::Enqueued(queue)) => {
                self.places[id as usize] = Place::Queue(queue.idx());
            }
            Some(Decision::Pass | Decision::Keep) | None => {}
            Some(other) => panic!("{other:?} places no thread"),
        }
    }

    fn start(&mut self, id: u32, core: u32) {
        self.places[id as usize] = Place::Core(core);
        self.happen(Event::Start, id, core, 0);
    }

    /// A core has nothing to run.
    fn available(&mut self, core: u32) {
        match self.happen(Event::Available, 0, core, 0) {
            Some(Decision::Run(id)) => {
                let place = self.places[id as usize];
                assert!(matches!(place, Place::Queue(_)), "{id} did not wait: {place:?}");
                assert!(self.tasks[id as usize].may_use(core), "{id} may not use {core}");
                self.start(id, core);
            }
            Some(Decision::Idle) => {}
            other => panic!("{other:?} does not answer `available`"),
        }
    }

    /// A thread leaves its core for a verdict on it, which then has nothing to run.
    fn leave(&mut self, id: u32, core: u32, ran_ns: u64, decision: Option<Decision>) {
        self.happen(Event::Stop, id, 0, ran_ns);
        self.place(id, decision);
        self.available(core);
    }

    /// One thing that may happen now.
    fn step(&mut self, rng: &mut Rng) {
        let id = (rng.next_u64() % u64::from(N_THREADS)) as u32;
        let ran_ns = rng.next_u64() % 100_000;
        match (self.places[id as usize], rng.next_u64() % 4) {
            (Place::Asleep | Place::System, _) => self.runnable(id),
            (Place::Core(core), 0 | 1) => {
                self.places[id as usize] = Place::Asleep;
                self.happen(Event::Stop, id, 0, ran_ns);
                self.available(core);
            }
            (Place::Core(core), 2) => {
                let decision = self.happen(Event::Tick, id, core, ran_ns);
                if matches!(decision, Some(Decision::Enqueued(_))) {
                    self.leave(id, core, ran_ns, decision);
                }
            }
            (place @ (Place::Core(_) | Place::Queue(_)), _) => self.hint(id, place, rng),
        }
        let core = (rng.next_u64() % u64::from(self.n_cores)) as u32;
        if self.running(core).is_none() && rng.next_u64().is_multiple_of(4) {
            self.available(core);
        }
    }

    /// The application says something of a thread, in the first map that is keyed by threads.
    fn hint(&mut self, id: u32, place: Place, rng: &mut Rng) {
        if let Some(map) = self.state.maps.first_mut() {
            let kind = 1 + rng.next_u64() % 2;
            map.set(&id.to_le_bytes(), 0, &kind.to_le_bytes());
        }
        let decision = self.happen(Event::Hint, id, 0, 0);
        match (place, decision) {
            (_, None | Some(Decision::Keep | Decision::Pass)) => {}
            (Place::Core(core), decision) => self.leave(id, core, 0, decision),
            (_, decision) => self.place(id, decision),
        }
    }

    /// The interpreter and the machine agree, and nobody waits for nothing.
    fn check(&self) {
        for (at, queue) in self.state.threads.queues.iter().enumerate() {
            let known: BTreeSet<u32> = queue.waiting().map(|(_, task)| task.id).collect();
            assert_eq!(known.len(), queue.len(), "a thread stands in a queue twice");
            let real = (0..N_THREADS).filter(|id| self.places[*id as usize] == Place::Queue(at));
            assert_eq!(known, real.collect(), "queue {at}");
        }
        let busy: BTreeSet<u32> =
            (0..self.n_cores).filter(|core| self.running(*core).is_some()).collect();
        assert_eq!(self.state.threads.busy[0], busy, "cores that are not idle");
        let waits = self.places.iter().any(|place| matches!(place, Place::Queue(_)));
        let all_busy = busy.len() == self.n_cores as usize;
        assert!(!self.is_free || !waits || all_busy, "a thread waits, and a core is idle");
    }
}

/// The first policy of an example, as it is lowered and as it is optimized.
fn built(name: &str) -> [Checked; 2] {
    let path = syrup_tests::root().join("examples").join(name).join("policy.syr");
    let mut analysis = syrup_tests::emit::analyze(&path);
    assert!(analysis.diags.is_empty(), "{}", syrup_tests::rendered(&analysis));
    let hook = analysis.hook(THREAD_HOOK).expect("the hook exists");
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the target exists");
    [Passes::NONE, Passes::ALL].map(|passes| {
        syrupc::build(&analysis.program, PolicyId(0), &hook, &target, passes)
            .unwrap_or_else(|list| panic!("{list:?}"))
    })
}

/// Runs a policy, and gives what it decided and what it left.
fn run(policy: &Checked, seed: u64) -> (Vec<Option<Decision>>, State) {
    let mut machine = Machine::new(policy, seed);
    let mut rng = Rng::new(seed + 1);
    for id in 0..N_THREADS {
        machine.happen(Event::Enable, id, 0, 0);
    }
    for _ in 0..STEPS {
        machine.step(&mut rng);
        machine.check();
    }
    (machine.decisions, machine.state)
}

fn runs_well(name: &str) {
    let [lowered, optimized] = built(name);
    for seed in 0..6 {
        let (decisions, state) = run(&lowered, seed);
        let (others, other_state) = run(&optimized, seed);
        assert_eq!(decisions, others, "{name}: seed {seed}");
        assert_eq!(state, other_state, "{name}: seed {seed}");
        let n_waits = decisions.iter().filter(|d| matches!(d, Some(Decision::Enqueued(_)))).count();
        assert!(n_waits > 10, "{name}: only {n_waits} threads ever waited");
    }
}

#[test]
fn one_queue_for_all_cores() {
    runs_well("fifo");
}

#[test]
fn a_fair_share_for_each_thread() {
    runs_well("vtime");
}

#[test]
fn gets_before_scans() {
    runs_well("get_first");
}
