//! Attributes: which there are, where they belong, and what they say.

use super::Analyzer;
use crate::syntax::ast::{self, ExprKind, ItemKind, LitKind};
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic};
use syrup_ir::Access;

/// Attributes of declarations, with what they stand on.
const KNOWN: &[(&str, &str)] = &[
    ("allow", "any declaration"),
    ("budget", "a policy"),
    ("hooks", "a policy"),
    ("licence", "a policy"),
    ("pin", "a map or state"),
    ("user", "a map or state"),
];

impl Analyzer<'_> {
    /// Reports unknown, misplaced and malformed attributes of a declaration.
    pub(crate) fn check_attrs(&mut self, item: &ast::Item) {
        for attr in &item.attrs {
            let name = attr.name.text.as_str();
            let Some(&(_, place)) = KNOWN.iter().find(|row| row.0 == name) else {
                let message = format!("there is no attribute `@{name}`");
                let mut diagnostic = Diagnostic::error(Code::E0105, attr.name.span, message);
                if let Some(near) = super::names::nearest(name, KNOWN.iter().map(|row| row.0)) {
                    let title = format!("did you mean `@{near}`?");
                    diagnostic = diagnostic.replace(title, attr.name.span, near);
                } else {
                    let known: Vec<_> = KNOWN.iter().map(|row| format!("@{}", row.0)).collect();
                    diagnostic = diagnostic.note(format!("there are: {}", known.join(", ")));
                }
                self.diags.push(diagnostic);
                continue;
            };
            let fits = match place {
                "a policy" => matches!(item.kind, ItemKind::Policy(_)),
                "a map or state" => matches!(item.kind, ItemKind::Map(_) | ItemKind::State(_)),
                _ => true,
            };
            if !fits {
                let message = format!("`@{name}` belongs on {place}");
                self.diags.push(Diagnostic::error(Code::E0105, attr.span, message));
            } else if let Some(form) = malformed(attr) {
                let message = format!("this attribute is written `{form}`");
                self.diags.push(Diagnostic::error(Code::E0105, attr.span, message));
            }
        }
    }
}

/// The right form of an attribute that is written wrongly.
fn malformed(attr: &ast::Attr) -> Option<&'static str> {
    let args = attr.args.as_slice();
    let (form, right) = match attr.name.text.as_str() {
        "hooks" => ("@hooks(socket_select, xdp)", !args.is_empty() && args.iter().all(is_name)),
        "pin" => ("@pin(\"app/name\")", pin_path(attr).is_some()),
        "user" => ("@user(read), @user(write) or @user(add)", user_access(attr).is_some()),
        "budget" => ("@budget(insns: 4000)", budget(attr).is_some()),
        "licence" => ("@licence(\"GPL\")", matches!(args, [arg] if string(arg).is_some())),
        "allow" => (
            "@allow(lint_name, \"the reason\")",
            matches!(args, [name, why] if is_name(name) && string(why).is_some()),
        ),
        _ => return None,
    };
    (!right).then_some(form)
}

fn is_name(arg: &ast::Arg) -> bool {
    arg.name.is_none() && lint_name(&arg.value)
}

/// A name, or words joined by `-` as lints are written.
fn lint_name(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) => true,
        ExprKind::Binary { op: ast::BinaryOp::Sub, left, right, .. } => {
            lint_name(left) && lint_name(right)
        }
        _ => false,
    }
}

fn string(arg: &ast::Arg) -> Option<&str> {
    match &arg.value.kind {
        ExprKind::Lit(LitKind::Str(text)) => Some(text),
        _ => None,
    }
}

/// A pin: one or two words of letters, digits, `_` and `-`.
fn pin_path(attr: &ast::Attr) -> Option<&str> {
    let [arg] = attr.args.as_slice() else { return None };
    let path = string(arg)?;
    let word = |w: &str| {
        !w.is_empty()
            && w.len() <= 64
            && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let parts: Vec<_> = path.split('/').collect();
    (parts.len() <= 2 && parts.into_iter().all(word)).then_some(path)
}

fn user_access(attr: &ast::Attr) -> Option<Access> {
    let [arg] = attr.args.as_slice() else { return None };
    match arg.value.as_name()? {
        "read" => Some(Access::Read),
        "write" => Some(Access::Write),
        "add" => Some(Access::Add),
        _ => None,
    }
}

fn budget(attr: &ast::Attr) -> Option<u64> {
    let [arg] = attr.args.as_slice() else { return None };
    match (&arg.name, &arg.value.kind) {
        (Some(name), ExprKind::Lit(LitKind::Int(n))) if name.text == "insns" => Some(*n),
        _ => None,
    }
}

fn find<'a>(item: &'a ast::Item, name: &str) -> Option<&'a ast::Attr> {
    item.attrs.iter().find(|attr| attr.name.text == name)
}

/// The declared pin of a map.
pub(crate) fn pin(item: &ast::Item) -> Option<Arc<str>> {
    find(item, "pin").and_then(pin_path).map(Arc::from)
}

/// The declared access of user space to a map.
pub(crate) fn user(item: &ast::Item) -> Option<Access> {
    find(item, "user").and_then(user_access)
}

/// The hooks a policy names.
pub(crate) fn hooks(item: &ast::Item) -> Vec<(String, syrup_diag::Span)> {
    let args = find(item, "hooks").map_or(&[][..], |attr| &attr.args);
    let name = |arg: &ast::Arg| Some((arg.value.as_name()?.to_owned(), arg.span));
    args.iter().filter_map(name).collect()
}

/// The budget of a policy, in instructions.
pub(crate) fn policy_budget(item: &ast::Item) -> Option<(u64, syrup_diag::Span)> {
    let attr = find(item, "budget")?;
    Some((budget(attr)?, attr.span))
}

/// The warnings that are kept silent, words joined by `_`.
pub(crate) fn allows(item: &ast::Item) -> Vec<String> {
    let named = item.attrs.iter().filter(|attr| attr.name.text == "allow");
    named.filter_map(|attr| joined(&attr.args.first()?.value)).collect()
}

/// The words of a lint's name.
fn joined(expr: &ast::Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Binary { op: ast::BinaryOp::Sub, left, right, .. } => {
            Some(format!("{}_{}", joined(left)?, joined(right)?))
        }
        _ => None,
    }
}

/// The licence string of a policy.
pub(crate) fn licence(item: &ast::Item) -> Option<Arc<str>> {
    let [arg] = find(item, "licence")?.args.as_slice() else { return None };
    string(arg).map(Arc::from)
}
