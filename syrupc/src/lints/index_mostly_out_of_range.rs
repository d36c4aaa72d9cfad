//! `index-mostly-out-of-range`: most values of an index choose an executor that the set cannot
//! have.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use crate::analyze::walk;
use crate::hir::{Choice, ExprKind};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0107,
    name: "index-mostly-out-of-range",
    group: Group::Bug,
    level: Severity::Warning,
    fix: Some(Safety::Unsafe),
    finds: "Most values of an index choose an executor that the set cannot have.",
    why: "Those packets get the verdict behind `else` in the declaration of the set. \
          `.wrap(n)` takes the number modulo the length; `.hash(n)` spreads it.",
    bad: r#"
edition 2026;
header Request { first: u8 }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(first) => workers[first],
        _                    => pass,
    }
}
"#,
    good: r#"
edition 2026;
header Request { first: u8 }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(first) => workers.wrap(first),
        _                    => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        let mut found = Vec::new();
        walk(&policy.body, &mut |expr| found.push(expr));
        for expr in found {
            let ExprKind::Choose(set, Choice::At(at)) = &expr.kind else { continue };
            // What is computed says more than its bounds.
            let read = match &at.kind {
                ExprKind::Convert(inner) => &inner.kind,
                kind => kind,
            };
            let plain = match read {
                ExprKind::Local(id) => !policy.locals[id.idx()].mutable,
                ExprKind::Param(_) | ExprKind::Byte(..) => true,
                _ => false,
            };
            if !plain {
                continue;
            }
            let decl = &cx.program.sets[set.set.idx()];
            let n_values = (at.range.hi - at.range.lo).saturating_add(1);
            let n_inside = u64::from(decl.capacity).saturating_sub(at.range.lo).min(n_values);
            if n_values <= 2 * n_inside || n_values == 1 {
                continue;
            }
            let range = format!("{} to {}", at.range.lo, at.range.hi);
            let found = LINT.at(at.span, "most of these indices have no executor").label(range);
            let found = found.also(decl.span, format!("at most {} executors", decl.capacity));
            let text = format!("{}.wrap({})", cx.slice(set.span), cx.slice(at.span));
            out.push(found.replace(format!("write `{text}`"), expr.span, text));
        }
    }
}
