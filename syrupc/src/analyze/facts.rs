//! What is known of names at a point of the program: intervals and order between names. The names
//! are locals and parameters.
//!
//! Facts come from conditions that were tested on the way (`refine`), and are forgotten where ways
//! meet and disagree (`join`). A name that can be assigned keeps only facts since its last
//! assignment. Of a run of bytes facts speak of its length.

use crate::hir::{Expr, ExprKind, LocalId, ParamId, Type};
use crate::syntax::ast::BinaryOp;
use std::collections::{BTreeMap, BTreeSet};
use syrup_ir::Interval;

/// A name that facts are about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Name {
    /// A local.
    Local(LocalId),
    /// A parameter: the same number for as long as the policy is loaded.
    Param(ParamId),
}

impl From<LocalId> for Name {
    fn from(local: LocalId) -> Name {
        Name::Local(local)
    }
}

/// Facts at one point.
#[derive(Clone, Default, Debug)]
pub(crate) struct Facts {
    ranges: BTreeMap<Name, Interval>,
    /// `(a, b, strict)`: `a < b`, or `a <= b`.
    order: BTreeSet<(Name, Name, bool)>,
    /// Whether control cannot be here.
    pub dead: bool,
}

/// The part of two intervals that both hold; nothing where they are apart.
pub(crate) fn intersect(a: Interval, b: Interval) -> Option<Interval> {
    let both = Interval { lo: a.lo.max(b.lo), hi: a.hi.min(b.hi) };
    (both.lo <= both.hi).then_some(both)
}

/// The smallest interval that holds both.
pub(crate) fn hull(a: Interval, b: Interval) -> Interval {
    Interval { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi) }
}

impl Facts {
    /// What holds where control cannot be.
    pub(crate) fn dead() -> Facts {
        Facts { dead: true, ..Facts::default() }
    }

    /// The interval of a name, given the interval of its declaration.
    pub(crate) fn range(&self, name: impl Into<Name>, declared: Interval) -> Interval {
        let known = self.ranges.get(&name.into()).copied().unwrap_or(declared);
        intersect(known, declared).unwrap_or(declared)
    }

    /// Notes an interval of a name.
    pub(crate) fn set(&mut self, name: impl Into<Name>, range: Interval) {
        self.ranges.insert(name.into(), range);
    }

    /// Forgets a name that is assigned.
    pub(crate) fn forget(&mut self, local: LocalId) {
        let name = Name::Local(local);
        self.ranges.remove(&name);
        self.order.retain(|&(a, b, _)| a != name && b != name);
    }

    /// Notes `a <= b`, or `a < b` where `strict`.
    pub(crate) fn note_order(&mut self, a: Name, b: Name, strict: bool) {
        self.order.insert((a, b, strict));
    }

    /// Whether `a <= b` is known, or `a < b` where `strict`, directly or through other names.
    pub(crate) fn ordered(&self, a: Name, b: Name, strict: bool) -> bool {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(a, false)]);
        let (first, last) = (Name::Local(LocalId(0)), Name::Param(ParamId(u32::MAX)));
        while let Some((at, is_below)) = open.pop() {
            if at == b && (is_below || !strict) && (is_below || at != a) {
                return true;
            }
            if seen.insert((at, is_below)) {
                let next = self.order.range((at, first, false)..=(at, last, true));
                open.extend(next.map(|&(_, to, below)| (to, is_below || below)));
            }
        }
        false
    }

    /// What holds where either way may have been taken.
    pub(crate) fn join(self, other: Facts) -> Facts {
        if self.dead {
            return other;
        }
        if other.dead {
            return self;
        }
        let ranges = self.ranges.iter().filter_map(|(&name, &a)| {
            let b = other.ranges.get(&name)?;
            Some((name, hull(a, *b)))
        });
        let order = self.order.iter().filter(|&&(a, b, strict)| other.ordered(a, b, strict));
        Facts { ranges: ranges.collect(), order: order.copied().collect(), dead: false }
    }

    /// Adds what a condition says when it is true, or when it is false.
    pub(crate) fn refine(&mut self, cond: &Expr, holds: bool) {
        match &cond.kind {
            ExprKind::Not(inner) => self.refine(inner, !holds),
            ExprKind::Logic { and, left, right } if *and == holds => {
                self.refine(left, holds);
                self.refine(right, holds);
            }
            ExprKind::Compare(op, left, right) => self.compare(*op, holds, left, right),
            _ => {}
        }
    }

    fn compare(&mut self, op: BinaryOp, holds: bool, left: &Expr, right: &Expr) {
        use BinaryOp::{Eq, Ge, Gt, Le, Lt, Ne};
        let op = match (op, holds) {
            (Eq, true) | (Ne, false) => Eq,
            (Ne, true) | (Eq, false) => Ne,
            (Lt, true) | (Ge, false) => Lt,
            (Le, true) | (Gt, false) => Le,
            (Gt, true) | (Le, false) => Gt,
            (Ge, true) | (Lt, false) => Ge,
            _ => return,
        };
        match op {
            Gt => self.less(right, left, true),
            Ge => self.less(right, left, false),
            Lt => self.less(left, right, true),
            Le => self.less(left, right, false),
            Eq => {
                self.less(left, right, false);
                self.less(right, left, false);
            }
            // Different runs may still have the same length.
            _ if matches!(left.ty, Type::Bytes(_)) => {}
            _ => {
                self.differ(left, right);
                self.differ(right, left);
            }
        }
    }

    /// `a < b` or `a <= b`.
    fn less(&mut self, a: &Expr, b: &Expr, strict: bool) {
        let step = u64::from(strict);
        if let Some(name) = name_of(a) {
            let hi = b.range.hi.saturating_sub(step).min(a.range.hi);
            self.narrow(name, Interval { lo: a.range.lo, hi });
        }
        if let Some(name) = name_of(b) {
            let lo = a.range.lo.saturating_add(step).max(b.range.lo);
            self.narrow(name, Interval { lo, hi: b.range.hi });
        }
        if let (Some(a), Some(b)) = (name_of(a), name_of(b)) {
            self.order.insert((a, b, strict));
        }
    }

    /// `a != b`, where `b` is one number at an end of `a`.
    fn differ(&mut self, a: &Expr, b: &Expr) {
        let Some(name) = name_of(a) else { return };
        if b.range.lo != b.range.hi {
            return;
        }
        let Interval { lo, hi } = self.range(name, a.range);
        if b.range.lo == lo && lo < hi {
            self.narrow(name, Interval { lo: lo + 1, hi });
        } else if b.range.hi == hi && lo < hi {
            self.narrow(name, Interval { lo, hi: hi - 1 });
        }
    }

    fn narrow(&mut self, name: Name, range: Interval) {
        let known = self.ranges.get(&name).copied().unwrap_or(range);
        match intersect(known, range) {
            Some(range) => {
                self.ranges.insert(name, range);
            }
            None => self.dead = true,
        }
    }
}

/// The name an expression is, or the run whose length it is.
pub(crate) fn name_of(expr: &Expr) -> Option<Name> {
    match &expr.kind {
        ExprKind::Local(local) => Some(Name::Local(*local)),
        ExprKind::Param(param) => Some(Name::Param(*param)),
        ExprKind::Len(run) => match run.kind {
            ExprKind::Local(local) => Some(Name::Local(local)),
            _ => None,
        },
        _ => None,
    }
}
