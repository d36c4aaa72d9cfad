//! The policies of `tests/ui/accepted`: together they use what the language has, each compiles
//! without a diagnostic, and their in-file tests hold.

use syrup_diag::{RenderOptions, render};
use syrup_tests::listing::policies_below;
use syrupc::testing::{Interp, run_tests};

#[test]
fn accepted_policies_do_what_their_tests_say() {
    let mut n_tests = 0;
    for path in policies_below("tests/ui/accepted") {
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
    assert!(n_tests >= 12, "only {n_tests} tests were found");
}
