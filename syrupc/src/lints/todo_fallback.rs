//! `todo-fallback`: one policy answers `else pass`, or `else drop`, for three causes or more.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::{Expr, ExprKind};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0705,
    name: "todo-fallback",
    group: Group::Style,
    level: Severity::Note,
    fix: None,
    finds: "One policy answers `else pass`, or `else drop`, for three causes or more.",
    why: "When it answers so, nobody can tell why. Count the causes apart, or answer them \
          apart.",
    bad: r#"
edition 2026;
map a: Hash<u32, u32, 8>;
@hooks(xdp)
policy p(pkt: Packet) -> verdict {
    match pkt {
        ipv4(src) => {
            let x = a[src] else return pass;
            let y = a[x] else return pass;
            let z = a[y] else return pass;
            if z > 1 { drop } else { pass }
        },
        _ => pass,
    }
}
"#,
    good: r#"
edition 2026;
@user(write)
map a: Hash<u32, u32, 8>;
@hooks(xdp)
policy p(pkt: Packet) -> verdict {
    match pkt {
        ipv4(src) => if (a[src] else 0) > 1 { drop } else { pass },
        _         => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    const MANY: usize = 3;
    for (_, policy) in cx.policies() {
        let all = cx.evaluated(policy);
        let verdict = |expr: &Expr| match &expr.kind {
            ExprKind::Verdict(verdict) => Some(*verdict),
            ExprKind::Return(value) => match value.kind {
                ExprKind::Verdict(verdict) => Some(verdict),
                _ => None,
            },
            _ => None,
        };
        for (wanted, word) in [(syrup_ir::Else::Pass, "pass"), (syrup_ir::Else::Drop, "drop")] {
            let mut places = all.iter().filter_map(|expr| match &expr.kind {
                ExprKind::Else(_, other) if verdict(other) == Some(wanted) => Some(other.span),
                _ => None,
            });
            let n_places = places.clone().count();
            if let Some(last) = places.nth(MANY - 1) {
                let message = format!("`{}` answers `{word}` for {n_places} causes", policy.name);
                out.push(
                    LINT.at(last, message).help("count the causes apart, or answer them apart"),
                );
            }
        }
    }
}
