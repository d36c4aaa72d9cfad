//! Runs of bytes as values: literals, lengths, bytes, parts, comparison, hashes.
//!
//! The interval of a run's expression is that of its length, and a fact about a local that is a run
//! speaks of its length too. So `dcid.len >= 8` is what makes `dcid[1]` legal, by the same facts
//! that prove arithmetic.

use super::body::{Body, Mode};
use super::call::near_or_all;
use super::facts::{Name, name_of};
use super::items::{error_expr, full};
use super::ranges::show;
use crate::hir::{Expr, ExprKind, Type};
use crate::syntax::ast::{self, BinaryOp};
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{BinOp, Interval};

impl Body<'_, '_> {
    /// `b"GET "`, `hex"00 ff"`
    pub(super) fn bytes_literal(&mut self, span: Span, bytes: &[u8]) -> Expr {
        let most = limits::FIELD_BYTES_MAX as usize;
        if bytes.len() > most {
            let message = format!("a run of bytes has at most {most} bytes, not {}", bytes.len());
            return self.fail(Diagnostic::error(Code::E0114, span, message));
        }
        let len = bytes.len() as u64;
        let range = Interval { lo: len, hi: len };
        let kind = ExprKind::Bytes(bytes.to_vec());
        Expr { ty: Type::Bytes(len as u32), range, span, kind }
    }

    /// `b.len`
    pub(super) fn bytes_field(&mut self, span: Span, run: Expr, name: &ast::Name) -> Expr {
        if name.text != "len" {
            let message = format!("a run of bytes has no `{}`", name.text);
            let diagnostic = Diagnostic::error(Code::E0104, name.span, message);
            return self.fail(near_or_all(diagnostic, name, &["len", "lower", "starts_with"]));
        }
        length(span, run)
    }

    /// `b.lower()`, `b.starts_with(b"GET")`
    pub(super) fn bytes_method(
        &mut self,
        span: Span,
        run: Expr,
        method: &ast::Name,
        args: &[ast::Arg],
    ) -> Expr {
        match method.text.as_str() {
            "lower" => {
                if !self.n_args(span, "lower", args, 0) {
                    return error_expr(span);
                }
                let (ty, range) = (run.ty.clone(), run.range);
                Expr { ty, range, span, kind: ExprKind::Lower(Box::new(run)) }
            }
            "starts_with" => self.starts_with(span, run, args),
            _ => {
                let message = format!("a run of bytes has no method `{}`", method.text);
                let diagnostic = Diagnostic::error(Code::E0112, method.span, message);
                self.fail(near_or_all(diagnostic, method, &["len", "lower", "starts_with"]))
            }
        }
    }

    /// As long as the prefix at least, and the same as far as it goes.
    fn starts_with(&mut self, span: Span, run: Expr, args: &[ast::Arg]) -> Expr {
        if !self.n_args(span, "starts_with", args, 1) {
            return error_expr(span);
        }
        let prefix = self.expr(&args[0].value, None);
        let ExprKind::Bytes(bytes) = &prefix.kind else {
            if prefix.ty == Type::Error {
                return error_expr(span);
            }
            let message = "a prefix is written out";
            let diagnostic = Diagnostic::error(Code::E0402, prefix.span, message);
            return self.fail(diagnostic.help("write `b\"...\"` or `hex\"...\"`"));
        };
        let len = bytes.len() as u64;
        let number = |body: &Self| Box::new(body.number(prefix.span, len, Type::Int(32)));
        let compare = |op, left, right| Expr {
            ty: Type::Bool,
            range: full(1),
            span,
            kind: ExprKind::Compare(op, Box::new(left), Box::new(right)),
        };
        let long_enough = compare(BinaryOp::Ge, length(span, run.clone()), *number(self));
        let range = Interval { lo: len, hi: len };
        let kind = ExprKind::Slice(Box::new(run), None, Some(number(self)));
        let start = Expr { ty: Type::Bytes(len as u32), range, span, kind };
        let same = compare(BinaryOp::Eq, start, prefix);
        let kind =
            ExprKind::Logic { and: true, left: Box::new(long_enough), right: Box::new(same) };
        Expr { ty: Type::Bool, range: full(1), span, kind }
    }

