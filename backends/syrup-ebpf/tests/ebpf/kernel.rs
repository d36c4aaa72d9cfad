//! Policies in the kernel: accepted with CAP_BPF and CAP_NET_ADMIN only, within the bound on the
//! verifier's work, and of the same meaning as the interpreter gives them.

use crate::common::{self, differ};
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::Sources;
use syrup_ebpf::{Choices, Manner, PacketAccess};
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
    run_as(name, policy, options, Manner { access, ..Manner::default() });
}

fn run_as(name: &str, policy: &Checked, options: EmitOptions, manner: Manner) {
    let artifact =
        syrup_ebpf::emit_with(policy, &common::profile(), options, &Sources::new(), manner);
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
        let manner = Manner { choices: Choices::Straight, ..Manner::default() };
        run_as(&name, &optimized, options, manner);
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

/// A loop of up to 900 turns with lookups and two ways out: too long to unroll.
const LONG: &str = r#"module long
hook socket_select window transport caps store, time, loop
licence "Dual MIT/GPL"
set s0 workers: socket[6] else pass
map m0 table: array[8] key u32 value u64
map m1 trace: state[1] key u32 value u64

func packet {
b0:
    v0: u32 = meta len
    v1: u32 = const 0
    v2: u64 = const 14695981039346656037
    v3: u64 = const 1099511628211
    v4: u32 = const 7
    jump b1(v1, v2)
b1(v5: u32, v6: u64):
    loop v0 max 900, b2 else b6
b2:
    v7: u32 = and v5, v4
    lookup m0 [v7], b3 else b4(v6)
b3(v8: cell m0):
    v9: u64 = read v8 + 0
    v10: u64 = xor v6, v9
    v11: u64 = mul v10, v3
    jump b4(v11)
b4(v12: u64):
    v13: u64 = now
    v14: u64 = add v12, v13
    v15: u64 = const 7
    v16: u64 = and v14, v15
    v17: u64 = const 5
    v18: u1 = eq v16, v17
    br v18, b5(v14), b7
b5(v19: u64):
    v20: cell m1 = state m1
    write v20 + 0, v19
    v21: u32 = convert v19
    v22: u32 = len s0
    v23: u32 = reduce v21, v22
    v24: exec s0 = executor s0, v23
    return steer v24
b6:
    jump b5(v6)
b7:
    next b1(v14)
}
"#;

#[test]
fn long_loops_run_where_the_kernel_counts_turns() {
    if !kernel_is_there("long_loops_run_where_the_kernel_counts_turns") {
        return;
    }
    let module = syrup_ir::text::parse(LONG).expect("the policy is well-formed");
    let policy = common::checked(module);
    let options = EmitOptions { counters: false, twin: true };
    let old = syrup_ebpf::Ebpf.emit(&policy, &common::profile(), options, &Sources::new());
    let codes: Vec<_> = old.err().unwrap_or_default().iter().map(|error| error.code).collect();
    assert_eq!(codes.first(), Some(&syrup_diag::Code::E0413));
    if !syrup_load::probe().is_ok_and(|found| found.kernel.require_target("kernel-6.12").is_ok()) {
        println!("this kernel is too old for `may_goto`");
        return;
    }
    let profile =
        syrup_ir::Profile { name: "kernel-6.12".into(), may_goto: true, ..common::profile() };
    let artifact = syrup_ebpf::Ebpf
        .emit(&policy, &profile, options, &Sources::new())
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let asm = syrup_ebpf::asm(&artifact, &Sources::new());
    assert!(asm.contains("may_goto"), "{asm}");
    let loaded = differ::load(&artifact).unwrap_or_else(|e| panic!("{e}\n{asm}"));
    differ::compare(&policy, &loaded, 5, 60).unwrap_or_else(|e| panic!("{e}\n{asm}"));
}
