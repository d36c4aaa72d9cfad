//! `per-packet-division`: each packet costs a division by a number that is not fixed.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, constant};
use super::{Group, Lint};
use crate::hir::{BinaryOp, Expr, ExprKind};
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::BinOp;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0501,
    name: "per-packet-division",
    group: Group::Perf,
    level: Severity::Warning,
    fix: None,
    finds: "Each packet costs a division by a number that is not fixed.",
    why: "A division takes tens of cycles, and some hooks have none. Divide by a constant or a \
          parameter, or multiply and shift.",
    bad: r#"
edition 2026;
header Request { n: be<u32> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(n) if n > 0 => workers.hash(1_000_000 / n),
        _                         => pass,
    }
}
"#,
    good: r#"
edition 2026;
header Request { n: be<u32> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(n) if n > 0 => workers.hash(n / 1_000),
        _                         => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::Binary(BinaryOp { op: BinOp::Div | BinOp::Rem, .. }, _, by) = &expr.kind
            else {
                continue;
            };
            if constant(by).is_none() && !is_param(by) {
                let found = LINT.at(expr.span, "a division for each packet");
                let found = found.also(by.span, "not known before");
                out.push(found.help("divide by a constant, or multiply and shift"));
            }
        }
    }
}

/// Whether it is a parameter, which is known when the policy is loaded.
fn is_param(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Convert(inner) => is_param(inner),
        ExprKind::Param(_) => true,
        _ => false,
    }
}
