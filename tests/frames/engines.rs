//! Policies over frames, on every engine: the interpreter against this machine's kernel and native
//! code, on frames made by chance, and the in-file tests of headers and stacks.

use super::{POLICY, build, raw};
use std::path::PathBuf;
use syrup_backend::Backend;
use syrup_diag::{RenderOptions, Sources, render};
use syrup_engine::{Kernel, Native};
use syrup_evidence::frames;
use syrup_ir::interp::{SetState, State};
use syrup_load::testing::{privileged, skip};
use syrup_tests::listing::policies_below;
use syrupc::testing::{Engine, Interp, Rng, Scripted, run_tests};

/// What compiles for the kernel.
const BACKENDS: &[&dyn Backend] = &[&syrup_ebpf::Ebpf];

/// How many frames are made.
const FRAMES: usize = 600;

/// One frame in so many is cut at every byte besides.
const CUT_EVERY: usize = 100;

fn kernel(sources: Sources) -> Kernel {
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the default target exists");
    Kernel::new(target, sources, BACKENDS).unwrap()
}

/// [`POLICY`] with every n-th of its arms: all of them ask for more work of the kernel's verifier
/// than a policy may.
fn some_arms(nth: usize, of: usize) -> String {
    let is_arm = |line: &str| line.contains("=>") && !line.contains("_ => ");
    let mut at = 0;
    let lines = POLICY.lines().filter(|line| {
        at += usize::from(is_arm(line));
        !is_arm(line) || at % of == nth
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Compares engines with the interpreter on frames made by chance, and counts the verdicts seen.
fn compare(text: &str, engines: &mut [&mut dyn Engine]) -> usize {
    let hook = "xdp";
    let policy = build(text, hook);
    let script = Scripted::default();
    let mut rng = Rng::new(11);
    let mut state = State::new(policy.module());
    // Some slots hold nothing.
    state.sets[0] =
        SetState { generations: (0..32).map(|slot| u32::from(slot % 5 != 0)).collect() };
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..FRAMES {
        let frame = frames::frame(&mut rng);
        let shortest = if n % CUT_EVERY == 0 { 0 } else { frame.len() };
        for end in (shortest..=frame.len()).rev() {
            let packet = raw(&frame[..end]);
            let wanted = Interp.run(&policy, &mut state.clone(), &packet, &script).unwrap();
            seen.insert(format!("{:?}", wanted.decision));
            for engine in &mut *engines {
                let found = engine.run(&policy, &mut state.clone(), &packet, &script);
                let of = format!("{hook} on {}, frame {n} cut to {end} bytes", engine.name());
                let found = found.unwrap_or_else(|error| panic!("{of}: {error}"));
                assert_eq!(found, wanted, "{of}: {:02x?}", &frame[..end]);
            }
        }
    }
    seen.len()
}

#[test]
fn frames_mean_the_same_in_the_kernel() {
    if let Err(reason) = privileged() {
        return skip("frames_mean_the_same_in_the_kernel", &reason);
    }
    let mut n_seen = 0;
    for nth in 0..3 {
        let text = some_arms(nth, 3);
        let analysis = syrupc::analyze("frames.syr", &text, &syrupc::NoFiles);
        n_seen += compare(&text, &mut [&mut kernel(analysis.sources)]);
    }
    assert!(n_seen >= 20, "only {n_seen} verdicts were seen");
}

#[test]
fn frames_mean_the_same_as_native_code() {
    let n_seen = compare(POLICY, &mut [&mut Native::default()]);
    assert!(n_seen >= 20, "only {n_seen} verdicts were seen");
}

/// The files whose policies begin at a frame, and those that may.
fn files() -> Vec<PathBuf> {
    let folders = ["tests/frames", "stdlib/headers", "stdlib/functions", "examples"];
    folders.into_iter().flat_map(policies_below).collect()
}

/// Runs the in-file tests of every file at the last hook that each policy names.
fn run_files(engine: &mut dyn FnMut(Sources) -> Box<dyn Engine>) {
    let mut n_tests = 0;
    for path in files() {
        let mut analysis = syrup_tests::analyze_file(&path);
        let begins = |name: &str| matches!(name, "xdp" | "cpu_redirect");
        let policies = &analysis.program.policies;
        let last = |policy: &syrupc::hir::Policy| {
            policy.hooks.last().is_some_and(|(name, _)| begins(name))
        };
        if policies.is_empty() || !policies.iter().all(last) {
            continue;
        }
        let ready = syrup_tests::build_named(&mut analysis, usize::MAX);
        let mut engine = engine(analysis.sources.clone());
        for result in run_tests(&analysis.program, &ready, &mut *engine) {
            assert!(result.skipped.is_none(), "{}: {}", path.display(), result.name);
            n_tests += 1;
            if let Some(failure) = result.failure {
                let text = render(&failure, &analysis.sources, RenderOptions::default());
                panic!("{} on {}: {}\n{text}", path.display(), engine.name(), result.name);
            }
        }
    }
    assert!(n_tests >= 37, "only {n_tests} tests were found");
}

#[test]
fn in_file_tests_of_frames_hold_in_the_kernel() {
    if let Err(reason) = privileged() {
        return skip("in_file_tests_of_frames_hold_in_the_kernel", &reason);
    }
    run_files(&mut |sources| Box::new(kernel(sources)));
}

#[test]
fn in_file_tests_of_frames_hold_as_native_code() {
    run_files(&mut |_| Box::new(Native::default()));
}
