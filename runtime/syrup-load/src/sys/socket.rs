//! Options of sockets, and descriptors of other processes.
//!
//! In: borrowed descriptors, process ids. Out: owned close-on-exec descriptors and plain values.

use super::{check, check_int};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

// Numbers of include/uapi/asm-generic/socket.h that libc does not name on every platform.
const SO_ATTACH_REUSEPORT_EBPF: libc::c_int = 52;
const SO_COOKIE: libc::c_int = 57;
const SO_BINDTOIFINDEX: libc::c_int = 62;
const SO_NETNS_COOKIE: libc::c_int = 71;
const SO_DETACH_REUSEPORT_BPF: libc::c_int = 68;

/// Makes a program choose among the sockets of the group that `socket` is in; a program that was
/// there is replaced at once.
///
/// # Errors
/// What the kernel answers.
pub fn attach_reuseport(socket: BorrowedFd<'_>, program: BorrowedFd<'_>) -> io::Result<()> {
    set_int(socket, SO_ATTACH_REUSEPORT_EBPF, program.as_raw_fd())
}

/// Gives the choice among the group's sockets back to the kernel's hash.
///
/// # Errors
/// `ENOENT` when no program is attached, else what the kernel answers.
pub fn detach_reuseport(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_int(socket, SO_DETACH_REUSEPORT_BPF, 0)
}

/// Whether `SO_REUSEPORT` is set.
///
/// # Errors
/// The descriptor is not a socket's.
pub fn reuseport(socket: BorrowedFd<'_>) -> io::Result<bool> {
    get_int(socket, libc::SOL_SOCKET, libc::SO_REUSEPORT).map(|value| value != 0)
}

/// `IPPROTO_UDP`, `IPPROTO_TCP` or another protocol.
///
/// # Errors
/// The descriptor is not a socket's.
pub fn protocol(socket: BorrowedFd<'_>) -> io::Result<i32> {
    get_int(socket, libc::SOL_SOCKET, libc::SO_PROTOCOL)
}

/// Whether it waits for connections.
///
/// # Errors
/// The descriptor is not a socket's.
pub fn listening(socket: BorrowedFd<'_>) -> io::Result<bool> {
    get_int(socket, libc::SOL_SOCKET, libc::SO_ACCEPTCONN).map(|value| value != 0)
}

/// The interface it is bound to; 0 for none.
///
/// # Errors
/// The descriptor is not a socket's.
pub fn bound_interface(socket: BorrowedFd<'_>) -> io::Result<i32> {
    get_int(socket, libc::SOL_SOCKET, SO_BINDTOIFINDEX)
}

/// Whether an IPv6 socket refuses IPv4.
///
/// # Errors
/// The socket is not an IPv6 one.
pub fn only_v6(socket: BorrowedFd<'_>) -> io::Result<bool> {
    get_int(socket, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY).map(|value| value != 0)
}

/// The number that only this socket has until the machine stops.
///
/// # Errors
/// The descriptor is not a socket's.
pub fn cookie(socket: BorrowedFd<'_>) -> io::Result<u64> {
    get_u64(socket, SO_COOKIE)
}

/// The address it is bound to.
///
/// # Errors
/// The descriptor is not an internet socket's.
pub fn local_address(socket: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    // The standard library's getsockname serves every internet socket, whatever its protocol.
    UdpSocket::from(socket.try_clone_to_owned()?).local_addr()
}

/// Whether it speaks to one peer only.
pub fn connected(socket: BorrowedFd<'_>) -> bool {
    let copy = socket.try_clone_to_owned().map(UdpSocket::from);
    copy.and_then(|socket| socket.peer_addr()).is_ok()
}

/// The number of the network namespace it is in; 0 on kernels before 5.14.
pub fn network_cookie(socket: BorrowedFd<'_>) -> u64 {
    get_u64(socket, SO_NETNS_COOKIE).unwrap_or(0)
}

/// A handle of a process that stays with it.
///
/// # Errors
/// `ESRCH` when there is no such process.
pub fn pidfd_open(pid: u32) -> io::Result<OwnedFd> {
    // SAFETY: the call takes no addresses; the kernel sets close-on-exec.
    let fd = check(unsafe { libc::syscall(libc::SYS_pidfd_open, pid as libc::pid_t, 0) })?;
    // SAFETY: the descriptor is new and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as libc::c_int) })
}

/// A copy of a process' descriptor.
///
/// # Errors
/// `EPERM` when this process may not trace that one, `EBADF` when it is closed there.
pub fn pidfd_getfd(process: BorrowedFd<'_>, fd: u32) -> io::Result<OwnedFd> {
    let (process, flags) = (process.as_raw_fd(), 0);
    // SAFETY: the call takes no addresses; the kernel sets close-on-exec.
    let fd =
        check(unsafe { libc::syscall(libc::SYS_pidfd_getfd, process, fd as libc::c_int, flags) })?;
    // SAFETY: the descriptor is new and nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as libc::c_int) })
}

fn get_int(socket: BorrowedFd<'_>, level: libc::c_int, name: libc::c_int) -> io::Result<i32> {
    let mut value: libc::c_int = 0;
    let mut bytes = size_of::<libc::c_int>() as libc::socklen_t;
    let (fd, place) = (socket.as_raw_fd(), (&raw mut value).cast());
    // SAFETY: `value` has the bytes that `bytes` says.
    check_int(unsafe { libc::getsockopt(fd, level, name, place, &raw mut bytes) })?;
    Ok(value)
}

fn get_u64(socket: BorrowedFd<'_>, name: libc::c_int) -> io::Result<u64> {
    let mut value = 0u64;
    let mut bytes = size_of::<u64>() as libc::socklen_t;
    let (fd, place) = (socket.as_raw_fd(), (&raw mut value).cast());
    // SAFETY: `value` has the eight bytes that `bytes` says.
    check_int(unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, name, place, &raw mut bytes) })?;
    Ok(value)
}

fn set_int(socket: BorrowedFd<'_>, name: libc::c_int, value: libc::c_int) -> io::Result<()> {
    let bytes = size_of::<libc::c_int>() as libc::socklen_t;
    let (fd, place) = (socket.as_raw_fd(), (&raw const value).cast());
    // SAFETY: `value` has the bytes that `bytes` says.
    check_int(unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, name, place, bytes) })?;
    Ok(())
}
