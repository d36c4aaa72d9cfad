//! Finds the `SO_REUSEPORT` sockets of a port, in this process or another, and takes copies.
//!
//! In: a protocol, a port, perhaps a process. Out: one copy of each socket of one reuseport
//! group, in the order of its owner's descriptors, or one sentence that says what is wrong.
//! The owner needs to know nothing of Syrup: `pidfd_getfd` copies its descriptors.
//!
//! The kernel's tables of sockets only tell which process to look into. They may leave a socket
//! out: they are read in pieces, and a piece starts at the n-th socket, so that one that closes
//! meanwhile makes another one vanish. The descriptors of a process are complete.

pub mod owners;
pub mod table;

use crate::error::LoadError;
use crate::sys::socket;
use owners::{Holding, Owners};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use table::Row;

/// A transport protocol that has reuseport groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Protocol {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// A socket found, with a copy of it.
#[derive(Debug)]
pub struct Found {
    /// The process that holds it.
    pub pid: u32,
    /// Its descriptor there.
    pub fd: u32,
    /// The number that only this socket has.
    pub cookie: u64,
    /// The user who made it.
    pub uid: u32,
    /// The address it is bound to.
    pub local: SocketAddr,
    /// The copy.
    pub socket: OwnedFd,
}

/// What the kernel groups sockets by (`reuseport_add_sock` and its callers in net/ipv4): within a
/// network namespace, the same address, family rules, interface and user.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct GroupKey {
    local: SocketAddr,
    only_v6: bool,
    interface: i32,
    uid: u32,
    network: u64,
}

/// Finds the sockets on `port`: of process `pid`, or of the one process that has them.
///
/// TCP sockets count when they listen, UDP sockets when they are not connected, because only
/// those are chosen among. The network namespace is that of the process, else the caller's.
///
/// # Errors
/// No such process, no permission to look into it, nobody listens, a socket without
/// `SO_REUSEPORT`, several processes or several addresses.
pub fn find_reuseport_sockets(
    pid: Option<u32>,
    protocol: Protocol,
    port: u16,
) -> Result<Vec<Found>, LoadError> {
    let rows = table::rows(pid, protocol, port)?;
    let inodes: BTreeSet<u64> = rows.iter().map(|row| row.inode).collect();
    let owners = match pid {
        Some(pid) => Owners { pids: vec![pid], n_hidden: 0 },
        None => owners::holders(&inodes)?,
    };
    let mut by_pid = BTreeMap::new();
    for pid in &owners.pids {
        let held = sockets_of(*pid, protocol, port)?;
        if !held.is_empty() {
            by_pid.insert(*pid, held);
        }
    }
    if by_pid.is_empty() {
        return Err(nobody(pid, protocol, port, &rows, &owners));
    }
    let found = one_owner(by_pid, protocol, port)?;
    for Found { pid, fd, socket, .. } in &found {
        check_socket(socket.as_fd(), protocol, port).map_err(|error| {
            let name = owners::name_of(*pid);
            LoadError::Invalid(format!("descriptor {fd} of process {pid} ({name}): {error}"))
        })?;
    }
    one_group(&found, protocol, port)?;
    Ok(found)
}

/// Takes sockets that somebody hands over, after the checks that [`find_reuseport_sockets`] makes:
/// all of one reuseport group at this protocol and port. `holders` says who holds each, for people.
///
/// # Errors
/// None at all, one of another kind or place, or several groups.
pub fn given(
    sockets: Vec<OwnedFd>,
    holders: &[(u32, u32)],
    protocol: Protocol,
    port: u16,
) -> Result<Vec<Found>, LoadError> {
    let mut found: Vec<Found> = Vec::new();
    for (at, socket) in sockets.into_iter().enumerate() {
        check_socket(socket.as_fd(), protocol, port)?;
        let (pid, fd) = holders.get(at).copied().unwrap_or((0, 0));
        let holding = Holding { fd, inode: 0 };
        let one = as_found(pid, holding, socket, protocol, port);
        found.extend(one.filter(|one| found.iter().all(|known| known.cookie != one.cookie)));
    }
    if found.is_empty() {
        let message = format!("no socket of {protocol} port {port} came with the request");
        return Err(LoadError::NotFound(message));
    }
    one_group(&found, protocol, port)?;
    Ok(found)
}

