//! Ranges: an interval for each value, and the trips of each loop.
//!
//! In: a well-formed function. Out: [`FuncFacts`] without the steps. Claim: in every evaluation,
//! each value lies in its interval, a block that is not marked as reached is not entered, and no
//! loop takes more trips than its number. Argument: blocks are visited in graph order until
//! nothing grows, so the result holds at every definition and along every edge; edges narrow what
//! their condition is about ([`refine`](super::refine)) in the blocks that only they lead to.
//! Headers of loops jump to the whole range of their type after a few rounds, so the rounds are
//! few; two rounds that only narrow follow, each sound because it starts from sound facts.

use super::refine::Refined;
use super::{FuncFacts, Interval, Scope, transfer};
use crate::graph::Graph;
use crate::{Block, Func, Module, Term, Value};
use std::collections::BTreeMap;

/// Rounds after which a parameter of a header that still grows gets its whole type.
const ROUNDS_BEFORE_WIDENING: u32 = 3;

/// Rounds after which every parameter of a header gets its whole type, whatever it does.
const ROUNDS_MAX: u32 = 16;

/// Rounds that narrow.
const ROUNDS_OF_NARROWING: u32 = 2;

/// The facts of a function, without the steps.
pub(super) fn ranges(module: &Module, func: &Func, graph: &Graph) -> FuncFacts {
    let mut n_edges = vec![0u32; func.blocks.len()];
    for block in &graph.order {
        for target in func.block(*block).term.successors() {
            n_edges[target.idx()] += 1;
        }
    }
    let n_values = func.values.len();
    let mut state = State {
        module,
        func,
        graph,
        n_edges,
        ranges: vec![None; n_values],
        scope: Scope::new(vec![Interval::ALL; n_values]),
        narrower: vec![Vec::new(); func.blocks.len()],
        passed: vec![None; n_values],
        passed_back: vec![None; n_values],
        extra: Vec::new(),
        entered: Vec::new(),
        widen: Widen::Never,
    };
    let has_loops = !graph.nexts.is_empty();
    for round in 0.. {
        state.widen = match round {
            0..ROUNDS_BEFORE_WIDENING => Widen::Never,
            ROUNDS_BEFORE_WIDENING..ROUNDS_MAX => Widen::WhatGrows,
            _ => Widen::Everything,
        };
        let before = state.ranges.clone();
        state.round(false);
        if !has_loops || state.ranges == before || round > ROUNDS_MAX {
            break;
        }
    }
    if has_loops {
        for _ in 0..ROUNDS_OF_NARROWING {
            state.round(true);
        }
    }
    state.facts()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Widen {
    Never,
    WhatGrows,
    Everything,
}

struct State<'a> {
    module: &'a Module,
    func: &'a Func,
    graph: &'a Graph,
    /// How many edges lead to each block.
    n_edges: Vec<u32>,
    /// What is known of each value; nothing before it is first reached.
    ranges: Vec<Option<Interval>>,
    /// The same where the walk is, narrowed by the conditions on the way there.
    scope: Scope,
    /// What the edge to each block adds, found in this round.
    narrower: Vec<Vec<(Value, Interval)>>,
    /// What the edges taken so far pass for each parameter: forward edges of this round, and `next`
    /// edges of the last one.
    passed: Vec<Option<Interval>>,
    /// What the `next` edges of this round pass for each parameter.
    passed_back: Vec<Option<Interval>>,
    /// What the edge at hand adds.
    extra: Vec<(Value, Interval)>,
    /// Whether some edge of the last round leads to each block.
    entered: Vec<bool>,
    widen: Widen,
}

