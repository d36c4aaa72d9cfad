//! `cargo xtask evidence COMMAND`: what the tests of the compiler rest on, measured.
//!
//! In: a command with seeds and numbers. Out: one line of JSON on standard output, everything for
//! people on standard error; exit code 1 where something was found, 2 where it could not run.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use syrup_evidence::args::Args;
use syrup_evidence::differ::{self, Finding, Plan};
use syrup_evidence::generate::{self, Weights};
use syrup_evidence::{accept, hooks, record, robust, seeds};

const USAGE: &str = "\
usage: cargo xtask evidence COMMAND [--NAME VALUE]...

  generate --seed S [--size N]        print a generated policy
  accepted --programs N [--seed S]    how many generated policies the compiler takes
  diff --programs N --inputs M [--seed S] [--jobs J] [--size-max N] [--only K] [--record FOLDER]
                                      generated policies on every engine
  hooks --programs N --inputs M [--seed S] [--size-max N] [--only K]
                                      generated policies in front of real sockets
  broken --texts N [--seed S]         wrong policies, and those of the repository with words
                                      exchanged
";

/// Findings that are shown; one is enough to begin with.
const SHOWN: usize = 8;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = words.split_first() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let done = match command.as_str() {
        "generate" => generate_one(rest),
        "accepted" => accepted(rest),
        "diff" => diff(rest),
        "hooks" => at_hooks(rest),
        "broken" => broken(rest),
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

/// The plan that the words of a command ask for.
fn plan(args: &Args, n_programs: u64, n_inputs: u64) -> Result<Plan, String> {
    let only = args.number("only", u64::MAX)?;
    let only = (only != u64::MAX).then_some(only);
    let plan = Plan {
        n_programs: only.map_or(args.number("programs", n_programs)?, |only| only + 1),
        n_inputs: args.number("inputs", n_inputs)? as usize,
        seed: args.number("seed", seeds::fresh())?,
        n_jobs: args.number("jobs", 1)? as usize,
        only,
        size_max: args.number("size-max", generate::SIZE_MAX.into())? as u32,
    };
    eprintln!("seed {}", plan.seed);
    Ok(plan)
}

/// The release of the kernel that runs.
fn kernel() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    text.trim().to_owned()
}

/// Compares engines on generated policies.
fn diff(words: &[String]) -> Result<bool, String> {
    let known = ["programs", "inputs", "seed", "jobs", "only", "size-max", "record"];
    let args = Args::read(words, &known)?;
    let plan = plan(&args, 2000, 32)?;
    // A panic is a finding and is shown as one.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let report = differ::run(&plan);
    let seconds = began.elapsed().as_secs_f64();
    for (n, text) in report.refused.values() {
        eprintln!("{n} such refusals, the first of them {text}");
    }
    for finding in report.findings.iter().take(SHOWN) {
        show(&plan, finding, args.text("record"))?;
    }
    println!("{}", report.json(&plan, seconds, &kernel()));
    Ok(report.findings.is_empty() && report.n_refused() * 20 <= report.n_programs)
}

/// Shows a disagreement, and keeps it as a policy file where a folder was named.
fn show(plan: &Plan, finding: &Finding, folder: Option<&str>) -> Result<(), String> {
    let (at, difference) = (finding.program, &finding.difference);
    let what = &difference.what;
    eprintln!("program {at}: {} at input {:?}: {what}", difference.engine, difference.input);
    let command = format!(
        "cargo xtask evidence diff --seed {} --inputs {} --size-max {} --only {at}",
        plan.seed, plan.n_inputs, plan.size_max
    );
    eprintln!("again: {command}");
    let Some(folder) = folder else { return Ok(()) };
    let path = Path::new(folder).join(format!("generated_{}_{at}.syr", plan.seed));
    let text = record::recorded(finding, &command);
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    eprintln!("made small: {}", path.display());
    Ok(())
}

/// Shows generated policies real datagrams.
fn at_hooks(words: &[String]) -> Result<bool, String> {
    let args = Args::read(words, &["programs", "inputs", "seed", "only", "size-max"])?;
    let plan = plan(&args, 200, 1000)?;
    let entered = syrup_load::testing::enter_namespace();
    entered.map_err(|error| format!("no network namespace of its own: {error}"))?;
    let began = Instant::now();
    let counts = hooks::run(&plan);
    for what in &counts.findings {
        eprintln!("{what}");
        eprintln!(
            "again: cargo xtask evidence hooks --seed {} --inputs {} --size-max {} --programs {}",
            plan.seed, plan.n_inputs, plan.size_max, plan.n_programs
        );
    }
    let [passed, dropped, steered] = counts.verdicts;
    let line = serde_json::json!({
        "command": "hooks", "seed": plan.seed, "kernel": kernel(),
        "policies": counts.n_policies, "left_out": counts.n_left_out,
        "datagrams": counts.n_sent, "large": counts.n_large,
        "passed": passed, "dropped": dropped, "steered": steered,
        "differences": counts.findings.len(),
        "seconds": (began.elapsed().as_secs_f64() * 10.0).round() / 10.0,
    });
    println!("{line}");
    Ok(counts.findings.is_empty())
}

/// Shows the compiler wrong policies.
fn broken(words: &[String]) -> Result<bool, String> {
    let args = Args::read(words, &["texts", "seed", "inputs"])?;
    let (n_texts, seed) = (args.number("texts", 1000)?, args.number("seed", seeds::fresh())?);
    eprintln!("seed {seed}");
    std::panic::set_hook(Box::new(|_| {}));
    let corpus = robust::corpus(Path::new("."))?;
    let counts = robust::run(&corpus, seed, n_texts, args.number("inputs", 16)? as usize);
    for what in counts.findings.iter().take(SHOWN) {
        eprintln!("{what}");
    }
    let line = serde_json::json!({
        "command": "broken", "seed": seed, "edits": counts.broken,
        "exchanged": counts.n_exchanged, "still_taken": counts.n_taken,
        "findings": counts.findings.len(),
    });
    println!("{line}");
    Ok(counts.findings.is_empty())
}