/// The kernel's cookie of the network namespace that a socket is in.
pub fn network_of(socket: BorrowedFd<'_>) -> u64 {
    socket::network_cookie(socket)
}

/// Finds a copy of any socket that is wanted, whoever holds it.
///
/// # Errors
/// `/proc` cannot be read.
pub(crate) fn find_anywhere(
    is_wanted: impl Fn(BorrowedFd<'_>) -> bool,
) -> Result<Option<OwnedFd>, LoadError> {
    for pid in owners::processes()? {
        // What ended or is not open to this user has none for us.
        for Holding { fd, .. } in owners::holdings(pid).unwrap_or_default() {
            let Ok(copy) = owners::copy(pid, fd) else { continue };
            if is_wanted(copy.as_fd()) {
                return Ok(Some(copy));
            }
        }
    }
    Ok(None)
}

/// Succeeds when a socket is one that a policy at this protocol and port may be attached through.
///
/// # Errors
/// [`LoadError::Invalid`] that says what is wrong with it.
pub fn check_socket(
    socket: BorrowedFd<'_>,
    protocol: Protocol,
    port: u16,
) -> Result<(), LoadError> {
    let answer = |error| LoadError::io("ask a socket for its options", error);
    let wrong = |what: &str| Err(LoadError::Invalid(format!("the socket {what}")));
    if socket::protocol(socket).map_err(answer)? != protocol.number() {
        return wrong(&format!("does not speak {protocol}"));
    }
    let local = socket::local_address(socket).map_err(answer)?;
    if local.port() != port {
        return wrong(&format!("is bound to {local} and not to port {port}"));
    }
    if !socket::reuseport(socket).map_err(answer)? {
        return wrong("was bound without SO_REUSEPORT: set it before bind()");
    }
    if protocol == Protocol::Tcp && !socket::listening(socket).map_err(answer)? {
        return wrong("does not listen");
    }
    Ok(())
}

/// The number that only this socket has until the machine stops.
///
/// # Errors
/// The descriptor is not a socket's.
pub fn cookie_of(socket: BorrowedFd<'_>) -> Result<u64, LoadError> {
    socket::cookie(socket).map_err(|_| {
        LoadError::Invalid("the descriptor is not a socket's: pass one that is bound".to_owned())
    })
}

/// The kernel's cookie of this thread's network namespace; 0 on kernels before 5.14.
pub fn network() -> u64 {
    let socket = std::net::UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, 0));
    socket.map_or(0, |socket| socket::network_cookie(socket.as_fd()))
}

impl Protocol {
    /// `IPPROTO_UDP` or `IPPROTO_TCP`.
    pub const fn number(self) -> i32 {
        match self {
            Protocol::Udp => libc::IPPROTO_UDP,
            Protocol::Tcp => libc::IPPROTO_TCP,
        }
    }

    /// Reads `udp` or `tcp`.
    pub fn parse(text: &str) -> Option<Protocol> {
        match text {
            "udp" => Some(Protocol::Udp),
            "tcp" => Some(Protocol::Tcp),
            _ => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Udp => "udp",
            Protocol::Tcp => "tcp",
        })
    }
}

/// The sockets of the process that is meant: the only one, or one that holds them all, as the
/// parent of forked workers does.
fn one_owner(
    mut by_pid: BTreeMap<u32, Vec<Found>>,
    protocol: Protocol,
    port: u16,
) -> Result<Vec<Found>, LoadError> {
    let all: BTreeSet<u64> = by_pid.values().flatten().map(|found| found.cookie).collect();
    let owner = by_pid.iter().find(|(_, found)| found.len() == all.len()).map(|(pid, _)| *pid);
    if let Some(found) = owner.and_then(|pid| by_pid.remove(&pid)) {
        return Ok(found);
    }
    let list: Vec<String> = by_pid
        .iter()
        .map(|(pid, found)| format!("{pid} ({}, {} sockets)", owners::name_of(*pid), found.len()))
        .collect();
    Err(LoadError::Ambiguous(format!(
        "several processes listen on {protocol} port {port}: choose one with `--pid`: {}",
        list.join(", ")
    )))
}

