//! The programs that are judged: every policy of the repository, at every hook that it runs at.
//!
//! In: the repository. Out: policies, checked, in a fixed order.

use std::collections::BTreeSet;
use syrup_backend::Backend;
use syrup_diag::Sources;
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};
use syrup_tests::emit::analyze;
use syrup_tests::listing::policies_below;
use syrupc::DEFAULT_HOOK;
use syrupc::hir::PolicyId;

/// Where policies are.
const FOLDERS: [&str; 5] = ["examples", "tests/run", "tests/corpus", "tests/kernel", "stdlib"];

/// A policy to judge.
pub struct Case {
    /// File, policy and hook.
    pub name: String,
    /// The policy, built for `target` and that hook.
    pub policy: Checked,
    /// What it came from.
    pub sources: Sources,
    /// For which kernel.
    pub target: Profile,
}

/// Every policy of the repository that the eBPF backend may be given, for one target.
pub fn repository(target: &Profile) -> Vec<Case> {
    let mut cases = Vec::new();
    for path in FOLDERS.into_iter().flat_map(policies_below) {
        let mut analysis = analyze(&path);
        if analysis.diags.has_errors() {
            continue;
        }
        for at in 0..analysis.program.policies.len() {
            let decl = &analysis.program.policies[at];
            if decl.is_thread() {
                continue;
            }
            let mut hooks: BTreeSet<String> =
                decl.hooks.iter().map(|(name, _)| name.to_string()).collect();
            if hooks.is_empty() {
                hooks.insert(DEFAULT_HOOK.to_owned());
            }
            let policy_name = decl.name.to_string();
            hooks.retain(|hook| syrup_ebpf::Ebpf.hooks().contains(&hook.as_str()));
            for hook_name in hooks {
                let Some(hook) = analysis.hook(&hook_name) else { continue };
                let id = PolicyId(at as u32);
                let built = syrupc::build(&analysis.program, id, &hook, target, Passes::ALL);
                let Ok(policy) = built else { continue };
                cases.push(Case {
                    name: format!("{}: {policy_name} at {hook_name}", short(&path)),
                    policy,
                    sources: analysis.sources.clone(),
                    target: target.clone(),
                });
            }
        }
    }
    cases
}

/// A path from the repository's root.
fn short(path: &std::path::Path) -> String {
    path.strip_prefix(syrup_tests::root()).unwrap_or(path).display().to_string()
}
