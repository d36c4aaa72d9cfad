//! The interpreter against this machine's kernel and against native code: each policy of the
//! repository that compiles, on datagrams of every short length with chance contents.
//!
//! In: the examples, `tests/run`, the standard library. Out: the first difference in verdict, maps
//! or number of draws. The same inputs every time. Without the privilege to load, the tests of the
//! kernel are skipped, or fail when `SYRUP_REQUIRE` says so.

use syrup_backend::Backend;
use syrup_diag::{RenderOptions, render};
use syrup_engine::{Kernel, Native};
use syrup_ir::{Checked, MapKind};
use syrup_load::testing::{privileged, skip};
use syrup_tests::emit::{analyze, policies, target};
use syrup_tests::inputs::{LENGTH_MAX, contents, packet, state, world};
use syrup_tests::listing::policies_below;
use syrupc::DEFAULT_HOOK;
use syrupc::testing::{Engine, Interp, Rng, run_tests};

/// What compiles for the kernel.
const BACKENDS: &[&dyn Backend] = &[&syrup_ebpf::Ebpf];

/// Compares runs of a policy on datagrams of every length, with one state from first to last.
fn compare(name: &str, policy: &Checked, engines: &mut [&mut dyn Engine], seed: u64) {
    let mut rng = Rng::new(seed);
    let mut state = state(policy, &mut rng);
    for length in 0..=LENGTH_MAX {
        let (packet, world) = (packet(length, &mut rng), world(&mut rng));
        let before = state.clone();
        let wanted = Interp.run(policy, &mut state, &packet, &world).unwrap();
        for engine in &mut *engines {
            let mut other = before.clone();
            let found = engine.run(policy, &mut other, &packet, &world);
            let of = format!("{name} on {}, seed {seed}, length {length}", engine.name());
            let found = found.unwrap_or_else(|error| panic!("{of}: {error}"));
            assert_eq!(found, wanted, "{of}: {packet:?} {world:?}");
            assert_eq!(contents(&other), contents(&state), "{of}: the maps differ");
            let inputs = (&state.sets, &state.params);
            assert_eq!((&other.sets, &other.params), inputs, "{of}: the inputs differ");
        }
    }
}

fn has_lru(policy: &Checked) -> bool {
    policy.module().maps.iter().any(|map| map.kind == MapKind::LruHash)
}

#[test]
fn policies_mean_the_same_in_the_kernel_and_as_native_code() {
    if let Err(reason) = privileged() {
        return skip("policies_mean_the_same_in_the_kernel_and_as_native_code", &reason);
    }
    let mut n_policies = 0;
    for name in ["kernel-6.1", "host"] {
        let target = target(name);
        for (name, policy, sources) in policies(&target) {
            // Which entry a full map forgets is the kernel's own affair.
            if has_lru(&policy) {
                continue;
            }
            n_policies += 1;
            let mut kernel = Kernel::new(target.clone(), sources, BACKENDS).unwrap();
            let mut native = Native::default();
            for seed in 1..=3 {
                compare(&name, &policy, &mut [&mut kernel, &mut native], seed);
            }
        }
    }
    assert!(n_policies >= 20, "only {n_policies} policies were compared");
}

#[test]
fn policies_mean_the_same_as_native_code() {
    let target = target("kernel-6.1");
    let mut n_policies = 0;
    for (name, policy, _) in policies(&target) {
        n_policies += 1;
        let mut native = Native::default();
        (1..=3).for_each(|seed| compare(&name, &policy, &mut [&mut native], seed));
    }
    assert!(n_policies >= 20, "only {n_policies} policies were compared");
}

#[test]
fn in_file_tests_hold_as_native_code() {
    let mut n_tests = 0;
    for path in ["examples", "tests/run"].into_iter().flat_map(policies_below) {
        let mut analysis = analyze(&path);
        let ready = syrup_tests::build_all(&mut analysis, DEFAULT_HOOK);
        for result in run_tests(&analysis.program, &ready, &mut Native::default()) {
            n_tests += 1;
            // Native code runs every policy, those over threads too.
            assert!(result.skipped.is_none(), "{}: {}", path.display(), result.name);
            if let Some(failure) = result.failure {
                let text = render(&failure, &analysis.sources, RenderOptions::default());
                panic!("{}: {}\n{text}", path.display(), result.name);
            }
        }
    }
    assert!(n_tests >= 19, "only {n_tests} tests were found");
}

#[test]
fn in_file_tests_hold_in_the_kernel() {
    if let Err(reason) = privileged() {
        return skip("in_file_tests_hold_in_the_kernel", &reason);
    }
    let (mut n_tests, mut n_skipped) = (0, 0);
    for path in ["examples", "tests/run", "stdlib/headers", "stdlib/functions", "stdlib/policies"]
        .into_iter()
        .flat_map(policies_below)
    {
        let mut analysis = analyze(&path);
        if !syrup_tests::all_run_at(&analysis, DEFAULT_HOOK) {
            continue;
        }
        let ready = syrup_tests::build_all(&mut analysis, DEFAULT_HOOK);
        let mut kernel = Kernel::new(target("host"), analysis.sources.clone(), BACKENDS).unwrap();
        for result in run_tests(&analysis.program, &ready, &mut kernel) {
            if let Some(why) = result.skipped {
                n_skipped += 1;
                println!("skipped: {}: {}: {why}", path.display(), result.name);
                continue;
            }
            n_tests += 1;
            if let Some(failure) = result.failure {
                let text = render(&failure, &analysis.sources, RenderOptions::default());
                panic!("{}: {}\n{text}", path.display(), result.name);
            }
        }
    }
    println!("{n_tests} tests, {n_skipped} skipped");
    assert!(n_tests >= 19, "only {n_tests} tests were found");
}
