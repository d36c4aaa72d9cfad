//! Trivial parameters: a block parameter that every edge gives the same value is that value.
//!
//! Preserves: everything; it only renames. Parameters that terminators bind, indexes of loops and
//! the inputs of the function stay.

use super::Analysis;
use super::edit::{Replacements, edges_mut};
use crate::{Block, Func, Module, Term, Value};

/// What the edges give a parameter.
#[derive(Clone, Copy, PartialEq)]
enum Given {
    Nothing,
    One(Value),
    Many,
}

/// Replaces and drops them; whether there were any.
pub(super) fn run(_module: &Module, func: &mut Func, _analysis: &Analysis) -> bool {
    let mut changed = false;
    while round(func) {
        changed = true;
    }
    changed
}

fn round(func: &mut Func) -> bool {
    let given = given(func);
    let mut replaced = Replacements::new(func);
    let mut drops: Vec<Vec<bool>> = Vec::with_capacity(func.blocks.len());
    for (at, block) in func.blocks.iter().enumerate() {
        let drop = block.params.iter().map(|&param| match given[param.idx()] {
            Given::One(value) if at != 0 && replaced.resolve(value) != param => {
                replaced.replace(param, value);
                true
            }
            Given::One(_) | Given::Nothing | Given::Many => false,
        });
        drops.push(drop.collect());
    }
    if !drops.iter().flatten().any(|&is_dropped| is_dropped) {
        return false;
    }
    drop_params(func, &drops);
    replaced.apply(func);
    func.compact();
    true
}

fn given(func: &Func) -> Vec<Given> {
    let mut given = vec![Given::Nothing; func.values.len()];
    let mut give = |param: Value, arg: Option<Value>| {
        let known = &mut given[param.idx()];
        *known = match (*known, arg) {
            (_, None) => Given::Many,
            (known, Some(arg)) if arg == param => known,
            (Given::Nothing, Some(arg)) => Given::One(arg),
            (Given::One(value), Some(arg)) if arg == value => Given::One(value),
            (Given::One(_) | Given::Many, Some(_)) => Given::Many,
        };
    };
    for block in &func.blocks {
        let mut pass = |to: Block, n_bound: usize, args: &[Value]| {
            let params = &func.block(to).params;
            params[..n_bound].iter().for_each(|&param| give(param, None));
            params[n_bound..].iter().zip(args).for_each(|(&param, &arg)| give(param, Some(arg)));
        };
        for (edge, n_bound) in block.term.edges() {
            pass(edge.block, n_bound as usize, &edge.args);
        }
        match &block.term {
            Term::Next { header, args } => pass(*header, 1, args),
            Term::Loop { .. } => give(block.params[0], None),
            Term::Jump(_) | Term::Branch { .. } | Term::View { .. } => {}
            Term::Lookup { .. } | Term::Pop { .. } | Term::Return { .. } => {}
        }
    }
    given
}

fn drop_params(func: &mut Func, drops: &[Vec<bool>]) {
    let filter = |values: &mut Vec<Value>, drops: &[bool]| {
        let mut drops = drops.iter();
        values.retain(|_| drops.next() != Some(&true));
    };
    for (block, drop) in func.blocks.iter_mut().zip(drops) {
        filter(&mut block.params, drop);
        for (edge, n_bound) in edges_mut(&mut block.term) {
            filter(&mut edge.args, &drops[edge.block.idx()][n_bound..]);
        }
        if let Term::Next { header, args } = &mut block.term {
            filter(args, &drops[header.idx()][1..]);
        }
    }
}
