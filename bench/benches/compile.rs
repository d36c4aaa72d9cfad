//! How long a policy takes from text to eBPF: in this process, and as `syrupc compile`.
//!
//! `cargo build --release && cargo bench -p syrup-bench` prints medians. The whole-process row
//! needs the release binary and is left out without it.

use std::process::{Command, Stdio};
use syrup_backend::{Backend, EmitOptions};
use syrupc::hir::PolicyId;

const EXAMPLES: &[&str] = &["hash", "round_robin", "scan_avoid", "sita", "token", "jsq"];

fn main() {
    divan::main();
}

/// Parse, analyse, lower, check, optimize, check, emit.
#[divan::bench(args = EXAMPLES)]
fn in_process(bencher: divan::Bencher<'_, '_>, name: &str) {
    let path = syrup_tests::root().join(format!("examples/{name}/policy.syr"));
    let text = std::fs::read_to_string(&path).expect("the example is there");
    let name = path.to_string_lossy().into_owned();
    bencher.bench(|| {
        let mut analysis = syrupc::analyze(&name, &text, &syrup_tests::Disk);
        assert!(!analysis.diags.has_errors());
        let hook = analysis.hook(syrupc::DEFAULT_HOOK).expect("a hook");
        let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("a target");
        let passes = syrup_tests::all_passes();
        let checked = syrupc::build(&analysis.program, PolicyId(0), &hook, &target, passes);
        let checked = checked.expect("an example compiles");
        syrup_ebpf::Ebpf.emit(&checked, &target, EmitOptions::default(), &analysis.sources)
    });
}

/// The command a person types.
#[divan::bench(args = EXAMPLES)]
fn whole_process(bencher: divan::Bencher<'_, '_>, name: &str) {
    let binary = syrup_tests::root().join("target/release/syrupc");
    if !binary.exists() {
        return;
    }
    let file = syrup_tests::root().join(format!("examples/{name}/policy.syr"));
    bencher.bench(|| {
        let status = Command::new(&binary)
            .args(["compile", "-o", "/dev/null"])
            .arg(&file)
            .stdout(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    });
}
