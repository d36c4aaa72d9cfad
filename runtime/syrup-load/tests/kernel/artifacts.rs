//! Artifacts as a backend would make them, assembled by hand.
//!
//! In: what a test wants to vary. Out: an artifact whose maps' names begin with this process' own
//! prefix, so that a census can tell them from those of others.

use crate::btf;
use syrup_load::testing;
use syrup_wire::artifact::{
    Artifact, CounterSpec, Line, MapRole, MapSpec, NumberKind, ParamSpec, Program, ProgramRole,
    Reloc, SetSpec, Shape, UserAccess,
};
use syrup_wire::script::SCRIPT_BYTES;

/// Slots of the set.
pub const CAPACITY: u32 = 4;

/// Indexes of the maps of [`by_byte`].
pub mod map {
    pub const EXECUTORS: u32 = 0;
    pub const SETS: u32 = 1;
    pub const PARAMS: u32 = 2;
    pub const COUNTERS: u32 = 3;
    pub const DOING: u32 = 4;
    pub const SCRIPT: u32 = 5;
}

const HASH: u32 = 1;
const ARRAY: u32 = 2;
const PERCPU_ARRAY: u32 = 6;
const REUSEPORT_SOCKARRAY: u32 = 20;
const F_MMAPABLE: u32 = 1 << 10;
const PROG_SCHED_CLS: u32 = 3;
const PROG_XDP: u32 = 6;
const PROG_SK_REUSEPORT: u32 = 21;
const ATTACH_XDP: u32 = 37;
const ATTACH_SK_REUSEPORT_SELECT: u32 = 39;

/// What the names of this process' objects begin with.
pub fn prefix() -> String {
    format!("t{:06x}", std::process::id())
}

/// Succeeds when nothing of this process is left in the kernel.
pub fn assert_nothing_left() {
    testing::assert_no_objects(&prefix());
}

/// One instruction (`struct bpf_insn`).
pub fn insn(opcode: u8, target: u8, source: u8, offset: i16, number: i32) -> u64 {
    u64::from(opcode)
        | u64::from(target) << 8
        | u64::from(source) << 12
        | u64::from(offset as u16) << 16
        | u64::from(number as u32) << 32
}

/// A two-word load of a map.
pub fn load_map(
    insns: &mut Vec<u64>,
    relocs: &mut Vec<Reloc>,
    target: u8,
    map: u32,
    at: Option<u32>,
) {
    relocs.push(Reloc { insn: insns.len() as u32, map, value_offset: at });
    insns.extend([insn(0x18, target, 0, 0, 0), 0]);
}

/// Counts every input and steers it to slot `(first payload byte + shift) % 4`; where there is no
/// payload, as for TCP, to slot `shift`.
pub fn by_byte() -> Artifact {
    let (mut insns, mut relocs) = (Vec::new(), Vec::new());
    insns.extend([
        insn(0xbf, 6, 1, 0, 0),   // r6 = ctx
        insn(0xb7, 2, 0, 0, 8),   // r2 = 8, behind the UDP header
        insn(0xbf, 3, 10, 0, 0),  // r3 = r10
        insn(0x07, 3, 0, 0, -8),  // r3 += -8
        insn(0xb7, 4, 0, 0, 1),   // r4 = 1
        insn(0x85, 0, 0, 0, 26),  // call skb_load_bytes
        insn(0xb7, 7, 0, 0, 0),   // r7 = 0
        insn(0x55, 0, 0, 1, 0),   // if r0 != 0 goto +1
        insn(0x71, 7, 10, -8, 0), // r7 = *(u8 *)(r10 - 8)
    ]);
    load_map(&mut insns, &mut relocs, 1, map::PARAMS, Some(8));
    insns.extend([
        insn(0x79, 1, 1, 0, 0),    // r1 = *(u64 *)(r1 + 0)
        insn(0x0f, 7, 1, 0, 0),    // r7 += r1
        insn(0x57, 7, 0, 0, 3),    // r7 &= 3
        insn(0x63, 10, 7, -4, 0),  // *(u32 *)(r10 - 4) = r7
        insn(0x62, 10, 0, -12, 1), // *(u32 *)(r10 - 12) = 1
        insn(0xbf, 2, 10, 0, 0),   // r2 = r10
        insn(0x07, 2, 0, 0, -12),  // r2 += -12
    ]);
    load_map(&mut insns, &mut relocs, 1, map::COUNTERS, None);
    insns.extend([
        insn(0x85, 0, 0, 0, 1), // call map_lookup_elem
        insn(0x15, 0, 0, 3, 0), // if r0 == 0 goto +3
        insn(0x79, 1, 0, 0, 0), // r1 = *(u64 *)(r0 + 0)
        insn(0x07, 1, 0, 0, 1), // r1 += 1
        insn(0x7b, 0, 1, 0, 0), // *(u64 *)(r0 + 0) = r1
        insn(0xbf, 1, 6, 0, 0), // r1 = ctx
    ]);
    load_map(&mut insns, &mut relocs, 2, map::EXECUTORS, None);
    insns.extend([
        insn(0xbf, 3, 10, 0, 0), // r3 = r10
        insn(0x07, 3, 0, 0, -4), // r3 += -4
        insn(0xb7, 4, 0, 0, 0),  // r4 = 0
        insn(0x85, 0, 0, 0, 82), // call sk_select_reuseport
        insn(0xb7, 0, 0, 0, 1),  // r0 = SK_PASS
        insn(0x95, 0, 0, 0, 0),  // exit
    ]);
    with_program(program(insns, relocs))
}

