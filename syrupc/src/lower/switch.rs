//! Many constants that one number may be: found by halving, as a `switch` is.
//!
//! In: a number and what each constant leads to; of a match on the packet, the rows that ask for
//! one of many constants first. Out: a tree of comparisons that is as deep as the logarithm of the
//! number of constants, so that neither a packet nor the kernel's check passes all of them.

use super::Lower;
use super::grow::{Branch, Growth};
use super::matching::ArmBlock;
use super::rows::TreeRow;
use super::tree::{Key, Test};
use crate::hir::{Match, Row};
use std::collections::BTreeMap;
use std::rc::Rc;
use syrup_diag::{Span, bug};
use syrup_ir::{Block, CmpOp, Interval, Ty, Value};

/// Constants up to which they are compared one after the other.
const ROW_MAX: usize = 4;

/// Constants from which on rows are grouped: for fewer, rows share more by being asked in order.
const GROUPS_MIN: usize = 9;

/// The numbers that ranges stand for, where each is a single number.
pub(super) fn points(ranges: &[Interval]) -> Option<Vec<u64>> {
    ranges.iter().map(|range| (range.lo == range.hi).then_some(range.lo)).collect()
}

impl Lower<'_> {
    /// Goes to the block of the constant that a number is, or to `rest`.
    pub(super) fn switch(&mut self, value: Value, cases: &[(u64, Block)], rest: Block, span: Span) {
        let Ty::Int(bits) = self.f.ty(value) else { bug!("no number at {span:?}") };
        if cases.len() > ROW_MAX {
            let (low, high) = cases.split_at(cases.len() / 2);
            let (below, above) = (self.f.block(), self.f.block());
            let pivot = self.f.constant(high[0].0, bits, span);
            let is_below = self.compare(CmpOp::Lt, value, pivot, span);
            self.f.branch(is_below, below, above, span);
            for (block, half) in [(below, low), (above, high)] {
                self.f.switch_to(block);
                self.switch(value, half, rest, span);
            }
            return;
        }
        for &(number, block) in cases {
            let next = self.f.block();
            let number = self.f.constant(number, bits, span);
            let same = self.compare(CmpOp::Eq, value, number, span);
            self.f.branch(same, block, next, span);
            self.f.switch_to(next);
        }
        self.f.jump(rest, Vec::new(), span);
    }

    /// The first arms of a match on a number, where they are many single constants; goes on where
    /// it is none of them. Gives how many arms that were.
    pub(super) fn number_switch(
        &mut self,
        inner: &Match,
        arms: &[ArmBlock],
        value: Value,
        span: Span,
    ) -> usize {
        let mut cases = BTreeMap::new();
        let mut n_arms = 0;
        for (arm, block) in inner.arms.iter().zip(arms) {
            let numbers = |row: &Row| match row {
                Row::Numbers(ranges) => points(ranges),
                Row::Any | Row::Layers(_) | Row::Take(_) | Row::Some(_) | Row::None => None,
            };
            let rows: Option<Vec<_>> = arm.rows.iter().map(numbers).collect();
            let Some(rows) = rows.filter(|_| arm.guard.is_none()) else { break };
            for number in rows.into_iter().flatten() {
                cases.entry(number).or_insert(block.block);
            }
            n_arms += 1;
        }
        if cases.len() < GROUPS_MIN {
            return 0;
        }
        let rest = self.f.block();
        let cases: Vec<_> = cases.into_iter().collect();
        self.switch(value, &cases, rest, span);
        self.f.switch_to(rest);
        n_arms
    }

    /// Lowers rows that begin with many constants of one number; each constant's rows and those
    /// behind them are branches of their own. Gives the branch back where they do not.
    pub(super) fn tree_switch(
        &mut self,
        growth: &mut Growth<'_>,
        mut branch: Branch,
    ) -> Option<Branch> {
        let Some((key, n_rows)) = common_key(&branch.rows) else { return Some(branch) };
        let mut groups: BTreeMap<u64, Vec<Rc<TreeRow>>> = BTreeMap::new();
        for row in &branch.rows[..n_rows] {
            let Some(Test::Number(_, ranges, _)) = row.tests.first() else { continue };
            // What leads here proves the first test; where a row stands for several numbers, each
            // has its own copy.
            let tests = row.tests[1..].to_vec();
            let (arm, binds, span) = (row.arm, row.binds.clone(), row.span);
            let left = Rc::new(TreeRow { arm, tests, binds, span });
            for number in points(ranges).unwrap_or_default() {
                groups.entry(number).or_default().push(Rc::clone(&left));
            }
        }
        if groups.len() < GROUPS_MIN {
            return Some(branch);
        }
        let at = branch.rows[0].span;
        let value = self.number(key, &mut branch.known, at);
        let rest = self.f.block();
        let cases: Vec<_> = groups.keys().map(|&number| (number, self.f.block())).collect();
        self.switch(value, &cases, rest, at);
        branch.rows.drain(..n_rows);
        let known = branch.known.clone();
        growth.open.push(Branch { block: rest, ..branch });
        for ((_, block), rows) in cases.into_iter().zip(groups.into_values()).rev() {
            growth.open.push(Branch { block, rows, known: known.clone(), rest: Some(rest) });
        }
        None
    }
}

/// The number that the first rows ask for, with how many of them do by single constants.
fn common_key(rows: &[Rc<TreeRow>]) -> Option<(Key, usize)> {
    let asks = |row: &TreeRow| match row.tests.first() {
        Some(Test::Number(key, ranges, _)) => points(ranges).map(|_| *key),
        _ => None,
    };
    let key = asks(rows.first()?)?;
    let n = rows.iter().take_while(|row| asks(row) == Some(key)).count();
    (n > 1).then_some((key, n))
}
