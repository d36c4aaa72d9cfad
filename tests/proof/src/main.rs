//! `cargo xtask evidence lint|checks`: see [`syrup_proof`].
//!
//! In: words of a command line. Out: one JSON line; what broke on standard error, and exit code 1.

use serde_json::json;
use std::process::ExitCode;
use syrup_load::testing::privileged;
use syrup_proof::corpus::Made;
use syrup_proof::{accept, checks, corpus, lints};
use syrup_tests::emit::target;

const USAGE: &str = "\
usage: cargo xtask evidence WHAT

  lint      the bytecode judge on every program of the repository, made in every way
  defects   each wrong lowering in turn: something must notice; `--each N` takes every Nth only
  accept    [--programs N] [--seed S]: the repository and N generated policies in the kernel
  checks    each guard of each program taken out: the judge or the kernel must refuse the rest
";

mod guest;
mod words;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["lint"] => lint(),
        ["checks"] => removed_checks(),
        ["accept", options @ ..] => accepted(options),
        ["guest", options @ ..] => guest::run(options),
        #[cfg(feature = "defects")]
        ["defects", options @ ..] => wrong_lowerings(options),
        _ => Err(vec![USAGE.to_owned()]),
    };
    match result {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(lines) => {
            lines.iter().for_each(|line| eprintln!("{line}"));
            ExitCode::FAILURE
        }
    }
}

/// The targets whose programs are judged: the oldest, and what this machine has.
const TARGETS: [&str; 2] = ["kernel-6.1", "kernel-6.12"];

fn lint() -> Result<String, Vec<String>> {
    let mut all = lints::Outcome::default();
    for name in TARGETS {
        let found = lints::run(&corpus::repository(&target(name)), &lints::manners());
        all.n_programs += found.n_programs;
        all.n_words += found.n_words;
        all.findings.extend(found.findings);
    }
    if !all.findings.is_empty() {
        return Err(all.findings);
    }
    let line = json!({ "programs": all.n_programs, "words": all.n_words, "findings": 0 });
    Ok(line.to_string())
}

fn removed_checks() -> Result<String, Vec<String>> {
    let asks_kernel = match privileged() {
        Ok(()) => true,
        Err(reason) => {
            eprintln!("the kernel is not asked: {reason}");
            false
        }
    };
    let outcome = checks::run(&corpus::repository(&target("host")), asks_kernel);
    let outcome = outcome.map_err(|error| vec![error])?;
    if !outcome.missed.is_empty() {
        return Err(outcome.missed);
    }
    Ok(outcome.json(asks_kernel).to_string())
}

/// The repository's policies and generated ones in this machine's kernel.
fn accepted(options: &[&str]) -> Result<String, Vec<String>> {
    privileged().map_err(|reason| vec![reason])?;
    let fresh = syrup_evidence::seeds::fresh();
    let [n_programs, seed] = words::numbers(options, [("programs", 200), ("seed", fresh)])?;
    let target = target("host");
    let mut outcome = accept::Outcome::default();
    let repository = corpus::repository(&target).into_iter().map(|case| Made::Case(case.into()));
    for made in repository.chain(corpus::generated(&target, seed, n_programs)) {
        outcome.add(&made).map_err(|error| vec![error])?;
    }
    let failures = outcome.failures();
    let mut line = outcome.json();
    line["seed"] = seed.into();
    line["generated"] = n_programs.into();
    if failures.is_empty() {
        return Ok(line.to_string());
    }
    Err(failures.into_iter().chain([line.to_string()]).collect())
}

/// Generated policies among those that wrong lowerings are tried on.
#[cfg(feature = "defects")]
const GENERATED: u64 = 300;

/// Their seed.
#[cfg(feature = "defects")]
const GENERATED_SEED: u64 = 1;

/// Tries the wrong lowerings and says of each on standard error who noticed.
#[cfg(feature = "defects")]
fn wrong_lowerings(options: &[&str]) -> Result<String, Vec<String>> {
    use syrup_ebpf::defect::Defect;
    use syrup_proof::defects;
    privileged().map_err(|reason| vec![reason])?;
    let mut wrong = Defect::ALL.to_vec();
    match options {
        [] => {}
        ["--each", n] => {
            let n = n.parse::<usize>().map_err(|error| vec![format!("--each {n}: {error}")])?;
            wrong = wrong.into_iter().step_by(n.max(1)).collect();
        }
        ["--only", name] => wrong.retain(|defect| format!("{defect:?}") == *name),
        _ => return Err(vec![USAGE.to_owned()]),
    }
    let here = target("host");
    let (in_tests, others): (Vec<_>, Vec<_>) =
        corpus::repository(&here).into_iter().partition(|case| case.name.starts_with("tests/run/"));
    // Generated policies compute more than people do; their seed is fixed, so that a mistake that
    // nobody notices is the suite's fault.
    let made = corpus::generated(&here, GENERATED_SEED, GENERATED).filter_map(|made| match made {
        Made::Case(case) => Some(*case),
        Made::Refused | Made::Broken(_) => None,
    });
    let cases: Vec<_> = in_tests.into_iter().chain(made).chain(others).collect();
    let mut tell = |defect: Defect, caught: Option<&defects::Caught>| match caught {
        Some(caught) => {
            eprintln!("{defect:?}: {}, {:?}, {}", caught.n_programs, caught.by, caught.on);
        }
        None => eprintln!("{defect:?}: missed"),
    };
    let outcome = defects::run(&defects::prepare(&cases), &wrong, 1, &mut tell);
    let missed: Vec<String> =
        outcome.missed().iter().map(|defect| format!("nobody noticed {defect:?}")).collect();
    if missed.is_empty() { Ok(outcome.json().to_string()) } else { Err(missed) }
}
