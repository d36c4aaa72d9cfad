//! What a loading child will do, prepared to the last byte before it is forked.
//!
//! In: type information, maps, first values, programs, descriptors to reuse. Out: a list of
//! commands whose blocks point into buffers that the plan owns. The child only fills in the
//! descriptors that earlier commands gave, so it needs no allocation.
//!
//! ```text
//! BTF_LOAD -> slot 0      MAP_CREATE (btf = slot 0) -> slot 1      MAP_UPDATE (map = slot 1)
//! MAP_FREEZE (map = slot 1)      PROG_LOAD (btf = slot 0, insn 3 names slot 1) -> slot 2
//! ```

use super::attr::{Attr, at, cmd, map_kind};
use super::shared::Shared;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// A place for a descriptor: given, or made by a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slot(usize);

/// The index of a command, for messages about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StepIdx(pub usize);

/// A map to create.
#[derive(Clone, Copy, Debug)]
pub struct MapDef<'a> {
    /// `enum bpf_map_type`.
    pub kind: u32,
    /// Bytes of a key.
    pub key_bytes: u32,
    /// Bytes of a value.
    pub value_bytes: u32,
    /// The most entries.
    pub entries: u32,
    /// Flags of creation.
    pub flags: u32,
    /// Its name in the kernel.
    pub name: &'a str,
    /// Type information, and the types of key and value in it.
    pub types: Option<(Slot, u32, u32)>,
}

/// A program to load.
#[derive(Debug)]
pub struct ProgDef<'a> {
    /// Its name in the kernel.
    pub name: &'a str,
    /// `enum bpf_prog_type`.
    pub kind: u32,
    /// `enum bpf_attach_type`.
    pub attach: u32,
    /// Flags of its load.
    pub flags: u32,
    /// Its instructions.
    pub insns: Vec<u64>,
    /// Instructions whose number is the descriptor of a map.
    pub maps: Vec<(usize, Slot)>,
    /// The licence.
    pub licence: &'a str,
    /// Type information and the type of the function in it.
    pub types: Option<(Slot, u32)>,
    /// `struct bpf_line_info` records: instruction, file, text, line and column.
    pub lines: Vec<[u32; 4]>,
    /// Whether the log is wanted when all goes well, too.
    pub log: bool,
}

/// A list of commands.
#[derive(Debug, Default)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
    /// Descriptors by slot; -1 until a command made it.
    pub(super) fds: Vec<libc::c_int>,
}

/// One command.
///
/// INVARIANT(buffers): every address in `attr` points into this step's own buffers, each as long
/// as the numbers beside it say; heap buffers do not move with the step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) command: u32,
    pub(super) attr: Attr,
    /// Offsets in the block that take a descriptor.
    pub(super) fds: Vec<(usize, Slot)>,
    /// Where the descriptor that the command gives belongs.
    pub(super) gives: Option<Slot>,
    /// Instructions of a program and those among them that take a descriptor.
    pub(super) insns: Vec<u64>,
    pub(super) maps: Vec<(usize, Slot)>,
    /// Where the kernel writes what it finds, and whether it writes at the first try.
    pub(super) log: Option<(Shared, LogAt)>,
    pub(super) log_first: bool,
    _bytes: Vec<Vec<u8>>,
    _words: Vec<Vec<u32>>,
    _texts: Vec<CString>,
}

/// Where a command's block describes its log.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogAt {
    pub(super) level: usize,
    pub(super) bytes: usize,
    pub(super) address: usize,
}

impl LogAt {
    const BTF: LogAt =
        LogAt { level: at::BTF_LOG_LEVEL, bytes: at::BTF_LOG_BYTES, address: at::BTF_LOG };
    const PROGRAM: LogAt =
        LogAt { level: at::PROG_LOG_LEVEL, bytes: at::PROG_LOG_BYTES, address: at::PROG_LOG };
}

/// Bytes for the verifier's log. Kernels before 6.4 keep the start of a log that is too long, and
/// what went wrong stands at its end, so this is far more than is kept.
const LOG_BYTES: usize = 16 << 20;

impl Plan {
    /// A descriptor that is there already. The caller keeps it open until the plan has run.
    pub fn give(&mut self, fd: BorrowedFd<'_>) -> Slot {
        self.fds.push(fd.as_raw_fd());
        Slot(self.fds.len() - 1)
    }

    /// Loads type information.
    ///
    /// # Errors
    /// More than 4 GiB of it.
    pub fn btf(&mut self, btf: &[u8]) -> io::Result<(Slot, StepIdx)> {
        let mut step = Step::new(cmd::BTF_LOAD);
        let bytes = btf.to_vec();
        step.attr
            .put_address(at::BTF_DATA, bytes.as_ptr())
            .put_u32(at::BTF_BYTES, count(bytes.len())?);
        step._bytes.push(bytes);
        step.log = Some((Shared::new(LOG_BYTES)?, LogAt::BTF));
        Ok(self.push_giving(step))
    }

