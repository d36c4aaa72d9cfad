//! `big-pick`: for each packet all of more than 16 executors are looked at.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::ExprKind;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0504,
    name: "big-pick",
    group: Group::Perf,
    level: Severity::Note,
    fix: None,
    finds: "For each packet all of more than 16 executors are looked at.",
    why: "The best of two that are drawn is nearly as good (M. Mitzenmacher, \"The power of \
          two choices in randomized load balancing\", 2001) and costs the same for any number. \
          Write `.sample(2)`.",
    bad: r#"
edition 2026;
@user(add)
map load: Array<Atomic<u32>, workers>;
executors workers: socket[64] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => {
            let w = pick w from workers least load[w];
            load[w].add(1);
            w
        },
        _ => pass,
    }
}
"#,
    good: r#"
edition 2026;
@user(add)
map load: Array<Atomic<u32>, workers>;
executors workers: socket[64] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => {
            let w = pick w from workers.sample(2) least load[w];
            load[w].add(1);
            w
        },
        _ => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    const MANY: u32 = 16;
    for policy in cx.packet_policies() {
        for expr in cx.evaluated(policy) {
            let ExprKind::Pick(pick) = &expr.kind else { continue };
            let set = &cx.program.sets[pick.set.set.idx()];
            if set.capacity > MANY && pick.sample.is_none() && pick.set.end.is_none() {
                let message =
                    format!("up to {} executors are looked at for each packet", set.capacity);
                let found = LINT.at(pick.set.span, message);
                out.push(found.help(format!("write `{}.sample(2)`", cx.slice(pick.set.span))));
            }
        }
    }
}
