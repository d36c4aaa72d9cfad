//! bpf(2) itself, and its commands that need no geometry of a map.
//!
//! In: borrowed descriptors, paths, bytes. Out: owned descriptors (the kernel makes them
//! close-on-exec), descriptions and results of test runs.

use super::attr::{Attr, at, cmd, map_flag};
use super::check;
use super::process::c_path;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;

/// What the kernel tells about a program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProgInfo {
    /// `enum bpf_prog_type`.
    pub kind: u32,
    /// The number the system knows it by.
    pub id: u32,
    /// Its name in the kernel.
    pub name: String,
    /// Bytes of machine code; 0 when the kernel interprets it.
    pub jited_bytes: u32,
    /// Bytes of translated instructions; 0 when the caller may not see them.
    pub xlated_bytes: u32,
    /// Nanoseconds spent in runs while statistics were enabled.
    pub run_time_ns: u64,
    /// Runs while statistics were enabled.
    pub runs: u64,
    /// Instructions the verifier processed; 0 on kernels before 5.16.
    pub verified_insns: u32,
}

/// What the kernel tells about a map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapInfo {
    /// `enum bpf_map_type`.
    pub kind: u32,
    /// The number the system knows it by.
    pub id: u32,
    /// Bytes of a key.
    pub key_bytes: u32,
    /// Bytes of a value.
    pub value_bytes: u32,
    /// The most entries.
    pub entries: u32,
    /// Flags of its creation.
    pub flags: u32,
    /// Its name in the kernel.
    pub name: String,
}

/// A map without type information, for the loader's own use.
#[derive(Clone, Copy, Debug)]
pub struct PlainMap<'a> {
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
}

/// What a test run gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestRun {
    /// The program's return value.
    pub retval: u32,
    /// The packet after the run.
    pub data: Vec<u8>,
    /// The context after the run; empty when none was given.
    pub context: Vec<u8>,
    /// Nanoseconds a run, as the kernel measured it.
    pub duration_ns: u32,
}

/// Lists of objects that the system can be walked by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjectList {
    /// Every program.
    Programs,
    /// Every map.
    Maps,
    /// Every block of type information.
    Btf,
}

/// Calls bpf(2).
///
/// # Safety
/// Every address in `attr` is valid for what the command reads or writes there.
pub(super) unsafe fn call(command: u32, attr: &mut Attr) -> io::Result<libc::c_long> {
    // SAFETY: the block is `Attr::BYTES` long and the caller vouches for the addresses in it.
    check(unsafe { libc::syscall(libc::SYS_bpf, command, attr.as_mut_ptr(), Attr::BYTES) })
}

/// Calls bpf(2) for a command that returns a new descriptor.
///
/// # Safety
/// As for [`call`].
pub(super) unsafe fn call_fd(command: u32, attr: &mut Attr) -> io::Result<OwnedFd> {
    // SAFETY: passed on to the caller.
    let fd = unsafe { call(command, attr) }?;
    // SAFETY: these commands return a descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as libc::c_int) })
}

/// Creates a map in this process. Maps of policies are created by [`super::child`] instead.
pub fn map_create(map: PlainMap<'_>) -> io::Result<OwnedFd> {
    let mut attr = Attr::default();
    attr.put_u32(at::MAP_KIND, map.kind)
        .put_u32(at::MAP_KEY_BYTES, map.key_bytes)
        .put_u32(at::MAP_VALUE_BYTES, map.value_bytes)
        .put_u32(at::MAP_ENTRIES, map.entries)
        .put_u32(at::MAP_FLAGS, map.flags)
        .put_name(at::MAP_NAME, map.name);
    // SAFETY: the block holds no addresses.
    unsafe { call_fd(cmd::MAP_CREATE, &mut attr) }
}

/// Forbids user space to write a map.
pub fn map_freeze(fd: BorrowedFd<'_>) -> io::Result<()> {
    let mut attr = Attr::default();
    attr.put_u32(at::ELEM_MAP_FD, fd.as_raw_fd() as u32);
    // SAFETY: the block holds no addresses.
    unsafe { call(cmd::MAP_FREEZE, &mut attr) }.map(|_| ())
}

/// Pins a program or map in a BPF file system.
pub fn pin(fd: BorrowedFd<'_>, path: &Path) -> io::Result<()> {
    let path = c_path(path)?;
    let mut attr = Attr::default();
    attr.put_address(at::OBJ_PATH, path.as_ptr()).put_u32(at::OBJ_FD, fd.as_raw_fd() as u32);
    // SAFETY: the path is a zero-ended string that outlives the call.
    unsafe { call(cmd::OBJ_PIN, &mut attr) }.map(|_| ())
}

/// Opens a pinned program or map, for reading only where no more is permitted.
pub fn open_pin(path: &Path) -> io::Result<OwnedFd> {
    let path = c_path(path)?;
    let open = |flags: u32| {
        let mut attr = Attr::default();
        attr.put_address(at::OBJ_PATH, path.as_ptr()).put_u32(at::OBJ_FLAGS, flags);
        // SAFETY: the path is a zero-ended string that outlives the call.
        unsafe { call_fd(cmd::OBJ_GET, &mut attr) }
    };
    match open(0) {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            open(map_flag::RDONLY).map_err(|_| error)
        }
        opened => opened,
    }
}

