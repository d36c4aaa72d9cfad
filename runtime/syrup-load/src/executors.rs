//! The executors of a set: which socket is in which slot.
//!
//! In: a set's layout, its two maps, sockets. Out: filled slots. The sockets themselves stand in
//! a map that the kernel selects from and empties when a socket closes; the length and the
//! generations stand in the map of sets, which the program reads.
//!
//! A slot's generation is taken from its socket's cookie, which no other socket of this boot has.
//! So a reference to a slot that a program kept in a map is good for that socket only, also when
//! the slot was emptied and filled again in between, and refilling needs no memory of the past.
//!
//! Order: a program that runs meanwhile sees a slot that holds nothing, or the right socket with
//! its generation; a set grows only after its new slots are filled and shrinks before they go.

pub mod state;

use crate::error::LoadError;
use crate::load::Loaded;
use crate::sys::map::{Map, Update};
use crate::sys::socket;
use state::SetState;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use syrup_wire::artifact::MapRole;
use syrup_wire::maglev;

/// `ENOTSUPP` of include/linux/errno.h, which has no name in user space.
const ENOTSUPP: i32 = 524;

/// One executor set of sockets, open for change.
#[derive(Debug)]
pub struct Executors {
    state: SetState,
    slots: Map,
    /// The Maglev tables over the set.
    rings: Vec<Map>,
}

impl Executors {
    /// The set of an index.
    ///
    /// # Errors
    /// The policy has no such set, or it was loaded without its maps.
    pub fn of(loaded: &Loaded, set: u32) -> Result<Executors, LoadError> {
        let state = SetState::of(loaded, set)?;
        let slots = loaded.map_by(|role| *role == MapRole::Executors { set });
        let slots = slots.ok_or_else(|| state::missing(loaded, set))?;
        let open = |error| LoadError::io("keep a map open", error);
        let slots = slots.try_clone().map_err(open)?;
        let of_set = loaded.maps_by(|role| *role == MapRole::Ring { set });
        let rings: Result<_, _> = of_set.map(Map::try_clone).collect();
        Ok(Executors::new(state, slots, rings.map_err(open)?))
    }

    /// A set by its length and generations, the map of its sockets and its Maglev tables.
    pub fn new(state: SetState, slots: Map, rings: Vec<Map>) -> Executors {
        Executors { state, slots, rings }
    }

    /// Its length and generations.
    pub fn state(&self) -> &SetState {
        &self.state
    }

    /// Puts a socket into a slot, in place of what is there.
    ///
    /// # Errors
    /// [`LoadError::Busy`] when the socket is in a slot already, here or elsewhere: the kernel
    /// allows one. [`LoadError::Invalid`] for a slot past the capacity or a socket that is not in
    /// a reuseport group.
    pub fn fill_socket_slot(&self, slot: u32, socket: BorrowedFd<'_>) -> Result<(), LoadError> {
        self.state.check_slot(slot)?;
        let cookie = socket::cookie(socket)
            .map_err(|error| LoadError::io("read a socket's cookie", error))?;
        if self.cookie(slot)? == Some(cookie) {
            return self.state.set_generation(slot, generation_of(cookie));
        }
        self.state.set_generation(slot, 0)?;
        let value = u64::from(socket.as_raw_fd() as u32).to_ne_bytes();
        self.slots
            .update(&slot.to_ne_bytes(), &[&value], Update::Any)
            .map_err(|error| self.refused(slot, error))?;
        self.state.set_generation(slot, generation_of(cookie))
    }

