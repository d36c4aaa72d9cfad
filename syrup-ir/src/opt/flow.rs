//! Control flow: jumps go where they end up, and blocks in a row become one.
//!
//! An edge to a block without instructions that only jumps on, or chooses by a value the edge
//! makes known, goes straight to where that leads. A question whose answers lead to the same place
//! is not asked. A block that one jump alone leads to joins it.
//!
//! Preserves: everything an evaluation does. Blocks whose parameters are used in other blocks are
//! left alone, so every use stays dominated. Spans of the jumps that go are lost with them.

use super::Analysis;
use super::edit::{Replacements, edge_counts, edges_mut};
use crate::check::FuncFacts;
use crate::graph::Graph;
use crate::{Block, Edge, Func, MapKind, Module, Term, Value};
use std::mem;

/// Straightens it; whether there was anything to do.
pub(super) fn run(module: &Module, func: &mut Func, analysis: &Analysis) -> bool {
    let mut changed = thread(module, func, analysis);
    while merge(func) {
        changed = true;
    }
    changed
}

/// Sends edges through empty blocks.
fn thread(module: &Module, func: &mut Func, analysis: &Analysis) -> bool {
    let (graph, facts) = analysis.facts(module, func);
    let is_local = blocks_with_local_params(func);
    let mut changed = false;
    // The last block first, so that a chain of empty blocks is passed in one go.
    for &block in graph.order.iter().rev() {
        let cx = Threads { func, facts, graph, is_local: &is_local, from: block };
        if let Some(term) = cx.straightened(module) {
            func.blocks[block.idx()].term = term;
            changed = true;
        }
    }
    if changed {
        func.compact();
    }
    changed
}

struct Threads<'a> {
    func: &'a Func,
    facts: &'a FuncFacts,
    graph: &'a Graph,
    is_local: &'a [bool],
    from: Block,
}

impl Threads<'_> {
    /// The terminator of the block, if there is a better one.
    fn straightened(&self, module: &Module) -> Option<Term> {
        let old = &self.func.block(self.from).term;
        let mut new: Option<Term> = None;
        for (at, (edge, n_bound)) in old.edges().enumerate() {
            if let Some(further) = self.further(edge, n_bound)
                && let Some((edge, _)) = edges_mut(new.get_or_insert_with(|| old.clone())).nth(at)
            {
                *edge = further;
            }
        }
        let term = new.as_ref().unwrap_or(old);
        self.next(term).or_else(|| self.pointless(module, term)).or(new)
    }

    /// Where an edge ends up, if that is farther than its target.
    fn further(&self, edge: &Edge, n_bound: u32) -> Option<Edge> {
        let through = self.func.block(edge.block);
        if n_bound != 0 || !through.insts.is_empty() || !self.is_local[edge.block.idx()] {
            return None;
        }
        let onward = match &through.term {
            Term::Jump(onward) => onward,
            Term::Branch { cond, yes, no } => {
                let cond = passed(&through.params, &edge.args, *cond);
                match self.facts.range_at(self.graph, cond, self.from).constant()? {
                    0 => no,
                    _ => yes,
                }
            }
            Term::View { .. } | Term::Lookup { .. } | Term::Loop { .. } => return None,
            Term::Next { .. } | Term::Pop { .. } | Term::Return { .. } => return None,
        };
        let args = onward.args.iter().map(|&arg| passed(&through.params, &edge.args, arg));
        Some(Edge { block: onward.block, args: args.collect() })
    }

    /// A jump to an empty block that goes back to a loop header goes back itself.
    fn next(&self, term: &Term) -> Option<Term> {
        let Term::Jump(edge) = term else { return None };
        let through = self.func.block(edge.block);
        let Term::Next { header, args } = &through.term else { return None };
        if !through.insts.is_empty() || !self.is_local[edge.block.idx()] {
            return None;
        }
        let args = args.iter().map(|&arg| passed(&through.params, &edge.args, arg));
        Some(Term::Next { header: *header, args: args.collect() })
    }

    /// A question whose answers lead to the same place is no question.
    fn pointless(&self, module: &Module, term: &Term) -> Option<Term> {
        let (first, second) = match term {
            Term::View { ok, short, .. } => (ok, short),
            // A lookup in a least-recently-used map leaves a trace.
            Term::Lookup { map, .. } if module.maps[map.idx()].kind == MapKind::LruHash => {
                return None;
            }
            Term::Lookup { found, missing, .. } => (found, missing),
            Term::Jump(_) | Term::Branch { .. } | Term::Loop { .. } => return None,
            Term::Next { .. } | Term::Pop { .. } | Term::Return { .. } => return None,
        };
        let through = self.func.block(first.block);
        let (&bound, params) = through.params.split_first()?;
        let Term::Jump(onward) = &through.term else { return None };
        let is_empty = through.insts.is_empty() && self.is_local[first.block.idx()];
        if !is_empty || onward.args.contains(&bound) || onward.block != second.block {
            return None;
        }
        let args = onward.args.iter().map(|&arg| passed(params, &first.args, arg));
        args.eq(second.args.iter().copied()).then(|| Term::Jump(second.clone()))
    }
}

/// A value of the target block, in terms of the edge's source.
fn passed(params: &[Value], args: &[Value], value: Value) -> Value {
    let at = params.iter().position(|&param| param == value);
    at.and_then(|at| args.get(at)).copied().unwrap_or(value)
}

/// The blocks none of whose parameters is used in another block.
fn blocks_with_local_params(func: &Func) -> Vec<bool> {
    let mut is_local = vec![true; func.blocks.len()];
    let mut owner = vec![None; func.values.len()];
    for block in func.block_ids() {
        for param in &func.block(block).params {
            owner[param.idx()] = Some(block);
        }
    }
    for block in func.block_ids() {
        let data = func.block(block);
        let operands = data.insts.iter().flat_map(|inst| inst.op.uses());
        for value in operands.chain(data.term.uses()) {
            if let Some(other) = owner[value.idx()].filter(|&other| other != block) {
                is_local[other.idx()] = false;
            }
        }
    }
    is_local
}

/// Joins blocks that a single jump leads to; whether there were any.
fn merge(func: &mut Func) -> bool {
    let counts = edge_counts(func);
    let mut replaced = Replacements::new(func);
    let mut changed = false;
    for block in func.block_ids() {
        while let Term::Jump(Edge { block: next, .. }) = func.block(block).term {
            let is_header = matches!(func.block(next).term, Term::Loop { .. });
            // A header's first parameter is its index, so the block has to stay as it is.
            if next == block || counts[next.idx()] != 1 || is_header {
                break;
            }
            join(func, &mut replaced, block, next);
            changed = true;
        }
    }
    if changed {
        replaced.apply(func);
        func.compact();
    }
    changed
}

/// Moves everything of `next` to the end of `block`, whose jump leads there.
fn join(func: &mut Func, replaced: &mut Replacements, block: Block, next: Block) {
    // Nothing reaches what is left of `next`; it goes when ids are made dense.
    let left = Term::Jump(Edge::to(next));
    let tail = &mut func.blocks[next.idx()];
    let term = mem::replace(&mut tail.term, left);
    let (params, insts) = (mem::take(&mut tail.params), mem::take(&mut tail.insts));
    let span = tail.span;
    let head = &mut func.blocks[block.idx()];
    if let Term::Jump(edge) = mem::replace(&mut head.term, term) {
        for (param, arg) in params.into_iter().zip(edge.args) {
            replaced.replace(param, arg);
        }
    }
    head.insts.extend(insts);
    head.span = span;
}
