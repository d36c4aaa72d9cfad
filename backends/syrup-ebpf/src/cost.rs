//! A bound on what the kernel's verifier will do, in processed instructions.
//!
//! In: placed blocks. Out: the bound, and the source of the block that weighs most.
//!
//! Claim: the verifier walks each path of the program at most once, and a prefix that several paths
//! share once (`do_check`, kernel/bpf/verifier.c). A loop is charged each turn. Without CAP_PERFMON
//! it walks the untaken side of a decided branch too, so every edge counts. That gives the first
//! bound, which grows with the number of paths.
//!
//! Where ways meet again, the verifier drops a state that an earlier one covers (`states_equal`).
//! `merge` says where that is certain enough to count on. It is not certain to the instruction,
//! because states are kept only every few jumps (`is_state_visited`): each arrival that is dropped
//! is charged its block and [`DROPPED_INSNS`] more, and where some branch may be decided before it
//! is reached, more work, because a state from speculation covers no other. That gives the
//! second bound; the smaller one holds. The tests compare it with the kernel's own count.

mod known;
mod merge;
mod values;

use crate::insn::{Insn, Reg};
use crate::layout::{End, Placed};
use syrup_diag::Span;

/// Instructions that a dropped arrival may take behind the block where it is dropped, at least: a
/// state is kept at the next jump or meeting after 8 instructions and 2 jumps.
const DROPPED_INSNS: u64 = 16;

/// Those jumps: where code is straight for long, what lies before them is walked again.
const DROPPED_JUMPS: usize = 2;

/// How often the work with merging is counted, because kernels differ in which states they keep:
/// 6.1 took up to 1.7 times the count in made-up policies, 6.18 up to 1.2 times. Once more where
/// some branch may be decided before it is taken.
const MERGED_FACTOR: u64 = 2;

/// Blocks above which only paths are counted: finding what merges takes their square.
const MERGED_BLOCKS_MAX: usize = 2048;

/// The verifier's work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    /// Processed instructions, at most.
    pub insns: u64,
    /// Where most of them are.
    pub worst: Span,
}

/// Bounds the work of a program whose loops take at most so many turns, 0 for none.
pub fn bound(blocks: &[Placed], turns: u64) -> Cost {
    let graph = Graph::new(blocks);
    let mut paths = walk(blocks, &graph, &|_| None);
    if turns > 0 {
        // Where a turn's index decides something, the verifier walks every turn.
        paths.insns = paths.insns.saturating_mul(turns);
        return paths;
    }
    // Merging leaves one visit of each block at least.
    let once: u64 = graph.order.iter().map(|&idx| steps(&blocks[idx])).sum();
    if blocks.len() > MERGED_BLOCKS_MAX || paths.insns <= once * MERGED_FACTOR {
        return paths;
    }
    let merges = merge::merges(blocks, &graph);
    let merged = walk(blocks, &graph, &|block| merges.dominator[block]);
    let factor = MERGED_FACTOR + u64::from(merges.some_branch_is_decided);
    let merged = Cost { insns: merged.insns.saturating_mul(factor), ..merged };
    if paths.insns <= merged.insns { paths } else { merged }
}

/// Adds up the work: visits of a block times its instructions. `merged_at` names a block and how
/// many visits of this block each of its visits gives at most.
fn walk(
    blocks: &[Placed],
    graph: &Graph,
    merged_at: &dyn Fn(usize) -> Option<(usize, u64)>,
) -> Cost {
    let mut visits = vec![0u64; blocks.len()];
    let mut arrivals = vec![0u64; blocks.len()];
    if let Some(first) = arrivals.first_mut() {
        *first = 1;
    }
    let ahead = ahead(blocks, graph);
    let mut cost = Cost { insns: 0, worst: Span::default() };
    let mut most = 0;
    for &idx in &graph.order {
        visits[idx] = match merged_at(idx) {
            Some((dominator, states)) => {
                arrivals[idx].min(visits[dominator].saturating_mul(states))
            }
            None => arrivals[idx],
        };
        let dropped = arrivals[idx] - visits[idx];
        let work = visits[idx].saturating_mul(steps(&blocks[idx]));
        let until_dropped = ahead[idx].max(steps(&blocks[idx]) + DROPPED_INSNS);
        let work = work.saturating_add(dropped.saturating_mul(until_dropped));
        cost.insns = cost.insns.saturating_add(work);
        if work > most {
            most = work;
            cost.worst = blocks[idx].span;
        }
        for &next in &graph.succs[idx] {
            arrivals[next] = arrivals[next].saturating_add(visits[idx]);
        }
    }
    cost
}

