//! The sockets of one run.
//!
//! In: a port, or none. Out: sockets on it that stay open until the value is dropped, and the
//! kernel's count of what they refused.

use std::{
    io,
    net::UdpSocket,
    os::fd::{AsFd, BorrowedFd},
    time::Duration,
};

use super::LOOK_NS;
use crate::{error::Error, scenario::N_WORKERS, sys};

/// Bytes of a receive queue as asked for: the kernel doubles it to 212,992, its own default, so
/// that hosts with another default drop at the same point.
const RECEIVE_BUFFER_BYTES: i32 = 106_496;

/// Bytes of the only receive queue when the server steers by itself: the workers' queues behind
/// it shall be the ones that fill.
const SINGLE_RECEIVE_BUFFER_BYTES: i32 = 4 * RECEIVE_BUFFER_BYTES;

/// Bound sockets of a server.
pub(crate) struct Sockets {
    sockets: Vec<UdpSocket>,
    /// The port that all of them share.
    pub(crate) port: u16,
}

impl Sockets {
    /// One socket a worker, in slot order. `port` is taken if it is free, else another one.
    pub(crate) fn per_worker(port: Option<u16>) -> Result<Self, Error> {
        Self::bind(port, N_WORKERS, RECEIVE_BUFFER_BYTES)
    }

    /// A single socket, for a server that steers by itself.
    pub(crate) fn single(port: Option<u16>) -> Result<Self, Error> {
        Self::bind(port, 1, SINGLE_RECEIVE_BUFFER_BYTES)
    }

    fn bind(port: Option<u16>, n: u32, buffer_bytes: i32) -> Result<Self, Error> {
        let bind = |port| sys::bind_loopback(port, n > 1);
        let first = match port.map(bind) {
            Some(Ok(first)) => Ok(first),
            Some(Err(_)) | None => bind(0),
        };
        let first = first.map_err(|error| failed("bind a UDP socket", error))?;
        let port = first.local_addr().map_err(|error| failed("read its port", error))?.port();
        let mut sockets = vec![first];
        for _ in 1..n {
            sockets.push(bind(port).map_err(|error| failed("share its port", error))?);
        }
        for socket in &sockets {
            prepare(socket, buffer_bytes).map_err(|error| failed("set socket options", error))?;
        }
        Ok(Self { sockets, port })
    }

    /// The descriptors in slot order.
    pub(crate) fn fds(&self) -> Vec<BorrowedFd<'_>> {
        self.sockets.iter().map(AsFd::as_fd).collect()
    }

    /// Further descriptors of all sockets, for threads.
    pub(crate) fn share_all(&self) -> Result<Vec<UdpSocket>, Error> {
        self.sockets.iter().map(share).collect()
    }

    /// A further descriptor of the first socket.
    pub(crate) fn share_first(&self) -> Result<UdpSocket, Error> {
        share(&self.sockets[0])
    }

    /// Datagrams that the kernel dropped because a receive queue was full.
    pub(crate) fn n_dropped(&self) -> Result<u64, Error> {
        let dropped = |socket| sys::dropped(socket).map(u64::from);
        let sum: io::Result<u64> = self.sockets.iter().map(dropped).sum();
        sum.map_err(|error| failed("read its drop counts", error))
    }

    /// Takes what nobody received out of the receive queues; says how much it was.
    pub(crate) fn discard_waiting(&self) -> Result<u64, Error> {
        let mut n = 0;
        for socket in &self.sockets {
            let nonblocking = socket.set_nonblocking(true);
            nonblocking.map_err(|error| failed("set socket options", error))?;
            loop {
                match socket.recv(&mut [0; 1]) {
                    Ok(_) => n += 1,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(failed("empty its receive queues", error)),
                }
            }
        }
        Ok(n)
    }
}

/// A further descriptor of the same socket.
pub(super) fn share(socket: &UdpSocket) -> Result<UdpSocket, Error> {
    socket.try_clone().map_err(|error| failed("duplicate a socket", error))
}

fn prepare(socket: &UdpSocket, buffer_bytes: i32) -> io::Result<()> {
    sys::set_receive_buffer(socket, buffer_bytes)?;
    sys::enable_stamps(socket)?;
    socket.set_read_timeout(Some(Duration::from_nanos(LOOK_NS)))
}

fn failed(what: &str, error: io::Error) -> Error {
    Error::Server(what.to_owned(), error)
}
