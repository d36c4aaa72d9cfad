//! Puts the rules of the two sides of a condition together.
//!
//! In: the rules of both sides, each total for its side, and the frames of each side as cubes. Out:
//! the shortest list found that decides for each frame as its side does.

use crate::{Cube, Rule};
use syrup_diag::limits::NIC_RULES_MAX;

/// Rules of two sides, each for the frames of some cubes, as one list; nothing where it is long.
pub(super) fn joined(
    inside: &[Cube],
    yes: Vec<Rule>,
    outside: impl FnOnce() -> Vec<Cube>,
    no: Vec<Rule>,
) -> Option<Vec<Rule>> {
    // The rules of one side before those of the other, which is then what is left.
    let before = |cubes: &[Cube], rules: &[Rule], rest: &[Rule]| {
        let mut found = narrowed(cubes, rules);
        found.extend_from_slice(rest);
        found
    };
    let mut found = before(inside, &yes, &no);
    if found.len() > yes.len() + no.len() {
        let outside = outside();
        let same = yes.iter().rev().zip(no.iter().rev()).take_while(|(a, b)| a == b).count();
        let (yes_own, no_own) = (&yes[..yes.len() - same], &no[..no.len() - same]);
        let no_before = before(&outside, no_own, &no[no.len() - same..]);
        let each_narrowed = before(inside, yes_own, &no_before);
        let others = [each_narrowed, before(&outside, &no, &yes)];
        found = others.into_iter().chain([found]).min_by_key(Vec::len)?;
    }
    (found.len() <= NIC_RULES_MAX).then_some(found)
}

/// Rules for the frames of some cubes only.
fn narrowed(cubes: &[Cube], rules: &[Rule]) -> Vec<Rule> {
    let each = cubes.iter().flat_map(|cube| rules.iter().map(move |rule| (cube, rule)));
    each.filter_map(|(cube, rule)| Some(Rule { when: cube.and(&rule.when)?, action: rule.action }))
        .collect()
}
