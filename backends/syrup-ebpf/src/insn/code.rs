//! Blocks of instructions, and the edges between them.
//!
//! In: nothing. Out: [`Code`], a whole program over virtual or machine registers, as plain data.

use super::{Cond, Insn};
use syrup_diag::Span;

/// Where control goes, with values for the block's parameters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Target<R> {
    /// The block.
    pub block: u32,
    /// Its parameters' values; empty after register allocation.
    pub args: Vec<R>,
}

impl<R> Target<R> {
    /// A target without arguments.
    pub fn to(block: u32) -> Target<R> {
        Target { block, args: Vec::new() }
    }
}

/// How a block ends.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Term<R> {
    /// Goes on elsewhere.
    Jump(Target<R>),
    /// Chooses.
    Branch {
        /// By what.
        cond: Cond<R>,
        /// Where the condition holds.
        yes: Target<R>,
        /// Where it does not.
        no: Target<R>,
    },
    /// Returns what is in `r0`.
    Exit {
        /// The value.
        value: R,
    },
}

impl<R> Term<R> {
    /// Where control may go.
    pub fn targets(&self) -> impl DoubleEndedIterator<Item = &Target<R>> {
        let targets = match self {
            Term::Jump(target) => [Some(target), None],
            Term::Branch { yes, no, .. } => [Some(yes), Some(no)],
            Term::Exit { .. } => [None, None],
        };
        targets.into_iter().flatten()
    }

    /// The same, to change them.
    pub fn targets_mut(&mut self) -> impl Iterator<Item = &mut Target<R>> {
        let targets = match self {
            Term::Jump(target) => [Some(target), None],
            Term::Branch { yes, no, .. } => [Some(yes), Some(no)],
            Term::Exit { .. } => [None, None],
        };
        targets.into_iter().flatten()
    }
}

/// A basic block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BasicBlock<R> {
    /// Registers bound on entry; empty after register allocation.
    pub params: Vec<R>,
    /// Instructions with their source.
    pub insns: Vec<(Insn<R>, Span)>,
    /// How it ends.
    pub term: Term<R>,
    /// The source of the end.
    pub span: Span,
    /// Whether it runs rarely: it is laid out after the others.
    pub cold: bool,
}

/// A whole program. Block 0 is the entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Code<R> {
    /// The blocks.
    pub blocks: Vec<BasicBlock<R>>,
    /// How many virtual registers there are; 0 after register allocation.
    pub n_vregs: u32,
    /// Bytes of the frame in use, a multiple of 8.
    pub frame_bytes: u32,
    /// The most turns of a loop whose turns the kernel counts, those around it multiplied in; 0
    /// where there is none.
    pub turns: u64,
}
