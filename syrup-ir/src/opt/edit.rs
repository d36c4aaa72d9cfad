//! What passes share: new values, replacements, counts of uses.

use crate::{Block, Edge, Func, Inst, Op, Term, Ty, Value, ValueData, ValueDef};
use syrup_diag::Span;

/// A new value; where it is defined is filled in when ids are made dense.
pub(super) fn new_value(func: &mut Func, ty: Ty, span: Span) -> Value {
    func.values.push(ValueData { ty, def: ValueDef::Param(Block(0), 0), span });
    Value(func.values.len() as u32 - 1)
}

/// A new instruction with a result.
pub(super) fn new_inst(func: &mut Func, op: Op, ty: Ty, span: Span) -> (Value, Inst) {
    let value = new_value(func, ty, span);
    (value, Inst { result: Some(value), op, span })
}

/// How often each value is used.
pub(super) fn use_counts(func: &Func) -> Vec<u32> {
    let mut counts = vec![0; func.values.len()];
    for block in &func.blocks {
        let operands = block.insts.iter().flat_map(|inst| inst.op.uses());
        for value in operands.chain(block.term.uses()) {
            counts[value.idx()] += 1;
        }
    }
    counts
}

/// How many edges lead to each block, back edges included.
pub(super) fn edge_counts(func: &Func) -> Vec<u32> {
    let mut counts = vec![0; func.blocks.len()];
    for block in &func.blocks {
        for target in block.term.successors() {
            counts[target.idx()] += 1;
        }
    }
    counts
}

/// The edges of a terminator for changing, with the number of values it binds on each.
pub(super) fn edges_mut(term: &mut Term) -> impl Iterator<Item = (&mut Edge, usize)> {
    let edges = match term {
        Term::Jump(target) => [Some((target, 0)), None],
        Term::Branch { yes, no, .. } => [Some((yes, 0)), Some((no, 0))],
        Term::View { ok, short, .. } => [Some((ok, 1)), Some((short, 0))],
        Term::Lookup { found, missing, .. } => [Some((found, 1)), Some((missing, 0))],
        Term::Loop { body, exit, .. } => [Some((body, 0)), Some((exit, 0))],
        Term::Pop { empty, .. } => [Some((empty, 0)), None],
        Term::Next { .. } | Term::Return { .. } => [None, None],
    };
    edges.into_iter().flatten()
}

/// Values that stand for others.
pub(super) struct Replacements(Vec<Value>);

impl Replacements {
    /// Each value stands for itself.
    pub(super) fn new(func: &Func) -> Replacements {
        Replacements((0..func.values.len() as u32).map(Value).collect())
    }

    /// Uses of `old` become uses of `new`.
    pub(super) fn replace(&mut self, old: Value, new: Value) {
        self.0[old.idx()] = self.resolve(new);
    }

    /// What a value is replaced by in the end; itself if it is not.
    pub(super) fn resolve(&self, value: Value) -> Value {
        let mut value = value;
        while let Some(&next) = self.0.get(value.idx()).filter(|&&next| next != value) {
            value = next;
        }
        value
    }

    /// Rewrites every use.
    pub(super) fn apply(&self, func: &mut Func) {
        func.rewrite_uses(|value| self.resolve(value));
    }
}
