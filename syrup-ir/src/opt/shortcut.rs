//! Shortcuts: an edge that knows how the questions behind it are answered goes straight there.
//!
//! In: a function without loops. Out: the same function with edges that pass over blocks which only
//! compute and ask. Where a policy's headers are not found, the prologue of a hook that begins at
//! the frame says so by numbers that no packet has, and every pattern asks for them again; this is
//! what takes those questions away.
//!
//! Preserves: everything an evaluation does. An edge passes over blocks without effects only, and
//! only where nothing that can be reached behind them uses what they made.

use super::Analysis;
use super::edit::edges_mut;
use crate::check::{FuncFacts, Interval};
use crate::graph::Graph;
use crate::{Block, CmpOp, Edge, Effects, Func, Module, Op, Term, Value, ValueDef};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks that one edge may pass over.
const PASSED_MAX: usize = 16;

/// Blocks above which nothing is done: what is reached is asked for many of them.
const BLOCKS_MAX: usize = 4096;

/// Takes every shortcut; whether there were any.
pub(super) fn run(module: &Module, func: &mut Func, analysis: &Analysis) -> bool {
    let (graph, facts) = analysis.facts(module, func);
    if !graph.nexts.is_empty() || func.blocks.len() > BLOCKS_MAX {
        return false;
    }
    let known = func.block_ids().map(|block| conditions(func, graph, block)).collect();
    let mut cx = Shortcuts { func, graph, facts, known, needed: BTreeMap::new() };
    let mut found = Vec::new();
    for &block in &graph.order {
        for (at, (edge, n_bound)) in func.block(block).term.edges().enumerate() {
            if n_bound == 0
                && let Some(shorter) = cx.shorter(block, at, edge)
            {
                found.push((block, at, shorter));
            }
        }
    }
    let changed = !found.is_empty();
    for (block, at, shorter) in found {
        if let Some((edge, _)) = edges_mut(&mut func.blocks[block.idx()].term).nth(at) {
            *edge = shorter;
        }
    }
    if changed {
        func.compact();
    }
    changed
}

/// A condition and whether it holds.
type Condition = (Value, bool);

/// What holds where a block begins, because the only edge to it said so.
fn conditions(func: &Func, graph: &Graph, block: Block) -> Option<Condition> {
    let [pred] = graph.preds[block.idx()] else { return None };
    match &func.block(pred).term {
        Term::Branch { cond, yes, no } if yes.block != no.block => {
            Some((*cond, yes.block == block))
        }
        _ => None,
    }
}

struct Shortcuts<'a> {
    func: &'a Func,
    graph: &'a Graph,
    facts: &'a FuncFacts,
    known: Vec<Option<Condition>>,
    /// For each block asked for: the blocks above it that make what is used behind it.
    needed: BTreeMap<Block, BTreeSet<Block>>,
}

/// An edge on its way: where it stands, with what its values are at the edge's source.
struct Walk {
    from: Block,
    /// What holds on the edge itself.
    own: Option<Condition>,
    values: BTreeMap<Value, Value>,
    passed: Vec<Block>,
}

