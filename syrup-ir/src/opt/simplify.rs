//! Algebra: a cheaper operation that gives the same number.
//!
//! In: one operation, and what is known of its operands. Out: a value that already is the result,
//! or another operation. Each rule is an identity on numbers of `n` bits, or one under a condition
//! on the operands' intervals that is tested right there. Products and quotients by powers of two
//! are left to backends, which know what their machine likes.

use super::cse::commutes;
use crate::layout::max_of;
use crate::{BinOp, CmpOp, Func, Interval, Op, Ty, Value};

/// What an operation may become.
pub(super) enum Simpler {
    /// A value that is there already.
    Value(Value),
    /// Another operation.
    Op(Op),
    /// Another operation with a new constant.
    WithConst(u64, Ty, Box<dyn FnOnce(Value) -> Op>),
}

/// A cheaper equal of an operation, if there is one.
///
/// `defs` holds, for each value, the operation that makes it.
pub(super) fn simplify(
    func: &Func,
    defs: &[Option<Op>],
    op: &Op,
    ty: Ty,
    range: impl Fn(Value) -> Interval,
) -> Option<Simpler> {
    let cx = Simplify { func, defs, range: &range };
    match *op {
        Op::Bin(op, a, b) => cx.binary(op, a, b),
        Op::Cmp(op, a, b) => cx.compare(op, a, b),
        Op::Select(cond, yes, no) => cx.select(cond, yes, no, ty),
        Op::Convert(a) => cx.convert(a, ty),
        Op::ByteSwap(a) => match cx.def(a) {
            Some(&Op::ByteSwap(inner)) => Some(Simpler::Value(inner)),
            _ => None,
        },
        Op::SlotOf(executor) => match cx.def(executor) {
            Some(&Op::Executor(_, slot)) => Some(Simpler::Value(slot)),
            _ => None,
        },
        Op::Executor(set, slot) => match cx.def(slot) {
            Some(&Op::SlotOf(executor)) if func.ty(executor) == Ty::Exec(set) => {
                Some(Simpler::Value(executor))
            }
            _ => None,
        },
        Op::Const(_) | Op::Param(_) | Op::Load { .. } | Op::Meta(_) | Op::Now => None,
        Op::Reduce(..)
        | Op::Random(_)
        | Op::Cpu
        | Op::SetLen(_)
        | Op::Generation(..)
        | Op::StateCell(_)
        | Op::Read { .. } => None,
        Op::Lock(_) | Op::Unlock(_) => None,
        Op::Write { .. } | Op::Atomic { .. } | Op::Insert { .. } | Op::Remove { .. } => None,
        Op::Thread(_) => None,
    }
}

fn with_const(number: u64, ty: Ty, make: impl FnOnce(Value) -> Op + 'static) -> Simpler {
    Simpler::WithConst(number, ty, Box::new(make))
}

struct Simplify<'a, F: Fn(Value) -> Interval> {
    func: &'a Func,
    defs: &'a [Option<Op>],
    range: &'a F,
}

