//! What a process holds: its socket descriptors, and copies of them.
//!
//! In: a process. Out: descriptors that name sockets, with the sockets' inode numbers, and copies
//! on demand.

use crate::error::LoadError;
use crate::sys::{process, socket};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

/// A descriptor that names a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holding {
    /// The descriptor.
    pub fd: u32,
    /// The socket's number in the file system of sockets.
    pub inode: u64,
}

/// Which processes hold any of some sockets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Owners {
    /// Those that do, in order.
    pub pids: Vec<u32>,
    /// How many processes this user may not look into.
    pub n_hidden: usize,
}

/// Every process, in order.
///
/// # Errors
/// `/proc` cannot be read.
pub fn processes() -> Result<Vec<u32>, LoadError> {
    let entries = std::fs::read_dir("/proc").map_err(|e| LoadError::io("list /proc", e))?;
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut pids: Vec<u32> = pids.collect();
    pids.sort_unstable();
    Ok(pids)
}

/// The processes that hold any of the given sockets.
///
/// # Errors
/// `/proc` cannot be read.
pub fn holders(inodes: &BTreeSet<u64>) -> Result<Owners, LoadError> {
    let mut owners = Owners::default();
    if inodes.is_empty() {
        return Ok(owners);
    }
    for pid in processes()? {
        match holdings(pid) {
            Ok(held) if held.iter().any(|one| inodes.contains(&one.inode)) => {
                owners.pids.push(pid);
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => owners.n_hidden += 1,
            // It holds none, or ended while we looked.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(owners)
}

/// Every descriptor of a process that names a socket, in order.
///
/// # Errors
/// What the system answers.
pub fn holdings(pid: u32) -> io::Result<Vec<Holding>> {
    let mut holdings = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/fd"))? {
        let entry = entry?;
        let Ok(link) = std::fs::read_link(entry.path()) else { continue };
        let inode = link
            .to_str()
            .and_then(|text| text.strip_prefix("socket:[")?.strip_suffix(']')?.parse::<u64>().ok());
        let fd = entry.file_name().to_str().and_then(|text| text.parse().ok());
        holdings.extend(fd.zip(inode).map(|(fd, inode)| Holding { fd, inode }));
    }
    holdings.sort_by_key(|holding| holding.fd);
    Ok(holdings)
}

/// Copies a descriptor of another process, or of this one.
///
/// # Errors
/// What the kernel answers.
pub fn copy(pid: u32, fd: u32) -> io::Result<OwnedFd> {
    let process = socket::pidfd_open(pid)?;
    socket::pidfd_getfd(process.as_fd(), fd)
}

/// The user who made a socket.
///
/// # Errors
/// What the kernel answers.
pub fn user_of(socket: BorrowedFd<'_>) -> io::Result<u32> {
    Ok(File::from(socket.try_clone_to_owned()?).metadata()?.uid())
}

/// The name of a process, for messages; control bytes are left out.
pub fn name_of(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    if name.is_empty() { "gone".to_owned() } else { name }
}

/// Why a process cannot be looked into.
pub fn refused(pid: u32, error: io::Error) -> LoadError {
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => LoadError::NotPermitted(format!(
            "process {pid} ({}) is not open to user {}: run it as the user of that process or as \
             root, and check /proc/sys/kernel/yama/ptrace_scope",
            name_of(pid),
            process::user()
        )),
        Some(libc::ENOENT | libc::ESRCH) => {
            LoadError::NotFound(format!("there is no process {pid}"))
        }
        // pidfd_open wants the process, not one of its threads.
        Some(libc::EINVAL) => LoadError::NotFound(format!("{pid} is a thread and not a process")),
        _ => LoadError::io(format!("look into process {pid}"), error),
    }
}
