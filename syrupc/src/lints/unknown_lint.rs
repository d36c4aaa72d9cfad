//! `unknown-lint`: an `@allow` names no lint.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0902,
    name: "unknown-lint",
    group: Group::Style,
    level: Severity::Warning,
    fix: Some(Safety::Safe),
    finds: "An `@allow` names no lint.",
    why: "It silences nothing. `syrupc explain` lists the lints.",
    bad: r#"
edition 2026;
@allow(unused_mpa, "for later")
map seen: Hash<u32, u64, 1_000>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => drop,
        _   => pass,
    }
}
"#,
    good: r#"
edition 2026;
@allow(unused_map, "for later")
map seen: Hash<u32, u64, 1_000>;
@hooks(socket_select)
policy p(pkt: Packet) -> verdict {
    match pkt {
        udp => drop,
        _   => pass,
    }
}
"#,
    check,
};

/// `allow` finds it, when it knows what the other lints found.
fn check(_cx: &Context<'_>, _out: &mut Vec<Diagnostic>) {}
