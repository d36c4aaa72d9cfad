//! Byte order: where a number from a packet is only compared for equality with constants, the
//! constants are swapped instead of the number.
//!
//! Every kernel target is little-endian, so a `be` load costs a swap there and an `le` load does
//! not; both mean the same on any machine. This is what C programs do with `htons(53)`.
//!
//! Preserves: every comparison; the loads read the same bytes.

use super::Analysis;
use super::edit::{new_inst, use_counts};
use crate::check::{FuncFacts, Scope};
use crate::graph::Graph;
use crate::{CmpOp, Func, Inst, Module, Op, Order, Ty, Value};
use std::mem;

/// Swaps them; whether there were any.
pub(super) fn run(module: &Module, func: &mut Func, analysis: &Analysis) -> bool {
    let is_big = |inst: &Inst| matches!(inst.op, Op::Load { order: Order::Big, .. });
    if !func.blocks.iter().any(|block| block.insts.iter().any(is_big)) {
        return false;
    }
    let (graph, facts) = analysis.facts(module, func);
    let swapped = swappable(func, graph, facts);
    if !swapped.iter().any(|&is_swapped| is_swapped) {
        return false;
    }
    let mut scope = Scope::of_facts(facts);
    for &block in &graph.order {
        scope.enter(facts, graph, block);
        let insts = mem::take(&mut func.blocks[block.idx()].insts);
        let mut new = Vec::with_capacity(insts.len());
        for mut inst in insts {
            if let Op::Load { order, .. } = &mut inst.op {
                let is_swapped = inst.result.is_some_and(|value| swapped[value.idx()]);
                *order = if is_swapped { Order::Little } else { *order };
            }
            if let Some((value, number, op)) = comparison(&inst, &scope)
                && swapped[value.idx()]
            {
                let ty = func.ty(value);
                let number = reversed(ty, number);
                let (constant, made) = new_inst(func, Op::Const(number), ty, inst.span);
                new.push(made);
                inst.op = Op::Cmp(op, value, constant);
            }
            new.push(inst);
        }
        func.blocks[block.idx()].insts = new;
    }
    func.compact();
    true
}

/// The big-endian loads all of whose uses are such comparisons.
fn swappable(func: &Func, graph: &Graph, facts: &FuncFacts) -> Vec<bool> {
    let mut n_compared = vec![0; func.values.len()];
    let mut scope = Scope::of_facts(facts);
    for &block in &graph.order {
        scope.enter(facts, graph, block);
        for inst in &func.block(block).insts {
            if let Some((value, ..)) = comparison(inst, &scope) {
                n_compared[value.idx()] += 1;
            }
        }
    }
    let n_uses = use_counts(func);
    let mut swapped = vec![false; func.values.len()];
    for inst in func.blocks.iter().flat_map(|block| &block.insts) {
        if let (Op::Load { order: Order::Big, .. }, Some(result)) = (&inst.op, inst.result) {
            let all = n_uses[result.idx()] > 0 && n_uses[result.idx()] == n_compared[result.idx()];
            // One byte has no order.
            swapped[result.idx()] = all && func.ty(result) != Ty::Int(8);
        }
    }
    swapped
}

/// A comparison for equality with a constant: the value, the constant, and how.
fn comparison(inst: &Inst, scope: &Scope) -> Option<(Value, u64, CmpOp)> {
    let Op::Cmp(op @ (CmpOp::Eq | CmpOp::Ne), a, b) = inst.op else { return None };
    let number = scope.of(b).constant()?;
    (a != b).then_some((a, number, op))
}

/// A number with its bytes in the other order.
fn reversed(ty: Ty, number: u64) -> u64 {
    match ty {
        Ty::Int(bits) => number.swap_bytes() >> (64 - u32::from(bits.clamp(8, 64))),
        Ty::Exec(_) | Ty::Task | Ty::View | Ty::Cell(_) => number,
    }
}
