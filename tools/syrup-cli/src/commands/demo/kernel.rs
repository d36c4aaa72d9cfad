//! The demo's policy in the kernel: attached to the server's sockets, told by map updates.

use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use syrup_demo::{Attached, Budget, Feedback, KernelSteering, Needs, NoFeedback};
use syrup_load::{At, Cells, Executors, LoadOptions, Loaded, Map, Protocol, Update};
use syrup_wire::artifact::{Artifact, ProgramRole};

/// Loads a policy anew for each run.
pub struct Steer {
    artifact: Artifact,
    needs: Needs,
}

impl Steer {
    /// For a compiled policy and what it needs to be told.
    pub fn new(artifact: Artifact, needs: Needs) -> Steer {
        Steer { artifact, needs }
    }
}

impl KernelSteering for Steer {
    fn attach(&mut self, sockets: &[BorrowedFd<'_>]) -> Result<Attached, String> {
        let text = |error: syrup_load::LoadError| error.to_string();
        let loaded = syrup_load::load(&self.artifact, &LoadOptions::default()).map_err(text)?;
        let first = sockets.first().ok_or("there are no sockets")?;
        let port = port_of(*first).map_err(|e| format!("a socket has no port: {e}"))?;
        let at = At { protocol: Protocol::Udp, port };
        if !self.artifact.sets.is_empty() {
            let executors = Executors::of(&loaded, 0).map_err(text)?;
            for (slot, socket) in (0..).zip(sockets) {
                executors.fill_socket_slot(slot, *socket).map_err(text)?;
            }
            executors.state().set_len(sockets.len() as u32).map_err(text)?;
        }
        let program = loaded.program(ProgramRole::Policy).map_err(text)?;
        syrup_load::attach(at, *first, program.as_fd()).map_err(text)?;
        let feedback = feedback(&loaded, self.needs)?;
        let socket = first.try_clone_to_owned().map_err(|e| e.to_string())?;
        Ok(Attached { guard: Box::new(Guard { at, socket, _loaded: loaded }), feedback })
    }
}

/// Detaches at the end of a run.
struct Guard {
    at: At,
    socket: std::os::fd::OwnedFd,
    _loaded: Loaded,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The sockets are closed next, which detaches too.
        let _ = syrup_load::detach(self.at, self.socket.as_fd());
    }
}

fn port_of(socket: BorrowedFd<'_>) -> std::io::Result<u16> {
    let socket = std::net::UdpSocket::from(socket.try_clone_to_owned()?);
    Ok(socket.local_addr()?.port())
}

fn feedback(loaded: &Loaded, needs: Needs) -> Result<Arc<dyn Feedback>, String> {
    let map = |name: &str| {
        let map = loaded.map_named(name).ok_or_else(|| format!("there is no map `{name}`"))?;
        map.try_clone().map_err(|error| error.to_string())
    };
    Ok(match needs {
        Needs::Nothing => Arc::new(NoFeedback),
        Needs::Doing => Arc::new(Doing(map("doing")?)),
        Needs::Load => {
            let cells = Cells::of(&map("load")?);
            Arc::new(LoadOf(cells.map_err(|error| format!("cannot map `load`: {error}"))?))
        }
        Needs::Tokens => Arc::new(Tokens(map("tokens")?)),
    })
}

fn write(map: &Map, key: u32, value: &[u8]) -> Result<(), String> {
    map.update(&key.to_ne_bytes(), &[value], Update::Any).map_err(|e| format!("a map write: {e}"))
}

/// `doing[w]` holds the operation that worker `w` serves, 0 when it is idle.
struct Doing(Map);

impl Feedback for Doing {
    fn begin(&self, slot: u32, op: u64) -> Result<(), String> {
        write(&self.0, slot, &op.to_ne_bytes())
    }

    fn end(&self, slot: u32, _op: u64) -> Result<(), String> {
        write(&self.0, slot, &0u64.to_ne_bytes())
    }
}

/// `load[w]` was raised by the policy; the worker lowers it when it is done.
struct LoadOf(Cells);

impl LoadOf {
    /// Lowers a cell that the policy raises at the same time: through memory, atomically.
    fn lower(&self, slot: u32, count: u32) -> Result<(), String> {
        let old = self.0.fetch_add(slot, u64::from(count.wrapping_neg()));
        old.map(|_| ()).ok_or_else(|| format!("there is no slot {slot}"))
    }
}

impl Feedback for LoadOf {
    fn end(&self, slot: u32, _op: u64) -> Result<(), String> {
        self.lower(slot, 1)
    }

    fn overflow(&self, slot: u32, count: u32) -> Result<(), String> {
        self.lower(slot, count)
    }
}

/// `tokens[user]` is set anew every epoch.
struct Tokens(Map);

impl Feedback for Tokens {
    fn epoch(&self, budgets: &[Budget]) -> Result<(), String> {
        budgets.iter().try_for_each(|b| write(&self.0, b.user, &b.tokens.to_ne_bytes()))
    }
}