    /// `b[i]`, `b[i..j]`
    pub(super) fn index_bytes(&mut self, span: Span, run: Expr, index: &ast::Index) -> Expr {
        let u32_type = Type::Int(32);
        let range = match index {
            ast::Index::At(at) => {
                let at = self.expr(at, Some(&u32_type));
                let at = self.widened(at);
                if at.ty == Type::Error || !self.inside(&at, &run, true) {
                    return error_expr(span);
                }
                let kind = ExprKind::Byte(Box::new(run), Box::new(at));
                return Expr { ty: Type::Int(8), range: full(8), span, kind };
            }
            ast::Index::Range(range) => range,
        };
        let mut end_of = |end: &Option<Box<ast::Expr>>| {
            end.as_ref().map(|end| {
                let end = self.expr(end, Some(&u32_type));
                self.widened(end)
            })
        };
        let (start, mut end) = (end_of(&range.start), end_of(&range.end));
        if range.inclusive {
            end = end.map(|end| self.one_past(end));
        }
        let mut whole = start.iter().chain(&end).all(|e| e.ty != Type::Error);
        if whole {
            whole = match (&start, &end) {
                (Some(start), Some(end)) => {
                    self.inside(end, &run, false) && self.in_order(start, end)
                }
                (Some(at), None) | (None, Some(at)) => self.inside(at, &run, false),
                (None, None) => true,
            };
        }
        if !whole {
            return error_expr(span);
        }
        let first = start.as_ref().map_or(Interval { lo: 0, hi: 0 }, |start| start.range);
        let past = end.as_ref().map_or(run.range, |end| end.range);
        let hi = past.hi.min(run.range.hi).saturating_sub(first.lo);
        let range = Interval { lo: past.lo.saturating_sub(first.hi).min(hi), hi };
        let kind = ExprKind::Slice(Box::new(run), start.map(Box::new), end.map(Box::new));
        Expr { ty: Type::Bytes(hi as u32), range, span, kind }
    }

    /// An index as a `u32`: narrower numbers need no conversion, because all of them fit.
    fn widened(&mut self, index: Expr) -> Expr {
        match index.ty {
            Type::Int(bits) if bits < 32 => {
                let (range, span) = (index.range, index.span);
                Expr { ty: Type::Int(32), range, span, kind: ExprKind::Convert(Box::new(index)) }
            }
            _ => self.coerce(index, &Type::Int(32)),
        }
    }

    /// Whether an index is proved to be below a run's length, or at most as much; reports.
    fn inside(&mut self, at: &Expr, run: &Expr, strict: bool) -> bool {
        let step = u64::from(strict);
        let by_range = at.range.hi.saturating_add(step) <= run.range.lo;
        if self.mode == Mode::Test || by_range || self.ordered_in(at, run, strict) {
            return true;
        }
        let message = match strict {
            true => "this index is not proved to be inside the bytes",
            false => "this end is not proved to be inside the bytes",
        };
        let diagnostic = Diagnostic::error(Code::E0203, at.span, message)
            .label(format!("is {}", show(at.range)))
            .also(run.span, format!("its length is {}", show(run.range)));
        let name = match &run.kind {
            ExprKind::Local(local) => self.locals[local.idx()].name.to_string(),
            _ => "...".to_owned(),
        };
        let least = at.range.hi.saturating_add(step);
        let help = if least <= run.range.hi {
            format!("test the length before: `{name}.len >= {least}`")
        } else if strict {
            format!("test it before: `i < {name}.len`")
        } else {
            format!("take the smaller: `min(..., {name}.len)`")
        };
        self.report(diagnostic.help(help));
        false
    }

    /// Whether order between names proves an index to be inside.
    fn ordered_in(&self, at: &Expr, whole: &Expr, strict: bool) -> bool {
        let Some(run) = len_name(whole) else { return false };
        let at = match &at.kind {
            ExprKind::Convert(inner) => inner,
            _ => at,
        };
        match &at.kind {
            // `b[b.len - 1]`: the difference was proved exact.
            ExprKind::Binary(op, left, right) if op.exact && op.op == BinOp::Sub => {
                let left = name_of(left);
                let below = left == Some(run)
                    || left.is_some_and(|left| self.facts.ordered(left, run, false));
                below && right.range.lo >= u64::from(strict)
            }
            ExprKind::Binary(op, a, b) if op.op == BinOp::Min => {
                [a, b].into_iter().any(|side| self.ordered_in(side, whole, strict))
            }
            _ => match name_of(at) {
                Some(local) if local == run => !strict,
                Some(local) => self.facts.ordered(local, run, strict),
                None => false,
            },
        }
    }

