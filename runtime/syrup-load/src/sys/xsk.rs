//! AF_XDP sockets of other processes: whether a socket is one, and by which queue it receives.
//!
//! In: a copy of a descriptor. Out: plain values. The kernel does not tell a socket's queue, but
//! it answers a question that only a socket of the same queue can put: one that shares its memory
//! may be bound without rings of its own to the same device and queue, and to no other
//! (`xsk_bind`, net/xdp/xsk.c).

use super::check_int;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// `XDP_TX_RING`, include/uapi/linux/if_xdp.h.
const TX_RING: libc::c_int = 3;
/// `XDP_SHARED_UMEM`.
const SHARED_UMEM: u16 = 1;

/// `struct sockaddr_xdp`.
#[repr(C)]
struct Address {
    family: u16,
    flags: u16,
    interface: u32,
    queue: u32,
    shared_umem_fd: u32,
}

/// Whether a descriptor is that of an AF_XDP socket.
pub fn is_xsk(socket: BorrowedFd<'_>) -> bool {
    let mut domain: libc::c_int = 0;
    let mut bytes = size_of::<libc::c_int>() as libc::socklen_t;
    let (fd, place) = (socket.as_raw_fd(), (&raw mut domain).cast());
    // SAFETY: `domain` has the bytes that `bytes` says.
    let got =
        unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_DOMAIN, place, &raw mut bytes) };
    got == 0 && domain == libc::AF_XDP
}

/// Whether a socket is bound to a queue of a device. Nothing about the socket changes.
///
/// # Errors
/// No privilege to make AF_XDP sockets (CAP_NET_RAW), or what the kernel answers.
pub fn is_bound_to(socket: BorrowedFd<'_>, interface: u32, queue: u32) -> io::Result<bool> {
    let entries: libc::c_int = 2;
    let address = Address {
        family: libc::AF_XDP as u16,
        flags: SHARED_UMEM,
        interface,
        queue,
        shared_umem_fd: socket.as_raw_fd() as u32,
    };
    // SAFETY: the descriptor is new; the lengths are those of the variables they are read from.
    let bound = unsafe {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        let probe = OwnedFd::from_raw_fd(check_int(libc::socket(libc::AF_XDP, kind, 0))?);
        let (fd, size) = (probe.as_raw_fd(), size_of::<libc::c_int>() as libc::socklen_t);
        let place = (&raw const entries).cast();
        check_int(libc::setsockopt(fd, libc::SOL_XDP, TX_RING, place, size))?;
        let length = size_of::<Address>() as libc::socklen_t;
        libc::bind(fd, (&raw const address).cast(), length) == 0
    };
    Ok(bound)
}
