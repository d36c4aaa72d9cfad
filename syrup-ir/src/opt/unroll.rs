//! Unrolling: a loop becomes its turns, one after the other.
//!
//! In: a function, and how large it may get. Innermost loops go first; a loop is copied as often
//! as facts say it can turn, with a last copy of the header that only leaves. What a loop defines
//! and later blocks use has one definition a copy; block parameters bring them together again.
//!
//! Preserves: everything, by the trip count; each copy asks again whether its turn is due.

use super::Analysis;
use super::edit::{edges_mut, new_inst, new_value};
use crate::check::{self, FuncFacts};
use crate::graph::{Graph, Loop};
use crate::{BinOp, Block, BlockData, CmpOp, Edge, Func, Inst, Module, Op, Term, Ty, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Unrolls what fits; whether there was anything. `analysis` is of the function as it stands.
pub(super) fn run(
    module: &Module,
    func: &mut Func,
    mut analysis: Analysis,
    ops_max: usize,
) -> bool {
    let mut changed = false;
    while has_loops(func) {
        let (graph, facts) = analysis.facts(module, func);
        let n_ops = n_ops(func, func.block_ids());
        let loops = graph.loops(func);
        let fits = loops.iter().rev().find_map(|candidate| {
            let header = candidate.header;
            let is_inner = candidate.blocks.iter().all(|&block| {
                block == header || !matches!(func.block(block).term, Term::Loop { .. })
            });
            let trips = facts.trips.get(&header).copied()?;
            let candidate = with_unlocks(func, graph, candidate);
            // Each copy asks for its turn with up to four operations more than the loop did.
            let copy = n_ops_of(func, &candidate) + 4;
            let total = n_ops.saturating_add(copy.saturating_mul(trips as usize + 1));
            let has_turns = !graph.nexts[header.idx()].is_empty();
            (is_inner && has_turns && total <= ops_max).then_some((candidate, trips))
        });
        let Some((inner, trips)) = fits else { break };
        let copies = Unroll::new(func, graph, facts, &inner, trips).copies();
        repair(func, &inner, &copies);
        func.compact();
        analysis = Analysis::default();
        changed = true;
    }
    changed
}

/// Whether it has anything to unroll.
pub(super) fn has_loops(func: &Func) -> bool {
    func.blocks.iter().any(|block| matches!(block.term, Term::Loop { .. }))
}

/// The loop with the blocks behind it that are entered with a value locked: the ways out of it that
/// have yet to unlock. They name the very value, so each copy of the loop needs its own.
fn with_unlocks(func: &Func, graph: &Graph, inner: &Loop) -> Loop {
    let ends = check::locked_at_end(func, graph);
    let mut blocks = inner.blocks.clone();
    for &block in &graph.order {
        let is_locked = ends[block.idx()].is_some() && blocks.contains(&block);
        for next in func.block(block).term.edges().map(|(edge, _)| edge.block) {
            if is_locked && !blocks.contains(&next) {
                blocks.push(next);
            }
        }
    }
    Loop { header: inner.header, blocks }
}

fn n_ops_of(func: &Func, inner: &Loop) -> usize {
    n_ops(func, inner.blocks.iter().copied())
}

fn n_ops(func: &Func, blocks: impl Iterator<Item = Block>) -> usize {
    blocks.map(|block| func.block(block).insts.len() + 1).sum()
}

/// What one copy of the loop calls the loop's blocks and values.
#[derive(Default)]
struct Copy {
    blocks: BTreeMap<Block, Block>,
    values: BTreeMap<Value, Value>,
}

impl Copy {
    fn value(&self, value: Value) -> Value {
        self.values.get(&value).copied().unwrap_or(value)
    }

    fn edge(&self, edge: &Edge) -> Edge {
        let block = self.blocks.get(&edge.block).copied().unwrap_or(edge.block);
        Edge { block, args: edge.args.iter().map(|&arg| self.value(arg)).collect() }
    }
}

struct Unroll<'a> {
    func: &'a mut Func,
    inner: &'a Loop,
    trips: u32,
    /// Whether the loop's constant bound can stop it before its end does.
    needs_max: bool,
}

