//! Numbers: literals, arithmetic and its proofs, comparison, conversion.

use super::body::{Body, Mode};
use super::facts::name_of;
use super::items::{error_expr, full};
use super::ranges::{binary_op, grouped, result, show};
use crate::hir::{BinaryOp, Expr, ExprKind, Type};
use crate::syntax::ast::{self, BinaryOp as Ast, LitKind, UnaryOp};
use syrup_diag::{Code, Diagnostic, Edit, Span};
use syrup_ir::{BinOp, Interval};
impl Body<'_, '_> {
    pub(crate) fn literal(&mut self, span: Span, lit: &LitKind, want: Option<&Type>) -> Expr {
        match lit {
            LitKind::Bool(value) => self.number(span, u64::from(*value), Type::Bool),
            LitKind::Duration(ns) => match want {
                Some(Type::Time) => self.number(span, *ns, Type::Time),
                _ => self.number(span, *ns, Type::Duration),
            },
            LitKind::Int(value) => self.int_literal(span, *value, want),
            LitKind::Bytes(bytes) | LitKind::Hex(bytes) => self.bytes_literal(span, bytes),
            LitKind::Str(text) => {
                let message = "a text is no value here";
                let diagnostic = Diagnostic::error(Code::E0402, span, message);
                let title = "its bytes: write `b` before it";
                self.fail(diagnostic.replace(title, span, format!("b\"{text}\"")))
            }
        }
    }

