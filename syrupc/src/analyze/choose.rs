//! Executor sets and the choice among them.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use super::scope::Def;
use crate::hir::{Choice, Expr, ExprKind, Pick, SetExpr, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::{BinOp, Interval};

impl Body<'_, '_> {
    /// A set or a range of one, where an expression names one.
    pub(crate) fn set_expr(&mut self, expr: &ast::Expr) -> Option<Result<SetExpr, ()>> {
        match &expr.kind {
            ast::ExprKind::Paren(inner) => self.set_expr(inner),
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } => {
                let Def::Set(set) = self.named(expr)? else { return None };
                self.sets.insert(set);
                Some(Ok(SetExpr { set, start: None, end: None, span: expr.span }))
            }
            ast::ExprKind::Index { base, index } => {
                let ast::Index::Range(range) = &**index else { return None };
                let base = match self.set_expr(base)? {
                    Ok(base) => base,
                    Err(()) => return Some(Err(())),
                };
                Some(self.set_range(expr.span, base, range).ok_or(()))
            }
            _ => None,
        }
    }

    fn set_range(&mut self, span: Span, base: SetExpr, range: &ast::Range) -> Option<SetExpr> {
        let slot = |body: &mut Self, bound: &ast::Expr, past: bool| {
            let value = body.expr(bound, Some(&Type::Int(32)));
            let value = body.slot_number(value)?;
            if !past {
                return Some(Box::new(value));
            }
            Some(Box::new(body.one_past(value)))
        };
        let start = match &range.start {
            Some(bound) => Some(slot(self, bound, false)?),
            None => None,
        };
        let end = match &range.end {
            Some(bound) => Some(slot(self, bound, range.inclusive)?),
            None => None,
        };
        Some(self.within_range(base, start, end, span))
    }

    /// A `u32` and one; the largest stays as it is.
    pub(crate) fn one_past(&mut self, value: Expr) -> Expr {
        let one = self.number(value.span, 1, Type::Int(32));
        let (range, _) = super::ranges::result(BinOp::AddSat, value.range, one.range, 32);
        let op = crate::hir::BinaryOp { op: BinOp::AddSat, exact: false };
        let span = value.span;
        let kind = ExprKind::Binary(op, Box::new(value), Box::new(one));
        Expr { ty: Type::Int(32), range, span, kind }
    }

    /// A slot: any unsigned number, as `u32`.
    fn slot_number(&mut self, value: Expr) -> Option<Expr> {
        match value.ty {
            Type::Error => None,
            Type::Int(32) => Some(value),
            Type::Int(bits) if bits < 32 || value.range.hi <= u64::from(u32::MAX) => {
                let (range, span) = (value.range, value.span);
                let kind = ExprKind::Convert(Box::new(value));
                Some(Expr { ty: Type::Int(32), range, span, kind })
            }
            Type::Int(_) => {
                // A number beyond every slot stays beyond every slot.
                let most = self.number(value.span, u64::from(u32::MAX), Type::Int(64));
                let op = crate::hir::BinaryOp { op: syrup_ir::BinOp::Min, exact: false };
                let (range, span) = (full(32), value.span);
                let kind = ExprKind::Binary(op, Box::new(value), Box::new(most));
                let clamped = Expr { ty: Type::Int(64), range, span, kind };
                let kind = ExprKind::Convert(Box::new(clamped));
                Some(Expr { ty: Type::Int(32), range, span, kind })
            }
            _ => {
                self.not_a_number(value);
                None
            }
        }
    }

    /// `workers[i]`, `workers[1..]`
    pub(crate) fn index_set(&mut self, span: Span, set: SetExpr, index: &ast::Index) -> Expr {
        let ast::Index::At(slot) = index else {
            let message = "a part of a set is not an executor";
            return self.fail(
                Diagnostic::error(Code::E0402, span, message)
                    .fix("any of them: `....random()`", super::call::append(span, ".random()")),
            );
        };
        match self.slot_of(&set, slot) {
            Some(slot) => self.choose(span, set, Choice::At(Box::new(slot))),
            None => error_expr(span),
        }
    }

    /// The number of a slot that the set may have.
    fn slot_of(&mut self, set: &SetExpr, slot: &ast::Expr) -> Option<Expr> {
        let slot = self.expr(slot, Some(&Type::Int(32)));
        let slot = self.slot_number(slot)?;
        let capacity = u64::from(self.cx.program.sets[set.set.idx()].capacity);
        if slot.range.lo >= capacity {
            let message = format!("the set never has a slot {}", slot.range.lo);
            let declared = self.cx.program.sets[set.set.idx()].span;
            self.report(
                Diagnostic::error(Code::E0406, slot.span, message)
                    .also(declared, format!("at most {capacity} slots, counted from 0"))
                    .help("a slot that can be there, or a larger set"),
            );
            return None;
        }
        Some(slot)
    }

    fn choose(&mut self, span: Span, set: SetExpr, choice: Choice) -> Expr {
        let ty = Type::Exec(set.set);
        Expr { ty, range: full(32), span, kind: ExprKind::Choose(set, choice) }
    }

    /// A method of a set: `.hash(h)`, `.wrap(n)`, `.random()`, `.len`.
    pub(crate) fn set_method(
        &mut self,
        span: Span,
        set: SetExpr,
        method: &ast::Name,
        args: &[ast::Arg],
    ) -> Expr {
        match method.text.as_str() {
            "random" => {
                self.n_args(span, "random", args, 0);
                self.choose(span, set, Choice::Random)
            }
            name @ ("hash" | "wrap") => {
                if !self.n_args(span, name, args, 1) {
                    return error_expr(span);
                }
                let number = self.expr(&args[0].value, Some(&Type::Int(32)));
                let Some(number) = self.u32_of(number, name) else { return error_expr(span) };
                let choice = match name {
                    "hash" => Choice::Hash(Box::new(number)),
                    _ => Choice::Wrap(Box::new(number)),
                };
                self.choose(span, set, choice)
            }
            "sample" => {
                let message = "`sample` belongs in a `pick`";
                self.fail(
                    Diagnostic::error(Code::E0112, method.span, message)
                        .help("pick w from workers.sample(2) least load[w]"),
                )
            }
            "at" => {
                if !self.n_args(span, "at", args, 1) {
                    return error_expr(span);
                }
                let Some(slot) = self.slot_of(&set, &args[0].value) else {
                    return error_expr(span);
                };
                let found = self.choose(span, set, Choice::There(Box::new(slot)));
                Expr { ty: Type::Option(Box::new(found.ty)), ..found }
            }
            _ => {
                let message = format!("an executor set has no `{}`", method.text);
                let known = ["hash", "wrap", "random", "sample", "at", "len"];
                let diagnostic = Diagnostic::error(Code::E0112, method.span, message);
                self.fail(super::call::near_or_all(diagnostic, method, &known))
            }
        }
    }

    fn u32_of(&mut self, value: Expr, method: &str) -> Option<Expr> {
        match value.ty {
            Type::Error => None,
            Type::Int(bits) if bits <= 32 => self.slot_number(value),
            Type::Int(_) => {
                let message = format!("`{method}` takes a u32");
                let span = value.span;
                self.report(
                    Diagnostic::error(Code::E0403, span, message)
                        .label("this is a u64")
                        .fix("its upper half: `high32(...)`", super::call::around(span, "high32("))
                        .fix("its lower half: `low32(...)`", super::call::around(span, "low32(")),
                );
                None
            }
            _ => {
                self.not_a_number(value);
                None
            }
        }
    }

    /// `pick w from set where ... least ...`
    pub(crate) fn pick(&mut self, span: Span, pick: &ast::Pick) -> Expr {
        let Some((set, sample)) = self.pick_source(&pick.from) else { return error_expr(span) };
        self.scoped(|body| {
            let ty = Type::Exec(set.set);
            let local = body.declare(&pick.name, ty.clone(), full(32));
            let was = body.read_only;
            let filter = pick.filter.as_ref().map(|filter| {
                body.read_only = Some("a `where`");
                let cond = body.expr(filter, Some(&Type::Bool));
                body.coerce(cond, &Type::Bool)
            });
            let order = pick.order.as_ref().map(|(order, by)| {
                body.read_only = Some("an order");
                let by = body.expr(by, None);
                let by =
                    if by.ty.bits(&body.cx.program).is_none() { body.not_a_number(by) } else { by };
                (*order, by)
            });
            body.read_only = was;
            let broken = |e: &Expr| e.ty == Type::Error;
            if filter.as_ref().is_some_and(broken) || order.as_ref().is_some_and(|o| broken(&o.1)) {
                return error_expr(span);
            }
            if filter.is_none() && order.is_none() {
                let message = "this choice has no condition and no order";
                return body.fail(
                    Diagnostic::error(Code::E0402, span, message)
                        .help("add `where ...`, `least ...` or `most ...`, or use `.random()`"),
                );
            }
            // A sub-range may be empty, and then there is nothing to choose from.
            let total = filter.is_none();
            let ty = if total { ty } else { Type::Option(Box::new(ty)) };
            let kind = ExprKind::Pick(Box::new(Pick { local, set, sample, filter, order }));
            Expr { ty, range: full(32), span, kind }
        })
    }

    /// Where candidates come from: a set, a range, or draws.
    fn pick_source(&mut self, from: &ast::Expr) -> Option<(SetExpr, Option<Expr>)> {
        if let Some(set) = self.set_expr(from) {
            return Some((set.ok()?, None));
        }
        let not_a_set = |body: &mut Self, span: Span| {
            let message = "candidates come from an executor set";
            body.report(
                Diagnostic::error(Code::E0402, span, message)
                    .help("pick w from workers ..., or from workers.sample(2) ..."),
            );
        };
        let ast::ExprKind::Call { callee, args } = &from.kind else {
            not_a_set(self, from.span);
            return None;
        };
        let ast::ExprKind::Field { base, name } = &callee.kind else {
            not_a_set(self, from.span);
            return None;
        };
        if name.text != "sample" {
            not_a_set(self, from.span);
            return None;
        }
        let Some(set) = self.set_expr(base) else {
            not_a_set(self, base.span);
            return None;
        };
        if !self.n_args(from.span, "sample", args, 1) {
            return None;
        }
        let n = self.expr(&args[0].value, Some(&Type::Int(32)));
        let n = self.coerce(n, &Type::Int(32));
        if n.ty == Type::Error {
            return None;
        }
        let Interval { lo, hi } = n.range;
        if lo == 0 || hi > 64 {
            let is = super::ranges::show(n.range);
            let message = format!("the number of draws is 1 to 64, not {is}");
            self.report(
                Diagnostic::error(Code::E0406, n.span, message)
                    .help("give the parameter a range such as `in 1..=8`"),
            );
            return None;
        }
        Some((set.ok()?, Some(n)))
    }

    /// `[a, b]` in a test.
    pub(crate) fn list(&mut self, span: Span, items: &[ast::Expr], want: Option<&Type>) -> Expr {
        if self.mode != Mode::Test {
            let message = "a list belongs in a test";
            return self.fail(Diagnostic::error(Code::E0116, span, message));
        }
        let want = match want {
            Some(Type::List(inner)) => Some((**inner).clone()),
            _ => None,
        };
        let items: Vec<_> = items.iter().map(|item| self.expr(item, want.as_ref())).collect();
        let ty = items.first().map_or(Type::Never, |item| match &item.ty {
            Type::Exec(_) => Type::Verdict,
            ty => ty.clone(),
        });
        let kind = ExprKind::List(items);
        Expr { ty: Type::List(Box::new(ty)), range: full(64), span, kind }
    }
}
