//! The arms of a policy: the ways its text offers, and the blocks in which they begin.
//!
//! In: notes made while branches are lowered. Out: each arm once, although a function that is
//! called twice has its arms in the module twice. Tests ask which of them their cases reached.

use super::Lower;
use std::collections::BTreeMap;
use syrup_diag::Span;
use syrup_ir::Block;

/// One way that the text offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arm {
    /// What it is.
    pub kind: ArmKind,
    /// The pattern of an arm of a `match`, or what is evaluated in a branch.
    pub span: Span,
    /// The blocks in which it begins, with the position of their function in the module.
    pub blocks: Vec<(u32, Block)>,
    /// The blocks in which its guard is asked, when its pattern fits.
    pub guards: Vec<(u32, Block)>,
}

/// Arms by what stands in the text and by kind.
pub(super) type Arms = BTreeMap<(Span, ArmKind), Arm>;

/// What an arm is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ArmKind {
    /// An arm of a `match` that asks for something.
    Pattern,
    /// An arm of a `match` that takes the rest: `_` without a guard.
    Rest,
    /// What an `if` does when its condition holds.
    Then,
    /// What stands behind `else`, of an `if` or of a value that may be missing.
    Else,
}

impl ArmKind {
    /// As reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            ArmKind::Pattern => "arm",
            ArmKind::Rest => "rest",
            ArmKind::Then => "then",
            ArmKind::Else => "else",
        }
    }
}

impl Lower<'_> {
    /// Notes that an arm begins in a block.
    pub(super) fn arm(&mut self, kind: ArmKind, span: Span, block: Block) {
        let none = || Arm { kind, span, blocks: Vec::new(), guards: Vec::new() };
        self.arms.entry((span, kind)).or_insert_with(none).blocks.push((0, block));
    }

    /// Notes that the guard of an arm is asked in a block.
    pub(super) fn guard_of(&mut self, span: Span, block: Block) {
        let kinds = (span, ArmKind::Pattern)..=(span, ArmKind::Else);
        if let Some((_, arm)) = self.arms.range_mut(kinds).next() {
            arm.guards.push((0, block));
        }
    }
}

/// Adds the arms of a function, with the blocks as the finished function numbers them. A function
/// that is called from two handlers has its arms in both.
pub(super) fn collect(all: &mut Arms, arms: Arms, func: usize, ids: &[Option<Block>]) {
    let placed = |blocks: Vec<(u32, Block)>| {
        let new = blocks.into_iter().filter_map(|(_, block)| ids[block.idx()]);
        new.map(|block| (func as u32, block)).collect::<Vec<_>>()
    };
    for ((span, kind), Arm { blocks, guards, .. }) in arms {
        let none = || Arm { kind, span, blocks: Vec::new(), guards: Vec::new() };
        let arm = all.entry((span, kind)).or_insert_with(none);
        arm.blocks.extend(placed(blocks));
        arm.guards.extend(placed(guards));
    }
}
