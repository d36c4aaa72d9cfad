//! Where policies are attached, and attaching at socket select.
//!
//! In: a place as `--at` spells it, a program, a socket of the group. Out: the program chooses
//! among the group's sockets, or the kernel does again.

use crate::error::LoadError;
use crate::sockets::{self, Protocol};
use crate::sys::socket;
use std::fmt;
use std::os::fd::BorrowedFd;
use std::str::FromStr;

/// A place for a policy: `socket_select:udp:9000`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct At {
    /// The transport protocol.
    pub protocol: Protocol,
    /// The port.
    pub port: u16,
}

impl At {
    /// The hook's name.
    pub const HOOK: &'static str = "socket_select";

    /// The name of the deployment at this place: `socket_select-udp-9000`.
    pub fn id(&self) -> String {
        format!("{}-{}-{}", At::HOOK, self.protocol, self.port)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", At::HOOK, self.protocol, self.port)
    }
}

impl FromStr for At {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<At, LoadError> {
        let wrong = |why: &str| {
            LoadError::Invalid(format!(
                "`{}` is not a place for a policy, {why}: write `socket_select:udp:PORT` or \
                 `socket_select:tcp:PORT`",
                text.escape_default()
            ))
        };
        let mut parts = text.splitn(3, ':');
        let (hook, protocol, port) = (parts.next(), parts.next(), parts.next());
        if hook != Some(At::HOOK) {
            return Err(wrong("this loader attaches at socket_select only"));
        }
        let protocol = protocol.and_then(Protocol::parse).ok_or_else(|| wrong("no protocol"))?;
        let digits = port.filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
        let port = digits.and_then(|port| port.parse().ok()).filter(|port| *port != 0);
        Ok(At { protocol, port: port.ok_or_else(|| wrong("no port from 1 to 65535"))? })
    }
}

/// Makes a program choose among the sockets of the group that `socket` is in. A program that was
/// there is swapped: no packet meets neither.
///
/// # Errors
/// A socket that is not of the group wanted, or what the kernel answers.
pub fn attach(at: At, socket: BorrowedFd<'_>, program: BorrowedFd<'_>) -> Result<(), LoadError> {
    sockets::check_socket(socket, at.protocol, at.port)?;
    socket::attach_reuseport(socket, program)
        .map_err(|error| LoadError::io(format!("attach the policy at {at}"), error))
}

/// Gives the choice among the group's sockets back to the kernel. Says whether a program had it.
///
/// # Errors
/// A socket that is not of the group wanted, or what the kernel answers.
pub fn detach(at: At, socket: BorrowedFd<'_>) -> Result<bool, LoadError> {
    sockets::check_socket(socket, at.protocol, at.port)?;
    match socket::detach_reuseport(socket) {
        Ok(()) => Ok(true),
        Err(error) if error.raw_os_error() == Some(libc::ENOENT) => Ok(false),
        Err(error) => Err(LoadError::io(format!("detach the policy at {at}"), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_printed() {
        let at: At = "socket_select:tcp:8080".parse().unwrap();
        assert_eq!(at, At { protocol: Protocol::Tcp, port: 8080 });
        assert_eq!(
            (at.to_string().as_str(), at.id().as_str()),
            ("socket_select:tcp:8080", "socket_select-tcp-8080")
        );
    }

    #[test]
    fn other_places_are_refused_with_how_to_write_one() {
        for text in [
            "",
            "xdp:eth0",
            "socket_select",
            "socket_select:udp:",
            "socket_select:udp:0",
            "socket_select:udp:65536",
            "socket_select:udp:+9",
            "socket_select:sctp:9",
            "socket_select:udp:1:2",
        ] {
            let error = text.parse::<At>().unwrap_err().to_string();
            assert!(error.contains("socket_select:udp:PORT"), "{text}: {error}");
        }
    }
}
