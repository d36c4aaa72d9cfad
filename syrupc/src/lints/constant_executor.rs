//! `constant-executor`: every packet that is steered goes to the same executor.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, constant_slot};
use super::{Group, Lint};
use crate::hir::ExprKind;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0101,
    name: "constant-executor",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "Every packet that is steered goes to the same executor.",
    why: "A field of the packet was probably meant to decide. Where one executor is meant, a \
          plain socket needs no policy.",
    bad: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers[0],
        tcp => workers[0],
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers[0],
        tcp => workers[1],
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        let answers = cx.answers(policy);
        let mut chosen =
            answers.iter().filter(|answer| !matches!(answer.kind, ExprKind::Verdict(_)));
        let Some(first) = chosen.next() else { continue };
        let Some(slot) = constant_slot(first) else { continue };
        if chosen.all(|answer| constant_slot(answer) == Some(slot)) {
            let message = format!("`{}` always chooses executor {slot}", policy.name);
            out.push(
                LINT.at(policy.span, message)
                    .also(first.span, "chosen here")
                    .help("let a field of the packet decide, or use `.hash(pkt.flow_hash)`"),
            );
        }
    }
}
