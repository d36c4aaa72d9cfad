//! The service manager: sockets it hands in, and the word that the daemon is ready.
//!
//! In: `LISTEN_FDS`, `LISTEN_PID` and `NOTIFY_SOCKET` as systemd sets them (sd_listen_fds(3),
//! sd_notify(3)). Out: a listener, a message. Without them nothing happens.

use crate::sys::identity::take_descriptor;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

/// The first descriptor that a service manager hands in.
const FIRST: i32 = 3;

/// The socket that was handed in, if one was.
///
/// # Errors
/// More than one, or one that is closed.
pub fn listener() -> Result<Option<UnixListener>, String> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    if number("LISTEN_PID") != Some(std::process::id()) {
        return Ok(None);
    }
    match number("LISTEN_FDS") {
        None | Some(0) => Ok(None),
        Some(1) => match take_descriptor(FIRST) {
            Ok(fd) => Ok(Some(UnixListener::from(fd))),
            Err(error) => Err(format!("the service manager's socket is not open: {error}")),
        },
        Some(n) => Err(format!("the service manager hands in {n} sockets, and one is used")),
    }
}

/// Says that the daemon is ready, to who asked to be told.
pub fn ready() {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let text = path.to_string_lossy();
    let address = match text.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    // A manager that does not listen misses the message, and nothing else.
    if let (Ok(address), Ok(socket)) = (address, UnixDatagram::unbound()) {
        let _sent = socket.send_to_addr(b"READY=1\nSTATUS=deployments are served", &address);
    }
}
