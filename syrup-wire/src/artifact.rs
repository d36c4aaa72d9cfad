//! What a backend makes and a loader takes: programs, maps and all that names them.

use serde::{Deserialize, Serialize};

/// A compiled policy. The same policy, target and options give the same artifact on any machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// [`crate::limits::FORMAT`].
    pub format: u32,
    /// The policy's name.
    pub policy: String,
    /// The hook it was compiled for.
    pub hook: String,
    /// The target it was compiled for.
    pub target: String,
    /// The licence string handed to the kernel.
    pub licence: String,
    /// The policy's program, and its twin where one was asked for.
    pub programs: Vec<Program>,
    /// Every map the programs name, by index.
    pub maps: Vec<MapSpec>,
    /// Executor sets, in the order of the policy.
    pub sets: Vec<SetSpec>,
    /// Load-time parameters.
    pub params: Vec<ParamSpec>,
    /// Type information for the maps and programs, in the kernel's BTF form; empty for none.
    pub btf: Vec<u8>,
    /// What the counters count, by index; empty when the policy was compiled without.
    pub counters: Vec<CounterSpec>,
    /// Bound on the kernel verifier's work, in processed instructions.
    pub verifier_insns: u64,
}

/// What a program is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgramRole {
    /// Runs at the hook.
    Policy,
    /// The same body behind a prologue that a test can call.
    Twin,
}

/// One eBPF program before its maps are known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its name, a C identifier of at most 15 bytes.
    pub name: String,
    /// What it is for.
    pub role: ProgramRole,
    /// `enum bpf_prog_type`.
    pub kind: u32,
    /// `enum bpf_attach_type`.
    pub attach: u32,
    /// Flags of `BPF_PROG_LOAD`.
    pub flags: u32,
    /// The section of an object file it belongs in, as libbpf names them.
    pub section: String,
    /// Encoded instructions, little-endian words (`struct bpf_insn`).
    pub insns: Vec<u64>,
    /// Where maps are named.
    pub relocs: Vec<Reloc>,
    /// The BTF type of the function; 0 for none.
    pub func_type: u32,
    /// Where instructions come from, in the order of instructions.
    pub lines: Vec<Line>,
}

/// A map named by the two-word load at an instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reloc {
    /// Index of the first word.
    pub insn: u32,
    /// Index into the artifact's maps.
    pub map: u32,
    /// A byte of the map's only value, or the map itself.
    pub value_offset: Option<u32>,
}

/// A source place of an instruction, as the kernel's `struct bpf_line_info` wants it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Index of the first instruction that comes from there.
    pub insn: u32,
    /// Offset of the file's name in the BTF strings.
    pub file_name: u32,
    /// Offset of the line's text in the BTF strings.
    pub text: u32,
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1.
    pub column: u32,
}

/// A map to create.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSpec {
    /// Its name, a C identifier; cut to 15 bytes for the kernel.
    pub name: String,
    /// What it is for.
    pub role: MapRole,
    /// `enum bpf_map_type`.
    pub kind: u32,
    /// Bytes of a key.
    pub key_bytes: u32,
    /// Bytes of a value.
    pub value_bytes: u32,
    /// The most entries.
    pub entries: u32,
    /// `BPF_F_...` flags of creation.
    pub flags: u32,
    /// BTF type of the key; 0 for none.
    pub key_type: u32,
    /// BTF type of the value; 0 for none. For data sections: the DATASEC.
    pub value_type: u32,
    /// The name to pin it under, as declared.
    pub pin: Option<String>,
    /// For single-value maps: what the value starts as; empty means zeros.
    pub initial: Vec<u8>,
    /// Fingerprint of name, kind, key and value layout: a map may be kept across a replacement
    /// when it is equal.
    pub layout_hash: u64,
}

