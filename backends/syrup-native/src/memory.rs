//! Memory of a policy: its arena, its code, and the calls between code and runtime. All `unsafe`
//! of this crate is here and in the files below.
//!
//! In: sizes, compiled code, a packet. Out: reads and writes of the arena that cannot leave it,
//! and evaluations.

#![expect(unsafe_code, reason = "an arena that machine code shares, and calls into that code")]

mod calls;
mod code;
#[cfg(test)]
mod tests;

pub(crate) use calls::{Answered, Evaluation, Runtime, evaluate};
pub(crate) use code::Code;

use std::io;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64};
use syrup_diag::bug;

/// Bytes before and behind an arena that fault when touched: far more than any masked access can
/// miss by, which is nothing.
const GUARD_BYTES: usize = 1 << 16;

/// The memory of one policy: everything its code can reach besides the packet and the stack.
///
/// INVARIANT(arena): `start` is the first of `bytes` readable and writable bytes, aligned to a
/// page, in a mapping of `GUARD_BYTES` more on either side that is unmapped only on drop.
#[derive(Debug)]
pub struct Arena {
    start: NonNull<u8>,
    bytes: usize,
}

// SAFETY: by INVARIANT(arena) the memory belongs to the value; it is accessed by atomic operations
// only, here and in generated code, so threads may share it.
unsafe impl Send for Arena {}
// SAFETY: as above.
unsafe impl Sync for Arena {}

impl Arena {
    /// Maps an arena of a power of two of bytes, at least a page, all zero.
    ///
    /// # Errors
    /// The system has no room.
    pub fn new(bytes: u64) -> io::Result<Arena> {
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let bytes = usize::try_from(bytes).map_err(|_| too_large())?;
        let whole = bytes.checked_add(2 * GUARD_BYTES).ok_or_else(too_large)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        let mapped = unsafe {
            libc::mmap(std::ptr::null_mut(), whole, libc::PROT_NONE, flags, -1, 0).cast::<u8>()
        };
        if mapped.cast() == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the guard lies inside the mapping just made.
        let start = unsafe { mapped.add(GUARD_BYTES) };
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: `bytes` bytes from `start` on lie inside the mapping just made.
        let opened = unsafe { libc::mprotect(start.cast(), bytes, access) };
        let arena = NonNull::new(start).map(|start| Arena { start, bytes });
        match (opened, arena) {
            (0, Some(arena)) => Ok(arena),
            _ => {
                let error = io::Error::last_os_error();
                // SAFETY: the mapping just made, which nobody else knows of.
                unsafe { libc::munmap(mapped.cast(), whole) };
                Err(error)
            }
        }
    }

    /// Its first byte.
    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Its size.
    pub fn bytes(&self) -> u64 {
        self.bytes as u64
    }

    /// The address of `size` bytes at a multiple of `size`, checked to lie inside.
    fn place(&self, offset: u64, size: usize) -> *mut u8 {
        let end = usize::try_from(offset).ok().and_then(|at| at.checked_add(size));
        if end.is_none_or(|end| end > self.bytes) || !offset.is_multiple_of(size as u64) {
            bug!("{size} bytes at {offset} lie outside an arena of {}", self.bytes);
        }
        // SAFETY: by INVARIANT(arena) and the check, the offset lies inside the mapping.
        unsafe { self.start.as_ptr().add(offset as usize) }
    }

    /// A `u64` at a multiple of 8, for indivisible operations.
    pub fn word(&self, offset: u64) -> &AtomicU64 {
        let place = self.place(offset, 8).cast();
        // SAFETY: `place` checked bounds and alignment; by INVARIANT(arena) the memory outlives
        // the reference, and everyone accesses it atomically.
        unsafe { AtomicU64::from_ptr(place) }
    }

    /// A `u32` at a multiple of 4, for indivisible operations.
    pub fn half(&self, offset: u64) -> &AtomicU32 {
        let place = self.place(offset, 4).cast();
        // SAFETY: as in `word`.
        unsafe { AtomicU32::from_ptr(place) }
    }

    fn quarter(&self, offset: u64) -> &AtomicU16 {
        let place = self.place(offset, 2).cast();
        // SAFETY: as in `word`.
        unsafe { AtomicU16::from_ptr(place) }
    }

    fn byte(&self, offset: u64) -> &AtomicU8 {
        let place = self.place(offset, 1);
        // SAFETY: as in `word`.
        unsafe { AtomicU8::from_ptr(place) }
    }

    /// A number of 1, 2, 4 or 8 bytes at a multiple of that.
    pub fn load(&self, offset: u64, bytes: u8) -> u64 {
        match bytes {
            1 => self.byte(offset).load(SeqCst).into(),
            2 => u16::from_le(self.quarter(offset).load(SeqCst)).into(),
            4 => u32::from_le(self.half(offset).load(SeqCst)).into(),
            8 => u64::from_le(self.word(offset).load(SeqCst)),
            _ => bug!("no number takes {bytes} bytes"),
        }
    }

    /// Writes such a number, cut to its bytes.
    pub fn store(&self, offset: u64, bytes: u8, number: u64) {
        match bytes {
            1 => self.byte(offset).store(number as u8, SeqCst),
            2 => self.quarter(offset).store((number as u16).to_le(), SeqCst),
            4 => self.half(offset).store((number as u32).to_le(), SeqCst),
            8 => self.word(offset).store(number.to_le(), SeqCst),
            _ => bug!("no number takes {bytes} bytes"),
        }
    }

    /// Writes bytes from a multiple of 8 on, each word of them at once.
    pub fn write(&self, offset: u64, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for (at, word) in (offset..).step_by(8).zip(words) {
            self.word(at).store(u64::from_ne_bytes(*word), Relaxed);
        }
        let done = offset + 8 * words.len() as u64;
        for (at, byte) in (done..).zip(rest) {
            self.byte(at).store(*byte, Relaxed);
        }
    }

    /// Reads `n` bytes from a multiple of 8 on, each word of them at once.
    pub fn read(&self, offset: u64, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        let (words, rest) = bytes.as_chunks_mut::<8>();
        let done = offset + 8 * words.len() as u64;
        for (at, word) in (offset..).step_by(8).zip(words) {
            *word = self.word(at).load(Relaxed).to_ne_bytes();
        }
        for (at, byte) in (done..).zip(rest) {
            *byte = self.byte(at).load(Relaxed);
        }
        bytes
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let whole = self.bytes + 2 * GUARD_BYTES;
        // SAFETY: by INVARIANT(arena) the mapping begins one guard before `start`, and nothing
        // borrows it any more.
        let unmapped = unsafe { libc::munmap(self.start.as_ptr().sub(GUARD_BYTES).cast(), whole) };
        if unmapped != 0 {
            bug!("an arena of {} bytes could not be unmapped", self.bytes);
        }
    }
}
