//! `starvation`: a queue is served only while another is empty.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, thread};
use super::{Group, Lint};
use crate::analyze::walk;
use crate::hir::{ExprKind, QueueId, ThreadExpr};
use syrup_diag::{Code, Diagnostic, Severity, Span};
use syrup_ir::Event;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0601,
    name: "starvation",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A queue is served only while another is empty.",
    why: "As long as threads come into the first, those in the second never run. Take turns, \
          weigh them, or say with `@allow` why it cannot last.",
    bad: r#"
edition 2026;
executors cores: core[8] else pass;
queue fast: Fifo<64>;
queue slow: Fifo<64>;
@hooks(thread)
policy p -> cores {
    on runnable(t) {
        if t.weight > 100 {
            pick c from cores where c.idle else fast
        } else {
            pick c from cores where c.idle else slow
        }
    }
    on available(c) { fast.pop() else slow.pop() else idle }
    on tick(t, c) { if t.ran > 1ms { requeue(slow) } else { keep } }
}
"#,
    good: r#"
edition 2026;
executors cores: core[8] else pass;
state turn: Atomic<u32>;
queue fast: Fifo<64>;
queue slow: Fifo<64>;
@hooks(thread)
policy p -> cores {
    on runnable(t) {
        if t.weight > 100 {
            pick c from cores where c.idle else fast
        } else {
            pick c from cores where c.idle else slow
        }
    }
    on available(c) {
        if turn.fetch_add(1) % 4 == 0 {
            slow.pop() else fast.pop() else idle
        } else {
            fast.pop() else slow.pop() else idle
        }
    }
    on tick(t, c) { if t.ran > 1ms { requeue(slow) } else { keep } }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.thread_policies() {
        let available = policy.handlers.iter().filter(|handler| handler.event == Event::Available);
        for handler in available {
            let mut order: Vec<(QueueId, QueueId, Span)> = Vec::new();
            walk(&handler.body, &mut |expr| {
                let ExprKind::Else(first, rest) = &expr.kind else { return };
                let Some(ThreadExpr::Pop(first)) = thread(first) else { return };
                walk(rest, &mut |expr| {
                    if let Some(ThreadExpr::Pop(second)) = thread(expr) {
                        order.push((*first, *second, expr.span));
                    }
                });
            });
            for &(first, second, span) in &order {
                let turns = order.iter().any(|row| (row.0, row.1) == (second, first));
                if turns || first == second {
                    continue;
                }
                let [first, second] = [first, second].map(|id| &cx.program.queues[id.idx()].name);
                let message = format!("`{second}` waits as long as `{first}` has threads");
                let found = LINT.at(span, message);
                out.push(found.help("take turns, or `@allow(starvation, \"why it cannot last\")`"));
            }
        }
    }
}