/// Describes a program.
pub fn prog_info(fd: BorrowedFd<'_>) -> io::Result<ProgInfo> {
    let info = Info::<29>::of(fd)?;
    Ok(ProgInfo {
        kind: info.u32(0),
        id: info.u32(4),
        jited_bytes: info.u32(16),
        xlated_bytes: info.u32(20),
        name: info.name(64),
        run_time_ns: info.u64(192),
        runs: info.u64(200),
        verified_insns: info.u32(216),
    })
}

/// Describes a map.
pub fn map_info(fd: BorrowedFd<'_>) -> io::Result<MapInfo> {
    let info = Info::<11>::of(fd)?;
    Ok(MapInfo {
        kind: info.u32(0),
        id: info.u32(4),
        key_bytes: info.u32(8),
        value_bytes: info.u32(12),
        entries: info.u32(16),
        flags: info.u32(20),
        name: info.name(24),
    })
}

/// Runs a program on bytes, as often as `repeat` says.
pub fn test_run(
    fd: BorrowedFd<'_>,
    data: &[u8],
    context: Option<&[u8]>,
    repeat: u32,
) -> io::Result<TestRun> {
    // A program may grow its packet; the kernel leaves it 256 bytes in front and what is left of
    // a page behind (bpf_test_init in net/bpf/test_run.c).
    let mut out = vec![0u8; data.len() + 4096];
    let mut context_out = vec![0u8; context.map_or(0, <[u8]>::len)];
    let mut attr = Attr::default();
    attr.put_u32(at::TEST_FD, fd.as_raw_fd() as u32)
        .put_u32(at::TEST_IN_BYTES, length(data)?)
        .put_u32(at::TEST_OUT_BYTES, length(&out)?)
        .put_address(at::TEST_IN, data.as_ptr())
        .put_address(at::TEST_OUT, out.as_mut_ptr())
        .put_u32(at::TEST_REPEAT, repeat);
    if let Some(context) = context {
        attr.put_u32(at::TEST_CTX_IN_BYTES, length(context)?)
            .put_u32(at::TEST_CTX_OUT_BYTES, length(&context_out)?)
            .put_address(at::TEST_CTX_IN, context.as_ptr())
            .put_address(at::TEST_CTX_OUT, context_out.as_mut_ptr());
    }
    // SAFETY: the four addresses are those of live slices whose lengths stand beside them.
    unsafe { call(cmd::PROG_TEST_RUN, &mut attr) }?;
    out.truncate(attr.u32(at::TEST_OUT_BYTES) as usize);
    context_out.truncate(attr.u32(at::TEST_CTX_OUT_BYTES) as usize);
    Ok(TestRun {
        retval: attr.u32(at::TEST_RETVAL),
        data: out,
        context: context_out,
        duration_ns: attr.u32(at::TEST_DURATION),
    })
}

/// Counts runs and their time for as long as the descriptor lives; costs about 90 ns a run.
pub fn enable_stats() -> io::Result<OwnedFd> {
    let mut attr = Attr::default();
    // SAFETY: the block holds no addresses; type 0 is BPF_STATS_RUN_TIME.
    unsafe { call_fd(cmd::ENABLE_STATS, &mut attr) }
}

/// The number of every object of a kind in the system, in order.
pub fn object_ids(list: ObjectList) -> io::Result<Vec<u32>> {
    let command = match list {
        ObjectList::Programs => cmd::PROG_GET_NEXT_ID,
        ObjectList::Maps => cmd::MAP_GET_NEXT_ID,
        ObjectList::Btf => cmd::BTF_GET_NEXT_ID,
    };
    let mut ids = Vec::new();
    loop {
        let mut attr = Attr::default();
        attr.put_u32(at::START_ID, ids.last().copied().unwrap_or(0));
        // SAFETY: the block holds no addresses.
        match unsafe { call(command, &mut attr) } {
            Ok(_) => ids.push(attr.u32(at::NEXT_ID)),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => return Ok(ids),
            Err(error) => return Err(error),
        }
    }
}

/// A description as the kernel fills it; a kernel that knows less leaves zeros.
pub(super) struct Info<const WORDS: usize> {
    words: [u64; WORDS],
}

impl<const WORDS: usize> Info<WORDS> {
    pub(super) fn of(fd: BorrowedFd<'_>) -> io::Result<Info<WORDS>> {
        let mut words = [0u64; WORDS];
        let mut attr = Attr::default();
        attr.put_u32(at::INFO_FD, fd.as_raw_fd() as u32)
            .put_u32(at::INFO_BYTES, (WORDS * 8) as u32)
            .put_address(at::INFO, words.as_mut_ptr());
        // SAFETY: the address is that of `words`, whose length stands beside it. All lists in the
        // description ask for zero entries, so the kernel follows no address inside it.
        unsafe { call(cmd::OBJ_GET_INFO_BY_FD, &mut attr) }?;
        Ok(Info { words })
    }

    fn u64(&self, offset: usize) -> u64 {
        self.words[offset / 8]
    }

    pub(super) fn u32(&self, offset: usize) -> u32 {
        let word = self.words[offset / 8].to_ne_bytes();
        let at = offset % 8;
        u32::from_ne_bytes([word[at], word[at + 1], word[at + 2], word[at + 3]])
    }

    fn name(&self, offset: usize) -> String {
        let mut bytes: Vec<u8> =
            self.words[offset / 8..offset / 8 + 2].iter().flat_map(|w| w.to_ne_bytes()).collect();
        bytes.truncate(bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len()));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn length(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "more than 4 GiB of bytes"))
}
