//! Operands: a value as a register, as an immediate, as an address; and small helpers that emit.
//!
//! In: values of the IR. Out: registers and immediates, by INVARIANT(zext).

use super::{CellAddr, Selector};
use crate::defect::{Defect, has};
use crate::insn::{AluOp, Base, Cond, Insn, Rhs, Size, Target, Term, Test, VReg, Width};
use syrup_diag::bug;
use syrup_ir::{Interval, Ty, Value};

impl Selector<'_> {
    pub(super) fn constant(&self, value: Value) -> Option<u64> {
        self.analysis.constant(self.func, value)
    }

    /// What is known of a value.
    pub(super) fn range(&self, value: Value) -> Interval {
        match self.constant(value) {
            Some(number) => Interval { lo: number, hi: number },
            None => self.ranges[self.analysis.resolve(value).idx()],
        }
    }

    pub(super) fn bits(&self, value: Value) -> u8 {
        match self.func.ty(value) {
            Ty::Int(bits) => bits,
            Ty::Exec(_) => 32,
            Ty::Task | Ty::View | Ty::Cell(_) => bug!("{value} is no number"),
        }
    }

    /// The value in a register.
    pub(super) fn reg(&mut self, value: Value) -> VReg {
        if let Some(number) = self.constant(value) {
            return self.number(number);
        }
        let value = self.analysis.resolve(value);
        match self.regs[value.idx()] {
            Some(reg) => reg,
            None => bug!("{value} is used before it is made"),
        }
    }

    /// The value as a right operand of an operation on so many bits.
    pub(super) fn rhs(&mut self, value: Value, width: Width) -> Rhs<VReg> {
        match self.constant(value).and_then(|number| immediate(number, width)) {
            Some(imm) => Rhs::Imm(imm),
            None => Rhs::Reg(self.reg(value)),
        }
    }

    /// A number as a right operand.
    pub(super) fn rhs_number(&mut self, number: u64, width: Width) -> Rhs<VReg> {
        match immediate(number, width) {
            Some(imm) => Rhs::Imm(imm),
            None => Rhs::Reg(self.number(number)),
        }
    }

    /// A number in a register, in as few words as it takes.
    pub(super) fn number(&mut self, number: u64) -> VReg {
        if let Some(imm) = immediate(number, Width::W32).filter(|_| number <= u32::MAX.into()) {
            return self.def(|dst| Insn::Mov { width: Width::W32, dst, src: Rhs::Imm(imm) });
        }
        match immediate(number, Width::W64) {
            Some(imm) => self.def(|dst| Insn::Mov { width: Width::W64, dst, src: Rhs::Imm(imm) }),
            None => self.def(|dst| Insn::LoadImm64 { dst, imm: number }),
        }
    }

    pub(super) fn cell(&self, value: Value) -> CellAddr {
        let value = self.analysis.resolve(value);
        match self.cells[value.idx()] {
            Some(cell) => cell,
            None => bug!("{value} is no cell"),
        }
    }

    /// A cell's address in one register.
    pub(super) fn cell_reg(&mut self, value: Value) -> VReg {
        let cell = self.cell(value);
        if cell.offset == 0 || has(Defect::CellAddressLost) {
            return cell.reg;
        }
        self.alu(AluOp::Add, Width::W64, cell.reg, Rhs::Imm(cell.offset as i32))
    }

    pub(super) fn alu(&mut self, op: AluOp, width: Width, lhs: VReg, rhs: Rhs<VReg>) -> VReg {
        self.def(|dst| Insn::Alu { op, width, dst, lhs, rhs })
    }

    pub(super) fn load_from(&mut self, base: Base<VReg>, offset: i16, size: Size) -> VReg {
        self.def(|dst| Insn::Load { size, dst, base, offset })
    }

    /// Ends the block in a choice.
    pub(super) fn close_branch(&mut self, cond: Cond<VReg>, yes: Target<VReg>, no: Target<VReg>) {
        self.close(Term::Branch { cond, yes, no });
    }

    /// `value`, but `other()` where the condition does not hold: the rest goes on in a new block.
    pub(super) fn keep_if(
        &mut self,
        cond: Cond<VReg>,
        value: VReg,
        other: impl FnOnce(&mut Self) -> VReg,
    ) -> VReg {
        let (join, instead) = (self.new_block(), self.new_block());
        let result = self.vreg();
        self.blocks[join as usize].params.push(result);
        let kept = Target { block: join, args: vec![value] };
        self.close_branch(cond, kept, Target::to(instead));
        self.current = instead;
        let made = other(self);
        let value = if has(Defect::KeptAlways) { value } else { made };
        self.close(Term::Jump(Target { block: join, args: vec![value] }));
        self.current = join;
        result
    }

    /// Cuts a register to `bits`, which may hold more.
    pub(super) fn cut(&mut self, reg: VReg, bits: u8) -> VReg {
        match bits {
            0..=31 => {
                let bits = bits + u8::from(has(Defect::CutOneBitLate));
                let mask = Rhs::Imm(super::max_of(bits) as i32);
                self.alu(AluOp::And, Width::W32, reg, mask)
            }
            32 => self.def(|dst| Insn::Mov { width: Width::W32, dst, src: Rhs::Reg(reg) }),
            33..=63 => {
                let count = Rhs::Imm(64 - i32::from(bits));
                let high = self.alu(AluOp::Shl, Width::W64, reg, count);
                self.alu(AluOp::Shr, Width::W64, high, count)
            }
            _ => reg,
        }
    }
}

/// A number as an immediate of an operation on so many bits, if it is one.
pub fn immediate(number: u64, width: Width) -> Option<i32> {
    match width {
        Width::W32 => u32::try_from(number).ok().map(|number| number as i32),
        Width::W64 => i32::try_from(number as i64).ok(),
    }
}

/// A condition on a register and an immediate.
pub fn cond(test: Test, width: Width, lhs: VReg, rhs: Rhs<VReg>) -> Cond<VReg> {
    Cond { test, width, lhs, rhs }
}
