//! `port-not-checked`: a pattern reads a request behind UDP without asking for its port, at a hook
//! that sees all traffic.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0206,
    name: "port-not-checked",
    group: Group::Bug,
    level: Severity::Note,
    fix: None,
    finds: "A pattern reads a request behind UDP without asking for its port, at a hook that \
          sees all traffic.",
    why: "Datagrams of other services match too, where their first bytes look alike. Add \
          `dst_port`.",
    bad: r#"
edition 2026;
header Request { op: be<u16> }
executors cores: core[8] else pass;
@hooks(cpu_redirect)
policy p(pkt: Packet) -> cores {
    match pkt {
        udp / Request(op: 1) => cores[0],
        udp                  => cores[1],
        _                    => pass,
    }
}
"#,
    good: r#"
edition 2026;
header Request { op: be<u16> }
executors cores: core[8] else pass;
@hooks(cpu_redirect)
policy p(pkt: Packet) -> cores {
    match pkt {
        udp(dst_port: 9000) / Request(op: 1) => cores[0],
        udp                                  => cores[1],
        _                                    => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        let Some((hook, place)) = cx.frame_hook(policy) else { continue };
        for (_, layers) in cx.stacks(policy) {
            let Some(at) = layers.iter().position(|layer| cx.is_standard(layer, "udp")) else {
                continue;
            };
            let header = &cx.program.headers[layers[at].header.idx()];
            let asks = layers[at].fields.iter().any(|field| {
                header.fields[field.field as usize].name.ends_with("_port")
                    && !field.ranges.is_empty()
            });
            let behind = layers.get(at + 1).map(|layer| &cx.program.headers[layer.header.idx()]);
            let asked_by_route = behind.is_some_and(|header| !header.after.is_empty());
            if behind.is_none() || asks || asked_by_route {
                continue;
            }
            let found = LINT.at(layers[at].span, "datagrams of other services match too");
            let found = found.also(place, format!("`{hook}` sees all traffic"));
            out.push(found.help("add the port: `udp(dst_port: 9000)`"));
        }
    }
}
