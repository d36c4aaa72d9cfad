//! The contract between the IR and a backend.
//!
//! In: a checked module, the target's profile, options and the sources for line information.
//! Out: an artifact, the same bytes on every machine, or diagnostics that name what the target
//! cannot do. A backend reads nothing from the running machine and never re-derives facts.

use syrup_diag::{Diagnostic, Sources};
use syrup_ir::{Checked, Profile};
use syrup_wire::artifact::Artifact;

/// What to emit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EmitOptions {
    /// Count verdicts and fall-throughs.
    pub counters: bool,
    /// Add the twin that tests can call.
    pub twin: bool,
}

/// A backend: one for each kind of machine code.
pub trait Backend {
    /// Its name: `ebpf`.
    fn name(&self) -> &'static str;

    /// The hooks it can emit for.
    fn hooks(&self) -> &'static [&'static str];

    /// Translates a module.
    ///
    /// # Errors
    /// What this hook or target cannot do, in the policy's own terms.
    fn emit(
        &self,
        policy: &Checked,
        target: &Profile,
        options: EmitOptions,
        sources: &Sources,
    ) -> Result<Artifact, Vec<Diagnostic>>;
}
