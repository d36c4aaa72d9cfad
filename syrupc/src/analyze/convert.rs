//! Types that must fit: coercion and conversion of numbers.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use super::ranges::{grouped, show};
use crate::hir::{Expr, ExprKind, Type};
use syrup_diag::{Code, Diagnostic, Edit, Span};

impl Body<'_, '_> {
    /// Two operands that do not combine.
    pub(super) fn widths(&mut self, span: Span, left: &Expr, right: &Expr) -> Expr {
        let (a, b) = (left.ty.display(&self.cx.program), right.ty.display(&self.cx.program));
        let message = format!("{a} and {b} do not combine");
        let mut diagnostic =
            Diagnostic::error(Code::E0403, span, message).also(left.span, a).also(right.span, b);
        if let (Type::Int(a), Type::Int(b)) = (&left.ty, &right.ty) {
            let (narrow, to) = if a < b { (left.span, *b) } else { (right.span, *a) };
            let edits = vec![
                Edit { span: narrow.before(), text: format!("u{to}(") },
                Edit { span: narrow.after(), text: ")".to_owned() },
            ];
            diagnostic = diagnostic.fix(format!("widen it: `u{to}(...)`"), edits);
        } else {
            diagnostic = diagnostic.help("the same kind of value on both sides");
        }
        self.fail(diagnostic)
    }

    /// A value where a number is needed.
    pub(crate) fn not_a_number(&mut self, value: Expr) -> Expr {
        match value.ty {
            Type::Error => value,
            Type::Option(_) => self.missing(value),
            _ => {
                let ty = value.ty.display(&self.cx.program);
                let message = format!("a number belongs here, not {ty}");
                self.fail(Diagnostic::error(Code::E0402, value.span, message))
            }
        }
    }

    /// A value where a type is required: the same type, or an error that says what to write.
    pub(crate) fn coerce(&mut self, value: Expr, want: &Type) -> Expr {
        match (&value.ty, want) {
            (a, b) if a == b => value,
            (Type::Error | Type::Never, _) => value,
            (_, Type::Error) => value,
            (Type::Exec(_), Type::Verdict) => value,
            (Type::Option(inner), Type::Option(_)) if **inner == Type::Never => {
                Expr { ty: want.clone(), ..value }
            }
            (a, Type::Option(inner)) if *a == **inner => {
                let (range, span) = (value.range, value.span);
                Expr { ty: want.clone(), range, span, kind: ExprKind::Some(Box::new(value)) }
            }
            // How long it may be is for the declared range to say.
            (Type::Bytes(_), Type::Bytes(_)) => value,
            (Type::Option(_), _) => self.missing(value),
            (a, b) => {
                let (a, b) = (a.display(&self.cx.program), b.display(&self.cx.program));
                let message = format!("this is {a}, and {b} is needed");
                let value = super::answer::tail(value);
                let mut diagnostic = Diagnostic::error(Code::E0402, value.span, message);
                let simple = !matches!(value.kind, ExprKind::Else(..) | ExprKind::Pick(_));
                if simple && matches!((&value.ty, want), (Type::Int(_), Type::Bool)) {
                    let edits = vec![Edit { span: value.span.after(), text: " != 0".to_owned() }];
                    diagnostic = diagnostic.fix("compare it: `... != 0`", edits);
                }
                if let (Type::Int(from), Type::Int(to)) = (&value.ty, want) {
                    let convert = vec![
                        Edit { span: value.span.before(), text: format!("u{to}(") },
                        Edit { span: value.span.after(), text: ")".to_owned() },
                    ];
                    if from < to || value.range.hi <= full(*to).hi {
                        diagnostic = diagnostic.fix(format!("convert it: `{b}(...)`"), convert);
                    }
                }
                self.fail(diagnostic)
            }
        }
    }

    /// `u32(x)`: kept exactly, which must be proved.
    pub(crate) fn convert(&mut self, span: Span, value: Expr, bits: u8) -> Expr {
        let from = match &value.ty {
            Type::Error => return error_expr(span),
            ty => ty.bits(&self.cx.program),
        };
        let Some(from) = from else { return self.not_a_number(value) };
        if value.range.hi > full(bits).hi && self.mode != Mode::Test {
            let message = format!("this may not fit u{bits}: it is {}", show(value.range));
            let mut diagnostic = Diagnostic::error(Code::E0405, value.span, message);
            let most = full(bits).hi;
            if (from, bits) == (64, 32) {
                let open = Span::new(span.file, span.start, value.span.start);
                let low = vec![Edit { span: open, text: "low32(".to_owned() }];
                diagnostic = diagnostic.fix("keep the lower half: `low32(...)`", low);
            } else if matches!(value.ty, Type::Int(_)) {
                let edits = vec![
                    Edit { span: value.span.before(), text: "(".to_owned() },
                    Edit { span: value.span.after(), text: format!(") & {}", grouped(most)) },
                ];
                diagnostic = diagnostic
                    .fix(format!("keep the lower bits: `... & {}`", grouped(most)), edits);
            }
            let edits = vec![
                Edit { span: value.span.before(), text: "min(".to_owned() },
                Edit { span: value.span.after(), text: format!(", {})", grouped(most)) },
            ];
            diagnostic = diagnostic.fix(format!("clamp it: `min(..., {})`", grouped(most)), edits);
            return self.fail(diagnostic);
        }
        let range = value.range;
        Expr { ty: Type::Int(bits), range, span, kind: ExprKind::Convert(Box::new(value)) }
    }
}