impl<F: Fn(Value) -> Interval> Simplify<'_, F> {
    fn def(&self, value: Value) -> Option<&Op> {
        self.defs[value.idx()].as_ref()
    }

    fn constant(&self, value: Value) -> Option<u64> {
        (self.range)(value).constant()
    }

    fn bits(&self, value: Value) -> u8 {
        match self.func.ty(value) {
            Ty::Int(bits) => bits,
            Ty::Exec(_) | Ty::Task | Ty::View | Ty::Cell(_) => 64,
        }
    }

    fn binary(&self, op: BinOp, a: Value, b: Value) -> Option<Simpler> {
        if commutes(op) && self.constant(a).is_some() && self.constant(b).is_none() {
            return Some(Simpler::Op(Op::Bin(op, b, a)));
        }
        if let Some(simpler) = self.with_constant(op, a, b) {
            return Some(simpler);
        }
        let (x, y) = ((self.range)(a), (self.range)(b));
        let max = max_of(self.bits(a));
        let plain = |op| Some(Simpler::Op(Op::Bin(op, a, b)));
        match op {
            BinOp::And | BinOp::Or | BinOp::Min | BinOp::Max if a == b => Some(Simpler::Value(a)),
            BinOp::Rem if x.hi < y.lo => Some(Simpler::Value(a)),
            BinOp::Min if x.hi <= y.lo => Some(Simpler::Value(a)),
            BinOp::Min if y.hi <= x.lo => Some(Simpler::Value(b)),
            BinOp::Max if x.hi <= y.lo => Some(Simpler::Value(b)),
            BinOp::Max if y.hi <= x.lo => Some(Simpler::Value(a)),
            BinOp::AddSat if u128::from(x.hi) + u128::from(y.hi) <= max.into() => plain(BinOp::Add),
            BinOp::MulSat if u128::from(x.hi) * u128::from(y.hi) <= max.into() => plain(BinOp::Mul),
            BinOp::SubSat if x.lo >= y.hi => plain(BinOp::Sub),
            _ => None,
        }
    }

    /// Rules for a known second operand.
    fn with_constant(&self, op: BinOp, a: Value, b: Value) -> Option<Simpler> {
        let number = self.constant(b)?;
        let ty = self.func.ty(a);
        let max = max_of(self.bits(a));
        let keeps = match op {
            BinOp::Add | BinOp::Sub | BinOp::Or | BinOp::Xor | BinOp::Shl | BinOp::Shr => {
                number == 0
            }
            BinOp::AddSat | BinOp::SubSat | BinOp::Max => number == 0,
            BinOp::Mul | BinOp::MulSat | BinOp::Div => number == 1,
            BinOp::And => number == max || is_mask(number) && (self.range)(a).hi <= number,
            BinOp::Min => number == max,
            BinOp::Rem => number == 0,
        };
        if keeps {
            return Some(Simpler::Value(a));
        }
        match op {
            BinOp::Rem if number.is_power_of_two() => {
                Some(with_const(number - 1, ty, move |mask| Op::Bin(BinOp::And, a, mask)))
            }
            BinOp::Add => match self.def(a) {
                Some(&Op::Bin(BinOp::Add, inner, c)) => {
                    let sum = self.constant(c)?.wrapping_add(number) & max;
                    Some(with_const(sum, ty, move |c| Op::Bin(BinOp::Add, inner, c)))
                }
                _ => None,
            },
            BinOp::Xor if max == 1 => self.opposite(a),
            _ => None,
        }
    }

    /// The opposite of a `u1`.
    fn opposite(&self, cond: Value) -> Option<Simpler> {
        match self.def(cond) {
            Some(&Op::Cmp(op, a, b)) => Some(Simpler::Op(match op {
                CmpOp::Eq => Op::Cmp(CmpOp::Ne, a, b),
                CmpOp::Ne => Op::Cmp(CmpOp::Eq, a, b),
                CmpOp::Lt => Op::Cmp(CmpOp::Le, b, a),
                CmpOp::Le => Op::Cmp(CmpOp::Lt, b, a),
            })),
            Some(&Op::Bin(BinOp::Xor, a, b)) if self.constant(b) == Some(1) => {
                Some(Simpler::Value(a))
            }
            _ => None,
        }
    }

    fn compare(&self, op: CmpOp, a: Value, b: Value) -> Option<Simpler> {
        if let (Some(&Op::Executor(_, x)), Some(&Op::Executor(_, y))) = (self.def(a), self.def(b)) {
            return Some(Simpler::Op(Op::Cmp(op, x, y)));
        }
        if !matches!(self.func.ty(a), Ty::Int(_)) {
            return None;
        }
        let is_bool = self.bits(a) == 1;
        let zero = |op: CmpOp, value: Value| {
            Some(with_const(0, self.func.ty(value), move |zero| Op::Cmp(op, value, zero)))
        };
        match (op, self.constant(a), self.constant(b)) {
            (CmpOp::Eq | CmpOp::Ne, Some(_), None) => Some(Simpler::Op(Op::Cmp(op, b, a))),
            (CmpOp::Eq, None, Some(1)) | (CmpOp::Ne, None, Some(0)) if is_bool => {
                Some(Simpler::Value(a))
            }
            (CmpOp::Eq, None, Some(0)) | (CmpOp::Ne, None, Some(1)) if is_bool => {
                Some(with_const(1, Ty::BOOL, move |one| Op::Bin(BinOp::Xor, a, one)))
            }
            (CmpOp::Lt, None, Some(1)) | (CmpOp::Le, None, Some(0)) => zero(CmpOp::Eq, a),
            (CmpOp::Lt, Some(0), None) | (CmpOp::Le, Some(1), None) => zero(CmpOp::Ne, b),
            _ => None,
        }
    }

    fn select(&self, cond: Value, yes: Value, no: Value, ty: Ty) -> Option<Simpler> {
        match self.constant(cond) {
            Some(0) => return Some(Simpler::Value(no)),
            Some(_) => return Some(Simpler::Value(yes)),
            None if yes == no => return Some(Simpler::Value(yes)),
            None => {}
        }
        if !matches!(ty, Ty::Int(_)) {
            return None;
        }
        match (self.constant(yes)?, self.constant(no)?) {
            (1, 0) if ty == Ty::BOOL => Some(Simpler::Value(cond)),
            (1, 0) => Some(Simpler::Op(Op::Convert(cond))),
            (0, 1) if ty == Ty::BOOL => {
                Some(with_const(1, Ty::BOOL, move |one| Op::Bin(BinOp::Xor, cond, one)))
            }
            _ => None,
        }
    }

    fn convert(&self, a: Value, ty: Ty) -> Option<Simpler> {
        if self.func.ty(a) == ty {
            return Some(Simpler::Value(a));
        }
        let Some(&Op::Convert(inner)) = self.def(a) else { return None };
        let (from, middle) = (self.bits(inner), self.bits(a));
        let Ty::Int(to) = ty else { return None };
        // The conversion in the middle cuts nothing that the outer one would keep.
        if middle < from.min(to) {
            return None;
        }
        let is_same = self.func.ty(inner) == ty;
        Some(if is_same { Simpler::Value(inner) } else { Simpler::Op(Op::Convert(inner)) })
    }
}

/// Whether a number is `2^n - 1`.
fn is_mask(number: u64) -> bool {
    number & number.wrapping_add(1) == 0
}
