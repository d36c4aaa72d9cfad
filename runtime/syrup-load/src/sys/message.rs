//! The messages between a loading child and its parent.
//!
//! In: a word and at most one descriptor. Out: the same at the other end of a socket pair. Sending
//! neither allocates nor locks, so that a forked child can do it.

use super::check_int;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// One message of the child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// The command is done.
    Done(usize),
    /// The command failed with this `errno`.
    Failed(usize, i32),
    /// The command is tried again with a log, so its time starts over.
    Again(usize),
    /// The capabilities could not be given away.
    Capabilities(i32),
}

impl Word {
    const fn encode(self) -> [u32; 3] {
        match self {
            Word::Done(step) => [0, step as u32, 0],
            Word::Failed(step, errno) => [1, step as u32, errno as u32],
            Word::Again(step) => [2, step as u32, 0],
            Word::Capabilities(errno) => [3, 0, errno as u32],
        }
    }

    fn decode(words: [u32; 3]) -> Option<Word> {
        let [kind, step, errno] = words;
        match kind {
            0 => Some(Word::Done(step as usize)),
            1 => Some(Word::Failed(step as usize, errno as i32)),
            2 => Some(Word::Again(step as usize)),
            3 => Some(Word::Capabilities(errno as i32)),
            _ => None,
        }
    }
}

/// Room for one descriptor in a control message, aligned as its header wants.
type Control = [u64; 4];

/// Sends one message, with a descriptor if there is one; whether it was taken.
pub(super) fn send(socket: RawFd, word: Word, fd: Option<RawFd>) -> bool {
    let mut words = word.encode();
    let mut control: Control = [0; 4];
    let (mut part, mut message) = message(&mut words, &mut control);
    // SAFETY: the message's addresses are those of live variables, set below. With a descriptor
    // the control block has room for one header and one number, as CMSG_SPACE says.
    let sent = unsafe {
        message.msg_iov = &raw mut part;
        match fd {
            None => message.msg_controllen = 0,
            Some(fd) => {
                message.msg_controllen = libc::CMSG_SPACE(4) as _;
                let header = libc::CMSG_FIRSTHDR(&raw const message);
                (*header).cmsg_level = libc::SOL_SOCKET;
                (*header).cmsg_type = libc::SCM_RIGHTS;
                (*header).cmsg_len = libc::CMSG_LEN(4) as _;
                libc::CMSG_DATA(header).cast::<RawFd>().write_unaligned(fd);
            }
        }
        libc::sendmsg(socket, &raw const message, libc::MSG_NOSIGNAL)
    };
    sent >= 0
}

/// Takes one message.
pub(super) fn receive(socket: &OwnedFd) -> io::Result<(Word, Option<OwnedFd>)> {
    let mut words = [0u32; 3];
    let mut control: Control = [0; 4];
    let (mut part, mut message) = message(&mut words, &mut control);
    // SAFETY: the message's addresses are those of live variables; a received descriptor is new
    // and owned by nobody else, and is read only where the kernel's header says there is one.
    let (received, fd) = unsafe {
        message.msg_iov = &raw mut part;
        let flags = libc::MSG_CMSG_CLOEXEC;
        let received = libc::recvmsg(socket.as_raw_fd(), &raw mut message, flags);
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        let is_fd = received >= 0
            && !header.is_null()
            && (*header).cmsg_level == libc::SOL_SOCKET
            && (*header).cmsg_type == libc::SCM_RIGHTS;
        let fd = is_fd.then(|| libc::CMSG_DATA(header).cast::<RawFd>().read_unaligned());
        (received, fd.map(|fd| OwnedFd::from_raw_fd(fd)))
    };
    match received {
        12 => match Word::decode(words) {
            Some(word) => Ok((word, fd)),
            None => Err(io::Error::other("the loading child sent a message of unknown form")),
        },
        0 => Err(io::Error::other("the loading child ended before its work was done")),
        n if n < 0 => Err(io::Error::last_os_error()),
        _ => Err(io::Error::other("the loading child sent half a message")),
    }
}

/// A message around its parts; the address of `iovec` is set by the caller, who keeps it.
fn message(words: &mut [u32; 3], control: &mut Control) -> (libc::iovec, libc::msghdr) {
    let part = libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: 12 };
    // SAFETY: `msghdr` is plain numbers and addresses, for which zero is a value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of::<Control>() as _;
    (part, message)
}

/// Two ends of a connection that keeps messages apart.
pub(super) fn socket_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut fds = [-1; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the address is that of two numbers; on success both are new descriptors.
    unsafe {
        check_int(libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()))?;
        Ok((OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])))
    }
}
