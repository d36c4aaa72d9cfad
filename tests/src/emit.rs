//! From a policy file to what the kernel takes.
//!
//! In: a file, a target, options. Out: the artifact. Panics where a test's policy is at fault.

use std::path::{Path, PathBuf};
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{RenderOptions, Sources, render_all};
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};
use syrup_wire::artifact::Artifact;
use syrupc::Analysis;
use syrupc::hir::PolicyId;

/// The hook of every test with sockets.
const HOOK: &str = "socket_select";

/// The names of the examples whose first policy runs at the hook, in order.
///
/// # Panics
/// The folder or a policy in it cannot be read.
pub fn examples() -> Vec<String> {
    let runs_here = |path: &PathBuf| {
        let analysis = analyze(path);
        let hooks = analysis.program.policies.first().map_or(&[][..], |policy| &policy.hooks);
        hooks.iter().any(|(name, _)| &**name == HOOK)
    };
    let paths = crate::listing::policies_below("examples").into_iter().filter(runs_here);
    let folder = |path: PathBuf| Some(path.parent()?.file_name()?.to_owned());
    paths.filter_map(|path| folder(path)?.into_string().ok()).collect()
}

/// The names of all targets; `host` is this machine's kernel.
pub const TARGETS: [&str; 4] = ["kernel-6.1", "kernel-6.12", "kernel-6.18", "host"];

/// The profile of a target.
///
/// # Panics
/// There is no such target.
pub fn target(name: &str) -> Profile {
    if name == "host" {
        return syrup_engine::host::profile();
    }
    syrupc::profile(name).expect("the target exists")
}

/// The first policy of a file, checked, with the sources it came from.
///
/// # Panics
/// Diagnostics of any kind.
pub fn build(path: &Path, target: &Profile) -> (Checked, Sources) {
    let mut analysis = crate::analyze_file(path);
    assert!(analysis.diags.is_empty(), "{}", crate::rendered(&analysis));
    let hook = analysis.hook(HOOK).expect("the hook exists");
    match syrupc::build(&analysis.program, PolicyId(0), &hook, target, Passes::ALL) {
        Ok(policy) => (policy, analysis.sources),
        Err(list) => panic!("{}", render_all(&list, &analysis.sources, RenderOptions::default())),
    }
}

/// What the first policy of a file becomes.
///
/// # Panics
/// Diagnostics of any kind.
pub fn artifact(path: &Path, target: &Profile, options: EmitOptions) -> Artifact {
    let (policy, sources) = build(path, target);
    match syrup_ebpf::Ebpf.emit(&policy, target, options, &sources) {
        Ok(artifact) => artifact,
        Err(list) => panic!("{}", render_all(&list, &sources, RenderOptions::default())),
    }
}

/// What an example becomes, with counters.
///
/// # Panics
/// Diagnostics of any kind.
pub fn example(name: &str, target_name: &str) -> Artifact {
    let path = crate::root().join("examples").join(name).join("policy.syr");
    artifact(&path, &target(target_name), EmitOptions { counters: true, twin: false })
}

/// Reads what a policy of the corpus uses: beside it, with a name that says it is no policy.
struct Beside;

impl syrupc::Files for Beside {
    fn read(&self, path: &str) -> Result<String, String> {
        let path = crate::root().join(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let library = path.with_file_name(format!("lib_{name}"));
        let text = std::fs::read_to_string(&path);
        text.or_else(|_| std::fs::read_to_string(library)).map_err(|error| error.to_string())
    }
}

/// Analyses a policy of the repository, one of the corpus with what it uses.
///
/// # Panics
/// A file that cannot be read.
pub fn analyze(path: &Path) -> Analysis {
    let text = std::fs::read_to_string(path).expect("the file is there");
    let name = path.strip_prefix(crate::root()).unwrap_or(path);
    syrupc::analyze(&name.to_string_lossy(), &text, &Beside)
}

/// Every policy of the repository that can be built for the hook, with the sources it came from.
///
/// # Panics
/// A file that cannot be read.
pub fn policies(target: &Profile) -> Vec<(String, Checked, Sources)> {
    let mut found = Vec::new();
    let folders = ["examples", "tests/corpus", "tests/run", "tests/kernel"];
    for path in folders.into_iter().flat_map(crate::listing::policies_below) {
        let mut analysis = analyze(&path);
        let hook = analysis.hook(HOOK).expect("the hook exists");
        if analysis.diags.has_errors() {
            continue;
        }
        for (at, decl) in analysis.program.policies.iter().enumerate() {
            let id = PolicyId(at as u32);
            let Ok(policy) = syrupc::build(&analysis.program, id, &hook, target, Passes::ALL)
            else {
                continue;
            };
            let name = format!("{}: {}", path.display(), decl.name);
            found.push((name, policy, analysis.sources.clone()));
        }
    }
    found
}
