//! Policies in the kernel: accepted with CAP_BPF and CAP_NET_ADMIN only, within the bound on the
//! verifier's work, and of the same meaning as the interpreter gives them.

mod common;

use common::differ;
use syrup_backend::EmitOptions;
use syrup_diag::Sources;
use syrup_ebpf::PacketAccess;
use syrup_ir::Checked;

/// Whether the kernel can be asked; says why not.
fn kernel_is_there(test: &str) -> bool {
    match syrup_load::testing::privileged() {
        Ok(()) => true,
        Err(reason) => {
            syrup_load::testing::skip(test, &reason);
            false
        }
    }
}

fn run(name: &str, policy: &Checked, options: EmitOptions, access: PacketAccess) {
    let artifact = syrup_ebpf::emit_with(
        policy,
        &common::profile(),
        options,
        &Sources::new(),
        access,
    );
    let artifact = artifact.unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    for seed in 1..=12 {
        let loaded = differ::load(&artifact).unwrap_or_else(|e| panic!("{name}: {e}"));
        differ::compare(policy, &loaded, seed * 0x9e37_79b9, 40)
            .unwrap_or_else(|e| panic!("{name}, seed {seed}: {e}"));
    }
}

#[test]
fn twins_agree_with_the_interpreter() {
    if !kernel_is_there("twins_agree_with_the_interpreter") {
        return;
    }
    let options = EmitOptions { counters: false, twin: true };
    for (name, module) in common::policies() {
        let optimized = common::optimized(module.clone());
        run(&name, &optimized, options, PacketAccess::DirectFirst);
        run(&name, &common::checked(module), options, PacketAccess::DirectFirst);
    }
}

#[test]
fn the_slow_path_reads_the_same_bytes() {
    if !kernel_is_there("the_slow_path_reads_the_same_bytes") {
        return;
    }
    let options = EmitOptions { counters: false, twin: true };
    for (name, module) in common::policies() {
        run(&name, &common::optimized(module), options, PacketAccess::HelperOnly);
    }
}

#[test]
fn counting_changes_no_verdict() {
    if !kernel_is_there("counting_changes_no_verdict") {
        return;
    }
    let options = EmitOptions { counters: true, twin: true };
    for (name, module) in common::policies() {
        run(&name, &common::optimized(module), options, PacketAccess::DirectFirst);
    }
}
