//! Views: a view that an earlier one proves or refutes asks nothing.
//!
//! Where a block is only reached with bytes `a..b` present, a view of bytes inside them is there;
//! where it is only reached with `a..b` missing, a view that ends at `b` or later is short. Both
//! speak of the same base and the same computed part of the offset.
//!
//! Preserves: every load, at the same byte of the packet. No load moves: one that named the inner
//! view names the outer one, whose `ok` edge dominates it.

use super::Analysis;
use super::edit::{Replacements, edge_counts, use_counts};
use crate::{Base, Block, BlockData, Func, Module, Op, Term, Value};
use std::collections::HashMap;

/// What one edge of a view says in the blocks only it leads to.
struct Known {
    from: Block,
    offset: u32,
    len: u32,
    /// The view where the bytes are present; nothing where they are missing.
    view: Option<Value>,
}

/// Where a view counts from.
type Start = (Base, Option<Value>);

/// Removes them; whether there were any.
pub(super) fn run(_module: &Module, func: &mut Func, analysis: &Analysis) -> bool {
    let is_view = |block: &BlockData| matches!(block.term, Term::View { .. });
    if func.blocks.iter().filter(|block| is_view(block)).count() < 2 {
        return false;
    }
    let graph = analysis.graph(func);
    let edges = edge_counts(func);
    let mut known: HashMap<Start, Vec<Known>> = HashMap::new();
    let mut pass = Views { replaced: Replacements::new(func), shifts: HashMap::new() };
    let mut changed = false;
    for &block in &graph.order {
        let Term::View { base, offset, at, len, ok, short } = func.block(block).term.clone() else {
            continue;
        };
        let known = known.entry((base, at)).or_default();
        let mut above = known.iter().filter(|known| graph.dominates(known.from, block));
        let end = offset + len;
        let is_sole = edges[ok.block.idx()] == 1;
        let outcome = above.find_map(|known| match known.view {
            None => (known.offset + known.len <= end).then_some(None),
            Some(view) => {
                let is_inside = known.offset <= offset && end <= known.offset + known.len;
                (is_inside && is_sole).then(|| Some((view, offset - known.offset)))
            }
        });
        match outcome {
            Some(None) => {
                func.blocks[block.idx()].term = Term::Jump(short);
                changed = true;
                continue;
            }
            Some(Some((outer, shift))) => {
                let inner = func.block(ok.block).params[0];
                if shift == 0 || only_loaded(func, inner) {
                    pass.replace(inner, outer, shift);
                    func.blocks[ok.block.idx()].params.remove(0);
                    func.blocks[block.idx()].term = Term::Jump(ok);
                    changed = true;
                    continue;
                }
            }
            None => {}
        }
        let mut learn = |from: Block, view| {
            if edges[from.idx()] == 1 {
                known.push(Known { from, offset, len, view });
            }
        };
        learn(ok.block, func.block(ok.block).params.first().copied());
        learn(short.block, None);
    }
    if changed {
        pass.apply(func);
        func.compact();
    }
    changed
}

struct Views {
    replaced: Replacements,
    /// How far into the view it is replaced by each replaced view begins.
    shifts: HashMap<Value, u32>,
}

impl Views {
    /// A view `known` never names a replaced one, so shifts need not be added up.
    fn replace(&mut self, inner: Value, outer: Value, shift: u32) {
        self.replaced.replace(inner, outer);
        self.shifts.insert(inner, shift);
    }

    fn apply(&self, func: &mut Func) {
        for inst in func.blocks.iter_mut().flat_map(|block| &mut block.insts) {
            if let Op::Load { view, offset, .. } = &mut inst.op {
                *offset += self.shifts.get(view).copied().unwrap_or(0);
            }
        }
        self.replaced.apply(func);
    }
}

/// Whether every use of a view is a load.
fn only_loaded(func: &Func, view: Value) -> bool {
    let loads = func.blocks.iter().flat_map(|block| &block.insts);
    let loads = loads.filter(|inst| matches!(inst.op, Op::Load { view: v, .. } if v == view));
    loads.count() as u32 == use_counts(func)[view.idx()]
}
