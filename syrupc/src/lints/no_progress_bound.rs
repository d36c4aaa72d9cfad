//! `no-progress-bound`: a policy lets a thread run as long as it likes.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::Event;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0605,
    name: "no-progress-bound",
    group: Group::Bug,
    level: Severity::Note,
    fix: None,
    finds: "A policy lets a thread run as long as it likes.",
    why: "Without `on tick` a thread that never sleeps keeps its core. Look at `t.ran` there, \
          and `requeue` it when others wait.",
    bad: r#"
edition 2026;
executors cores: core[8] else pass;
queue q: Fifo<64>;
@hooks(thread)
policy p -> cores {
    on runnable(t) { pick c from cores where c.idle else q }
    on available(c) { q.pop() else idle }
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
        if !policy.handlers.iter().any(|handler| handler.event == Event::Tick) {
            let message = format!("nothing in `{}` ends the turn of a thread", policy.name);
            let found = LINT.at(policy.span, message);
            out.push(
                found.help("add `on tick(t, c) { if t.ran > 1ms { requeue(q) } else { keep } }`"),
            );
        }
    }
}
