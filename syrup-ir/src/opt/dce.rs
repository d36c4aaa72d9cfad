//! Dead code: instructions and block parameters whose values nobody needs.
//!
//! Preserves: verdicts, effects and their order, the stream of draws. What may go is what only
//! makes a value, a plain read included; an unused result of an atomic or an insertion goes, the
//! change itself stays. Parameters that terminators bind, and indexes of loops, stay.

use super::Analysis;
use super::edit::edges_mut;
use crate::{Effects, Func, Module, Op, Term, Value, ValueDef};

/// Removes it; whether there was any.
pub(super) fn run(_module: &Module, func: &mut Func, _analysis: &Analysis) -> bool {
    let live = live_values(func);
    let bound = bound_params(func);
    let mut changed = drop_params(func, &live, &bound);
    for block in &mut func.blocks {
        let n_before = block.insts.len();
        block.insts.retain_mut(|inst| {
            if has_effect(&inst.op) {
                let may_lack =
                    matches!(inst.op, Op::Atomic { .. } | Op::Insert { .. } | Op::Remove { .. });
                if may_lack && inst.result.is_some_and(|value| !live[value.idx()]) {
                    inst.result = None;
                    changed = true;
                }
                return true;
            }
            inst.result.is_some_and(|value| live[value.idx()])
        });
        changed |= block.insts.len() != n_before;
    }
    if changed {
        func.compact();
    }
    changed
}

/// Whether an instruction has to stay even where its result is not used. A draw has to: the next
/// one would otherwise be another.
fn has_effect(op: &Op) -> bool {
    match op.info().effects {
        Effects::Writes | Effects::Random => true,
        Effects::Pure | Effects::Reads | Effects::Time => false,
    }
}

/// How many of each block's first parameters have to stay.
fn bound_params(func: &Func) -> Vec<usize> {
    let mut bound = vec![0; func.blocks.len()];
    for (at, block) in func.blocks.iter().enumerate() {
        for (edge, n) in block.term.edges() {
            bound[edge.block.idx()] = bound[edge.block.idx()].max(n as usize);
        }
        if let Term::Loop { .. } = block.term {
            bound[at] = 1;
        }
    }
    // The parameters of the entry are the function's inputs.
    bound[0] = func.blocks[0].params.len();
    bound
}

/// Values that effects, conditions and verdicts need.
fn live_values(func: &Func) -> Vec<bool> {
    let mut live = vec![false; func.values.len()];
    let mut work = Vec::new();
    // What each parameter is given, by the edges that lead to its block.
    let mut given: Vec<Vec<Value>> = vec![Vec::new(); func.values.len()];
    for block in &func.blocks {
        for inst in block.insts.iter().filter(|inst| has_effect(&inst.op)) {
            work.extend(inst.op.uses());
        }
        let mut passes = |args: &[Value], params: &[Value]| {
            for (&arg, param) in args.iter().zip(params) {
                given[param.idx()].push(arg);
            }
        };
        for (edge, n_bound) in block.term.edges() {
            passes(&edge.args, &func.block(edge.block).params[n_bound as usize..]);
        }
        if let Term::Next { header, args } = &block.term {
            passes(args, &func.block(*header).params[1..]);
        }
        work.extend(block.term.own_uses());
        if let Term::Loop { .. } = block.term {
            work.push(block.params[0]);
        }
    }
    while let Some(value) = work.pop() {
        if std::mem::replace(&mut live[value.idx()], true) {
            continue;
        }
        match func.values[value.idx()].def {
            ValueDef::Param(..) => work.extend(&given[value.idx()]),
            ValueDef::Inst(block, at) => {
                work.extend(func.block(block).insts[at as usize].op.uses())
            }
        }
    }
    live
}

/// Drops dead parameters and what edges pass for them.
fn drop_params(func: &mut Func, live: &[bool], bound: &[usize]) -> bool {
    let keeps: Vec<Vec<bool>> = func
        .blocks
        .iter()
        .zip(bound)
        .map(|(block, &n_bound)| {
            let params = block.params.iter().enumerate();
            params.map(|(at, param)| at < n_bound || live[param.idx()]).collect()
        })
        .collect();
    if keeps.iter().flatten().all(|&keep| keep) {
        return false;
    }
    let filter = |values: &mut Vec<Value>, keep: &[bool]| {
        let mut keep = keep.iter();
        values.retain(|_| keep.next().is_none_or(|&keep| keep));
    };
    for (block, keep) in func.blocks.iter_mut().zip(&keeps) {
        filter(&mut block.params, keep);
        for (edge, n_bound) in edges_mut(&mut block.term) {
            filter(&mut edge.args, &keeps[edge.block.idx()][n_bound..]);
        }
        if let Term::Next { header, args } = &mut block.term {
            filter(args, &keeps[header.idx()][1..]);
        }
    }
    true
}