/// For each block, the most instructions from its start to behind the next [`DROPPED_JUMPS`].
fn ahead(blocks: &[Placed], graph: &Graph) -> Vec<u64> {
    let mut ahead = vec![0; blocks.len()];
    for _ in 0..DROPPED_JUMPS {
        let mut further = vec![0; blocks.len()];
        for &idx in graph.order.iter().rev() {
            let jumps = match blocks[idx].end {
                End::If(..) | End::IfElse(..) | End::Exit => true,
                End::Fall | End::Goto(_) => false,
            };
            let behind = if jumps { &ahead } else { &further };
            let longest = graph.succs[idx].iter().map(|&next| behind[next]).max();
            further[idx] = steps(&blocks[idx]) + longest.unwrap_or(0);
        }
        ahead = further;
    }
    ahead
}

fn steps(block: &Placed) -> u64 {
    let end = match block.end {
        End::Fall => 0,
        End::Goto(_) | End::If(..) | End::Exit => 1,
        End::IfElse(..) => 2,
    };
    block.insns.iter().map(|(insn, _)| processed(insn)).sum::<u64>() + end
}

/// Two-word loads count once.
fn processed(insn: &Insn<Reg>) -> u64 {
    match insn {
        Insn::LoadImm64 { .. } | Insn::LoadMap { .. } => 1,
        _ => crate::emit::n_words(insn).into(),
    }
}

/// The placed blocks as a graph; block 0 is the entry, and edges that close a loop are left out.
struct Graph {
    succs: Vec<Vec<usize>>,
    preds: Vec<Vec<usize>>,
    /// Each block after all that lead to it.
    order: Vec<usize>,
    /// Immediate dominators.
    idom: Vec<usize>,
}

impl Graph {
    fn new(blocks: &[Placed]) -> Graph {
        let n = blocks.len();
        let mut succs: Vec<Vec<usize>> = (0..n).map(|idx| successors(blocks, idx)).collect();
        remove_back_edges(&mut succs);
        let mut preds = vec![Vec::new(); n];
        for (idx, list) in succs.iter().enumerate() {
            for &next in list {
                preds[next].push(idx);
            }
        }
        let order = topological(&succs, &preds);
        let mut graph = Graph { succs, preds, order, idom: vec![0; n] };
        graph.find_dominators();
        graph
    }

    fn find_dominators(&mut self) {
        let mut depth = vec![0usize; self.succs.len()];
        for idx in self.order.clone() {
            let mut common: Option<usize> = None;
            for &pred in self.preds[idx].iter().rev() {
                let mut other = pred;
                let mut block = common.unwrap_or(pred);
                while block != other {
                    if depth[block] >= depth[other] {
                        block = self.idom[block];
                    } else {
                        other = self.idom[other];
                    }
                }
                common = Some(block);
            }
            if let Some(dominator) = common {
                self.idom[idx] = dominator;
                depth[idx] = depth[dominator] + 1;
            }
        }
    }
}

fn successors(blocks: &[Placed], idx: usize) -> Vec<usize> {
    match &blocks[idx].end {
        End::Fall => vec![idx + 1],
        End::Goto(to) => vec![*to as usize],
        End::If(_, to) => vec![*to as usize, idx + 1],
        End::IfElse(_, yes, no) => vec![*yes as usize, *no as usize],
        End::Exit => vec![],
    }
}

/// Takes out the edges that lead back to a block on the way to it.
fn remove_back_edges(succs: &mut [Vec<usize>]) {
    let (mut back, mut open, mut seen) =
        (Vec::new(), vec![false; succs.len()], vec![false; succs.len()]);
    let mut stack = vec![(0usize, 0usize)];
    while let Some((idx, at)) = stack.pop() {
        seen[idx] = true;
        open[idx] = true;
        let Some(&next) = succs[idx].get(at) else {
            open[idx] = false;
            continue;
        };
        stack.push((idx, at + 1));
        if open[next] {
            back.push((idx, next));
        } else if !seen[next] {
            stack.push((next, 0));
        }
    }
    for (from, to) in back {
        succs[from].retain(|&next| next != to);
    }
}

fn topological(succs: &[Vec<usize>], preds: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = preds.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..succs.len()).filter(|&idx| waiting[idx] == 0).collect();
    let mut order = Vec::with_capacity(succs.len());
    while let Some(idx) = ready.pop() {
        order.push(idx);
        for &next in &succs[idx] {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(next);
            }
        }
    }
    order
}
