//! What each operation does to intervals, and to numbers.
//!
//! In: an operation and the intervals of its operands. Out: an interval that holds every result.
//! [`fold`] is the meaning of the pure operations on numbers: the interpreter, the constant folder
//! and the tests of the intervals share it.

use super::Interval;
use crate::layout::max_of;
use crate::{BinOp, CmpOp, Func, MapKind, Module, Op, ThreadOp, Ty, Value};

/// Two-operand arithmetic on numbers of `bits` bits.
pub fn fold(op: BinOp, bits: u8, a: u64, b: u64) -> u64 {
    let max = max_of(bits);
    let wide = |value: u128| u64::try_from(value).unwrap_or(u64::MAX).min(max);
    let shift = |f: fn(u64, u32) -> u64| if b < u64::from(bits) { f(a, b as u32) } else { 0 };
    let result = match op {
        BinOp::Add => a.wrapping_add(b),
        BinOp::Sub => a.wrapping_sub(b),
        BinOp::Mul => a.wrapping_mul(b),
        BinOp::Div => a.checked_div(b).unwrap_or(0),
        BinOp::Rem => a.checked_rem(b).unwrap_or(a),
        BinOp::And => a & b,
        BinOp::Or => a | b,
        BinOp::Xor => a ^ b,
        BinOp::Shl => shift(|a, b| a << b),
        BinOp::Shr => shift(|a, b| a >> b),
        BinOp::AddSat => wide(u128::from(a) + u128::from(b)),
        BinOp::SubSat => a.saturating_sub(b),
        BinOp::MulSat => wide(u128::from(a) * u128::from(b)),
        BinOp::Min => a.min(b),
        BinOp::Max => a.max(b),
    };
    result & max
}

/// Comparison of numbers.
pub(crate) fn compare(op: CmpOp, a: u64, b: u64) -> bool {
    match op {
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
    }
}

/// Reverses the bytes of a number of `bits` bits.
pub(crate) fn swap_bytes(bits: u8, number: u64) -> u64 {
    number.swap_bytes() >> (64 - u32::from(bits.clamp(8, 64)))
}

/// `(hash * n) >> 32`.
pub(crate) fn reduce(hash: u64, n: u64) -> u64 {
    ((hash & max_of(32)) * (n & max_of(32))) >> 32
}

