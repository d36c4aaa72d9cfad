//! `unused-map`: a map, state or queue is declared and no policy uses it.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, thread};
use super::{Group, Lint};
use crate::hir::{MapId, ThreadExpr};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0109,
    name: "unused-map",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A map, state or queue is declared and no policy uses it.",
    why: "It takes memory in the kernel. Remove it, or use it.",
    bad: r#"
edition 2026;
map seen: Hash<u32, u64, 1_000>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => drop,
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
        udp => { seen.add(1); drop },
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    if cx.policies().next().is_none() {
        return;
    }
    let all = cx.all_evaluated();
    let is_public = |name: &str| cx.item(name).is_some_and(|item| item.public.is_some());
    for (at, map) in cx.program.maps.iter().enumerate() {
        let unused = cx.uses(MapId(at as u32), &all).is_empty();
        if unused && cx.is_own(map.span) && !is_public(&map.name) {
            out.push(LINT.at(map.span, format!("no policy uses `{}`", map.name)).help("remove it"));
        }
    }
    for (at, queue) in cx.program.queues.iter().enumerate() {
        let used = all.iter().any(|expr| match thread(expr) {
            Some(ThreadExpr::QueueLen(id) | ThreadExpr::Pop(id)) => id.idx() == at,
            Some(ThreadExpr::Enqueue { queue, .. }) => queue.idx() == at,
            _ => false,
        });
        if !used && cx.is_own(queue.span) && !is_public(&queue.name) {
            let message = format!("no policy uses `{}`", queue.name);
            out.push(LINT.at(queue.span, message).help("remove it"));
        }
    }
}
