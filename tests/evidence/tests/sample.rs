//! A bounded sample of what `cargo xtask evidence` does at length, with fixed seeds.
//!
//! In: seeds. Out: a disagreement of engines, a datagram at the wrong socket, a wrong policy that
//! the compiler takes, with a command that shows it again.

use std::path::Path;
use syrup_evidence::differ::{self, Plan};
use syrup_evidence::{hooks, robust};
use syrup_load::testing;

/// Seeds that were looked at at length before.
const SEED: u64 = 20_261_123;

fn plan(n_programs: u64, n_inputs: usize) -> Plan {
    Plan { n_programs, n_inputs, seed: SEED, n_jobs: 2, only: None, size_max: 80 }
}

#[test]
fn engines_agree_on_generated_policies() {
    if let Err(reason) = testing::privileged() {
        testing::skip("the kernel's part of engines_agree_on_generated_policies", &reason);
    }
    let plan = plan(50, 12);
    let report = differ::run(&plan);
    for finding in &report.findings {
        println!("program {}: {:?}", finding.program, finding.difference);
    }
    assert!(report.findings.is_empty(), "again: cargo xtask evidence diff --seed {SEED}");
    let n_refused = report.n_refused();
    assert!(n_refused * 20 <= report.n_programs + 60, "{n_refused} refused: {:?}", report.refused);
    assert!(report.n_native > 400, "only {} evaluations", report.n_native);
    assert_eq!(report.has_kernel, report.n_kernel > 0);
}

#[test]
fn sockets_get_what_the_interpreter_says() {
    if let Err(reason) = testing::privileged() {
        return testing::skip("sockets_get_what_the_interpreter_says", &reason);
    }
    testing::in_namespace(|| {
        let counts = hooks::run(&plan(8, 120));
        assert!(counts.findings.is_empty(), "{:?}", counts.findings);
        assert!(counts.n_large > 50 && counts.verdicts[2] > 100, "{counts:?}");
    });
}

#[test]
fn wrong_policies_are_answered_within_the_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = robust::corpus(&root).expect("the repository's policies are there");
    let counts = robust::run(&corpus, SEED, 150, 4);
    assert!(counts.findings.is_empty(), "{}", counts.findings.join("\n\n"));
    let n_broken: u64 = counts.broken.values().sum();
    assert!(n_broken > 60 && counts.n_exchanged == 150, "{counts:?}");
}
