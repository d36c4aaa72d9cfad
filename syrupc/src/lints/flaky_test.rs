//! `flaky-test`: a test expects a certain answer of a policy that draws, and does not say what is
//! drawn.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, constant_slot};
use super::{Group, Lint};
use crate::analyze::walk_stmts;
use crate::hir::{Choice, ExprKind, Given, PolicyId, StmtKind};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0702,
    name: "flaky-test",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A test expects a certain answer of a policy that draws, and does not say what is \
          drawn.",
    why: "It holds for the draws of today. Say what is drawn: `given random: [0, 1];`.",
    bad: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers.random(),
        _   => pass,
    }
}
test "the first" {
    given workers: 2;
    expect p(udp()) == workers[0];
}
"#,
    good: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers.random(),
        _   => pass,
    }
}
test "the first" {
    given workers: 2;
    given random: [0];
    expect p(udp()) == workers[0];
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let draws = |id: PolicyId| {
        let answers = cx.answers(&cx.program.policies[id.idx()]);
        let mut chosen =
            answers.iter().filter(|e| !matches!(e.kind, ExprKind::Verdict(_))).peekable();
        chosen.peek().is_some()
            && chosen.all(|answer| match &answer.kind {
                ExprKind::Choose(_, Choice::Random) => true,
                ExprKind::Pick(pick) => pick.sample.is_some(),
                _ => false,
            })
    };
    for test in &cx.program.tests {
        let given =
            test.body.iter().any(|stmt| matches!(stmt.kind, StmtKind::Given(Given::Random(_))));
        if given {
            continue;
        }
        walk_stmts(&test.body, &mut |expr| {
            let ExprKind::Compare(ast::BinaryOp::Eq, left, right) = &expr.kind else { return };
            let ExprKind::Run(id, _) = &left.kind else { return };
            if constant_slot(right).is_some() && draws(*id) {
                let found = LINT.at(expr.span, "this depends on what is drawn");
                out.push(found.help("say what is drawn: `given random: [0, 1];`"));
            }
        });
    }
}
