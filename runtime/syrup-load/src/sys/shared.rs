//! Memory that a parent and its forked child share: where the kernel leaves its log.
//!
//! In: a length. Out: the text that was written, once the child is gone. Pages that nobody
//! touched cost nothing.

use super::check_int;
use std::io;

/// A stretch of shared memory, zeroed at first.
///
/// INVARIANT(shared): `start` is the start of a shared mapping of `bytes` bytes that is unmapped
/// only on drop.
#[derive(Debug)]
pub struct Shared {
    start: *mut u8,
    bytes: usize,
}

impl Shared {
    /// Maps `bytes` bytes.
    ///
    /// # Errors
    /// The system has no room.
    pub fn new(bytes: usize) -> io::Result<Shared> {
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Shared { start: start.cast(), bytes })
    }

    /// Where it starts.
    pub(super) fn as_ptr(&self) -> *const u8 {
        self.start
    }

    /// How long it is.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The text up to the first zero byte, of which at most the last `keep` bytes.
    ///
    /// Takes the mapping, so that nobody can write to it any more once the child was waited for.
    pub fn into_text(self, keep: usize) -> String {
        // SAFETY: by INVARIANT(shared) the bytes are mapped; callers wait for the child first,
        // which is the only other process with this mapping.
        let bytes = unsafe { std::slice::from_raw_parts(self.start, self.bytes) };
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[end.saturating_sub(keep)..end]).into_owned()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: by INVARIANT(shared) this is the mapping made in `new`, and nothing borrows it.
        let unmapped = check_int(unsafe { libc::munmap(self.start.cast(), self.bytes) });
        debug_assert!(unmapped.is_ok(), "a mapping of our own is unmapped");
    }
}
