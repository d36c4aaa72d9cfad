//! Common subexpressions: a pure computation that a dominating block already did.
//!
//! Preserves: everything a pure computation can see; `now` is one sample for the evaluation, so
//! two of them are one. Reads of maps and draws are never merged: two mentions are two. The span
//! that stays is that of the first mention.

use super::Analysis;
use super::edit::Replacements;
use crate::{BinOp, Block, CmpOp, Effects, Func, Module, Op, Ty, Value};
use std::collections::HashMap;

/// Merges them; whether there were any.
pub(super) fn run(_module: &Module, func: &mut Func, analysis: &Analysis) -> bool {
    let graph = analysis.graph(func);
    let mut known: HashMap<(Op, Ty), Vec<(Block, Value)>> = HashMap::new();
    let mut replaced = Replacements::new(func);
    let mut changed = false;
    for &block in &graph.order {
        for inst in &func.block(block).insts {
            let is_mergeable = match inst.op.info().effects {
                Effects::Pure | Effects::Time => true,
                Effects::Reads | Effects::Writes | Effects::Random => false,
            };
            let (true, Some(result)) = (is_mergeable, inst.result) else { continue };
            let mut op = inst.op.clone();
            op.map_uses(|value| replaced.resolve(value));
            let places = known.entry((ordered(op), func.ty(result))).or_default();
            // Graph order never comes back to blocks below one that it has left.
            while let Some(&(from, _)) = places.last()
                && !graph.dominates(from, block)
            {
                places.pop();
            }
            match places.last() {
                Some(&(_, first)) => {
                    replaced.replace(result, first);
                    changed = true;
                }
                None => places.push((block, result)),
            }
        }
    }
    if !changed {
        return false;
    }
    for block in &mut func.blocks {
        block.insts.retain(|inst| inst.result.is_none_or(|value| replaced.resolve(value) == value));
    }
    replaced.apply(func);
    func.compact();
    true
}

/// The same operation with its operands in one order, where the order does not matter.
fn ordered(op: Op) -> Op {
    match op {
        Op::Bin(op, a, b) if a > b && commutes(op) => Op::Bin(op, b, a),
        Op::Cmp(op @ (CmpOp::Eq | CmpOp::Ne), a, b) if a > b => Op::Cmp(op, b, a),
        other => other,
    }
}

/// Whether `a op b` is `b op a`.
pub(super) fn commutes(op: BinOp) -> bool {
    match op {
        BinOp::Add | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor => true,
        BinOp::AddSat | BinOp::MulSat | BinOp::Min | BinOp::Max => true,
        BinOp::Sub | BinOp::Div | BinOp::Rem | BinOp::Shl | BinOp::Shr | BinOp::SubSat => false,
    }
}
