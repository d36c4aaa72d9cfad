//! The control-flow graph of a function: order, dominators and loops.
//!
//! In: a function whose block ids are in range. Out: tables by block. Edges of `next` are the
//! back edges; all others are called forward edges.

use crate::{Block, Func, Term};
use std::ops::Index;

/// Order, dominators and loops of one function.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Reachable blocks in a walk of the dominator tree; where the forward edges form no cycle,
    /// each stands after its forward predecessors as well.
    pub order: Vec<Block>,
    /// The blocks with a forward edge to each block, once for each edge.
    pub preds: Lists,
    /// The blocks whose `next` goes to each block.
    pub nexts: Lists,
    idom: Vec<Option<Block>>,
    /// When a walk of the dominator tree enters and leaves each block.
    walk: Vec<(u32, u32)>,
}

/// A loop: its header and the blocks from which a `next` of it can be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loop {
    /// The block that ends in `loop`.
    pub header: Block,
    /// Its blocks, header included, in graph order.
    pub blocks: Vec<Block>,
}

/// A list of blocks for each block.
#[derive(Clone, Debug)]
pub struct Lists {
    /// All lists, one after the other.
    items: Vec<Block>,
    /// Where the list of each block starts in `items`, and where the last one ends.
    starts: Vec<u32>,
}

impl Lists {
    /// From pairs of a block and an item of its list; items keep their order.
    fn new(n_blocks: usize, pairs: &[(Block, Block)]) -> Lists {
        let mut starts = vec![0; n_blocks + 1];
        for (block, _) in pairs {
            starts[block.idx() + 1] += 1;
        }
        for at in 0..n_blocks {
            starts[at + 1] += starts[at];
        }
        let (mut items, mut ends) = (vec![Block(0); pairs.len()], starts.clone());
        for &(block, item) in pairs {
            let end = &mut ends[block.idx()];
            items[*end as usize] = item;
            *end += 1;
        }
        Lists { items, starts }
    }

    /// Whether all lists are empty.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Index<usize> for Lists {
    type Output = [Block];

    fn index(&self, block: usize) -> &[Block] {
        &self.items[self.starts[block] as usize..self.starts[block + 1] as usize]
    }
}

impl Graph {
    /// Computes the tables.
    pub fn new(func: &Func) -> Graph {
        let n = func.blocks.len();
        let order = reverse_postorder(func);
        let (mut forward, mut back) = (Vec::with_capacity(n), Vec::new());
        for &block in &order {
            match &func.block(block).term {
                Term::Next { header, .. } => back.push((*header, block)),
                term => forward.extend(term.successors().map(|target| (target, block))),
            }
        }
        let (preds, nexts) = (Lists::new(n, &forward), Lists::new(n, &back));
        let idom = immediate_dominators(n, &order, &preds, &nexts);
        let (order, walk) = walk_tree(&order, &idom);
        Graph { order, preds, nexts, idom, walk }
    }

    /// Whether control can reach the block.
    pub fn is_reached(&self, block: Block) -> bool {
        self.walk[block.idx()].1 != 0
    }

    /// The closest other block that every path to this one passes.
    pub fn idom(&self, block: Block) -> Option<Block> {
        self.idom[block.idx()].filter(|&dominator| dominator != block)
    }

    /// Whether every path to `b` passes `a`; each block dominates itself.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.walk[a.idx()], self.walk[b.idx()]);
        a.1 != 0 && a.0 <= b.0 && b.1 <= a.1
    }

    /// Every loop, outer ones before those inside them.
    pub fn loops(&self, func: &Func) -> Vec<Loop> {
        let is_header = |b: &&Block| matches!(func.block(**b).term, Term::Loop { .. });
        self.order.iter().filter(is_header).map(|&header| self.natural_loop(header)).collect()
    }

    /// The loop of a header.
    pub fn natural_loop(&self, header: Block) -> Loop {
        let mut inside = vec![false; self.idom.len()];
        inside[header.idx()] = true;
        let mut work = self.nexts[header.idx()].to_vec();
        while let Some(block) = work.pop() {
            if !std::mem::replace(&mut inside[block.idx()], true) {
                work.extend(&self.preds[block.idx()]);
                work.extend(&self.nexts[block.idx()]);
            }
        }
        let blocks = self.order.iter().copied().filter(|b| inside[b.idx()]).collect();
        Loop { header, blocks }
    }
}

