//! `shadowed-constant`: a binding has the name of a constant or of a case of an enum.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::Context;
use super::{Group, Lint};
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0108,
    name: "shadowed-constant",
    group: Group::Bug,
    level: Severity::Warning,
    fix: None,
    finds: "A binding has the name of a constant or of a case of an enum.",
    why: "In a pattern `op: SCAN` compares and `op as SCAN` binds, so a binding of that name \
          probably was meant to compare. Give it another name.",
    bad: r#"
edition 2026;
enum Op: u16 { GET = 1, SCAN = 2 }
fn double(x: u32) -> u32 {
    let SCAN = x >> 1;
    SCAN
}
"#,
    good: r#"
edition 2026;
enum Op: u16 { GET = 1, SCAN = 2 }
fn double(x: u32) -> u32 {
    let half = x >> 1;
    half
}
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let own = |span| cx.is_own(span);
    let fns = cx.program.fns.iter().filter(|def| own(def.span)).map(|def| &def.locals);
    let policies = cx.policies().flat_map(|(_, policy)| {
        std::iter::once(&policy.locals).chain(policy.handlers.iter().map(|h| &h.locals))
    });
    for local in fns.chain(policies).flatten() {
        let name = &*local.name;
        let constant = cx.program.consts.iter().find(|def| own(def.span) && &*def.name == name);
        let case = cx
            .program
            .enums
            .iter()
            .find(|def| own(def.span) && def.info.cases.iter().any(|case| &*case.0 == name));
        let span = constant.map(|def| def.span).or(case.map(|def| def.span));
        if let Some(span) = span.filter(|_| cx.slice(local.span) == name) {
            let found =
                LINT.at(local.span, format!("`{name}` binds here and is a constant elsewhere"));
            out.push(found.also(span, "declared here").help("give the binding another name"));
        }
    }
}
