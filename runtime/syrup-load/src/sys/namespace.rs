//! Private namespaces and reuseport sockets, for tests.
//!
//! In: a command to start, addresses. Out: the command runs in its own network and mounts, with a
//! loopback interface that is up and a BPF file system; sockets in a reuseport group.

use super::{check, check_int};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// `CAP_SYS_ADMIN` of include/uapi/linux/capability.h.
pub const CAP_SYS_ADMIN: u32 = 21;

/// Makes a command run in namespaces of its own.
pub fn isolate(command: &mut Command) -> &mut Command {
    // SAFETY: between fork and exec `enter` makes system calls only; it neither allocates nor
    // locks.
    unsafe { command.pre_exec(enter) }
}

/// Moves this process, which must have one thread, into namespaces of its own.
///
/// # Errors
/// No privilege, or a kernel without the namespaces.
pub fn enter() -> io::Result<()> {
    let none = std::ptr::null();
    // SAFETY: all paths are constant zero-ended strings; a missing source or data is allowed by
    // mount(2) for these two calls.
    unsafe {
        check_int(libc::unshare(libc::CLONE_NEWNET | libc::CLONE_NEWNS))?;
        let private = libc::MS_REC | libc::MS_PRIVATE;
        check_int(libc::mount(none, c"/".as_ptr(), none, private, none.cast()))?;
        let (bpf, place) = (c"bpf".as_ptr(), c"/sys/fs/bpf".as_ptr());
        check_int(libc::mount(bpf, place, bpf, 0, none.cast()))?;
    }
    raise_loopback()
}

/// A socket bound to an address after `SO_REUSEPORT` was set if `reuseport`; TCP ones listen.
///
/// # Errors
/// What the kernel answers.
pub fn bound_socket(address: SocketAddr, tcp: bool, reuseport: bool) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let kind = if tcp { libc::SOCK_STREAM } else { libc::SOCK_DGRAM } | libc::SOCK_CLOEXEC;
    let (storage, length) = raw_address(address);
    let one: libc::c_int = 1;
    let size = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the descriptor is new; the option's and the address' lengths are those of the
    // variables they are read from.
    unsafe {
        let socket = OwnedFd::from_raw_fd(check_int(libc::socket(family, kind, 0))?);
        let fd = socket.as_raw_fd();
        if reuseport {
            let place = (&raw const one).cast();
            check_int(libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_REUSEPORT, place, size))?;
        }
        check_int(libc::bind(fd, (&raw const storage).cast(), length))?;
        if tcp {
            check_int(libc::listen(fd, 64))?;
        }
        Ok(socket)
    }
}

/// Sends bytes through a connected socket; with `MSG_MORE`, more of the same datagram follows.
///
/// # Errors
/// What the kernel answers.
pub fn send_more(socket: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: the address and the length are those of `bytes`.
    let sent = unsafe {
        libc::send(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), libc::MSG_MORE)
    };
    check(sent as libc::c_long).map(|_| ())
}

/// Another descriptor of a program or map by its number, for a look at who is there.
///
/// # Errors
/// `ENOENT` when it is gone.
pub fn object_by_id(list: super::bpf::ObjectList, id: u32) -> io::Result<OwnedFd> {
    use super::bpf::ObjectList;
    // BPF_PROG_GET_FD_BY_ID, BPF_MAP_GET_FD_BY_ID, BPF_BTF_GET_FD_BY_ID.
    let command = match list {
        ObjectList::Programs => 13,
        ObjectList::Maps => 14,
        ObjectList::Btf => 19,
    };
    let mut attr = super::attr::Attr::default();
    attr.put_u32(super::attr::at::START_ID, id);
    // SAFETY: the block holds no addresses, and the descriptor is new.
    unsafe { Ok(OwnedFd::from_raw_fd(super::bpf::call(command, &mut attr)? as libc::c_int)) }
}

/// Whether a descriptor is closed on exec.
///
/// # Errors
/// It is not open.
pub fn closes_on_exec(fd: BorrowedFd<'_>) -> io::Result<bool> {
    // SAFETY: the call takes no addresses.
    let flags = check_int(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFD) })?;
    Ok(flags & libc::FD_CLOEXEC != 0)
}

fn raise_loopback() -> io::Result<()> {
    // SAFETY: `ifreq` is plain bytes, for which zero is a value; its name is zero-ended because
    // "lo" is shorter than the field; the two requests read and write one `ifreq`.
    unsafe {
        let socket = check_int(libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0))?;
        let socket = OwnedFd::from_raw_fd(socket);
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let result = libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request);
        check(libc::c_long::from(result)).map(|_| ())
    }
}

fn raw_address(address: SocketAddr) -> (libc::sockaddr_storage, libc::socklen_t) {
    // SAFETY: `sockaddr_storage` is plain bytes, for which zero is a value, and is large enough
    // and aligned for every kind of address.
    unsafe {
        let mut storage: libc::sockaddr_storage = std::mem::zeroed();
        let length = match address {
            SocketAddr::V4(v4) => {
                let raw = (&raw mut storage).cast::<libc::sockaddr_in>();
                (*raw).sin_family = libc::AF_INET as libc::sa_family_t;
                (*raw).sin_port = v4.port().to_be();
                (*raw).sin_addr.s_addr = u32::from_ne_bytes(v4.ip().octets());
                size_of::<libc::sockaddr_in>()
            }
            SocketAddr::V6(v6) => {
                let raw = (&raw mut storage).cast::<libc::sockaddr_in6>();
                (*raw).sin6_family = libc::AF_INET6 as libc::sa_family_t;
                (*raw).sin6_port = v6.port().to_be();
                (*raw).sin6_addr.s6_addr = v6.ip().octets();
                size_of::<libc::sockaddr_in6>()
            }
        };
        (storage, length as libc::socklen_t)
    }
}