    /// Empties a slot. The set's length stays.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn clear_slot(&self, slot: u32) -> Result<(), LoadError> {
        self.state.check_slot(slot)?;
        self.state.set_generation(slot, 0)?;
        let removed = self.slots.delete(&slot.to_ne_bytes());
        removed.map_err(|error| self.state.failed("empty a slot", error)).map(|_| ())
    }

    /// Makes what rests on the set follow it: Maglev tables and the table of generations.
    fn follow(&self) -> Result<(), LoadError> {
        self.state.fill_table()?;
        self.fill_rings()
    }

    /// Spreads the Maglev tables over the slots that hold a socket.
    ///
    /// Every number that a program can meet meanwhile is that of a slot, old or new.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn fill_rings(&self) -> Result<(), LoadError> {
        if self.rings.is_empty() {
            return Ok(());
        }
        let filled = (0..).zip(self.cookies()?).filter(|(_, cookie)| cookie.is_some());
        self.spread_over(&filled.map(|(slot, _)| slot).collect::<Vec<_>>())
    }

    fn spread_over(&self, slots: &[u32]) -> Result<(), LoadError> {
        self.rings.iter().try_for_each(|ring| {
            let written = ring.write_cells(&maglev::table(slots, ring.info().entries));
            written.map_err(|error| self.state.failed("fill a Maglev table", error))
        })
    }

    /// Empties the set.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn clear(&self) -> Result<(), LoadError> {
        self.state.set_len(0)?;
        (0..self.state.spec().capacity).try_for_each(|slot| self.clear_slot(slot))
    }

    /// The cookie of the socket in each slot; `None` for slots that hold nothing, also because
    /// their socket was closed.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn cookies(&self) -> Result<Vec<Option<u64>>, LoadError> {
        (0..self.state.spec().capacity).map(|slot| self.cookie(slot)).collect()
    }

    /// Adds sockets that are not in the set to its free slots, lowest first, in their order.
    /// Returns the slot of each, for [`Executors::take_back`].
    ///
    /// # Errors
    /// More sockets than free slots, or as for [`Executors::fill_socket_slot`]; the set is then
    /// as it was.
    pub fn add(&self, sockets: &[(u64, BorrowedFd<'_>)]) -> Result<Added, LoadError> {
        let there = self.cookies()?;
        let mut added = Added { slots: Vec::new(), len_before: self.state.n_slots()? };
        let mut free = (0..).zip(&there).filter(|(_, there)| there.is_none()).map(|(slot, _)| slot);
        for (cookie, socket) in sockets {
            if there.contains(&Some(*cookie)) {
                continue;
            }
            let filled = match free.next() {
                Some(slot) => {
                    added.slots.push(slot);
                    self.fill_socket_slot(slot, *socket)
                }
                None => Err(self.state.too_many(sockets.len() as u32)),
            };
            if let Err(error) = filled {
                self.take_back(added)?;
                return Err(error);
            }
        }
        let len = added.slots.iter().map(|slot| slot + 1).max().unwrap_or(0);
        let grown = self.state.set_len(len.max(added.len_before)).and_then(|()| self.follow());
        if let Err(error) = grown {
            self.take_back(added)?;
            return Err(error);
        }
        Ok(added)
    }

    /// Undoes an [`Executors::add`].
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn take_back(&self, added: Added) -> Result<(), LoadError> {
        self.state.set_len(added.len_before)?;
        added.slots.into_iter().try_for_each(|slot| self.clear_slot(slot))?;
        self.follow()
    }

    /// Empties every slot whose socket is not wanted and shortens the set to its last socket.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn retain(&self, wanted: impl Fn(u64) -> bool) -> Result<(), LoadError> {
        let there = self.cookies()?;
        let stays = |cookie: &Option<u64>| cookie.is_some_and(&wanted);
        let staying = (0..).zip(&there).filter(|(_, cookie)| stays(cookie));
        self.spread_over(&staying.map(|(slot, _)| slot).collect::<Vec<_>>())?;
        self.state.set_len(there.iter().rposition(stays).map_or(0, |last| last as u32 + 1))?;
        for (slot, cookie) in (0..).zip(&there) {
            if !stays(cookie) {
                self.clear_slot(slot)?;
            }
        }
        Ok(())
    }

    fn cookie(&self, slot: u32) -> Result<Option<u64>, LoadError> {
        let found = self.slots.lookup(&slot.to_ne_bytes());
        let values = found.map_err(|error| self.state.failed("read a slot", error))?;
        let bytes = values.as_ref().and_then(|values| values.first()?.first_chunk::<8>());
        Ok(bytes.map(|bytes| u64::from_ne_bytes(*bytes)))
    }

    /// The answers of `reuseport_array_update_check` in kernel/bpf/reuseport_array.c.
    fn refused(&self, slot: u32, error: io::Error) -> LoadError {
        match error.raw_os_error() {
            Some(libc::EBUSY) => LoadError::Busy(format!(
                "the socket for slot {slot} is an executor already, and the kernel lets a socket \
                 be in one slot only: undeploy the policy that has it first"
            )),
            Some(libc::EINVAL | libc::ENOENT | ENOTSUPP) => LoadError::Invalid(format!(
                "the socket for slot {slot} is not in a reuseport group: it must be a UDP socket, \
                 or a TCP socket that listens, bound after SO_REUSEPORT was set"
            )),
            _ => self.state.failed("fill a slot", error),
        }
    }
}

/// What an [`Executors::add`] changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Added {
    /// The slots it filled.
    pub slots: Vec<u32>,
    len_before: u32,
}

/// The generation of a slot that holds a socket: never 0.
fn generation_of(cookie: u64) -> u32 {
    (cookie as u32).max(1)
}
