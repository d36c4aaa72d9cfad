//! Folding: what facts make known, and what algebra makes simpler.
//!
//! In: a function and its facts. A value with one possible number becomes that constant; an
//! operation with a cheaper equal becomes it ([`simplify`](super::simplify)); a branch that can go
//! one way only becomes a jump; a loop that cannot turn becomes a branch.
//!
//! Preserves: every value, by the facts; effects and draws stay where they are.

use super::Analysis;
use super::edit::{Replacements, new_inst, use_counts};
use super::simplify::{Simpler, simplify};
use crate::check::{FuncFacts, Scope};
use crate::graph::Graph;
use crate::{
    BinOp, Block, CmpOp, Edge, Effects, Func, Inst, Interval, MapId, Module, Op, Term, Ty, Value,
};
use syrup_diag::Span;

/// Folds; whether there was anything to do.
pub(super) fn run(module: &Module, func: &mut Func, analysis: &Analysis) -> bool {
    let (graph, facts) = analysis.facts(module, func);
    let is_used = use_counts(func).into_iter().map(|n| n > 0).collect();
    let replaced = Replacements::new(func);
    let defs = definitions(func);
    let mut fold = Fold {
        module,
        func,
        defs,
        graph,
        scope: Scope::of_facts(facts),
        facts,
        replaced,
        is_used,
        changed: false,
    };
    for &block in &graph.order {
        fold.scope.enter(facts, graph, block);
        fold.insts(block);
        fold.term(block);
    }
    if !fold.changed {
        return false;
    }
    let replaced = fold.replaced;
    replaced.apply(func);
    func.compact();
    true
}

/// The operation that makes each value.
fn definitions(func: &Func) -> Vec<Option<Op>> {
    let mut defs = vec![None; func.values.len()];
    for inst in func.blocks.iter().flat_map(|block| &block.insts) {
        if let Some(result) = inst.result {
            defs[result.idx()] = Some(inst.op.clone());
        }
    }
    defs
}

struct Fold<'a> {
    module: &'a Module,
    func: &'a mut Func,
    /// The operation that makes each value, as this pass left it.
    defs: Vec<Option<Op>>,
    graph: &'a Graph,
    facts: &'a FuncFacts,
    scope: Scope,
    replaced: Replacements,
    is_used: Vec<bool>,
    changed: bool,
}

