//! What selection must know before it starts: order, aliases, liveness, what is folded into its
//! user, which packet bytes each view must hand over, and where one-time values are computed.
//!
//! In: a function and its facts. Out: an [`Analysis`]. It changes nothing.

use super::order::Order;
use std::collections::{BTreeMap, BTreeSet};
use syrup_ir::{
    BinOp, Block, CmpOp, Edge, Effects, Func, Interval, Op, SetId, Term, Ty, Value, ValueDef,
    Verdict,
};

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

/// Levels of folded operations that a branch takes apart: selection recurses over them.
const FOLD_DEPTH_MAX: u8 = 24;

/// How values are used while [`Analysis::find_folded`] runs.
struct Tests {
    /// Used as a number.
    plain: Vec<bool>,
    /// Uses in tests.
    n: Vec<u32>,
    /// Folded operations between the value and the branch.
    depth: Vec<u8>,
}

/// See the module's text.
pub struct Analysis {
    /// Reachable blocks and dominance.
    pub order: Order,
    /// For parameters of blocks with one way in: the value passed.
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
            work.extend(own_uses(&data.term));
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

    /// A value is folded when every live use of it can take it apart: comparisons under branches,
    /// and network-order loads that are compared with constants only.
    fn find_folded(&mut self, func: &Func, ranges: &[Interval]) {
        let n = func.values.len();
        let mut tests = Tests { plain: vec![false; n], n: vec![0; n], depth: vec![0; n] };
        for &block in &self.order.rpo {
            let term = &func.block(block).term;
            for (edge, _) in term.edges() {
                self.mark(&edge.args, &mut tests);
            }
            match term {
                Term::Branch { cond, .. } => tests.n[self.resolve(*cond).idx()] += 1,
                Term::Next { args, .. } => self.mark(args, &mut tests),
                _ => self.mark(&own_uses(term), &mut tests),
            }
        }
        for &block in self.order.rpo.iter().rev() {
            for inst in func.block(block).insts.iter().rev() {
                let used = inst.result.is_none_or(|v| self.live[v.idx()]);
                if !used {
                    continue;
                }
                let folds = inst.result.is_some_and(|v| {
                    let n = tests.n[v.idx()];
                    let fits = |to: u8, from: Value| ranges[from.idx()].hi <= super::max_of(to);
                    !tests.plain[v.idx()]
                        && n > 0
                        && tests.depth[v.idx()] < FOLD_DEPTH_MAX
                        && self.can_fold(func, &fits, v, &inst.op, n)
                });
                if folds && let Some(v) = inst.result {
                    self.folded[v.idx()] = true;
                }
                let depth = inst.result.map_or(0, |v| tests.depth[v.idx()]);
                self.count_operands(func, &inst.op, folds.then_some(depth), &mut tests);
            }
        }
    }

    fn mark(&self, values: &[Value], tests: &mut Tests) {
        for &value in values {
            tests.plain[self.resolve(value).idx()] = true;
        }
    }

    /// How an instruction uses its operands: as tests, or plainly. `folds` is the depth of an
    /// instruction that is folded itself.
    fn count_operands(&self, func: &Func, op: &Op, folds: Option<u8>, tests: &mut Tests) {
        let depth = folds.map_or(0, |depth| depth + 1);
        let mut test = |value: Value| {
            let idx = self.resolve(value).idx();
            tests.n[idx] += 1;
            tests.depth[idx] = tests.depth[idx].max(depth);
        };
        match op {
            Op::Select(cond, yes, no) => {
                test(*cond);
                self.mark(&[*yes, *no], tests);
            }
            Op::Cmp(CmpOp::Eq | CmpOp::Ne, a, b) if self.constant(func, *b).is_some() => test(*a),
            Op::Cmp(CmpOp::Eq | CmpOp::Ne, a, b) if self.constant(func, *a).is_some() => test(*b),
            Op::Bin(BinOp::And | BinOp::Or | BinOp::Xor, a, b) if folds.is_some() => {
                for operand in [*a, *b] {
                    if self.constant(func, operand).is_none() {
                        test(operand);
                    }
                }
            }
            Op::Convert(a) if folds.is_some() => test(*a),
            _ => self.mark(&op.uses(), tests),
        }
    }

