//! `percpu-read-as-global`: a cell of this processor is compared as if it were the total.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::ExprKind;
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::MapKind;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0404,
    name: "percpu-read-as-global",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A cell of this processor is compared as if it were the total.",
    why: "Each CPU has a cell of its own, and a policy sees only that: a limit of 100 is 100 \
          on each. Use an `Atomic` for a total, or divide the limit.",
    bad: r#"
edition 2026;
state seen: PerCpu<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { seen = seen +% 1; if seen > 100 { drop } else { pass } },
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
state seen: Atomic<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { if seen.fetch_add(1) > 100 { drop } else { pass } },
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (_, policy) in cx.policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::Compare(_, left, right) = &expr.kind else { continue };
            for side in [left, right] {
                let ExprKind::Read(place) = &side.kind else { continue };
                let map = &cx.program.maps[place.map.idx()];
                if matches!(map.kind, MapKind::PerCpuState | MapKind::PerCpuArray) {
                    let message = format!("`{}` is what this CPU counted, not all", map.name);
                    let found = LINT.at(side.span, message).also(map.span, "one cell for each CPU");
                    out.push(found.help("use an `Atomic` for a total, or divide the limit"));
                }
            }
        }
    }
}
