//! Which values are emitted at their users: comparisons under branches, boolean expressions of
//! them, and network-order loads, masked or not, that are compared with constants only.
//!
//! In: liveness and ranges. Out: `Analysis::folded`.

use super::Analysis;
use syrup_ir::{BinOp, CmpOp, Func, Interval, Op, Term, Ty, Value};

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

impl Analysis {
    /// A value is folded when every live use of it can take it apart: comparisons under branches,
    /// and network-order loads that are compared with constants only.
    pub(super) fn find_folded(&mut self, func: &Func, ranges: &[Interval]) {
        let n = func.values.len();
        let mut tests = Tests { plain: vec![false; n], n: vec![0; n], depth: vec![0; n] };
        for &block in &self.order.rpo {
            let term = &func.block(block).term;
            for (edge, _) in term.edges() {
                self.mark(edge.args.iter().copied(), &mut tests);
            }
            match term {
                Term::Branch { cond, .. } => tests.n[self.resolve(*cond).idx()] += 1,
                Term::Next { args, .. } => self.mark(args.iter().copied(), &mut tests),
                _ => self.mark(term.own_uses(), &mut tests),
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
                    let fits =
                        |to: u8, from: Value| ranges[from.idx()].hi <= crate::select::max_of(to);
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

    fn mark(&self, values: impl IntoIterator<Item = Value>, tests: &mut Tests) {
        for value in values {
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
                self.mark([*yes, *no], tests);
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
            _ => self.mark(op.uses(), tests),
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
}
