//! What a policy answers, and values that may be missing where they are needed.
//!
//! In: a typed expression. Out: the same, or diagnostics that point at the branch that is wrong
//! instead of at everything around it.

use super::body::{Body, Mode};
use super::events::is_notice;
use super::items::error_expr;
use crate::hir::{Expr, ExprKind, LocalId, SetId, Type};
use syrup_diag::{Code, Diagnostic, Edit, Span};
use syrup_ir::Event;

/// Characters of source text that a title repeats.
const TITLE_CHARS_MAX: usize = 40;

impl Body<'_, '_> {
    /// Checks that a value is a verdict this policy may give, on every way to it.
    pub(crate) fn answer_of(&mut self, value: Expr) -> Expr {
        if value.ty == Type::Error {
            return value;
        }
        let mut ends = Vec::new();
        ends_of(&value, &mut ends);
        let mut right = true;
        for end in ends {
            right &= self.answer(end).ty != Type::Error;
        }
        if right { value } else { error_expr(value.span) }
    }

    fn answer(&mut self, value: Expr) -> Expr {
        if let Some(event) = self.event
            && let Some(wrong) = self.event_answer(&value, event)
        {
            return wrong;
        }
        match (&value.ty, self.answer) {
            (Type::Verdict | Type::Never | Type::Error, _) => value,
            (Type::Exec(set), Some(answer)) if *set == answer => value,
            (Type::Exec(set), Some(answer)) => {
                let name = |id: SetId| self.cx.program.sets[id.idx()].name.clone();
                let (is, declared) = (name(*set), name(answer));
                let message = format!("this policy answers with `{declared}`, not with `{is}`");
                self.fail(Diagnostic::error(Code::E0402, value.span, message))
            }
            (Type::Exec(set), None) => {
                let name = self.cx.program.sets[set.idx()].name.clone();
                let message = "a policy `-> verdict` only passes or drops";
                self.fail(
                    Diagnostic::error(Code::E0402, value.span, message)
                        .help(format!("declare the policy `-> {name}` to choose executors")),
                )
            }
            (Type::Option(_), _) => self.missing(value),
            (Type::Unit, _) => {
                let message = "this way ends without a verdict";
                self.fail(
                    Diagnostic::error(Code::E0118, value.span, message)
                        .help("end it with an executor, `pass` or `drop`"),
                )
            }
            (ty, answer) => {
                let ty = ty.display(&self.cx.program);
                let message = format!("a policy answers with an executor, pass or drop, not {ty}");
                let mut diagnostic = Diagnostic::error(Code::E0402, value.span, message);
                if let (Type::Int(bits), Some(set)) = (&value.ty, answer)
                    && *bits <= 32
                {
                    let name = self.cx.program.sets[set.idx()].name.clone();
                    let edits = around(value.span, &format!("{name}.wrap("), ")");
                    diagnostic = diagnostic.fix(format!("the slot: `{name}.wrap(...)`"), edits);
                }
                self.fail(diagnostic)
            }
        }
    }

    /// A value that may be missing where it is needed.
    pub(crate) fn missing(&mut self, value: Expr) -> Expr {
        let value = tail(value);
        let inner = match &value.ty {
            Type::Option(inner) => (**inner).clone(),
            _ => return value,
        };
        let name = inner.display(&self.cx.program);
        let label = format!("{name} or nothing");
        let (code, message) = match &value.kind {
            ExprKind::Pick(_) => (Code::E0303, "this choice may find nothing".to_owned()),
            ExprKind::Thread(_) if inner == Type::Verdict => {
                (Code::E0303, "this choice may find nothing".to_owned())
            }
            ExprKind::Local(local) => return self.missing_local(value.span, *local, inner),
            _ => (Code::E0301, "this entry may be missing".to_owned()),
        };
        let mut diagnostic = Diagnostic::error(code, value.span, message).label(label);
        if let ExprKind::Read(place) = &value.kind {
            let span = self.cx.program.maps[place.map.idx()].span;
            diagnostic = diagnostic.also(span, "a key is absent until someone writes it");
        }
        let diagnostic = self.instead(diagnostic, value.span, &inner);
        self.fail(diagnostic)
    }