/// Reachable blocks in reverse postorder. A back edge goes to a block that dominates its source,
/// so it never decides the order, and forward predecessors stand first.
fn reverse_postorder(func: &Func) -> Vec<Block> {
    let mut seen = vec![false; func.blocks.len()];
    let mut order = Vec::with_capacity(func.blocks.len());
    let mut stack = Vec::new();
    if let Some(first) = seen.first_mut() {
        *first = true;
        stack.push((Block(0), func.blocks[0].term.successors()));
    }
    while let Some((block, successors)) = stack.last_mut() {
        match successors.next() {
            Some(next) => {
                if !std::mem::replace(&mut seen[next.idx()], true) {
                    stack.push((next, func.block(next).term.successors()));
                }
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm" (2001).
fn immediate_dominators(
    n_blocks: usize,
    order: &[Block],
    preds: &Lists,
    nexts: &Lists,
) -> Vec<Option<Block>> {
    let mut position = vec![0; n_blocks];
    for (at, block) in order.iter().enumerate() {
        position[block.idx()] = at;
    }
    let mut idom: Vec<Option<Block>> = vec![None; n_blocks];
    if let Some(entry) = idom.first_mut() {
        *entry = Some(Block(0));
    }
    let mut changed = true;
    while changed {
        changed = false;
        for &block in order.iter().skip(1) {
            let mut dominator: Option<Block> = None;
            // The last one first: where many blocks of a chain lead here, each step up the chain is
            // taken once.
            for &pred in nexts[block.idx()].iter().chain(preds[block.idx()].iter().rev()) {
                if idom[pred.idx()].is_some() {
                    dominator = Some(match dominator {
                        Some(other) => meet(&idom, &position, pred, other),
                        None => pred,
                    });
                }
            }
            changed |= idom[block.idx()] != dominator;
            idom[block.idx()] = dominator;
        }
    }
    idom
}

fn meet(idom: &[Option<Block>], position: &[usize], a: Block, b: Block) -> Block {
    let (mut a, mut b) = (a, b);
    while a != b {
        let later = if position[a.idx()] > position[b.idx()] { &mut a } else { &mut b };
        // Only the entry has no dominator, and it stands first, so it is never the later one.
        *later = idom[later.idx()].unwrap_or(Block(0));
    }
    a
}

/// The blocks in a walk of the dominator tree, and when it enters and leaves each; zeros where
/// unreached.
///
/// Children are visited in reverse postorder. All predecessors of a block are dominated by its
/// immediate dominator, so each lies below an earlier sibling or is the dominator itself: the walk
/// comes to a block after its forward predecessors.
fn walk_tree(reverse_postorder: &[Block], idom: &[Option<Block>]) -> (Vec<Block>, Vec<(u32, u32)>) {
    let parent = |&block: &Block| idom[block.idx()].map(|dominator| (dominator, block));
    let pairs: Vec<_> = reverse_postorder.iter().skip(1).filter_map(parent).collect();
    let children = Lists::new(idom.len(), &pairs);
    let mut order = Vec::with_capacity(reverse_postorder.len());
    let mut walk = vec![(0, 0); idom.len()];
    let mut time = 0;
    let mut stack = Vec::new();
    if !reverse_postorder.is_empty() {
        stack.push((Block(0), false));
    }
    while let Some((block, is_done)) = stack.pop() {
        time += 1;
        if is_done {
            walk[block.idx()].1 = time;
            continue;
        }
        walk[block.idx()].0 = time;
        order.push(block);
        stack.push((block, true));
        stack.extend(children[block.idx()].iter().rev().map(|&child| (child, false)));
    }
    (order, walk)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::parse;

    #[test]
    fn dominators_and_loops_of_a_loop_with_an_early_return() {
        let text = "module m\nhook h window net\nlicence \"x\"\nfunc f {\n\
            b0:\nv0: u32 = const 0\njump b1(v0)\n\
            b1(v1: u32):\nloop v1 max 4, b2 else b5\n\
            b2:\nv2: u1 = eq v1, v0\nbr v2, b3, b4\n\
            b3:\nreturn pass\n\
            b4:\nnext b1\n\
            b5:\nreturn drop\n}\n";
        let module = parse(text).expect("the text is correct");
        let func = &module.funcs[0];
        let graph = Graph::new(func);
        assert_eq!(graph.idom(Block(4)), Some(Block(2)));
        assert_eq!(graph.idom(Block(5)), Some(Block(1)));
        assert_eq!(graph.idom(Block(0)), None);
        assert!(graph.dominates(Block(1), Block(3)) && graph.dominates(Block(3), Block(3)));
        assert!(!graph.dominates(Block(2), Block(5)) && !graph.dominates(Block(5), Block(2)));
        let blocks = vec![Block(1), Block(2), Block(4)];
        assert_eq!(graph.loops(func), [Loop { header: Block(1), blocks }]);
    }
}
