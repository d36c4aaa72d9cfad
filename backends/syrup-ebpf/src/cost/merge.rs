//! Where the verifier will drop all but one of the states that meet.
//!
//! In: placed blocks. Out: for each block where that is so, the block that dominates it: one visit
//! there gives one visit here.
//!
//! Claim: states that part in a dominator D and meet in J cover each other when every register and
//! slot that J still reads holds (a) the value it held in D, untested on the way, or (b) a number
//! whose range the verifier never needed, or (c) pointers into values of one map. A range is
//! needed (`mark_chain_precision`) where a branch is decided before it is taken; a first test of a
//! number that nothing is known of is not decided.

use super::Graph;
use super::values::{Kind, Number, Values};
use crate::layout::Placed;
use std::collections::BTreeSet;

/// See the module's text.
pub struct Merges {
    /// For a block whose arrivals cover each other: the dominator.
    pub dominator: Vec<Option<usize>>,
    /// Whether some branch may be decided before it is taken.
    pub some_branch_is_decided: bool,
}

/// Finds the blocks.
pub fn merges(blocks: &[Placed], graph: &Graph) -> Merges {
    let values = Values::new(blocks, graph);
    let (precise, some_branch_is_decided) = precise(&values);
    let mut dominator = vec![None; blocks.len()];
    for (idx, slot) in dominator.iter_mut().enumerate() {
        if graph.preds[idx].len() < 2 {
            continue;
        }
        let above = graph.idom[idx];
        let tested = tested_between(&values, graph, above, idx);
        let covers = values.entry[idx].values().all(|&number| {
            let varies = match &values.kinds[number] {
                // A choice made before D is the same on all ways from D.
                Kind::Phi(_) => !values.entry[above].values().any(|&v| v == number),
                _ => false,
            };
            if !varies && !tested.contains(&number) {
                return true;
            }
            !precise.contains(&number) && is_alike(&values, number)
        });
        if covers {
            *slot = Some(above);
        }
    }
    Merges { dominator, some_branch_is_decided }
}

/// Numbers that flow into a branch which may be decided before it is taken.
fn precise(values: &Values) -> (BTreeSet<Number>, bool) {
    let mut tested: BTreeSet<Number> = BTreeSet::new();
    let mut work: Vec<Number> = Vec::new();
    for test in &values.tests {
        let is_open = |number: &Number| {
            is_unknown(values, *number, &tested) || is_pointer(&values.kinds[*number])
        };
        if !test.numbers.iter().any(is_open) {
            work.extend(&test.numbers);
        }
        tested.extend(&test.numbers);
    }
    let some = !work.is_empty();
    let mut precise = BTreeSet::new();
    while let Some(number) = work.pop() {
        if precise.insert(number)
            && let Kind::Derived(from) | Kind::Phi(from) = &values.kinds[number]
        {
            work.extend(from);
        }
    }
    (precise, some)
}

/// Whether the verifier knows nothing of a number that would decide a test.
fn is_unknown(values: &Values, number: Number, tested: &BTreeSet<Number>) -> bool {
    // What it is made of, each once: numbers are made of smaller ones, so their order is one in
    // which each comes after its parts.
    let (mut parts, mut work) = (BTreeSet::new(), vec![number]);
    while let Some(number) = work.pop() {
        if parts.insert(number)
            && !tested.contains(&number)
            && let Kind::Derived(from) | Kind::Phi(from) = &values.kinds[number]
        {
            work.extend(from);
        }
    }
    let mut unknown: BTreeSet<Number> = BTreeSet::new();
    for part in parts {
        let is_unknown = !tested.contains(&part)
            && match &values.kinds[part] {
                Kind::Fresh => true,
                Kind::Derived(from) => from.iter().any(|n| unknown.contains(n)),
                Kind::Phi(from) => from.iter().all(|n| unknown.contains(n)),
                Kind::Unknown | Kind::Ctx | Kind::Const | Kind::MapValue(_) | Kind::Pointer => {
                    false
                }
            };
        if is_unknown {
            unknown.insert(part);
        }
    }
    unknown.contains(&number)
}

fn is_pointer(kind: &Kind) -> bool {
    match kind {
        Kind::Ctx | Kind::MapValue(_) | Kind::Pointer => true,
        Kind::Unknown | Kind::Const | Kind::Fresh | Kind::Derived(_) | Kind::Phi(_) => false,
    }
}

/// Whether all that a number may be are plain numbers, or pointers into values of one map.
fn is_alike(values: &Values, number: Number) -> bool {
    let (mut maps, mut numbers, mut others) = (BTreeSet::new(), false, false);
    let (mut work, mut seen) = (vec![number], BTreeSet::new());
    while let Some(number) = work.pop() {
        if !seen.insert(number) {
            continue;
        }
        match &values.kinds[number] {
            Kind::Phi(from) => work.extend(from),
            Kind::MapValue(map) => {
                maps.insert(*map);
            }
            Kind::Const | Kind::Fresh => numbers = true,
            Kind::Derived(from) => {
                if from.iter().any(|&n| is_pointer(&values.kinds[n])) {
                    others = true;
                } else {
                    numbers = true;
                }
            }
            Kind::Unknown | Kind::Ctx | Kind::Pointer => others = true,
        }
    }
    !others && if numbers { maps.is_empty() } else { maps.len() == 1 }
}

/// Numbers that branches on ways from `above` to `block` test, the branch of `above` included.
fn tested_between(values: &Values, graph: &Graph, above: usize, block: usize) -> BTreeSet<Number> {
    let mut between = BTreeSet::from([above]);
    let mut work = graph.preds[block].clone();
    while let Some(idx) = work.pop() {
        if between.insert(idx) {
            work.extend(&graph.preds[idx]);
        }
    }
    let tests = values.tests.iter().filter(|test| between.contains(&test.block));
    let mut tested: BTreeSet<Number> = tests.flat_map(|t| t.numbers.iter().copied()).collect();
    // A number computed from a tested one keeps what was known when it was computed; a copy has
    // the same number.
    tested.retain(|&number| !matches!(values.kinds[number], Kind::Const));
    tested
}
