//! Which arms of a policy its tests reach, and the `forall` that reaches none worth the name.
//!
//! In: policies as they are before the optimizer, which still have a block for every arm, and the
//! evaluations of tests. Out: for each arm in how many cases it was taken; a warning for a
//! `forall` whose every case fell to the `_` of a policy that has other arms, or met an empty set:
//! such a property holds whatever those arms say.
//!
//! Arms are counted by the interpreter beside whatever engine runs the test, from the same state,
//! packet, time and draws.

use super::Ready;
use super::Scripted;
use super::run::TestResult;
use crate::hir::{self, PolicyId, Program, Test};
use crate::lower::{Arm, ArmKind};
use std::collections::BTreeMap;
use syrup_diag::{Code, Diagnostic};
use syrup_ir::interp::{self, Happening, Packet, State};
use syrup_ir::{Block, Cause, Checked, Profile};

/// The name by which `@allow` keeps the warning silent.
const ALLOWED_AS: &str = "vacuous_forall";

/// Arms that a warning points at; a person needs one to understand.
const LABELS_MAX: usize = 3;

/// What an evaluation is shown.
#[derive(Clone, Copy)]
pub(super) enum Shown<'a> {
    /// A packet.
    Packet(&'a Packet),
    /// An event of threads.
    Event(&'a Happening),
}

/// A policy that tells which arms an evaluation takes.
pub struct Traced {
    /// The module as it was lowered.
    pub policy: Checked,
    /// Its arms in the order of the text.
    pub arms: Vec<Arm>,
}

impl Traced {
    /// Lowers and checks a policy.
    ///
    /// # Errors
    /// What the hook or target cannot do, and budgets exceeded.
    pub fn build(
        program: &Program,
        policy: PolicyId,
        hook: &hir::Hook,
        target: &Profile,
    ) -> Result<Traced, Vec<Diagnostic>> {
        let (module, arms) = crate::lower::lower_with_arms(program, policy, hook)?;
        Ok(Traced { policy: syrup_ir::check::check(module, target)?, arms })
    }

    /// Evaluates the policy once more, beside the engine, and counts.
    pub(super) fn count(
        &self,
        mut state: State,
        shown: Shown<'_>,
        world: &Scripted,
        reached: &mut Reached,
    ) {
        let mut world = super::Playing::new(world);
        let (policy, state) = (&self.policy, &mut state);
        let traced = match shown {
            Shown::Packet(packet) => {
                Some((0, interp::run_tracing(policy, state, packet, &mut world)))
            }
            Shown::Event(happening) => {
                let funcs = &policy.module().funcs;
                let at = funcs.iter().position(|func| func.event() == Some(happening.event));
                at.zip(interp::run_event_tracing(policy, state, happening, &mut world))
            }
        };
        let Some((func, (outcome, entered))) = traced else { return };
        let any = |blocks: &[(u32, Block)]| {
            let mut own = blocks.iter().filter(|(at, _)| *at as usize == func);
            own.any(|(_, block)| entered[block.idx()])
        };
        let n_funcs = policy.module().funcs.len();
        let funcs = (0..n_funcs).map(|at| u32::from(at == func)).collect();
        let arms = self.arms.iter().map(|arm| u32::from(any(&arm.blocks))).collect();
        let guards = self.arms.iter().map(|arm| u32::from(any(&arm.guards))).collect();
        let n_empty = u32::from(matches!(outcome.cause, Cause::EmptySet(_)));
        reached.add(&Reached { n_runs: 1, n_empty, funcs, arms, guards });
    }
}

/// How often a policy and its arms were reached: by evaluations of one case, or by cases.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reached {
    /// Evaluations, or cases with one.
    pub n_runs: u32,
    /// Those that ended because a set was empty.
    pub n_empty: u32,
    /// Those of each function of the module: of each handler, for a policy over threads.
    pub funcs: Vec<u32>,
    /// Those that took an arm, by arm.
    pub arms: Vec<u32>,
    /// Those in which the pattern of an arm fitted, so that its guard was asked, by arm.
    pub guards: Vec<u32>,
}

