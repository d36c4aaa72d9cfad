//! Users and capabilities of processes.
//!
//! In: a command, a user, a set of capabilities, limits. Out: the command starts as that.

use super::check;
use crate::sys::fence::Fence;
use crate::sys::filter::Filter;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Capabilities of include/uapi/linux/capability.h.
pub mod cap {
    /// Give files to others.
    pub const CHOWN: u32 = 0;
    /// Look into directories of others.
    pub const DAC_READ_SEARCH: u32 = 2;
    /// Kill processes of others.
    pub const KILL: u32 = 5;
    /// Become another group.
    pub const SETGID: u32 = 6;
    /// Become another user.
    pub const SETUID: u32 = 7;
    /// Shrink the bounding set.
    pub const SETPCAP: u32 = 8;
    /// Attach programs to the network.
    pub const NET_ADMIN: u32 = 12;
    /// Load programs and make maps.
    pub const BPF: u32 = 39;
    /// The last one that is known.
    pub const LAST: u32 = 40;
}

/// A user and a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ids {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// What a process may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Seconds of processor time.
    pub cpu_s: u64,
    /// Bytes of address space.
    pub memory_bytes: u64,
}

/// A set of capabilities as bits.
pub const fn set_of(capabilities: &[u32]) -> u64 {
    let (mut bits, mut i) = (0, 0);
    while i < capabilities.len() {
        bits |= 1 << capabilities[i];
        i += 1;
    }
    bits
}

/// Makes a command start as a user with these capabilities only, gain no others, and end with
/// the thread that started it.
pub fn start_as(command: &mut Command, ids: Ids, capabilities: u64) {
    // SAFETY: between fork and exec only system calls on plain numbers are made.
    unsafe { command.pre_exec(move || become_other(ids, capabilities)) };
}

/// Makes a command start with limits, behind a fence and a filter, and end with the thread that
/// started it.
pub fn start_confined(command: &mut Command, limits: Limits, fence: &Fence, filter: &Filter) {
    let (fence, filter) = (fence.as_raw_fd(), filter.program());
    // SAFETY: between fork and exec only system calls are made; the filter's instructions were
    // copied into the closure before, and the fence's descriptor outlives the start.
    unsafe {
        command.pre_exec(move || {
            check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong).into())?;
            check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
            limit(libc::RLIMIT_CPU, limits.cpu_s)?;
            limit(libc::RLIMIT_AS, limits.memory_bytes)?;
            limit(libc::RLIMIT_FSIZE, 0)?;
            limit(libc::RLIMIT_CORE, 0)?;
            limit(libc::RLIMIT_NOFILE, 16)?;
            super::fence::enter(fence)?;
            super::filter::enter(&filter)
        });
    }
}

/// Gives away every capability but these, in this thread and what it starts; call it while there
/// is one thread.
///
/// # Errors
/// What the kernel answers.
pub fn keep_capabilities(capabilities: u64) -> io::Result<()> {
    drop_bounding(capabilities);
    set_capabilities(capabilities, 0)
}

fn become_other(ids: Ids, capabilities: u64) -> io::Result<()> {
    drop_bounding(capabilities);
    // SAFETY: all calls take plain numbers; no groups are read at a null address when there are 0.
    unsafe {
        check(libc::prctl(libc::PR_SET_KEEPCAPS, 1, 0, 0, 0).into())?;
        check(libc::setgroups(0, std::ptr::null()).into())?;
        check(libc::setresgid(ids.gid, ids.gid, ids.gid).into())?;
        check(libc::setresuid(ids.uid, ids.uid, ids.uid).into())?;
    }
    set_capabilities(capabilities, capabilities)?;
    for one in (0..=cap::LAST).filter(|one| capabilities & 1 << one != 0) {
        // SAFETY: the call takes plain numbers.
        let raised = unsafe {
            libc::prctl(
                libc::PR_CAP_AMBIENT,
                libc::PR_CAP_AMBIENT_RAISE,
                one as libc::c_ulong,
                0,
                0,
            )
        };
        check(raised.into())?;
    }
    // SAFETY: both calls take plain numbers. The signal is asked for after the change of user,
    // which would forget it.
    unsafe {
        check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0).into())?;
        check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong).into())?;
    }
    Ok(())
}

