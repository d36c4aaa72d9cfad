//! Termination: every loop has a bound that is known before it starts.
//!
//! In: a function whose ids are in range. Out: violations. Claim: each loop takes at most its `max`
//! trips each time it is entered, and every graph is reducible. Argument: edges other than `next`
//! are checked to go forward in one order, so each cycle has a `next`; a `next` goes to a `loop`
//! that dominates it and is reached only through the body, never from the exit, so on each turn
//! the index has grown by one and was below `max`.

use super::{Report, Violation};
use crate::graph::Graph;
use crate::{Block, Func, Term};

/// The shape of the graph: the entry, reachability, loops.
pub(super) fn termination(func: &Func, graph: &Graph) -> Vec<Violation> {
    let mut report = Report::new(func);
    let mut position = vec![usize::MAX; func.blocks.len()];
    for (at, &block) in graph.order.iter().enumerate() {
        position[block.idx()] = at;
    }
    for block in func.block_ids() {
        if !graph.is_reached(block) {
            report.block(block, "nothing reaches it");
            continue;
        }
        match &func.block(block).term {
            Term::Next { header, .. } => next(&mut report, func, graph, block, *header),
            term => {
                for (edge, _) in term.edges() {
                    if edge.block == Block(0) {
                        report.term(block, "the entry has no predecessors");
                    } else if position[edge.block.idx()] <= position[block.idx()] {
                        let text = format!("the edge to {} closes a cycle", edge.block);
                        report.term(block, text);
                    }
                }
            }
        }
        if let Term::Loop { exit, max, .. } = &func.block(block).term {
            if graph.natural_loop(block).blocks.contains(&exit.block) {
                report.term(block, "the exit leads back into the loop");
            }
            if *max == 0 {
                report.term(block, "a loop that never runs");
            }
        }
    }
    report.done()
}

fn next(report: &mut Report<'_>, func: &Func, graph: &Graph, block: Block, header: Block) {
    if !matches!(func.block(header).term, Term::Loop { .. }) {
        report.term(block, format!("{header} is no loop header"));
    } else if header == block || !graph.dominates(header, block) {
        report.term(block, format!("{header} does not dominate this block"));
    }
}
