//! Reachable blocks in reverse postorder, predecessor counts and immediate dominators.
//!
//! In: a function. Out: an [`Order`]. Dominators by Cooper, Harvey and Kennedy, "A Simple, Fast
//! Dominance Algorithm" (2001).

use syrup_ir::{Block, Func};

/// See the module's text.
pub struct Order {
    /// Reachable blocks, each after its dominators.
    pub rpo: Vec<Block>,
    /// The block before each way into a block.
    pub preds: Vec<Vec<Block>>,
    /// Position in `rpo`.
    position: Vec<usize>,
    idom: Vec<Block>,
}

impl Order {
    /// Orders a function.
    pub fn new(func: &Func) -> Order {
        let n = func.blocks.len();
        let rpo = reverse_postorder(func);
        let mut position = vec![usize::MAX; n];
        let mut preds = vec![Vec::new(); n];
        for (idx, &block) in rpo.iter().enumerate() {
            position[block.idx()] = idx;
            for next in func.block(block).term.successors() {
                preds[next.idx()].push(block);
            }
        }
        let mut order = Order { rpo, preds, position, idom: vec![Block(u32::MAX); n] };
        order.find_dominators();
        order
    }

    fn find_dominators(&mut self) {
        let Some(&entry) = self.rpo.first() else { return };
        self.idom[entry.idx()] = entry;
        let mut changed = true;
        while changed {
            changed = false;
            for idx in 1..self.rpo.len() {
                let block = self.rpo[idx];
                // The last one first: where many blocks of a chain lead here, each step up the
                // chain is taken once.
                let known = self.preds[block.idx()].iter().rev().copied();
                let known = known.filter(|p| self.idom[p.idx()] != Block(u32::MAX));
                let new = known.reduce(|a, b| self.common_dominator(a, b)).unwrap_or(entry);
                changed |= self.idom[block.idx()] != new;
                self.idom[block.idx()] = new;
            }
        }
    }

    /// The closest block that dominates both.
    pub fn common_dominator(&self, mut a: Block, mut b: Block) -> Block {
        while a != b {
            if self.position[a.idx()] > self.position[b.idx()] {
                a = self.idom[a.idx()];
            } else {
                b = self.idom[b.idx()];
            }
        }
        a
    }

    /// The closest other block that dominates a block; the entry's is itself.
    pub fn idom(&self, block: Block) -> Block {
        self.idom[block.idx()]
    }

    /// Whether every way to `b` leads through `a`.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        self.common_dominator(a, b) == a
    }
}

fn reverse_postorder(func: &Func) -> Vec<Block> {
    let mut seen = vec![false; func.blocks.len()];
    let mut postorder = Vec::new();
    let mut stack = vec![(Block(0), func.block(Block(0)).term.successors())];
    seen[0] = true;
    while let Some((block, rest)) = stack.last_mut() {
        // The last successor first, so that the first one follows its predecessor in the result.
        match rest.next_back() {
            Some(next) if !seen[next.idx()] => {
                seen[next.idx()] = true;
                stack.push((next, func.block(next).term.successors()));
            }
            Some(_) => {}
            None => {
                postorder.push(*block);
                stack.pop();
            }
        }
    }
    postorder.reverse();
    postorder
}
