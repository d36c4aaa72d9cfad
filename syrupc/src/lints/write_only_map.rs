//! `write-only-map`: policies write a map, and nobody reads it.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, Use};
use super::{Group, Lint};
use crate::hir::MapId;
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::{Access, MapKind};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0305,
    name: "write-only-map",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "Policies write a map, and nobody reads it.",
    why: "Neither does a policy, nor user space: it has no `@user(read)`. Say who reads it, or \
          remove it.",
    bad: r#"
edition 2026;
state seen: Atomic<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { seen.add(1); drop },
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
@user(read)
state seen: Atomic<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { seen.add(1); drop },
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let all = cx.all_evaluated();
    for (at, map) in cx.program.maps.iter().enumerate().filter(|(_, map)| cx.is_own(map.span)) {
        let uses = cx.uses(MapId(at as u32), &all);
        let silent = map.user == Access::None && map.pin.is_none() && map.kind != MapKind::Log;
        if silent && !uses.is_empty() && uses.iter().all(|found| *found == Use::Writes) {
            let found = LINT.at(map.span, format!("nobody reads `{}`", map.name));
            out.push(found.help("add `@user(read)`, or remove it"));
        }
    }
}
