//! A part of a part of an executor set: `workers[2..8][1..]`.

use super::body::Body;
use crate::hir::{BinaryOp, Expr, ExprKind, LocalId, SetExpr, Stmt, StmtKind, Type};
use crate::syntax::ast;
use syrup_diag::Span;
use syrup_ir::BinOp;

impl Body<'_, '_> {
    /// The slots from `start` to before `end` of a part, as slots of the whole set. Slots that do
    /// not fit a number are beyond every set.
    pub(super) fn within_range(
        &mut self,
        base: SetExpr,
        start: Option<Box<Expr>>,
        end: Option<Box<Expr>>,
        span: Span,
    ) -> SetExpr {
        if base.start.is_none() && base.end.is_none() {
            return SetExpr { set: base.set, start, end, span };
        }
        // Ends are evaluated from left to right, each once.
        let mut stmts = Vec::new();
        let first = base.start.map(|slot| self.once(*slot, &mut stmts));
        let last = base.end.map(|slot| self.once(*slot, &mut stmts));
        let sum = |slot: Option<Box<Expr>>| match (first.clone(), slot) {
            (Some(first), Some(slot)) => Some(pair(BinOp::AddSat, first, *slot, span)),
            (Some(first), None) => Some(first),
            (None, slot) => slot.map(|slot| *slot),
        };
        let start = sum(start);
        let end = match (last, end) {
            (last, None) => last,
            (None, end) => sum(end),
            (Some(last), end) => sum(end).map(|end| pair(BinOp::Min, last, end, span)),
        };
        let start = if stmts.is_empty() {
            start
        } else {
            let start = start.unwrap_or_else(|| self.number(span, 0, Type::Int(32)));
            let (ty, range) = (start.ty.clone(), start.range);
            let kind = ExprKind::Block(stmts, Some(Box::new(start)));
            Some(Expr { ty, range, span, kind })
        };
        SetExpr { set: base.set, start: start.map(Box::new), end: end.map(Box::new), span }
    }

    /// A number that is named before it is used, unless it is the same whenever it is asked for.
    fn once(&mut self, value: Expr, stmts: &mut Vec<Stmt>) -> Expr {
        if matches!(value.kind, ExprKind::Int(_) | ExprKind::Param(_) | ExprKind::Local(_)) {
            return value;
        }
        let (span, range) = (value.span, value.range);
        let name = ast::Name { text: String::new(), span };
        let local: LocalId = self.declare(&name, Type::Int(32), range);
        stmts.push(Stmt { span, kind: StmtKind::Let(local, value) });
        Expr { ty: Type::Int(32), range, span, kind: ExprKind::Local(local) }
    }
}

/// An operation on two slots.
fn pair(op: BinOp, a: Expr, b: Expr, span: Span) -> Expr {
    let (range, _) = super::ranges::result(op, a.range, b.range, 32);
    let op = BinaryOp { op, exact: false };
    let kind = ExprKind::Binary(op, Box::new(a), Box::new(b));
    Expr { ty: Type::Int(32), range, span, kind }
}
