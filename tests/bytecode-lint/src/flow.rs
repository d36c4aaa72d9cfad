//! Control: where each instruction may go, what is reached, what goes round.
//!
//! In: operations. Out: findings about control alone; successors for the abstract run.

use crate::decode::Op;
use crate::{Finding, Rule};

/// Where control may go from an instruction: the next one first, then the jump's target.
pub fn successors(code: &[Op], at: usize) -> Vec<usize> {
    let next = at + 1;
    let to = |by: i32| (next as i64 + i64::from(by)).try_into().unwrap_or(usize::MAX);
    match code[at] {
        Op::Exit => vec![],
        Op::Goto(by) => vec![to(by)],
        Op::If { by, .. } | Op::MayGoto(by) => vec![next, to(by)],
        Op::Number { .. } | Op::Map { .. } => vec![at + 2],
        Op::Second
        | Op::Alu { .. }
        | Op::Unary { .. }
        | Op::Load { .. }
        | Op::Store { .. }
        | Op::Atomic { .. }
        | Op::Call(_) => vec![next],
    }
}

/// Checks control.
pub fn check(code: &[Op]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |at: usize, rule, message: &str| {
        findings.push(Finding { at: at as u32, rule, message: message.to_owned() });
    };
    for at in 0..code.len() {
        if code[at] == Op::Second {
            continue;
        }
        for to in successors(code, at) {
            match code.get(to) {
                None if to == code.len() => {
                    add(at, Rule::NoExit, "control falls off the program's end");
                }
                None => add(at, Rule::JumpTarget, "a jump out of the program"),
                Some(Op::Second) => add(at, Rule::JumpTarget, "a jump into a wide load"),
                Some(_) => {}
            }
        }
    }
    if !findings.is_empty() {
        return findings;
    }
    let reached = reach(code);
    for (at, op) in code.iter().enumerate() {
        if !reached[at] && *op != Op::Second {
            let message = "no path comes here".to_owned();
            findings.push(Finding { at: at as u32, rule: Rule::Unreachable, message });
        }
    }
    if let Some(at) = endless(code) {
        let message = "a circle without `may_goto`".to_owned();
        findings.push(Finding { at: at as u32, rule: Rule::EndlessLoop, message });
    }
    findings
}

fn reach(code: &[Op]) -> Vec<bool> {
    let (mut seen, mut work) = (vec![false; code.len()], vec![0]);
    while let Some(at) = work.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            work.extend(successors(code, at));
        }
    }
    seen
}

/// An instruction on a circle that passes no `may_goto`, by a walk in depth that never enters one.
fn endless(code: &[Op]) -> Option<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; code.len()];
    for start in 0..code.len() {
        if marks[start] != Mark::New || matches!(code[start], Op::MayGoto(_) | Op::Second) {
            continue;
        }
        marks[start] = Mark::Open;
        let mut stack = vec![(start, successors(code, start))];
        while let Some((at, left)) = stack.last_mut() {
            let at = *at;
            let Some(next) = left.pop() else {
                marks[at] = Mark::Done;
                stack.pop();
                continue;
            };
            match (marks[next], code[next]) {
                (_, Op::MayGoto(_)) | (Mark::Done, _) => {}
                (Mark::Open, _) => return Some(at),
                (Mark::New, _) => {
                    marks[next] = Mark::Open;
                    stack.push((next, successors(code, next)));
                }
            }
        }
    }
    None
}
