//! The bytecode judge on what the compiler emits, and on what is left of it without its guards.
//!
//! In: the policies of the repository. Out: nothing that the judge refuses; no guard that nobody
//! misses. `cargo xtask evidence lint` and `checks` do the same for every target and manner.

use syrup_ebpf::{Choices, Manner, PacketAccess};
use syrup_load::testing::{privileged, skip};
use syrup_proof::{checks, corpus, lints};
use syrup_tests::emit::target;

#[test]
fn emitted_programs_break_no_rule() {
    let manners = [
        Manner { access: PacketAccess::DirectFirst, choices: Choices::Jumps, forget: false },
        Manner { access: PacketAccess::HelperOnly, choices: Choices::Straight, forget: true },
    ];
    // The corpus has the examples once more; of the rest, every other policy is made in one way.
    let cases = corpus::repository(&target("kernel-6.1")).into_iter();
    let cases = cases.filter(|case| !case.name.starts_with("tests/corpus/"));
    let (mut even, mut odd) = (Vec::new(), Vec::new());
    for (at, case) in cases.enumerate() {
        if at % 2 == 0 { even.push(case) } else { odd.push(case) }
    }
    let mut outcome = lints::run(&even, &manners[..1]);
    let other = lints::run(&odd, &manners[1..]);
    outcome.n_programs += other.n_programs;
    outcome.findings.extend(other.findings);
    assert!(outcome.findings.is_empty(), "{}", outcome.findings.join("\n"));
    assert!(outcome.n_programs >= 200, "only {} programs were judged", outcome.n_programs);
}

#[test]
fn no_guard_can_be_taken_out() {
    let cases: Vec<_> = corpus::repository(&target("host"))
        .into_iter()
        .filter(|case| case.name.starts_with("examples/"))
        .collect();
    let outcome = checks::run(&cases, false).expect("every program is fine to begin with");
    assert!(outcome.missed.is_empty(), "{}", outcome.missed.join("\n"));
    assert!(outcome.n_removed() >= 100, "only {} guards were taken out", outcome.n_removed());
}

#[test]
fn the_kernel_misses_guards_too() {
    if let Err(reason) = privileged() {
        return skip("the_kernel_misses_guards_too", &reason);
    }
    let mut cases = corpus::repository(&target("host"));
    cases.retain(|case| case.name.starts_with("examples/token/"));
    let outcome = checks::run(&cases, true).expect("the kernel answers");
    let line = outcome.json(true);
    for kind in ["end_of_packet", "lookup_found"] {
        let counts = &line["guards"][kind];
        assert!(counts["removed"].as_u64() > Some(0), "{line}");
        assert_eq!(counts["refused_by_kernel"], counts["removed"], "{line}");
    }
}
