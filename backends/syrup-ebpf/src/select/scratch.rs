//! Where keys, values and packet bytes stand on the stack while a helper reads or writes them.
//!
//! In: layouts and values, or a number of bytes. Out: frame offsets; keys and values built. Every
//! use of an area ends at the next call, so areas may overlap, with one exception: a word of eight
//! bytes is either always stored whole by our own instructions or only ever written by helpers.
//! Linux before 6.8 takes any stored number of known range for a spilled register, and without
//! CAP_PERFMON refuses to overwrite a part of its word ("attempt to corrupt spilled pointer on
//! stack", `check_stack_write_fixed_off`, kernel/bpf/verifier.c; seen on 6.1). So the pieces of a
//! word are put together in a register first.

use super::{SCRATCH_BYTES_MAX, Selector};
use crate::defect::{Defect, has};
use crate::insn::{AluOp, Base, Insn, Rhs, Size, VReg, Width};
use syrup_diag::Code;
use syrup_ir::{Layout, Value};

/// Who writes a word of eight bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stored {
    /// We, by one store.
    Whole,
    /// A helper, byte by byte.
    ByHelper,
    /// We, its upper half only.
    Half,
}

/// The words of a key or value of so many bytes.
pub fn words(bytes: u32) -> Vec<Stored> {
    vec![Stored::Whole; bytes.div_ceil(8).max(1) as usize]
}

/// A word whose upper half is stored.
pub fn half() -> Vec<Stored> {
    vec![Stored::Half]
}

/// The words that a helper fills.
pub fn buffer(bytes: u32) -> Vec<Stored> {
    vec![Stored::ByHelper; bytes.div_ceil(8).max(1) as usize]
}

impl Selector<'_> {
    /// Frame offsets of areas that are in use at the same time, at the top of the frame as far as
    /// each word may be stored as it will be.
    pub(super) fn reserve(&mut self, areas: &[Vec<Stored>]) -> Vec<i16> {
        let n: usize = areas.iter().map(Vec::len).sum();
        let mut top = 0;
        while !self.fits(areas, top) {
            top += 1;
        }
        if 8 * (top + n) as u32 > SCRATCH_BYTES_MAX {
            self.refuse(Code::E0413, "this needs more bytes at once than fit the stack");
            return vec![-8; areas.len()];
        }
        let mut offsets = Vec::new();
        for area in areas {
            for (idx, stored) in area.iter().enumerate() {
                let at = top + area.len() - 1 - idx;
                if self.words.len() <= at {
                    self.words.resize(at + 1, None);
                }
                self.words[at] = Some(*stored);
            }
            top += area.len() - usize::from(has(Defect::AreasOverlap) && area.len() > 1);
            offsets.push(-(8 * top as i16));
        }
        self.scratch_bytes = self.scratch_bytes.max(8 * top as u32);
        offsets
    }

    /// Whether areas can stand so many words below the top.
    fn fits(&self, areas: &[Vec<Stored>], top: usize) -> bool {
        let mut top = top;
        areas.iter().all(|area| {
            top += area.len();
            area.iter().enumerate().all(|(idx, stored)| {
                let known = self.words.get(top - 1 - idx).copied().flatten();
                known.is_none_or(|known| known == *stored)
            })
        })
    }

    /// Builds a key or value: one store a word, padding zero.
    pub(super) fn build(&mut self, layout: &Layout, values: &[Value], at: i16) {
        let pieces = layout.pieces();
        for word in 0..layout.size().div_ceil(8).max(1) {
            // A run of bytes may begin anywhere, so a piece may reach into the next word.
            let (start, end) = (8 * word, 8 * word + 8);
            let parts: Vec<(i32, Value)> = pieces
                .iter()
                .zip(values)
                .filter(|(p, _)| p.offset < end && p.offset + u32::from(p.bytes) > start)
                .map(|(p, value)| (8 * (p.offset as i32 - start as i32), *value))
                .collect();
            let src = self.word(&parts);
            let offset = at + 8 * word as i16;
            self.emit(Insn::Store { size: Size::B8, base: Base::Frame, offset, src });
        }
    }

    /// Numbers at bits of a word, which do not overlap; each is zero-extended. What begins before
    /// the word has a negative place.
    fn word(&mut self, parts: &[(i32, Value)]) -> Rhs<VReg> {
        let mut constant = 0u64;
        let mut whole: Option<VReg> = None;
        for &(shift, value) in parts {
            if let Some(number) = self.constant(value) {
                constant |= if shift < 0 { number >> -shift } else { number << shift };
                continue;
            }
            let mut part = self.reg(value);
            if shift != 0 && !has(Defect::KeyPieceMisplaced) {
                let op = if shift > 0 { AluOp::Shl } else { AluOp::Shr };
                part = self.alu(op, Width::W64, part, Rhs::Imm(shift.abs()));
            }
            whole = Some(match whole {
                Some(low) => self.alu(AluOp::Or, Width::W64, low, Rhs::Reg(part)),
                None => part,
            });
        }
        match whole {
            None => self.rhs_number(constant, Width::W64),
            Some(reg) if constant == 0 || has(Defect::KeyConstantLost) => Rhs::Reg(reg),
            Some(reg) => {
                let rhs = self.rhs_number(constant, Width::W64);
                Rhs::Reg(self.alu(AluOp::Or, Width::W64, reg, rhs))
            }
        }
    }

    /// Puts a `u32` on the stack as a key.
    pub(super) fn store_key(&mut self, src: Rhs<VReg>) -> i16 {
        let offset = self.reserve(&[words(4)])[0];
        self.emit(Insn::Store { size: Size::B8, base: Base::Frame, offset, src });
        offset
    }
}
