//! `encrypted-payload`: a pattern reads what is encrypted.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use crate::hir::Layer;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0205,
    name: "encrypted-payload",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A pattern reads what is encrypted.",
    why: "On ports 443 and 853 what follows TCP or UDP is TLS or QUIC, whose content looks \
          random; such a pattern matches by accident. Steer by address, port, or the \
          connection id of `std.quic`.",
    bad: r#"
edition 2026;
header Request { op: be<u16> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp(dst_port: 443) / Request(op: 1) => workers[0],
        _                                   => pass,
    }
}
"#,
    good: r#"
edition 2026;
header Request { op: be<u16> }
executors workers: socket[8] else pass;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp(dst_port: 9000) / Request(op: 1) => workers[0],
        _                                    => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.packet_policies() {
        for (_, layers) in cx.stacks(policy) {
            for pair in layers.windows(2) {
                let Some(port) = encrypted_port(cx, &pair[0]) else { continue };
                let header = &cx.program.headers[pair[1].header.idx()];
                if cx.file_name(header.span.file).ends_with("std/headers/quic.syr") {
                    continue;
                }
                let name = cx.layer_name(&pair[1]);
                let found = LINT.at(pair[1].span, format!("`{name}` is encrypted on port {port}"));
                let found = found.also(pair[0].span, "TLS or QUIC");
                out.push(found.help("steer by address, port or connection id: `use std.quic`"));
            }
        }
    }
}

/// The port of encrypted traffic that a layer must have.
fn encrypted_port(cx: &Context<'_>, layer: &Layer) -> Option<u64> {
    if !cx.is_standard(layer, "udp") && !cx.is_standard(layer, "tcp") {
        return None;
    }
    let fields = &cx.program.headers[layer.header.idx()].fields;
    let port =
        layer.fields.iter().find(|field| &*fields[field.field as usize].name == "dst_port")?;
    match port.ranges[..] {
        [range] if range.lo == range.hi => [443, 853].into_iter().find(|port| *port == range.lo),
        _ => None,
    }
}
