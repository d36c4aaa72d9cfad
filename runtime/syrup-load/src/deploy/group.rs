//! The sockets of a deployment: what its record says of them, and which are still open.
//!
//! In: what was found, or a stored deployment. Out: the record, cookies, one open socket.

use super::DeployRequest;
use crate::attach::At;
use crate::error::LoadError;
use crate::executors::{Added, Executors};
use crate::load::Loaded;
use crate::pins::stored::{Stored, summary};
use crate::sockets::{self, Found};
use crate::sys::socket;
use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use syrup_wire::limits::FORMAT;
use syrup_wire::record::{ExecutorRecord, Record};

/// How long a socket may stay in the slot of a map that nobody has any more.
const FREE_WAIT: Duration = Duration::from_secs(2);

/// Adds sockets to a set. When a deployer was killed, or another tool let its map go, the kernel
/// frees the map and its sockets a moment later (`bpf_map_put` in kernel/bpf/syscall.c), so a
/// socket that is taken is asked for again for a while.
pub(super) fn add_patiently(
    executors: &Executors,
    sockets: &[(u64, BorrowedFd<'_>)],
) -> Result<Added, LoadError> {
    let started = Instant::now();
    loop {
        match executors.add(sockets) {
            Err(LoadError::Busy(_)) if started.elapsed() < FREE_WAIT => {
                std::thread::sleep(Duration::from_millis(5));
            }
            outcome => return outcome,
        }
    }
}

/// What the pins of a deployment say.
pub(super) fn make_record(
    loaded: &Loaded,
    request: &DeployRequest,
    executors: Option<&Executors>,
    found: &[Found],
) -> Result<Record, LoadError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Without a set the sockets are kept all the same: undeploying needs one of them.
    let sockets = match executors {
        Some(executors) => by_slot(executors, found)?,
        None => found.iter().map(executor_record).collect(),
    };
    Ok(Record {
        format: FORMAT,
        at: request.at.to_string(),
        artifact: summary(&loaded.artifact),
        params: loaded.params.clone(),
        executors: vec![sockets],
        source_hash: request.source_hash,
        deployed_at: now.as_secs(),
    })
}

/// The sockets in the order of their slots; one with cookie 0, which no socket has, for a slot
/// that holds nothing.
fn by_slot(executors: &Executors, found: &[Found]) -> Result<Vec<ExecutorRecord>, LoadError> {
    let nothing = ExecutorRecord::Socket { pid: 0, fd: 0, cookie: 0 };
    let of_slot = |there: Option<u64>| {
        let found = found.iter().find(|found| Some(found.cookie) == there);
        found.map_or_else(|| nothing.clone(), executor_record)
    };
    let mut slots: Vec<_> = executors.cookies()?.into_iter().map(of_slot).collect();
    slots.truncate(slots.iter().rposition(|slot| *slot != nothing).map_or(0, |last| last + 1));
    Ok(slots)
}

fn executor_record(found: &Found) -> ExecutorRecord {
    let Found { pid, fd, cookie, uid: _, local: _, socket: _ } = found;
    ExecutorRecord::Socket { pid: *pid, fd: *fd, cookie: *cookie }
}

/// The cookies of the deployment's sockets that are still open. For a policy without executors,
/// whose sockets are in no map, one of them if any is found.
pub(crate) fn alive_cookies(stored: &Stored) -> Result<BTreeSet<u64>, LoadError> {
    let mut alive = BTreeSet::new();
    if stored.record.artifact.sets.is_empty() {
        let socket = find_open(stored, &recorded_cookies(stored))?;
        alive.extend(socket.and_then(|socket| socket::cookie(socket.as_fd()).ok()));
        return Ok(alive);
    }
    for set in 0..stored.record.artifact.sets.len() as u32 {
        alive.extend(stored.executors(set)?.cookies()?.into_iter().flatten());
    }
    Ok(alive)
}

/// Any open socket of the deployment, one at hand before others; `None` when all are closed.
///
/// # Errors
/// They are open in a process that this user may not look into.
pub(super) fn socket_of_group(
    stored: &Stored,
    at_hand: &[Found],
) -> Result<Option<OwnedFd>, LoadError> {
    let alive = alive_cookies(stored)?;
    let recorded = recorded_cookies(stored);
    let is_of_group =
        |found: &&Found| alive.contains(&found.cookie) || recorded.contains(&found.cookie);
    if let Some(found) = at_hand.iter().find(is_of_group) {
        let copy = found.socket.try_clone();
        return copy.map(Some).map_err(|error| LoadError::io("keep a socket open", error));
    }
    if alive.is_empty() {
        return Ok(None);
    }
    match find_open(stored, &alive)? {
        Some(socket) => Ok(Some(socket)),
        None => Err(LoadError::NotPermitted(format!(
            "sockets of deployment {} are open in a process that this user may not look into: \
             undeploy it as root, or end that process",
            stored.id
        ))),
    }
}

fn recorded_cookies(stored: &Stored) -> BTreeSet<u64> {
    let cookies = stored.record.executors.iter().flatten().filter_map(|executor| match executor {
        ExecutorRecord::Socket { pid: _, fd: _, cookie } => Some(*cookie),
        ExecutorRecord::Core { cpu: _ } | ExecutorRecord::Xsk { .. } => None,
    });
    cookies.collect()
}

/// A copy of one of the wanted sockets, whoever holds it now.
fn find_open(stored: &Stored, wanted: &BTreeSet<u64>) -> Result<Option<OwnedFd>, LoadError> {
    let at: At = stored.record.at.parse()?;
    let is_wanted = |socket: BorrowedFd<'_>| {
        socket::cookie(socket).is_ok_and(|cookie| wanted.contains(&cookie))
            && sockets::check_socket(socket, at.protocol, at.port).is_ok()
    };
    for executor in stored.record.executors.iter().flatten() {
        let (pid, fd) = match executor {
            ExecutorRecord::Socket { pid, fd, cookie: _ } => (*pid, *fd),
            ExecutorRecord::Core { cpu: _ } | ExecutorRecord::Xsk { .. } => continue,
        };
        // Process 0 is nobody: the slot held nothing.
        if pid != 0
            && let Ok(copy) = sockets::owners::copy(pid, fd)
            && is_wanted(copy.as_fd())
        {
            return Ok(Some(copy));
        }
    }
    // They were handed to another process, or the numbers changed.
    sockets::find_anywhere(is_wanted)
}
