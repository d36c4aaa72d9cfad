//! A program that shows how much of an input lies where a program can read it directly.
//!
//! In: nothing. Out: an artifact whose map `reach` counts, for each of some lengths, the inputs of
//! which that many bytes lie between `data` and `data_end`. It lets every input pass.

use syrup_wire::artifact::{
    Artifact, CounterSpec, MapRole, MapSpec, NumberKind, Program, ProgramRole, Reloc, Shape,
    UserAccess,
};

/// The lengths asked for, counted from the transport header: the UDP header, one byte more, an
/// operation of eight bytes, a whole request of 20 bytes.
pub const REACHES: [i32; 4] = [8, 9, 16, 28];

/// One instruction (`struct bpf_insn`).
fn insn(opcode: u8, target: u8, source: u8, offset: i16, number: i32) -> u64 {
    u64::from(opcode)
        | u64::from(target) << 8
        | u64::from(source) << 12
        | u64::from(offset as u16) << 16
        | u64::from(number as u32) << 32
}

/// The artifact.
pub fn artifact() -> Artifact {
    let mut insns = vec![
        insn(0xb7, 6, 0, 0, 0), // r6 = 0
        insn(0x79, 2, 1, 0, 0), // r2 = data
        insn(0x79, 3, 1, 8, 0), // r3 = data_end
    ];
    let n_checks = REACHES.len() as i16;
    for (i, reach) in (0..).zip(REACHES) {
        let to_the_end = 4 * (n_checks - i) - 3;
        insns.extend([
            insn(0xbf, 4, 2, 0, 0),          // r4 = r2
            insn(0x07, 4, 0, 0, reach),      // r4 += reach
            insn(0x2d, 4, 3, to_the_end, 0), // if r4 > r3 goto the end
            insn(0x07, 6, 0, 0, 1),          // r6 += 1
        ]);
    }
    let at = insns.len() as u32 + 3;
    insns.extend([
        insn(0x63, 10, 6, -4, 0), // *(u32 *)(r10 - 4) = r6
        insn(0xbf, 2, 10, 0, 0),  // r2 = r10
        insn(0x07, 2, 0, 0, -4),  // r2 += -4
        insn(0x18, 1, 0, 0, 0),   // r1 = reach
        0,
        insn(0x85, 0, 0, 0, 1), // call map_lookup_elem
        insn(0x15, 0, 0, 2, 0), // if r0 == 0 goto +2
        insn(0xb7, 1, 0, 0, 1), // r1 = 1
        insn(0xdb, 0, 1, 0, 0), // lock *(u64 *)(r0 + 0) += r1
        insn(0xb7, 0, 0, 0, 1), // r0 = SK_PASS
        insn(0x95, 0, 0, 0, 0), // exit
    ]);
    Artifact {
        format: syrup_wire::limits::FORMAT,
        policy: "linear".to_owned(),
        hook: "socket_select".to_owned(),
        target: syrupc::DEFAULT_TARGET.to_owned(),
        licence: "unspecified".to_owned(),
        programs: vec![program(insns, vec![Reloc { insn: at, map: 0, value_offset: None }])],
        maps: vec![reach()],
        sets: Vec::new(),
        params: Vec::new(),
        btf: Vec::new(),
        counters: Vec::<CounterSpec>::new(),
        verifier_insns: 0,
    }
}

fn program(insns: Vec<u64>, relocs: Vec<Reloc>) -> Program {
    Program {
        flags: 0,
        name: "linear".to_owned(),
        role: ProgramRole::Policy,
        // BPF_PROG_TYPE_SK_REUSEPORT and BPF_SK_REUSEPORT_SELECT.
        kind: 21,
        attach: 39,
        section: "sk_reuseport".to_owned(),
        insns,
        relocs,
        func_type: 0,
        lines: Vec::new(),
    }
}

/// How many inputs had how many of [`REACHES`].
fn reach() -> MapSpec {
    let number = |bytes| Shape::Number { bytes, kind: NumberKind::Int, range: (0, u64::MAX) };
    MapSpec {
        name: "reach".to_owned(),
        role: MapRole::User { key: number(4), value: number(8), user: UserAccess::Read },
        kind: 2, // BPF_MAP_TYPE_ARRAY
        key_bytes: 4,
        value_bytes: 8,
        entries: REACHES.len() as u32 + 1,
        flags: 0,
        key_type: 0,
        value_type: 0,
        pin: None,
        initial: Vec::new(),
        layout_hash: 0,
    }
}
