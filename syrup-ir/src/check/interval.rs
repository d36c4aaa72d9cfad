//! Intervals of unsigned numbers.

use crate::Ty;
use crate::layout::max_of;
use std::fmt;

/// An interval of unsigned numbers, both ends included; never empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// The smallest.
    pub lo: u64,
    /// The largest.
    pub hi: u64,
}

impl Interval {
    /// Everything an interval can hold.
    pub const ALL: Interval = Interval { lo: 0, hi: u64::MAX };

    /// From `lo` to `hi`, which is not smaller.
    pub fn new(lo: u64, hi: u64) -> Interval {
        debug_assert!(lo <= hi, "{lo}..={hi} is empty");
        Interval { lo, hi }
    }

    /// One number.
    pub fn one(number: u64) -> Interval {
        Interval { lo: number, hi: number }
    }

    /// Every number of `bits` bits.
    pub fn of_bits(bits: u8) -> Interval {
        Interval { lo: 0, hi: max_of(bits) }
    }

    /// Everything a value of the type may be. Executors are slots of 32 bits.
    pub fn of_ty(ty: Ty) -> Interval {
        match ty {
            Ty::Int(bits) => Interval::of_bits(bits),
            Ty::Exec(_) => Interval::of_bits(32),
            Ty::Task | Ty::View | Ty::Cell(_) => Interval::ALL,
        }
    }

    /// The number, where there is only one.
    pub fn constant(self) -> Option<u64> {
        (self.lo == self.hi).then_some(self.lo)
    }

    /// Whether the number lies inside.
    pub fn contains(self, number: u64) -> bool {
        self.lo <= number && number <= self.hi
    }

    /// The smallest interval that holds both.
    pub fn union(self, other: Interval) -> Interval {
        Interval { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What lies in both, if anything does.
    pub fn intersect(self, other: Interval) -> Option<Interval> {
        let (lo, hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        (lo <= hi).then_some(Interval { lo, hi })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.constant() {
            Some(number) => write!(f, "{number}"),
            None => write!(f, "{}..={}", self.lo, self.hi),
        }
    }
}
