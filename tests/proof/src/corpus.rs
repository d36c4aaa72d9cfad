//! The programs that are judged: every policy of the repository, at every hook that it runs at,
//! and policies made from a seed.
//!
//! In: the repository, or a seed. Out: policies, checked, in a fixed order.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use syrup_backend::Backend;
use syrup_diag::Sources;
use syrup_ebpf::Ebpf;
use syrup_evidence::generate::{self, Over, Weights};
use syrup_evidence::{accept, seeds};
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
            hooks.retain(|hook| Ebpf.hooks().contains(&hook.as_str()));
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

/// What became of a generated policy.
pub enum Made {
    /// A policy to judge.
    Case(Box<Case>),
    /// The compiler refused it with a diagnostic.
    Refused,
    /// The compiler broke down; which policy it was, and what it said.
    Broken(String),
}

/// Policies over packets made from a seed, for a hook each.
pub fn generated(
    target: &Profile,
    seed: u64,
    n_programs: u64,
) -> impl Iterator<Item = Made> + use<'_> {
    (0..n_programs).map(move |at| {
        let one = || one_generated(target, seed, at);
        match catch_unwind(AssertUnwindSafe(one)) {
            Ok(Some(case)) => Made::Case(Box::new(case)),
            Ok(None) => Made::Refused,
            Err(_) => Made::Broken(format!("seed {seed}, program {at}: the compiler broke down")),
        }
    })
}

fn one_generated(target: &Profile, seed: u64, at: u64) -> Option<Case> {
    let own = seeds::of(seed, at);
    let size = generate::size_of(own);
    let made = generate::policy_over(Over::Packets, own, size, &Weights::default());
    let mut analysis = accept::analyzed(&made.source).ok()?;
    let hooks = Ebpf.hooks();
    let hook = hooks[(own % hooks.len() as u64) as usize];
    let policy = accept::built(&mut analysis, hook, target, Passes::ALL).ok()?;
    let name = format!("seed {seed}, program {at} at {hook}");
    Some(Case { name, policy, sources: analysis.sources, target: target.clone() })
}
