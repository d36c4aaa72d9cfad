//! AF_XDP sockets that receive, for tests: memory, rings and sockets of one queue of a device.
//!
//! In: a device, a queue, a number of workers. Out: one socket for each worker, all on the same
//! memory, and the frames each receives. Layouts are those of include/uapi/linux/if_xdp.h.

use super::check_int;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};

const MMAP_OFFSETS: libc::c_int = 1;
const RX_RING: libc::c_int = 2;
const UMEM_REG: libc::c_int = 4;
const FILL_RING: libc::c_int = 5;
const COMPLETION_RING: libc::c_int = 6;
const PAGE_OFFSET_RX: i64 = 0;
const PAGE_OFFSET_FILL: i64 = 0x1_0000_0000;
const SHARED_UMEM: u16 = 1;
const COPY: u16 = 2;

/// Frames in memory, entries of each ring.
const FRAMES: u32 = 128;
const FRAME_BYTES: usize = 4096;

/// `struct sockaddr_xdp`.
#[repr(C)]
struct Address {
    family: u16,
    flags: u16,
    interface: u32,
    queue: u32,
    shared_umem_fd: u32,
}

/// The sockets of one queue.
#[derive(Debug)]
pub struct XskQueue {
    sockets: Vec<OwnedFd>,
    memory: Mapping,
    fill: Ring,
    receive: Vec<Ring>,
}

/// Memory of this process that goes with its value.
#[derive(Debug)]
struct Mapping {
    start: *mut u8,
    bytes: usize,
}

/// A ring: mapped memory with the offsets of its two indexes and of its entries.
///
/// INVARIANT(ring): the offsets are those that the kernel told for this mapping, and the mapping
/// reaches behind the last of [`FRAMES`] entries.
#[derive(Debug)]
struct Ring {
    mapping: Mapping,
    producer: usize,
    consumer: usize,
    entries: usize,
}

impl XskQueue {
    /// Sockets for so many workers, bound to a queue.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn new(interface: u32, queue: u32, n_workers: usize) -> io::Result<XskQueue> {
        let memory = Mapping::new(FRAMES as usize * FRAME_BYTES, None)?;
        let first = xsk()?;
        // struct xdp_umem_reg up to its headroom.
        let mut registration = Vec::new();
        registration.extend((memory.start as u64).to_ne_bytes());
        registration.extend((memory.bytes as u64).to_ne_bytes());
        registration.extend((FRAME_BYTES as u32).to_ne_bytes());
        registration.extend(0u32.to_ne_bytes());
        set(&first, UMEM_REG, &registration)?;
        for ring in [FILL_RING, COMPLETION_RING, RX_RING] {
            set(&first, ring, &FRAMES.to_ne_bytes())?;
        }
        let fill = Ring::new(&first, 2, PAGE_OFFSET_FILL, 8)?;
        for frame in 0..FRAMES {
            fill.give(u64::from(frame) * FRAME_BYTES as u64);
        }
        bind(&first, interface, queue, None)?;
        let mut receive = vec![Ring::new(&first, 0, PAGE_OFFSET_RX, 16)?];
        let mut sockets = vec![first];
        for _ in 1..n_workers {
            let other = xsk()?;
            set(&other, RX_RING, &FRAMES.to_ne_bytes())?;
            bind(&other, interface, queue, Some(&sockets[0]))?;
            receive.push(Ring::new(&other, 0, PAGE_OFFSET_RX, 16)?);
            sockets.push(other);
        }
        Ok(XskQueue { sockets, memory, fill, receive })
    }

    /// The socket of a worker.
    pub fn socket(&self, worker: usize) -> BorrowedFd<'_> {
        self.sockets[worker].as_fd()
    }

    /// The next frame that a worker received.
    pub fn receive(&self, worker: usize) -> Option<Vec<u8>> {
        let (address, length) = self.receive[worker].take()?;
        let (from, length) = (address as usize, length as usize);
        assert!(from + length <= self.memory.bytes, "a frame outside the memory");
        // SAFETY: the bytes lie in the mapping, and the kernel has handed them over.
        let frame = unsafe { std::slice::from_raw_parts(self.memory.start.add(from), length) };
        let frame = frame.to_vec();
        self.fill.give(address - address % FRAME_BYTES as u64);
        Some(frame)
    }
}