/// What cannot be dropped, because the kernel does not know it or this process may not, is not
/// permitted afterwards all the same.
fn drop_bounding(kept: u64) {
    for one in (0..=cap::LAST).filter(|one| kept & 1 << one == 0) {
        // SAFETY: the call takes plain numbers.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(one), 0, 0, 0) };
    }
}

fn set_capabilities(permitted: u64, inheritable: u64) -> io::Result<()> {
    // `_LINUX_CAPABILITY_VERSION_3`: two records of effective, permitted, inheritable.
    let header = [0x2008_0522u32, 0];
    let half = |shift: u32| {
        [(permitted >> shift) as u32, (permitted >> shift) as u32, (inheritable >> shift) as u32]
    };
    let data = [half(0), half(32)];
    // SAFETY: version 3 reads an eight-byte header and two twelve-byte records.
    check(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) })?;
    Ok(())
}

fn limit(what: libc::__rlimit_resource_t, most: u64) -> io::Result<()> {
    let limits = libc::rlimit { rlim_cur: most, rlim_max: most };
    // SAFETY: the address is that of an `rlimit`.
    check(unsafe { libc::setrlimit(what, &raw const limits) }.into()).map(|_| ())
}

/// Opens one step of a path without following a link, for looking at and giving away only.
///
/// # Errors
/// What the file system answers; a link there.
pub fn open_step(from: BorrowedFd<'_>, name: &str, directory: bool) -> io::Result<OwnedFd> {
    let name = std::ffi::CString::new(name).map_err(|_| io::ErrorKind::InvalidInput)?;
    let kind = if directory { libc::O_DIRECTORY } else { libc::O_PATH };
    let flags = kind | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: the name is a zero-ended string; the descriptor is new.
    unsafe {
        let fd = check(libc::openat(from.as_raw_fd(), name.as_ptr(), flags).into())?;
        Ok(OwnedFd::from_raw_fd(fd as libc::c_int))
    }
}

/// Gives a file to a user.
///
/// # Errors
/// What the kernel answers.
pub fn give(file: BorrowedFd<'_>, uid: u32) -> io::Result<()> {
    let empty = c"".as_ptr();
    // SAFETY: the path is an empty zero-ended string, which names the descriptor itself.
    let given =
        unsafe { libc::fchownat(file.as_raw_fd(), empty, uid, u32::MAX, libc::AT_EMPTY_PATH) };
    check(given.into()).map(|_| ())
}

/// Opens a directory without following a link at its end.
///
/// # Errors
/// What the file system answers.
pub fn open_directory(path: &Path) -> io::Result<OwnedFd> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    Ok(file.into())
}

/// A user of the system by name or number, with its group.
pub fn user_named(name: &str) -> Option<Ids> {
    if let Ok(uid) = name.parse::<u32>() {
        return Some(Ids { uid, gid: uid });
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let row = users.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut parts = row.split(':').skip(2);
    Some(Ids { uid: parts.next()?.parse().ok()?, gid: parts.next()?.parse().ok()? })
}

/// Whether a descriptor is one that can be listened on, for those that a service manager hands in.
pub fn take_descriptor(number: i32) -> io::Result<OwnedFd> {
    // SAFETY: asking for flags harms nothing; the descriptor was handed in for us to own.
    unsafe {
        check(libc::fcntl(number, libc::F_GETFD).into())?;
        check(libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC).into())?;
        Ok(OwnedFd::from_raw_fd(number))
    }
}

/// A copy of standard input, for processes that are given a socket there.
pub fn standard_input() -> io::Result<OwnedFd> {
    std::io::stdin().as_fd().try_clone_to_owned()
}
