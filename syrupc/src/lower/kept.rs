//! Executors that maps keep: the slot in the lower half of a `u64`, its generation in the upper.
//!
//! A slot that is filled again has another generation, so what was kept of it reads as none. A
//! cell of zeros names slot 0 with generation 0, which no executor has.

use super::Lower;
use crate::hir::{self, Place};
use syrup_diag::{Span, bug};
use syrup_ir::{BinOp, Block, CmpOp, Layout, Op, ScalarKind, Ty, Value};

impl Lower<'_> {
    /// The set of the executor that a place keeps, where it keeps one.
    pub(super) fn keeps_executor(&self, place: &Place) -> Option<hir::SetId> {
        match self.shape(place).0 {
            Layout::Scalar(scalar) if scalar.bytes == 8 => match scalar.kind {
                ScalarKind::Exec(set) => Some(hir::SetId(set.0)),
                _ => None,
            },
            Layout::Scalar(_) | Layout::Bytes(_) | Layout::Struct { .. } => None,
        }
    }

    /// The executor that a place keeps; goes to `none` where there is no entry or it is gone.
    pub(super) fn kept_or(&mut self, place: &Place, set: hir::SetId, none: Block) -> Option<Value> {
        let span = place.span;
        let cell = self.cell(place, Some(none))?;
        let (_, offset) = self.shape(place);
        let raw = self.f.op(Op::Read { cell, offset }, Ty::U64, span);
        let id = self.used.set(set);
        let slot = self.convert(raw, 32, span);
        let count = self.f.constant(32, 64, span);
        let kept = self.binary(BinOp::Shr, raw, count, span);
        let kept = self.convert(kept, 32, span);
        let zero = self.f.constant(0, 32, span);
        let (some, there) = (self.f.block(), self.f.block());
        let is_none = self.compare(CmpOp::Eq, kept, zero, span);
        self.f.branch(is_none, none, some, span);
        self.f.switch_to(some);
        let now = self.f.op(Op::Generation(id, slot), Ty::U32, span);
        let same = self.compare(CmpOp::Eq, kept, now, span);
        self.f.branch(same, there, none, span);
        self.f.switch_to(there);
        Some(self.f.op(Op::Executor(id, slot), Ty::Exec(id), span))
    }

    /// Whether a kept executor is still there, and the executor.
    pub(super) fn kept_executor(&mut self, raw: Value, set: hir::SetId, span: Span) -> [Value; 2] {
        let id = self.used.set(set);
        let slot = self.convert(raw, 32, span);
        let count = self.f.constant(32, 64, span);
        let kept = self.binary(BinOp::Shr, raw, count, span);
        let kept = self.convert(kept, 32, span);
        let now = self.f.op(Op::Generation(id, slot), Ty::U32, span);
        let zero = self.f.constant(0, 32, span);
        let same = self.compare(CmpOp::Eq, kept, now, span);
        let any = self.compare(CmpOp::Ne, kept, zero, span);
        let there = self.binary(BinOp::And, same, any, span);
        // What is gone is always the same, so that two that are gone are equal.
        let slot = self.f.op(Op::Select(there, slot, zero), Ty::U32, span);
        [there, self.f.op(Op::Executor(id, slot), Ty::Exec(id), span)]
    }

    /// The numbers of a value as a map keeps them, one for each piece of the layout.
    pub(super) fn kept(&mut self, layout: &Layout, values: Vec<Value>, span: Span) -> Vec<Value> {
        let mut values = values.into_iter();
        let mut out = Vec::new();
        self.keep(layout, &mut values, &mut out, span);
        out
    }

    fn keep(
        &mut self,
        layout: &Layout,
        values: &mut std::vec::IntoIter<Value>,
        out: &mut Vec<Value>,
        span: Span,
    ) {
        match layout {
            Layout::Scalar(scalar) => match (&scalar.kind, values.next()) {
                (ScalarKind::Exec(set), Some(there)) if scalar.bytes == 8 => {
                    let Some(executor) = values.next() else { bug!("no executor at {span:?}") };
                    out.push(self.keep_executor(hir::SetId(set.0), there, executor, span));
                }
                (_, Some(value)) => out.push(value),
                (_, None) => bug!("no value for a piece at {span:?}"),
            },
            Layout::Bytes(_) => out.extend(values.take(layout.pieces().len())),
            Layout::Struct { .. } => {
                for field in layout.fields() {
                    self.keep(&field.layout, values, out, span);
                }
            }
        }
    }

    fn keep_executor(
        &mut self,
        set: hir::SetId,
        there: Value,
        executor: Value,
        span: Span,
    ) -> Value {
        let slot = self.f.op(Op::SlotOf(executor), Ty::U32, span);
        let generation = Op::Generation(self.used.set(set), slot);
        let generation = self.f.op(generation, Ty::U32, span);
        let (slot, generation) = (self.convert(slot, 64, span), self.convert(generation, 64, span));
        let count = self.f.constant(32, 64, span);
        let upper = self.binary(BinOp::Shl, generation, count, span);
        let whole = self.binary(BinOp::Or, upper, slot, span);
        let none = self.f.constant(0, 64, span);
        self.f.op(Op::Select(there, whole, none), Ty::U64, span)
    }
}
