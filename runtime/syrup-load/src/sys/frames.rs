//! Whole frames out of a device, for tests.
//!
//! In: a device, a CPU, frames. Out: they are sent, from that CPU.

use super::{check, check_int};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// `PACKET_QDISC_BYPASS`, include/uapi/linux/if_packet.h: the queue follows from the CPU
/// (`packet_pick_tx_queue`, net/packet/af_packet.c).
const PACKET_QDISC_BYPASS: libc::c_int = 20;
/// `SO_INCOMING_CPU`, include/uapi/asm-generic/socket.h.
const SO_INCOMING_CPU: libc::c_int = 49;

/// Sends frames; this thread stays on the CPU.
///
/// # Errors
/// What the kernel answers.
pub fn send(interface: u32, cpu: u32, frames: &[Vec<u8>]) -> io::Result<()> {
    pin_to(cpu)?;
    let one: libc::c_int = 1;
    // SAFETY: the descriptor is new; structures are plain bytes for which zero is a value, and
    // every length is that of what the address before it points to.
    unsafe {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        let socket = OwnedFd::from_raw_fd(check_int(libc::socket(libc::AF_PACKET, kind, 0))?);
        let fd = socket.as_raw_fd();
        let size = size_of::<libc::c_int>() as libc::socklen_t;
        let place = (&raw const one).cast();
        check_int(libc::setsockopt(fd, libc::SOL_PACKET, PACKET_QDISC_BYPASS, place, size))?;
        let mut to: libc::sockaddr_ll = std::mem::zeroed();
        to.sll_family = libc::AF_PACKET as u16;
        to.sll_ifindex = interface as i32;
        let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        for frame in frames {
            let (data, n_bytes) = (frame.as_ptr().cast(), frame.len());
            let sent = libc::sendto(fd, data, n_bytes, 0, (&raw const to).cast(), length);
            check(sent as libc::c_long)?;
        }
    }
    Ok(())
}

/// The CPU that handled the last packet of a connected socket.
///
/// # Errors
/// What the kernel answers.
pub fn incoming_cpu(socket: BorrowedFd<'_>) -> io::Result<u32> {
    let mut cpu: libc::c_int = 0;
    let mut bytes = size_of::<libc::c_int>() as libc::socklen_t;
    let (fd, place) = (socket.as_raw_fd(), (&raw mut cpu).cast());
    // SAFETY: `cpu` has the bytes that `bytes` says.
    check_int(unsafe {
        libc::getsockopt(fd, libc::SOL_SOCKET, SO_INCOMING_CPU, place, &raw mut bytes)
    })?;
    Ok(cpu as u32)
}

fn pin_to(cpu: u32) -> io::Result<()> {
    // SAFETY: a set of CPUs is plain bits; the length is its own.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu as usize, &mut set);
        check_int(libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set))?;
    }
    Ok(())
}
