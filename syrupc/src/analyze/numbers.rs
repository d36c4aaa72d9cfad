//! Numbers: literals, arithmetic and its proofs, comparison, conversion.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use crate::hir::{BinaryOp, Expr, ExprKind, Type};
use crate::syntax::ast::{self, BinaryOp as Ast, LitKind, UnaryOp};
use syrup_diag::{Code, Diagnostic, Edit, Span};
use syrup_ir::{BinOp, Interval};

/// An interval as messages show it.
pub(crate) fn show(range: Interval) -> String {
    if range.lo == range.hi {
        return range.lo.to_string();
    }
    format!("{}..={}", range.lo, range.hi)
}

impl Body<'_, '_> {
    pub(crate) fn literal(&mut self, span: Span, lit: &LitKind, want: Option<&Type>) -> Expr {
        match lit {
            LitKind::Bool(value) => self.number(span, u64::from(*value), Type::Bool),
            LitKind::Duration(ns) => match want {
                Some(Type::Time) => self.number(span, *ns, Type::Time),
                _ => self.number(span, *ns, Type::Duration),
            },
            LitKind::Int(value) => self.int_literal(span, *value, want),
            LitKind::Str(_) | LitKind::Bytes(_) | LitKind::Hex(_) => {
                self.cx.later(span, "a run of bytes as a value");
                error_expr(span)
            }
        }
    }

    fn int_literal(&mut self, span: Span, value: u64, want: Option<&Type>) -> Expr {
        let ty = match want {
            Some(ty @ (Type::Int(_) | Type::Enum(_))) => ty.clone(),
            Some(Type::Option(inner)) if matches!(**inner, Type::Int(_) | Type::Enum(_)) => {
                (**inner).clone()
            }
            Some(Type::Time | Type::Duration) => {
                let message = "a time needs a unit";
                return self.fail(
                    Diagnostic::error(Code::E0402, span, message)
                        .replace("milliseconds", span, format!("{value}ms"))
                        .replace("microseconds", span, format!("{value}us")),
                );
            }
            Some(Type::Bool) => {
                let word = if value == 0 { "false" } else { "true" };
                let message = "this must be true or false";
                return self.fail(Diagnostic::error(Code::E0402, span, message).replace(
                    format!("write `{word}`"),
                    span,
                    word,
                ));
            }
            Some(Type::Error) => return error_expr(span),
            _ if self.mode == Mode::Test => Type::Int(64),
            _ => {
                let message = "nothing here says how wide this number is";
                return self.fail(
                    Diagnostic::error(Code::E0402, span, message)
                        .replace("make it 32 bits wide", span, format!("u32({value})"))
                        .replace("make it 64 bits wide", span, format!("u64({value})")),
                );
            }
        };
        let bits = ty.bits(&self.cx.program).unwrap_or(64);
        if value > full(bits).hi {
            let name = ty.display(&self.cx.program);
            let message = format!("{value} does not fit {name}");
            return self.fail(
                Diagnostic::error(Code::E0406, span, message)
                    .label(format!("{name} ends at {}", full(bits).hi)),
            );
        }
        self.number(span, value, ty)
    }

