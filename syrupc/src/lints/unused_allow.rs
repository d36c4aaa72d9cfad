//! `unused-allow`: an `@allow` silences nothing.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint, Safety};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0901,
    name: "unused-allow",
    group: Group::Style,
    level: Severity::Warning,
    fix: Some(Safety::Safe),
    finds: "An `@allow` silences nothing.",
    why: "What it was about is gone, or it stands on another declaration. Remove it, so that \
          the next finding is seen.",
    bad: r#"
edition 2026;
@allow(unused_map, "for later")
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
