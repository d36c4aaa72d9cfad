//! Arithmetic: exactly `syrup_ir::check::fold`, on zero-extended 64-bit numbers.

use super::Lower;
use crate::defect::Defect;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, types};
use syrup_diag::bug;
use syrup_ir::{BinOp, CmpOp, Inst, Op, Value, max_of};

impl Lower<'_, '_> {
    /// Operations on numbers alone.
    pub(super) fn arith(&mut self, inst: &Inst) -> ir::Value {
        match &inst.op {
            Op::Const(number) => {
                let bits = self.bits_of_result(inst);
                self.number(number & max_of(bits))
            }
            Op::Bin(op, a, b) => {
                let bits = self.bits(*a);
                let (a, b) = (self.value(*a), self.value(*b));
                self.bin(*op, bits, a, b)
            }
            Op::Cmp(op, a, b) => self.compare(*op, *a, *b),
            Op::Select(cond, yes, no) => {
                let (cond, yes, no) = (self.value(*cond), self.value(*yes), self.value(*no));
                let swapped = self.mode.defect.is(Defect::SwappedSelect);
                let (yes, no) = if swapped { (no, yes) } else { (yes, no) };
                self.b.ins().select(cond, yes, no)
            }
            Op::Convert(a) => {
                let (from, to) = (self.bits(*a), self.bits_of_result(inst));
                let value = self.value(*a);
                if to < from { self.cut(value, to) } else { value }
            }
            Op::ByteSwap(a) => {
                let (bits, value) = (self.bits(*a), self.value(*a));
                self.swap_bytes(bits, value)
            }
            Op::Reduce(hash, n) => {
                let (hash, n) = (self.value(*hash), self.value(*n));
                let product = self.b.ins().imul(hash, n);
                let half = self.number(32);
                self.b.ins().ushr(product, half)
            }
            other => bug!("{other:?} is not arithmetic"),
        }
    }

    /// The low bits of a number.
    pub(super) fn cut(&mut self, value: ir::Value, bits: u8) -> ir::Value {
        if bits >= 64 {
            return value;
        }
        let mask = self.number(max_of(bits));
        self.b.ins().band(value, mask)
    }

    fn bin(&mut self, op: BinOp, bits: u8, a: ir::Value, b: ir::Value) -> ir::Value {
        let is = |defect| self.mode.defect.is(defect);
        match op {
            BinOp::Add => {
                let not_cut = is(Defect::SumNotCut);
                let sum = self.b.ins().iadd(a, b);
                if not_cut { sum } else { self.cut(sum, bits) }
            }
            BinOp::Sub => {
                let (a, b) = if is(Defect::SwappedSub) { (b, a) } else { (a, b) };
                let difference = self.b.ins().isub(a, b);
                self.cut(difference, bits)
            }
            BinOp::Mul => {
                let product = self.b.ins().imul(a, b);
                self.cut(product, bits)
            }
            BinOp::Div | BinOp::Rem => self.divide(op == BinOp::Div, a, b),
            BinOp::And => self.b.ins().band(a, b),
            BinOp::Or => self.b.ins().bor(a, b),
            BinOp::Xor => self.b.ins().bxor(a, b),
            BinOp::Shl => {
                let shifted = self.b.ins().ishl(a, b);
                let shifted = self.cut(shifted, bits);
                self.unless_far(shifted, b, bits)
            }
            BinOp::Shr => {
                let shifted = self.b.ins().ushr(a, b);
                self.unless_far(shifted, b, bits)
            }
            BinOp::AddSat => self.add_sat(bits, a, b),
            BinOp::SubSat => {
                let difference = self.b.ins().isub(a, b);
                let below = self.b.ins().icmp(IntCC::UnsignedLessThan, a, b);
                let zero = self.number(0);
                self.b.ins().select(below, zero, difference)
            }
            BinOp::MulSat => self.mul_sat(bits, a, b),
            BinOp::Min => self.least(a, b),
            BinOp::Max if is(Defect::SwappedMax) => self.least(a, b),
            BinOp::Max => {
                let above = self.b.ins().icmp(IntCC::UnsignedGreaterThan, a, b);
                self.b.ins().select(above, a, b)
            }
        }
    }

