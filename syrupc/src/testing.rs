//! In-file tests: running them against any engine that can evaluate a policy.
//!
//! In: an analysed program, its policies lowered, an engine. Out: for each test, whether it holds,
//! or a diagnostic that shows both sides. Draws, time and executors come from the test (`given`),
//! so every engine sees the same world.
//!
//! Without `given`, a set holds as many executors as its capacity, time stands at 0, and draws come
//! from a generator seeded by the test's name.

mod bytes;
mod cells;
mod coverage;
mod eval;
mod filled;
mod follow;
mod frame;
mod hints;
mod lay;
mod memory;
pub mod packet;
mod rings;
mod run;
mod sample;
mod shrink;
mod threads;
mod value;

use crate::hir::{self, Program};
use crate::lower::Used;
use syrup_diag::Diagnostic;
use syrup_ir::interp::{Decision, Happening, Outcome, Packet, State, World};
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};

pub use coverage::{Coverage, Reached, Traced};
pub use eval::evaluate;
pub use follow::Samples;
pub use rings::Rings;
pub use run::{TestResult, run_tests};
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

    /// Whether it evaluates policies over threads. Tests that call events are skipped where not.
    fn has_threads(&self) -> bool {
        false
    }

    /// Evaluates the handler of an event once, as [`Engine::run`] does for packets.
    ///
    /// # Errors
    /// One sentence where the engine cannot run it.
    fn happen(
        &mut self,
        policy: &Checked,
        _state: &mut State,
        _happening: &Happening,
        _world: &Scripted,
    ) -> Result<Ran, String> {
        Err(format!(
            "{} does not run `{}`, which is over threads",
            self.name(),
            policy.module().name
        ))
    }
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

    fn has_threads(&self) -> bool {
        true
    }

    fn happen(
        &mut self,
        policy: &Checked,
        state: &mut State,
        happening: &Happening,
        world: &Scripted,
    ) -> Result<Ran, String> {
        let mut playing = Playing::new(world);
        let outcome =
            syrup_ir::interp::run_event_checking_facts(policy, state, happening, &mut playing);
        match outcome {
            Some(Outcome { decision, .. }) => Ok(Ran { decision, n_draws: playing.n_draws }),
            None => Err(format!("{} is not handled", happening.event.name())),
        }
    }
}

/// A policy ready to run in tests.
pub struct Ready {
    /// The checked module.
    pub policy: Checked,
    /// What its tables stand for.
    pub used: Used,
    /// The same before the optimizer, to see which arms a case takes; nothing where nobody asks.
    pub traced: Option<Traced>,
}

impl Ready {
    /// Builds a policy for a hook and a target, with what its tests need to tell which arms they
    /// reach.
    ///
    /// # Errors
    /// What the hook or target cannot do, and budgets exceeded.
    pub fn build(
        program: &Program,
        policy: hir::PolicyId,
        hook: &hir::Hook,
        target: &Profile,
    ) -> Result<Ready, Vec<Diagnostic>> {
        let traced = Traced::build(program, policy, hook, target)?;
        let better = syrup_ir::opt::optimize(traced.policy.clone(), Passes::ALL);
        Ok(Ready {
            policy: syrup_ir::check::check(better, target)?,
            used: Used::of(program, &program.policies[policy.idx()]),
            traced: Some(traced),
        })
    }
}
