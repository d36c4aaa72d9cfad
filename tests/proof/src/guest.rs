//! `guest`: what another kernel than the developer's makes of the same programs.
//!
//! In: the policies beside the program, numbers. Out: `GUEST_RESULT` and a JSON line on the
//! console, for `cargo xtask kernels`; before each policy a line that says which it is, so that a
//! kernel that hangs is found out.

use crate::words;
use serde_json::json;
use syrup_proof::corpus::{self, Made};
use syrup_proof::{accept, agree};
use syrup_tests::emit::target;

/// Runs everything and prints the result.
pub fn run(options: &[&str]) -> Result<String, Vec<String>> {
    let [n_programs, seed] = words::numbers(options, [("programs", 20), ("seed", 1)])?;
    let (oldest, here) = (target("kernel-6.1"), target("host"));
    let mut outcome = accept::Outcome::default();
    let (mut n_compared, mut differences) = (0u64, Vec::new());
    let repository = corpus::repository(&oldest).into_iter().map(|case| Made::Case(case.into()));
    for (at, made) in repository.chain(corpus::generated(&here, seed, n_programs)).enumerate() {
        if let Made::Case(case) = &made {
            println!("{at}: {}", case.name);
            if agree::is_comparable(&case.policy) {
                n_compared += 1;
                match agree::difference(case, agree::DIRECT, seed, 4) {
                    Ok(None) => {}
                    Ok(Some(difference)) => {
                        differences.push(format!("{}: {difference}", case.name))
                    }
                    Err(reason) => differences.push(format!("{}: {reason}", case.name)),
                }
            }
        }
        outcome.add(&made).map_err(|error| vec![error])?;
    }
    let mut line = outcome.json();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let jit = std::fs::read_to_string("/proc/sys/net/core/bpf_jit_enable").unwrap_or_default();
    line["kernel"] = kernel.trim().into();
    line["jit"] = jit.trim().into();
    line["seed"] = seed.into();
    line["compared"] = n_compared.into();
    line["differences"] = differences.len().into();
    line["failures"] = json!(outcome.failures().into_iter().chain(differences).collect::<Vec<_>>());
    Ok(format!("GUEST_RESULT {line}"))
}