impl Shortcuts<'_> {
    /// The edge that goes farther, if there is one.
    fn shorter(&mut self, from: Block, at: usize, edge: &Edge) -> Option<Edge> {
        let own = match self.func.block(from).term {
            Term::Branch { cond, .. } => Some((cond, at == 0)),
            _ => None,
        };
        let mut walk = Walk { from, own, values: BTreeMap::new(), passed: Vec::new() };
        let (mut edge, mut best) = (edge.clone(), None);
        while walk.passed.len() < PASSED_MAX {
            let Some(next) = self.onward(&mut walk, &edge) else { break };
            edge = next;
            if self.is_allowed(&walk, &edge) {
                best = Some(edge.clone());
            }
        }
        best
    }

    /// The edge behind the block that an edge leads to, where that is known and nothing is lost.
    fn onward(&self, walk: &mut Walk, edge: &Edge) -> Option<Edge> {
        let through = self.func.block(edge.block);
        let is_pure = |op: &Op| match op.info().effects {
            Effects::Pure | Effects::Reads | Effects::Time => true,
            Effects::Writes | Effects::Random => false,
        };
        if !through.insts.iter().all(|inst| is_pure(&inst.op)) {
            return None;
        }
        for (param, arg) in through.params.iter().zip(&edge.args) {
            walk.values.insert(*param, *arg);
        }
        let onward = match &through.term {
            Term::Jump(onward) => onward,
            Term::Branch { cond, yes, no } => match self.answer(walk, *cond)? {
                true => yes,
                false => no,
            },
            Term::View { .. } | Term::Lookup { .. } | Term::Loop { .. } => return None,
            Term::Next { .. } | Term::Pop { .. } | Term::Return { .. } => return None,
        };
        walk.passed.push(edge.block);
        let args = onward.args.iter().map(|arg| walk.value(*arg)).collect();
        Some(Edge { block: onward.block, args })
    }

    /// How a condition is answered on the way of an edge.
    fn answer(&self, walk: &Walk, cond: Value) -> Option<bool> {
        let cond = walk.value(cond);
        if let Some(number) = self.range(walk, cond).constant() {
            return Some(number != 0);
        }
        let (op, a, b) = self.comparison(cond)?;
        let (a, b) = (walk.value(a), walk.value(b));
        let (range_a, range_b) = (self.range(walk, a), self.range(walk, b));
        decided(op, range_a, range_b).or_else(|| self.said_before(walk, (op, a, b)))
    }

    /// The answer of the same question on the way to the edge.
    fn said_before(&self, walk: &Walk, (op, a, b): (CmpOp, Value, Value)) -> Option<bool> {
        let same = |x: Value, y: Value| {
            let constant = |value| self.range(walk, value).constant();
            x == y || constant(x).is_some() && constant(x) == constant(y)
        };
        let mut at = Some(walk.from);
        let mut next = walk.own;
        loop {
            if let Some((cond, holds)) = next
                && let Some((op2, a2, b2)) = self.comparison(cond)
                && op2 == op
                && same(a, a2)
                && same(b, b2)
            {
                return Some(holds);
            }
            let block = at?;
            next = self.known[block.idx()];
            at = self.graph.idom(block);
        }
    }

    fn comparison(&self, value: Value) -> Option<(CmpOp, Value, Value)> {
        let ValueDef::Inst(block, at) = self.func.values[value.idx()].def else { return None };
        match self.func.block(block).insts[at as usize].op {
            Op::Cmp(op, a, b) => Some((op, a, b)),
            _ => None,
        }
    }

    fn range(&self, walk: &Walk, value: Value) -> Interval {
        self.facts.range_at(self.graph, value, walk.from)
    }

    /// Whether all that is used at the end of a shortcut and behind it is made without the blocks
    /// passed over.
    fn is_allowed(&mut self, walk: &Walk, edge: &Edge) -> bool {
        let (graph, func, from) = (self.graph, self.func, walk.from);
        let stays = |block: Block| graph.dominates(block, from);
        let made_in = |value: Value| match func.values[value.idx()].def {
            ValueDef::Param(block, _) | ValueDef::Inst(block, _) => block,
        };
        edge.args.iter().all(|arg| stays(made_in(*arg)))
            && self.needed(edge.block).iter().all(|block| stays(*block))
    }

    /// The blocks above a block whose values are used in it or behind it.
    fn needed(&mut self, block: Block) -> &BTreeSet<Block> {
        let (func, graph) = (self.func, self.graph);
        self.needed.entry(block).or_insert_with(|| {
            let (mut seen, mut work) = (BTreeSet::from([block]), vec![block]);
            let mut needed = BTreeSet::new();
            while let Some(at) = work.pop() {
                let data = func.block(at);
                let operands = data.insts.iter().flat_map(|inst| inst.op.uses());
                for value in operands.chain(data.term.uses()) {
                    match func.values[value.idx()].def {
                        ValueDef::Param(made, _) | ValueDef::Inst(made, _) => {
                            if made != block && graph.dominates(made, block) {
                                needed.insert(made);
                            }
                        }
                    }
                }
                work.extend(data.term.successors().filter(|&next| seen.insert(next)));
            }
            needed
        })
    }
}

impl Walk {
    fn value(&self, value: Value) -> Value {
        self.values.get(&value).copied().unwrap_or(value)
    }
}

/// The answer that the intervals of both sides give.
fn decided(op: CmpOp, a: Interval, b: Interval) -> Option<bool> {
    let apart = a.intersect(b).is_none();
    let same = a.constant().is_some() && a == b;
    match op {
        CmpOp::Eq if apart => Some(false),
        CmpOp::Eq if same => Some(true),
        CmpOp::Ne if apart => Some(true),
        CmpOp::Ne if same => Some(false),
        CmpOp::Lt if a.hi < b.lo => Some(true),
        CmpOp::Lt if a.lo >= b.hi => Some(false),
        CmpOp::Le if a.hi <= b.lo => Some(true),
        CmpOp::Le if a.lo > b.hi => Some(false),
        CmpOp::Eq | CmpOp::Ne | CmpOp::Lt | CmpOp::Le => None,
    }
}
