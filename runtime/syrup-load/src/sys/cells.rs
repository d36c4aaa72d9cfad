//! The cells of an array map, mapped into memory: what an application changes beside a policy.
//!
//! In: an array map that was made to be mapped. Out: indivisible loads, stores and additions, the
//! same as the policy's own, so that neither side loses what the other writes.

use crate::sys::attr::{map_flag, map_kind};
use crate::sys::map::Map;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The mapped cells of one array.
///
/// INVARIANT(cells): `start` is the page-aligned start of a shared writable mapping that holds
/// `n_cells` values of `value_bytes`, each at a multiple of `stride`, and that is unmapped only on
/// drop.
#[derive(Debug)]
pub struct Cells {
    start: *mut u8,
    mapped_bytes: usize,
    stride: usize,
    n_cells: u32,
    value_bytes: usize,
}

// SAFETY: the mapping is shared memory that lives as long as this value, by INVARIANT(cells), and
// is touched by atomic operations only.
unsafe impl Send for Cells {}
// SAFETY: as for `Send`; no method needs exclusive access.
unsafe impl Sync for Cells {}

impl Cells {
    /// Maps the cells of an array whose values are single numbers of 4 or 8 bytes.
    ///
    /// # Errors
    /// A map that is no such array, or what the kernel answers.
    pub fn of(map: &Map) -> io::Result<Cells> {
        let info = map.info();
        let value_bytes = info.value_bytes as usize;
        let fits = info.kind == map_kind::ARRAY && info.flags & map_flag::MMAPABLE != 0;
        if !fits || !matches!(value_bytes, 4 | 8) {
            let message = "only an array of numbers that was made to be mapped can be mapped";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        // `array_map_alloc` rounds each value up to eight bytes (kernel/bpf/arraymap.c).
        let stride = value_bytes.next_multiple_of(8);
        let mapped_bytes = stride * info.entries as usize;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let fd = map.as_fd().as_raw_fd();
        // SAFETY: a fresh mapping at an address of the kernel's choice; the kernel refuses a
        // length beyond the map's pages.
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), mapped_bytes, access, libc::MAP_SHARED, fd, 0)
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let n_cells = info.entries;
        Ok(Cells { start: start.cast(), mapped_bytes, stride, n_cells, value_bytes })
    }

    /// How many cells there are.
    pub fn len(&self) -> u32 {
        self.n_cells
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n_cells == 0
    }

    /// Adds to a cell, wrapping; gives what it held before, or nothing past the last cell.
    pub fn fetch_add(&self, index: u32, number: u64) -> Option<u64> {
        self.change(
            index,
            |cell| u64::from(cell.fetch_add(number as u32, Ordering::SeqCst)),
            |cell| cell.fetch_add(number, Ordering::SeqCst),
        )
    }

    /// What a cell holds; nothing past the last cell.
    pub fn load(&self, index: u32) -> Option<u64> {
        self.change(
            index,
            |cell| u64::from(cell.load(Ordering::SeqCst)),
            |cell| cell.load(Ordering::SeqCst),
        )
    }

    /// Replaces what a cell holds; gives what it held before, or nothing past the last cell.
    pub fn exchange(&self, index: u32, number: u64) -> Option<u64> {
        self.change(
            index,
            |cell| u64::from(cell.swap(number as u32, Ordering::SeqCst)),
            |cell| cell.swap(number, Ordering::SeqCst),
        )
    }

    fn change(
        &self,
        index: u32,
        narrow: impl FnOnce(&AtomicU32) -> u64,
        wide: impl FnOnce(&AtomicU64) -> u64,
    ) -> Option<u64> {
        if index >= self.n_cells {
            return None;
        }
        // SAFETY: the cell lies inside the mapping, by INVARIANT(cells), at a multiple of eight
        // bytes from a page's start, and everyone touches it by single accesses of its width.
        unsafe {
            let place = self.start.add(self.stride * index as usize);
            Some(match self.value_bytes {
                4 => narrow(AtomicU32::from_ptr(place.cast())),
                _ => wide(AtomicU64::from_ptr(place.cast())),
            })
        }
    }
}

impl Drop for Cells {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours alone, by INVARIANT(cells), and nobody refers to it now.
        unsafe {
            libc::munmap(self.start.cast(), self.mapped_bytes);
        }
    }
}
