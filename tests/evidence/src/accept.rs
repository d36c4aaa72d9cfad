//! Whether the compiler takes what was generated, and why not where it does not.
//!
//! In: the text of a policy. Out: the policy as it is checked, or the code of the first diagnostic.

use syrup_diag::{Code, RenderOptions, Sources, render};
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};
use syrupc::Analysis;
use syrupc::hir::PolicyId;

/// Why a policy was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The code of the first diagnostic.
    pub code: Code,
    /// It as it is shown.
    pub text: String,
}

/// Analyses the text of a policy file.
///
/// # Errors
/// The first error.
pub fn analyzed(source: &str) -> Result<Analysis, Refused> {
    let analysis = syrupc::analyze("policy.syr", source, &syrupc::NoFiles);
    let first = analysis.diags.iter().find(|d| d.severity == syrup_diag::Severity::Error);
    let refusal = first.map(|first| refused(first, &analysis.sources));
    refusal.map_or(Ok(analysis), Err)
}

/// Builds the first policy of a file for a hook.
///
/// # Errors
/// What the hook or target cannot do, and budgets exceeded.
pub fn built(
    analysis: &mut Analysis,
    hook: &str,
    target: &Profile,
    passes: Passes,
) -> Result<Checked, Refused> {
    let Some(hook) = analysis.hook(hook) else { syrup_diag::bug!("there is no hook {hook}") };
    let policy = syrupc::build(&analysis.program, PolicyId(0), &hook, target, passes);
    policy.map_err(|list| match list.first() {
        Some(first) => refused(first, &analysis.sources),
        None => syrup_diag::bug!("a policy was refused without a reason"),
    })
}

/// What a backend refuses of a policy that was built.
pub fn emitted(list: &[syrup_diag::Diagnostic]) -> Refused {
    match list.first() {
        Some(first) => Refused { code: first.code, text: first.message.clone() },
        None => syrup_diag::bug!("a backend refused a policy without a reason"),
    }
}

fn refused(first: &syrup_diag::Diagnostic, sources: &Sources) -> Refused {
    Refused { code: first.code, text: render(first, sources, RenderOptions::default()) }
}
