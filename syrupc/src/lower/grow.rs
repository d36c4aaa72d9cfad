//! `match` on a packet as a decision tree.
//!
//! Each arm is a row of tests: what the hook says, one length for each base, then fields. The tree
//! asks the first row's first test, and each answer removes from the other rows what it decides.
//! What is still to be grown stands in a list, so that a tree may be as deep as it has rows.

use super::Lower;
use super::matching::ArmBlock;
use super::rows::TreeRow;
use super::tree::{Known, Test, assume};
use crate::hir::Match;
use std::rc::Rc;
use syrup_diag::Span;
use syrup_diag::limits::{TREE_DECISIONS, TREE_ROWS_MAX};
use syrup_ir::Block;

/// A tree that grows.
pub(super) struct Growth<'m> {
    pub inner: &'m Match,
    pub arms: &'m [ArmBlock],
    pub span: Span,
    /// What is still to be lowered, the next one last.
    pub open: Vec<Branch>,
    n_decisions: usize,
    n_decisions_max: usize,
    /// Rows that were looked at, once for each decision.
    n_rows: usize,
}

/// A place of the tree from which rows are still to be asked.
pub(super) struct Branch {
    pub block: Block,
    pub rows: Vec<Rc<TreeRow>>,
    pub known: Known,
    /// Where it goes when no row matches; nothing where one always does.
    pub rest: Option<Block>,
}

impl Growth<'_> {
    /// Counts a decision among so many rows; whether the tree is still worth growing.
    fn decides(&mut self, n_rows: usize) -> bool {
        self.n_decisions += 1;
        self.n_rows += n_rows;
        self.n_decisions <= self.n_decisions_max && self.n_rows <= TREE_ROWS_MAX
    }
}

/// Decisions that rows may take: what they test, a few times over.
fn n_decisions_max(rows: &[Rc<TreeRow>]) -> usize {
    let weight = |test: &Test| match test {
        Test::Number(_, ranges, _) => ranges.len(),
        Test::Length(..) | Test::Found(_) | Test::Is(..) => 1,
    };
    let n_tests: usize = rows.iter().flat_map(|row| &row.tests).map(weight).sum();
    TREE_DECISIONS.max(4 * (n_tests + rows.len()))
}

impl<'a> Lower<'a> {
    /// Lowers the tests of a match on the packet; each arm's block is reached from the leaves. A
    /// tree that grows too large becomes a list.
    pub(super) fn packet_tree(
        &mut self,
        inner: &Match,
        arms: &[ArmBlock],
        rows: Vec<TreeRow>,
        span: Span,
    ) {
        let rows: Vec<_> = rows.into_iter().map(Rc::new).collect();
        let before = (self.f.clone(), self.exits.clone(), self.arms.clone());
        let (n_calls, too_large) = (self.n_calls, self.too_large.clone());
        let (block, known) = (self.f.current(), Known::default());
        let root = Branch { block, rows: rows.clone(), known, rest: None };
        let n_decisions_max = n_decisions_max(&rows);
        let open = vec![root];
        let (n_decisions, n_rows) = (0, 0);
        let mut growth = Growth { inner, arms, span, open, n_decisions, n_decisions_max, n_rows };
        if !self.grow(&mut growth) {
            (self.f, self.exits, self.arms) = before;
            (self.n_calls, self.too_large) = (n_calls, too_large);
            self.list(inner, arms, &rows, span);
        }
    }

    /// One row after the other, each from its first test: as long as the rows are.
    fn list(&mut self, inner: &Match, arms: &[ArmBlock], rows: &[Rc<TreeRow>], span: Span) {
        for row in rows {
            let next = self.f.block();
            let mut known = Known::default();
            for test in &row.tests {
                let yes = self.f.block();
                known = self.ask(test, &mut known, yes, next, row.span);
                self.f.switch_to(yes);
            }
            if let Some(rest) = self.leaf(inner, arms, row, &mut known) {
                self.f.switch_to(rest);
                self.f.jump(next, Vec::new(), row.span);
            }
            self.f.switch_to(next);
        }
        let exit = self.unreachable(span);
        self.f.jump(exit, Vec::new(), span);
    }

    /// Grows a tree until nothing is open; false where it became too large.
    fn grow(&mut self, growth: &mut Growth<'_>) -> bool {
        while let Some(branch) = growth.open.pop() {
            if !growth.decides(branch.rows.len()) {
                return false;
            }
            self.f.switch_to(branch.block);
            self.branch_of(growth, branch);
        }
        true
    }

    /// Asks the first rows of a branch, up to a test whose answers are branches of their own.
    fn branch_of(&mut self, growth: &mut Growth<'_>, mut branch: Branch) {
        let span = growth.span;
        let mut n_done = 0;
        while let Some(row) = branch.rows.get(n_done).filter(|row| row.tests.is_empty()) {
            let left = self.leaf(growth.inner, growth.arms, row, &mut branch.known);
            let Some(next) = left else { return };
            self.f.switch_to(next);
            n_done += 1;
        }
        branch.rows.drain(..n_done);
        // A policy that grew beyond a limit is refused, whatever follows.
        let asks = branch.rows.first().filter(|_| self.too_large.is_none());
        let Some((row, test)) = asks.and_then(|row| Some((row, row.tests.first()?.clone()))) else {
            let rest = branch.rest.unwrap_or_else(|| self.unreachable(span));
            self.f.jump(rest, Vec::new(), span);
            return;
        };
        let at = row.span;
        let Some(branch) = self.tree_switch(growth, branch) else { return };
        let Branch { rows, mut known, rest, .. } = branch;
        let (yes, no) = (self.f.block(), self.f.block());
        let yes_known = self.ask(&test, &mut known, yes, no, at);
        let left = |held: bool| rows.iter().filter_map(|row| assume(row, &test, held)).collect();
        let (yes_rows, no_rows) = (left(true), left(false));
        growth.open.push(Branch { block: no, rows: no_rows, known, rest });
        growth.open.push(Branch { block: yes, rows: yes_rows, known: yes_known, rest });
    }
}