    fn can_fold(
        &self,
        func: &Func,
        fits: &dyn Fn(u8, Value) -> bool,
        result: Value,
        op: &Op,
        n_tests: u32,
    ) -> bool {
        match op {
            Op::Cmp(..) => true,
            Op::Load { order: syrup_ir::Order::Big, .. } => true,
            Op::Load { order: syrup_ir::Order::Little, .. } => false,
            // Taken apart twice would be emitted twice.
            Op::Bin(BinOp::And | BinOp::Or, a, b) if self.is_bool(func, *a) => {
                n_tests == 1 && self.bool_part(func, *a) && self.bool_part(func, *b)
            }
            Op::Bin(BinOp::Xor, a, b) if self.is_bool(func, *a) => {
                self.constant(func, *a).is_some() || self.constant(func, *b).is_some()
            }
            Op::Bin(BinOp::And, a, b) => {
                let one = |x: Value, y: Value| {
                    self.constant(func, y).is_some() && self.constant(func, x).is_none()
                };
                n_tests == 1 && (one(*a, *b) || one(*b, *a))
            }
            Op::Convert(a) => {
                let Ty::Int(to) = func.ty(result) else { return false };
                n_tests == 1
                    && !self.is_bool(func, *a)
                    && self.is_masked_load(func, *a, FOLD_DEPTH_MAX)
                    && fits(to, self.resolve(*a))
            }
            _ => false,
        }
    }

    fn is_bool(&self, func: &Func, value: Value) -> bool {
        func.ty(self.resolve(value)) == Ty::BOOL
    }

    /// Whether a part of a `u1` expression is a test itself, so that a branch takes it for free.
    fn bool_part(&self, func: &Func, value: Value) -> bool {
        match self.op(func, value) {
            Some(Op::Cmp(..) | Op::Const(_)) => true,
            Some(Op::Bin(op, ..)) => matches!(op, BinOp::And | BinOp::Or | BinOp::Xor),
            _ => false,
        }
    }

    fn is_masked_load(&self, func: &Func, value: Value, depth: u8) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match self.op(func, value) {
            Some(Op::Load { order: syrup_ir::Order::Big, .. }) => true,
            Some(Op::Bin(BinOp::And, a, b)) => {
                self.constant(func, *b).is_some() && self.is_masked_load(func, *a, depth)
            }
            Some(Op::Convert(a)) => self.is_masked_load(func, *a, depth),
            _ => false,
        }
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
                if let (Op::Load { view, offset, .. }, Ty::Int(bits)) =
                    (&inst.op, func.ty(result))
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

    /// A one-time value is computed in the block that dominates all its uses: at the first use where
    /// that block has one, else before its terminator.
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
        for (once, (block, used_there)) in places {
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

/// What a terminator uses itself, edge arguments left out.
pub fn own_uses(term: &Term) -> Vec<Value> {
    match term {
        Term::Jump(_) | Term::Next { .. } => vec![],
        Term::Branch { cond, .. } => vec![*cond],
        Term::View { at, .. } => at.iter().copied().collect(),
        Term::Lookup { key, .. } => key.clone(),
        Term::Loop { end, .. } => vec![*end],
        Term::Return { verdict: Verdict::Steer(executor), .. } => vec![*executor],
        Term::Return { verdict: Verdict::Pass | Verdict::Drop, .. } => vec![],
    }
}

/// The argument lists that a terminator passes to a block, with how many values it binds before.
fn args_to(term: &Term, block: Block) -> Vec<(&Vec<Value>, usize)> {
    if let Term::Next { header, args } = term {
        return if *header == block { vec![(args, 1)] } else { vec![] };
    }
    let edges = term.edges().into_iter();
    edges
        .filter(|(edge, _)| edge.block == block)
        .map(|(Edge { args, .. }, bound)| (args, bound as usize))
        .collect()
}

fn aliases(func: &Func, order: &Order) -> Vec<Option<Value>> {
    let mut alias = vec![None; func.values.len()];
    for &block in &order.rpo {
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
