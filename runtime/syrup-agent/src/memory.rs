//! Memory that an agent and a kernel share.
//!
//! In: a mapping of one of the kernel's files, or fresh memory. Out: numbers at offsets, read and
//! written atomically, checked to lie inside. All `unsafe` of shared memory is here.

#![expect(unsafe_code, reason = "memory that a kernel or another process writes meanwhile")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU16, AtomicU32, AtomicU64};
use syrup_diag::bug;

/// A stretch of memory that others may change at any time.
///
/// INVARIANT(region): `start` is the first of `bytes` readable bytes, aligned to a page, mapped
/// until drop, and writable where `is_writable`. Everyone accesses it by atomic operations.
#[derive(Debug)]
pub struct Region {
    start: NonNull<u8>,
    bytes: usize,
    is_writable: bool,
}

// SAFETY: by INVARIANT(region) the memory belongs to the value and is accessed atomically only.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    /// Fresh memory, all zero.
    ///
    /// # Errors
    /// The system has no room.
    pub fn fresh(bytes: usize) -> io::Result<Region> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        Region::mapped(bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1)
    }

    /// The first bytes of a file, shared with whoever has it; writable only where it says so.
    ///
    /// # Errors
    /// The file cannot be mapped.
    pub fn of_file(file: BorrowedFd<'_>, bytes: usize, is_writable: bool) -> io::Result<Region> {
        let write = if is_writable { libc::PROT_WRITE } else { 0 };
        Region::mapped(bytes, libc::PROT_READ | write, libc::MAP_SHARED, file.as_raw_fd())
    }

    fn mapped(bytes: usize, access: i32, flags: i32, fd: i32) -> io::Result<Region> {
        // SAFETY: a new mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, flags, fd, 0) };
        match NonNull::new(start.cast::<u8>()) {
            Some(start) if start.as_ptr().cast() != libc::MAP_FAILED => {
                Ok(Region { start, bytes, is_writable: access & libc::PROT_WRITE != 0 })
            }
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Its size.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn place(&self, offset: usize, size: usize) -> *mut u8 {
        let is_inside = offset.checked_add(size).is_some_and(|end| end <= self.bytes);
        if !is_inside || !offset.is_multiple_of(size) {
            bug!("{size} bytes at {offset} lie outside shared memory of {}", self.bytes);
        }
        // SAFETY: by INVARIANT(region) and the check, the offset lies inside the mapping.
        unsafe { self.start.as_ptr().add(offset) }
    }

    /// A `u64` at a multiple of 8.
    pub fn long(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: `place` checked bounds and alignment; by INVARIANT(region) it outlives the
        // reference, and a plain load of memory that is mapped read-only is fine.
        unsafe { AtomicU64::from_ptr(self.place(offset, 8).cast()) }
    }

    /// A `u32` at a multiple of 4.
    pub fn word(&self, offset: usize) -> &AtomicU32 {
        // SAFETY: as in `long`.
        unsafe { AtomicU32::from_ptr(self.place(offset, 4).cast()) }
    }

    /// An `i32` at a multiple of 4.
    pub fn signed(&self, offset: usize) -> &AtomicI32 {
        // SAFETY: as in `long`.
        unsafe { AtomicI32::from_ptr(self.place(offset, 4).cast()) }
    }

    /// A `u16` at a multiple of 2.
    pub fn short(&self, offset: usize) -> &AtomicU16 {
        // SAFETY: as in `long`.
        unsafe { AtomicU16::from_ptr(self.place(offset, 2).cast()) }
    }

    /// Whether it may be written.
    pub fn is_writable(&self) -> bool {
        self.is_writable
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: by INVARIANT(region) the mapping is this value's, and nothing borrows it now.
        let unmapped = unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
        if unmapped != 0 {
            bug!("shared memory of {} bytes could not be unmapped", self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Region;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn numbers_lie_where_they_are_written() {
        let region = Region::fresh(4096).expect("a page");
        region.long(8).store(0x1122_3344_5566_7788, Relaxed);
        assert_eq!(region.word(8).load(Relaxed), 0x5566_7788);
        assert_eq!(region.short(14).load(Relaxed), 0x1122);
        assert!(region.is_writable());
    }

    #[test]
    #[should_panic(expected = "outside shared memory")]
    fn nothing_lies_outside() {
        let region = Region::fresh(4096).expect("a page");
        region.long(4096);
    }
}
