//! Where the verifier will drop all but a few of the states that meet.
//!
//! In: placed blocks. Out: for each block where that is so, the block that dominates it and a
//! number: one visit there gives at most so many visits here.
//!
//! Claim: states that part in a dominator D and meet in J cover each other when every register and
//! slot that J still reads holds (a) the value it held in D, untested on the way, or (b) a number
//! whose range the verifier never needed, or (c) pointers into values of one map. A range is
//! needed (`mark_chain_precision`) where a branch is decided before it is taken. Where a range is
//! needed, states of the same range cover each other, and a number has as many ranges as there are
//! numbers it may be and outcomes of tests of them.

use super::Graph;
use super::known::Known;
use super::values::{Kind, Number, Values};
use crate::layout::Placed;
use std::collections::{BTreeMap, BTreeSet};

/// See the module's text.
pub struct Merges {
    /// For a block whose arrivals cover each other: the dominator, and visits for each of its.
    pub dominator: Vec<Option<(usize, u64)>>,
    /// Whether some branch may be decided before it is taken.
    pub some_branch_is_decided: bool,
}

/// Finds the blocks.
pub fn merges(blocks: &[Placed], graph: &Graph) -> Merges {
    let values = Values::new(blocks, graph);
    let (precise, some_branch_is_decided) = precise(&values, graph);
    let mut dominator = vec![None; blocks.len()];
    for (idx, slot) in dominator.iter_mut().enumerate() {
        if graph.preds[idx].len() < 2 {
            continue;
        }
        let above = graph.idom[idx];
        let between = Between::new(&values, graph, above, idx);
        let states = values.entry[idx].values().try_fold(1u64, |states, &number| {
            let varies = match &values.kinds[number] {
                // A choice made before D is the same on all ways from D.
                Kind::Phi(_) => !between.is_old(number),
                _ => false,
            };
            if !varies && !between.tests.contains_key(&number) {
                return Some(states);
            }
            if !is_alike(&values, number) {
                return None;
            }
            let is_precise = precise.contains(&number);
            Some(if is_precise { states.saturating_mul(between.ranges(number)) } else { states })
        });
        *slot = states.map(|states| (above, states));
    }
    Merges { dominator, some_branch_is_decided }
}

/// What happens to numbers between a block and one that it dominates.
struct Between<'a> {
    values: &'a Values,
    above: usize,
    /// How many ranges more the tests of a number give it.
    tests: BTreeMap<Number, u64>,
}

impl Between<'_> {
    /// Branches on ways from `above` to `block`, the branch of `above` included.
    fn new<'a>(values: &'a Values, graph: &Graph, above: usize, block: usize) -> Between<'a> {
        let mut between = BTreeSet::from([above]);
        let mut work = graph.preds[block].clone();
        while let Some(idx) = work.pop() {
            if between.insert(idx) {
                work.extend(&graph.preds[idx]);
            }
        }
        let mut tests = BTreeMap::new();
        for test in values.tests.iter().filter(|test| between.contains(&test.block)) {
            // One that asks for a constant leaves all else as it was.
            let cuts = if test.equal.is_some() { 1 } else { 2 };
            for &number in &test.numbers {
                // A number computed from a tested one keeps what was known when it was computed;
                // a copy has the same number.
                if !matches!(values.kinds[number], Kind::Const) {
                    *tests.entry(number).or_insert(0) += cuts;
                }
            }
        }
        Between { values, above, tests }
    }

    /// Whether a number was there before.
    fn is_old(&self, number: Number) -> bool {
        self.values.entry[self.above].values().any(|&old| old == number)
    }

    /// How many ranges a number may have.
    fn ranges(&self, number: Number) -> u64 {
        self.count(number, &mut BTreeMap::new())
    }

    fn count(&self, number: Number, counted: &mut BTreeMap<Number, u64>) -> u64 {
        if let Some(&count) = counted.get(&number) {
            return count;
        }
        let made = match &self.values.kinds[number] {
            Kind::Phi(_) | Kind::Derived(_) if self.is_old(number) => 1,
            Kind::Phi(from) => {
                let counts = from.iter().map(|&part| self.count(part, counted));
                counts.fold(0, u64::saturating_add)
            }
            Kind::Derived(from) => {
                let counts = from.iter().map(|&part| self.count(part, counted));
                counts.fold(1, u64::saturating_mul)
            }
            Kind::Fresh | Kind::Const | Kind::Unknown | Kind::Ctx => 1,
            Kind::MapValue(_) | Kind::Pointer => 1,
        };
        // Each test cuts what a number may be once more.
        let cuts = 1 + self.tests.get(&number).copied().unwrap_or(0);
        let count = made.saturating_mul(cuts);
        counted.insert(number, count);
        count
    }
}

/// Numbers that flow into a branch which may be decided before it is taken.
fn precise(values: &Values, graph: &Graph) -> (BTreeSet<Number>, bool) {
    let known = Known::new(values, graph);
    let mut work: Vec<Number> = Vec::new();
    for test in &values.tests {
        let is_open = |number: &Number| {
            is_pointer(&values.kinds[*number]) || known.is_nothing(*number, test.block)
        };
        if !test.numbers.iter().any(is_open) {
            work.extend(&test.numbers);
        }
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
