//! `segment-assumption`: a pattern expects a request at the start of a TCP segment.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0204,
    name: "segment-assumption",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A pattern expects a request at the start of a TCP segment.",
    why: "TCP carries a stream: a request begins anywhere in a segment, and only the first of \
          a connection begins where the pattern looks. Steer whole connections, or let the \
          requests come by UDP.",
    bad: r#"
edition 2026;
header Request { op: be<u16> }
executors workers: socket[8] else pass;
@hooks(xdp)
policy p(pkt: Packet) -> workers {
    match pkt {
        tcp / Request(op: 1) => workers[0],
        _                    => workers[1],
    }
}
"#,
    good: r#"
edition 2026;
header Request { op: be<u16> }
executors workers: socket[8] else pass;
@hooks(xdp)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp / Request(op: 1) => workers[0],
        _                    => workers[1],
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        for (_, layers) in cx.stacks(policy) {
            for pair in layers.windows(2) {
                if cx.is_standard(&pair[0], "tcp") {
                    let name = cx.layer_name(&pair[1]);
                    let found = LINT
                        .at(pair[1].span, format!("`{name}` need not begin where a segment does"));
                    out.push(found.also(pair[0].span, "a stream").help("steer whole connections"));
                }
            }
        }
    }
}
