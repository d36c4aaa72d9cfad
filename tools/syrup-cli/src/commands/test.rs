//! `syrupc test`: the tests that stand in policy files.

mod coverage;

use crate::args::{Engine as Which, Format, Test};
use crate::backends;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::pipeline;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use syrup_diag::{Diagnostic, RenderOptions, render};
use syrup_engine::{Kernel, Native};
use syrupc::Analysis;
use syrupc::hir::PolicyId;
use syrupc::testing::{Coverage, Engine, Interp, Ready, TestResult, run_tests};

/// Runs the tests of files on engines.
pub fn run(cmd: &Test, format: Format) -> Result<Exit, Failure> {
    let (mut n_passed, mut n_failed, mut n_skipped) = (0u32, 0u32, 0u32);
    let (mut rows, mut covered) = (Vec::new(), Vec::new());
    for path in &crate::input::policy_files(&cmd.files)? {
        let mut analysis = pipeline::analyze(path, format)?;
        let ready = build_all(&mut analysis, cmd.hook.as_deref(), format)?;
        let mut total = Coverage::default();
        for (n, which) in cmd.engine.iter().enumerate() {
            for result in run_file(&analysis, &ready, *which)? {
                // Arms are counted the same way beside every engine.
                if n == 0 {
                    total.add(&result.coverage);
                }
                match (&result.failure, &result.skipped) {
                    (Some(_), _) => n_failed += 1,
                    (None, Some(_)) => n_skipped += 1,
                    (None, None) => n_passed += 1,
                }
                show(path, *which, &result, &analysis, format, &mut rows);
            }
        }
        if cmd.coverage {
            coverage::show(path, &ready, &total, &analysis, format, &mut covered);
        }
    }
    match format {
        Format::Human if n_skipped == 0 => println!("{n_passed} passed, {n_failed} failed"),
        Format::Human => println!("{n_passed} passed, {n_failed} failed, {n_skipped} skipped"),
        Format::Json => {
            let format = syrup_wire::limits::FORMAT;
            let mut report = json!({
                "format": format, "passed": n_passed, "failed": n_failed, "skipped": n_skipped,
                "tests": rows,
            });
            if cmd.coverage {
                report["coverage"] = covered.into();
            }
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
        Which::Native => "native",
    };
    let held = result.failure.is_none();
    match format {
        Format::Human => {
            let word = match (held, &result.skipped) {
                (false, _) => "FAILED",
                (true, Some(_)) => "skip",
                (true, None) => "ok",
            };
            let cases = match (&result.skipped, result.n_cases) {
                (Some(why), _) => format!(" ({why})"),
                (None, 1) => String::new(),
                (None, n) => format!(" ({n} cases)"),
            };
            println!("{word:6} {engine:6} {}: {}{cases}", path.display(), result.name);
            for failure in result.failure.iter().chain(&result.warning) {
                print!("{}", render(failure, &analysis.sources, RenderOptions::default()));
            }
        }
        Format::Json => {
            let report = |shown: &Option<Diagnostic>| {
                let report = |shown| output::report(std::slice::from_ref(shown), &analysis.sources);
                shown.as_ref().map(|shown| report(shown).diagnostics)
            };
            let (failure, warning) = (report(&result.failure), report(&result.warning));
            rows.push(json!({
                "file": path, "engine": engine, "name": result.name,
                "held": held && result.skipped.is_none(), "skipped": result.skipped,
                "cases": result.n_cases, "failure": failure, "warning": warning,
            }));
        }
    }
}

/// Runs the tests of a file.
fn run_file(
    analysis: &Analysis,
    ready: &BTreeMap<PolicyId, Ready>,
    which: Which,
) -> Result<Vec<TestResult>, Failure> {
    let mut interp = Interp;
    let mut native = Native::default();
    let mut kernel;
    let engine: &mut dyn Engine = match which {
        Which::Interp => &mut interp,
        Which::Native => &mut native,
        Which::Ebpf => {
            let target = pipeline::choose_target("host")?;
            kernel = Kernel::new(target, analysis.sources.clone(), backends::ALL)?;
            &mut kernel
        }
    };
    Ok(run_tests(&analysis.program, ready, engine))
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
        let hook = pipeline::choose_hook(analysis, id, hook, format)?;
        let built = Ready::build(&analysis.program, id, &hook, &target);
        ready.insert(id, built.map_err(|list| pipeline::refuse(list, analysis, format))?);
    }
    Ok(ready)
}
