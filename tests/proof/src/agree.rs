//! The kernel's twin of a policy against the interpreter, on inputs of chance.
//!
//! In: a policy, a backend, a seed. Out: the first difference, or why the kernel did not run it.

use crate::corpus::Case;
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{Diagnostic, Sources};
use syrup_ebpf::{Choices, Ebpf, Manner, PacketAccess, emit_with};
use syrup_engine::Kernel;
use syrup_ir::{Checked, MapKind, Profile};
use syrup_tests::inputs::{LENGTH_MAX, contents, packet, state, world};
use syrup_wire::artifact::Artifact;
use syrupc::testing::{Engine, Interp, Rng};

/// The backend in one of its manners.
pub struct Made(pub Manner);

impl Backend for Made {
    fn name(&self) -> &'static str {
        Ebpf.name()
    }

    fn hooks(&self) -> &'static [&'static str] {
        Ebpf.hooks()
    }

    fn emit(
        &self,
        policy: &Checked,
        target: &Profile,
        options: EmitOptions,
        sources: &Sources,
    ) -> Result<Artifact, Vec<Diagnostic>> {
        emit_with(policy, target, options, sources, self.0)
    }
}

const fn made(access: PacketAccess, choices: Choices) -> Made {
    Made(Manner { access, choices, forget: false })
}

/// Direct reads and jumps, as policies are deployed.
pub const DIRECT: &[&dyn Backend] = &[&made(PacketAccess::DirectFirst, Choices::Jumps)];

/// Packets read by the copying function only.
pub const COPYING: &[&dyn Backend] = &[&made(PacketAccess::HelperOnly, Choices::Jumps)];

/// Choices made without jumps.
pub const STRAIGHT: &[&dyn Backend] = &[&made(PacketAccess::DirectFirst, Choices::Straight)];

/// Whether runs of a policy can be compared: which entry a full LRU map forgets is the kernel's
/// own affair.
pub fn is_comparable(policy: &Checked) -> bool {
    policy.module().maps.iter().all(|map| match map.kind {
        MapKind::LruHash | MapKind::PerTask => false,
        MapKind::State
        | MapKind::PerCpuState
        | MapKind::Array
        | MapKind::PerCpuArray
        | MapKind::Hash
        | MapKind::Lpm
        | MapKind::Maglev(_)
        | MapKind::Log => true,
    })
}

/// Compares runs on datagrams of every `step`th length, with one state from first to last.
///
/// # Errors
/// The kernel did not run the policy.
pub fn difference(
    case: &Case,
    backends: &'static [&'static dyn Backend],
    seed: u64,
    step: usize,
) -> Result<Option<String>, String> {
    let kernel = Kernel::new(case.target.clone(), case.sources.clone(), backends);
    let mut kernel = kernel.map_err(|error| error.to_string())?;
    let mut rng = Rng::new(seed);
    let policy = &case.policy;
    let mut state = state(policy, &mut rng);
    for length in (0..=LENGTH_MAX).step_by(step) {
        let (packet, world) = (packet(length, &mut rng), world(&mut rng));
        let mut other = state.clone();
        let wanted = Interp.run(policy, &mut state, &packet, &world)?;
        let found = kernel.run(policy, &mut other, &packet, &world)?;
        if found != wanted {
            return Ok(Some(format!("length {length}: {found:?} instead of {wanted:?}")));
        }
        if contents(&other) != contents(&state) {
            return Ok(Some(format!("length {length}: the maps differ")));
        }
    }
    Ok(None)
}
