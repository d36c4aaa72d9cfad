//! `never-steers`: a policy names a set of executors and never chooses one.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use crate::hir::ExprKind;
use crate::syntax::ast::ItemKind;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0104,
    name: "never-steers",
    group: Group::Bug,
    level: Severity::Warning,
    fix: Some(Safety::Safe),
    finds: "A policy names a set of executors and never chooses one.",
    why: "It only passes or drops, so its result is a verdict. Say so, or choose an executor.",
    bad: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp(dst_port: 9) => drop,
        _                => pass,
    }
}
"#,
    good: r#"
edition 2026;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp(dst_port: 9) => drop,
        _                => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies().filter(|policy| policy.set.is_some()) {
        let answers = cx.answers(policy);
        if answers.iter().any(|answer| !matches!(answer.kind, ExprKind::Verdict(_))) {
            continue;
        }
        let Some(item) = cx.item(&policy.name) else { continue };
        let ItemKind::Policy(def) = &item.kind else { continue };
        let message = format!("`{}` never chooses an executor", policy.name);
        let found = LINT.at(def.result.span, message).label("it only passes or drops");
        out.push(found.replace("write `-> verdict`", def.result.span, "verdict"));
    }
}
