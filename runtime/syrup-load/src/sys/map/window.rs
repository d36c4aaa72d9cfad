//! The value of an array map, mapped into memory, so that one number can be written without its
//! neighbours.

use super::invalid;
use crate::sys::check_int;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

/// The value of an array map, mapped into memory.
///
/// INVARIANT(window): `start` is the page-aligned start of a shared writable mapping of at least
/// `bytes` bytes that is unmapped only on drop.
pub struct Window {
    start: *mut u8,
    bytes: usize,
}

impl Window {
    pub fn of(fd: BorrowedFd<'_>, bytes: usize) -> io::Result<Window> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice; the kernel refuses a
        // length beyond the map's pages (array_map_mmap in kernel/bpf/arraymap.c).
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), bytes, access, libc::MAP_SHARED, fd.as_raw_fd(), 0)
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Window { start: start.cast(), bytes })
    }

    /// Stores bytes; an aligned number of 1, 4 or 8 bytes in one piece.
    pub fn store(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
        if offset + bytes.len() > self.bytes {
            return Err(invalid("bytes past the mapped value".to_owned()));
        }
        let mut done = 0;
        while done < bytes.len() {
            let rest = &bytes[done..];
            // SAFETY: `offset + done` and the bytes stored there lie inside the window, by
            // INVARIANT(window); the alignment is checked before each store, and the kernel's
            // programs touch the same memory only by loads, stores and atomics of their own.
            let stored = unsafe {
                let place = self.start.add(offset + done);
                if let ([a, b, c, d, e, f, g, h, ..], true) = (rest, place.addr().is_multiple_of(8))
                {
                    let number = u64::from_ne_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
                    AtomicU64::from_ptr(place.cast()).store(number, Ordering::SeqCst);
                    8
                } else if let ([a, b, c, d, ..], true) = (rest, place.addr().is_multiple_of(4)) {
                    let number = u32::from_ne_bytes([*a, *b, *c, *d]);
                    AtomicU32::from_ptr(place.cast()).store(number, Ordering::SeqCst);
                    4
                } else {
                    AtomicU8::from_ptr(place).store(rest[0], Ordering::SeqCst);
                    1
                }
            };
            done += stored;
        }
        Ok(())
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // SAFETY: by INVARIANT(window) this is the mapping made in `of`, and nothing borrows it.
        let unmapped = check_int(unsafe { libc::munmap(self.start.cast(), self.bytes) });
        debug_assert!(unmapped.is_ok(), "a mapping of our own is unmapped");
    }
}
