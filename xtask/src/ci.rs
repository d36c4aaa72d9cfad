//! What CI runs: the list below, in order, up to the first failure, with the time of each step.
//!
//! In: the repository. Out: what the steps print, and a table of times. `.ci/run` prepares the
//! machine and then runs this, so that there is one list. The steps that take seconds come first.

use crate::readme;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Steps before the tests: a name and a command line for the shell.
const STEPS: &[(&str, &str)] = &[
    ("format", "cargo fmt --all --check"),
    ("layers", "cargo xtask layers"),
    ("tidy", "cargo xtask tidy"),
    ("licences", "cargo xtask licences"),
    ("clippy", "cargo clippy --locked --workspace --all-targets -- -D warnings"),
    ("policies", POLICIES),
];

/// The policies that are formatted: all but those that show how messages point into a text.
const POLICIES: &str = "cargo run --locked --quiet -p syrup-cli -- fmt --check \
    examples stdlib tests/run tests/corpus tests/frames tests/properties tests/kernel";

/// Runs every step.
///
/// # Errors
/// The first step that fails, by name.
pub fn run(root: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(root.join("README.md"));
    let text = text.map_err(|error| format!("README.md: {error}"))?;
    let tests = readme::commands(&text)?.tests;
    let steps = STEPS.iter().copied().chain([("tests", tests.as_str())]);
    let mut times = Vec::new();
    let result = steps.into_iter().try_for_each(|(name, line)| {
        println!("==> {name}: {line}");
        let start = Instant::now();
        let result = step(root, line);
        times.push(format!("{:>8.1} s  {name}", start.elapsed().as_secs_f64()));
        result.map_err(|reason| format!("{name}: {reason}"))
    });
    println!("{}", times.join("\n"));
    result
}

/// Runs one command line.
fn step(root: &Path, line: &str) -> Result<(), String> {
    let status = Command::new("sh").args(["-c", line]).current_dir(root).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` failed with {status}")),
        Err(error) => Err(format!("sh: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::step;
    use std::path::Path;

    #[test]
    fn a_failing_command_fails_the_step() {
        assert!(step(Path::new("."), "true").is_ok());
        assert!(step(Path::new("."), "false").unwrap_err().contains("`false` failed"));
    }
}
