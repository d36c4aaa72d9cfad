//! Accesses to numbers that do not lie where a machine would have them: runs of bytes in cells,
//! which may begin anywhere, and bit fields of three, five, six or seven bytes in packets.
//!
//! In: a place and a width. Out: aligned accesses whose parts are put together, or taken apart; and
//! runs of which a test on the way told more.

use super::{Low, Lower};
use crate::hir::{Expr, LocalId};
use syrup_diag::Span;
use syrup_ir::{BinOp, Op, Order, Piece, Ty, Value};

/// Bytes that can be accessed at once at an offset, of a number of so many.
fn step(offset: u32, bytes: u8) -> u8 {
    match offset {
        0 => bytes,
        _ => bytes.min(1 << offset.trailing_zeros().min(3)),
    }
}

impl Lower<'_> {
    /// Reads a piece of a run of bytes in a cell; `offset` is that of the run.
    pub(super) fn read_piece(
        &mut self,
        cell: Value,
        offset: u32,
        piece: Piece,
        span: Span,
    ) -> Value {
        let offset = offset + piece.offset;
        let step = step(offset, piece.bytes);
        let mut whole = self.f.op(Op::Read { cell, offset }, Ty::Int(step * 8), span);
        for at in (step..piece.bytes).step_by(step.into()) {
            let op = Op::Read { cell, offset: offset + u32::from(at) };
            let part = self.f.op(op, Ty::Int(step * 8), span);
            whole = self.convert(whole, piece.bits, span);
            let part = self.convert(part, piece.bits, span);
            let count = self.f.constant(u64::from(at) * 8, piece.bits, span);
            let part = self.binary(BinOp::Shl, part, count, span);
            whole = self.binary(BinOp::Or, whole, part, span);
        }
        whole
    }

    /// Writes a piece of a run of bytes in a cell; `offset` is that of the run.
    pub(super) fn write_piece(
        &mut self,
        cell: Value,
        offset: u32,
        piece: Piece,
        value: Value,
        span: Span,
    ) {
        let offset = offset + piece.offset;
        let step = step(offset, piece.bytes);
        for at in (0..piece.bytes).step_by(step.into()) {
            let mut part = value;
            if at > 0 {
                let count = self.f.constant(u64::from(at) * 8, piece.bits, span);
                part = self.binary(BinOp::Shr, part, count, span);
            }
            let part = self.convert(part, step * 8, span);
            let offset = offset + u32::from(at);
            self.f.effect(Op::Write { cell, offset, value: part }, span);
        }
    }

    /// Loads so many bytes of a view as one number; three, five, six or seven in parts, because
    /// the packet may end behind them. Gives the number and its width in bits.
    pub(super) fn load_bytes(
        &mut self,
        view: Value,
        offset: u32,
        bytes: u8,
        order: Order,
        span: Span,
    ) -> (Value, u8) {
        if bytes.is_power_of_two() {
            let op = Op::Load { view, offset, order };
            return (self.f.op(op, Ty::Int(bytes * 8), span), bytes * 8);
        }
        let bits = bytes.next_power_of_two() * 8;
        let mut whole = self.f.constant(0, bits, span);
        let mut done = 0;
        while done < bytes {
            let step = 1 << (bytes - done).ilog2();
            let op = Op::Load { view, offset: offset + u32::from(done), order };
            let part = self.f.op(op, Ty::Int(step * 8), span);
            let part = self.convert(part, bits, span);
            let count = match order {
                Order::Big => bytes - done - step,
                Order::Little => done,
            };
            let count = self.f.constant(u64::from(count) * 8, bits, span);
            let part = self.binary(BinOp::Shl, part, count, span);
            whole = self.binary(BinOp::Or, whole, part, span);
            done += step;
        }
        (whole, bits)
    }

    /// The value of a local; a run with what was tested of its length on the way here.
    pub(super) fn known_local(&mut self, local: LocalId, expr: &Expr) -> Low {
        let (low, range) = (self.local(local, expr.span), expr.range);
        let Low::Run(at) = low else { return low };
        let mut run = self.runs[at];
        let min = run.min.max(range.lo as u32);
        let max = run.max.min(range.hi as u32);
        if min > max || (min, max) == (run.min, run.max) {
            return low;
        }
        (run.min, run.max) = (min, max);
        self.runs.push(run);
        Low::Run(self.runs.len() - 1)
    }
}
