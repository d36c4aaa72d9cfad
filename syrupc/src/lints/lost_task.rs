//! `lost-task`: threads go into a queue that nobody takes from.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, thread};
use super::{Group, Lint};
use crate::hir::ThreadExpr;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0603,
    name: "lost-task",
    group: Group::Bug,
    level: Severity::Error,
    fix: None,
    finds: "Threads go into a queue that nobody takes from.",
    why: "They never run again: the kernel sees a runnable thread that stalls and throws the \
          policy out. Take from the queue in `on available`.",
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
    on available(c) { fast.pop() else idle }
    on tick(t, c) { if t.ran > 1ms { requeue(slow) } else { keep } }
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
        let all = cx.evaluated(policy);
        let questions: Vec<_> =
            all.iter().filter_map(|expr| Some((expr.span, thread(expr)?))).collect();
        let mut told = Vec::new();
        for (span, question) in &questions {
            let ThreadExpr::Enqueue { queue, .. } = question else { continue };
            let popped =
                |(_, other): &(_, &ThreadExpr)| matches!(other, ThreadExpr::Pop(id) if id == queue);
            if questions.iter().any(popped) || told.contains(queue) {
                continue;
            }
            told.push(*queue);
            let decl = &cx.program.queues[queue.idx()];
            let found = LINT.at(*span, format!("nobody takes threads from `{}`", decl.name));
            let found = found.also(decl.span, "declared here");
            out.push(found.help(format!("take from it in `on available`: `{}.pop()`", decl.name)));
        }
    }
}
