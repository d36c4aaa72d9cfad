//! The abstract run: states flow along all paths until nothing changes, then findings are taken.
//!
//! In: a program and its operations. Out: findings and guards.

use crate::decode::Op;
use crate::guards::{Guard, GuardKind};
use crate::state::{Id, State};
use crate::{Finding, Program, Rule, branch, flow, step};
use std::collections::BTreeSet;

/// How often a state may change where paths meet before it counts as unknown: only a pointer that
/// moves in a loop changes more often than its kinds, and that is no operation of ours.
const JOINS_MAX: u32 = 256;

/// What a run found.
#[derive(Default)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    pub guards: Vec<Guard>,
    /// Calls whose result some access relies on, after a test.
    pub relied: BTreeSet<Id>,
}

/// The run, with what a step may report to.
pub struct Run<'a> {
    pub program: &'a Program<'a>,
    pub code: &'a [Op],
    /// Whether findings are taken: at the last pass, when states no longer change.
    is_final: bool,
    outcome: Outcome,
}

impl Run<'_> {
    /// Takes a finding.
    pub fn find(&mut self, at: usize, rule: Rule, message: impl Into<String>) {
        if self.is_final {
            let message = message.into();
            self.outcome.findings.push(Finding { at: at as u32, rule, message });
        }
    }

    /// Takes it that an access relies on a call's tested result.
    pub fn rely(&mut self, call: Id) {
        self.outcome.relied.insert(call);
    }

    /// Takes a guard.
    pub fn guard(&mut self, at: usize, kind: GuardKind, guards_jump: bool) {
        let guard = Guard { at: at as u32, kind, guards_jump };
        if self.is_final && !self.outcome.guards.contains(&guard) {
            self.outcome.guards.push(guard);
        }
    }
}

/// Runs a program whose control is sound.
pub fn run(program: &Program<'_>, code: &[Op]) -> Outcome {
    let mut run = Run { program, code, is_final: false, outcome: Outcome::default() };
    let leaders = leaders(code);
    let mut states: Vec<Option<State>> = vec![None; code.len()];
    let mut joins = vec![0u32; code.len()];
    states[0] = Some(State::entry());
    let mut work = BTreeSet::from([0usize]);
    while let Some(at) = work.pop_first() {
        let Some(state) = states[at].clone() else { continue };
        for (to, after) in stretch(&mut run, &leaders, at, state) {
            let joined = match &states[to] {
                Some(known) => known.join(&after),
                None => after,
            };
            if states[to].as_ref() != Some(&joined) {
                joins[to] += 1;
                if joins[to] > JOINS_MAX {
                    run.is_final = true;
                    run.find(to, Rule::EndlessLoop, "a value changes at every turn of a loop");
                    return run.outcome;
                }
                states[to] = Some(joined);
                work.insert(to);
            }
        }
    }
    run.is_final = true;
    for (at, state) in states.into_iter().enumerate() {
        if let Some(state) = state {
            stretch(&mut run, &leaders, at, state);
        }
    }
    run.outcome
}

/// Instructions that control comes to by more than the one before.
fn leaders(code: &[Op]) -> Vec<bool> {
    let mut leaders = vec![false; code.len()];
    leaders[0] = true;
    for at in 0..code.len() {
        if let Op::Goto(_) | Op::If { .. } | Op::MayGoto(_) = code[at] {
            for to in flow::successors(code, at) {
                leaders[to] = true;
            }
        }
    }
    leaders
}

/// Runs from a leader to the next ones; gives the states that come there.
fn stretch(
    run: &mut Run<'_>,
    leaders: &[bool],
    start: usize,
    mut state: State,
) -> Vec<(usize, State)> {
    let mut at = start;
    loop {
        match run.code[at] {
            Op::Exit => {
                step::exit(run, at, &state);
                return vec![];
            }
            Op::If { .. } => return branch::branch(run, at, &state),
            Op::MayGoto(_) => {
                run.guard(at, GuardKind::Turns, false);
                let to = flow::successors(run.code, at);
                return to.into_iter().map(|to| (to, state.clone())).collect();
            }
            _ => step::step(run, at, &mut state),
        }
        let next = flow::successors(run.code, at)[0];
        if leaders[next] {
            return vec![(next, state)];
        }
        at = next;
    }
}
