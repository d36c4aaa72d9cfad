//! Arithmetic: the IR's total operations of any width from the machine's 32- and 64-bit ones.
//!
//! In: operands by INVARIANT(zext). Out: a register by the same invariant; where the facts prove
//! that a result cannot leave its width, it is not cut.

use super::values::cond;
use super::{Selector, max_of};
use crate::defect::{Defect, has};
use crate::insn::{AluOp, Insn, Rhs, Test, VReg, Width};
use syrup_ir::{BinOp, Value};

impl Selector<'_> {
    pub(super) fn bin(&mut self, op: BinOp, a: Value, b: Value, bits: u8) -> VReg {
        // A constant goes to the right, where it can be an immediate.
        let (a, b) = if commutes(op) && self.constant(a).is_some() { (b, a) } else { (a, b) };
        match op {
            BinOp::Add => self.wrapping(AluOp::Add, a, b, bits),
            BinOp::Sub if has(Defect::SubSwapped) => self.wrapping(AluOp::Sub, b, a, bits),
            BinOp::Sub => self.wrapping(AluOp::Sub, a, b, bits),
            BinOp::Mul => self.wrapping(AluOp::Mul, a, b, bits),
            BinOp::And | BinOp::Or => self.bitwise(op, a, b, bits),
            BinOp::Xor => self.plain(AluOp::Xor, a, b, bits),
            BinOp::Div | BinOp::Rem => self.divide(op, a, b, bits),
            BinOp::Shl | BinOp::Shr => self.shift(op, a, b, bits),
            BinOp::AddSat => self.add_sat(a, b, bits),
            BinOp::SubSat => self.sub_sat(a, b, bits),
            BinOp::MulSat => self.mul_sat(a, b, bits),
            BinOp::Min => self.extreme(op, Test::Le, a, b, bits),
            BinOp::Max => self.extreme(op, Test::Ge, a, b, bits),
        }
    }

    fn plain(&mut self, op: AluOp, a: Value, b: Value, bits: u8) -> VReg {
        let width = Width::for_bits(bits);
        let lhs = self.reg(a);
        let rhs = self.rhs(b, width);
        self.alu(op, width, lhs, rhs)
    }

    /// `and` and `or`. With a mask of all ones or 0 on the left and a constant on the right the
    /// verifier walks both ways (`maybe_fork_scalars`, kernel/bpf/verifier.c), which doubles its
    /// work each time; the same by multiplication is one way.
    fn bitwise(&mut self, op: BinOp, a: Value, b: Value, bits: u8) -> VReg {
        let alu = if op == BinOp::And { AluOp::And } else { AluOp::Or };
        let Some(((less, more), number)) = self.mask_of_bit(a).zip(self.constant(b)) else {
            return self.plain(alu, a, b, bits);
        };
        let width = Width::for_bits(bits);
        let lhs = self.reg(more);
        let rhs = self.rhs(less, width);
        let (lhs, rhs) = match (has(Defect::BitFactorWrong), rhs) {
            (true, Rhs::Reg(less)) => (less, Rhs::Reg(lhs)),
            (_, rhs) => (lhs, rhs),
        };
        let bit = self.alu(AluOp::Sub, width, lhs, rhs);
        let factor = if op == BinOp::And { number } else { !number & max_of(bits) };
        let factor = self.rhs_number(factor, width);
        let chosen = self.alu(AluOp::Mul, width, bit, factor);
        if op == BinOp::And {
            return chosen;
        }
        let kept = self.rhs_number(number, width);
        self.alu(AluOp::Add, width, chosen, kept)
    }

    /// The operands of a difference that is always 0 or, wrapping, all ones.
    fn mask_of_bit(&self, value: Value) -> Option<(Value, Value)> {
        let Some(syrup_ir::Op::Bin(BinOp::Sub, x, y)) = self.analysis.op(self.func, value) else {
            return None;
        };
        let (less, more) = (self.range(*x), self.range(*y));
        let is_bit = more.lo >= less.hi && more.hi - less.lo <= 1;
        is_bit.then_some((*x, *y))
    }

    fn wrapping(&mut self, op: AluOp, a: Value, b: Value, bits: u8) -> VReg {
        // One bit needs no cut; and the verifier takes `-x & 1` for two paths
        // (`maybe_fork_scalars`).
        if bits == 1 {
            let op = if op == AluOp::Mul { AluOp::And } else { AluOp::Xor };
            return self.plain(op, a, b, bits);
        }
        let (x, y) = (self.range(a), self.range(b));
        let max = u128::from(max_of(bits));
        let inside = match op {
            AluOp::Add => u128::from(x.hi) + u128::from(y.hi) <= max,
            AluOp::Sub => x.lo >= y.hi,
            AluOp::Mul => u128::from(x.hi) * u128::from(y.hi) <= max,
            _ => true,
        };
        let result = self.plain(op, a, b, bits);
        let is_whole = bits == 32 || bits == 64 || has(Defect::SumNotCut);
        if inside || is_whole { result } else { self.cut(result, bits) }
    }

    /// The machine's division is the IR's: `x / 0 = 0` and `x % 0 = x` (RFC 9669, section 4.1).
    /// Only an immediate 0 is refused by the kernel.
    fn divide(&mut self, op: BinOp, a: Value, b: Value, bits: u8) -> VReg {
        let width = Width::for_bits(bits);
        match (op, self.constant(b)) {
            (BinOp::Div, Some(0)) => return self.number(0),
            (_, Some(0)) => return self.reg(a),
            (BinOp::Div, Some(n)) if n.is_power_of_two() => {
                let lhs = self.reg(a);
                return self.alu(
                    AluOp::Shr,
                    width,
                    lhs,
                    Rhs::Imm(n.trailing_zeros() as i32 + i32::from(has(Defect::DivisionShifts))),
                );
            }
            (_, Some(n)) if n.is_power_of_two() => {
                let lhs = self.reg(a);
                let rhs = self.rhs_number(n - u64::from(!has(Defect::RemainderKeepsTop)), width);
                return self.alu(AluOp::And, width, lhs, rhs);
            }
            _ => {}
        }
        let is_div = (op == BinOp::Div) != has(Defect::DivisionIsRemainder);
        let op = if is_div { AluOp::Div } else { AluOp::Mod };
        self.plain(op, a, b, bits)
    }

    /// The machine takes a count modulo 32 or 64; the IR gives 0 for counts of the width or more.
    fn shift(&mut self, op: BinOp, a: Value, b: Value, bits: u8) -> VReg {
        let (width, count) = (Width::for_bits(bits), self.range(b));
        if count.lo >= u64::from(bits) {
            return self.number(0);
        }
        let is_left = (op == BinOp::Shl) != has(Defect::ShiftTurned);
        let alu = if is_left { AluOp::Shl } else { AluOp::Shr };
        let lhs = self.reg(a);
        let rhs = self.rhs(b, width);
        let mut result = self.alu(alu, width, lhs, rhs);
        let max = u128::from(max_of(bits));
        let leaves = || u128::from(self.range(a).hi) << count.hi.min(64) > max;
        let is_cut = !has(Defect::ShiftNotCut);
        if is_cut && op == BinOp::Shl && bits != 32 && bits != 64 && leaves() {
            result = self.cut(result, bits);
        }
        if count.hi < u64::from(bits) || has(Defect::ShiftUnguarded) {
            return result;
        }
        let count = self.reg(b);
        let test = if has(Defect::ShiftBoundOff) { Test::Le } else { Test::Lt };
        let below = cond(test, Width::for_bits(self.bits(b)), count, Rhs::Imm(bits.into()));
        self.keep_if(below, result, |s| s.number(0))
    }

    fn add_sat(&mut self, a: Value, b: Value, bits: u8) -> VReg {
        let lhs = self.reg(a);
        let rhs = self.rhs(b, Width::W64);
        let sum = self.alu(AluOp::Add, Width::W64, lhs, rhs);
        if bits == 64 && has(Defect::CarryLost) {
            return sum;
        }
        if bits == 64 && self.is_straight {
            return self.carry_straight(sum, lhs);
        }
        if bits == 64 {
            let kept = cond(Test::Ge, Width::W64, sum, Rhs::Reg(lhs));
            return self.keep_if(kept, sum, |s| s.number(u64::MAX));
        }
        self.clamp(sum, bits)
    }

    /// A 64-bit number that may be above the width's largest.
    fn clamp(&mut self, value: VReg, bits: u8) -> VReg {
        if has(Defect::ClampLost) {
            return value;
        }
        if self.is_straight {
            return self.clamp_straight(value, bits);
        }
        let max = self.rhs_number(max_of(bits), Width::W64);
        let kept = cond(Test::Le, Width::W64, value, max);
        let most = max_of(bits) - u64::from(has(Defect::ClampTooLow));
        self.keep_if(kept, value, |s| s.number(most))
    }

    fn sub_sat(&mut self, a: Value, b: Value, bits: u8) -> VReg {
        let is_exact = self.range(a).lo >= self.range(b).hi || has(Defect::BorrowLost);
        if !is_exact && self.is_straight {
            return self.sub_sat_straight(a, b);
        }
        let width = Width::for_bits(bits);
        let lhs = self.reg(a);
        let rhs = self.rhs(b, width);
        let difference = self.alu(AluOp::Sub, width, lhs, rhs);
        if is_exact {
            return difference;
        }
        let kept = cond(Test::Ge, width, lhs, rhs);
        self.keep_if(kept, difference, |s| s.number(0))
    }

    fn mul_sat(&mut self, a: Value, b: Value, bits: u8) -> VReg {
        let lhs = self.reg(a);
        let rhs = self.rhs(b, Width::W64);
        let product = self.alu(AluOp::Mul, Width::W64, lhs, rhs);
        if bits <= 32 {
            return self.clamp(product, bits);
        }
        let exact = u128::from(self.range(a).hi) * u128::from(self.range(b).hi);
        if exact <= u128::from(max_of(bits)) || has(Defect::ProductUpperLost) {
            return product;
        }
        // a * b > max exactly where b > 0 and a > max / b.
        let divisor = self.reg(b);
        let max = self.number(max_of(bits));
        let most = self.alu(AluOp::Div, Width::W64, max, Rhs::Reg(divisor));
        let fits = cond(Test::Le, Width::W64, lhs, Rhs::Reg(most));
        self.keep_if(fits, product, |s| {
            let positive = cond(Test::Eq, Width::W64, divisor, Rhs::Imm(0));
            let zero = s.number(0);
            s.keep_if(positive, zero, |s| s.number(max_of(bits)))
        })
    }

    fn extreme(&mut self, op: BinOp, test: Test, a: Value, b: Value, bits: u8) -> VReg {
        if self.is_straight {
            return self.extreme_straight(op, a, b);
        }
        let width = Width::for_bits(bits);
        let test = if has(Defect::MinIsMax) { Test::Ge } else { test };
        let lhs = self.reg(a);
        let rhs = self.rhs(b, width);
        self.keep_if(cond(test, width, lhs, rhs), lhs, |s| s.reg(b))
    }

    /// `(hash * n) >> 32`: the product of two 32-bit numbers fits 64 bits.
    pub(super) fn reduce(&mut self, hash: Value, n: Value) -> VReg {
        let (hash, n) = if self.constant(hash).is_some() { (n, hash) } else { (hash, n) };
        let lhs = self.reg(hash);
        let rhs = self.rhs(n, Width::W64);
        let product = self.alu(AluOp::Mul, Width::W64, lhs, rhs);
        let count = 32 - i32::from(has(Defect::ReduceOnce));
        self.alu(AluOp::Shr, Width::W64, product, Rhs::Imm(count))
    }

    pub(super) fn convert(&mut self, a: Value, bits: u8) -> VReg {
        let fits = self.range(a).hi <= max_of(bits) || has(Defect::ConvertNotCut);
        let reg = self.reg(a);
        if fits { reg } else { self.cut(reg, bits) }
    }

    pub(super) fn swap_order(&mut self, src: VReg, bits: u8) -> VReg {
        self.def(|dst| Insn::ToBig { bits, dst, src })
    }
}

fn commutes(op: BinOp) -> bool {
    match op {
        BinOp::Add | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor => true,
        BinOp::AddSat | BinOp::MulSat | BinOp::Min | BinOp::Max => true,
        BinOp::Sub | BinOp::Div | BinOp::Rem | BinOp::Shl | BinOp::Shr | BinOp::SubSat => false,
    }
}