/// The interval of an operation's result.
pub(super) fn result(
    module: &Module,
    func: &Func,
    op: &Op,
    ty: Ty,
    of: impl Fn(Value) -> Interval,
) -> Interval {
    let full = Interval::of_ty(ty);
    let bits = |value: Value| match func.ty(value) {
        Ty::Int(bits) => bits,
        Ty::Exec(_) | Ty::Task | Ty::View | Ty::Cell(_) => 64,
    };
    match op {
        Op::Const(number) => Interval::one(number & full.hi),
        Op::Param(param) => {
            let (lo, hi) = module.params[param.idx()].range;
            if lo <= hi { Interval::new(lo, hi).intersect(full).unwrap_or(full) } else { full }
        }
        Op::Bin(op, a, b) => binary(*op, bits(*a), of(*a), of(*b), a == b),
        Op::Cmp(op, a, b) => comparison(*op, of(*a), of(*b), a == b),
        Op::Select(cond, yes, no) => match of(*cond).constant() {
            Some(0) => of(*no),
            Some(_) => of(*yes),
            None => of(*yes).union(of(*no)),
        },
        Op::Convert(a) => cut(of(*a), full),
        Op::ByteSwap(a) => match of(*a).constant() {
            Some(number) => Interval::one(swap_bytes(bits(*a), number)),
            None => full,
        },
        Op::Reduce(hash, n) => {
            let (hash, n) = (of(*hash), of(*n));
            Interval::new(reduce(hash.lo, n.lo), reduce(hash.hi, n.hi))
        }
        Op::Random(Some(bound)) => Interval::new(0, of(*bound).hi.saturating_sub(1)),
        Op::SetLen(set) => Interval::new(0, u64::from(module.sets[set.idx()].capacity)),
        Op::Executor(_, slot) | Op::SlotOf(slot) => of(*slot),
        Op::Load { .. } | Op::Meta(_) | Op::Now | Op::Random(None) | Op::Cpu => full,
        Op::Read { cell, .. } => match func.ty(*cell) {
            // User space may write anything, so a cell's declared range proves nothing.
            Ty::Cell(map) => match module.maps[map.idx()].kind {
                MapKind::State | MapKind::Array | MapKind::Hash | MapKind::LruHash => full,
                MapKind::PerCpuState | MapKind::PerCpuArray | MapKind::PerTask => full,
                MapKind::Maglev(_) | MapKind::Lpm | MapKind::Log => full,
            },
            Ty::Int(_) | Ty::Exec(_) | Ty::Task | Ty::View => full,
        },
        Op::Lock(_) | Op::Unlock(_) | Op::Generation(..) => full,
        Op::StateCell(_) | Op::Write { .. } | Op::Atomic { .. } => full,
        Op::Insert { .. } | Op::Remove { .. } => full,
        Op::Thread(ThreadOp::Field(field, _)) => field.interval(),
        Op::Thread(ThreadOp::QueueLen(queue)) => {
            Interval::new(0, u64::from(module.queues[queue.idx()].capacity))
        }
        Op::Thread(ThreadOp::Allowed(..) | ThreadOp::IsIdle(_) | ThreadOp::Claim(_)) => full,
    }
}

/// Keeps the low bits: exact where the bits above them are the same at both ends.
fn cut(a: Interval, full: Interval) -> Interval {
    let above = !full.hi;
    if a.lo & above == a.hi & above { Interval::new(a.lo & full.hi, a.hi & full.hi) } else { full }
}

fn comparison(op: CmpOp, a: Interval, b: Interval, is_same: bool) -> Interval {
    let (is_true, is_false) = match op {
        CmpOp::Eq => (is_same || a == b && a.lo == a.hi, a.hi < b.lo || b.hi < a.lo),
        CmpOp::Ne => (a.hi < b.lo || b.hi < a.lo, is_same || a == b && a.lo == a.hi),
        CmpOp::Lt => (a.hi < b.lo, is_same || a.lo >= b.hi),
        CmpOp::Le => (is_same || a.hi <= b.lo, a.lo > b.hi),
    };
    match (is_true, is_false) {
        (true, _) => Interval::one(1),
        (false, true) => Interval::one(0),
        (false, false) => Interval::new(0, 1),
    }
}

fn binary(op: BinOp, bits: u8, a: Interval, b: Interval, is_same: bool) -> Interval {
    let wide = |x: u64| u128::from(x);
    let at = |x, y| fold(op, bits, x, y);
    match op {
        BinOp::Add => wrapped(bits, wide(a.lo) + wide(b.lo), wide(a.hi) + wide(b.hi)),
        BinOp::Sub if is_same => Interval::one(0),
        BinOp::Sub => {
            // One turn up keeps both ends above zero; `wrapped` takes the turn away again.
            let turn = 1u128 << bits;
            wrapped(bits, turn + wide(a.lo) - wide(b.hi), turn + wide(a.hi) - wide(b.lo))
        }
        BinOp::Mul => wrapped(bits, wide(a.lo) * wide(b.lo), wide(a.hi) * wide(b.hi)),
        BinOp::Div if b.hi == 0 => Interval::one(0),
        BinOp::Div => {
            let lo = if b.lo == 0 { 0 } else { a.lo / b.hi };
            Interval::new(lo, a.hi / b.lo.max(1))
        }
        BinOp::Rem => remainder(a, b),
        BinOp::And => {
            let (a, b) = (not(bits, a), not(bits, b));
            not(bits, Interval::new(or_lo(bits, a, b), or_hi(bits, a, b)))
        }
        BinOp::Or => Interval::new(or_lo(bits, a, b), or_hi(bits, a, b)),
        BinOp::Xor if is_same => Interval::one(0),
        BinOp::Xor => xor(bits, a, b),
        BinOp::Shl => shift_left(bits, a, b),
        BinOp::Shr => Interval::new(at(a.lo, b.hi), at(a.hi, b.lo)),
        BinOp::SubSat => Interval::new(at(a.lo, b.hi), at(a.hi, b.lo)),
        BinOp::AddSat | BinOp::MulSat | BinOp::Min | BinOp::Max => {
            Interval::new(at(a.lo, b.lo), at(a.hi, b.hi))
        }
    }
}

