//! The order of blocks: jumps threaded, equal tails shared, fall-through where it saves a jump.
//!
//! In: [`Code`] over machine registers. Out: [`Placed`] blocks in memory order, each with the jumps
//! it really needs. Rare blocks stand last.

use crate::defect::{Defect, has};
use crate::insn::{BasicBlock, Code, Cond, Insn, Reg, Rhs, Target, Term, Test, Width};
use std::collections::BTreeMap;
use syrup_diag::Span;

/// The end of a placed block; block numbers are positions in the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// Falls into the next block.
    Fall,
    /// `goto`.
    Goto(u32),
    /// `if cond goto`, else falls into the next block.
    If(Cond<Reg>, u32),
    /// `if cond goto`, else `goto`.
    IfElse(Cond<Reg>, u32, u32),
    /// `exit`.
    Exit,
}

/// A block in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    /// Its instructions.
    pub insns: Vec<(Insn<Reg>, Span)>,
    /// Its end.
    pub end: End,
    /// The source of the end.
    pub span: Span,
}

/// Simplifies the graph: fewer blocks and jumps, the same paths.
pub fn simplify(code: &mut Code<Reg>) {
    for _ in 0..16 {
        let passes = [thread_jumps, share_equal_blocks, merge_chains, join_signed_tests];
        let changed = passes.map(|pass| pass(code));
        if changed == [false; 4] {
            break;
        }
    }
}

/// Skips blocks that hold nothing but a jump; whether there were any.
fn thread_jumps(code: &mut Code<Reg>) -> bool {
    let hop: Vec<Option<u32>> = code
        .blocks
        .iter()
        .map(|block| match &block.term {
            Term::Jump(target) if block.insns.is_empty() => Some(target.block),
            Term::Jump(target) if block.insns.len() == 1 && has(Defect::JumpThreadedFar) => {
                Some(target.block)
            }
            Term::Jump(_) | Term::Branch { .. } | Term::Exit { .. } => None,
        })
        .collect();
    let end = |mut block: u32| {
        // As many hops as blocks: a circle of empty blocks cannot hold us.
        for _ in 0..hop.len() {
            match hop[block as usize] {
                Some(next) if next != block => block = next,
                _ => break,
            }
        }
        block
    };
    let mut changed = false;
    for block in &mut code.blocks {
        changed |= redirect(&mut block.term, end);
        if let Term::Branch { yes, no, .. } = &block.term
            && yes.block == no.block
        {
            block.term = Term::Jump(Target::to(yes.block));
            changed = true;
        }
    }
    changed
}

/// Sends control elsewhere; whether that makes a difference.
fn redirect(term: &mut Term<Reg>, to: impl Fn(u32) -> u32) -> bool {
    let mut changed = false;
    for target in term.targets_mut() {
        let block = to(target.block);
        changed |= block != target.block;
        target.block = block;
    }
    changed
}

/// Blocks that do and end the same become one; whether there were any.
fn share_equal_blocks(code: &mut Code<Reg>) -> bool {
    let mut first: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let mut same: Vec<u32> = (0..code.blocks.len() as u32).collect();
    for idx in 1..code.blocks.len() as u32 {
        let block = &code.blocks[idx as usize];
        let known = first.entry(fingerprint(block)).or_default();
        match known.iter().find(|&&other| is_same(&code.blocks[other as usize], block)) {
            Some(&other) => same[idx as usize] = other,
            None => known.push(idx),
        }
    }
    let mut changed = false;
    for block in &mut code.blocks {
        changed |= redirect(&mut block.term, |block| same[block as usize]);
    }
    changed
}

fn fingerprint(block: &BasicBlock<Reg>) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    if !has(Defect::EndsNotCompared) {
        block.term.hash(&mut hasher);
    }
    block.insns.iter().for_each(|(insn, _)| insn.hash(&mut hasher));
    hasher.finish()
}

fn is_same(a: &BasicBlock<Reg>, b: &BasicBlock<Reg>) -> bool {
    let mut pairs = a.insns.iter().zip(&b.insns);
    let is_end = a.term == b.term || has(Defect::EndsNotCompared);
    is_end && a.insns.len() == b.insns.len() && pairs.all(|(a, b)| a.0 == b.0)
}

fn predecessors(code: &Code<Reg>) -> Vec<u32> {
    let mut n = vec![0; code.blocks.len()];
    let mut seen = vec![false; code.blocks.len()];
    let mut stack = vec![0u32];
    n[0] += 1;
    while let Some(block) = stack.pop() {
        if std::mem::replace(&mut seen[block as usize], true) {
            continue;
        }
        for target in code.blocks[block as usize].term.targets() {
            n[target.block as usize] += 1;
            stack.push(target.block);
        }
    }
    n
}

/// A block that is the only way into the next becomes one with it; whether there were any.
fn merge_chains(code: &mut Code<Reg>) -> bool {
    let n_preds = predecessors(code);
    let mut changed = false;
    for idx in 0..code.blocks.len() {
        if n_preds[idx] == 0 {
            continue;
        }
        while let Term::Jump(target) = &code.blocks[idx].term {
            let next = target.block as usize;
            if next == idx || next == 0 || n_preds[next] != 1 {
                break;
            }
            let taken = BasicBlock {
                params: vec![],
                insns: std::mem::take(&mut code.blocks[next].insns),
                term: std::mem::replace(
                    &mut code.blocks[next].term,
                    Term::Jump(Target::to(next as u32)),
                ),
                span: code.blocks[next].span,
                cold: code.blocks[next].cold,
            };
            let block = &mut code.blocks[idx];
            block.insns.extend(taken.insns);
            block.term = taken.term;
            block.span = taken.span;
            changed = true;
        }
    }
    changed
}

