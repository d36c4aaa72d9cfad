//! `tests/run/*.syr`: language features, each file with its own tests, on the interpreter. So are
//! the files of the standard library that have tests.

use syrup_diag::{RenderOptions, render};
use syrup_tests::listing::policies_below;
use syrupc::testing::{Interp, run_tests};

/// Where such files are.
const FOLDERS: [&str; 4] = ["tests/run", "stdlib/headers", "stdlib/functions", "stdlib/policies"];

#[test]
fn every_file_holds_on_the_interpreter() {
    let mut n_tests = 0;
    for path in FOLDERS.into_iter().flat_map(policies_below) {
        let mut analysis = syrup_tests::analyze_file(&path);
        // Headers of frames have a test of their own, at hooks that begin there.
        if !syrup_tests::all_run_at(&analysis, syrupc::DEFAULT_HOOK) {
            continue;
        }
        let ready = syrup_tests::build_all(&mut analysis, syrupc::DEFAULT_HOOK);
        for result in run_tests(&analysis.program, &ready, &mut Interp) {
            n_tests += 1;
            if let Some(failure) = result.failure {
                let text = render(&failure, &analysis.sources, RenderOptions::default());
                panic!("{}: {}\n{text}", path.display(), result.name);
            }
        }
    }
    assert!(n_tests > 0, "no tests were found");
}
