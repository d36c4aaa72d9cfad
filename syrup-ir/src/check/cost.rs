//! Cost: the worst path of each function is within the budget.
//!
//! In: a function and its trip counts. Out: steps on the worst path, and a diagnostic that names
//! the loop that dominates. Claim: no evaluation takes more steps. Argument: forward edges form no
//! cycle, so the longest path over them is found in one sweep; a loop header weighs its own steps
//! plus, for each trip, those of the longest way round, and outer loops count inner ones with
//! that weight.

use super::FuncFacts;
use crate::graph::{Graph, Loop};
use crate::{Block, Func, Module};
use syrup_diag::limits::PATH_STEPS_MAX;
use syrup_diag::{Code, Diagnostic, Diagnostics};

/// Steps on the worst path; more than the budget is reported.
pub(super) fn worst_path(
    module: &Module,
    func: &Func,
    graph: &Graph,
    facts: &FuncFacts,
    found: &mut Diagnostics,
) -> u64 {
    let mut weights: Vec<u64> =
        func.block_ids().map(|block| block_steps(module, func, block)).collect();
    for block in func.block_ids().filter(|block| !facts.reached[block.idx()]) {
        weights[block.idx()] = 0;
    }
    let mut costly: Option<(u64, Loop)> = None;
    // Inner loops stand after outer ones.
    for inner in graph.loops(func).into_iter().rev() {
        let trips = u64::from(facts.trips.get(&inner.header).copied().unwrap_or(0));
        let turns = trips.saturating_mul(way_round(func, &inner, &weights));
        let header = &mut weights[inner.header.idx()];
        *header = header.saturating_add(turns);
        if costly.as_ref().is_none_or(|(most, _)| turns >= *most) {
            costly = Some((turns, inner));
        }
    }
    let steps = longest(func, graph.order.iter().rev(), &weights);
    if steps > PATH_STEPS_MAX {
        found.push(too_long(func, facts, steps, costly));
    }
    steps
}

/// Steps of the instructions and the terminator of a block.
fn block_steps(module: &Module, func: &Func, block: Block) -> u64 {
    let data = func.block(block);
    let insts: u64 = data.insts.iter().map(|inst| u64::from(inst.op.info().steps)).sum();
    insts + u64::from(data.term.steps(&module.maps))
}

/// The longest way from a header round to it again, the header's own steps included.
fn way_round(func: &Func, inner: &Loop, weights: &[u64]) -> u64 {
    longest(func, inner.blocks.iter().rev(), weights)
}

/// The longest path over forward edges within blocks that come last to first, from the last of
/// them; an edge that leaves them ends the path.
fn longest<'a>(func: &Func, blocks: impl Iterator<Item = &'a Block>, weights: &[u64]) -> u64 {
    let mut paths: Vec<Option<u64>> = vec![None; func.blocks.len()];
    let mut first = 0;
    for &block in blocks {
        let term = &func.block(block).term;
        // `edges` leaves out the way back to a header.
        let ahead = term.edges().filter_map(|(target, _)| paths[target.block.idx()]);
        first = weights[block.idx()].saturating_add(ahead.max().unwrap_or(0));
        paths[block.idx()] = Some(first);
    }
    first
}

fn too_long(func: &Func, facts: &FuncFacts, steps: u64, costly: Option<(u64, Loop)>) -> Diagnostic {
    let message =
        format!("the longest path takes {steps} steps, the budget is {PATH_STEPS_MAX} steps");
    match costly {
        Some((turns, Loop { header, .. })) => {
            let trips = facts.trips.get(&header).copied().unwrap_or(0);
            Diagnostic::error(Code::E0601, func.block(header).span, message)
                .label(format!("{turns} of them here, in up to {trips} turns"))
                .also(func.span, "in this policy")
                .help("give the loop a smaller bound, or do less in it")
        }
        None => Diagnostic::error(Code::E0601, func.span, message)
            .help("split the policy, or match fewer cases"),
    }
}