impl Fold<'_> {
    /// The only number a value can be where the walk is.
    fn constant(&self, value: Value) -> Option<u64> {
        match self.func.ty(value) {
            Ty::Int(_) => self.scope.of(value).constant(),
            Ty::Exec(_) | Ty::Task | Ty::View | Ty::Cell(_) => None,
        }
    }

    /// A new instruction at the end of `new`.
    fn make(&mut self, new: &mut Vec<Inst>, op: Op, ty: Ty, span: Span) -> Value {
        let (value, inst) = new_inst(self.func, op, ty, span);
        self.defs.push(Some(inst.op.clone()));
        new.push(inst);
        value
    }

    /// An instruction as this pass leaves it.
    fn keep(&mut self, new: &mut Vec<Inst>, inst: Inst) {
        if let Some(result) = inst.result {
            self.defs[result.idx()] = Some(inst.op.clone());
        }
        new.push(inst);
    }

    fn insts(&mut self, block: Block) {
        let old = std::mem::take(&mut self.func.blocks[block.idx()].insts);
        let mut new = Vec::with_capacity(old.len());
        self.params(block, &mut new);
        for mut inst in old {
            inst.op.map_uses(|value| self.replaced.resolve(value));
            self.inst(inst, &mut new);
        }
        self.func.blocks[block.idx()].insts = new;
    }

    /// Parameters with one possible number.
    fn params(&mut self, block: Block, new: &mut Vec<Inst>) {
        for param in self.func.block(block).params.clone() {
            let number = self.facts.ranges[param.idx()].constant();
            let (Ty::Int(_), Some(number)) = (self.func.ty(param), number) else { continue };
            if self.is_used[param.idx()] && !self.is_own_index(block, param) {
                let (ty, span) = (self.func.ty(param), self.func.values[param.idx()].span);
                let value = self.make(new, Op::Const(number), ty, span);
                self.replaced.replace(param, value);
                self.changed = true;
            }
        }
    }

    /// A header counts by its index, so the index stays what the terminator names.
    fn is_own_index(&self, block: Block, param: Value) -> bool {
        let data = self.func.block(block);
        matches!(data.term, Term::Loop { .. }) && data.params[0] == param
    }

    fn inst(&mut self, mut inst: Inst, new: &mut Vec<Inst>) {
        let only_makes_a_value = match inst.op.info().effects {
            Effects::Pure | Effects::Reads | Effects::Time => true,
            Effects::Writes | Effects::Random => false,
        };
        let result = match inst.result {
            Some(result) if only_makes_a_value && !matches!(inst.op, Op::Const(_)) => result,
            _ => return self.keep(new, inst),
        };
        if let Some(number) = self.constant(result) {
            inst.op = Op::Const(number);
            self.changed = true;
            return self.keep(new, inst);
        }
        let range = |value: Value| {
            let whole = Interval::of_ty(self.func.ty(value));
            self.scope.of(value).intersect(whole).unwrap_or(whole)
        };
        match simplify(self.func, &self.defs, &inst.op, self.func.ty(result), range) {
            Some(Simpler::Value(value)) => self.replaced.replace(result, value),
            Some(Simpler::Op(op)) => {
                inst.op = op;
                self.keep(new, inst);
            }
            Some(Simpler::WithConst(number, ty, with)) => {
                inst.op = with(self.make(new, Op::Const(number), ty, inst.span));
                self.keep(new, inst);
            }
            None => return self.keep(new, inst),
        }
        self.changed = true;
    }

    fn term(&mut self, block: Block) {
        let mut term = self.func.block(block).term.clone();
        term.map_uses(|value| self.replaced.resolve(value));
        let new = match &term {
            Term::Branch { cond, yes, no } => match self.constant(*cond) {
                Some(0) => Some(Term::Jump(no.clone())),
                Some(_) => Some(Term::Jump(yes.clone())),
                None if yes == no => Some(Term::Jump(yes.clone())),
                None => self.inverted(*cond).map(|cond| Term::Branch {
                    cond,
                    yes: no.clone(),
                    no: yes.clone(),
                }),
            },
            Term::Loop { exit, .. } if self.facts.trips.get(&block) == Some(&0) => {
                Some(Term::Jump(exit.clone()))
            }
            Term::Loop { end, max, body, exit } if self.graph.nexts[block.idx()].is_empty() => {
                Some(self.once(block, *end, *max, body, exit))
            }
            Term::Lookup { map, key, missing, .. } if self.misses(*map, key) => {
                Some(Term::Jump(missing.clone()))
            }
            Term::Jump(_) | Term::View { .. } | Term::Lookup { .. } | Term::Loop { .. } => None,
            Term::Next { .. } | Term::Pop { .. } | Term::Return { .. } => None,
        };
        self.changed |= new.is_some();
        self.func.blocks[block.idx()].term = new.unwrap_or(term);
    }

    /// Whether a lookup asks an array for what lies beyond it.
    fn misses(&self, map: MapId, key: &[Value]) -> bool {
        let map = &self.module.maps[map.idx()];
        let beyond = |index: &Value| self.scope.of(*index).lo >= u64::from(map.entries);
        map.kind.is_array() && key.iter().any(beyond)
    }

    /// The `u1` that a condition is the opposite of.
    fn inverted(&self, cond: Value) -> Option<Value> {
        match self.defs[cond.idx()] {
            Some(Op::Bin(BinOp::Xor, a, b)) if self.constant(b) == Some(1) => Some(a),
            _ => None,
        }
    }

    /// A header that nothing comes back to is a branch.
    fn once(&mut self, block: Block, end: Value, max: u32, body: &Edge, exit: &Edge) -> Term {
        let index = self.func.block(block).params[0];
        let span = self.func.block(block).span;
        let mut new = std::mem::take(&mut self.func.blocks[block.idx()].insts);
        let below_end = Op::Cmp(CmpOp::Lt, index, end);
        let below_end = self.make(&mut new, below_end, Ty::BOOL, span);
        let max = self.make(&mut new, Op::Const(max.into()), Ty::U32, span);
        let below_max = self.make(&mut new, Op::Cmp(CmpOp::Lt, index, max), Ty::BOOL, span);
        let both = Op::Bin(BinOp::And, below_end, below_max);
        let cond = self.make(&mut new, both, Ty::BOOL, span);
        self.func.blocks[block.idx()].insts = new;
        Term::Branch { cond, yes: body.clone(), no: exit.clone() }
    }
}
