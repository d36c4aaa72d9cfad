//! Random modules: native code gives what the interpreter gives, on every module and input.

use crate::common::{Script, contents, difference, instance, options, profile};
use crate::threads::name_of;
use crate::{expression, generate};
use std::collections::BTreeSet;
use syrup_ir::check::check;
use syrup_ir::interp::{Packet, State, run_checking_facts};
use syrup_ir::opt::{Passes, optimize};
use syrup_ir::text::{PrintOptions, print};
use syrup_ir::{Checked, Module, Term};
use syrup_native::Options;

/// Modules of one run of the tests; more with `SYRUP_RANDOM_MODULES`.
pub fn n_modules() -> u64 {
    let wanted = std::env::var("SYRUP_RANDOM_MODULES").ok().and_then(|n| n.parse().ok());
    wanted.unwrap_or(120)
}

/// Inputs that each module is shown, one after the other on one state.
const INPUTS: u32 = 12;

/// The module checked, unless its loops are too many for the budget.
pub fn checked(module: Module) -> Option<Checked> {
    check(module, &profile()).ok()
}

fn text(policy: &Checked) -> String {
    print(policy.module(), PrintOptions { spans: false })
}

#[test]
fn modules_mean_the_same() {
    let (mut n_packets, mut n_events) = (0, 0);
    let mut seen = BTreeSet::new();
    for seed in 0..n_modules() {
        let Some(policy) = checked(generate::module(seed)) else { continue };
        let improved = checked(optimize(policy.clone(), Passes::ALL));
        for policy in [Some(policy), improved].into_iter().flatten() {
            if let Some(difference) = difference(&policy, options(), seed, INPUTS) {
                panic!("seed {seed}: {difference}\n{}", text(&policy));
            }
            for block in &policy.module().funcs[0].blocks {
                if let Term::Return { verdict, .. } = block.term {
                    seen.insert(name_of(verdict));
                }
            }
            match policy.module().funcs[0].event() {
                Some(_) => n_events += 1,
                None => n_packets += 1,
            }
        }
    }
    let wanted = ["pass", "drop", "steer", "enqueue", "preempt", "keep", "idle"];
    assert!(wanted.iter().all(|name| seen.contains(name)), "verdicts: {seen:?}");
    assert!(n_packets > n_modules() / 2, "only {n_packets} modules over packets");
    assert!(n_events > n_modules() / 4, "only {n_events} modules over threads");
}

/// What differs first for any two small numbers as parameters, if anything does.
pub fn small_difference(policy: &Checked, options: Options, seed: u64) -> Option<String> {
    let native = instance(policy, options);
    let ranges: Vec<_> = policy.module().params.iter().map(|param| param.range).collect();
    let numbers = |at: usize| ranges[at].0..=ranges[at].1;
    for (a, b) in numbers(0).flat_map(|a| numbers(1).map(move |b| (a, b))) {
        let mut wanted = State::new(policy.module());
        wanted.params = vec![a, b];
        let mut found = wanted.clone();
        native.load(&wanted);
        let packet = Packet::default();
        let expected = run_checking_facts(policy, &mut wanted, &packet, &mut Script::new(seed));
        let given = native.run(&packet, &mut Script::new(seed));
        native.save(&mut found);
        let (state, right) = (contents(&found), contents(&wanted));
        if given != expected || state != right {
            return Some(format!(
                "{a} and {b}: {given:?}, {state} instead of {expected:?}, {right}"
            ));
        }
    }
    None
}

#[test]
fn algebra_is_the_same_for_every_small_number() {
    for seed in 0..n_modules() {
        let policy = checked(expression::module(seed)).expect("a few blocks are no long path");
        if let Some(difference) = small_difference(&policy, options(), seed) {
            panic!("seed {seed}: {difference}\n{}", text(&policy));
        }
    }
}