impl State<'_> {
    /// Sets what is known of a value from its definition on.
    fn define(&mut self, value: Value, interval: Interval) {
        self.ranges[value.idx()] = Some(interval);
        self.scope.define(value, interval);
    }

    /// Visits each block once, in graph order.
    fn round(&mut self, is_narrowing: bool) {
        std::mem::swap(&mut self.passed, &mut self.passed_back);
        self.passed_back.fill(None);
        self.entered = vec![false; self.func.blocks.len()];
        self.entered[0] = true;
        self.narrower.iter_mut().for_each(Vec::clear);
        self.scope.restart();
        for &block in &self.graph.order {
            if self.entered[block.idx()] {
                self.scope.enter_with(self.graph, block, &self.narrower[block.idx()]);
                self.params(block, is_narrowing);
                self.insts(block);
                self.edges(block);
            } else {
                self.forget(block);
            }
        }
    }

    /// A block that turned out to be unreachable says nothing about its values.
    fn forget(&mut self, block: Block) {
        let data = self.func.block(block);
        let results = data.insts.iter().filter_map(|inst| inst.result);
        for value in data.params.iter().copied().chain(results) {
            self.ranges[value.idx()] = None;
        }
    }

    fn params(&mut self, block: Block, is_narrowing: bool) {
        let data = self.func.block(block);
        let is_header = matches!(data.term, Term::Loop { .. });
        for (at, &param) in data.params.iter().enumerate() {
            let ty = self.func.ty(param);
            let whole = match (block, self.func.event()) {
                (Block(0), Some(event)) => event
                    .info()
                    .gives
                    .get(at)
                    .map_or(Interval::of_ty(ty), |given| given.interval(ty)),
                _ => Interval::of_ty(ty),
            };
            let mut new = self.passed[param.idx()].unwrap_or(whole);
            let old = self.ranges[param.idx()];
            if is_narrowing {
                new = old.and_then(|old| old.intersect(new)).unwrap_or(new);
            } else if is_header {
                let joined = old.map_or(new, |old| old.union(new));
                new = match (self.widen, old) {
                    // The index needs no widening: its bound is in the header.
                    _ if at == 0 => joined,
                    (Widen::Never, _) | (Widen::WhatGrows, None) => joined,
                    (Widen::WhatGrows, Some(old)) => widened(old, joined, whole),
                    (Widen::Everything, _) => whole,
                };
            }
            self.define(param, new);
        }
    }

    fn insts(&mut self, block: Block) {
        for inst in &self.func.block(block).insts {
            if let Some(result) = inst.result {
                let ty = self.func.ty(result);
                let of = |value| self.scope.of(value);
                let range = transfer::result(self.module, self.func, &inst.op, ty, of);
                self.define(result, range);
            }
        }
    }

    fn edges(&mut self, block: Block) {
        let func = self.func;
        let term = &func.block(block).term;
        if let Term::Next { header, args } = term {
            let index = self.next_index(*header);
            let args = args.iter().map(|&arg| self.scope.of(arg));
            let params = &func.block(*header).params;
            join(&mut self.passed_back, params, std::iter::once(index).chain(args));
        }
        for (at, (edge, n_bound)) in term.edges().enumerate() {
            let extra = std::mem::take(&mut self.extra);
            let mut refined = Refined::new(func, |value| self.scope.of(value), extra);
            self.assume(&mut refined, block, at == 0);
            if !refined.is_impossible {
                let bound = (0..n_bound).map(|_| Interval::ALL);
                let args = edge.args.iter().map(|&arg| refined.of(arg));
                let params = &func.block(edge.block).params;
                join(&mut self.passed, params, bound.chain(args));
                self.entered[edge.block.idx()] = true;
                if self.n_edges[edge.block.idx()] == 1 {
                    self.narrower[edge.block.idx()].extend(&refined.extra);
                }
            }
            self.extra = refined.into_empty();
        }
    }

    /// What a terminator says on its first or second edge.
    fn assume<F: Fn(Value) -> Interval>(
        &self,
        refined: &mut Refined<'_, F>,
        block: Block,
        is_first: bool,
    ) {
        match &self.func.block(block).term {
            Term::Branch { cond, .. } => refined.assume(*cond, is_first),
            Term::Loop { end, max, .. } => {
                let index = self.func.block(block).params[0];
                let end = refined.of(*end);
                let bound = u64::from(*max);
                if !is_first {
                    refined.narrow(index, Interval::new(end.lo.min(bound), u64::MAX));
                } else if end.hi.min(bound) == 0 {
                    refined.is_impossible = true;
                } else {
                    refined.narrow(index, Interval::new(0, end.hi.min(bound) - 1));
                }
            }
            Term::Lookup { map, key, .. } => {
                let map = &self.module.maps[map.idx()];
                if let (true, [index]) = (map.kind.is_array(), &key[..]) {
                    let n = u64::from(map.entries);
                    match (is_first, n) {
                        (true, 0) => refined.is_impossible = true,
                        (true, n) => refined.narrow(*index, Interval::new(0, n - 1)),
                        (false, n) => refined.narrow(*index, Interval::new(n, u64::MAX)),
                    }
                }
            }
            Term::Jump(_) | Term::View { .. } | Term::Next { .. } => {}
            Term::Pop { .. } | Term::Return { .. } => {}
        }
    }

    /// The index a `next` passes: one more than some index that entered the body.
    fn next_index(&self, header: Block) -> Interval {
        let data = self.func.block(header);
        let max = match &data.term {
            Term::Loop { max, .. } => u64::from(*max),
            _ => u64::from(u32::MAX),
        };
        let lo = self.ranges[data.params[0].idx()].map_or(0, |index| index.lo);
        Interval::new(lo.saturating_add(1).min(max), max)
    }

    fn facts(self) -> FuncFacts {
        let whole = self.func.values.iter().map(|data| Interval::of_ty(data.ty));
        let ranges = self.ranges.iter().zip(whole).map(|(known, whole)| known.unwrap_or(whole));
        let mut facts = FuncFacts {
            ranges: ranges.collect(),
            narrower: self.narrower,
            reached: self.entered,
            trips: BTreeMap::new(),
            steps_max: 0,
        };
        for &block in &self.graph.order {
            if let Term::Loop { end, max, .. } = &self.func.block(block).term {
                let first = facts.range_at(self.graph, self.func.block(block).params[0], block).lo;
                let end = facts.range_at(self.graph, *end, block).hi.min(u64::from(*max));
                let is_entered = facts.reached[block.idx()];
                let n = if is_entered { end.saturating_sub(first) } else { 0 };
                facts.trips.insert(block, n as u32);
            }
        }
        facts
    }
}

/// Adds what one more edge passes for the parameters of its target.
fn join(passed: &mut [Option<Interval>], params: &[Value], args: impl Iterator<Item = Interval>) {
    for (param, arg) in params.iter().zip(args) {
        let known = &mut passed[param.idx()];
        *known = Some(known.map_or(arg, |known| known.union(arg)));
    }
}

/// An end that moved goes all the way.
fn widened(old: Interval, new: Interval, whole: Interval) -> Interval {
    Interval {
        lo: if new.lo < old.lo { whole.lo } else { old.lo },
        hi: if new.hi > old.hi { whole.hi } else { old.hi },
    }
}
