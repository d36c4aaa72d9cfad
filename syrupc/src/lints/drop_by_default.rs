//! `drop-by-default`: a policy drops what it does not know at a hook that sees all traffic.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use crate::hir::{ExprKind, Row};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0105,
    name: "drop-by-default",
    group: Group::Bug,
    level: Severity::Error,
    fix: Some(Safety::Unsafe),
    finds: "A policy drops what it does not know at a hook that sees all traffic.",
    why: "At such a hook ARP, ICMP, IPv6 neighbour discovery and other services come by too: \
          `_ => drop` takes the machine off the network. Write `_ => pass`.",
    bad: r#"
edition 2026;
@hooks(xdp)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp(dst_port: 9) => pass,
        _                => drop,
    }
}
"#,
    good: r#"
edition 2026;
@hooks(xdp)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp(dst_port: 9) => drop,
        _                => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        let Some((hook, place)) = cx.frame_hook(policy) else { continue };
        for inner in cx.packet_matches(policy) {
            let Some(arm) = inner.arms.iter().find(|arm| matches!(arm.rows[..], [Row::Any])) else {
                continue;
            };
            if matches!(arm.body.kind, ExprKind::Verdict(syrup_ir::Else::Drop))
                && arm.guard.is_none()
            {
                let found =
                    LINT.at(arm.body.span, "this drops everything the policy does not know");
                let found = found
                    .also(place, format!("`{hook}` sees all traffic: ARP, ICMP, other services"));
                out.push(found.replace("write `pass`", arm.body.span, "pass"));
            }
        }
    }
}