/// Numbers from `lo` to `hi` modulo `2^bits`: exact where both ends are in the same turn.
fn wrapped(bits: u8, lo: u128, hi: u128) -> Interval {
    if lo >> bits == hi >> bits {
        let mask = max_of(bits);
        Interval::new(lo as u64 & mask, hi as u64 & mask)
    } else {
        Interval::of_bits(bits)
    }
}

fn remainder(a: Interval, b: Interval) -> Interval {
    if let (Some(n), true) = (b.constant(), b.lo > 0) {
        return if a.lo / n == a.hi / n {
            Interval::new(a.lo % n, a.hi % n)
        } else {
            Interval::new(0, n - 1)
        };
    }
    if a.hi < b.lo || b.hi == 0 {
        return a;
    }
    // A divisor of 0 leaves `a`; any other leaves less than itself and no more than `a`.
    let hi = if b.lo == 0 { a.hi } else { a.hi.min(b.hi - 1) };
    Interval::new(0, hi)
}

fn not(bits: u8, a: Interval) -> Interval {
    let mask = max_of(bits);
    Interval::new(!a.hi & mask, !a.lo & mask)
}

/// The smallest `x | y`: H. S. Warren, "Hacker's Delight", section 4-3, `minOR`.
fn or_lo(bits: u8, a: Interval, b: Interval) -> u64 {
    let (mut x, mut y) = (a.lo, b.lo);
    for bit in (0..bits).rev().map(|bit| 1u64 << bit) {
        if !x & y & bit != 0 {
            let raised = (x | bit) & bit.wrapping_neg();
            if raised <= a.hi {
                x = raised;
                break;
            }
        } else if x & !y & bit != 0 {
            let raised = (y | bit) & bit.wrapping_neg();
            if raised <= b.hi {
                y = raised;
                break;
            }
        }
    }
    x | y
}

/// The largest `x | y`: the same section, `maxOR`.
fn or_hi(bits: u8, a: Interval, b: Interval) -> u64 {
    let (mut x, mut y) = (a.hi, b.hi);
    for bit in (0..bits).rev().map(|bit| 1u64 << bit) {
        if x & y & bit != 0 {
            let lowered = (x - bit) | (bit - 1);
            if lowered >= a.lo {
                x = lowered;
                break;
            }
            let lowered = (y - bit) | (bit - 1);
            if lowered >= b.lo {
                y = lowered;
                break;
            }
        }
    }
    x | y
}

/// Bounds by the bits above the first in which anything differs; exact for two constants.
fn xor(bits: u8, a: Interval, b: Interval) -> Interval {
    let loose = (a.lo ^ a.hi) | (b.lo ^ b.hi);
    let unknown = match 64 - loose.leading_zeros() {
        0 => 0,
        n => max_of(n as u8),
    };
    let fixed = (a.lo ^ b.lo) & !unknown & max_of(bits);
    Interval::new(fixed, fixed | unknown)
}

