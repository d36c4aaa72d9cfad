//! Branches: comparisons, boolean expressions and masked packet fields as conditional jumps.
//!
//! In: a `u1` value and two targets. Out: the current block, closed. A comparison of a
//! network-order load with a constant swaps the constant, at compile time.

use super::values::{cond, immediate};
use super::{Selector, max_of};
use crate::defect::{Defect, has};
use crate::insn::{AluOp, Cond, Rhs, Target, Term, Test, VReg, Width};
use syrup_diag::bug;
use syrup_ir::{BinOp, CmpOp, Op, Ty, Value};

/// What a condition turned out to be.
enum Decided {
    Always(bool),
    By(Cond<VReg>),
    /// Where the condition does not hold.
    Unless(Cond<VReg>),
}

impl Selector<'_> {
    /// Ends the block by the value of a `u1`.
    pub(super) fn branch(&mut self, value: Value, yes: Target<VReg>, no: Target<VReg>, depth: u32) {
        let func = self.func;
        if let Some(number) = self.constant(value) {
            return self.close(Term::Jump(if number != 0 { yes } else { no }));
        }
        let folded = self.analysis.is_folded(value);
        match self.analysis.op(func, value) {
            Some(Op::Cmp(op, a, b)) if folded || depth == 0 => {
                self.branch_cmp((*op, *a, *b), yes, no, depth)
            }
            Some(Op::Bin(BinOp::And, a, b)) if folded => {
                let second = self.new_block();
                let not = if has(Defect::AndIsOr) { yes.clone() } else { no.clone() };
                self.branch(*a, Target::to(second), not, depth + 1);
                self.current = second;
                self.branch(*b, yes, no, depth + 1);
            }
            Some(Op::Bin(BinOp::Or, a, b)) if folded => {
                let second = self.new_block();
                self.branch(*a, yes.clone(), Target::to(second), depth + 1);
                self.current = second;
                self.branch(*b, yes, no, depth + 1);
            }
            Some(Op::Bin(BinOp::Xor, a, b)) if folded => {
                let (value, number) = match (self.constant(*a), self.constant(*b)) {
                    (Some(number), _) => (*b, number),
                    (None, number) => (*a, number.unwrap_or(0)),
                };
                let (yes, no) = if number == 0 { (yes, no) } else { (no, yes) };
                self.branch(value, yes, no, depth + 1);
            }
            _ => {
                let reg = self.reg(value);
                self.close_branch(cond(Test::Ne, Width::W32, reg, Rhs::Imm(0)), yes, no);
            }
        }
    }

    fn branch_cmp(
        &mut self,
        (op, a, b): (CmpOp, Value, Value),
        yes: Target<VReg>,
        no: Target<VReg>,
        depth: u32,
    ) {
        // A comparison of a u1 with a constant is the value itself, or its opposite.
        let is_bool = self.func.ty(self.analysis.resolve(a)) == Ty::BOOL;
        let known = match (self.constant(a), self.constant(b)) {
            (None, Some(number)) => Some((a, number)),
            (Some(number), None) => Some((b, number)),
            _ => None,
        };
        if let (true, Some((value, number)), CmpOp::Eq | CmpOp::Ne) = (is_bool, known, op) {
            let same = (op == CmpOp::Eq) == (number != 0);
            let (yes, no) = if same { (yes, no) } else { (no, yes) };
            return self.branch(value, yes, no, depth + 1);
        }
        match self.compare(op, a, b) {
            Decided::Always(true) => self.close(Term::Jump(yes)),
            Decided::Always(false) => self.close(Term::Jump(no)),
            Decided::By(cond) => self.close_branch(cond, yes, no),
            Decided::Unless(cond) => self.close_branch(cond, no, yes),
        }
    }

    fn compare(&mut self, op: CmpOp, a: Value, b: Value) -> Decided {
        let test = match op {
            CmpOp::Eq => Test::Eq,
            CmpOp::Ne => Test::Ne,
            CmpOp::Lt if has(Defect::LessOrEqual) => Test::Le,
            CmpOp::Lt => Test::Lt,
            CmpOp::Le => Test::Le,
        };
        let width = Width::for_bits(self.bits(a));
        match (self.constant(a), self.constant(b)) {
            (Some(x), Some(y)) => Decided::Always(match op {
                CmpOp::Eq => x == y,
                CmpOp::Ne => x != y,
                CmpOp::Lt => x < y,
                CmpOp::Le => x <= y,
            }),
            (None, Some(number)) => self.compare_number(test, a, number),
            (Some(number), None) => self.compare_number(
                if has(Defect::ComparedOpposite) { test } else { mirrored(test) },
                b,
                number,
            ),
            (None, None) => {
                let (lhs, rhs) = (self.reg(a), self.reg(b));
                let signed = has(Defect::SignedComparison) && test == Test::Lt;
                let test = if signed { Test::Slt } else { test };
                Decided::By(cond(test, width, lhs, Rhs::Reg(rhs)))
            }
        }
    }

    /// `value test number`.
    fn compare_number(&mut self, test: Test, value: Value, number: u64) -> Decided {
        let bits = self.bits(value);
        let width = Width::for_bits(bits);
        // What no number of this width can be, and the sign bit as a signed comparison with 0.
        match (test, number) {
            (Test::Lt | Test::Gt, n) if n == if test == Test::Lt { 0 } else { max_of(bits) } => {
                return Decided::Always(false);
            }
            (Test::Ge | Test::Le, n) if n == if test == Test::Ge { 0 } else { max_of(bits) } => {
                return Decided::Always(true);
            }
            (Test::Lt | Test::Ge, n) if bits == 64 && n == 1 << 63 => {
                return self.compare_sign(test == Test::Lt, value);
            }
            (Test::Le | Test::Gt, n) if bits == 64 && n == (1 << 63) - 1 => {
                return self.compare_sign(test == Test::Le, value);
            }
            (Test::Eq | Test::Ne, _) => {
                if let Some(decided) = self.compare_masked(test, value, number) {
                    return decided;
                }
            }
            _ => {}
        }
        let lhs = self.reg(value);
        let rhs = self.rhs_number(number, width);
        Decided::By(cond(test, width, lhs, rhs))
    }

    fn compare_sign(&mut self, positive: bool, value: Value) -> Decided {
        let test = if positive != has(Defect::SignTestTurned) { Test::Sge } else { Test::Slt };
        let lhs = self.reg(value);
        Decided::By(cond(test, Width::W64, lhs, Rhs::Imm(0)))
    }

    /// A folded load or mask, compared with a number without making the value itself.
    fn compare_masked(&mut self, test: Test, value: Value, number: u64) -> Option<Decided> {
        if !self.analysis.is_folded(value) {
            return None;
        }
        let func = self.func;
        let (mut at, mut mask) = (value, u64::MAX);
        let reg = loop {
            mask &= max_of(self.bits(at));
            match self.analysis.op(func, at) {
                Some(Op::Load { view, offset, order: syrup_ir::Order::Big }) => {
                    let bits = self.bits(at);
                    if self.analysis.is_folded(at) {
                        return Some(self.compare_swapped(
                            test,
                            (*view, *offset, bits),
                            mask,
                            number,
                        ));
                    }
                    break self.reg(at);
                }
                Some(Op::Bin(BinOp::And, a, b)) if self.analysis.is_folded(at) => {
                    let (x, y) = match self.constant(*b) {
                        Some(number) => (*a, number),
                        None => (*b, self.constant(*a).unwrap_or(u64::MAX)),
                    };
                    mask &= y;
                    at = x;
                }
                Some(Op::Convert(a)) if self.analysis.is_folded(at) => at = *a,
                _ => break self.reg(at),
            }
        };
        let width = Width::for_bits(self.bits(at));
        Some(self.masked(test, reg, width, mask, number, max_of(self.bits(at))))
    }

    fn compare_swapped(
        &mut self,
        test: Test,
        (view, offset, bits): (Value, u32, u8),
        mask: u64,
        number: u64,
    ) -> Decided {
        let swap = |number: u64| match has(Defect::ConstantNotSwapped) {
            true => number,
            false => number.swap_bytes() >> (64 - u32::from(bits)),
        };
        let width = Width::for_bits(bits);
        let one_slot = matches!(bits, 8 | 16 | 32 | 64);
        let cheap = immediate(swap(number), width).is_some()
            && (mask == max_of(bits) || immediate(swap(mask), width).is_some());
        if one_slot && cheap {
            let raw = self.raw(view, offset, u32::from(bits) / 8);
            return self.masked(test, raw, width, swap(mask), swap(number), max_of(bits));
        }
        let reg = self.load(view, offset, syrup_ir::Order::Big, bits);
        self.masked(test, reg, width, mask, number, max_of(bits))
    }

    /// `reg & mask test number` for equality, where `all` is the mask that changes nothing.
    fn masked(
        &mut self,
        test: Test,
        reg: VReg,
        width: Width,
        mask: u64,
        number: u64,
        all: u64,
    ) -> Decided {
        if number & !mask != 0 {
            return Decided::Always(test == Test::Ne);
        }
        if mask & all == all || has(Defect::MaskForgotten) {
            let rhs = self.rhs_number(number, width);
            return Decided::By(cond(test, width, reg, rhs));
        }
        let mask = self.rhs_number(mask, width);
        if number == 0 {
            let some = cond(Test::Set, width, reg, mask);
            return if test == Test::Ne || has(Defect::SetNotUnless) {
                Decided::By(some)
            } else {
                Decided::Unless(some)
            };
        }
        let part = self.alu(AluOp::And, width, reg, mask);
        let rhs = self.rhs_number(number, width);
        Decided::By(cond(test, width, part, rhs))
    }

    /// A comparison or boolean expression as a number.
    pub(super) fn truth(&mut self, value: Value) -> VReg {
        let straight = if self.is_straight { self.compared(value) } else { None };
        straight.unwrap_or_else(|| self.choose_by(value, |s| s.number(1), |s| s.number(0)))
    }

    /// One of two values.
    pub(super) fn choose(&mut self, value: Value, yes: Value, no: Value) -> VReg {
        let straight = if self.is_straight { self.choose_straight(value, yes, no) } else { None };
        straight.unwrap_or_else(|| self.choose_by(value, |s| s.reg(yes), |s| s.reg(no)))
    }

    fn choose_by(
        &mut self,
        value: Value,
        yes: impl FnOnce(&mut Self) -> VReg,
        no: impl FnOnce(&mut Self) -> VReg,
    ) -> VReg {
        // The first value is made before the jump: one way then needs no instruction of its own.
        let first = yes(self);
        let (join, second) = (self.new_block(), self.new_block());
        let result = self.vreg();
        self.blocks[join as usize].params.push(result);
        let kept = Target { block: join, args: vec![first] };
        self.branch(value, kept, Target::to(second), 0);
        self.current = second;
        let other = no(self);
        self.close(Term::Jump(Target { block: join, args: vec![other] }));
        self.current = join;
        result
    }
}

/// The test with its operands exchanged.
fn mirrored(test: Test) -> Test {
    match test {
        Test::Eq => Test::Eq,
        Test::Ne => Test::Ne,
        Test::Lt => Test::Gt,
        Test::Le => Test::Ge,
        Test::Gt => Test::Lt,
        Test::Ge => Test::Le,
        Test::Set | Test::Slt | Test::Sge | Test::Sgt | Test::Sle | Test::Exhausted => {
            bug!("{test:?} is not made by a comparison")
        }
    }
}
