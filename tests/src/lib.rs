//! What the tests over all crates share: finding the repository's files, compiling a policy.

pub mod emit;
pub mod inputs;
pub mod listing;
pub mod markdown;
pub mod memory;
pub mod sound;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syrup_diag::{RenderOptions, render_all};
use syrup_ir::opt::Passes;
use syrupc::Analysis;
use syrupc::hir::PolicyId;
use syrupc::testing::Ready;

/// The repository's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.to_owned(), Path::to_owned)
}

/// Reads files from disk, for `use`.
pub struct Disk;

impl syrupc::Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(root().join(path)).map_err(|e| e.to_string())
    }
}

/// Analyses a file on disk.
///
/// # Panics
/// A file that cannot be read.
pub fn analyze_file(path: &Path) -> Analysis {
    let text = std::fs::read_to_string(path).expect("the file is there");
    let text_name = path.strip_prefix(root()).unwrap_or(path);
    syrupc::analyze(&text_name.to_string_lossy(), &text, &Disk)
}

/// All diagnostics as a person sees them.
pub fn rendered(analysis: &Analysis) -> String {
    render_all(analysis.diags.iter(), &analysis.sources, RenderOptions::default())
}

/// Builds every policy of a file for the default target: those over packets for a hook, those over
/// threads for the one they have.
///
/// # Panics
/// Diagnostics of any kind.
pub fn build_all(analysis: &mut Analysis, hook_name: &str) -> BTreeMap<PolicyId, Ready> {
    assert!(analysis.diags.is_empty(), "{}", rendered(analysis));
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the default target exists");
    let mut hook = |name| analysis.hook(name).expect("the hook exists");
    let hooks = [hook(syrupc::hir::THREAD_HOOK), hook(hook_name)];
    let program = &analysis.program;
    let mut ready = BTreeMap::new();
    for (at, decl) in program.policies.iter().enumerate() {
        let id = PolicyId(at as u32);
        let hook = &hooks[usize::from(!decl.is_thread())];
        match Ready::build(program, id, hook, &target) {
            Ok(built) => ready.insert(id, built),
            Err(diags) => {
                panic!("{}", render_all(&diags, &analysis.sources, RenderOptions::default()))
            }
        };
    }
    ready
}

/// Whether every policy of a file may run at a hook: it names that hook, or none.
pub fn all_run_at(analysis: &Analysis, hook_name: &str) -> bool {
    let runs = |policy: &syrupc::hir::Policy| {
        let mut hooks = policy.hooks.iter();
        policy.is_thread() || hooks.len() == 0 || hooks.any(|(name, _)| &**name == hook_name)
    };
    analysis.program.policies.iter().all(runs)
}

/// Builds every policy of a file for the `nth_hook` it names, its last, or the default one.
///
/// # Panics
/// Diagnostics of any kind.
pub fn build_named(analysis: &mut Analysis, nth_hook: usize) -> BTreeMap<PolicyId, Ready> {
    assert!(analysis.diags.is_empty(), "{}", rendered(analysis));
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the default target exists");
    let mut ready = BTreeMap::new();
    for at in 0..analysis.program.policies.len() {
        let (id, decl) = (PolicyId(at as u32), &analysis.program.policies[at]);
        let hooks = &decl.hooks;
        let name = hooks.get(nth_hook).or(hooks.last()).map_or(decl.default_hook(), |row| &row.0);
        let name = name.to_owned();
        let hook = analysis.hook(&name).expect("the hook exists");
        match Ready::build(&analysis.program, id, &hook, &target) {
            Ok(built) => ready.insert(id, built),
            Err(diags) => {
                panic!("{}", render_all(&diags, &analysis.sources, RenderOptions::default()))
            }
        };
    }
    ready
}

/// Every pass of the IR, for those who do not otherwise know it.
pub fn all_passes() -> Passes {
    Passes::ALL
}