/// `r < 0` and, where not, `r == 0` with the same way out, in either order: one test, `r <= 0`.
/// Whether there were any.
fn join_signed_tests(code: &mut Code<Reg>) -> bool {
    let mut changed = false;
    for idx in 0..code.blocks.len() {
        let Some(first) = ZeroTest::of(&code.blocks[idx].term) else { continue };
        let second = &code.blocks[first.rest as usize];
        let Some(other) = ZeroTest::of(&second.term).filter(|_| second.insns.is_empty()) else {
            continue;
        };
        let differ = first.signed != other.signed;
        if differ && first.reg == other.reg && first.out == other.out {
            let (lhs, rhs) = (first.reg, Rhs::Imm(0));
            let cond = Cond { test: Test::Sle, width: Width::W64, lhs, rhs };
            let (yes, no) = (Target::to(first.out), Target::to(other.rest));
            code.blocks[idx].term = Term::Branch { cond, yes, no };
            changed = true;
        }
    }
    changed
}

/// A choice by `reg < 0` (signed) or `reg == 0`.
struct ZeroTest {
    reg: Reg,
    signed: bool,
    /// Where it goes if so.
    out: u32,
    /// Where it goes if not.
    rest: u32,
}

impl ZeroTest {
    fn of(term: &Term<Reg>) -> Option<ZeroTest> {
        let Term::Branch { cond, yes, no } = term else { return None };
        let (yes, no) = (yes.block, no.block);
        let (signed, out, rest) = match cond.test {
            Test::Eq => (false, yes, no),
            Test::Ne => (false, no, yes),
            Test::Slt => (true, yes, no),
            Test::Sge => (true, no, yes),
            Test::Gt
            | Test::Ge
            | Test::Lt
            | Test::Le
            | Test::Set
            | Test::Sgt
            | Test::Sle
            | Test::Exhausted => return None,
        };
        let zero = cond.width == Width::W64 && cond.rhs == Rhs::Imm(0);
        zero.then_some(ZeroTest { reg: cond.lhs, signed, out, rest })
    }
}

/// Puts the blocks in order.
pub fn place(code: Code<Reg>) -> Vec<Placed> {
    let order = order(&code);
    let mut position = vec![u32::MAX; code.blocks.len()];
    for (at, &block) in order.iter().enumerate() {
        position[block as usize] = at as u32;
    }
    let mut placed = Vec::with_capacity(order.len());
    for (at, &idx) in order.iter().enumerate() {
        let next = at as u32 + 1;
        let block = &code.blocks[idx as usize];
        let to = |target: &Target<Reg>| position[target.block as usize];
        let end = match &block.term {
            Term::Exit { .. } => End::Exit,
            Term::Jump(target) if to(target) == next => End::Fall,
            Term::Jump(target) => End::Goto(to(target)),
            Term::Branch { cond, yes, no } if to(no) == next => End::If(*cond, to(yes)),
            Term::Branch { cond, yes, no } => match cond.test.inverse() {
                Some(_) if to(yes) == next && has(Defect::InverseLost) => End::If(*cond, to(no)),
                Some(test) if to(yes) == next => End::If(Cond { test, ..*cond }, to(no)),
                _ => End::IfElse(*cond, to(yes), to(no)),
            },
        };
        placed.push(Placed { insns: block.insns.clone(), end, span: block.span });
    }
    placed
}

/// Chains of blocks: each goes on with a successor that is not placed yet, preferring one that no
/// other block could still fall into, and leaving rare blocks for the end.
fn order(code: &Code<Reg>) -> Vec<u32> {
    let mut waiting = predecessors(code);
    let n = code.blocks.len();
    let mut placed = vec![false; n];
    let mut order = Vec::with_capacity(n);
    let (mut warm, mut cold) = (vec![0u32], Vec::new());
    while let Some(start) = warm.pop().or_else(|| cold.pop()) {
        let mut block = start;
        loop {
            if std::mem::replace(&mut placed[block as usize], true) {
                break;
            }
            order.push(block);
            let mut next: Vec<u32> = Vec::new();
            for target in code.blocks[block as usize].term.targets() {
                waiting[target.block as usize] -= 1;
                if !placed[target.block as usize] {
                    next.push(target.block);
                }
            }
            // A test without an inverse can fall through on one side only.
            let only_no = match &code.blocks[block as usize].term {
                Term::Branch { cond, no, .. } if cond.test.inverse().is_none() => Some(no.block),
                Term::Branch { .. } | Term::Jump(_) | Term::Exit { .. } => None,
            };
            let choice =
                next.iter().copied().filter(|&b| only_no.is_none_or(|no| no == b)).min_by_key(
                    |&b| {
                        let data = &code.blocks[b as usize];
                        (data.cold, waiting[b as usize] > 0, std::cmp::Reverse(ends_far(data)))
                    },
                );
            for other in next {
                if Some(other) != choice {
                    let list = if code.blocks[other as usize].cold { &mut cold } else { &mut warm };
                    list.push(other);
                }
            }
            match choice {
                Some(next) if !code.blocks[next as usize].cold => block = next,
                Some(next) => {
                    cold.push(next);
                    break;
                }
                None => break,
            }
        }
    }
    order
}

/// Whether a block goes on after its end.
fn ends_far(block: &BasicBlock<Reg>) -> bool {
    match block.term {
        Term::Jump(_) | Term::Branch { .. } => true,
        Term::Exit { .. } => false,
    }
}
