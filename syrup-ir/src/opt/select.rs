//! Choices that end where they began become `select`.
//!
//! A branch both of whose ways do little and meet again with different arguments is a choice
//! between values: `if a < b { slot = i; }`. Each such branch doubles the paths through what
//! follows, which costs a machine nothing and a verifier that walks paths everything.
//! `if a && b` is one choice here: where the second question is cheap, both are asked at once.
//!
//! Preserves: everything an evaluation does. What is computed although it was not before is pure,
//! and every operation gives a value whatever its operands are.

use super::edit::{edge_counts, new_inst};
use crate::{BinOp, Block, Edge, Func, Inst, Op, Term, Ty, Value};
use syrup_diag::Span;

/// Values that one choice may choose.
const CHOSEN_MAX: usize = 2;

/// Instructions of one way, or of a second question, that are computed in any case; constants do
/// not count.
const ASKED_MAX: usize = 6;

/// Turns choices into `select`; whether there was anything to do.
pub(super) fn run(func: &mut Func) -> bool {
    let counts = edge_counts(func);
    // The last block first, so that a chain of questions is joined from its end.
    let blocks = (0..func.blocks.len() as u32).rev().map(Block);
    let n_joined = blocks.filter(|at| join_questions(func, &counts, *at)).count();
    func.compact();
    let counts = edge_counts(func);
    let found: Vec<Choice> = func.block_ids().filter_map(|at| choice(func, &counts, at)).collect();
    let n_found = found.len();
    for choice in found {
        apply(func, choice);
    }
    func.compact();
    n_joined + n_found > 0
}

/// Makes one branch of two in a row that leave to the same place; whether there were two.
fn join_questions(func: &mut Func, counts: &[u32], at: Block) -> bool {
    let Term::Branch { cond: first, yes, no } = &func.block(at).term else { return false };
    let asks = |edge: &Edge| {
        let block = func.block(edge.block);
        let is_own = counts[edge.block.idx()] == 1 && block.params.is_empty();
        let is_cheap = are_cheap(&block.insts);
        match &block.term {
            Term::Branch { cond, yes, no } if is_own && is_cheap => {
                Some((edge.block, *cond, yes.clone(), no.clone()))
            }
            _ => None,
        }
    };
    let (op, (asked, second, then, other)) = match (asks(yes), asks(no)) {
        (Some(next), _) if next.3 == *no => (BinOp::And, next),
        (_, Some(next)) if next.2 == *yes => (BinOp::Or, next),
        _ => return false,
    };
    let (first, span) = (*first, func.block(at).span);
    let insts = func.blocks[asked.idx()].insts.clone();
    let (both, inst) = new_inst(func, Op::Bin(op, first, second), Ty::BOOL, span);
    let block = &mut func.blocks[at.idx()];
    block.insts.extend(insts);
    block.insts.push(inst);
    block.term = Term::Branch { cond: both, yes: then, no: other };
    true
}

/// Whether instructions may run although nobody asked for them.
fn are_cheap(insts: &[Inst]) -> bool {
    let is_cheap = |inst: &&Inst| {
        matches!(inst.op, Op::Bin(..) | Op::Cmp(..) | Op::Convert(_) | Op::Select(..))
    };
    let n_constant = insts.iter().filter(|inst| matches!(inst.op, Op::Const(_))).count();
    let n_cheap = insts.iter().filter(is_cheap).count();
    n_cheap + n_constant == insts.len() && n_cheap <= ASKED_MAX
}

/// A branch whose ways meet again.
struct Choice {
    at: Block,
    cond: Value,
    /// What the ways compute.
    made: Vec<Inst>,
    meet: Block,
    yes: Vec<Value>,
    no: Vec<Value>,
    span: Span,
}

/// The choice that a block ends in, if it does.
fn choice(func: &Func, counts: &[u32], at: Block) -> Option<Choice> {
    let Term::Branch { cond, yes, no } = &func.block(at).term else { return None };
    let (cond, mut made) = (*cond, Vec::new());
    let ways = [yes, no].map(|edge| way(func, counts, edge));
    let meet = match &ways {
        [Some((yes, _)), Some((no, _))] if yes.block == no.block => yes.block,
        [Some((yes, _)), _] if yes.block == no.block => yes.block,
        [_, Some((no, _))] if no.block == yes.block => no.block,
        _ if yes.block == no.block => yes.block,
        _ => return None,
    };
    let [yes, no] = [(yes, &ways[0]), (no, &ways[1])].map(|(edge, way)| match way {
        Some((onward, insts)) if onward.block == meet => {
            made.extend(insts.iter().cloned());
            onward.args.clone()
        }
        _ => edge.args.clone(),
    });
    let chosen = yes.iter().zip(&no).filter(|(a, b)| a != b);
    let can = |value: &Value| matches!(func.ty(*value), Ty::Int(_) | Ty::Exec(_));
    let fits = chosen.clone().all(|(a, _)| can(a)) && chosen.count() <= CHOSEN_MAX;
    let span = func.block(at).span;
    fits.then_some(Choice { at, cond, made, meet, yes, no, span })
}

/// Where a way leads that does little: a block of its own with cheap instructions, and a jump.
fn way<'a>(func: &'a Func, counts: &[u32], edge: &Edge) -> Option<(&'a Edge, &'a [Inst])> {
    let block = func.block(edge.block);
    let is_own = counts[edge.block.idx()] == 1 && block.params.is_empty();
    let is_little = are_cheap(&block.insts);
    match &block.term {
        Term::Jump(onward) if is_own && is_little => Some((onward, &block.insts)),
        _ => None,
    }
}

fn apply(func: &mut Func, choice: Choice) {
    let Choice { at, cond, made, meet, yes, no, span } = choice;
    let mut insts = made;
    let args = yes.iter().zip(&no).map(|(&yes, &no)| {
        if yes == no {
            return yes;
        }
        let ty = func.ty(yes);
        let (value, inst) = new_inst(func, Op::Select(cond, yes, no), ty, span);
        insts.push(inst);
        value
    });
    let args = args.collect();
    let block = &mut func.blocks[at.idx()];
    block.insts.extend(insts);
    block.term = Term::Jump(Edge { block: meet, args });
}
