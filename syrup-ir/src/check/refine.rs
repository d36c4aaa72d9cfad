//! What taking an edge says about values.
//!
//! In: a condition and the way it went. Out: narrower intervals for the values it is about, or the
//! news that the edge cannot be taken.

use super::Interval;
use crate::layout::max_of;
use crate::{BinOp, CmpOp, Func, Op, Ty, Value, ValueDef};

/// How deep a condition is taken apart; the lowering of `&&` nests as deep as its source.
const DEPTH_MAX: u32 = 16;

/// The narrower intervals of one edge.
pub(super) struct Refined<'a, F: Fn(Value) -> Interval> {
    func: &'a Func,
    /// What is known of a value before the edge.
    before: F,
    /// What the edge adds.
    pub(super) extra: Vec<(Value, Interval)>,
    /// Whether what it says contradicts what was known.
    pub(super) is_impossible: bool,
}

impl<'a, F: Fn(Value) -> Interval> Refined<'a, F> {
    /// Nothing is known yet; `extra` is empty, and made use of.
    pub(super) fn new(func: &'a Func, before: F, extra: Vec<(Value, Interval)>) -> Refined<'a, F> {
        Refined { func, before, extra, is_impossible: false }
    }

    /// The list for the next edge.
    pub(super) fn into_empty(mut self) -> Vec<(Value, Interval)> {
        self.extra.clear();
        self.extra
    }

    /// What is known of a value on the edge.
    pub(super) fn of(&self, value: Value) -> Interval {
        let last = self.extra.iter().rev().find(|(other, _)| *other == value);
        last.map_or_else(|| (self.before)(value), |&(_, interval)| interval)
    }

    /// The value lies in the interval.
    pub(super) fn narrow(&mut self, value: Value, to: Interval) {
        self.narrow_deep(value, to, 0);
    }

    /// The `u1` is this.
    pub(super) fn assume(&mut self, cond: Value, holds: bool) {
        self.assume_deep(cond, holds, 0);
    }

    fn op(&self, value: Value) -> Option<&'a Op> {
        match self.func.values[value.idx()].def {
            ValueDef::Param(..) => None,
            ValueDef::Inst(block, at) => Some(&self.func.block(block).insts[at as usize].op),
        }
    }

    fn narrow_deep(&mut self, value: Value, to: Interval, depth: u32) {
        let before = self.of(value);
        let Some(interval) = before.intersect(to) else {
            self.is_impossible = true;
            return;
        };
        if interval == before {
            return;
        }
        self.extra.push((value, interval));
        if depth < DEPTH_MAX {
            self.narrow_operand(value, interval, depth + 1);
        }
    }

    /// Carries what is known of a result back to the operand it was made from.
    fn narrow_operand(&mut self, value: Value, result: Interval, depth: u32) {
        match self.op(value) {
            Some(&Op::Convert(a)) => {
                let full = Interval::of_ty(self.func.ty(value));
                if self.of(a).hi <= full.hi {
                    self.narrow_deep(a, result, depth);
                }
            }
            Some(&Op::Bin(BinOp::Add, a, b)) => {
                let (Some(n), Ty::Int(bits)) = (self.of(b).constant(), self.func.ty(a)) else {
                    return;
                };
                let does_not_wrap = self.of(a).hi <= max_of(bits) - n;
                if does_not_wrap && result.lo >= n {
                    self.narrow_deep(a, Interval::new(result.lo - n, result.hi - n), depth);
                } else if does_not_wrap && result.hi >= n {
                    self.narrow_deep(a, Interval::new(0, result.hi - n), depth);
                }
            }
            Some(&Op::Bin(BinOp::Sub, a, b)) => {
                let Some(n) = self.of(b).constant() else { return };
                if self.of(a).lo >= n {
                    let (lo, hi) = (result.lo.saturating_add(n), result.hi.saturating_add(n));
                    self.narrow_deep(a, Interval::new(lo, hi), depth);
                }
            }
            Some(&(Op::SlotOf(a) | Op::Executor(_, a))) => self.narrow_deep(a, result, depth),
            _ => {}
        }
    }

    fn assume_deep(&mut self, cond: Value, holds: bool, depth: u32) {
        self.narrow_deep(cond, Interval::one(u64::from(holds)), depth);
        if depth >= DEPTH_MAX || self.is_impossible {
            return;
        }
        match self.op(cond) {
            Some(&Op::Cmp(op, a, b)) => self.compare(op, holds, a, b, depth + 1),
            Some(&Op::Bin(BinOp::And, a, b)) if holds => {
                self.assume_deep(a, true, depth + 1);
                self.assume_deep(b, true, depth + 1);
            }
            Some(&Op::Bin(BinOp::Or, a, b)) if !holds => {
                self.assume_deep(a, false, depth + 1);
                self.assume_deep(b, false, depth + 1);
            }
            Some(&Op::Bin(BinOp::Xor, a, b)) => {
                if let Some(bit) = self.of(b).constant() {
                    self.assume_deep(a, holds != (bit == 1), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn compare(&mut self, op: CmpOp, holds: bool, a: Value, b: Value, depth: u32) {
        match (op, holds) {
            (CmpOp::Eq, true) | (CmpOp::Ne, false) => {
                self.narrow_deep(a, self.of(b), depth);
                self.narrow_deep(b, self.of(a), depth);
            }
            (CmpOp::Eq, false) | (CmpOp::Ne, true) => {
                self.differ(a, b, depth);
                self.differ(b, a, depth);
            }
            (CmpOp::Lt, true) => self.below(a, b, 1, depth),
            (CmpOp::Lt, false) => self.below(b, a, 0, depth),
            (CmpOp::Le, true) => self.below(a, b, 0, depth),
            (CmpOp::Le, false) => self.below(b, a, 1, depth),
        }
    }

    /// `a + gap <= b`.
    fn below(&mut self, a: Value, b: Value, gap: u64, depth: u32) {
        let (small, large) = (self.of(a), self.of(b));
        if large.hi < gap || small.lo > large.hi - gap {
            self.is_impossible = true;
            return;
        }
        self.narrow_deep(a, Interval::new(0, large.hi - gap), depth);
        self.narrow_deep(b, Interval::new(small.lo.saturating_add(gap), u64::MAX), depth);
    }

    /// `a` is not what `b` surely is: only an end of an interval can be cut off.
    fn differ(&mut self, a: Value, b: Value, depth: u32) {
        let (Some(number), before) = (self.of(b).constant(), self.of(a)) else { return };
        if before.constant() == Some(number) {
            self.is_impossible = true;
        } else if before.lo == number {
            self.narrow_deep(a, Interval::new(number + 1, before.hi), depth);
        } else if before.hi == number {
            self.narrow_deep(a, Interval::new(before.lo, number - 1), depth);
        }
    }
}
