//! What selection must know before it starts: order, aliases, liveness, what is folded into its
//! user, which packet bytes each view must hand over, and where one-time values are computed.
//!
//! In: a function and its facts. Out: an [`Analysis`]. It changes nothing.

mod fold;

use super::order::Order;
use std::collections::{BTreeMap, BTreeSet};
use syrup_ir::{Block, Edge, Effects, Func, Interval, Op, SetId, Term, Ty, Value, ValueDef};

/// A stretch of a view that is loaded as one number in memory order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Slot {
    /// Bytes from the view's start.
    pub offset: u32,
    /// 1, 2, 4 or 8.
    pub bytes: u32,
}

/// A value that one evaluation computes once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Once {
    /// The time sample.
    Now,
    /// The length of a set.
    SetLen(SetId),
}

/// See the module's text.
pub struct Analysis {
    /// Reachable blocks and dominance.
    pub order: Order,
    /// For parameters of blocks with one way in: the value passed. For executors: their slot.
    alias: Vec<Option<Value>>,
    /// Values that something with an effect or a terminator needs.
    live: Vec<bool>,
    /// Values that are emitted at their users and nowhere else.
    folded: Vec<bool>,
    /// What each view hands over.
    slots: BTreeMap<Value, BTreeSet<Slot>>,
    /// One-time values to compute at the end of a block, before its terminator.
    pub once_at_end: BTreeMap<Block, Vec<Once>>,
}

impl Analysis {
    /// Analyses a function.
    pub fn new(func: &Func, ranges: &[Interval]) -> Analysis {
        let order = Order::new(func);
        let alias = aliases(func, &order);
        let n = func.values.len();
        let mut analysis = Analysis {
            order,
            alias,
            live: vec![false; n],
            folded: vec![false; n],
            slots: BTreeMap::new(),
            once_at_end: BTreeMap::new(),
        };
        analysis.find_live(func);
        analysis.find_folded(func, ranges);
        analysis.find_slots(func);
        analysis.place_once(func);
        analysis
    }

    /// The value that a value stands for.
    pub fn resolve(&self, mut value: Value) -> Value {
        while let Some(next) = self.alias[value.idx()] {
            value = next;
        }
        value
    }

    /// Whether anything needs it.
    pub fn is_live(&self, value: Value) -> bool {
        self.live[self.resolve(value).idx()]
    }

    /// Whether its users emit it.
    pub fn is_folded(&self, value: Value) -> bool {
        self.folded[self.resolve(value).idx()]
    }

    /// What a view hands over.
    pub fn slots(&self, view: Value) -> Vec<Slot> {
        let slots = self.slots.get(&self.resolve(view));
        slots.map(|set| set.iter().copied().collect()).unwrap_or_default()
    }

    fn find_live(&mut self, func: &Func) {
        let mut work: Vec<Value> = Vec::new();
        for &block in &self.order.rpo {
            let data = func.block(block);
            for inst in &data.insts {
                match inst.op.info().effects {
                    Effects::Writes | Effects::Random => {
                        work.extend(inst.op.uses());
                        work.extend(inst.result);
                    }
                    Effects::Pure | Effects::Reads | Effects::Time => {}
                }
            }
            work.extend(data.term.own_uses());
            if let Term::Loop { .. } = data.term {
                work.extend(data.params.first());
            }
        }
        while let Some(value) = work.pop() {
            let value = self.resolve(value);
            if std::mem::replace(&mut self.live[value.idx()], true) {
                continue;
            }
            match func.values[value.idx()].def {
                ValueDef::Inst(block, idx) => {
                    work.extend(func.block(block).insts[idx as usize].op.uses());
                }
                ValueDef::Param(block, idx) => {
                    work.extend(self.passed(func, block, idx as usize));
                }
            }
        }
    }

    /// Every value passed for a parameter.
    fn passed(&self, func: &Func, block: Block, idx: usize) -> Vec<Value> {
        let mut values = Vec::new();
        for &pred in &self.order.preds[block.idx()] {
            for (args, bound) in args_to(&func.block(pred).term, block) {
                values.extend(idx.checked_sub(bound).and_then(|at| args.get(at)));
            }
        }
        values
    }