    /// Whether the start of a part is proved to be no later than its end; reports.
    fn in_order(&mut self, start: &Expr, end: &Expr) -> bool {
        let known = match (name_of(start), name_of(end)) {
            (Some(a), Some(b)) => a == b || self.facts.ordered(a, b, false),
            _ => false,
        };
        if self.mode == Mode::Test || known || start.range.hi <= end.range.lo {
            return true;
        }
        let message = "this part may end before it starts";
        self.report(
            Diagnostic::error(Code::E0203, start.span, message)
                .label(format!("is {}", show(start.range)))
                .also(end.span, format!("is {}", show(end.range)))
                .help("test it before: `start <= end`"),
        );
        false
    }

    /// `a == b` of runs.
    pub(super) fn same_bytes(&mut self, span: Span, op: BinaryOp, left: Expr, right: Expr) -> Expr {
        if !matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            let message = "runs of bytes have no order";
            let diagnostic = Diagnostic::error(Code::E0402, span, message);
            return self.fail(diagnostic.help("compare them with `==` or `!=`"));
        }
        if super::facts::intersect(left.range, right.range).is_none() {
            let message = "these never have the same length";
            return self.fail(
                Diagnostic::error(Code::E0402, span, message)
                    .also(left.span, format!("has {} bytes", show(left.range)))
                    .also(right.span, format!("has {} bytes", show(right.range))),
            );
        }
        let kind = ExprKind::Compare(op, Box::new(left), Box::new(right));
        Expr { ty: Type::Bool, range: full(1), span, kind }
    }

    /// Reports a run whose length is not proved to be a declared one.
    pub(super) fn fits_bytes(&mut self, value: &Expr, range: Interval, declared: Span) {
        if value.range.lo >= range.lo && value.range.hi <= range.hi {
            return;
        }
        let message = format!("this has {} bytes, not {}", show(value.range), show(range));
        let diagnostic = Diagnostic::error(Code::E0406, value.span, message);
        let help = format!("bytes of that length: `b[..{}]` of a longer run", range.hi);
        self.report(diagnostic.also(declared, "the length").help(help));
    }

    /// `hash(x)`, `hash32(b)`
    pub(super) fn hash(&mut self, span: Span, name: &str, args: &[ast::Arg]) -> Expr {
        if !self.n_args(span, name, args, 1) {
            return error_expr(span);
        }
        let value = self.expr(&args[0].value, None);
        let is_number = value.ty.bits(&self.cx.program).is_some() && name == "hash";
        // An executor in a struct may be gone, and has no number of its own.
        let is_struct = match &value.ty {
            Type::Struct(id) if name == "hash" => {
                let fields = &self.cx.program.structs[id.idx()].fields;
                !fields.iter().any(|field| matches!(field.ty, Type::Exec(_)))
            }
            _ => false,
        };
        if !is_number && !is_struct && !matches!(value.ty, Type::Bytes(_)) {
            if value.ty == Type::Error {
                return error_expr(span);
            }
            if matches!(value.ty, Type::Option(_)) {
                return self.missing(value);
            }
            let ty = value.ty.display(&self.cx.program);
            let what = if name == "hash" {
                "a number, a run of bytes or a struct of these"
            } else {
                "a run of bytes"
            };
            let message = format!("`{name}` needs {what}, not {ty}");
            let diagnostic = Diagnostic::error(Code::E0402, value.span, message);
            return self.fail(diagnostic);
        }
        let kind = ExprKind::Hash(Box::new(value));
        Expr { ty: Type::Int(32), range: full(32), span, kind }
    }
}

/// The length of a run, as a `u32`.
fn length(span: Span, run: Expr) -> Expr {
    let range = run.range;
    Expr { ty: Type::Int(32), range, span, kind: ExprKind::Len(Box::new(run)) }
}

/// The name whose number or length is the length of a run.
fn len_name(run: &Expr) -> Option<Name> {
    match &run.kind {
        ExprKind::Local(local) => Some(Name::Local(*local)),
        ExprKind::Lower(inner) => len_name(inner),
        ExprKind::Slice(_, None, Some(end)) => name_of(end),
        _ => None,
    }
}