    pub(super) fn least(&mut self, a: ir::Value, b: ir::Value) -> ir::Value {
        let below = self.b.ins().icmp(IntCC::UnsignedLessThan, a, b);
        self.b.ins().select(below, a, b)
    }

    /// `x / 0 = 0`, `x % 0 = x`. The machine's instruction traps on 0, so it divides by 1 there.
    fn divide(&mut self, quotient: bool, a: ir::Value, b: ir::Value) -> ir::Value {
        let (zero, one) = (self.number(0), self.number(1));
        let is_zero = self.b.ins().icmp(IntCC::Equal, b, zero);
        let divisor = self.b.ins().select(is_zero, one, b);
        if quotient {
            let result = self.b.ins().udiv(a, divisor);
            let by_zero = if self.mode.defect.is(Defect::DivisionByZero) { a } else { zero };
            self.b.ins().select(is_zero, by_zero, result)
        } else {
            let result = self.b.ins().urem(a, divisor);
            let by_zero = if self.mode.defect.is(Defect::RemainderByZero) { zero } else { a };
            self.b.ins().select(is_zero, by_zero, result)
        }
    }

    /// 0 where a shift is by the width or more; the machine looks at six bits of the count only.
    fn unless_far(&mut self, shifted: ir::Value, count: ir::Value, bits: u8) -> ir::Value {
        if self.mode.defect.is(Defect::ShiftUnguarded) {
            return shifted;
        }
        let (width, zero) = (self.number(bits.into()), self.number(0));
        let is_near = self.b.ins().icmp(IntCC::UnsignedLessThan, count, width);
        self.b.ins().select(is_near, shifted, zero)
    }

    fn add_sat(&mut self, bits: u8, a: ir::Value, b: ir::Value) -> ir::Value {
        let sum = self.b.ins().iadd(a, b);
        let max = self.number(max_of(bits));
        if bits < 64 {
            return self.least(sum, max);
        }
        let wrapped = self.b.ins().icmp(IntCC::UnsignedLessThan, sum, a);
        self.b.ins().select(wrapped, max, sum)
    }

    fn mul_sat(&mut self, bits: u8, a: ir::Value, b: ir::Value) -> ir::Value {
        let low = self.b.ins().imul(a, b);
        let max = self.number(max_of(bits));
        let clamped = self.least(low, max);
        if bits <= 32 || self.mode.defect.is(Defect::ProductNotClamped) {
            return clamped;
        }
        let high = self.b.ins().umulhi(a, b);
        let zero = self.number(0);
        let fits = self.b.ins().icmp(IntCC::Equal, high, zero);
        self.b.ins().select(fits, clamped, max)
    }

    fn compare(&mut self, op: CmpOp, a: Value, b: Value) -> ir::Value {
        let signed = self.mode.defect.is(Defect::SignedComparison);
        let cond = match op {
            CmpOp::Eq => IntCC::Equal,
            CmpOp::Ne => IntCC::NotEqual,
            CmpOp::Lt if signed => IntCC::SignedLessThan,
            CmpOp::Le if signed => IntCC::SignedLessThanOrEqual,
            CmpOp::Lt => IntCC::UnsignedLessThan,
            CmpOp::Le => IntCC::UnsignedLessThanOrEqual,
        };
        let (a, b) = (self.value(a), self.value(b));
        let flag = self.b.ins().icmp(cond, a, b);
        self.boolean(flag)
    }

    pub(super) fn swap_bytes(&mut self, bits: u8, value: ir::Value) -> ir::Value {
        let ty = match bits {
            16 => types::I16,
            32 => types::I32,
            64 => return self.b.ins().bswap(value),
            _ => bug!("the bytes of a u{bits} cannot be swapped"),
        };
        let narrow = self.b.ins().ireduce(ty, value);
        let swapped = self.b.ins().bswap(narrow);
        self.widened(swapped, ty)
    }
}
