//! `read-never-written`: policies read a map, and nobody writes it.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, Use};
use super::{Group, Lint};
use crate::hir::MapId;
use syrup_diag::{Code, Diagnostic, Severity};
use syrup_ir::{Access, MapKind};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0306,
    name: "read-never-written",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "Policies read a map, and nobody writes it.",
    why: "It is always zero, or has no entry. Let user space write it with `@user(write)`, or \
          write it.",
    bad: r#"
edition 2026;
map limits: Array<u32, 8>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp if limits[1] > 0 => drop,
        _                    => pass,
    }
}
"#,
    good: r#"
edition 2026;
@user(write)
map limits: Array<u32, 8>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp if limits[1] > 0 => drop,
        _                    => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let all = cx.all_evaluated();
    for (at, map) in cx.program.maps.iter().enumerate().filter(|(_, map)| cx.is_own(map.span)) {
        let uses = cx.uses(MapId(at as u32), &all);
        let silent = matches!(map.user, Access::None | Access::Read) && map.initial.is_empty();
        let filled = matches!(map.kind, MapKind::Maglev(_)) || map.pin.is_some();
        if silent && !filled && !uses.is_empty() && uses.iter().all(|found| *found == Use::Reads) {
            let found = LINT.at(map.span, format!("nobody writes `{}`", map.name));
            out.push(found.help("add `@user(write)`, or write it"));
        }
    }
}
