//! What the tests of this crate share: policies from text, checked and emitted.

pub mod differ;
pub mod generate;
pub mod tables;

use std::path::PathBuf;
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::Sources;
use syrup_ir::{Cap, Caps, Checked, Module, Profile};
use syrup_wire::artifact::Artifact;

/// Where the policies stand.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/policies")
}

/// Every policy with its name, in the order of names.
pub fn policies() -> Vec<(String, Module)> {
    let mut policies = Vec::new();
    for entry in std::fs::read_dir(folder()).expect("the folder is there") {
        let path = entry.expect("the folder is readable").path();
        if path.extension().is_some_and(|extension| extension == "ir") {
            let text = std::fs::read_to_string(&path).expect("a policy is readable");
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let module = syrup_ir::text::parse(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            policies.push((name, module));
        }
    }
    policies.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(policies.len() >= 5, "the policies are gone");
    policies
}

/// A target that has everything.
pub fn profile() -> Profile {
    Profile {
        name: "kernel-6.1".into(),
        caps: Cap::ALL.iter().map(|row| row.0).collect::<Caps>(),
        isa: 3,
        may_goto: false,
        verifier_insns_max: 100_000,
    }
}

/// The policy, checked as it is and checked after all passes.
pub fn checked(module: Module) -> Checked {
    let checked = syrup_ir::check::check(module, &profile());
    checked.unwrap_or_else(|errors| panic!("the check refused: {errors:?}"))
}

/// The policy after all passes.
pub fn optimized(module: Module) -> Checked {
    checked(syrup_ir::opt::optimize(checked(module), syrup_ir::opt::Passes::ALL))
}

/// What the policy becomes.
pub fn emit(policy: &Checked, options: EmitOptions) -> Artifact {
    let artifact = syrup_ebpf::Ebpf.emit(policy, &profile(), options, &Sources::new());
    artifact.unwrap_or_else(|errors| panic!("the backend refused: {errors:?}"))
}

/// The listing of a policy, as it stands, and its twin.
pub fn listing(module: Module) -> String {
    let artifact = emit(&checked(module), EmitOptions { counters: false, twin: true });
    let mut text = syrup_ebpf::asm(&artifact, &Sources::new());
    text += &format!("verifier: at most {} instructions\n", artifact.verifier_insns);
    text
}
