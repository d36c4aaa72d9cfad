//! What older kernels refuse in programs loaded without CAP_PERFMON, seen in the words themselves:
//! the running kernel may take them.

use crate::common::{self, generate};
use syrup_backend::EmitOptions;
use syrup_wire::artifact::Program;

/// Every store to the stack: frame offset and size.
fn frame_stores(program: &Program) -> Vec<(i16, i16)> {
    let mut stores = Vec::new();
    let mut idx = 0;
    while let Some(word) = program.insns.get(idx) {
        let (opcode, dst, offset) = (*word as u8, word >> 8 & 0xf, (word >> 16) as i16);
        // BPF_ST or BPF_STX with BPF_MEM, RFC 9669 section 5.
        if matches!(opcode & 7, 2 | 3) && opcode & 0xe0 == 0x60 && dst == 10 {
            let bytes = [4, 2, 1, 8][usize::from(opcode >> 3 & 3)];
            stores.push((offset, bytes));
        }
        idx += if opcode == 0x18 { 2 } else { 1 };
    }
    stores
}

/// Before Linux 6.8 a part of a word of the stack that holds a number of known range may not be
/// stored (`check_stack_write_fixed_off`: "attempt to corrupt spilled pointer on stack").
fn check(name: &str, program: &Program) {
    for (offset, bytes) in frame_stores(program) {
        assert_eq!(bytes, 8, "{name}: {bytes} bytes are stored at {offset}");
        assert_eq!(offset % 8, 0, "{name}: a store at {offset}");
    }
}

#[test]
fn stack_words_are_stored_whole() {
    let options = EmitOptions { counters: true, twin: true };
    for (name, module) in common::policies() {
        for policy in [common::checked(module.clone()), common::optimized(module)] {
            let artifact = common::emit(&policy, options);
            artifact.programs.iter().for_each(|program| check(&name, program));
        }
    }
    for seed in 0..200 {
        let profile = syrup_ir::Profile { verifier_insns_max: u64::MAX, ..common::profile() };
        let policy = common::checked(generate::module(seed));
        let sources = syrup_diag::Sources::new();
        let artifact =
            syrup_backend::Backend::emit(&syrup_ebpf::Ebpf, &policy, &profile, options, &sources);
        let artifact = artifact.unwrap_or_else(|errors| panic!("seed {seed}: {errors:?}"));
        artifact.programs.iter().for_each(|program| check(&format!("seed {seed}"), program));
    }
}
