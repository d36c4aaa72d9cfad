//! `flow-split`: segments of one TCP connection may go to different executors.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::{Choice, ExprKind};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0203,
    name: "flow-split",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "Segments of one TCP connection may go to different executors.",
    why: "Where each packet is steered by itself, a draw sends a connection back and forth \
          between processors, and its segments overtake each other. Choose by `pkt.flow_hash`.",
    bad: r#"
edition 2026;
executors cores: core[8] else pass;
@hooks(cpu_redirect)
policy p(pkt: Packet) -> cores {
    match pkt {
        tcp => cores.random(),
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
executors cores: core[8] else pass;
@hooks(cpu_redirect)
policy p(pkt: Packet) -> cores {
    match pkt {
        tcp => cores.hash(pkt.flow_hash),
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        let Some((hook, place)) = cx.frame_hook(policy) else { continue };
        for (arm, layers) in cx.stacks(policy) {
            let Some(tcp) = layers.iter().find(|layer| cx.is_standard(layer, "tcp")) else {
                continue;
            };
            let drawn = cx.reach(&arm.body).into_iter().find(|expr| match &expr.kind {
                ExprKind::Random | ExprKind::Choose(_, Choice::Random) => true,
                ExprKind::Pick(pick) => pick.sample.is_some(),
                _ => false,
            });
            if let Some(drawn) = drawn {
                let found = LINT.at(drawn.span, "each segment of a connection draws anew");
                let found = found.also(tcp.span, "segments of TCP");
                let found = found.also(place, format!("`{hook}` sees every packet by itself"));
                out.push(found.help("choose by `pkt.flow_hash`"));
            }
        }
    }
}
