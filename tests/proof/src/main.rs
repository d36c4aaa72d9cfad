//! `cargo xtask evidence lint|checks`: see [`syrup_proof`].
//!
//! In: words of a command line. Out: one JSON line; what broke on standard error, and exit code 1.

use serde_json::json;
use std::process::ExitCode;
use syrup_load::testing::privileged;
use syrup_proof::{checks, corpus, lints};
use syrup_tests::emit::target;

const USAGE: &str = "\
usage: cargo xtask evidence WHAT

  lint      the bytecode judge on every program of the repository, made in every way
  checks    each guard of each program taken out: the judge or the kernel must refuse the rest
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["lint"] => lint(),
        ["checks"] => removed_checks(),
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