impl Mapping {
    fn new(bytes: usize, of: Option<(&OwnedFd, i64)>) -> io::Result<Mapping> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let (flags, fd, offset) = match of {
            Some((socket, offset)) => {
                (libc::MAP_SHARED | libc::MAP_POPULATE, socket.as_raw_fd(), offset)
            }
            None => (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0),
        };
        // SAFETY: a new mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Mapping { start: start.cast(), bytes })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping was made with this start and length and is not used any more.
        unsafe { libc::munmap(self.start.cast(), self.bytes) };
    }
}

impl Ring {
    /// The n-th ring of `struct xdp_mmap_offsets`: receive, send, fill, completion.
    fn new(socket: &OwnedFd, nth: usize, page: i64, entry_bytes: usize) -> io::Result<Ring> {
        let mut offsets = [0u64; 16];
        let mut bytes = size_of_val(&offsets) as libc::socklen_t;
        let (fd, place) = (socket.as_raw_fd(), offsets.as_mut_ptr().cast());
        // SAFETY: `offsets` has the bytes that `bytes` says.
        check_int(unsafe {
            libc::getsockopt(fd, libc::SOL_XDP, MMAP_OFFSETS, place, &raw mut bytes)
        })?;
        let own = &offsets[nth * 4..];
        let (producer, consumer, entries) = (own[0] as usize, own[1] as usize, own[2] as usize);
        let bytes = entries + FRAMES as usize * entry_bytes;
        let mapping = Mapping::new(bytes, Some((socket, page)))?;
        Ok(Ring { mapping, producer, consumer, entries })
    }

    fn index(&self, offset: usize) -> &AtomicU32 {
        // SAFETY: by INVARIANT(ring) an aligned index stands there, shared with the kernel, which
        // changes it atomically.
        unsafe { &*self.mapping.start.add(offset).cast::<AtomicU32>() }
    }

    /// Hands a frame to the kernel.
    fn give(&self, address: u64) {
        let producer = self.index(self.producer);
        let at = producer.load(Ordering::Relaxed);
        let entry = self.entries + (at % FRAMES) as usize * 8;
        // SAFETY: by INVARIANT(ring) the entry lies in the mapping; the kernel does not read it
        // before the index moves.
        unsafe { self.mapping.start.add(entry).cast::<u64>().write(address) };
        producer.store(at.wrapping_add(1), Ordering::Release);
    }

    /// Takes the next `struct xdp_desc`: address and length.
    fn take(&self) -> Option<(u64, u32)> {
        let consumer = self.index(self.consumer);
        let at = consumer.load(Ordering::Relaxed);
        if at == self.index(self.producer).load(Ordering::Acquire) {
            return None;
        }
        let entry = self.entries + (at % FRAMES) as usize * 16;
        // SAFETY: by INVARIANT(ring) the entry lies in the mapping, and the kernel has written it.
        let taken = unsafe {
            let entry = self.mapping.start.add(entry);
            (entry.cast::<u64>().read(), entry.add(8).cast::<u32>().read())
        };
        consumer.store(at.wrapping_add(1), Ordering::Release);
        Some(taken)
    }
}

fn xsk() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
    // SAFETY: the descriptor is new.
    unsafe { Ok(OwnedFd::from_raw_fd(check_int(libc::socket(libc::AF_XDP, kind, 0))?)) }
}

fn set(socket: &OwnedFd, option: libc::c_int, value: &[u8]) -> io::Result<()> {
    let (fd, length) = (socket.as_raw_fd(), value.len() as libc::socklen_t);
    // SAFETY: the length is that of the value.
    check_int(unsafe {
        libc::setsockopt(fd, libc::SOL_XDP, option, value.as_ptr().cast(), length)
    })?;
    Ok(())
}

fn bind(socket: &OwnedFd, interface: u32, queue: u32, shared: Option<&OwnedFd>) -> io::Result<()> {
    let address = Address {
        family: libc::AF_XDP as u16,
        flags: if shared.is_some() { SHARED_UMEM } else { COPY },
        interface,
        queue,
        shared_umem_fd: shared.map_or(0, |shared| shared.as_raw_fd() as u32),
    };
    let length = size_of::<Address>() as libc::socklen_t;
    // SAFETY: the length is that of the address.
    check_int(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) })?;
    Ok(())
}