impl Unroll<'_> {
    fn new<'a>(
        func: &'a mut Func,
        graph: &Graph,
        facts: &FuncFacts,
        inner: &'a Loop,
        trips: u32,
    ) -> Unroll<'a> {
        let needs_max = match func.block(inner.header).term {
            Term::Loop { end, max, .. } => {
                facts.range_at(graph, end, inner.header).hi > u64::from(max)
            }
            _ => true,
        };
        Unroll { func, inner, trips, needs_max }
    }

    /// Makes the copies and leads the way into the first one.
    fn copies(mut self) -> Vec<Copy> {
        let header = self.inner.header;
        let mut copies: Vec<Copy> = Vec::new();
        for turn in 0..=self.trips {
            let blocks = match turn == self.trips {
                true => vec![header],
                false => self.inner.blocks.clone(),
            };
            copies.push(self.copy(&blocks));
        }
        for turn in 0..=self.trips as usize {
            let is_last = turn == self.trips as usize;
            let copied: Vec<Block> = copies[turn].blocks.keys().copied().collect();
            for block in copied {
                let next = copies.get(turn + 1).map(|copy| copy.blocks[&header]);
                self.end(block, &copies[turn], next, is_last);
            }
        }
        let first = copies[0].blocks[&header];
        let copied = |block: Block| self.inner.blocks.contains(&block);
        for block in self.func.block_ids() {
            if !copied(block) {
                self.func.blocks[block.idx()]
                    .term
                    .map_blocks(|target| if target == header { first } else { target });
            }
        }
        copies
    }

    /// One copy of blocks, their terminators still those of the loop.
    fn copy(&mut self, blocks: &[Block]) -> Copy {
        let mut copy = Copy::default();
        let n_blocks = self.func.blocks.len() as u32;
        for (at, &block) in blocks.iter().enumerate() {
            copy.blocks.insert(block, Block(n_blocks + at as u32));
            let data = self.func.block(block);
            let results = data.insts.iter().filter_map(|inst| inst.result);
            for value in data.params.iter().copied().chain(results).collect::<Vec<_>>() {
                let (ty, span) = (self.func.ty(value), self.func.values[value.idx()].span);
                let made = new_value(self.func, ty, span);
                copy.values.insert(value, made);
            }
        }
        for &block in blocks {
            let BlockData { mut params, mut insts, term, span } = self.func.block(block).clone();
            params.iter_mut().for_each(|param| *param = copy.value(*param));
            for inst in &mut insts {
                inst.op.map_uses(|value| copy.value(value));
                inst.result = inst.result.map(|value| copy.value(value));
            }
            self.func.blocks.push(BlockData { params, insts, term, span });
        }
        copy
    }

    /// Gives the copy of a block its terminator.
    fn end(&mut self, block: Block, copy: &Copy, next: Option<Block>, is_last: bool) {
        let header = self.inner.header;
        let span = self.func.block(block).span;
        let index = copy.value(self.func.block(header).params[0]);
        let mut insts: Vec<Inst> = Vec::new();
        let term = match self.func.block(block).term.clone() {
            Term::Loop { exit, .. } if block == header && is_last => Term::Jump(copy.edge(&exit)),
            Term::Loop { end, max, body, exit } if block == header => {
                let due = Op::Cmp(CmpOp::Lt, index, copy.value(end));
                let (mut cond, inst) = new_inst(self.func, due, Ty::BOOL, span);
                insts.push(inst);
                if self.needs_max {
                    let (max, inst) = new_inst(self.func, Op::Const(max.into()), Ty::U32, span);
                    insts.push(inst);
                    let below = Op::Cmp(CmpOp::Lt, index, max);
                    let (below, inst) = new_inst(self.func, below, Ty::BOOL, span);
                    insts.push(inst);
                    let both = Op::Bin(BinOp::And, cond, below);
                    let (both, inst) = new_inst(self.func, both, Ty::BOOL, span);
                    insts.push(inst);
                    cond = both;
                }
                Term::Branch { cond, yes: copy.edge(&body), no: copy.edge(&exit) }
            }
            Term::Next { header: to, args } if to == header => {
                let (one, inst) = new_inst(self.func, Op::Const(1), Ty::U32, span);
                insts.push(inst);
                let sum = Op::Bin(BinOp::Add, index, one);
                let (sum, inst) = new_inst(self.func, sum, Ty::U32, span);
                insts.push(inst);
                let args = args.iter().map(|&arg| copy.value(arg));
                // The last copy has only its header, so a turn always has a copy after it.
                let block = next.unwrap_or(header);
                Term::Jump(Edge { block, args: std::iter::once(sum).chain(args).collect() })
            }
            mut term => {
                term.map_uses(|value| copy.value(value));
                term.map_blocks(|to| copy.blocks.get(&to).copied().unwrap_or(to));
                term
            }
        };
        let made = &mut self.func.blocks[copy.blocks[&block].idx()];
        made.insts.extend(insts);
        made.term = term;
    }
}

