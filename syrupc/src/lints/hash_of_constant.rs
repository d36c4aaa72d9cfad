//! `hash-of-constant`: a hash is computed of something that is always the same.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, constant};
use super::{Group, Lint};
use crate::hir::{Choice, ExprKind};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0201,
    name: "hash-of-constant",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A hash is computed of something that is always the same.",
    why: "Every packet then goes to the same executor. Hash a field of the packet, or \
          `pkt.flow_hash`.",
    bad: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers.hash(7),
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers.hash(pkt.flow_hash),
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (_, policy) in cx.policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::Choose(_, Choice::Hash(of)) = &expr.kind else { continue };
            if let Some(number) = constant(of) {
                let found = LINT.at(of.span, format!("this is always {number}"));
                out.push(found.help("hash a field of the packet, or `pkt.flow_hash`"));
            }
        }
    }
}
