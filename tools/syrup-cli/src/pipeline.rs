//! From a file to an artifact: the steps every command shares.

use crate::args::Format;
use crate::backends;
use crate::exit::Failure;
use crate::input::{Bundle, Disk, read_policy};
use crate::output;
use std::path::Path;
use syrup_backend::EmitOptions;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};
use syrup_wire::artifact::Artifact;
use syrupc::Analysis;
use syrupc::hir::{Hook, PolicyId};

/// Reads and analyses a file, and shows what is wrong with it.
///
/// # Errors
/// A file that cannot be read, or that has errors.
pub fn analyze(path: &Path, format: Format) -> Result<Analysis, Failure> {
    let text = read_policy(path)?;
    show_findings(syrupc::analyze(&path.to_string_lossy(), &text, &Disk), format)
}

/// The same of files that stand on standard input, and no others.
///
/// # Errors
/// No such bundle, or a policy that has errors.
pub fn analyze_bundle(path: &Path, format: Format) -> Result<Analysis, Failure> {
    let bundle = Bundle::of_standard_input()?;
    let name = path.to_string_lossy();
    let text = syrupc::Files::read(&bundle, &name);
    let text = text.map_err(|why| Failure::usage(format!("cannot read {name}: {why}")))?;
    show_findings(syrupc::analyze(&name, &text, &bundle), format)
}

fn show_findings(analysis: Analysis, format: Format) -> Result<Analysis, Failure> {
    if analysis.diags.has_errors() || (!analysis.diags.is_empty() && format == Format::Human) {
        let list = analysis.diags.clone().into_sorted();
        output::diagnostics(&list, analysis.diags.n_dropped(), &analysis.sources, format);
    }
    if analysis.diags.has_errors() { Err(Failure::shown()) } else { Ok(analysis) }
}

/// Shows diagnostics of a later stage.
pub fn refuse(list: Vec<Diagnostic>, analysis: &Analysis, format: Format) -> Failure {
    output::diagnostics(&list, 0, &analysis.sources, format);
    Failure::shown()
}

/// The policy that is meant: the named one, or the only one.
///
/// # Errors
/// No such policy, none at all, or several.
pub fn choose_policy(analysis: &Analysis, name: Option<&str>) -> Result<PolicyId, Failure> {
    let program = &analysis.program;
    let names = || {
        let names: Vec<_> = program.policies.iter().map(|policy| &*policy.name).collect();
        names.join(", ")
    };
    // What a library declares is meant only where the file has no policy of its own.
    let is_own = |at: &usize| program.policies[*at].span.file == analysis.main;
    let own: Vec<usize> = (0..program.policies.len()).filter(is_own).collect();
    if let (None, [at]) = (name, own.as_slice()) {
        return Ok(PolicyId(*at as u32));
    }
    match (name, program.policies.len()) {
        (Some(name), _) => match program.policy(name) {
            Some((id, _)) => Ok(id),
            None => {
                Err(Failure::usage(format!("there is no policy `{name}`; there are: {}", names())))
            }
        },
        (None, 1) => Ok(PolicyId(0)),
        (None, 0) => Err(Failure::usage("the file has no policy".to_owned())),
        (None, _) => {
            let names = names();
            Err(Failure::usage(format!(
                "the file has several policies, choose by --policy: {names}"
            )))
        }
    }
}

/// The hook that is meant: the named one, or the first that the policy names and that is built.
///
/// # Errors
/// No such hook.
pub fn choose_hook(
    analysis: &mut Analysis,
    policy: PolicyId,
    name: Option<&str>,
    format: Format,
) -> Result<Hook, Failure> {
    let hooks = &analysis.program.policies[policy.idx()].hooks;
    let first = || {
        let built = hooks.iter().find(|(name, _)| backends::for_hook(name).is_some());
        let default = analysis.program.policies[policy.idx()].default_hook();
        built.or(hooks.first()).map_or(default, |(name, _)| name)
    };
    let name = name.unwrap_or_else(first).to_owned();
    let hook = named_hook(analysis, &name)?;
    let warning = not_named(analysis, policy, &name);
    if let (Some(warning), Format::Human) = (warning, format) {
        output::diagnostics(&[warning], 0, &analysis.sources, format);
    }
    Ok(hook)
}

/// The warning for a hook that a policy does not name, although it names some.
fn not_named(analysis: &Analysis, policy: PolicyId, name: &str) -> Option<Diagnostic> {
    let decl = &analysis.program.policies[policy.idx()];
    let (_, last) = decl.hooks.last()?;
    if decl.hooks.iter().any(|(hook, _)| &**hook == name) {
        return None;
    }
    let message = format!("`{}` does not say that it is for hook `{name}`", decl.name);
    let end = Span::new(last.file, last.end, last.end);
    Some(Diagnostic::warning(Code::E0604, *last, message).label("these are its hooks").replace(
        "name it too",
        end,
        format!(", {name}"),
    ))
}

/// The hook of a name.
///
/// # Errors
/// No such hook.
pub fn named_hook(analysis: &mut Analysis, name: &str) -> Result<Hook, Failure> {
    if let Some(hook) = analysis.program.hook(name) {
        return Ok(hook.clone());
    }
    analysis.hook(name).ok_or_else(|| {
        let known: Vec<_> = syrup_stdlib::folder("hooks").map(|(name, _)| name).collect();
        Failure::usage(format!("there is no hook `{name}`; there are: {}", known.join(", ")))
    })
}

/// The target of a name; `host` is this machine's kernel, asked by loading.
///
/// # Errors
/// No such target.
pub fn choose_target(name: &str) -> Result<Profile, Failure> {
    if name == "host" {
        return Ok(syrup_engine::host::profile());
    }
    syrupc::profile(name).ok_or_else(|| {
        let known: Vec<_> = syrup_stdlib::folder("targets").map(|(name, _)| name).collect();
        Failure::usage(format!(
            "there is no target `{name}`; there are: {}, host",
            known.join(", ")
        ))
    })
}

/// Lowers, checks and improves a policy: what every backend begins with.
///
/// # Errors
/// What the hook or target cannot do; it was shown.
pub fn build(
    analysis: &Analysis,
    policy: PolicyId,
    hook: &Hook,
    target: &Profile,
    format: Format,
) -> Result<Checked, Failure> {
    let built = syrupc::build(&analysis.program, policy, hook, target, Passes::ALL);
    built.map_err(|list| refuse(list, analysis, format))
}

/// A policy compiled for a hook and a target.
pub struct Compiled {
    /// What the backend made of it.
    pub artifact: Artifact,
}

/// Lowers, checks, improves and emits a policy.
///
/// # Errors
/// What the hook or target cannot do; it was shown.
pub fn compile(
    analysis: &Analysis,
    policy: PolicyId,
    hook: &Hook,
    target: &Profile,
    options: EmitOptions,
    format: Format,
) -> Result<Compiled, Failure> {
    let checked = build(analysis, policy, hook, target, format)?;
    let Some(backend) = backends::for_hook(&hook.name) else {
        let span = analysis.program.policies[policy.idx()].span;
        let message = format!("hook {} is not built yet", hook.name);
        let list = vec![Diagnostic::error(Code::E0111, span, message)];
        return Err(refuse(list, analysis, format));
    };
    let emitted = backend.emit(&checked, target, options, &analysis.sources);
    let artifact = emitted.map_err(|list| refuse(list, analysis, format))?;
    Ok(Compiled { artifact })
}
