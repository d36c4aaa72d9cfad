//! Choices between numbers without jumps.
//!
//! In: operations that choose (minimum, saturation, `select`, a comparison as a number). Out: the
//! same by arithmetic. Each jump doubles the paths that the kernel's verifier may have to walk; a
//! few are cheaper as jumps, many multiply. So a policy that would take too much of its work is
//! compiled this way.
//!
//! A condition is a bit, 0 or 1, and `b + (a - b) * bit` is the choice. Masks of all ones would do
//! too, but the verifier walks both ways from an `and` or `or` with one (`maybe_fork_scalars`,
//! kernel/bpf/verifier.c).

use super::{Selector, max_of};
use crate::defect::{Defect, has};
use crate::insn::{AluOp, Insn, Rhs, VReg, Width};
use syrup_ir::{BinOp, CmpOp, Op, Value};

/// Questions of one condition, nested.
const QUESTIONS_MAX: u8 = 24;

impl Selector<'_> {
    /// One of two numbers.
    pub(super) fn choose_straight(&mut self, cond: Value, yes: Value, no: Value) -> Option<VReg> {
        let bit = self.bit(cond, QUESTIONS_MAX)?;
        let (yes, no) = if has(Defect::StraightSwapped) { (no, yes) } else { (yes, no) };
        let (yes, other) = (self.reg(yes), self.rhs(no, Width::W64));
        let apart = self.wide(AluOp::Sub, yes, other);
        let kept = self.wide(AluOp::Mul, apart, Rhs::Reg(bit));
        Some(self.wide(AluOp::Add, kept, other))
    }

    /// The smaller or larger of two numbers.
    pub(super) fn extreme_straight(&mut self, op: BinOp, a: Value, b: Value) -> VReg {
        let (difference, is_below) = self.below(a, b);
        // What `a` is below `b`, and 0 where it is not.
        let below = self.wide(AluOp::Mul, difference, Rhs::Reg(is_below));
        if (op == BinOp::Min) != has(Defect::StraightMinimum) {
            let other = self.rhs(b, Width::W64);
            return self.wide(AluOp::Add, below, other);
        }
        let larger = self.reg(a);
        self.wide(AluOp::Sub, larger, Rhs::Reg(below))
    }

    /// A difference, 0 where it would be below.
    pub(super) fn sub_sat_straight(&mut self, a: Value, b: Value) -> VReg {
        let (difference, is_below) = self.below(a, b);
        let is_kept = self.wide(AluOp::Xor, is_below, Rhs::Imm(1));
        self.wide(AluOp::Mul, difference, Rhs::Reg(is_kept))
    }

    /// A sum or product in 64 bits, made the largest number of `bits` where it is larger.
    pub(super) fn clamp_straight(&mut self, value: VReg, bits: u8) -> VReg {
        let max = self.number(max_of(bits));
        let (apart, is_above) = self.less(max, Rhs::Reg(value), false);
        let change = self.wide(AluOp::Mul, apart, Rhs::Reg(is_above));
        self.wide(AluOp::Add, value, Rhs::Reg(change))
    }

    /// A sum of 64 bits, made the largest number where it is below an operand: it overflowed.
    pub(super) fn carry_straight(&mut self, sum: VReg, operand: VReg) -> VReg {
        let overflowed = self.less(sum, Rhs::Reg(operand), false).1;
        let missing = self.wide(AluOp::Xor, sum, Rhs::Imm(-1));
        let change = self.wide(AluOp::Mul, missing, Rhs::Reg(overflowed));
        self.wide(AluOp::Add, sum, Rhs::Reg(change))
    }

    /// The difference of two numbers, and a bit that says whether it is below 0.
    fn below(&mut self, a: Value, b: Value) -> (VReg, VReg) {
        let are_small = self.is_small(a) && self.is_small(b);
        let lhs = self.reg(a);
        let rhs = self.rhs(b, Width::W64);
        self.less(lhs, rhs, are_small)
    }

    /// The difference of two numbers, and a bit that says whether the first is below the other:
    /// its sign where both are below 2^63, else the borrow of the subtraction (Warren, Hacker's
    /// Delight, section 2-13).
    fn less(&mut self, lhs: VReg, rhs: Rhs<VReg>, are_small: bool) -> (VReg, VReg) {
        let difference = self.wide(AluOp::Sub, lhs, rhs);
        let borrow = if are_small || has(Defect::BorrowBySign) {
            difference
        } else {
            let not = self.wide(AluOp::Xor, lhs, Rhs::Imm(-1));
            let either = self.wide(AluOp::Or, not, rhs);
            let borrowed = self.wide(AluOp::And, either, Rhs::Reg(difference));
            let both = self.wide(AluOp::And, not, rhs);
            self.wide(AluOp::Or, borrowed, Rhs::Reg(both))
        };
        (difference, self.wide(AluOp::Shr, borrow, Rhs::Imm(63)))
    }

    /// A condition as a bit.
    fn bit(&mut self, cond: Value, n_questions: u8) -> Option<VReg> {
        let n_questions = n_questions.checked_sub(1)?;
        if let Some(bit) = self.compared(cond) {
            return Some(bit);
        }
        if !self.analysis.is_folded(cond) {
            return Some(self.reg(cond));
        }
        let func = self.func;
        let (op, a, b) = match self.analysis.op(func, cond) {
            Some(Op::Bin(BinOp::And, a, b)) => (AluOp::And, *a, *b),
            Some(Op::Bin(BinOp::Or, a, b)) => (AluOp::Or, *a, *b),
            Some(Op::Bin(BinOp::Xor, a, b)) => (AluOp::Xor, *a, *b),
            _ => return None,
        };
        let mut operand = |value: Value| match self.constant(value) {
            Some(number) => Some(self.number(number)),
            None => self.bit(value, n_questions),
        };
        let (first, second) = (operand(a)?, operand(b)?);
        Some(self.wide(op, first, Rhs::Reg(second)))
    }

    /// A comparison as a bit.
    pub(super) fn compared(&mut self, cond: Value) -> Option<VReg> {
        let func = self.func;
        let Some(Op::Cmp(op, a, b)) = self.analysis.op(func, cond) else { return None };
        let (op, a, b) = (*op, *a, *b);
        if self.analysis.is_folded(a) || self.analysis.is_folded(b) {
            return None;
        }
        let are_small = self.is_small(a) && self.is_small(b);
        let (lhs, rhs) = if op == CmpOp::Le { (b, a) } else { (a, b) };
        let lhs = self.reg(lhs);
        let rhs = self.rhs(rhs, Width::W64);
        let (bit, is_opposite) = match op {
            CmpOp::Lt => (self.less(lhs, rhs, are_small).1, false),
            CmpOp::Le => (self.less(lhs, rhs, are_small).1, true),
            CmpOp::Eq | CmpOp::Ne => {
                // x | -x is negative for every x but 0.
                let apart = self.wide(AluOp::Xor, lhs, rhs);
                let minus = self.def(|dst| Insn::Neg { width: Width::W64, dst, src: apart });
                let either = self.wide(AluOp::Or, minus, Rhs::Reg(apart));
                (self.wide(AluOp::Shr, either, Rhs::Imm(63)), op == CmpOp::Eq)
            }
        };
        let is_opposite = is_opposite && !has(Defect::StraightNotOpposite);
        Some(if is_opposite { self.wide(AluOp::Xor, bit, Rhs::Imm(1)) } else { bit })
    }

    /// Whether a number is below 2^63, so that the sign of a difference says which is larger.
    fn is_small(&self, value: Value) -> bool {
        self.range(value).hi <= i64::MAX as u64
    }

    fn wide(&mut self, op: AluOp, lhs: VReg, rhs: Rhs<VReg>) -> VReg {
        self.alu(op, Width::W64, lhs, rhs)
    }
}
