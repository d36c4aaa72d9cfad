//! `unreachable-arm`: an arm is never taken, because an arm before it takes all that it matches.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::{Arm, ExprKind, FieldPattern, Row};
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::Interval;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0102,
    name: "unreachable-arm",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "An arm is never taken, because an arm before it takes all that it matches.",
    why: "Arms are tried in order. Write the narrower pattern first, or remove the arm.",
    bad: r#"
edition 2026;
header Request { op: be<u16> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp                  => workers[0],
        udp / Request(op: 1) => workers[1],
        _                    => pass,
    }
}
"#,
    good: r#"
edition 2026;
header Request { op: be<u16> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(op: 1) => workers[1],
        udp                  => workers[0],
        _                    => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (_, policy) in cx.policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::Match(inner) = &expr.kind else { continue };
            for (at, arm) in inner.arms.iter().enumerate() {
                let before = inner.arms[..at].iter().filter(|arm| arm.guard.is_none());
                let taken =
                    |row: &Row| before.clone().find(|arm| arm.rows.iter().any(|r| covers(r, row)));
                let by: Option<Vec<&Arm>> = arm.rows.iter().map(taken).collect();
                if let Some(first) = by.as_ref().and_then(|by| by.first()) {
                    let found = LINT.at(arm.span, "this arm is never taken");
                    let found = found.also(first.span, "takes all that it matches");
                    out.push(found.help("move it before that arm, or remove it"));
                }
            }
        }
    }
}

/// Whether whatever the second row matches, the first does.
fn covers(first: &Row, second: &Row) -> bool {
    match (first, second) {
        (Row::Any, _) => true,
        (Row::Numbers(all), Row::Numbers(some)) => some.iter().all(|s| within(*s, all)),
        (Row::Take(a), Row::Take(b)) => a == b,
        (Row::Some(_), Row::Some(_)) | (Row::None, Row::None) => true,
        (Row::Layers(outer), Row::Layers(inner)) => {
            outer.len() <= inner.len()
                && outer.iter().zip(inner).all(|(a, b)| {
                    a.header == b.header
                        && a.arg == b.arg
                        && a.fields.iter().all(|field| holds(field, &b.fields))
                })
        }
        _ => false,
    }
}

/// Whether what a field must be follows from what the fields of another layer must be.
fn holds(field: &FieldPattern, of: &[FieldPattern]) -> bool {
    if field.ranges.is_empty() && field.bytes.is_empty() {
        return true;
    }
    of.iter().any(|other| {
        let numbers =
            !other.ranges.is_empty() && other.ranges.iter().all(|r| within(*r, &field.ranges));
        let bytes = !other.bytes.is_empty() && other.bytes.iter().all(|b| field.bytes.contains(b));
        other.field == field.field && (numbers || bytes)
    })
}

fn within(part: Interval, all: &[Interval]) -> bool {
    all.iter().any(|whole| whole.lo <= part.lo && part.hi <= whole.hi)
}
