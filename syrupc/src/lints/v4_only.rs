//! `v4-only`: a pattern names `ipv4` where the transport header alone covers both families.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use syrup_diag::{Code, Diagnostic, Severity, Span};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0207,
    name: "v4-only",
    group: Group::Portability,
    level: Severity::Note,
    fix: Some(Safety::Unsafe),
    finds: "A pattern names `ipv4` where the transport header alone covers both families.",
    why: "`udp` and `tcp` are found behind IPv4 and IPv6 alike. Leave `ipv4` out, unless IPv6 \
          is meant to be left to others.",
    bad: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(xdp)
policy p(pkt: Packet) -> workers {
    match pkt {
        ipv4 / udp(dst_port: 9) => workers[0],
        _                       => workers[1],
    }
}
"#,
    good: r#"
edition 2026;
executors workers: socket[8] else pass;
@hooks(xdp)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp(dst_port: 9) => workers[0],
        _                => workers[1],
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        for (_, layers) in cx.stacks(policy) {
            let Some([first, second]) = layers.get(..2) else { continue };
            let transport = cx.is_standard(second, "udp") || cx.is_standard(second, "tcp");
            if cx.is_standard(first, "ipv4") && first.fields.is_empty() && transport {
                let found = LINT.at(first.span, "this leaves IPv6 out");
                let span = Span { end: second.span.start, ..first.span };
                out.push(found.replace("leave `ipv4` out", span, ""));
            }
        }
    }
}
