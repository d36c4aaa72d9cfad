//! `map-too-big`: a map takes more than 64 MiB.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use syrup_diag::{Code, Diagnostic, Severity, limits};
use syrup_ir::MapKind;

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0303,
    name: "map-too-big",
    group: Group::Perf,
    level: Severity::Warning,
    fix: None,
    finds: "A map takes more than 64 MiB.",
    why: "Maps lie in kernel memory, which is never swapped out; one with a copy for each \
          processor takes that many times as much. Fewer entries probably do.",
    bad: r#"
edition 2026;
struct Seen { a: u64, b: u64, c: u64, d: u64 }
map seen: Hash<u64, Seen, 4_000_000>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { seen.insert(1, Seen(a: 1)) else return drop; seen.remove(1); pass },
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
struct Seen { a: u64, b: u64, c: u64, d: u64 }
map seen: Hash<u64, Seen, 100_000>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { seen.insert(1, Seen(a: 1)) else return drop; seen.remove(1); pass },
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for map in cx.program.maps.iter().filter(|map| cx.is_own(map.span)) {
        let entry = u64::from(map.key_layout.size()) + u64::from(map.value_layout.size());
        let copies = match map.kind {
            MapKind::PerCpuArray | MapKind::PerCpuState => PROCESSORS,
            _ => 1,
        };
        let bytes = entry * copies * u64::from(map.entries);
        if bytes > limits::LINT_MAP_BYTES_MAX && map.kind != MapKind::Log {
            let mib = bytes >> 20;
            let message = format!("`{}` takes {mib} MiB", map.name);
            let entries = format!("{} entries of {entry} bytes", map.entries);
            out.push(LINT.at(map.span, message).label(entries).help("lower the number of entries"));
        }
    }
}

/// How many processors are assumed where a map has a copy for each.
const PROCESSORS: u64 = 64;
