//! `syrupc test`: the tests that stand in policy files.

use crate::args::{Engine as Which, Format, Test};
use crate::backends;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::pipeline;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use syrup_diag::{RenderOptions, render};
use syrup_engine::Kernel;
use syrup_ir::opt::Passes;
use syrupc::Analysis;
use syrupc::hir::PolicyId;
use syrupc::lower::Used;
use syrupc::testing::{Engine, Interp, Ready, TestResult, run_tests};

/// Runs the tests of files on engines.
pub fn run(cmd: &Test, format: Format) -> Result<Exit, Failure> {
    let (mut n_passed, mut n_failed) = (0u32, 0u32);
    let mut rows = Vec::new();
    for path in &cmd.files {
        let mut analysis = pipeline::analyze(path, format)?;
        for which in &cmd.engine {
            let results = run_file(&mut analysis, *which, cmd.hook.as_deref(), format)?;
            for result in results {
                match result.failure {
                    None => n_passed += 1,
                    Some(_) => n_failed += 1,
                }
                show(path, *which, &result, &analysis, format, &mut rows);
            }
        }
    }
    match format {
        Format::Human => println!("{n_passed} passed, {n_failed} failed"),
        Format::Json => {
            let format = syrup_wire::limits::FORMAT;
            let report = json!({
                "format": format, "passed": n_passed, "failed": n_failed, "tests": rows,
            });
            println!("{}", output::json(&report));
        }
    }
    Ok(if n_failed == 0 { Exit::Done } else { Exit::Diagnostics })
}

fn show(
    path: &Path,
    which: Which,
    result: &TestResult,
    analysis: &Analysis,
    format: Format,
    rows: &mut Vec<Value>,
) {
    let engine = match which {
        Which::Interp => "interp",
        Which::Ebpf => "ebpf",
    };
    let held = result.failure.is_none();
    match format {
        Format::Human => {
            let word = if held { "ok" } else { "FAILED" };
            let cases = match result.n_cases {
                1 => String::new(),
                n => format!(" ({n} cases)"),
            };
            println!("{word:6} {engine:6} {}: {}{cases}", path.display(), result.name);
            if let Some(failure) = &result.failure {
                print!("{}", render(failure, &analysis.sources, RenderOptions::default()));
            }
        }
        Format::Json => {
            let failure = result.failure.as_ref().map(|failure| {
                output::report(std::slice::from_ref(failure), &analysis.sources).diagnostics
            });
            rows.push(json!({
                "file": path, "engine": engine, "name": result.name, "held": held,
                "cases": result.n_cases, "failure": failure,
            }));
        }
    }
}

/// Builds every policy of a file and runs its tests.
fn run_file(
    analysis: &mut Analysis,
    which: Which,
    hook: Option<&str>,
    format: Format,
) -> Result<Vec<TestResult>, Failure> {
    let ready = build_all(analysis, hook, format)?;
    let mut interp = Interp;
    let mut kernel;
    let engine: &mut dyn Engine = match which {
        Which::Interp => &mut interp,
        Which::Ebpf => {
            let target = pipeline::choose_target("host")?;
            kernel = Kernel::new(target, analysis.sources.clone(), backends::ALL)?;
            &mut kernel
        }
    };
    Ok(run_tests(&analysis.program, &ready, engine))
}

/// Every policy of a file, built for the hook it is tested at.
pub fn build_all(
    analysis: &mut Analysis,
    hook: Option<&str>,
    format: Format,
) -> Result<BTreeMap<PolicyId, Ready>, Failure> {
    let target = pipeline::choose_target(syrupc::DEFAULT_TARGET)?;
    let mut ready = BTreeMap::new();
    for at in 0..analysis.program.policies.len() {
        let id = PolicyId(at as u32);
        let hook = pipeline::choose_hook(analysis, id, hook)?;
        let built = syrupc::build(&analysis.program, id, &hook, &target, Passes::ALL);
        let policy = built.map_err(|list| pipeline::refuse(list, analysis, format))?;
        let used = Used::of(&analysis.program, &analysis.program.policies[at]);
        ready.insert(id, Ready { policy, used });
    }
    Ok(ready)
}
