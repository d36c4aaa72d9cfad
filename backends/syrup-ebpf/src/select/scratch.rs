//! Where keys, values and packet bytes stand on the stack while a helper reads or writes them.
//!
//! In: how each area is written. Out: frame offsets. Every use of an area ends at the next call, so
//! areas may overlap, with one exception: a word of eight bytes that is once stored whole is never
//! stored in parts. Linux before 6.8 takes a whole stored number for a spilled register, and without
//! CAP_PERFMON refuses to overwrite a part of it ("attempt to corrupt spilled pointer on stack",
//! `check_stack_write_fixed_off`, kernel/bpf/verifier.c).

use super::{SCRATCH_BYTES_MAX, Selector};
use syrup_diag::Code;
use syrup_ir::Layout;

/// How a word of eight bytes is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stored {
    /// By one instruction.
    Whole,
    /// In parts, or by a helper, which counts as single bytes.
    Parts,
}

/// The words of a run of bytes that is never stored whole.
pub fn parts(bytes: u32) -> Vec<Stored> {
    vec![Stored::Parts; bytes.div_ceil(8).max(1) as usize]
}

/// The stores that build a layout: offset and size of each piece, and of the zeros between them;
/// `None` for zeros, else the index of the piece.
pub fn stores(layout: &Layout) -> Vec<(u32, u32, Option<usize>)> {
    let mut stores = Vec::new();
    let mut done = 0;
    for (idx, piece) in layout.pieces().iter().enumerate() {
        zeros(done, piece.offset, &mut stores);
        stores.push((piece.offset, piece.bytes.into(), Some(idx)));
        done = piece.offset + u32::from(piece.bytes);
    }
    zeros(done, layout.size(), &mut stores);
    stores
}

fn zeros(mut from: u32, to: u32, stores: &mut Vec<(u32, u32, Option<usize>)>) {
    while from < to {
        let fits = |n: &u32| from.is_multiple_of(*n) && from + n <= to;
        let bytes = [8, 4, 2, 1].into_iter().find(fits).unwrap_or(1);
        stores.push((from, bytes, None));
        from += bytes;
    }
}

/// The words of a layout.
pub fn words(layout: &Layout) -> Vec<Stored> {
    let mut words = parts(layout.size());
    for (offset, bytes, _) in stores(layout) {
        if bytes == 8 {
            words[offset as usize / 8] = Stored::Whole;
        }
    }
    words
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
            top += area.len();
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
}
