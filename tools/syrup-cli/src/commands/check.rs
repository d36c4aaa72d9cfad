//! `syrupc check`: everything that can be said without running.

mod table;

use crate::args::{Check, Format};
use crate::backends;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::pipeline;
use syrup_backend::EmitOptions;
use syrup_diag::Diagnostic;
use syrup_ir::opt::Passes;
use syrup_wire::diagnostic::Report;
use syrup_wire::limits::FORMAT;
use syrupc::hir::{Hook, PolicyId};

/// Checks files; every policy for every hook it names that is built.
pub fn run(cmd: &Check, format: Format) -> Result<Exit, Failure> {
    if cmd.hook.as_deref() == Some(table::ALL) {
        return table::run(cmd, format);
    }
    let target = pipeline::choose_target(&cmd.target)?;
    let mut exit = Exit::Done;
    let mut reports = Report { format: FORMAT, diagnostics: Vec::new() };
    for path in &crate::input::policy_files(&cmd.files)? {
        let text = crate::input::read_policy(path)?;
        let mut analysis = syrupc::analyze(&path.to_string_lossy(), &text, &crate::input::Disk);
        let mut list = analysis.diags.clone().into_sorted();
        let hook = cmd.hook.as_deref();
        let hook = hook.map(|name| pipeline::named_hook(&mut analysis, name)).transpose()?;
        if !analysis.diags.has_errors() {
            list.extend(further(&analysis, hook.as_ref(), &target));
        }
        if list.iter().any(|d| d.severity == syrup_diag::Severity::Error) {
            exit = Exit::Diagnostics;
        }
        match format {
            Format::Human => {
                let n_dropped = analysis.diags.n_dropped();
                output::diagnostics(&list, n_dropped, &analysis.sources, format);
            }
            Format::Json => {
                let report = output::report(&list, &analysis.sources);
                reports.diagnostics.extend(report.diagnostics);
            }
        }
    }
    match (format, exit) {
        (Format::Json, _) => println!("{}", output::json(&reports)),
        (Format::Human, Exit::Done) => println!("ok"),
        (Format::Human, _) => {}
    }
    Ok(exit)
}

/// What only the IR and the backend can say: capabilities and cost.
fn further(
    analysis: &syrupc::Analysis,
    asked: Option<&Hook>,
    target: &syrup_ir::Profile,
) -> Vec<Diagnostic> {
    let program = &analysis.program;
    let mut found: Vec<Diagnostic> = Vec::new();
    for (at, policy) in program.policies.iter().enumerate() {
        let mut names: Vec<_> = policy.hooks.iter().map(|(name, _)| &**name).collect();
        if names.is_empty() {
            names.push(policy.default_hook());
        }
        let own = names.into_iter().filter_map(|name| program.hook(name));
        let hooks: Vec<&Hook> = asked.map_or_else(|| own.collect(), |hook| vec![hook]);
        for hook in hooks {
            let built = syrupc::build(program, PolicyId(at as u32), hook, target, Passes::ALL);
            let result = built.and_then(|checked| match backends::for_hook(&hook.name) {
                Some(backend) => backend
                    .emit(&checked, target, EmitOptions::default(), &analysis.sources)
                    .map(drop),
                None => Ok(()),
            });
            for diagnostic in result.err().into_iter().flatten() {
                if !found.contains(&diagnostic) {
                    found.push(diagnostic);
                }
            }
        }
    }
    found
}
