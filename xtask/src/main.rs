//! The project's own tasks: `cargo xtask TASK`.
//!
//! In: the repository and `cargo metadata`. Out: findings, one a line, and exit code 1 where there
//! are any; 2 when the task could not run. `new` writes files, every other task only reads.

mod ci;
mod evidence;
mod kernels;
mod layers;
mod licences;
mod metadata;
mod new;
mod readme;
mod tidy;

use metadata::Metadata;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  ci                          everything CI runs, in its order, up to the first failure
  layers                      which crate uses which, against the table in xtask/src/layers.rs
  tidy                        the conventions of the repository
  licences                    the licence of every crate that is linked
  evidence WHAT [OPTIONS]     the figures of docs/internals/evidence.md, one JSON line each
  kernels [--programs N]      other kernels under QEMU judge what the compiler makes
  new hook|header NAME        start a file of the standard library
  new code E0123 TITLE        start the page of an error code
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Findings(findings)) => {
            for finding in &findings {
                eprintln!("{finding}");
            }
            let plural = if findings.len() == 1 { "finding" } else { "findings" };
            eprintln!("cargo xtask {}: {} {plural}", words.join(" "), findings.len());
            ExitCode::from(1)
        }
        Err(Failure::Broken(reason)) => {
            eprintln!("cargo xtask: {reason}");
            ExitCode::from(2)
        }
    }
}

/// Why a task did not succeed.
enum Failure {
    /// It ran, and this is what it found, a line each.
    Findings(Vec<String>),
    /// It could not run.
    Broken(String),
}

impl From<String> for Failure {
    fn from(reason: String) -> Failure {
        Failure::Broken(reason)
    }
}

/// Runs one task.
fn run(words: &[&str]) -> Result<(), Failure> {
    let root = metadata::root()?;
    match words {
        ["ci"] => ci::run(&root).map_err(|step| Failure::Findings(vec![step])),
        ["layers"] => none(layers::check(&Metadata::of_cargo()?, layers::LAYERS)),
        ["licences"] => none(licences::check(&Metadata::of_cargo()?)),
        ["tidy"] => none(tidy::check(&tidy::Tree::read(&root)?)),
        ["kernels", options @ ..] => none(kernels::run(&root, options)?),
        ["evidence", what, options @ ..] => {
            evidence::run(&root, what, options).map_err(|reason| Failure::Findings(vec![reason]))
        }
        ["new", thing, name, title @ ..] => Ok(new::write(&root, thing, name, title)?),
        _ => Err(Failure::Broken(format!("I do not know this task\n\n{USAGE}"))),
    }
}

/// Success is to find nothing.
fn none(findings: Vec<String>) -> Result<(), Failure> {
    if findings.is_empty() { Ok(()) } else { Err(Failure::Findings(findings)) }
}