/// What a map is for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum MapRole {
    /// Declared in the policy.
    User {
        /// The key's shape; a zero-byte shape for state.
        key: Shape,
        /// The value's shape.
        value: Shape,
        /// What user space may do.
        user: UserAccess,
    },
    /// All `state` cells, in one value (section `.bss` or `.data`).
    State {
        /// Each cell.
        cells: Vec<CellSpec>,
    },
    /// All `param`s, in one frozen value (section `.rodata`).
    Params,
    /// The executors of a set, as the kernel selects them.
    Executors {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// A Maglev table over a set: an array of slots, filled by whoever fills the set; see
    /// [`crate::maglev`].
    Ring {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// Records to user space: a `BPF_MAP_TYPE_RINGBUF` whose entries are bytes.
    Log {
        /// The shape of a record.
        record: Shape,
    },
    /// Length and generations of every set, in one value (section `.data.sets`); see [`SetSpec`].
    Sets,
    /// The generation of each slot of a set again, by slot, for policies that keep executors in
    /// maps.
    Generations {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// The core in each slot of a set, by slot: its number plus 1, 0 for a slot that holds nothing.
    Cores {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// One `u64` a counter and CPU, by the index of `Artifact::counters`.
    Counters,
    /// The script of a twin; see [`crate::script`].
    Script,
}

/// What user space may do with a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserAccess {
    /// Nothing was declared.
    None,
    /// Read.
    Read,
    /// Read and write.
    Write,
    /// Read and add.
    Add,
}

/// One `state` cell.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellSpec {
    /// Its name.
    pub name: String,
    /// Bytes from the start of the value.
    pub offset: u32,
    /// Its shape.
    pub shape: Shape,
}

/// The shape of a key or value, for people and bindings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Shape {
    /// One little-endian number.
    Number {
        /// Bytes: 1, 2, 4 or 8.
        bytes: u8,
        /// What it stands for.
        kind: NumberKind,
        /// Values allowed, both ends included.
        range: (u64, u64),
    },
    /// A run of bytes.
    Bytes {
        /// How many.
        bytes: u32,
    },
    /// The first bits of an address: their number as a `u32`, then the address with its most
    /// significant byte first.
    Prefix {
        /// Bytes of the address.
        bytes: u32,
    },
    /// Named fields.
    Struct {
        /// The declaration's name.
        name: String,
        /// Bytes, padding included.
        bytes: u32,
        /// Name, offset in bytes, shape.
        fields: Vec<(String, u32, Shape)>,
    },
}

/// What a number stands for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum NumberKind {
    /// A plain number.
    Int,
    /// 0 or 1.
    Bool,
    /// Changed by atomic operations.
    Atomic,
    /// Nanoseconds since the machine started.
    Time,
    /// Nanoseconds.
    Duration,
    /// A case of an enum.
    Enum {
        /// Its name.
        name: String,
        /// Name and number of each case.
        cases: Vec<(String, u64)>,
    },
    /// A slot of an executor set.
    Executor {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// A thread's identity.
    Task,
}

/// An executor set. In the `Sets` map its length is a `u32` at `len_offset`; the generation of
/// slot `i` is a `u32` at `generations_offset + 4 * i`, 0 for a slot that holds nothing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSpec {
    /// Its name.
    pub name: String,
    /// `socket`, `core` or `queue`.
    pub kind: String,
    /// The most slots.
    pub capacity: u32,
    /// `pass` or `drop`.
    pub or_else: String,
    /// Byte of the length in the `Sets` value.
    pub len_offset: u32,
    /// Byte of the first generation in the `Sets` value.
    pub generations_offset: u32,
}

/// A load-time parameter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamSpec {
    /// Its name.
    pub name: String,
    /// Byte in the `Params` value.
    pub offset: u32,
    /// Its shape.
    pub shape: Shape,
    /// The smallest value it may be given.
    pub min: u64,
    /// The largest value it may be given.
    pub max: u64,
    /// The value when nothing is given.
    pub default: u64,
}

/// What one counter counts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum CounterSpec {
    /// Inputs that the policy passed by its own word.
    Pass,
    /// Inputs that the policy dropped by its own word.
    Drop,
    /// Inputs that met an empty set.
    EmptySet {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// Inputs for which an index named no slot.
    NoSlot {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// Inputs whose chosen slot held nothing when the verdict was carried out.
    EmptySlot {
        /// Index into the artifact's sets.
        set: u32,
    },
    /// Inputs steered to a slot.
    Steered {
        /// Index into the artifact's sets.
        set: u32,
        /// The slot.
        slot: u32,
    },
}

impl Artifact {
    /// The program of a role.
    pub fn program(&self, role: ProgramRole) -> Option<&Program> {
        self.programs.iter().find(|program| program.role == role)
    }

    /// The map with a role, and its index.
    pub fn map_by(&self, is: impl Fn(&MapRole) -> bool) -> Option<(usize, &MapSpec)> {
        self.maps.iter().enumerate().find(|(_, map)| is(&map.role))
    }

    /// Reads an artifact's JSON form.
    ///
    /// # Errors
    /// Text that is not an artifact of this [`crate::limits::FORMAT`].
    pub fn from_json(text: &str) -> Result<Artifact, String> {
        let artifact: Artifact = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if artifact.format != crate::limits::FORMAT {
            return Err(format!("artifact format {} is not supported", artifact.format));
        }
        Ok(artifact)
    }

    /// The artifact's JSON form.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