    /// Creates a map.
    pub fn map(&mut self, map: MapDef<'_>) -> (Slot, StepIdx) {
        let mut step = Step::new(cmd::MAP_CREATE);
        step.attr
            .put_u32(at::MAP_KIND, map.kind)
            .put_u32(at::MAP_KEY_BYTES, map.key_bytes)
            .put_u32(at::MAP_VALUE_BYTES, map.value_bytes)
            .put_u32(at::MAP_ENTRIES, map.entries)
            .put_u32(at::MAP_FLAGS, map.flags)
            .put_name(at::MAP_NAME, map.name);
        if let Some((btf, key_type, value_type)) = map.types {
            step.attr.put_u32(at::MAP_KEY_TYPE, key_type).put_u32(at::MAP_VALUE_TYPE, value_type);
            step.fds.push((at::MAP_BTF_FD, btf));
        }
        self.push_giving(step)
    }

    /// Writes the first value of a new array map, for every CPU where it has one for each.
    ///
    /// # Errors
    /// A value of another size than the map's, or a map that is not an array.
    pub fn set_value(
        &mut self,
        slot: Slot,
        map: MapDef<'_>,
        value: Vec<u8>,
    ) -> io::Result<StepIdx> {
        let copies = match map.kind {
            map_kind::ARRAY => 1,
            map_kind::PERCPU_ARRAY => super::map::possible_cpus()?,
            _ => 0,
        };
        if copies == 0 || map.key_bytes != 4 || value.len() != map.value_bytes as usize {
            let message = "a first value does not fit its map";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let mut padded = value;
        padded.resize(padded.len().next_multiple_of(8), 0);
        let value = padded.repeat(copies);
        let mut step = Step::new(cmd::MAP_UPDATE_ELEM);
        let key = vec![0u32];
        step.attr.put_address(at::ELEM_KEY, key.as_ptr());
        step.attr.put_address(at::ELEM_VALUE, value.as_ptr());
        step.fds.push((at::ELEM_MAP_FD, slot));
        step._words.push(key);
        step._bytes.push(value);
        Ok(self.push(step))
    }

    /// Forbids user space to write a map.
    pub fn freeze(&mut self, slot: Slot) -> StepIdx {
        let mut step = Step::new(cmd::MAP_FREEZE);
        step.fds.push((at::ELEM_MAP_FD, slot));
        self.push(step)
    }

    /// Loads a program.
    ///
    /// # Errors
    /// No memory for the log, a relocation outside the program, a licence with a zero byte.
    pub fn program(&mut self, program: ProgDef<'_>) -> io::Result<(Slot, StepIdx)> {
        let mut step = Step::new(cmd::PROG_LOAD);
        if program.maps.iter().any(|(insn, _)| *insn >= program.insns.len()) {
            let message = "a map is named outside the program";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let licence = CString::new(program.licence)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        step.insns = program.insns;
        step.maps = program.maps;
        step.attr
            .put_u32(at::PROG_KIND, program.kind)
            .put_u32(at::PROG_N_INSNS, count(step.insns.len())?)
            .put_address(at::PROG_INSNS, step.insns.as_ptr())
            .put_address(at::PROG_LICENCE, licence.as_ptr())
            .put_u32(at::PROG_FLAGS, program.flags)
            .put_name(at::PROG_NAME, program.name)
            .put_u32(at::PROG_ATTACH, program.attach);
        step._texts.push(licence);
        if let Some((btf, function)) = program.types {
            step.types(btf, function, &program.lines)?;
        }
        step.log = Some((Shared::new(LOG_BYTES)?, LogAt::PROGRAM));
        step.log_first = program.log;
        Ok(self.push_giving(step))
    }

    fn push(&mut self, step: Step) -> StepIdx {
        self.steps.push(step);
        StepIdx(self.steps.len() - 1)
    }

    fn push_giving(&mut self, mut step: Step) -> (Slot, StepIdx) {
        let slot = Slot(self.fds.len());
        self.fds.push(-1);
        step.gives = Some(slot);
        (slot, self.push(step))
    }
}

impl Slot {
    /// Its place among a plan's descriptors.
    pub(super) fn index(self) -> usize {
        self.0
    }
}

impl Step {
    fn new(command: u32) -> Step {
        Step {
            command,
            attr: Attr::default(),
            fds: Vec::new(),
            gives: None,
            insns: Vec::new(),
            maps: Vec::new(),
            log: None,
            log_first: false,
            _bytes: Vec::new(),
            _words: Vec::new(),
            _texts: Vec::new(),
        }
    }

    /// Names the function and the source lines, so that the kernel's messages do.
    fn types(&mut self, btf: Slot, function: u32, lines: &[[u32; 4]]) -> io::Result<()> {
        // struct bpf_func_info: the one function starts at instruction 0.
        let function = vec![0, function];
        self.fds.push((at::PROG_BTF_FD, btf));
        self.attr
            .put_u32(at::PROG_FUNC_BYTES, 8)
            .put_u32(at::PROG_N_FUNC, 1)
            .put_address(at::PROG_FUNC, function.as_ptr());
        self._words.push(function);
        if !lines.is_empty() {
            let words: Vec<u32> = lines.iter().flatten().copied().collect();
            self.attr
                .put_u32(at::PROG_LINE_BYTES, 16)
                .put_u32(at::PROG_N_LINE, count(lines.len())?)
                .put_address(at::PROG_LINE, words.as_ptr());
            self._words.push(words);
        }
        Ok(())
    }
}

fn count(n: usize) -> io::Result<u32> {
    u32::try_from(n).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}
