//! What of the file system and the network a process can reach: Landlock.
//!
//! In: paths that may be read. Out: a rule set to start a process behind. Nothing can be written,
//! no port bound or connected to, no process outside signalled.

use super::check;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

/// `LANDLOCK_ACCESS_FS_EXECUTE`, `_READ_FILE` and `_READ_DIR` of include/uapi/linux/landlock.h.
const READ: u64 = 1 | 1 << 2 | 1 << 3;
/// `LANDLOCK_ACCESS_FS_READ_DIR`, which only directories take.
const READ_DIR: u64 = 1 << 3;
const RULE_PATH_BENEATH: libc::c_int = 1;

/// A set of rules.
#[derive(Debug)]
pub struct Fence {
    rules: OwnedFd,
}

impl Fence {
    /// A fence around paths that may be read; those that are missing are left out.
    ///
    /// # Errors
    /// A kernel without Landlock, or what it answers.
    pub fn around(paths: &[&Path]) -> io::Result<Fence> {
        let create = libc::SYS_landlock_create_ruleset;
        let none = std::ptr::null::<u64>();
        // SAFETY: with flag 1 (LANDLOCK_CREATE_RULESET_VERSION) the kernel reads no address.
        let version = check(unsafe { libc::syscall(create, none, 0usize, 1) })?;
        // Rights of versions 1, 2, 3 and 5; network of 4, signals and abstract sockets of 6.
        let files = match version {
            1 => 0x1fff,
            2 => 0x3fff,
            3 | 4 => 0x7fff,
            _ => 0xffff,
        };
        let (words, bytes) = match version {
            1..=3 => ([files, 0u64, 0u64], 8usize),
            4 | 5 => ([files, 3, 0], 16),
            _ => ([files, 3, 3], 24),
        };
        // SAFETY: the address is that of three words, of which the kernel reads `bytes`.
        let fd = check(unsafe { libc::syscall(create, words.as_ptr(), bytes, 0) })?;
        // SAFETY: the descriptor is new and close-on-exec.
        let fence = Fence { rules: unsafe { OwnedFd::from_raw_fd(fd as RawFd) } };
        paths.iter().try_for_each(|path| fence.allow(path))?;
        Ok(fence)
    }

    fn allow(&self, path: &Path) -> io::Result<()> {
        let Ok(file) = std::fs::File::open(path) else { return Ok(()) };
        let rights = if file.metadata()?.is_dir() { READ } else { READ & !READ_DIR };
        // struct landlock_path_beneath_attr is packed: a u64 and an s32.
        let mut rule = [0u8; 12];
        rule[..8].copy_from_slice(&rights.to_ne_bytes());
        rule[8..].copy_from_slice(&file.as_raw_fd().to_ne_bytes());
        let (call, rules) = (libc::SYS_landlock_add_rule, self.rules.as_raw_fd());
        // SAFETY: the address is that of the rule's twelve bytes.
        check(unsafe { libc::syscall(call, rules, RULE_PATH_BENEATH, rule.as_ptr(), 0) })?;
        Ok(())
    }
}

impl AsRawFd for Fence {
    fn as_raw_fd(&self) -> RawFd {
        self.rules.as_raw_fd()
    }
}

/// Puts this process behind the fence; it must not be able to gain privileges.
pub(super) fn enter(rules: RawFd) -> io::Result<()> {
    // SAFETY: the call takes plain numbers.
    check(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules, 0) }).map(|_| ())
}
