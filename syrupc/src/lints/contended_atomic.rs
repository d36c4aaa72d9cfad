//! `contended-atomic`: every packet adds to one cell.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::{CellOp, ExprKind};
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::MapKind;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0403,
    name: "contended-atomic",
    group: Group::Perf,
    level: Severity::Note,
    fix: None,
    finds: "Every packet adds to one cell.",
    why: "All CPUs then wait for the same cache line. `PerCpu<u64>` counts without waiting, \
          and user space sees the sum.",
    bad: r#"
edition 2026;
@user(read)
state seen: Atomic<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { seen.add(1); drop },
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
@user(read)
state seen: PerCpu<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { seen = seen +% 1; drop },
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::CellOp(CellOp::Add, place, _) = &expr.kind else { continue };
            let map = &cx.program.maps[place.map.idx()];
            if map.kind == MapKind::State {
                let message = format!("all CPUs add to `{}`", map.name);
                let found = LINT.at(expr.span, message).also(map.span, "one cell for all");
                out.push(found.help("declare it `PerCpu<u64>`, and write `x = x +% 1`"));
            }
        }
    }
}