/// The artifact of [`by_byte`] with another program.
pub fn with_program(program: Program) -> Artifact {
    let text = btf::with_strings(&[]);
    Artifact {
        format: 1,
        policy: "by_byte".to_owned(),
        hook: "socket_select".to_owned(),
        target: "kernel-6.1".to_owned(),
        licence: "Apache-2.0".to_owned(),
        programs: vec![program],
        maps: maps(),
        sets: vec![SetSpec {
            name: "workers".to_owned(),
            kind: "socket".to_owned(),
            capacity: CAPACITY,
            or_else: "pass".to_owned(),
            len_offset: 0,
            generations_offset: 4,
        }],
        params: vec![
            ParamSpec {
                name: "flag".to_owned(),
                offset: 0,
                shape: number(1, NumberKind::Bool),
                min: 0,
                max: 1,
                default: 1,
            },
            ParamSpec {
                name: "shift".to_owned(),
                offset: 8,
                shape: number(8, NumberKind::Int),
                min: 0,
                max: 3,
                default: 0,
            },
        ],
        btf: text.bytes,
        counters: vec![CounterSpec::Pass, CounterSpec::Steered { set: 0, slot: 0 }],
        verifier_insns: 1000,
    }
}

/// A program for socket select.
pub fn program(insns: Vec<u64>, relocs: Vec<Reloc>) -> Program {
    Program {
        flags: 0,
        name: format!("{}_p", prefix()),
        role: ProgramRole::Policy,
        kind: PROG_SK_REUSEPORT,
        attach: ATTACH_SK_REUSEPORT_SELECT,
        section: "sk_reuseport".to_owned(),
        insns,
        relocs,
        func_type: btf::FUNCTION,
        lines: Vec::new(),
    }
}

/// A twin that draws once and gives slot `flow_hash + first window byte`, or drops a frame
/// without a window.
pub fn twin() -> Artifact {
    let (mut insns, mut relocs) = (Vec::new(), Vec::new());
    insns.extend([
        insn(0x61, 6, 1, 76, 0), // r6 = skb->data
        insn(0x61, 7, 1, 80, 0), // r7 = skb->data_end
    ]);
    load_map(&mut insns, &mut relocs, 1, map::SCRIPT, Some(0));
    insns.extend([
        insn(0x61, 2, 1, 44, 0), // r2 = next_draw
        insn(0x07, 2, 0, 0, 1),  // r2 += 1
        insn(0x63, 1, 2, 44, 0), // next_draw = r2
        insn(0x61, 8, 1, 8, 0),  // r8 = flow_hash
        insn(0xbf, 2, 6, 0, 0),  // r2 = r6
        insn(0x07, 2, 0, 0, 65), // r2 += 65
        insn(0xb4, 0, 0, 0, -2), // w0 = RETURN_DROP
        insn(0x2d, 2, 7, 2, 0),  // if r2 > data_end goto exit
        insn(0x71, 0, 6, 64, 0), // r0 = *(u8 *)(r6 + 64)
        insn(0x0f, 0, 8, 0, 0),  // r0 += r8
        insn(0x95, 0, 0, 0, 0),  // exit
    ]);
    let base = program(insns, relocs);
    let mut artifact =
        with_program(Program { role: ProgramRole::Twin, kind: PROG_SCHED_CLS, attach: 0, ..base });
    artifact.maps.push(array("script", MapRole::Script, SCRIPT_BYTES as u32, 1));
    artifact
}

