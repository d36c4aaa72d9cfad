//! What the verifier may know of a number where a branch tests it.
//!
//! In: numbers, and the branches that test them. Out: whether nothing is known that would decide a
//! test. A branch tells something of a number on the ways behind it; one that asks for a constant
//! only on the way where it is that constant.

use super::Graph;
use super::values::{Kind, Number, Values};
use std::collections::BTreeMap;

/// See the module's text.
pub struct Known<'a> {
    values: &'a Values,
    /// The blocks from which on something is known of a number.
    since: BTreeMap<Number, Vec<usize>>,
    /// For each block, the blocks that lead to it, itself included: a bit each.
    above: Vec<Vec<u64>>,
}

impl<'a> Known<'a> {
    pub fn new(values: &'a Values, graph: &'a Graph) -> Known<'a> {
        let n = graph.succs.len();
        let mut above = vec![vec![0u64; n.div_ceil(64)]; n];
        for &idx in &graph.order {
            let mut own = std::mem::take(&mut above[idx]);
            own[idx / 64] |= 1 << (idx % 64);
            for &pred in &graph.preds[idx] {
                own.iter_mut().zip(&above[pred]).for_each(|(own, above)| *own |= above);
            }
            above[idx] = own;
        }
        let mut known = Known { values, since: BTreeMap::new(), above };
        for test in &values.tests {
            // Two numbers of which nothing is known say next to nothing of each other.
            let (numbers, at) = (&test.numbers, test.block);
            if numbers.len() == 2 && numbers.iter().all(|&number| known.is_nothing(number, at)) {
                continue;
            }
            let from = match test.equal {
                Some(equal) => vec![equal],
                None => graph.succs[at].clone(),
            };
            for &number in numbers {
                known.since.entry(number).or_default().extend(&from);
            }
        }
        known
    }

    /// Whether the verifier knows nothing of a number that would decide a test in a block.
    pub fn is_nothing(&self, number: Number, block: usize) -> bool {
        self.nothing(number, block, &mut BTreeMap::new())
    }

    /// `asked` holds the answers so far.
    fn nothing(
        &self,
        number: Number,
        block: usize,
        asked: &mut BTreeMap<(Number, usize), bool>,
    ) -> bool {
        if let Some(&answer) = asked.get(&(number, block)) {
            return answer;
        }
        let answer = !self.is_tested(number, block)
            && match &self.values.kinds[number] {
                Kind::Fresh => true,
                Kind::Derived(from) => from.iter().any(|&part| self.nothing(part, block, asked)),
                Kind::Phi(_) => {
                    let mut sources = self.values.sources.get(&number).into_iter().flatten();
                    sources.all(|&(part, pred)| self.nothing(part, pred, asked))
                }
                Kind::Unknown | Kind::Ctx | Kind::Const => false,
                Kind::MapValue(_) | Kind::Pointer => false,
            };
        asked.insert((number, block), answer);
        answer
    }

    fn is_tested(&self, number: Number, block: usize) -> bool {
        let since = self.since.get(&number).into_iter().flatten();
        let above = &self.above[block];
        since.copied().any(|from| above[from / 64] & 1 << (from % 64) != 0)
    }
}
