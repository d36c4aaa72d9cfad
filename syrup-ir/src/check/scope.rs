//! What is known of values along a walk over blocks.
//!
//! In: intervals, and for each block what the edge to it adds. Out: at each step of a walk in
//! graph order, the narrowest interval of any value, in constant time. Graph order is a walk of
//! the dominator tree, so what a block adds holds until the walk leaves the blocks it dominates.

use super::{FuncFacts, Interval};
use crate::graph::Graph;
use crate::{Block, Value};

/// A place in a walk over blocks in graph order.
#[derive(Clone, Debug)]
pub struct Scope {
    known: Vec<Interval>,
    /// The blocks on the way to this place that added something, with the length of `undo` before.
    open: Vec<(Block, usize)>,
    undo: Vec<(Value, Interval)>,
}

impl Scope {
    /// Before the first block, with what is known of each value everywhere.
    pub(super) fn new(known: Vec<Interval>) -> Scope {
        Scope { known, open: Vec::new(), undo: Vec::new() }
    }

    /// Before the first block of a function.
    pub fn of_facts(facts: &FuncFacts) -> Scope {
        Scope::new(facts.ranges.clone())
    }

    /// Goes on to a block; in graph order, unreached ones left out.
    pub fn enter(&mut self, facts: &FuncFacts, graph: &Graph, block: Block) {
        self.enter_with(graph, block, &facts.narrower[block.idx()]);
    }

    /// Goes on to a block that adds `narrower`.
    pub(super) fn enter_with(
        &mut self,
        graph: &Graph,
        block: Block,
        narrower: &[(Value, Interval)],
    ) {
        while let Some(&(from, n_undo)) = self.open.last()
            && !graph.dominates(from, block)
        {
            self.close(n_undo);
        }
        if narrower.is_empty() {
            return;
        }
        self.open.push((block, self.undo.len()));
        for &(value, interval) in narrower {
            let known = &mut self.known[value.idx()];
            self.undo.push((value, *known));
            *known = known.intersect(interval).unwrap_or(*known);
        }
    }

    /// Goes back to before the first block.
    pub(super) fn restart(&mut self) {
        self.open.clear();
        self.close(0);
    }

    fn close(&mut self, n_undo: usize) {
        self.open.pop();
        for (value, known) in self.undo.drain(n_undo..).rev() {
            self.known[value.idx()] = known;
        }
    }

    /// What is known of a value here; everything of a value that was made after the facts were.
    pub fn of(&self, value: Value) -> Interval {
        self.known.get(value.idx()).copied().unwrap_or(Interval::ALL)
    }

    /// A value is defined here.
    pub(super) fn define(&mut self, value: Value, interval: Interval) {
        self.known[value.idx()] = interval;
    }
}
