//! AF_XDP sockets as executors: finding those of a process, and giving each worker its slot.
//!
//! In: a device, perhaps a process. Out: workers, each with one socket for every receive queue of
//! the device, and the kernel's map of them. The kernel gives a packet to a socket of the queue it
//! came by only (`xsk_rcv_check`, net/xdp/xsk.c), so a worker that should get packets of every
//! queue has a socket on each. The i-th socket of each queue, by its descriptor, is worker i.

use crate::error::LoadError;
use crate::executors::state::SetState;
use crate::load::Loaded;
use crate::sockets::owners;
use crate::sys::map::Update;
use crate::sys::{socket, xsk};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use syrup_wire::artifact::{MapRole, SetSpec};
use syrup_wire::limits::RX_QUEUES_MAX;
use syrup_wire::record::ExecutorRecord;

/// The device whose sockets are meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Queues<'a> {
    pub device: &'a str,
    pub interface: u32,
    /// Its receive queues.
    pub count: u32,
}

/// One executor.
#[derive(Debug)]
pub(super) struct Worker {
    pid: u32,
    /// Descriptor there and a copy of it, by queue.
    sockets: Vec<(u32, OwnedFd)>,
}

impl Worker {
    pub(super) fn record(&self) -> ExecutorRecord {
        let fds = self.sockets.iter().map(|(fd, _)| *fd).collect();
        ExecutorRecord::Xsk { pid: self.pid, fds }
    }
}

/// Finds the workers of a process, or of the only one that has any.
///
/// # Errors
/// Nobody has such a socket, several processes have, a queue has fewer than another, or a process
/// that this user may not look into.
pub(super) fn find(pid: Option<u32>, queues: Queues<'_>) -> Result<Vec<Worker>, LoadError> {
    if queues.count > RX_QUEUES_MAX {
        return Err(LoadError::Invalid(format!(
            "{} has {} receive queues and a policy can give packets of {RX_QUEUES_MAX} to \
             sockets: lower them with `ethtool -L {} combined {RX_QUEUES_MAX}`",
            queues.device, queues.count, queues.device
        )));
    }
    let mut found = BTreeMap::new();
    match pid {
        Some(pid) => {
            let by_queue = sockets_of(pid, queues, true)?;
            found.insert(pid, by_queue);
        }
        None => {
            for pid in owners::processes()? {
                // What ended or is not open to this user has none for us.
                let by_queue = sockets_of(pid, queues, false)?;
                if by_queue.iter().any(|sockets| !sockets.is_empty()) {
                    found.insert(pid, by_queue);
                }
            }
        }
    }
    let pids: Vec<String> =
        found.keys().map(|pid| format!("{pid} ({})", owners::name_of(*pid))).collect();
    let device = queues.device;
    match (found.len(), found.pop_first()) {
        (1, Some((pid, by_queue))) => workers(pid, by_queue, device),
        (0, _) | (_, None) => Err(LoadError::NotFound(format!(
            "no process has an AF_XDP socket on {device}: start the application first, or check \
             the device"
        ))),
        (_, Some(_)) => Err(LoadError::Ambiguous(format!(
            "several processes have AF_XDP sockets on {device}: choose one with `--pid`: {}",
            pids.join(", ")
        ))),
    }
}

/// The AF_XDP sockets of a process on each queue of a device.
fn sockets_of(
    pid: u32,
    queues: Queues<'_>,
    must: bool,
) -> Result<Vec<Vec<(u32, OwnedFd)>>, LoadError> {
    let mut by_queue: Vec<Vec<(u32, OwnedFd)>> = (0..queues.count).map(|_| Vec::new()).collect();
    let held = match owners::holdings(pid) {
        Ok(held) => held,
        Err(error) if must => return Err(owners::refused(pid, error)),
        Err(_) => return Ok(by_queue),
    };
    let mut seen = BTreeSet::new();
    for holding in held {
        let copy = match owners::copy(pid, holding.fd) {
            Ok(copy) => copy,
            Err(error) if must && error.raw_os_error() != Some(libc::EBADF) => {
                return Err(owners::refused(pid, error));
            }
            Err(_) => continue,
        };
        if !xsk::is_xsk(copy.as_fd()) || !seen.insert(holding.inode) {
            continue;
        }
        for (queue, sockets) in (0..).zip(&mut by_queue) {
            let bound = xsk::is_bound_to(copy.as_fd(), queues.interface, queue);
            if bound.map_err(no_probe)? {
                sockets.push((holding.fd, copy));
                break;
            }
        }
    }
    Ok(by_queue)
}

