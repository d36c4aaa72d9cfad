//! `not-work-conserving`: a thread waits although a core is idle.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, thread};
use super::{Group, Lint};
use crate::hir::ThreadExpr;
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::Event;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0602,
    name: "not-work-conserving",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A thread waits although a core is idle.",
    why: "Where `on runnable` never asks for an idle core, a thread waits until some core next \
          has nothing to run; where `on available` takes from no queue, the threads in them \
          never run.",
    bad: r#"
edition 2026;
executors cores: core[8] else pass;
queue q: Fifo<64>;
@hooks(thread)
policy p -> cores {
    on runnable(t) { q }
    on available(c) { q.pop() else idle }
    on tick(t, c) { if t.ran > 1ms { requeue(q) } else { keep } }
}
"#,
    good: r#"
edition 2026;
executors cores: core[8] else pass;
queue q: Fifo<64>;
@hooks(thread)
policy p -> cores {
    on runnable(t) { pick c from cores where c.idle else q }
    on available(c) { q.pop() else idle }
    on tick(t, c) { if t.ran > 1ms { requeue(q) } else { keep } }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.thread_policies() {
        for handler in &policy.handlers {
            let all = cx.reach(&handler.body);
            let has = |wanted: fn(&ThreadExpr) -> bool| {
                all.iter().filter_map(|expr| thread(expr)).any(wanted)
            };
            let (lazy, help) = match handler.event {
                Event::Runnable => (
                    !has(|expr| matches!(expr, ThreadExpr::IsIdle(_)))
                        && has(|expr| matches!(expr, ThreadExpr::Enqueue { .. })),
                    "ask first: `pick c from cores where c.idle else q`",
                ),
                Event::Available => (
                    !has(|expr| matches!(expr, ThreadExpr::Pop(_)))
                        && !cx.program.queues.is_empty(),
                    "take from a queue: `q.pop() else idle`",
                ),
                _ => continue,
            };
            if lazy {
                let message = match handler.event {
                    Event::Available => "a core stays idle while threads wait",
                    _ => "a thread waits although a core may be idle",
                };
                out.push(LINT.at(handler.span, message).help(help));
            }
        }
    }
}
