//! `stale-load`: the least loaded executor is chosen by numbers that only user space writes.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, Use};
use super::{Group, Lint};
use crate::hir::ExprKind;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0405,
    name: "stale-load",
    group: Group::Race,
    level: Severity::Note,
    fix: None,
    finds: "The least loaded executor is chosen by numbers that only user space writes.",
    why: "Between two updates every CPU sees the same numbers and sends everything to one \
          executor, which then is the most loaded. Add to the number on each choice, and let \
          the executor subtract when it is done.",
    bad: r#"
edition 2026;
@user(write)
map load: Array<u32, workers>;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => pick w from workers least load[w],
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
@user(add)
map load: Array<Atomic<u32>, workers>;
executors workers: socket[8] else pass;
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
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for (_, policy) in cx.policies() {
        let all = cx.evaluated(policy);
        for expr in &all {
            let ExprKind::Pick(pick) = &expr.kind else { continue };
            let Some((_, key)) = &pick.order else { continue };
            let read = cx.reach(key).into_iter().find_map(|expr| match &expr.kind {
                ExprKind::Read(place) => Some(place),
                _ => None,
            });
            let Some(place) = read else { continue };
            let uses = cx.uses(place.map, &all);
            if uses.iter().all(|found| *found == Use::Reads) {
                let map = &cx.program.maps[place.map.idx()];
                let message = "between two updates all choose the same executor";
                let found = LINT.at(place.span, message).also(map.span, "no policy writes it");
                let name = &map.name;
                out.push(found.help(format!("count each choice: `{name}[w].add(1)`")));
            }
        }
    }
}