fn no_probe(error: io::Error) -> LoadError {
    match error.raw_os_error() {
        Some(libc::EPERM) => LoadError::NoPrivilege(
            "CAP_NET_RAW is missing, by which AF_XDP sockets are recognised".to_owned(),
        ),
        _ => LoadError::io("look for AF_XDP sockets", error),
    }
}

fn workers(
    pid: u32,
    by_queue: Vec<Vec<(u32, OwnedFd)>>,
    device: &str,
) -> Result<Vec<Worker>, LoadError> {
    let name = owners::name_of(pid);
    let most = by_queue.iter().map(Vec::len).max().unwrap_or(0);
    if most == 0 {
        return Err(LoadError::NotFound(format!(
            "process {pid} ({name}) has no AF_XDP socket on {device}"
        )));
    }
    if let Some(queue) = by_queue.iter().position(|sockets| sockets.len() < most) {
        let there = by_queue[queue].len();
        return Err(LoadError::Invalid(format!(
            "queue {queue} of {device} has {there} AF_XDP sockets of process {pid} ({name}) and \
             another queue has {most}: a packet goes to a socket of its own queue only, so bind \
             one socket of each worker to every queue, or let the device have one queue with \
             `ethtool -L {device} combined 1`"
        )));
    }
    let mut workers: Vec<Worker> = (0..most).map(|_| Worker { pid, sockets: Vec::new() }).collect();
    for sockets in by_queue {
        for (worker, socket) in workers.iter_mut().zip(sockets) {
            worker.sockets.push(socket);
        }
    }
    Ok(workers)
}

/// Succeeds when workers fit a set.
///
/// # Errors
/// More workers than slots.
pub(super) fn check(spec: &SetSpec, workers: &[Worker]) -> Result<(), LoadError> {
    if workers.len() <= spec.capacity as usize {
        return Ok(());
    }
    Err(LoadError::Invalid(format!(
        "the device has {} AF_XDP workers and executor set `{}` has {} slots: declare it as \
         `socket[{}]` or larger",
        workers.len(),
        spec.name,
        spec.capacity,
        workers.len()
    )))
}

/// Puts workers into the slots of a set that no program uses yet.
///
/// # Errors
/// What the kernel answers.
pub(super) fn fill(loaded: &Loaded, set: u32, workers: &[Worker]) -> Result<(), LoadError> {
    let state = SetState::of(loaded, set)?;
    let slots = loaded.map_by(|role| *role == MapRole::Executors { set });
    let slots = slots.ok_or_else(|| crate::executors::state::missing(loaded, set))?;
    let capacity = state.spec().capacity;
    for (slot, worker) in (0u32..).zip(workers) {
        for (queue, (fd, copy)) in (0u32..).zip(&worker.sockets) {
            let doing = || format!("make descriptor {fd} of process {} an executor", worker.pid);
            let key = (queue * capacity + slot).to_ne_bytes();
            let value = (copy.as_raw_fd() as u32).to_ne_bytes();
            let filled = slots.update(&key, &[&value], Update::Any);
            filled.map_err(|error| LoadError::io(doing(), error))?;
        }
        let cookie = worker.sockets.first().map(|(_, copy)| socket::cookie(copy.as_fd()));
        let cookie = cookie.transpose();
        let cookie = cookie.map_err(|error| LoadError::io("read a socket's cookie", error))?;
        state.set_generation(slot, (cookie.unwrap_or(0) as u32).max(1))?;
    }
    state.set_len(workers.len() as u32)?;
    super::deploy::spread(loaded, &state, set, workers.len() as u32)
}