/// The sockets of a process that inputs to the port are chosen among, each once.
fn sockets_of(pid: u32, protocol: Protocol, port: u16) -> Result<Vec<Found>, LoadError> {
    let mut found: Vec<Found> = Vec::new();
    let held = owners::holdings(pid).map_err(|error| owners::refused(pid, error))?;
    for holding in held {
        match owners::copy(pid, holding.fd) {
            Ok(copy) => found.extend(as_found(pid, holding, copy, protocol, port)),
            // It was closed meanwhile.
            Err(error) if error.raw_os_error() == Some(libc::EBADF) => {}
            Err(error) => return Err(owners::refused(pid, error)),
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|socket| seen.insert(socket.cookie));
    Ok(found)
}

/// A copy as what was found; `None` when it is another kind of socket, or does not answer.
fn as_found(
    pid: u32,
    holding: Holding,
    copy: OwnedFd,
    protocol: Protocol,
    port: u16,
) -> Option<Found> {
    let socket = copy.as_fd();
    if socket::protocol(socket).ok()? != protocol.number() {
        return None;
    }
    let local = socket::local_address(socket).ok()?;
    let chosen_among = match protocol {
        Protocol::Udp => !socket::connected(socket),
        Protocol::Tcp => socket::listening(socket).ok()?,
    };
    let uid = owners::user_of(socket).ok()?;
    let cookie = socket::cookie(socket).ok()?;
    let is_it = local.port() == port && chosen_among;
    is_it.then_some(Found { pid, fd: holding.fd, cookie, uid, local, socket: copy })
}

/// Succeeds when all sockets are in one group.
fn one_group(found: &[Found], protocol: Protocol, port: u16) -> Result<(), LoadError> {
    let key = |found: &Found| -> io::Result<GroupKey> {
        Ok(GroupKey {
            local: found.local,
            only_v6: found.local.is_ipv6() && socket::only_v6(found.socket.as_fd())?,
            interface: socket::bound_interface(found.socket.as_fd())?,
            uid: found.uid,
            network: socket::network_cookie(found.socket.as_fd()),
        })
    };
    let groups = found.iter().map(key).collect::<io::Result<BTreeSet<GroupKey>>>();
    let groups = groups.map_err(|error| LoadError::io("ask a socket for its options", error))?;
    if groups.len() <= 1 {
        return Ok(());
    }
    let list: Vec<String> = groups.iter().map(|group| group.local.to_string()).collect();
    Err(LoadError::Ambiguous(format!(
        "the sockets on {protocol} port {port} are bound in {} different ways ({}): a policy \
         steers among sockets of one address, interface and user",
        groups.len(),
        list.join(", ")
    )))
}

fn nobody(
    pid: Option<u32>,
    protocol: Protocol,
    port: u16,
    rows: &[Row],
    owners: &Owners,
) -> LoadError {
    let verb = match protocol {
        Protocol::Udp => "receives",
        Protocol::Tcp => "listens",
    };
    match (pid, rows.first()) {
        (Some(pid), None) => LoadError::NotFound(format!(
            "nobody {verb} on {protocol} port {port} in the network of process {pid}: start the \
             application first, or check the port"
        )),
        (Some(pid), Some(_)) => LoadError::NotFound(format!(
            "process {pid} ({}) does not hold the sockets on {protocol} port {port}: leave \
             `--pid` out to find who does",
            owners::name_of(pid)
        )),
        (None, None) => LoadError::NotFound(format!(
            "nobody {verb} on {protocol} port {port}: start the application first, or check the \
             port"
        )),
        (None, Some(row)) if owners.n_hidden > 0 => LoadError::NotPermitted(format!(
            "the sockets on {protocol} port {port} belong to user {} and this user may not look \
             into their process: run it as that user or as root",
            row.uid
        )),
        (None, Some(_)) => LoadError::NotFound(format!(
            "no process holds the sockets on {protocol} port {port} any more"
        )),
    }
}