    /// A name whose value may be missing: the first use is reported, because the later ones have
    /// the same cause, and the answer belongs where the name is declared.
    fn missing_local(&mut self, span: Span, local: LocalId, inner: Type) -> Expr {
        let name = self.locals[local.idx()].name.clone();
        let known = self.optional.get(&local).copied();
        let (from, is_choice) = known.unwrap_or((self.locals[local.idx()].span, false));
        let (code, why) = match is_choice {
            true => (Code::E0303, "this choice may find nothing"),
            false => (Code::E0301, "this may be missing"),
        };
        let diagnostic = Diagnostic::error(code, span, format!("`{name}` may be missing"))
            .label(format!("{} or nothing", inner.display(&self.cx.program)))
            .also(from, why);
        let diagnostic = self.instead(diagnostic, from, &inner);
        self.locals[local.idx()].ty = inner;
        self.fail(diagnostic)
    }

    /// Adds what may be written where a value is missing.
    fn instead(&self, diagnostic: Diagnostic, span: Span, inner: &Type) -> Diagnostic {
        let text = self.cx.sources.slice(span);
        let short = text.chars().count() <= TITLE_CHARS_MAX && !text.contains('\n');
        let text = if short { text } else { "..." };
        let mut rows = Vec::new();
        if self.mode == Mode::Policy && self.read_only.is_none() {
            match inner {
                Type::Verdict if self.event == Some(Event::Available) => {
                    rows.push(("idle", "let the core rest"));
                }
                Type::Verdict => rows.push(("pass", "leave it to the system")),
                _ if self.event.is_some_and(is_notice) => {
                    rows.push(("return keep", "do nothing more"));
                }
                _ if self.event.is_some() => rows.push(("return pass", "leave it to the system")),
                Type::Exec(_) => rows.push(("return pass", "let the kernel choose")),
                _ => rows.push(("return drop", "refuse what is unknown")),
            }
        }
        match inner {
            Type::Int(_) => rows.push(("0", "treat as empty")),
            Type::Time | Type::Duration => rows.push(("0ns", "treat as never")),
            Type::Bool => rows.push(("false", "treat as not set")),
            _ => {}
        }
        if rows.is_empty() {
            return diagnostic.help("write `else` and a value behind it");
        }
        rows.into_iter().fold(diagnostic, |diagnostic, (rest, why)| {
            let title = format!("{:<32} ({why})", format!("{text} else {rest}"));
            diagnostic.fix(title, around(span, "(", &format!(" else {rest})")))
        })
    }
}

/// What a block ends with, or the value itself.
pub(crate) fn tail(value: Expr) -> Expr {
    match value.kind {
        ExprKind::Block(_, Some(inner)) => tail(*inner),
        _ => value,
    }
}

/// The values that an expression may end with.
fn ends_of(value: &Expr, ends: &mut Vec<Expr>) {
    match &value.kind {
        ExprKind::Block(_, Some(inner)) => ends_of(inner, ends),
        ExprKind::If(_, then, Some(otherwise)) => {
            ends_of(then, ends);
            ends_of(otherwise, ends);
        }
        ExprKind::Update(update) => {
            ends_of(&update.body, ends);
            if let Some(otherwise) = &update.otherwise {
                ends_of(otherwise, ends);
            }
        }
        ExprKind::Match(inner) => inner.arms.iter().for_each(|arm| ends_of(&arm.body, ends)),
        ExprKind::Else(found, fallback) if !matches!(value.ty, Type::Option(_)) => {
            if let Type::Option(inner) = &found.ty {
                ends.push(Expr { ty: (**inner).clone(), ..(**found).clone() });
            }
            ends_of(fallback, ends);
        }
        _ => ends.push(value.clone()),
    }
}

/// Edits that put text before and behind a span.
pub(super) fn around(span: Span, before: &str, after: &str) -> Vec<Edit> {
    vec![
        Edit { span: span.before(), text: before.to_owned() },
        Edit { span: span.after(), text: after.to_owned() },
    ]
}