/// A policy without executors, which leaves every choice to the kernel.
pub fn without_executors() -> Artifact {
    let insns = vec![insn(0xb7, 0, 0, 0, 1), insn(0x95, 0, 0, 0, 0)];
    let mut artifact = with_program(program(insns, Vec::new()));
    artifact.sets.clear();
    artifact.maps.retain(|spec| matches!(spec.role, MapRole::Params));
    artifact
}

/// An XDP program in the place of the policy: it loads, and cannot be attached to sockets.
pub fn not_for_sockets() -> Artifact {
    let insns = vec![insn(0xb7, 0, 0, 0, 2), insn(0x95, 0, 0, 0, 0)];
    with_program(Program { kind: PROG_XDP, attach: ATTACH_XDP, ..program(insns, Vec::new()) })
}

/// A program that the kernel refuses at the second line of `demo.syr`.
pub fn refused() -> Artifact {
    let text = btf::with_strings(&["demo.syr", "let a = 1;", "    return a + b;"]);
    let insns = vec![insn(0xb7, 0, 0, 0, 1), insn(0x0f, 0, 5, 0, 0), insn(0x95, 0, 0, 0, 0)];
    let line =
        |insn, text: u32, line, column| Line { insn, file_name: text.min(1), text, line, column };
    let mut lines = vec![line(0, 1, 3, 1), line(1, 2, 4, 12)];
    for one in &mut lines {
        one.file_name = text.strings[0];
        one.text = text.strings[one.text as usize];
    }
    let mut artifact = with_program(Program { lines, ..program(insns, Vec::new()) });
    artifact.btf = text.bytes;
    artifact
}

/// A program whose paths double with each of `n_branches` bits, because a decision hangs on their
/// sum.
pub fn branching(n_branches: u32) -> Artifact {
    let mut insns = vec![
        insn(0x85, 0, 0, 0, 7), // call get_prandom_u32
        insn(0xbf, 6, 0, 0, 0), // r6 = r0
        insn(0xb7, 7, 0, 0, 0), // r7 = 0
    ];
    for bit in 0..n_branches {
        insns.extend([
            insn(0x45, 6, 0, 1, 1 << bit), // if r6 & bit goto +1
            insn(0x47, 7, 0, 0, 1 << bit), // r7 |= bit
        ]);
    }
    insns.extend([
        insn(0xb7, 0, 0, 0, 1),       // r0 = SK_PASS
        insn(0x25, 7, 0, 1, 1 << 29), // if r7 > 2^29 goto exit
        insn(0xb7, 0, 0, 0, 0),       // r0 = SK_DROP
        insn(0x95, 0, 0, 0, 0),       // exit
    ]);
    with_program(program(insns, Vec::new()))
}

fn maps() -> Vec<MapSpec> {
    let executors = MapSpec {
        kind: REUSEPORT_SOCKARRAY,
        key_bytes: 4,
        value_bytes: 8,
        entries: CAPACITY,
        ..array("socks", MapRole::Executors { set: 0 }, 8, CAPACITY)
    };
    let sets = MapSpec { flags: F_MMAPABLE, ..array("sets", MapRole::Sets, 4 + 4 * CAPACITY, 1) };
    let counters = MapSpec { kind: PERCPU_ARRAY, ..array("counts", MapRole::Counters, 8, 2) };
    let user = MapRole::User {
        key: number(4, NumberKind::Int),
        value: number(8, NumberKind::Atomic),
        user: UserAccess::Write,
    };
    let doing =
        MapSpec { kind: HASH, pin: Some("app/doing".to_owned()), ..array("doing", user, 8, 16) };
    vec![executors, sets, array("params", MapRole::Params, 16, 1), counters, doing]
}

fn array(name: &str, role: MapRole, value_bytes: u32, entries: u32) -> MapSpec {
    MapSpec {
        name: format!("{}_{name}", prefix()),
        role,
        kind: ARRAY,
        key_bytes: 4,
        value_bytes,
        entries,
        flags: 0,
        key_type: 0,
        value_type: 0,
        pin: None,
        initial: Vec::new(),
        layout_hash: 0x5000 + u64::from(entries) + u64::from(value_bytes) * 1000,
    }
}

fn number(bytes: u8, kind: NumberKind) -> Shape {
    Shape::Number { bytes, kind, range: (0, 1) }
}