fn shift_left(bits: u8, a: Interval, b: Interval) -> Interval {
    if b.hi < u64::from(bits) {
        let (lo, hi) = (u128::from(a.lo) << b.lo, u128::from(a.hi) << b.hi);
        if b.lo == b.hi || hi <= u128::from(max_of(bits)) {
            return wrapped(bits, lo, hi);
        }
    }
    if b.lo >= u64::from(bits) { Interval::one(0) } else { Interval::of_bits(bits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of intervals of `bits` bits.
    fn intervals(bits: u8) -> Vec<Interval> {
        let max = max_of(bits);
        (0..=max).flat_map(|lo| (lo..=max).map(move |hi| Interval::new(lo, hi))).collect()
    }

    /// The smallest interval of what an operation really gives.
    fn exact(a: Interval, b: Interval, f: impl Fn(u64, u64) -> u64) -> Interval {
        let all = (a.lo..=a.hi).flat_map(|x| (b.lo..=b.hi).map(move |y| (x, y)));
        let results: Vec<u64> = all.map(|(x, y)| f(x, y)).collect();
        let ends = (results.iter().min(), results.iter().max());
        Interval::new(*ends.0.expect("not empty"), *ends.1.expect("not empty"))
    }

    #[test]
    fn every_interval_of_three_bits_holds_every_result() {
        for op in BinOp::ALL {
            for a in intervals(3) {
                for b in intervals(3) {
                    let found = binary(op, 3, a, b, false);
                    let exact = exact(a, b, |x, y| fold(op, 3, x, y));
                    assert_eq!(found.intersect(exact), Some(exact), "{op:?} {a} {b}: {found}");
                }
            }
        }
    }

    #[test]
    fn bounds_that_can_be_exact_are() {
        let exact_ops = [
            BinOp::And,
            BinOp::Or,
            BinOp::AddSat,
            BinOp::SubSat,
            BinOp::MulSat,
            BinOp::Min,
            BinOp::Max,
            BinOp::Shr,
        ];
        for op in exact_ops {
            for a in intervals(3) {
                for b in intervals(3) {
                    let exact = exact(a, b, |x, y| fold(op, 3, x, y));
                    assert_eq!(binary(op, 3, a, b, false), exact, "{op:?} {a} {b}");
                }
            }
        }
        for op in BinOp::ALL {
            for (a, b) in (0..8).flat_map(|a| (0..8).map(move |b| (a, b))) {
                let found = binary(op, 3, Interval::one(a), Interval::one(b), false);
                assert_eq!(found, Interval::one(fold(op, 3, a, b)), "{op:?} {a} {b}");
            }
        }
    }

    #[test]
    fn comparisons_are_decided_where_they_can_be() {
        for op in CmpOp::ALL {
            for a in intervals(3) {
                for b in intervals(3) {
                    let exact = exact(a, b, |x, y| u64::from(compare(op, x, y)));
                    assert_eq!(comparison(op, a, b, false), exact, "{op:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn cutting_holds_every_result() {
        for a in intervals(5) {
            let found = cut(a, Interval::of_bits(3));
            assert!((a.lo..=a.hi).all(|x| found.contains(x & 7)), "{a}: {found}");
        }
        assert_eq!(cut(Interval::new(17, 22), Interval::of_bits(3)), Interval::new(1, 6));
    }

    #[test]
    fn wide_numbers_do_not_overflow_the_analysis() {
        for op in BinOp::ALL {
            let found = binary(op, 64, Interval::ALL, Interval::ALL, false);
            for (a, b) in [(0, u64::MAX), (u64::MAX, u64::MAX), (u64::MAX, 1), (1 << 63, 63)] {
                assert!(found.contains(fold(op, 64, a, b)), "{op:?} {a} {b}");
            }
        }
        assert_eq!(fold(BinOp::MulSat, 32, 1 << 20, 1 << 20), max_of(32));
        assert_eq!(swap_bytes(16, 0x1234), 0x3412);
        assert_eq!(reduce(max_of(32), 7), 6);
    }
}