/// What was reached, by policy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage(pub BTreeMap<PolicyId, Reached>);

impl Coverage {
    /// Adds a case: whatever it reached at all counts once.
    pub(super) fn add_case(&mut self, case: &Coverage) {
        for (id, reached) in &case.0 {
            let is_empty = reached.n_runs == reached.n_empty;
            let once = |n: &u32| (*n).min(1);
            let arms = reached.arms.iter().map(once).collect();
            let guards = reached.guards.iter().map(once).collect();
            let funcs = reached.funcs.iter().map(once).collect();
            let once = Reached { n_runs: 1, n_empty: u32::from(is_empty), funcs, arms, guards };
            self.0.entry(*id).or_default().add(&once);
        }
    }

    /// Adds what another test reached.
    pub fn add(&mut self, other: &Coverage) {
        for (id, reached) in &other.0 {
            self.0.entry(*id).or_default().add(reached);
        }
    }
}

impl Reached {
    fn add(&mut self, other: &Reached) {
        self.n_runs += other.n_runs;
        self.n_empty += other.n_empty;
        let rows = [
            (&mut self.funcs, &other.funcs),
            (&mut self.arms, &other.arms),
            (&mut self.guards, &other.guards),
        ];
        for (sums, counts) in rows {
            sums.resize(counts.len().max(sums.len()), 0);
            sums.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n);
        }
    }

    /// Whether no case fitted any of the patterns at these places.
    fn misses(&self, patterns: &[usize]) -> bool {
        let is_missed = |&at: &usize| self.arms[at] == 0 && self.guards[at] == 0;
        patterns.iter().all(is_missed)
    }
}

/// The warning for a `forall` that no case put to the test.
pub(super) fn vacuous(
    program: &Program,
    test: &Test,
    ready: &BTreeMap<PolicyId, Ready>,
    result: &TestResult,
) -> Option<Diagnostic> {
    if test.forall.is_empty() || test.allows.iter().any(|name| name == ALLOWED_AS) {
        return None;
    }
    result.coverage.0.iter().find_map(|(id, reached)| {
        let traced = ready.get(id)?.traced.as_ref()?;
        let name = &program.policies[id.idx()].name;
        let warning = if reached.n_empty == reached.n_runs {
            empty(program, test, *id, reached)
        } else {
            // The arms of a handler that no case called are no news.
            let was_called = |&(func, _): &(u32, Block)| reached.funcs[func as usize] > 0;
            let is_pattern = |at: &usize| {
                let arm = &traced.arms[*at];
                arm.kind == ArmKind::Pattern && arm.blocks.iter().any(was_called)
            };
            let patterns: Vec<_> = (0..reached.arms.len()).filter(is_pattern).collect();
            if patterns.is_empty() || !reached.misses(&patterns) {
                return None;
            }
            let n = reached.n_runs;
            let message = format!("no case of this `forall` reached an arm of `{name}` but `_`");
            let mut warning =
                Diagnostic::warning(Code::E0803, test.span, message).label(format!("{n} cases"));
            for at in patterns.into_iter().take(LABELS_MAX) {
                warning = warning.also(traced.arms[at].span, format!("fits 0 of {n} cases"));
            }
            warning.help("build the packet that an arm matches, from the sampled values")
        };
        let quiet = format!("`@allow({ALLOWED_AS}, \"why\")` on the test, where it means this");
        Some(warning.help(quiet))
    })
}

/// The warning where the policy's body never ran.
fn empty(program: &Program, test: &Test, policy: PolicyId, reached: &Reached) -> Diagnostic {
    let decl = &program.policies[policy.idx()];
    let message = format!("no case of this `forall` reached the body of `{}`", decl.name);
    let n = reached.n_runs;
    let mut warning =
        Diagnostic::warning(Code::E0803, test.span, message).label(format!("{n} cases"));
    if let Some(set) = decl.set.map(|id| &program.sets[id.idx()]) {
        warning = warning.also(set.span, format!("`{}` was empty in all of them", set.name));
        warning = warning.help(format!("`given {}: n;` with `n: u32 in 1..=8`", set.name));
    }
    warning
}