    fn int_literal(&mut self, span: Span, value: u64, want: Option<&Type>) -> Expr {
        let ty = match want {
            Some(ty @ (Type::Int(_) | Type::Enum(_) | Type::ThreadId)) => ty.clone(),
            Some(Type::Option(inner)) if matches!(**inner, Type::Int(_) | Type::Enum(_)) => {
                (**inner).clone()
            }
            Some(Type::Time | Type::Duration) => {
                let message = "a time needs a unit";
                return self.fail(
                    Diagnostic::error(Code::E0402, span, message)
                        .replace(format!("milliseconds: `{value}ms`"), span, format!("{value}ms"))
                        .replace(format!("microseconds: `{value}us`"), span, format!("{value}us")),
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
            Some(Type::Bytes(_)) if self.mode != Mode::Test => {
                let message = "bytes belong here, not a number";
                let diagnostic = Diagnostic::error(Code::E0402, span, message);
                return self.fail(diagnostic.help("write `hex\"07\"`"));
            }
            Some(Type::Verdict | Type::Exec(_)) if self.mode != Mode::Test => {
                return self.number_for_executor(span, value);
            }
            _ if self.mode == Mode::Test => Type::Int(64),
            _ => {
                let message = "nothing here says how wide this number is";
                return self.fail(
                    Diagnostic::error(Code::E0402, span, message)
                        .replace(format!("32 bits: `u32({value})`"), span, format!("u32({value})"))
                        .replace(format!("64 bits: `u64({value})`"), span, format!("u64({value})")),
                );
            }
        };
        let bits = ty.bits(&self.cx.program).unwrap_or(64);
        if value > full(bits).hi {
            let name = ty.display(&self.cx.program);
            let message = format!("{} does not fit {name}", grouped(value));
            return self.fail(
                Diagnostic::error(Code::E0406, span, message)
                    .label(format!("{name} ends at {}", grouped(full(bits).hi)))
                    .help("a smaller number, or a wider type"),
            );
        }
        self.number(span, value, ty)
    }

    /// A number where an executor or a verdict is needed.
    fn number_for_executor(&mut self, span: Span, value: u64) -> Expr {
        let message = "an executor or a verdict is needed here, not a number";
        let mut diagnostic = Diagnostic::error(Code::E0402, span, message);
        if let Some(set) = self.answer {
            let name = self.cx.program.sets[set.idx()].name.clone();
            let text = format!("{name}[{value}]");
            diagnostic = diagnostic.replace(format!("the slot: `{text}`"), span, text);
        }
        self.fail(diagnostic)
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
                    .note("every number is unsigned; subtract with `-`, `-%` or `-|`")
                    .help("`0 -% x` wraps, `0 -| x` is 0"),
            ),
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
            Ast::Div if self.mode == Mode::Test && self.begins_packet(left) => self.packet(whole),
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
            (Type::Struct(a), Type::Struct(b)) => a == b && equality,
            (Type::Bytes(_), Type::Bytes(_)) => return self.same_bytes(span, op, left, right),
            (a, b) => a == b && a.bits(&self.cx.program).is_some(),
        };
        if !fits {
            if left.ty == right.ty && matches!(left.ty, Type::Struct(_)) {
                let message = "two structs are equal or not; neither is the smaller";
                let diagnostic = Diagnostic::error(Code::E0402, span, message);
                return self.fail(diagnostic.help("compare a field: `a.level < b.level`"));
            }
            return self.widths(span, &left, &right);
        }
        done(left, right)
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
        // `now() + 5ms`: a literal is a point in time only where times are compared.
        let want = want.filter(|ty| **ty != Type::Time || !is_duration(left));
        let (left, mut right) = self.operands(left, right, want);
        if left.ty == Type::Error || right.ty == Type::Error {
            return error_expr(span);
        }
        let times = (&left.ty, &right.ty);
        if matches!((times, &right.kind), ((Type::Time, Type::Time), ExprKind::Int(_))) {
            right.ty = Type::Duration;
        }
        let ty = match (&left.ty, &right.ty, op) {
            (Type::Int(a), Type::Int(b), _) if a == b => Type::Int(*a),
            (Type::Time, Type::Time, Ast::Sub) => return self.since(span, left, right),
            (Type::Time, Type::Duration, Ast::Add | Ast::Sub | Ast::AddSat | Ast::SubSat) => {
                Type::Time
            }
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
            return self.divisor(&right);
        }
        let counted = matches!(op, Ast::Shl | Ast::Shr);
        if counted && right.range.hi >= u64::from(bits) && self.mode != Mode::Test {
            let message = format!("the count of this shift can reach {}", right.range.hi);
            let most = bits - 1;
            let edits = super::answer::around(right.span, "min(", &format!(", {most})"));
            return self.fail(
                Diagnostic::error(Code::E0401, right.span, message)
                    .label(format!("a u{bits} has {bits} bits"))
                    .fix(format!("bound it: `min(..., {most})`"), edits),
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
        match (op.op, name_of(left), name_of(right)) {
            (BinOp::Sub, Some(a), Some(b)) => self.facts.ordered(b, a, false),
            _ => false,
        }
    }

    /// `time - time`: a duration, never below 0.
    fn since(&mut self, span: Span, left: Expr, right: Expr) -> Expr {
        let op = BinaryOp { op: BinOp::SubSat, exact: false };
        let kind = ExprKind::Binary(op, Box::new(left), Box::new(right));
        Expr { ty: Type::Duration, range: full(64), span, kind }
    }

    fn divisor(&mut self, right: &Expr) -> Expr {
        let message = format!("this divisor can be zero: it is {}", show(right.range));
        let edits = vec![
            Edit { span: right.span.before(), text: "max(".to_owned() },
            Edit { span: right.span.after(), text: ", 1)".to_owned() },
        ];
        let other = match right.kind {
            ExprKind::Param(_) => {
                "give the parameter a range from 1, such as `in 1..=8`, or test it before: \
                 `if ... != 0 { ... }`"
            }
            ExprKind::Local(_) => "test it before: `if ... != 0 { ... }`",
            _ => "give it a name with `let`, and test that: `if ... != 0 { ... }`",
        };
        self.fail(
            Diagnostic::error(Code::E0404, right.span, message)
                .fix("divide by at least one: `max(..., 1)`", edits)
                .help(other),
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
        if op != Ast::Shl && matches!(left.ty, Type::Int(_)) {
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
}

/// The type an operand wants of its neighbour: what is inside an option.
fn value_type(ty: &Type) -> &Type {
    match ty {
        Type::Option(inner) => inner,
        other => other,
    }
}

/// Whether an expression is a duration as it is written.
fn is_duration(expr: &ast::Expr) -> bool {
    matches!(expr.kind, ast::ExprKind::Lit(LitKind::Duration(_)))
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