/// Uses of the loop's values in blocks outside it get the value of whichever copy they come from.
fn repair(func: &mut Func, inner: &Loop, copies: &[Copy]) {
    let graph = Graph::new(func);
    let mut outside: BTreeMap<Value, BTreeSet<Block>> = BTreeMap::new();
    for &block in &graph.order {
        let data = func.block(block);
        let operands = data.insts.iter().flat_map(|inst| inst.op.uses());
        for value in operands.chain(data.term.uses()) {
            if copies[0].values.contains_key(&value) {
                outside.entry(value).or_default().insert(block);
            }
        }
    }
    for (value, users) in outside {
        let home = inner.blocks.iter().copied().find(|&block| defines(func, block, value));
        let Some(home) = home else { continue };
        let copied = copies
            .iter()
            .filter_map(|copy| Some((*copy.blocks.get(&home)?, *copy.values.get(&value)?)));
        let made: BTreeMap<Block, Value> = copied.collect();
        reconnect(func, &graph, value, &users, &made);
    }
}

fn defines(func: &Func, block: Block, value: Value) -> bool {
    let data = func.block(block);
    data.params.contains(&value) || data.insts.iter().any(|inst| inst.result == Some(value))
}

/// Rewrites the uses of `old` in `users` to the definitions that reach them: `made` at the end of
/// each block that has one, brought together by new parameters where several meet.
fn reconnect(
    func: &mut Func,
    graph: &Graph,
    old: Value,
    users: &BTreeSet<Block>,
    made: &BTreeMap<Block, Value>,
) {
    let preds = |block: Block| graph.preds[block.idx()].iter().chain(&graph.nexts[block.idx()]);
    let mut needed: BTreeSet<Block> = BTreeSet::new();
    let mut work: Vec<Block> = users.iter().copied().collect();
    while let Some(block) = work.pop() {
        if needed.insert(block) {
            work.extend(preds(block).filter(|pred| !made.contains_key(pred)));
        }
    }
    let (ty, span) = (func.ty(old), func.values[old.idx()].span);
    let mut entering: BTreeMap<Block, Value> = BTreeMap::new();
    let leaving = |entering: &BTreeMap<Block, Value>, block: Block| {
        let value = made.get(&block).or_else(|| entering.get(&block)).copied();
        // A use is dominated by its definition, so every way to it passes a copy of that.
        value.unwrap_or_else(|| syrup_diag::bug!("{old} does not reach {block}"))
    };
    let mut met = Vec::new();
    for &block in graph.order.iter().filter(|block| needed.contains(block)) {
        let from: Vec<Block> = preds(block).copied().collect();
        let value = match from[..] {
            [only] => leaving(&entering, only),
            _ => {
                let param = new_value(func, ty, span);
                func.blocks[block.idx()].params.push(param);
                met.push(block);
                param
            }
        };
        entering.insert(block, value);
    }
    for block in met {
        let from: BTreeSet<Block> = preds(block).copied().collect();
        for pred in from {
            let value = leaving(&entering, pred);
            let term = &mut func.blocks[pred.idx()].term;
            let targets = edges_mut(term).map(|(edge, _)| edge);
            targets.filter(|edge| edge.block == block).for_each(|edge| edge.args.push(value));
            if let Term::Next { header, args } = term
                && *header == block
            {
                args.push(value);
            }
        }
    }
    for block in users {
        let new = entering[block];
        let data = &mut func.blocks[block.idx()];
        let rename = |value: Value| if value == old { new } else { value };
        data.insts.iter_mut().for_each(|inst| inst.op.map_uses(rename));
        data.term.map_uses(rename);
    }
}
