//! BPF links: a program at a place, held by a descriptor that can be pinned.
//!
//! In: programs, interfaces, links. Out: links, and what the kernel tells of them. Numbers are
//! those of `union bpf_attr` and `struct bpf_link_info`, include/uapi/linux/bpf.h.

use super::attr::{Attr, at, cmd};
use super::bpf::{self, Info};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

/// `BPF_XDP`, `enum bpf_attach_type`.
pub const ATTACH_XDP: u32 = 37;

/// `BPF_F_REPLACE`: the update is made only if the program is the expected one.
const REPLACE: u32 = 1 << 2;

/// What the kernel tells of a link at a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkInfo {
    /// The number the system knows it by.
    pub id: u32,
    /// The program's number.
    pub program: u32,
    /// The interface; 0 when the device is gone or the link was detached.
    pub interface: u32,
}

/// Puts a program at an interface.
///
/// # Errors
/// `EBUSY` when another program is there, or what the kernel answers.
pub fn create(
    program: BorrowedFd<'_>,
    interface: u32,
    attach: u32,
    flags: u32,
) -> io::Result<OwnedFd> {
    let mut attr = Attr::default();
    attr.put_u32(at::LINK_PROG_FD, program.as_raw_fd() as u32)
        .put_u32(at::LINK_TARGET, interface)
        .put_u32(at::LINK_ATTACH, attach)
        .put_u32(at::LINK_FLAGS, flags);
    // SAFETY: the block holds no addresses.
    unsafe { bpf::call_fd(cmd::LINK_CREATE, &mut attr) }
}

/// Puts a program in the place of the one that a link holds, in one step.
///
/// # Errors
/// `EPERM` when the link holds another program than `old`, where that is given, or what the
/// kernel answers.
pub fn update(
    link: BorrowedFd<'_>,
    program: BorrowedFd<'_>,
    old: Option<BorrowedFd<'_>>,
) -> io::Result<()> {
    let mut attr = Attr::default();
    attr.put_u32(at::LINK_UPDATE_FD, link.as_raw_fd() as u32)
        .put_u32(at::LINK_UPDATE_PROG, program.as_raw_fd() as u32);
    if let Some(old) = old {
        attr.put_u32(at::LINK_UPDATE_FLAGS, REPLACE)
            .put_u32(at::LINK_UPDATE_OLD, old.as_raw_fd() as u32);
    }
    // SAFETY: the block holds no addresses.
    unsafe { bpf::call(cmd::LINK_UPDATE, &mut attr) }.map(|_| ())
}

/// Takes a link's program away from its place.
///
/// # Errors
/// What the kernel answers.
pub fn detach(link: BorrowedFd<'_>) -> io::Result<()> {
    let mut attr = Attr::default();
    attr.put_u32(at::LINK_UPDATE_FD, link.as_raw_fd() as u32);
    // SAFETY: the block holds no addresses.
    unsafe { bpf::call(cmd::LINK_DETACH, &mut attr) }.map(|_| ())
}

/// Describes a link of a device.
///
/// # Errors
/// What the kernel answers.
pub fn info(link: BorrowedFd<'_>) -> io::Result<LinkInfo> {
    let info = Info::<8>::of(link)?;
    Ok(LinkInfo { id: info.u32(4), program: info.u32(8), interface: info.u32(16) })
}

/// A descriptor of a program by its number.
///
/// # Errors
/// No such program, or no privilege: the kernel wants CAP_SYS_ADMIN.
pub fn program_by_id(id: u32) -> io::Result<OwnedFd> {
    let mut attr = Attr::default();
    attr.put_u32(at::START_ID, id);
    // SAFETY: the block holds no addresses.
    unsafe { bpf::call_fd(cmd::PROG_GET_FD_BY_ID, &mut attr) }
}
