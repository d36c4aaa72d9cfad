//! The executors of a deployment: sockets that join after `bind()` and leave before `close()`.
//!
//! In: a deployment's name, a set's name, sockets. Out: slots. The set's length and generations
//! follow, so a policy that runs meanwhile sees a slot that holds nothing or the right socket.
//! One process at a time changes a set; two that do so at once may take each other's slot.

use crate::error::{Error, ErrorKind};
use crate::place;
use std::os::fd::BorrowedFd;
use syrup_load::pins::PinRoot;
use syrup_load::sockets::cookie_of;

/// An executor set of a deployment.
#[derive(Debug)]
pub struct Executors {
    set: syrup_load::Executors,
}

impl Executors {
    /// Opens the set `set` of the deployment `deployment` (`socket_select-udp-9000`, or the place
    /// it was deployed at: `socket_select:udp:9000`).
    ///
    /// # Errors
    /// No such deployment or set, or pins that this user may not open.
    pub fn open(deployment: &str, set: &str) -> Result<Executors, Error> {
        let id = deployment.replace(':', "-");
        place::first(|root| {
            let stored = PinRoot::open(root).stored(&id)?.ok_or_else(|| {
                let message = format!("there is no deployment `{}`", id.escape_default());
                Error::new(ErrorKind::NotFound, message)
            })?;
            let sets = &stored.record.artifact.sets;
            let Some(index) = sets.iter().position(|spec| spec.name == set) else {
                let names: Vec<&str> = sets.iter().map(|spec| spec.name.as_str()).collect();
                let message = format!(
                    "policy `{}` has no executor set `{}`; it has: {}",
                    stored.record.artifact.policy,
                    set.escape_default(),
                    names.join(", ")
                );
                return Err(Error::new(ErrorKind::NotFound, message));
            };
            Ok(Executors { set: stored.executors(index as u32)? })
        })
    }

    /// Adds a socket, in the lowest slot that is free; gives the slot. A socket that is in the set
    /// already keeps its slot.
    ///
    /// # Errors
    /// No free slot, or a socket that is not of the deployment's reuseport group.
    pub fn add(&self, socket: BorrowedFd<'_>) -> Result<u32, Error> {
        let cookie = cookie_of(socket)?;
        self.set.add(&[(cookie, socket)])?;
        self.slot_of(cookie)?.ok_or_else(|| {
            let message = "the socket was closed, or another process took its slot";
            Error::new(ErrorKind::Busy, message)
        })
    }

    /// Takes a socket out; says whether it was in the set. Inputs that come later go elsewhere,
    /// so a socket that is removed, read until it is empty and closed loses nothing.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn remove(&self, socket: BorrowedFd<'_>) -> Result<bool, Error> {
        let cookie = cookie_of(socket)?;
        let was_there = self.slot_of(cookie)?.is_some();
        if was_there {
            self.set.retain(|other| other != cookie)?;
        }
        Ok(was_there)
    }

    /// How many slots hold a socket.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn len(&self) -> Result<usize, Error> {
        Ok(self.set.cookies()?.into_iter().flatten().count())
    }

    /// Whether no slot holds a socket.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    fn slot_of(&self, cookie: u64) -> Result<Option<u32>, Error> {
        let there = self.set.cookies()?;
        Ok((0..).zip(there).find(|(_, there)| *there == Some(cookie)).map(|(slot, _)| slot))
    }
}
