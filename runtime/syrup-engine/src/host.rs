//! `--target host`: what this machine's kernel takes, asked by loading.
//!
//! Version numbers lie: distributions carry features back. So the profile starts from the oldest
//! target that is proved, and each feature beyond it is there when a program that uses it loads.

use syrup_ir::Profile;
use syrup_load::{LoadOptions, load};
use syrup_wire::artifact::{Artifact, Program, ProgramRole};
use syrup_wire::limits::FORMAT;

/// `BPF_PROG_TYPE_SOCKET_FILTER`, which any kernel with eBPF loads.
const SOCKET_FILTER: u32 = 1;

/// `r0 = 0; may_goto +0; exit` (RFC 9669 and kernel/bpf/verifier.c, `BPF_JCOND`).
const MAY_GOTO: [u64; 3] = [0xb7, 0xe5, 0x95];

/// The profile of this machine. Without the privilege to load, the oldest proved target.
pub fn profile() -> Profile {
    let Some(oldest) = syrupc::profile(syrupc::DEFAULT_TARGET) else {
        syrup_diag::bug!("the default target is not in the standard library")
    };
    Profile { name: "host".into(), may_goto: loads(&MAY_GOTO), ..oldest }
}

/// Whether the kernel takes a program.
fn loads(insns: &[u64]) -> bool {
    let program = Program {
        name: "syrup_probe".to_owned(),
        role: ProgramRole::Policy,
        kind: SOCKET_FILTER,
        attach: 0,
        flags: 0,
        section: "socket".to_owned(),
        insns: insns.to_vec(),
        relocs: Vec::new(),
        func_type: 0,
        lines: Vec::new(),
    };
    let artifact = Artifact {
        format: FORMAT,
        policy: "syrup_probe".to_owned(),
        hook: "socket_filter".to_owned(),
        target: syrupc::DEFAULT_TARGET.to_owned(),
        licence: "unspecified".to_owned(),
        programs: vec![program],
        maps: Vec::new(),
        sets: Vec::new(),
        params: Vec::new(),
        btf: Vec::new(),
        counters: Vec::new(),
        verifier_insns: 0,
    };
    load(&artifact, &LoadOptions::default()).is_ok()
}
