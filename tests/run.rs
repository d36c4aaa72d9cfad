//! `tests/run/*.syr`: language features, each file with its own tests, on the interpreter.

use syrup_diag::{RenderOptions, render};
use syrupc::testing::{Interp, run_tests};

#[test]
fn every_file_holds_on_the_interpreter() {
    let mut n_tests = 0;
    for entry in std::fs::read_dir(syrup_tests::root().join("tests/run")).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|ext| ext != "syr") {
            continue;
        }
        let mut analysis = syrup_tests::analyze_file(&path);
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
