//! What tests say of policies: the smallest failing case, properties that say nothing, coverage.
//!
//! In: `tests/properties/*.syr`. Out: a failure where results differ from the text beside the file,
//! `*.out`, which `SYRUP_BLESS=1` rewrites: each test with its diagnostic, then each arm with the
//! number of cases that took it. This machine's kernel must say the same as the interpreter.

use std::fmt::Write;
use std::path::Path;
use syrup_backend::Backend;
use syrup_diag::{RenderOptions, render};
use syrup_engine::Kernel;
use syrup_load::testing::{privileged, skip};
use syrup_tests::emit::target;
use syrup_tests::listing::policies_below;
use syrupc::testing::{Coverage, Engine, Interp, run_tests};

/// What compiles for the kernel.
const BACKENDS: &[&dyn Backend] = &[&syrup_ebpf::Ebpf];

/// What the tests of a file give on an engine, the engine's name left out.
fn report(path: &Path, engine: &dyn Fn(&syrupc::Analysis) -> Box<dyn Engine>) -> String {
    let mut analysis = syrup_tests::analyze_file(path);
    let ready = syrup_tests::build_all(&mut analysis, syrupc::DEFAULT_HOOK);
    let mut engine = engine(&analysis);
    let (mut out, mut total) = (String::new(), Coverage::default());
    for result in run_tests(&analysis.program, &ready, &mut *engine) {
        let word = if result.failure.is_none() { "ok" } else { "FAILED" };
        writeln!(out, "{word} {} ({} cases)", result.name, result.n_cases).unwrap();
        for shown in result.failure.iter().chain(&result.warning) {
            let text = render(shown, &analysis.sources, RenderOptions::default());
            let is_engine = |line: &&str| line.contains("engine: ");
            text.lines().filter(|line| !is_engine(line)).for_each(|line| {
                writeln!(out, "{line}").unwrap();
            });
        }
        total.add(&result.coverage);
    }
    for (id, reached) in &total.0 {
        let name = &analysis.program.policies[id.idx()].name;
        writeln!(out, "{name}: {} cases, {} empty", reached.n_runs, reached.n_empty).unwrap();
        let arms = &ready[id].traced.as_ref().expect("it was built to tell").arms;
        for (arm, n) in arms.iter().zip(&reached.arms) {
            let text = analysis.sources.slice(arm.span);
            writeln!(out, "{n:6} {:5} {text}", arm.kind.name()).unwrap();
        }
    }
    out
}

#[test]
fn results_are_as_recorded() {
    let bless = std::env::var_os("SYRUP_BLESS").is_some_and(|value| value == "1");
    let paths = policies_below("tests/properties");
    assert!(paths.len() >= 2, "only {} files", paths.len());
    for path in paths {
        let found = report(&path, &|_| Box::new(Interp));
        assert_eq!(found, report(&path, &|_| Box::new(Interp)), "two runs differ");
        let beside = path.with_extension("out");
        if bless {
            std::fs::write(&beside, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        assert!(found == expected, "{}: found\n{found}", path.display());
    }
}

#[test]
fn the_kernel_says_the_same() {
    if let Err(why) = privileged() {
        return skip("the_kernel_says_the_same", &why);
    }
    for path in policies_below("tests/properties") {
        let kernel = report(&path, &|analysis| {
            let kernel = Kernel::new(target("host"), analysis.sources.clone(), BACKENDS);
            Box::new(kernel.unwrap_or_else(|why| panic!("{why}")))
        });
        assert_eq!(kernel, report(&path, &|_| Box::new(Interp)), "{}", path.display());
    }
}

#[test]
fn the_examples_say_something() {
    for path in policies_below("examples") {
        let report = report(&path, &|_| Box::new(Interp));
        assert!(!report.contains("E0803"), "{}:\n{report}", path.display());
    }
}
