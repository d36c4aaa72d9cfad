//! The Syrup compiler as a library: text to checked IR.
//!
//! In: the text of a policy and a way to read what it `use`s. Out: a checked module of the IR, or
//! diagnostics. This crate opens no file, knows no kernel and no backend.
//!
//! ```text
//! text --parse--> ast::File --analyze--> hir::Program --lower--> ir::Module --check--> Checked
//! ```

pub mod analyze;
pub mod doc;
pub mod fmt;
pub mod hir;
pub mod lints;
pub mod lower;
pub mod route;
pub mod syntax;
pub mod testing;

use hir::{Hook, PolicyId, Program};
use syrup_diag::Diagnostic;
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};

pub use analyze::{Analysis, Files, NoFiles, analyze, profile};

/// The hook a policy is compiled for when neither it nor the user names one.
pub const DEFAULT_HOOK: &str = "socket_select";

/// The target a policy is compiled for when none is named: the oldest that tests prove.
pub const DEFAULT_TARGET: &str = "kernel-6.1";

/// Lowers a policy, checks it, improves it and checks it again.
///
/// # Errors
/// What the hook or target cannot do, and budgets exceeded.
pub fn build(
    program: &Program,
    policy: PolicyId,
    hook: &Hook,
    target: &Profile,
    passes: Passes,
) -> Result<Checked, Vec<Diagnostic>> {
    let module = lower::lower(program, policy, hook)?;
    let checked = syrup_ir::check::check(module, target)?;
    let better = syrup_ir::opt::optimize(checked, passes);
    syrup_ir::check::check(better, target)
}
