//! `map-type-conflict`: two maps have one pin and different layouts.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0304,
    name: "map-type-conflict",
    group: Group::Bug,
    level: Severity::Error,
    fix: None,
    finds: "Two maps have one pin and different layouts.",
    why: "Whoever is loaded second is refused (E0704). Declare the map once, in a file that \
          both use.",
    bad: r#"
edition 2026;
@pin("app/load")
state a: Atomic<u32>;
@pin("app/load")
state b: Atomic<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { a.add(1); b.add(1); drop },
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
@pin("app/a")
state a: Atomic<u32>;
@pin("app/b")
state b: Atomic<u64>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => { a.add(1); b.add(1); drop },
        _   => pass,
    }
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let maps = &cx.program.maps;
    for (at, map) in maps.iter().enumerate().filter(|(_, map)| cx.is_own(map.span)) {
        let Some(pin) = &map.pin else { continue };
        let shape = |map: &crate::hir::Map| {
            (map.kind, map.key_layout.clone(), map.value_layout.clone(), map.entries)
        };
        let before = maps[..at].iter();
        let other = before.into_iter().find(|other| other.pin.as_ref() == Some(pin));
        if let Some(other) = other.filter(|other| shape(other) != shape(map)) {
            let message = format!("`{}` and `{}` have the pin `{pin}`", other.name, map.name);
            let found = LINT.at(map.span, message).also(other.span, "of another layout");
            out.push(found.help("give them different pins, or declare the map once"));
        }
    }
}
