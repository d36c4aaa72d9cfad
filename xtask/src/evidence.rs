//! `cargo xtask evidence WHAT`: the commands that print the figures of docs/internals/evidence.md.
//!
//! In: a command and its options. Out: what it prints, one JSON line. Each is a program of its
//! own, because the tasks of the repository must build without the compiler.

use std::path::Path;
use std::process::Command;

/// A command: its name, its package, and features of that package which no normal build has.
struct Evidence {
    name: &'static str,
    package: &'static str,
    features: &'static [&'static str],
    /// Whether it runs long enough to be worth an optimized build.
    is_long: bool,
}

const fn judged(name: &'static str) -> Evidence {
    Evidence { name, package: "syrup-proof", features: &[], is_long: false }
}

/// What asks the kernel shares one build, so all of it has the feature; it does nothing until a
/// mistake is chosen.
const fn proof(name: &'static str) -> Evidence {
    Evidence { name, package: "syrup-proof", features: &["defects"], is_long: true }
}

const fn generated(name: &'static str) -> Evidence {
    Evidence { name, package: "syrup-evidence", features: &[], is_long: true }
}

const ALL: &[Evidence] = &[
    judged("lint"),
    judged("checks"),
    proof("accept"),
    proof("defects"),
    generated("generate"),
    generated("accepted"),
];

/// Runs one of them.
///
/// # Errors
/// There is none of that name, or it failed.
pub fn run(root: &Path, name: &str, options: &[&str]) -> Result<(), String> {
    let Some(evidence) = ALL.iter().find(|evidence| evidence.name == name) else {
        let names: Vec<&str> = ALL.iter().map(|evidence| evidence.name).collect();
        return Err(format!("no evidence is called `{name}`; there is {}", names.join(", ")));
    };
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--locked", "--package", evidence.package]);
    if evidence.is_long {
        command.arg("--release");
    }
    if !evidence.features.is_empty() {
        command.args(["--features", &evidence.features.join(",")]);
    }
    command.arg("--").arg(name).args(options).current_dir(root);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("evidence {name}: {status}")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}
