//! The backends this program has: one line each.

use syrup_backend::Backend;

/// Every backend.
pub const ALL: &[&dyn Backend] = &[&syrup_ebpf::Ebpf];

/// The backend that emits for a hook.
pub fn for_hook(hook: &str) -> Option<&'static dyn Backend> {
    ALL.iter().copied().find(|backend| backend.hooks().contains(&hook))
}
