//! Making the verifier forget what it knows of numbers where ways meet.
//!
//! In: a block that several ways lead to. Out: its parameters as numbers of which nothing is known.
//! A number that was stored in half a word of the stack and loaded again is any number: the kernel
//! follows what is spilled whole (`check_stack_write_fixed_off`, kernel/bpf/verifier.c). Then the
//! states that differ in such numbers only are alike, and what follows is walked once.

use super::Selector;
use super::scratch::half;
use crate::insn::{Base, Insn, Rhs, Size};
use syrup_ir::{Block, Ty};

impl Selector<'_> {
    /// Forgets the numbers of up to 32 bits among a block's parameters.
    pub(super) fn forget_params(&mut self, block: Block) {
        let func = self.func;
        for &param in &func.block(block).params {
            let known = self.regs[param.idx()];
            let (Ty::Int(bits), Some(reg)) = (func.ty(param), known) else { continue };
            if bits > 32 {
                continue;
            }
            // The upper half of a word, because the kernel follows what begins at a whole one.
            let offset = self.reserve(&[half()])[0] + 4;
            let (size, base, src) = (Size::B4, Base::Frame, Rhs::Reg(reg));
            self.emit(Insn::Store { size, base, offset, src });
            self.regs[param.idx()] = Some(self.load_from(base, offset, size));
        }
    }
}
