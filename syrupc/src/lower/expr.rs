//! Expressions with a value, and statements.
//!
//! Every function here gives nothing where control has left: then the current block is terminated
//! and what would follow is not lowered.

use super::parts::branches;
use super::{ArmKind, Low, Lower};
use crate::hir::{Expr, ExprKind, LocalId, Stmt, StmtKind, Type};
use crate::syntax::ast::BinaryOp;
use std::collections::BTreeMap;
use syrup_diag::{Span, bug};
use syrup_ir::{BinOp, Block, CmpOp, Op, Ty, Value};

/// Where one of several ways through an expression ends.
pub(super) struct Exit {
    pub block: Block,
    pub low: Low,
    pub env: BTreeMap<LocalId, Low>,
}

impl Lower<'_> {
    pub(super) fn stmt(&mut self, stmt: &Stmt) -> Option<()> {
        match &stmt.kind {
            StmtKind::Let(local, value) => {
                let low = self.expr(value)?;
                self.bind(*local, low);
            }
            StmtKind::Expr(expr) => {
                self.expr(expr)?;
            }
            StmtKind::For { index, start, end, body } => {
                self.repeat(*index, start, end, body)?;
            }
            StmtKind::Given(_) | StmtKind::Expect(_) => {
                bug!("a policy has no such statement: {:?}", stmt.span)
            }
        }
        Some(())
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Option<Low> {
        let span = expr.span;
        if branches(expr) {
            return self.option_value(expr);
        }
        let value = match &expr.kind {
            ExprKind::Local(local) => return Some(self.known_local(*local, expr)),
            ExprKind::Struct(fields) => return self.struct_value(fields),
            ExprKind::Field(base, idx) => return self.field(base, *idx),
            ExprKind::Some(inner) => return self.some(inner),
            ExprKind::None => return self.none(expr),
            ExprKind::Int(number) => self.f.constant(*number, self.bits(expr), span),
            ExprKind::Param(id) => {
                let op = Op::Param(self.used.param(*id));
                self.f.op(op, Ty::Int(self.bits(expr)), span)
            }
            ExprKind::Binary(op, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                let b = self.same_width(a, b, span);
                self.binary(op.op, a, b, span)
            }
            ExprKind::Compare(..) | ExprKind::Logic { .. } | ExprKind::Not(_) => {
                return self.boolean(expr);
            }
            ExprKind::Convert(inner) => {
                let inner = self.value(inner)?;
                self.convert(inner, self.bits(expr), span)
            }
            ExprKind::Wrapping(order, a, b) => {
                let (a, b) = (self.value(a)?, self.value(b)?);
                self.wrapping(*order, a, b, span)
            }
            ExprKind::HighHalf(inner) => {
                let inner = self.value(inner)?;
                let count = self.f.constant(32, 64, span);
                let high = self.binary(BinOp::Shr, inner, count, span);
                self.convert(high, 32, span)
            }
            ExprKind::Bytes(_)
            | ExprKind::Slice(..)
            | ExprKind::Lower(_)
            | ExprKind::Len(_)
            | ExprKind::Byte(..)
            | ExprKind::Hash(_) => return self.bytes_expr(expr),
            ExprKind::Now => match self.now {
                Some(now) => now,
                None => self.f.op(Op::Now, Ty::U64, span),
            },
            ExprKind::Update(update) => return self.update_value(expr, update),
            ExprKind::Random => self.f.op(Op::Random(None), Ty::U32, span),
            ExprKind::Meta(meta) => self.meta(*meta, span),
            ExprKind::SetLen(set) => self.set_range(set)?.1,
            ExprKind::Choose(set, choice) => self.choose(set, choice, span)?,
            ExprKind::SlotOf(inner) => {
                let inner = self.value(inner)?;
                self.f.op(Op::SlotOf(inner), Ty::U32, span)
            }
            ExprKind::Pick(pick) => self.pick_total(pick, span)?,
            ExprKind::Read(place) => return self.read(place, None),
            ExprKind::CellOp(op, place, operand) => {
                return self.cell_op(*op, place, operand, None, span);
            }
            ExprKind::Take(place, amount) => return self.take_ignored(place, amount, span),
            ExprKind::Assign(place, value) => return self.assign(place, value, span),
            ExprKind::Insert(place, value) => {
                self.insert(place, value, span)?;
                return Some(Low::Unit);
            }
            ExprKind::Remove(place) => return self.remove(place, span),
            ExprKind::SetLocal(local, value) => {
                let low = self.expr(value)?;
                self.bind(*local, low);
                return Some(Low::Unit);
            }
            ExprKind::Else(value, fallback) => return self.else_value(expr, value, fallback),
            ExprKind::If(cond, then, otherwise) => {
                return self.if_value(expr, cond, then, otherwise.as_deref());
            }
            ExprKind::Match(inner) => return self.match_value(expr, inner),
            ExprKind::Block(stmts, value) => {
                for stmt in stmts {
                    self.stmt(stmt)?;
                }
                return match value {
                    Some(value) => self.expr(value),
                    None => Some(Low::Unit),
                };
            }
            ExprKind::Return(value) => {
                self.released(span, |lower| lower.answer(value));
                return None;
            }
            ExprKind::Thread(inner) => self.thread_value(inner, span)?,
            ExprKind::Verdict(_) => bug!("a verdict is no value at {span:?}"),
            ExprKind::Call(id, args) => return self.inline(*id, args, span),
            ExprKind::Prefix { .. }
            | ExprKind::Records(_)
            | ExprKind::Packet(_)
            | ExprKind::Run(..)
            | ExprKind::List(_)
            | ExprKind::Flow
            | ExprKind::Error => {
                bug!("this cannot be lowered: {:?} at {span:?}", expr.kind)
            }
        };
        Some(Low::Value(value))
    }

    /// Bits of an expression's number.
    pub(super) fn bits(&self, expr: &Expr) -> u8 {
        match expr.ty.bits(self.program) {
            Some(bits) => bits,
            None => bug!("no number at {:?}", expr.span),
        }
    }

    /// The IR type of a value of an expression.
    pub(super) fn ir_ty(&self, expr: &Expr) -> Option<Ty> {
        match &expr.ty {
            crate::hir::Type::Exec(set) => Some(Ty::Exec(self.used.set(*set))),
            crate::hir::Type::Task => Some(Ty::Task),
            ty => ty.bits(self.program).map(Ty::Int),
        }
    }

    pub(super) fn convert(&mut self, value: Value, bits: u8, span: Span) -> Value {
        if self.f.ty(value) == Ty::Int(bits) {
            return value;
        }
        self.f.op(Op::Convert(value), Ty::Int(bits), span)
    }

    /// The right operand in the width of the left, as `time + duration` and shifts need it.
    fn same_width(&mut self, a: Value, b: Value, span: Span) -> Value {
        match self.f.ty(a) {
            Ty::Int(bits) => self.convert(b, bits, span),
            Ty::Exec(_) | Ty::Task | Ty::View | Ty::Cell(_) => b,
        }
    }

    /// Branches on a condition, evaluating of it only what matters.
    pub(super) fn cond(&mut self, expr: &Expr, yes: Block, no: Block) {
        match &expr.kind {
            ExprKind::Not(inner) => self.cond(inner, no, yes),
            ExprKind::Logic { and, left, right } => {
                let middle = self.f.block();
                if *and {
                    self.cond(left, middle, no);
                } else {
                    self.cond(left, yes, middle);
                }
                self.f.switch_to(middle);
                self.cond(right, yes, no);
            }
            ExprKind::Compare(op, left, right) if matches!(left.ty, Type::Struct(_)) => {
                let (yes, no) = if *op == BinaryOp::Eq { (yes, no) } else { (no, yes) };
                self.same_parts(left, right, yes, no);
            }
            ExprKind::Compare(op, left, right) if Self::is_run(left) => {
                // Nothing is left to branch on where an operand ends the policy.
                self.compare_runs(*op, (left, right), yes, no, expr.span);
            }
            ExprKind::Compare(op, left, right) => {
                let Some(left) = self.value(left) else { return };
                let Some(right) = self.value(right) else { return };
                let (op, a, b) = match op {
                    BinaryOp::Eq => (CmpOp::Eq, left, right),
                    BinaryOp::Ne => (CmpOp::Ne, left, right),
                    BinaryOp::Lt => (CmpOp::Lt, left, right),
                    BinaryOp::Le => (CmpOp::Le, left, right),
                    BinaryOp::Gt => (CmpOp::Lt, right, left),
                    BinaryOp::Ge => (CmpOp::Le, right, left),
                    other => bug!("`{}` is no comparison", other.as_str()),
                };
                let cond = self.compare(op, a, b, expr.span);
                self.f.branch(cond, yes, no, expr.span);
            }
            _ => {
                let Some(value) = self.value(expr) else { return };
                self.f.branch(value, yes, no, expr.span);
            }
        }
    }

    /// A condition as a value.
    fn boolean(&mut self, expr: &Expr) -> Option<Low> {
        let (yes, no) = (self.f.block(), self.f.block());
        self.cond(expr, yes, no);
        let mut exits = Vec::new();
        for (block, value) in [(yes, 1), (no, 0)] {
            self.f.switch_to(block);
            let low = Low::Value(self.f.constant(value, 1, expr.span));
            exits.push(Exit { block, low, env: self.env.clone() });
        }
        self.join(exits, Some(Ty::BOOL), expr.span)
    }

    fn if_value(
        &mut self,
        expr: &Expr,
        cond: &Expr,
        then: &Expr,
        otherwise: Option<&Expr>,
    ) -> Option<Low> {
        let (yes, no) = (self.f.block(), self.f.block());
        self.arm(ArmKind::Then, then.span, yes);
        otherwise.iter().for_each(|otherwise| self.arm(ArmKind::Else, otherwise.span, no));
        self.cond(cond, yes, no);
        let before = self.env.clone();
        let mut exits = Vec::new();
        self.f.switch_to(yes);
        let low = self.expr(then);
        exits.extend(self.exit_here(low));
        self.env = before;
        self.f.switch_to(no);
        let low = match otherwise {
            Some(otherwise) => self.expr(otherwise),
            None => Some(Low::Unit),
        };
        exits.extend(self.exit_here(low));
        let ty = self.ir_ty(expr);
        self.join(exits, ty, expr.span)
    }

    fn else_value(&mut self, expr: &Expr, value: &Expr, fallback: &Expr) -> Option<Low> {
        let none = self.f.block();
        self.arm(ArmKind::Else, fallback.span, none);
        let before = self.env.clone();
        let mut exits = Vec::new();
        let found = self.option(value, none);
        exits.extend(self.exit_here(found));
        self.env = before;
        self.f.switch_to(none);
        let low = self.expr(fallback);
        exits.extend(self.exit_here(low));
        let ty = self.ir_ty(expr);
        self.join(exits, ty, expr.span)
    }

    fn match_value(&mut self, expr: &Expr, inner: &crate::hir::Match) -> Option<Low> {
        let mut exits = Vec::new();
        self.match_arms(inner, expr.span, &mut |lower, body| {
            let low = lower.expr(body);
            exits.extend(lower.exit_here(low));
        });
        let ty = self.ir_ty(expr);
        self.join(exits, ty, expr.span)
    }

    /// This point as the end of one way; nothing where control has left.
    pub(super) fn exit_here(&mut self, low: Option<Low>) -> Option<Exit> {
        Some(Exit { block: self.f.current(), low: low?, env: self.env.clone() })
    }

    /// Brings ways together: the value and every assigned local become block parameters.
    pub(super) fn join(&mut self, exits: Vec<Exit>, ty: Option<Ty>, span: Span) -> Option<Low> {
        let first = exits.first()?;
        let mut env = BTreeMap::new();
        let mut changed = Vec::new();
        for (&local, &low) in &first.env {
            let same = exits.iter().all(|exit| exit.env.get(&local) == Some(&low));
            let everywhere = exits.iter().all(|exit| exit.env.contains_key(&local));
            if same {
                env.insert(local, low);
            } else if everywhere {
                changed.push(local);
            }
        }
        let join = self.f.block();
        let gives = matches!(first.low, Low::Value(_));
        let mut result = first.low;
        if let (true, Some(ty)) = (gives, ty) {
            result = Low::Value(self.f.param(join, ty, span));
        }
        let several = matches!(first.low, Low::Parts(_) | Low::Run(_));
        if several {
            let types = self.number_types(first.low);
            let params = types.into_iter().map(|ty| self.f.param(join, ty, span)).collect();
            result = self.parts(params);
        }
        for &local in &changed {
            if let Some(Low::Value(value)) = first.env.get(&local) {
                let ty = self.f.ty(*value);
                let param = self.f.param(join, ty, span);
                env.insert(local, Low::Value(param));
            }
        }
        for exit in &exits {
            // Bytes that were not read yet are read where that way ends.
            self.f.switch_to(exit.block);
            let mut args = Vec::new();
            if let (true, Low::Value(value)) = (gives && ty.is_some(), exit.low) {
                args.push(value);
            }
            if several {
                args.extend(self.numbers(exit.low));
            }
            for local in &changed {
                if let Some(Low::Value(value)) = exit.env.get(local) {
                    args.push(*value);
                }
            }
            self.f.jump(join, args, span);
        }
        self.f.switch_to(join);
        self.env = env;
        Some(result)
    }

    /// A value that may be missing: goes on where it is there, to `none` where it is not.
    pub(super) fn option(&mut self, expr: &Expr, none: Block) -> Option<Low> {
        let value = match &expr.kind {
            ExprKind::Read(place) => {
                if let Some(set) = self.keeps_executor(place) {
                    return self.kept_or(place, set, none).map(Low::Value);
                }
                return self.read(place, Some(none));
            }
            ExprKind::Flow => return self.flow(none, expr.span),
            ExprKind::Some(inner) => return self.expr(inner),
            ExprKind::None => {
                self.f.jump(none, Vec::new(), expr.span);
                return None;
            }
            ExprKind::Choose(set, crate::hir::Choice::There(slot)) => {
                self.there(set, slot, none, expr.span)?
            }
            ExprKind::CellOp(op, place, operand) => {
                return self.cell_op(*op, place, operand, Some(none), expr.span);
            }
            ExprKind::Pick(pick) => self.pick(pick, none, expr.span)?,
            ExprKind::Insert(place, value) => {
                let done = self.insert(place, value, expr.span)?;
                let rest = self.f.block();
                self.f.branch(done, rest, none, expr.span);
                self.f.switch_to(rest);
                return Some(Low::Unit);
            }
            ExprKind::Else(value, fallback) if branches(expr) => {
                let first_none = self.f.block();
                let mut exits = Vec::new();
                let found = self.option(value, first_none);
                exits.extend(self.exit_here(found));
                self.f.switch_to(first_none);
                let found = self.option(fallback, none);
                exits.extend(self.exit_here(found));
                let inner = match &expr.ty {
                    crate::hir::Type::Option(inner) => (**inner).clone(),
                    other => other.clone(),
                };
                let ty = self.ir_ty(&Expr { ty: inner, ..expr.clone() });
                return self.join(exits, ty, expr.span);
            }
            _ => return self.kept_option(expr, none),
        };
        Some(Low::Value(value))
    }
}
