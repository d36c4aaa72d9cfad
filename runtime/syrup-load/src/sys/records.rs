//! Records that policies write to user space: the consumer's side of a ring buffer.
//!
//! In: a map of kind `BPF_MAP_TYPE_RINGBUF`. Out: records, oldest first. The layout is that of
//! kernel/bpf/ringbuf.c: a page with the consumer's position, a page with the producer's, and the
//! data mapped twice in a row, so that a record never wraps around.

use super::attr::map_kind;
use super::check_int;
use super::map::Map;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// `BPF_RINGBUF_BUSY_BIT`: the producer is not done with the record.
const BUSY: u32 = 1 << 31;

/// `BPF_RINGBUF_DISCARD_BIT`: the record is to be skipped.
const DISCARDED: u32 = 1 << 30;

/// `BPF_RINGBUF_HDR_SZ`.
const HEADER_BYTES: u64 = 8;

/// A reader of a log. A log has one reader at a time: two would see each other's records go.
#[derive(Debug)]
pub struct Records {
    /// The page with the consumer's position, which we write.
    consumer: Pages,
    /// The page with the producer's position, then the data twice.
    producer: Pages,
    page_bytes: usize,
    /// Bytes of data, a power of two.
    n_bytes: u64,
}

impl Records {
    /// Opens the reader's side of a log.
    ///
    /// # Errors
    /// Another kind of map, or what the kernel answers.
    pub fn of(map: &Map) -> io::Result<Records> {
        let info = map.info();
        if info.kind != map_kind::RINGBUF || !info.entries.is_power_of_two() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this map is no log"));
        }
        // SAFETY: sysconf only reads.
        let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page_bytes = usize::try_from(page_bytes).map_err(|_| io::Error::last_os_error())?;
        let both = libc::PROT_READ | libc::PROT_WRITE;
        let data_bytes = 2 * info.entries as usize;
        Ok(Records {
            consumer: Pages::map(map.as_fd(), 0, page_bytes, both)?,
            producer: Pages::map(
                map.as_fd(),
                page_bytes,
                page_bytes + data_bytes,
                libc::PROT_READ,
            )?,
            page_bytes,
            n_bytes: u64::from(info.entries),
        })
    }

    /// The records that are there, oldest first; they stay.
    ///
    /// # Errors
    /// A buffer that does not hold together.
    pub fn peek(&mut self) -> io::Result<Vec<Vec<u8>>> {
        Ok(self.walk(usize::MAX)?.0)
    }

    /// Takes up to `n_most` records out, oldest first.
    ///
    /// # Errors
    /// A buffer that does not hold together.
    pub fn take(&mut self, n_most: usize) -> io::Result<Vec<Vec<u8>>> {
        let (records, end) = self.walk(n_most)?;
        // Release: the kernel may overwrite the bytes once it sees the position.
        self.consumer.number64(0)?.store(end, Ordering::Release);
        Ok(records)
    }

    /// Up to `n_most` records, and the position behind them.
    fn walk(&self, n_most: usize) -> io::Result<(Vec<Vec<u8>>, u64)> {
        let mut at = self.consumer.number64(0)?.load(Ordering::Acquire);
        let end = self.producer.number64(0)?.load(Ordering::Acquire);
        let mut records = Vec::new();
        while at < end && records.len() < n_most {
            let offset = self.page_bytes + (at & (self.n_bytes - 1)) as usize;
            let header = self.producer.number32(offset)?.load(Ordering::Acquire);
            if header & BUSY != 0 {
                break;
            }
            let len = header & !(BUSY | DISCARDED);
            if header & DISCARDED == 0 {
                let bytes = self.producer.bytes(offset + HEADER_BYTES as usize, len as usize)?;
                records.push(bytes);
            }
            at += (HEADER_BYTES + u64::from(len)).next_multiple_of(8);
        }
        Ok((records, at))
    }
}

/// A mapping of a part of a ring buffer.
///
/// INVARIANT(pages): `start` is the page-aligned start of a shared mapping of `bytes` bytes, with
/// the access that was asked for, that is unmapped only on drop.
#[derive(Debug)]
struct Pages {
    start: *mut u8,
    bytes: usize,
}

// SAFETY: the mapping belongs to no thread, and what is in it is reached by atomics, or read where
// the kernel no longer writes.
unsafe impl Send for Pages {}

impl Pages {
    fn map(
        fd: BorrowedFd<'_>,
        offset: usize,
        bytes: usize,
        access: libc::c_int,
    ) -> io::Result<Pages> {
        let offset = libc::off_t::try_from(offset).map_err(io::Error::other)?;
        // SAFETY: a fresh mapping at an address of the kernel's choice; `ringbuf_map_mmap_kern`
        // refuses a stretch outside the buffer and writing behind the consumer's page.
        let start = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                access,
                libc::MAP_SHARED,
                fd.as_raw_fd(),
                offset,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Pages { start: start.cast(), bytes })
    }

    fn check(&self, offset: usize, n_bytes: usize, align: usize) -> io::Result<()> {
        let end = offset.checked_add(n_bytes);
        if end.is_none_or(|end| end > self.bytes) || !offset.is_multiple_of(align) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the log is damaged"));
        }
        Ok(())
    }

    fn number64(&self, offset: usize) -> io::Result<&AtomicU64> {
        self.check(offset, 8, 8)?;
        // SAFETY: eight aligned bytes inside the mapping, by INVARIANT(pages) and the check; the
        // kernel reads and writes positions whole. Only the consumer's page is ever stored to.
        Ok(unsafe { AtomicU64::from_ptr(self.start.add(offset).cast()) })
    }

    fn number32(&self, offset: usize) -> io::Result<&AtomicU32> {
        self.check(offset, 4, 4)?;
        // SAFETY: as above, four bytes, which are only loaded.
        Ok(unsafe { AtomicU32::from_ptr(self.start.add(offset).cast()) })
    }

    /// Bytes of a record whose header says that the producer is done with it.
    fn bytes(&self, offset: usize, n_bytes: usize) -> io::Result<Vec<u8>> {
        self.check(offset, n_bytes, 1)?;
        // SAFETY: inside the mapping by the check. The kernel writes there again only after the
        // consumer's position has passed the record, and `&mut self` of `take` moves it.
        Ok(unsafe { std::slice::from_raw_parts(self.start.add(offset), n_bytes) }.to_vec())
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: by INVARIANT(pages) this is the mapping made in `map`, and nothing borrows it.
        let unmapped = check_int(unsafe { libc::munmap(self.start.cast(), self.bytes) });
        debug_assert!(unmapped.is_ok(), "a mapping of our own is unmapped");
    }
}
