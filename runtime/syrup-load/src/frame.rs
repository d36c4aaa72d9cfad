//! Messages of the daemon and its clients: a length, JSON, and descriptors with the first byte.
//!
//! In: a connected Unix socket, a deadline. Out: one message whole, or why not. A peer that sends
//! half a message, one that is too long, or nothing, costs its deadline and no more.

pub use crate::sys::passing::{Peer, peer, peer_process};

use crate::sys::passing;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// A message with what came with it.
#[derive(Debug)]
pub struct Frame {
    /// The JSON.
    pub body: Vec<u8>,
    /// Descriptors, in the sender's order.
    pub fds: Vec<OwnedFd>,
}

/// Sends one message. The socket's own timeouts bound it.
///
/// # Errors
/// A body of more than 4 GiB, or what the kernel answers.
pub fn write(stream: &UnixStream, body: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(|_| io::Error::other("too long a message"))?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(body);
    let mut sent = passing::send(stream.as_fd(), &bytes, fds)?;
    while sent < bytes.len() {
        match passing::send(stream.as_fd(), &bytes[sent..], &[]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => sent += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Takes one message of at most `bytes_max` bytes before the deadline.
///
/// # Errors
/// `UnexpectedEof` when the peer ends first, `InvalidData` for a message that is too long or has
/// too many descriptors, `TimedOut`, or what the kernel answers.
pub fn read(stream: &UnixStream, bytes_max: usize, deadline: Instant) -> io::Result<Frame> {
    let mut frame = Frame { body: Vec::new(), fds: Vec::new() };
    let mut length = [0; 4];
    fill(stream, &mut length, &mut frame.fds, deadline)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > bytes_max {
        let message = format!("a message of {length} bytes, and {bytes_max} are the most");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    // Room grows with what really comes, so that a length alone takes no memory.
    while frame.body.len() < length {
        let start = frame.body.len();
        let part = (length - start).min(64 << 10);
        frame.body.resize(start + part, 0);
        fill(stream, &mut frame.body[start..], &mut frame.fds, deadline)?;
    }
    Ok(frame)
}

fn fill(
    stream: &UnixStream,
    mut bytes: &mut [u8],
    fds: &mut Vec<OwnedFd>,
    deadline: Instant,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let received = match passing::receive(stream.as_fd(), bytes) {
            Ok(received) => received,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(error) => return Err(error),
        };
        if received.n_bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        fds.extend(received.fds);
        if received.truncated || fds.len() > syrup_wire::limits::MESSAGE_FDS_MAX {
            fds.clear();
            let message = "too many descriptors came with a message";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        bytes = &mut bytes[received.n_bytes..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn a_message_arrives_with_its_descriptors() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let file = std::fs::File::open("/proc/self/stat").unwrap();
        write(&ours, b"{}", &[file.as_fd(), file.as_fd()]).unwrap();
        let frame = read(&theirs, 10, soon()).unwrap();
        assert_eq!((frame.body.as_slice(), frame.fds.len()), (&b"{}"[..], 2));
    }

    #[test]
    fn half_a_message_and_long_ones_are_errors() {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.write_all(&[8, 0, 0, 0, b'{']).unwrap();
        drop(ours);
        assert_eq!(read(&theirs, 10, soon()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert_eq!(read(&theirs, 10, soon()).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let past = Instant::now();
        assert_eq!(read(&theirs, 10, past).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn the_peer_is_this_process() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let peer = peer(ours.as_fd()).unwrap();
        assert_eq!((peer.pid, peer.uid), (std::process::id(), crate::user()));
    }
}
