//! Makes small modules to be tried with every input: a few operations on two parameters of few
//! bits, a condition, more operations where it holds and where it does not, and the results
//! written to a map. The parameters may have narrow ranges, for rules that need one.

use crate::generate::{declarations, span};
use crate::rng::Rng;
use syrup_ir::{
    BinOp, Cause, CmpOp, Edge, FuncBuilder, Layout, MapId, Module, Op, ParamId, Term, Ty, Value,
    Verdict,
};

/// A module made from a seed.
pub fn module(seed: u64) -> Module {
    let mut rng = Rng::new(seed);
    let mut module = declarations(&mut rng);
    let bits = 1 + rng.below(4) as u8;
    for param in &mut module.params {
        let (a, b) = (rng.number(bits), rng.number(bits));
        param.layout = Layout::int(bits);
        param.range = if rng.once_in(2) { (0, (1 << bits) - 1) } else { (a.min(b), a.max(b)) };
        param.default = param.range.0;
    }
    let mut f = FuncBuilder::new("packet", span(1));
    let ty = Ty::Int(bits);
    let visible = (0..2).map(|at| f.op(Op::Param(ParamId(at)), ty, span(at))).collect();
    let mut expression = Expression { rng, f, bits, visible };
    for _ in 0..3 {
        expression.number(bits);
    }
    expression.body();
    module.funcs = vec![expression.f.finish()];
    module
}

struct Expression {
    rng: Rng,
    f: FuncBuilder,
    bits: u8,
    visible: Vec<Value>,
}

impl Expression {
    fn body(&mut self) {
        self.operations(6);
        if self.rng.once_in(3) {
            return self.results();
        }
        let cond = self.value(Ty::BOOL);
        let (yes, no, after) = (self.f.block(), self.f.block(), self.f.block());
        let joined = self.f.param(after, Ty::Int(self.bits), span(1));
        // Sometimes both edges lead to one block, which then knows nothing.
        let skips = self.rng.once_in(3);
        let mine = Ty::Int(self.bits);
        let arg = self.value(mine);
        let no_edge = match skips {
            true => Edge { block: after, args: vec![arg] },
            false => Edge::to(no),
        };
        self.f.terminate(Term::Branch { cond, yes: Edge::to(yes), no: no_edge }, span(1));
        let n_before = self.visible.len();
        for block in if skips { vec![yes] } else { vec![yes, no] } {
            self.f.switch_to(block);
            self.operations(4);
            if self.rng.once_in(2) {
                let arg = self.value(mine);
                self.f.jump(after, vec![arg], span(1));
            } else {
                self.results();
            }
            self.visible.truncate(n_before);
        }
        if skips {
            self.f.switch_to(no);
            self.results();
        }
        self.f.switch_to(after);
        self.visible.push(joined);
        self.operations(4);
        self.results();
    }

    fn op(&mut self, op: Op, ty: Ty) -> Value {
        let value = self.f.op(op, ty, span(1));
        self.visible.push(value);
        value
    }

    fn number(&mut self, bits: u8) -> Value {
        let number = self.rng.number(bits);
        self.op(Op::Const(number), Ty::Int(bits))
    }

    fn value(&mut self, ty: Ty) -> Value {
        let f = &self.f;
        let found: Vec<Value> = self.visible.iter().copied().filter(|&v| f.ty(v) == ty).collect();
        if !found.is_empty() {
            return self.rng.pick(&found);
        }
        let other = self.rng.pick(&self.visible);
        if ty == Ty::BOOL {
            let mine = self.f.ty(other);
            let bound = self.value(mine);
            return self.op(Op::Cmp(CmpOp::Lt, other, bound), ty);
        }
        self.op(Op::Convert(other), ty)
    }

    fn operations(&mut self, n_max: u64) {
        for _ in 0..1 + self.rng.below(n_max) {
            let any = Ty::Int(1 + self.rng.below(5) as u8);
            let ty = if self.rng.once_in(4) { any } else { Ty::Int(self.bits) };
            match self.rng.below(10) {
                0..=3 => {
                    let op = Op::Bin(self.rng.pick(&BinOp::ALL), self.value(ty), self.value(ty));
                    self.op(op, ty);
                }
                4 | 5 => {
                    let op = self.rng.pick(&CmpOp::ALL);
                    let op = Op::Cmp(op, self.value(ty), self.value(ty));
                    self.op(op, Ty::BOOL);
                }
                6 => {
                    let op = Op::Select(self.value(Ty::BOOL), self.value(ty), self.value(ty));
                    self.op(op, ty);
                }
                7 => {
                    let one = self.op(Op::Const(1), Ty::BOOL);
                    let op = Op::Bin(BinOp::Xor, self.value(Ty::BOOL), one);
                    self.op(op, Ty::BOOL);
                }
                8 => {
                    let from = self.rng.pick(&self.visible);
                    self.op(Op::Convert(from), any);
                }
                _ => {
                    self.number(self.bits);
                }
            }
        }
    }

    /// Writes the last values to the map and ends.
    fn results(&mut self) {
        let cell = self.f.op(Op::StateCell(MapId(0)), Ty::Cell(MapId(0)), span(1));
        for (offset, value) in self.visible.clone().into_iter().rev().take(7).enumerate() {
            let value = self.f.op(Op::Convert(value), Ty::Int(8), span(1));
            self.f.effect(Op::Write { cell, offset: 8 + offset as u32, value }, span(1));
        }
        let verdict = Verdict::Pass;
        self.f.terminate(Term::Return { verdict, cause: Cause::Written }, span(1));
    }
}
