//! `cargo xtask evidence COMMAND`: what the tests of the compiler rest on, measured.
//!
//! In: a command with seeds and numbers. Out: one line of JSON on standard output, everything for
//! people on standard error; exit code 1 where something was found, 2 where it could not run.

use std::collections::BTreeMap;
use std::process::ExitCode;
use syrup_evidence::args::Args;
use syrup_evidence::generate::{self, Weights};
use syrup_evidence::{accept, seeds};

const USAGE: &str = "\
usage: cargo xtask evidence COMMAND [--NAME VALUE]...

  generate --seed S [--size N]        print a generated policy
  accepted --programs N [--seed S]    how many generated policies the compiler takes
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = words.split_first() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let done = match command.as_str() {
        "generate" => generate_one(rest),
        "accepted" => accepted(rest),
        _ => Err(format!("there is no `{command}`\n\n{USAGE}")),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(reason) => {
            eprintln!("evidence: {reason}");
            ExitCode::from(2)
        }
    }
}

/// Prints a policy.
fn generate_one(words: &[String]) -> Result<bool, String> {
    let args = Args::read(words, &["seed", "size"])?;
    let seed = args.number("seed", 1)?;
    let size = args.number("size", generate::size_of(seed).into())?;
    print!("{}", generate::policy(seed, size as u32).source);
    Ok(true)
}

/// Counts what the compiler takes, and shows the first refusal of each code.
fn accepted(words: &[String]) -> Result<bool, String> {
    let args = Args::read(words, &["programs", "seed"])?;
    let (n_programs, first) = (args.number("programs", 1000)?, args.number("seed", 1)?);
    let mut weights = Weights::default();
    let mut refused: BTreeMap<String, (u64, String)> = BTreeMap::new();
    for at in 0..n_programs {
        let seed = seeds::of(first, at);
        let policy = generate::policy_with(seed, generate::size_of(seed), &weights);
        weights.learn(&policy.used);
        if let Err(reason) = accept::analyzed(&policy.source) {
            let text = format!("program {at}: {}", reason.text);
            refused.entry(reason.code.to_string()).or_insert((0, text)).0 += 1;
        }
    }
    let n_refused: u64 = refused.values().map(|row| row.0).sum();
    for (n, text) in refused.values() {
        eprintln!("{n} such, the first of them {text}");
    }
    let codes: BTreeMap<_, _> = refused.iter().map(|(code, row)| (code, row.0)).collect();
    let line = serde_json::json!({
        "command": "accepted", "seed": first, "programs": n_programs, "refused": n_refused,
        "codes": codes, "constructs": weights.rows().collect::<BTreeMap<_, _>>(),
    });
    println!("{line}");
    Ok(n_refused * 20 <= n_programs)
}