    pub(crate) fn unary(
        &mut self,
        span: Span,
        op: UnaryOp,
        operand: &ast::Expr,
        want: Option<&Type>,
    ) -> Expr {
        match op {
            UnaryOp::Not => {
                let inner = self.expr(operand, Some(&Type::Bool));
                let inner = self.coerce(inner, &Type::Bool);
                let kind = ExprKind::Not(Box::new(inner));
                Expr { ty: Type::Bool, range: full(1), span, kind }
            }
            UnaryOp::Invert => {
                let inner = self.expr(operand, want);
                let Type::Int(bits) = inner.ty else { return self.not_a_number(inner) };
                let all = full(bits);
                let range = Interval { lo: all.hi - inner.range.hi, hi: all.hi - inner.range.lo };
                let ones = self.number(span, all.hi, Type::Int(bits));
                let op = BinaryOp { op: BinOp::Xor, exact: false };
                let kind = ExprKind::Binary(op, Box::new(inner), Box::new(ones));
                Expr { ty: Type::Int(bits), range, span, kind }
            }
            UnaryOp::Minus => self.fail(
                Diagnostic::error(Code::E0402, span, "there are no negative numbers")
                    .note("every number is unsigned; subtract with `-`, `-%` or `-|`"),
            ),
        }
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

    pub(crate) fn binary(
        &mut self,
        whole: &ast::Expr,
        op: Ast,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
    ) -> Expr {
        let span = whole.span;
        match op {
            Ast::OrElse | Ast::AndThen => self.logic(span, op == Ast::AndThen, left, right),
            Ast::Eq | Ast::Ne | Ast::Lt | Ast::Le | Ast::Gt | Ast::Ge => {
                self.comparison(span, op, left, right)
            }
            Ast::Div if self.mode == Mode::Test && self.is_packet(left) => self.packet(whole),
            Ast::Or
            | Ast::Xor
            | Ast::And
            | Ast::Shl
            | Ast::Shr
            | Ast::Add
            | Ast::Sub
            | Ast::AddWrap
            | Ast::SubWrap
            | Ast::AddSat
            | Ast::SubSat
            | Ast::Mul
            | Ast::Div
            | Ast::Rem
            | Ast::MulWrap => self.arithmetic(span, op, op_span, left, right, want),
        }
    }

    fn logic(&mut self, span: Span, and: bool, left: &ast::Expr, right: &ast::Expr) -> Expr {
        let left = self.expr(left, Some(&Type::Bool));
        let left = self.coerce(left, &Type::Bool);
        let before = self.facts.clone();
        self.facts.refine(&left, and);
        let right = self.expr(right, Some(&Type::Bool));
        let right = self.coerce(right, &Type::Bool);
        self.facts = before;
        let kind = ExprKind::Logic { and, left: Box::new(left), right: Box::new(right) };
        Expr { ty: Type::Bool, range: full(1), span, kind }
    }

    /// Both operands, the one that has a type of its own first.
    fn operands(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
    ) -> (Expr, Expr) {
        if needs_type(left) && !needs_type(right) {
            let right = self.expr(right, want);
            let ty = value_type(&right.ty).clone();
            let left = self.expr(left, Some(&ty));
            (left, right)
        } else {
            let left = self.expr(left, want);
            let ty = value_type(&left.ty).clone();
            let right = self.expr(right, Some(&ty));
            (left, right)
        }
    }

    fn comparison(&mut self, span: Span, op: Ast, left: &ast::Expr, right: &ast::Expr) -> Expr {
        let (left, right) = self.operands(left, right, None);
        let done = |left, right| Expr {
            ty: Type::Bool,
            range: full(1),
            span,
            kind: ExprKind::Compare(op, Box::new(left), Box::new(right)),
        };
        if left.ty == Type::Error || right.ty == Type::Error {
            return error_expr(span);
        }
        if self.mode == Mode::Test {
            return done(left, right);
        }
        for side in [&left, &right] {
            if matches!(side.ty, Type::Option(_)) {
                let side = side.clone();
                self.missing(side);
                return error_expr(span);
            }
        }
        let equality = matches!(op, Ast::Eq | Ast::Ne);
        let fits = match (&left.ty, &right.ty) {
            (Type::Exec(a), Type::Exec(b)) => a == b && equality,
            (a, b) => a == b && a.bits(&self.cx.program).is_some(),
        };
        if !fits {
            return self.widths(span, &left, &right);
        }
        done(left, right)
    }

    /// Two operands that do not combine.
    fn widths(&mut self, span: Span, left: &Expr, right: &Expr) -> Expr {
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
        }
        self.fail(diagnostic)
    }

