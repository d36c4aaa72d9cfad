//! Bytes with descriptors over a Unix socket, and who is at its other end.
//!
//! In: a connected socket. Out: bytes, owned close-on-exec descriptors, credentials as the kernel
//! saw them when the peer connected. Descriptors that did not fit are closed, never leaked.

use super::{check, check_int};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use syrup_wire::limits::MESSAGE_FDS_MAX;

/// `SO_PEERPIDFD` of include/uapi/asm-generic/socket.h (Linux 6.5).
const SO_PEERPIDFD: libc::c_int = 77;

/// Room for a header and every descriptor, in words, as the kernel aligns them.
const CONTROL_WORDS: usize = (16 + 4 * MESSAGE_FDS_MAX).div_ceil(8) + 2;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// The process when it connected; it may be gone.
    pub pid: u32,
    /// Its effective user.
    pub uid: u32,
}

/// What one reading gave.
#[derive(Debug)]
pub struct Received {
    /// How many bytes; 0 at the end.
    pub n_bytes: usize,
    /// The descriptors that came with them.
    pub fds: Vec<OwnedFd>,
    /// Whether there were more than fit; those and these are closed then.
    pub truncated: bool,
}

/// Sends bytes with descriptors; how many bytes went.
///
/// # Errors
/// More than [`MESSAGE_FDS_MAX`] descriptors, or what the kernel answers.
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
    if fds.len() > MESSAGE_FDS_MAX {
        return Err(io::Error::from_raw_os_error(libc::E2BIG));
    }
    let mut control = [0u64; CONTROL_WORDS];
    let mut part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: `msghdr` is plain numbers and addresses, for which zero is a value. The addresses
    // are those of live variables; the control block has room for a header and the descriptors
    // that are written, whose number was checked.
    let sent = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
        if !fds.is_empty() {
            let n_bytes = size_of_val(fds) as u32 / size_of::<BorrowedFd<'_>>() as u32 * 4;
            message.msg_control = control.as_mut_ptr().cast();
            message.msg_controllen = libc::CMSG_SPACE(n_bytes) as _;
            let header = libc::CMSG_FIRSTHDR(&raw const message);
            (*header).cmsg_level = libc::SOL_SOCKET;
            (*header).cmsg_type = libc::SCM_RIGHTS;
            (*header).cmsg_len = libc::CMSG_LEN(n_bytes) as _;
            let place = libc::CMSG_DATA(header).cast::<RawFd>();
            for (i, fd) in fds.iter().enumerate() {
                place.add(i).write_unaligned(fd.as_raw_fd());
            }
        }
        libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL)
    };
    check(sent as libc::c_long).map(|n| n as usize)
}

/// Takes what is there, at most as many bytes as fit.
///
/// # Errors
/// What the kernel answers.
pub fn receive(socket: BorrowedFd<'_>, bytes: &mut [u8]) -> io::Result<Received> {
    let mut control = [0u64; CONTROL_WORDS];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut fds = Vec::new();
    // SAFETY: as for `send`; a received descriptor is new and owned by nobody else, and is read
    // only where the kernel's headers say there is one.
    let (n_bytes, truncated) = unsafe {
        let mut message: libc::msghdr = std::mem::zeroed();
        (message.msg_iov, message.msg_iovlen) = (&raw mut part, 1);
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = size_of_val(&control) as _;
        let flags = libc::MSG_CMSG_CLOEXEC;
        let received = libc::recvmsg(socket.as_raw_fd(), &raw mut message, flags);
        let n_bytes = check(received as libc::c_long)? as usize;
        let mut header = libc::CMSG_FIRSTHDR(&raw const message);
        while !header.is_null() {
            let is_rights =
                (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS;
            if is_rights {
                let n = ((*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize) / 4;
                let place = libc::CMSG_DATA(header).cast::<RawFd>();
                fds.extend((0..n).map(|i| OwnedFd::from_raw_fd(place.add(i).read_unaligned())));
            }
            header = libc::CMSG_NXTHDR(&raw const message, header);
        }
        (n_bytes, message.msg_flags & libc::MSG_CTRUNC != 0)
    };
    if truncated {
        fds.clear();
    }
    Ok(Received { n_bytes, fds, truncated })
}

/// Who is at the other end, as the kernel saw it when the connection was made.
///
/// # Errors
/// Not a connected Unix socket.
pub fn peer(socket: BorrowedFd<'_>) -> io::Result<Peer> {
    let mut found = libc::ucred { pid: 0, uid: u32::MAX, gid: u32::MAX };
    let mut bytes = size_of::<libc::ucred>() as libc::socklen_t;
    let (fd, place) = (socket.as_raw_fd(), (&raw mut found).cast());
    // SAFETY: the address is that of a `ucred`, whose size stands beside it.
    let asked =
        unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_PEERCRED, place, &raw mut bytes) };
    check_int(asked)?;
    Ok(Peer { pid: found.pid.max(0) as u32, uid: found.uid })
}

/// A handle of the process at the other end, which stays with it.
///
/// # Errors
/// A kernel before 6.5, or a process that is gone.
pub fn peer_process(socket: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut found: libc::c_int = -1;
    let mut bytes = size_of::<libc::c_int>() as libc::socklen_t;
    let (fd, place) = (socket.as_raw_fd(), (&raw mut found).cast());
    // SAFETY: the address is that of a number, whose size stands beside it; the descriptor is new.
    unsafe {
        check_int(libc::getsockopt(fd, libc::SOL_SOCKET, SO_PEERPIDFD, place, &raw mut bytes))?;
        Ok(OwnedFd::from_raw_fd(found))
    }
}
