//! Filetests: each `tests/ir/*.syrir` holds a module, what to do with it, and what comes of it.
//!
//! A file begins with `//@ test: verify`, `check`, `opt PASSES` or `run`, has the module as text,
//! and ends in its expectation: the lines after `//@ expect` that begin with `//=`. With
//! `SYRUP_BLESS=1` in the environment the expectations are written anew.
//!
//! `verify` lists what breaks the rules of the IR. `check` gives diagnostics, or facts: intervals
//! that say more than the type, trips of loops, steps, capabilities. `//@ target: CAP, CAP` limits
//! what the target offers. `opt` gives the functions after the passes, `all` for every one, or
//! `unrolled N` for unrolling alone. `run` follows the other directives in their order: see
//! `script.rs`.

#[path = "filetests/report.rs"]
mod report;
#[path = "filetests/script.rs"]
mod script;

use script::Evaluator;
use std::fs;
use std::path::{Path, PathBuf};
use syrup_ir::check::{check, verify};
use syrup_ir::interp::{
    Happening, Outcome, Packet, State, World, run_checking_facts, run_event_checking_facts,
};
use syrup_ir::opt::{Passes, optimize, straighten, unroll};
use syrup_ir::text::{PrintOptions, parse, print, print_func};
use syrup_ir::{Cap, Caps, Checked, Module, Profile};

const EXPECT: &str = "//@ expect\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ir")
}

#[test]
fn every_file_gives_what_it_expects() {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder())
        .expect("tests/ir exists")
        .map(|entry| entry.expect("tests/ir can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "syrir"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no filetests in {}", folder().display());
    let failures: Vec<String> = paths.iter().filter_map(|path| failure(path)).collect();
    assert!(
        failures.is_empty(),
        "{} of {} filetests failed\n{}",
        failures.len(),
        paths.len(),
        failures.join("\n")
    );
    println!("{} filetests passed", paths.len());
}

/// The reference.
struct Interpreter;

impl Evaluator for Interpreter {
    fn packet(
        &mut self,
        policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &mut dyn World,
    ) -> Outcome {
        run_checking_facts(policy, state, packet, world)
    }

    fn event(
        &mut self,
        policy: &Checked,
        state: &mut State,
        happening: &Happening,
        world: &mut dyn World,
    ) -> Option<Outcome> {
        run_event_checking_facts(policy, state, happening, world)
    }
}

/// What is wrong with a file, if anything is.
fn failure(path: &Path) -> Option<String> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = fs::read_to_string(path).expect("the file can be read");
    let (input, expected) = text.split_once(EXPECT).unwrap_or((&text, ""));
    let lines = match outcome(input) {
        Ok(lines) => lines,
        Err(message) => return Some(format!("{name}: {message}")),
    };
    let expectation = |line: &str| format!("//= {line}").trim_end().to_owned() + "\n";
    let found: String = lines.lines().map(expectation).collect();
    if found == expected {
        return None;
    }
    if std::env::var_os("SYRUP_BLESS").is_some() {
        let input = input.trim_end();
        fs::write(path, format!("{input}\n{EXPECT}{found}")).expect("the file can be written");
        return None;
    }
    Some(format!("{name}: expected\n{expected}found\n{found}"))
}

/// What the file's test gives, as lines.
fn outcome(input: &str) -> Result<String, String> {
    let directives: Vec<(&str, &str)> = input
        .lines()
        .filter_map(|line| line.strip_prefix("//@ "))
        .map(|line| line.split_once(':').unwrap_or((line, "")))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let test = directives.iter().find(|(name, _)| *name == "test").ok_or("no //@ test:")?.1;
    let module = parse(input)?;
    let printed = print(&module, PrintOptions { spans: true });
    if parse(&printed)? != module {
        return Err(format!("printing and parsing changed the module\n{printed}"));
    }
    let profile = profile(&directives)?;
    match test.split_once(' ').unwrap_or((test, "")) {
        ("verify", "") => Ok(violations(&module)),
        ("check", "") => well_formed(&module).map(|()| report::checked(check(module, &profile))),
        ("opt", passes) => optimized(module, passes, &profile),
        ("run", "") => {
            well_formed(&module)?;
            let checked = check(module, &profile).map_err(|found| format!("{found:?}"))?;
            script::run(&checked, &directives, &mut Interpreter)
        }
        _ => Err(format!("no test is called {test}")),
    }
}

fn violations(module: &Module) -> String {
    let lines: Vec<String> = verify(module).iter().map(ToString::to_string).collect();
    if lines.is_empty() { "well-formed".to_owned() } else { lines.join("\n") }
}

fn well_formed(module: &Module) -> Result<(), String> {
    match verify(module).first() {
        None => Ok(()),
        Some(violation) => Err(format!("malformed: {violation}")),
    }
}

fn profile(directives: &[(&str, &str)]) -> Result<Profile, String> {
    let mut caps = Caps::ALL;
    if let Some((_, names)) = directives.iter().find(|(name, _)| *name == "target") {
        let cap = |name: &str| Cap::ALL.iter().find(|row| row.1 == name).map(|row| row.0);
        let found: Option<Caps> = names.split(", ").map(|name| cap(name.trim())).collect();
        caps = found.ok_or_else(|| format!("an unknown capability in {names}"))?;
    }
    Ok(Profile { name: "test".into(), caps, isa: 3, may_goto: false, verifier_insns_max: 100_000 })
}

fn optimized(module: Module, passes: &str, profile: &Profile) -> Result<String, String> {
    well_formed(&module)?;
    let module = match passes.strip_prefix("unrolled ") {
        Some(n) => unroll(module, n.parse().map_err(|_| format!("{n} is no number"))?),
        None if passes == "straightened" => straighten(module),
        None => {
            let checked = check(module, profile).map_err(|found| format!("{found:?}"))?;
            optimize(checked, named(passes)?)
        }
    };
    well_formed(&module)?;
    Ok(module.funcs.iter().map(print_func).collect())
}

fn named(passes: &str) -> Result<Passes, String> {
    if passes == "all" {
        return Ok(Passes::ALL);
    }
    passes.split(", ").try_fold(Passes::NONE, |passes, name| {
        Ok(passes.with(Passes::by_name(name).ok_or_else(|| format!("no pass is called {name}"))?))
    })
}