    /// The operation that makes a value.
    pub fn op<'f>(&self, func: &'f Func, value: Value) -> Option<&'f Op> {
        match func.values[self.resolve(value).idx()].def {
            ValueDef::Inst(block, idx) => Some(&func.block(block).insts[idx as usize].op),
            ValueDef::Param(..) => None,
        }
    }

    /// The constant a value is, cut to its type.
    pub fn constant(&self, func: &Func, value: Value) -> Option<u64> {
        let value = self.resolve(value);
        match (self.op(func, value), func.ty(value)) {
            (Some(Op::Const(number)), Ty::Int(bits)) => Some(number & super::max_of(bits)),
            _ => None,
        }
    }

    /// The stretches that loads name, and those that views passed on must hand over.
    fn find_slots(&mut self, func: &Func) {
        let mut slots: BTreeMap<Value, BTreeSet<Slot>> = BTreeMap::new();
        for &block in &self.order.rpo {
            for inst in &func.block(block).insts {
                let Some(result) = inst.result.filter(|v| self.live[v.idx()]) else { continue };
                if let (Op::Load { view, offset, .. }, Ty::Int(bits)) = (&inst.op, func.ty(result))
                {
                    let parts = parts(*offset, u32::from(bits / 8));
                    slots.entry(self.resolve(*view)).or_default().extend(parts);
                }
            }
        }
        loop {
            let before: usize = slots.values().map(BTreeSet::len).sum();
            for (view, needed) in slots.clone() {
                if let ValueDef::Param(block, idx) = func.values[view.idx()].def {
                    for from in self.passed(func, block, idx as usize) {
                        slots.entry(self.resolve(from)).or_default().extend(&needed);
                    }
                }
            }
            if slots.values().map(BTreeSet::len).sum::<usize>() == before {
                break;
            }
        }
        self.slots = slots;
    }

    /// A one-time value is computed in the block that dominates all its uses: at the first use
    /// where that block has one, else before its terminator.
    fn place_once(&mut self, func: &Func) {
        let mut places: BTreeMap<Once, (Block, bool)> = BTreeMap::new();
        for &block in &self.order.rpo {
            for inst in &func.block(block).insts {
                let once = match inst.op {
                    Op::Now => Once::Now,
                    Op::SetLen(set) => Once::SetLen(set),
                    _ => continue,
                };
                if !inst.result.is_some_and(|v| self.live[v.idx()]) {
                    continue;
                }
                let place = places.entry(once).or_insert((block, true));
                let common = self.order.common_dominator(place.0, block);
                let used_there = (common == place.0 && place.1) || common == block;
                *place = (common, used_there);
            }
        }
        let locked = syrup_ir::check::locked_at_end(func, &syrup_ir::graph::Graph::new(func));
        for (once, (mut block, mut used_there)) in places {
            // In a loop it would be computed at each turn.
            let is_loop = |block: &Block| matches!(func.block(*block).term, Term::Loop { .. });
            let headers = self.order.rpo.iter().copied().filter(is_loop);
            for header in headers {
                if self.order.dominates(header, block) {
                    (block, used_there) = (self.order.idom(header), false);
                    break;
                }
            }
            // No help of the kernel may be asked for while a value is locked.
            while locked[block.idx()].is_some() && block != Block(0) {
                (block, used_there) = (self.order.idom(block), false);
            }
            if !used_there {
                self.once_at_end.entry(block).or_default().push(once);
            }
        }
    }
}

/// Bytes `offset..offset+n` in stretches of 8, 4, 2 and 1.
pub fn parts(offset: u32, n: u32) -> Vec<Slot> {
    let (mut parts, mut at, mut left) = (Vec::new(), offset, n);
    for bytes in [8, 4, 2, 1] {
        while left >= bytes {
            parts.push(Slot { offset: at, bytes });
            at += bytes;
            left -= bytes;
        }
    }
    parts
}

/// The argument lists that a terminator passes to a block, with how many values it binds before.
fn args_to(term: &Term, block: Block) -> Vec<(&Vec<Value>, usize)> {
    if let Term::Next { header, args } = term {
        return if *header == block { vec![(args, 1)] } else { vec![] };
    }
    let edges = term.edges();
    edges
        .filter(|(edge, _)| edge.block == block)
        .map(|(Edge { args, .. }, bound)| (args, bound as usize))
        .collect()
}

fn aliases(func: &Func, order: &Order) -> Vec<Option<Value>> {
    let mut alias = vec![None; func.values.len()];
    for &block in &order.rpo {
        // An executor is the number of its slot.
        for inst in &func.block(block).insts {
            if let (Some(result), Op::Executor(_, slot) | Op::SlotOf(slot)) =
                (inst.result, &inst.op)
            {
                alias[result.idx()] = Some(*slot);
            }
        }
        if order.preds[block.idx()].len() != 1 {
            continue;
        }
        for &pred in &order.preds[block.idx()] {
            for (args, bound) in args_to(&func.block(pred).term, block) {
                for (param, arg) in func.block(block).params.iter().skip(bound).zip(args) {
                    alias[param.idx()] = Some(*arg);
                }
            }
        }
    }
    alias
}