    fn arithmetic(
        &mut self,
        span: Span,
        op: Ast,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
    ) -> Expr {
        let want = want.filter(|ty| matches!(ty, Type::Int(_) | Type::Time | Type::Duration));
        let (left, right) = self.operands(left, right, want);
        if left.ty == Type::Error || right.ty == Type::Error {
            return error_expr(span);
        }
        let ty = match (&left.ty, &right.ty, op) {
            (Type::Int(a), Type::Int(b), _) if a == b => Type::Int(*a),
            (Type::Time, Type::Time, Ast::Sub) => return self.since(span, left, right),
            (Type::Time, Type::Duration, Ast::Add | Ast::AddSat) => Type::Time,
            (Type::Duration, Type::Duration, Ast::Add | Ast::Sub | Ast::AddSat | Ast::SubSat) => {
                Type::Duration
            }
            (Type::Int(_), Type::Int(_), _) => return self.widths(span, &left, &right),
            (Type::Int(_), _, _) => return self.not_a_number(right),
            _ => return self.not_a_number(left),
        };
        let bits = ty.bits(&self.cx.program).unwrap_or(64);
        let binary = binary_op(op);
        let (range, proved) = result(binary.op, left.range, right.range, bits);
        let proved = proved || self.ordered(&binary, &left, &right);
        if matches!(op, Ast::Div | Ast::Rem) && right.range.lo == 0 && self.mode != Mode::Test {
            return self.divisor(span, &right);
        }
        let counted = matches!(op, Ast::Shl | Ast::Shr);
        if counted && right.range.hi >= u64::from(bits) && self.mode != Mode::Test {
            let message = format!("the count of this shift can reach {}", right.range.hi);
            return self.fail(
                Diagnostic::error(Code::E0401, right.span, message)
                    .label(format!("a u{bits} has {bits} bits")),
            );
        }
        if binary.exact && !proved && self.mode != Mode::Test {
            return self.overflow(span, op, op_span, &left, &right, bits);
        }
        let kind = ExprKind::Binary(binary, Box::new(left), Box::new(right));
        Expr { ty, range, span, kind }
    }

    /// Whether order between names proves a difference exact.
    fn ordered(&self, op: &BinaryOp, left: &Expr, right: &Expr) -> bool {
        match (op.op, &left.kind, &right.kind) {
            (BinOp::Sub, ExprKind::Local(a), ExprKind::Local(b)) => {
                self.facts.ordered(*b, *a, false)
            }
            _ => false,
        }
    }

    /// `time - time`: a duration, never below 0.
    fn since(&mut self, span: Span, left: Expr, right: Expr) -> Expr {
        let op = BinaryOp { op: BinOp::SubSat, exact: false };
        let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
        Expr { ty: Type::Duration, range: full(64), span, kind }
    }

    fn divisor(&mut self, span: Span, right: &Expr) -> Expr {
        let message = format!("this divisor can be zero: it is {}", show(right.range));
        let edits = vec![
            Edit { span: right.span.before(), text: "max(".to_owned() },
            Edit { span: right.span.after(), text: ", 1)".to_owned() },
        ];
        let _ = span;
        self.fail(
            Diagnostic::error(Code::E0404, right.span, message)
                .fix("divide by at least one: `max(..., 1)`", edits)
                .help("give the parameter or field a range from 1"),
        )
    }

    fn overflow(
        &mut self,
        span: Span,
        op: Ast,
        op_span: Span,
        left: &Expr,
        right: &Expr,
        bits: u8,
    ) -> Expr {
        let (what, how) = match op {
            Ast::Sub => ("difference", "go below 0"),
            Ast::Mul => ("product", "overflow"),
            Ast::Shl => ("shifted number", "overflow"),
            _ => ("sum", "overflow"),
        };
        let message = match op {
            Ast::Sub => format!("this {what} can {how}"),
            _ => format!("this {what} can {how} u{bits}"),
        };
        let mut diagnostic = Diagnostic::error(Code::E0401, span, message)
            .also(left.span, format!("is {}", show(left.range)))
            .also(right.span, format!("is {}", show(right.range)));
        let symbol = op.as_str();
        if op != Ast::Shl {
            let title = format!("`{symbol}%`: wrap around");
            diagnostic = diagnostic.replace(title, op_span, format!("{symbol}%"));
        }
        if matches!(op, Ast::Add | Ast::Sub) {
            let end = if op == Ast::Add { "the largest number" } else { "0" };
            let title = format!("`{symbol}|`: stop at {end}");
            diagnostic = diagnostic.replace(title, op_span, format!("{symbol}|"));
        }
        if bits < 64 && op == Ast::Mul {
            diagnostic = diagnostic.help("widen both operands: `u64(a) * u64(b)`");
        } else {
            diagnostic = diagnostic.help("test the operands before: `if a <= ... { ... }`");
        }
        self.fail(diagnostic)
    }

