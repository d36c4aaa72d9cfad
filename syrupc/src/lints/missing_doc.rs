//! `missing-doc`: a public declaration has no documentation.
//!
//! In: a policy file. Out: a finding for each place.

use super::context::{Context, declared};
use super::{Group, Lint};
use crate::syntax::docs_before;
use syrup_diag::{Code, Diagnostic, Severity};

/// The lint.
pub(super) static LINT: Lint = Lint {
    code: Code::L0704,
    name: "missing-doc",
    group: Group::Pedantic,
    level: Severity::Note,
    fix: None,
    finds: "A public declaration has no documentation.",
    why: "Other files use it, and editors show what its `///` lines say.",
    bad: r#"
edition 2026;
pub header Request { op: be<u16> }
"#,
    good: r#"
edition 2026;
/// A request.
pub header Request { op: be<u16> }
"#,
    check,
};

fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for item in cx.file.items.iter().filter(|item| item.public.is_some()) {
        let Some(name) = declared(item) else { continue };
        if docs_before(cx.file, cx.text, item.span).is_none() {
            let found = LINT.at(name.span, format!("`{}` has no documentation", name.text));
            out.push(found.help("write `/// ...` before it"));
        }
    }
}
