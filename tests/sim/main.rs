//! Thread policies behind the agent's engine, on simulated machines.
//!
//! In: the examples over threads, and small policies of this file. Out: a failure where a run
//! breaks a rule, where two engines decide differently, where a wrong agent goes unnoticed, or
//! where the loop takes memory.

mod defects;
mod memory;
mod serving;
mod swap;

use std::path::Path;
use std::sync::Arc;
use syrup_agent::{Chosen, HintMap, InterpretedPolicy, NativePolicy, Policy};
use syrup_ir::Checked;
use syrup_ir::opt::Passes;
use syrup_native::Program;
use syrup_sim::{Outcome, Races};
use syrupc::hir::{PolicyId, THREAD_HOOK};

/// A policy in both forms.
pub struct Subject {
    /// Checked and improved.
    pub checked: Arc<Checked>,
    /// As native code.
    pub program: Arc<Program>,
    /// The maps that the application marks threads in.
    pub maps: Vec<u32>,
}

impl Subject {
    /// The first policy over threads of a file.
    pub fn of_file(path: &Path) -> Subject {
        Subject::of(syrup_tests::emit::analyze(path))
    }

    /// The policy of a text.
    pub fn of_text(text: &str) -> Subject {
        Subject::of(syrupc::analyze("policy.syr", text, &syrupc::NoFiles))
    }

    fn of(mut analysis: syrupc::Analysis) -> Subject {
        assert!(analysis.diags.is_empty(), "{}", syrup_tests::rendered(&analysis));
        let mut policies = (0..).zip(&analysis.program.policies);
        let found = policies.find(|(_, policy)| policy.default_hook() == THREAD_HOOK);
        let id = PolicyId(found.expect("a policy over threads").0);
        let hook = analysis.hook(THREAD_HOOK).expect("the hook exists");
        let target = syrup_native::profile();
        let checked = syrupc::build(&analysis.program, id, &hook, &target, Passes::ALL)
            .unwrap_or_else(|list| panic!("{list:?}"));
        let program = NativePolicy::compile(&checked).unwrap_or_else(|why| panic!("{why:?}"));
        let maps = HintMap::all(checked.module()).iter().map(|map| map.map).collect();
        Subject { checked: Arc::new(checked), program, maps }
    }

    fn params(&self) -> Vec<u64> {
        self.checked.module().params.iter().map(|param| param.default).collect()
    }

    /// Native code.
    pub fn native(&self, n_cores: u32, n_threads: u32, seed: u64) -> Box<dyn Policy> {
        let program = self.program.clone();
        let policy = NativePolicy::new(program, n_cores, n_threads, &self.params(), seed);
        Box::new(policy.unwrap_or_else(|why| panic!("{why:?}")))
    }

    /// The interpreter.
    pub fn interpreted(&self, n_cores: u32, seed: u64) -> Box<dyn Policy> {
        let policy = InterpretedPolicy::new(self.checked.clone(), n_cores, &self.params(), seed);
        Box::new(policy.unwrap_or_else(|why| panic!("{why:?}")))
    }

    /// Everything at once, with native code.
    pub fn chaos(&self, conserves_work: bool, seed: u64, defect: Chosen) -> Outcome {
        let mut make = |n_cores, n_threads| self.native(n_cores, n_threads, seed);
        syrup_sim::chaos(&mut make, &self.maps, conserves_work, seed, defect)
    }
}

/// The examples over threads. Those that keep cores for some threads leave others idle on purpose.
pub const EXAMPLES: &[(&str, bool)] = &[
    ("fifo", true),
    ("vtime", true),
    ("get_first", true),
    ("shinjuku", true),
    ("priority", true),
    ("edf", true),
    ("two_class", true),
    ("per_core", false),
    ("sita_cores", false),
];

/// The policy of an example.
pub fn example(name: &str) -> Subject {
    Subject::of_file(&syrup_tests::root().join("examples").join(name).join("policy.syr"))
}

#[test]
fn no_seed_breaks_a_rule() {
    let mut races = Races::default();
    for (name, conserves_work) in EXAMPLES {
        let subject = example(name);
        for seed in 0..40 {
            let outcome = subject.chaos(*conserves_work, seed, Chosen::default());
            let (violations, notes) = (&outcome.violations, &outcome.notes);
            assert!(violations.is_empty(), "{name}: seed {seed}: {violations:#?} {notes:#?}");
            races.add(&outcome.races);
        }
    }
    for (race, n) in races.all() {
        // The agent's own barrier has a test of its own; tasks do not vanish without a message.
        let is_rare = ["agent stale", "task gone"].contains(&race);
        assert!(n > 0 || is_rare, "no run came to the race `{race}`: {races}");
    }
}

#[test]
fn native_code_and_the_interpreter_place_every_thread_alike() {
    for (name, conserves_work) in EXAMPLES {
        let subject = example(name);
        for seed in 0..6 {
            let native = subject.chaos(*conserves_work, seed, Chosen::default());
            let mut make = |n_cores, _| subject.interpreted(n_cores, seed);
            let chosen = Chosen::default();
            let maps = &subject.maps;
            let other = syrup_sim::chaos(&mut make, maps, *conserves_work, seed, chosen);
            assert_eq!(native.trace, other.trace, "{name}: seed {seed}");
            assert_eq!(native.counters, other.counters, "{name}: seed {seed}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let subject = example("fifo");
    let run = |seed| {
        let outcome = subject.chaos(true, seed, Chosen::default());
        (outcome.trace, outcome.n_events, outcome.ns)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7).0, run(8).0);
}