    /// A value where a type is required: the same type, or an error that says what to write.
    pub(crate) fn coerce(&mut self, value: Expr, want: &Type) -> Expr {
        match (&value.ty, want) {
            (a, b) if a == b => value,
            (Type::Error | Type::Never, _) => value,
            (_, Type::Error) => value,
            (Type::Exec(_), Type::Verdict) => value,
            (Type::Option(_), _) => self.missing(value),
            (a, b) => {
                let (a, b) = (a.display(&self.cx.program), b.display(&self.cx.program));
                let message = format!("this is {a}, and {b} is needed");
                let mut diagnostic = Diagnostic::error(Code::E0402, value.span, message);
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
            if from == bits * 2 {
                let open = Span::new(span.file, span.start, value.span.start);
                let low = vec![Edit { span: open, text: format!("low{bits}(") }];
                diagnostic = diagnostic.fix(format!("cut it: `low{bits}(...)`"), low);
            }
            let most = full(bits).hi;
            let edits = vec![
                Edit { span: value.span.before(), text: "min(".to_owned() },
                Edit { span: value.span.after(), text: format!(", {most})") },
            ];
            diagnostic = diagnostic.fix("clamp it: `min(..., the largest number)`", edits);
            return self.fail(diagnostic);
        }
        let range = value.range;
        Expr { ty: Type::Int(bits), range, span, kind: ExprKind::Convert(Box::new(value)) }
    }
}

/// The type an operand wants of its neighbour: what is inside an option.
fn value_type(ty: &Type) -> &Type {
    match ty {
        Type::Option(inner) => inner,
        other => other,
    }
}

/// Whether an expression takes its type from its surroundings.
fn needs_type(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::Lit(LitKind::Int(_)) => true,
        ast::ExprKind::Paren(inner) => needs_type(inner),
        ast::ExprKind::Binary { left, right, .. } => needs_type(left) && needs_type(right),
        ast::ExprKind::Name(name) => name.chars().all(|c| !c.is_ascii_lowercase()),
        _ => false,
    }
}

fn binary_op(op: Ast) -> BinaryOp {
    let (op, exact) = match op {
        Ast::Add => (BinOp::Add, true),
        Ast::Sub => (BinOp::Sub, true),
        Ast::Mul => (BinOp::Mul, true),
        Ast::Shl => (BinOp::Shl, true),
        Ast::AddWrap => (BinOp::Add, false),
        Ast::SubWrap => (BinOp::Sub, false),
        Ast::MulWrap => (BinOp::Mul, false),
        Ast::AddSat => (BinOp::AddSat, false),
        Ast::SubSat => (BinOp::SubSat, false),
        Ast::Shr => (BinOp::Shr, false),
        Ast::Div => (BinOp::Div, false),
        Ast::Rem => (BinOp::Rem, false),
        Ast::Or => (BinOp::Or, false),
        Ast::Xor => (BinOp::Xor, false),
        Ast::And => (BinOp::And, false),
        Ast::OrElse | Ast::AndThen | Ast::Eq | Ast::Ne | Ast::Lt | Ast::Le | Ast::Gt | Ast::Ge => {
            syrup_diag::bug!("`{}` is not arithmetic", op.as_str())
        }
    };
    BinaryOp { op, exact }
}

