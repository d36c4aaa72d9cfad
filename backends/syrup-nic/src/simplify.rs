//! Fewer rules that decide the same.
//!
//! In: rules of which the last matches every frame. Out: fewer of them, in order, and what happens
//! to frames that none matches.

use crate::{Action, Cube, Field, Rule};

/// Takes out what never decides, and what a later rule decides the same way.
pub(crate) fn simplify(rules: &mut Vec<Rule>) -> Action {
    let mut kept: Vec<Rule> = Vec::new();
    for rule in rules.drain(..).flat_map(versions) {
        if !kept.iter().any(|before| before.when.covers(&rule.when)) {
            kept.push(rule);
        }
    }
    // From the end, so that a rule is compared with those that stay.
    let mut at = kept.len();
    while at > 0 {
        at -= 1;
        if is_repeated(&kept[at], &kept[at + 1..]) {
            kept.remove(at);
        }
    }
    let rest = match kept.last() {
        Some(rule) if rule.when.is_all() => kept.pop().map_or(Action::Default, |rule| rule.action),
        _ => Action::Default,
    };
    *rules = kept;
    rest
}

/// A rule about IP that does not say which version, as one for each: cards and tools want to know.
fn versions(rule: Rule) -> Vec<Rule> {
    let is_about_ip = rule.when.fields().any(|(field, _)| field != Field::Ethertype);
    if !is_about_ip || rule.when.get(Field::Ethertype).is_some() {
        return vec![rule];
    }
    let of = |kind| rule.when.and(&Cube::exactly(Field::Ethertype, kind));
    let whens = [0x0800, 0x86dd].into_iter().filter_map(of);
    whens.map(|when| Rule { when, action: rule.action }).collect()
}

/// Whether every frame of a rule gets the same from the rules behind it.
fn is_repeated(rule: &Rule, behind: &[Rule]) -> bool {
    for later in behind {
        if rule.when.and(&later.when).is_none() {
            continue;
        }
        if later.action != rule.action {
            return false;
        }
        if later.when.covers(&rule.when) {
            return true;
        }
    }
    false
}
