//! Every example: it compiles without a diagnostic and its in-file tests hold.

use syrup_diag::{RenderOptions, render};
use syrupc::testing::{Engine, Interp, run_tests};

/// Runs the tests of every example on an engine.
fn examples_hold(engine: &mut dyn Engine) {
    let mut n_tests = 0;
    let folder = syrup_tests::root().join("examples");
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let path = entry.path().join("policy.syr");
        if !path.exists() {
            continue;
        }
        let mut analysis = syrup_tests::analyze_file(&path);
        let ready = syrup_tests::build_all(&mut analysis, "socket_select");
        for result in run_tests(&analysis.program, &ready, engine) {
            n_tests += 1;
            if let Some(failure) = result.failure {
                let text = render(&failure, &analysis.sources, RenderOptions::default());
                panic!("{}: {}\n{text}", path.display(), result.name);
            }
        }
    }
    assert!(n_tests >= 10, "only {n_tests} tests were found");
}

#[test]
fn examples_hold_on_the_interpreter() {
    examples_hold(&mut Interp);
}