/// The interval of a result, and whether it is certain not to overflow.
pub(crate) fn result(op: BinOp, a: Interval, b: Interval, bits: u8) -> (Interval, bool) {
    let all = full(bits);
    let exact = |lo: Option<u64>, hi: Option<u64>| match (lo, hi) {
        (Some(lo), Some(hi)) if hi <= all.hi => (Interval { lo, hi }, true),
        _ => (all, false),
    };
    let clamp = |value: Option<u64>| value.unwrap_or(u64::MAX).min(all.hi);
    if let (true, Some(value)) = (a.lo == a.hi && b.lo == b.hi, bitwise(op, a.lo, b.lo)) {
        return (Interval { lo: value, hi: value }, true);
    }
    match op {
        BinOp::Add => exact(a.lo.checked_add(b.lo), a.hi.checked_add(b.hi)),
        BinOp::Sub => exact(a.lo.checked_sub(b.hi), a.hi.checked_sub(b.lo)),
        BinOp::Mul => exact(a.lo.checked_mul(b.lo), a.hi.checked_mul(b.hi)),
        BinOp::Shl => {
            let shift = |x: u64, n: u64| {
                let n = u32::try_from(n).ok().filter(|&n| n < 64)?;
                x.checked_mul(1 << n)
            };
            exact(shift(a.lo, b.lo), shift(a.hi, b.hi))
        }
        BinOp::Shr => {
            let shift = |x: u64, n: u64| if n >= 64 { 0 } else { x >> n };
            (Interval { lo: shift(a.lo, b.hi), hi: shift(a.hi, b.lo) }, true)
        }
        BinOp::AddSat => {
            let (lo, hi) = (clamp(a.lo.checked_add(b.lo)), clamp(a.hi.checked_add(b.hi)));
            (Interval { lo, hi }, true)
        }
        BinOp::SubSat => {
            (Interval { lo: a.lo.saturating_sub(b.hi), hi: a.hi.saturating_sub(b.lo) }, true)
        }
        BinOp::MulSat => {
            let (lo, hi) = (clamp(a.lo.checked_mul(b.lo)), clamp(a.hi.checked_mul(b.hi)));
            (Interval { lo, hi }, true)
        }
        BinOp::Div => match (a.lo.checked_div(b.hi), a.hi.checked_div(b.lo)) {
            (Some(lo), Some(hi)) => (Interval { lo, hi }, true),
            _ => (Interval { lo: 0, hi: a.hi }, true),
        },
        BinOp::Rem if b.lo == 0 => (Interval { lo: 0, hi: a.hi }, true),
        BinOp::Rem if a.hi < b.lo => (a, true),
        BinOp::Rem => (Interval { lo: 0, hi: a.hi.min(b.hi - 1) }, true),
        BinOp::And => (Interval { lo: 0, hi: a.hi.min(b.hi) }, true),
        BinOp::Or => (Interval { lo: a.lo.max(b.lo), hi: ones(a.hi | b.hi) }, true),
        BinOp::Xor => (Interval { lo: 0, hi: ones(a.hi | b.hi) }, true),
        BinOp::Min => (Interval { lo: a.lo.min(b.lo), hi: a.hi.min(b.hi) }, true),
        BinOp::Max => (Interval { lo: a.lo.max(b.lo), hi: a.hi.max(b.hi) }, true),
    }
}

/// Bit operations on two known numbers, whose intervals would otherwise be wide.
fn bitwise(op: BinOp, a: u64, b: u64) -> Option<u64> {
    match op {
        BinOp::And => Some(a & b),
        BinOp::Or => Some(a | b),
        BinOp::Xor => Some(a ^ b),
        BinOp::Rem => a.checked_rem(b),
        _ => None,
    }
}

/// The smallest number of all ones that is at least `x`.
fn ones(x: u64) -> u64 {
    if x == 0 { 0 } else { u64::MAX >> x.leading_zeros() }
}
