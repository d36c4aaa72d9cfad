//! `untested-policy`: no test calls a policy.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::{ExprKind, PolicyId, ThreadExpr};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0701,
    name: "untested-policy",
    group: Group::Style,
    level: Severity::Note,
    fix: None,
    finds: "No test calls a policy.",
    why: "A test stands in the same file and is written like the patterns: `test \"...\" { \
          expect p(udp()) == drop; }`.",
    bad: r#"
edition 2026;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
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
test "the port is closed" { expect p(udp(dst_port: 9)) == drop; }
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let called: Vec<PolicyId> = cx
        .in_tests()
        .into_iter()
        .filter_map(|expr| match &expr.kind {
            ExprKind::Run(id, _) => Some(*id),
            ExprKind::Thread(inner) => match &**inner {
                ThreadExpr::Happen(id, ..) => Some(*id),
                _ => None,
            },
            _ => None,
        })
        .collect();
    for (id, policy) in cx.policies().filter(|row| !called.contains(&row.0)) {
        debug_assert!(!called.contains(&id));
        let message = format!("no test calls `{}`", policy.name);
        out.push(LINT.at(policy.span, message).help("write one: `test \"...\" { expect ...; }`"));
    }
}
