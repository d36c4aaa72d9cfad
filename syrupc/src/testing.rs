//! In-file tests: running them against any engine that can evaluate a policy.
//!
//! In: an analysed program, its policies lowered, an engine. Out: for each test, whether it holds,
//! or a diagnostic that shows both sides. Draws, time and executors come from the test (`given`),
//! so every engine sees the same world.
//!
//! Without `given`, a set holds as many executors as its capacity, time stands at 0, and draws come
//! from a generator seeded by the test's name.

mod cells;
mod eval;
mod frame;
mod memory;
pub mod packet;
mod rings;
mod sample;
mod value;

use crate::hir::{self, Program};
use crate::lower::Used;
use std::collections::BTreeMap;
use syrup_diag::{Diagnostic, limits};
use syrup_ir::Checked;
use syrup_ir::interp::{Decision, Packet, State, World};

pub use eval::evaluate;
pub use rings::Rings;
pub use sample::Rng;
pub use value::{Answer, Value};

/// Something that evaluates policies.
pub trait Engine {
    /// Its name: `interp`, `ebpf`.
    fn name(&self) -> &'static str;

    /// Evaluates a policy once; the state is read and left as the policy leaves it.
    ///
    /// # Errors
    /// One sentence where the engine cannot run it.
    fn run(
        &mut self,
        policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &Scripted,
    ) -> Result<Ran, String>;
}

/// What an engine's evaluation gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ran {
    /// The verdict carried out.
    pub decision: Decision,
    /// How many draws it took.
    pub n_draws: usize,
}

/// What the outside answers, known before the evaluation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scripted {
    /// Nanoseconds.
    pub now: u64,
    /// What draws return, after any reduction; 0 when they run out.
    pub draws: Vec<u32>,
}

/// A scripted world as the interpreter asks it.
pub struct Playing<'s> {
    script: &'s Scripted,
    /// How many draws were taken.
    pub n_draws: usize,
}

impl<'s> Playing<'s> {
    /// From the first draw on.
    pub fn new(script: &'s Scripted) -> Playing<'s> {
        Playing { script, n_draws: 0 }
    }
}

impl World for Playing<'_> {
    fn now(&mut self) -> u64 {
        self.script.now
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        let draw = self.script.draws.get(self.n_draws).copied().unwrap_or(0);
        self.n_draws += 1;
        // A script says what a draw returns; one that does not fit the range is brought into it.
        below.map_or(draw, |below| draw % below.max(1))
    }

    fn cpu(&mut self) -> u32 {
        0
    }
}

/// The reference interpreter as an engine.
pub struct Interp;

impl Engine for Interp {
    fn name(&self) -> &'static str {
        "interp"
    }

    fn run(
        &mut self,
        policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &Scripted,
    ) -> Result<Ran, String> {
        let mut playing = Playing::new(world);
        let outcome = syrup_ir::interp::run_checking_facts(policy, state, packet, &mut playing);
        Ok(Ran { decision: outcome.decision, n_draws: playing.n_draws })
    }
}

/// A policy ready to run in tests.
pub struct Ready {
    /// The checked module.
    pub policy: Checked,
    /// What its tables stand for.
    pub used: Used,
}

/// The result of one test on one engine.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// What the test says.
    pub name: String,
    /// Its place.
    pub span: syrup_diag::Span,
    /// How many cases were run: 1, or the samples of a `forall`.
    pub n_cases: u32,
    /// Why it does not hold.
    pub failure: Option<Diagnostic>,
}

/// Runs every test of a program.
///
/// `ready` holds the policies by id; a test that calls a policy that is not there fails.
pub fn run_tests(
    program: &Program,
    ready: &BTreeMap<hir::PolicyId, Ready>,
    engine: &mut dyn Engine,
) -> Vec<TestResult> {
    let mut rings = Rings::default();
    let tests = program.tests.iter();
    tests.map(|test| run_test(program, ready, engine, test, &mut rings)).collect()
}

fn run_test(
    program: &Program,
    ready: &BTreeMap<hir::PolicyId, Ready>,
    engine: &mut dyn Engine,
    test: &hir::Test,
    rings: &mut Rings,
) -> TestResult {
    let seed = sample::seed_of(&test.name);
    let n_samples = if test.forall.is_empty() { 1 } else { limits::FORALL_SAMPLES + 2 };
    let mut result =
        TestResult { name: test.name.clone(), span: test.span, n_cases: 0, failure: None };
    for case in 0..n_samples {
        let mut rng = Rng::new(seed ^ u64::from(case).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let inputs = sample::inputs(program, test, case, &mut rng);
        result.n_cases += 1;
        let mut eval = eval::Eval::new(program, ready, engine, test, rng, rings);
        if let Err(failure) = eval.run(&inputs) {
            let mut failure = *failure;
            let given: Vec<_> = test
                .forall
                .iter()
                .zip(&inputs)
                .map(|(local, value)| {
                    let name = &test.locals[local.idx()].name;
                    format!("{name} = {}", value.show(program))
                })
                .collect();
            if !given.is_empty() {
                failure = failure.note(format!("with {}", given.join(", ")));
            }
            result.failure = Some(failure.note(format!("engine: {}", engine.name())));
            break;
        }
    }
    result
}
