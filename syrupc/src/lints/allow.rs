//! `@allow(lint, "why")`: what an author keeps silent, and where that has no effect.
//!
//! In: the declarations of a file and what lints found. Out: what is left, with a finding for each
//! `@allow` that silences nothing or names no lint.

use super::context::Context;
use super::{ALL, Finding, by_name, unknown_lint, unused_allow};
use crate::syntax::ast::{self, ExprKind};
use syrup_diag::{Diagnostic, Edit, Span};

/// Warnings that are not lints and can be silenced: `syrupc test` gives them.
const OTHERS: [&str; 1] = ["vacuous-forall"];

/// One `@allow`.
struct Allow {
    /// The name as lints have it.
    name: String,
    /// The name's place.
    place: Span,
    /// The whole attribute.
    whole: Span,
    /// What it stands on.
    over: Span,
}

/// Takes out what is allowed.
pub(super) fn apply(cx: &Context<'_>, findings: Vec<Finding>) -> Vec<Finding> {
    let allows: Vec<Allow> = cx.file.items.iter().flat_map(of_item).collect();
    let mut used = vec![false; allows.len()];
    let mut left = Vec::new();
    for finding in findings {
        let place = finding.diagnostic.primary.span;
        let by = allows
            .iter()
            .position(|allow| allow.name == finding.lint.name && allow.over.contains(place));
        match by {
            Some(at) => used[at] = true,
            None => left.push(finding),
        }
    }
    for (allow, used) in allows.iter().zip(used) {
        if used || OTHERS.contains(&allow.name.as_str()) {
            continue;
        }
        left.push(match by_name(&allow.name) {
            Some(_) => without_effect(cx, allow),
            None => unknown(allow),
        });
    }
    left
}

fn of_item(item: &ast::Item) -> Vec<Allow> {
    let attrs = item.attrs.iter().filter(|attr| attr.name.text == "allow");
    let allow = |attr: &ast::Attr| {
        let arg = attr.args.first()?;
        let name = words(&arg.value)?;
        Some(Allow { name, place: arg.span, whole: attr.span, over: item.span })
    };
    attrs.filter_map(allow).collect()
}

/// The words of a lint's name, joined as lints have them.
fn words(expr: &ast::Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.replace('_', "-")),
        ExprKind::Binary { op: ast::BinaryOp::Sub, left, right, .. } => {
            Some(format!("{}-{}", words(left)?, words(right)?))
        }
        _ => None,
    }
}

fn without_effect(cx: &Context<'_>, allow: &Allow) -> Finding {
    let message = format!("`{}` finds nothing here", allow.name);
    // With the blanks behind it, so that no empty line stays.
    let rest = cx.text.get(allow.whole.end as usize..).unwrap_or("");
    let n_blanks = rest.len() - rest.trim_start().len();
    let span = Span::new(allow.whole.file, allow.whole.start, allow.whole.end + n_blanks as u32);
    let diagnostic = unused_allow::LINT.at(allow.whole, message);
    let edit = Edit { span, text: String::new() };
    unused_allow::LINT.finding(diagnostic.fix("remove it", vec![edit]))
}

fn unknown(allow: &Allow) -> Finding {
    let lint = &unknown_lint::LINT;
    let diagnostic = lint.at(allow.place, format!("there is no lint `{}`", allow.name));
    let names = ALL.iter().map(|lint| lint.name).chain(OTHERS);
    let near = crate::analyze::nearest(&allow.name, names);
    let diagnostic: Diagnostic = match near {
        Some(near) => diagnostic.replace(
            format!("did you mean `{near}`?"),
            allow.place,
            near.replace('-', "_"),
        ),
        None => diagnostic.help("`syrupc explain` lists the lints"),
    };
    lint.finding(diagnostic)
}
