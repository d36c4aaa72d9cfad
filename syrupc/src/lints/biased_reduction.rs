//! `biased-reduction`: a hash or a random number is cut down with `%`.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, constant};
use super::{Group, Lint};
use crate::hir::{BinaryOp, Expr, ExprKind};
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::BinOp;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0202,
    name: "biased-reduction",
    group: Group::Style,
    level: Severity::Note,
    fix: None,
    finds: "A hash or a random number is cut down with `%`.",
    why: "Where the divisor is no power of two, small results come up more often. `.hash(h)` \
          and `.random()` of a set spread evenly and cost no division.",
    bad: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers[pkt.flow_hash % 6],
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
        udp => workers[0..6].hash(pkt.flow_hash),
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (_, policy) in cx.policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::Binary(BinaryOp { op: BinOp::Rem, .. }, left, right) = &expr.kind else {
                continue;
            };
            let even = constant(right).is_some_and(|n| n.is_power_of_two());
            if is_spread(left) && !even {
                let found = LINT.at(expr.span, "small results come up more often");
                out.push(found.help("use `.hash(h)` or `.random()` of the set"));
            }
        }
    }
}

/// Whether it is a hash or a draw.
fn is_spread(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Convert(inner) | ExprKind::HighHalf(inner) => is_spread(inner),
        ExprKind::Random | ExprKind::Hash(_) => true,
        ExprKind::Meta(meta) => *meta == syrup_ir::Meta::FlowHash,
        _ => false,
    }
}
