//! One deployment's directory: reading it, building a new one, putting it in place, removing it.
//!
//! In: what was loaded and its record. Out: the directory under its final name, or nothing.

use super::{NEW, PinRoot, blob, closed, make_directories, map_pin_name, remove_all, shared};
use crate::error::LoadError;
use crate::executors::Executors;
use crate::executors::state::SetState;
use crate::load::{KeptMap, Loaded};
use crate::sys::bpf::{self, ProgInfo};
use crate::sys::map::Map;
use crate::sys::process;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use syrup_wire::artifact::{Artifact, MapRole, MapSpec, ProgramRole};
use syrup_wire::record::Record;

const POLICY: &str = "policy";
const MAPS: &str = "maps";
const LINK: &str = "link";
const RECORD: &str = "record";
/// The record's name until the policy is attached.
const INTENT: &str = "intent";
/// The record's name from the moment on at which the policy is to go.
const LEAVING: &str = "leaving";

/// A deployment as its pins show it.
#[derive(Debug)]
pub struct Stored {
    /// Its name.
    pub id: String,
    /// What it is.
    pub record: Record,
    /// Whether deploying or undeploying it did not come to its end.
    pub interrupted: bool,
    /// Whether it was undeploying that did not.
    pub leaving: bool,
    path: PathBuf,
}

/// A directory under construction; removed again unless it is put in place.
#[derive(Debug)]
pub struct Building<'a> {
    root: &'a PinRoot,
    new: PathBuf,
    place: PathBuf,
    /// Whether what was in place before is now in `new`.
    exchanged: bool,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Built,
    Placed,
    Finished,
}

impl PinRoot {
    /// Reads a deployment.
    ///
    /// # Errors
    /// A name that cannot be, or pins that cannot be read.
    pub fn stored(&self, id: &str) -> Result<Option<Stored>, LoadError> {
        let path = self.deployment(id)?;
        let is_there = |name: &str| match path.join(name).try_exists() {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(closed(&path)),
            Err(error) => Err(LoadError::io(format!("look into {}", path.display()), error)),
            Ok(is_there) => Ok(is_there),
        };
        let mut named = None;
        for name in [RECORD, INTENT, LEAVING] {
            if named.is_none() && is_there(name)? {
                named = Some(name);
            }
        }
        let Some(named) = named else { return Ok(None) };
        let (interrupted, leaving) = (named != RECORD, named == LEAVING);
        let record = path.join(named);
        let text = blob::read(&record)?;
        let record: Record = serde_json::from_str(&text).map_err(|error| {
            LoadError::Invalid(format!("{} is damaged: {error}", record.display()))
        })?;
        Ok(Some(Stored { id: id.to_owned(), record, interrupted, leaving, path }))
    }

    /// Pins a deployment in a directory beside its place.
    ///
    /// # Errors
    /// What the file system answers; nothing is left then.
    pub fn build<'a>(
        &'a self,
        id: &str,
        loaded: &Loaded,
        record: &Record,
    ) -> Result<Building<'a>, LoadError> {
        let place = self.deployment(id)?;
        let new = self.path.join(format!("{id}{NEW}"));
        let (exchanged, state) = (false, State::Built);
        let building = Building { root: self, new, place, exchanged, state };
        let maps = building.new.join(MAPS);
        make_directories(&maps)?;
        pin(loaded.program(ProgramRole::Policy)?, &building.new.join(POLICY))?;
        for (spec, map) in loaded.artifact.maps.iter().zip(&loaded.maps) {
            if let Some(map) = map {
                pin(map, &maps.join(&*map_pin_name(spec)))?;
            }
        }
        let text =
            serde_json::to_string(record).map_err(|error| LoadError::Invalid(error.to_string()))?;
        pin(&blob::keep(RECORD, &text)?, &building.new.join(INTENT))?;
        Ok(building)
    }

    /// Marks a deployment as about to go, so that a crash from here on shows.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn mark_leaving(&self, stored: &Stored) -> Result<(), LoadError> {
        if stored.leaving {
            return Ok(());
        }
        let name = if stored.interrupted { INTENT } else { RECORD };
        rename(&stored.path.join(name), &stored.path.join(LEAVING))
    }

    /// Marks an interrupted deployment as done.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn mark_done(&self, stored: &Stored) -> Result<(), LoadError> {
        rename(&stored.path.join(INTENT), &stored.path.join(RECORD))
    }

    /// Removes a deployment's directory in one step.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn remove(&self, stored: &Stored) -> Result<(), LoadError> {
        let gone = self.path.join(format!("{}{NEW}", stored.id));
        rename(&stored.path, &gone)?;
        remove_all(&gone).map_err(|e| LoadError::io(format!("remove {}", gone.display()), e))
    }
}

impl Stored {
    /// Opens a map by its declared name.
    ///
    /// # Errors
    /// No such map, or what the kernel answers.
    pub fn map(&self, name: &str) -> Result<(Map, &MapSpec), LoadError> {
        let specs = &self.record.artifact.maps;
        if let Some(spec) = specs.iter().find(|spec| spec.name == name) {
            return Ok((self.open(spec)?, spec));
        }
        let is_user = |spec: &&MapSpec| matches!(spec.role, MapRole::User { .. });
        let names: Vec<&str> =
            specs.iter().filter(is_user).map(|spec| spec.name.as_str()).collect();
        Err(LoadError::NotFound(format!(
            "deployment {} has no map `{}`: it has {}",
            self.id,
            name.escape_default(),
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        )))
    }

    /// Opens the map of a role; `None` when the policy has none.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn map_by(&self, is: impl Fn(&MapRole) -> bool) -> Result<Option<Map>, LoadError> {
        match self.record.artifact.map_by(is) {
            None => Ok(None),
            Some((_, spec)) => self.open(spec).map(Some),
        }
    }

    /// Opens the length and the generations of a set.
    ///
    /// # Errors
    /// No such set, or what the kernel answers.
    pub fn set_state(&self, set: u32) -> Result<SetState, LoadError> {
        let sets = self.map_by(|role| *role == MapRole::Sets)?;
        let spec = self.record.artifact.sets.get(set as usize).cloned();
        match (spec, sets) {
            (Some(spec), Some(sets)) => Ok(SetState::new(spec, sets, None)),
            _ => Err(LoadError::NotFound(format!("deployment {} has no set {set}", self.id))),
        }
    }

    /// Opens an executor set.
    ///
    /// # Errors
    /// No such set, or what the kernel answers.
    pub fn executors(&self, set: u32) -> Result<Executors, LoadError> {
        let slots = self.map_by(|role| *role == MapRole::Executors { set })?;
        let sets = self.map_by(|role| *role == MapRole::Sets)?;
        let spec = self.record.artifact.sets.get(set as usize).cloned();
        match (spec, slots, sets) {
            (Some(spec), Some(slots), Some(sets)) => {
                let of_set = |spec: &&MapSpec| spec.role == MapRole::Ring { set };
                let rings = self.record.artifact.maps.iter().filter(of_set);
                let rings: Result<_, _> = rings.map(|spec| self.open(spec)).collect();
                let table = self.map_by(|role| *role == MapRole::Generations { set })?;
                Ok(Executors::new(SetState::new(spec, sets, table), slots, rings?))
            }
            _ => Err(LoadError::NotFound(format!("deployment {} has no set {set}", self.id))),
        }
    }

    fn open(&self, spec: &MapSpec) -> Result<Map, LoadError> {
        let path = self.path.join(MAPS).join(&*map_pin_name(spec));
        let map = bpf::open_pin(&path).and_then(Map::new);
        map.map_err(|error| LoadError::io(format!("open {}", path.display()), error))
    }

    /// The program.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn program(&self) -> Result<OwnedFd, LoadError> {
        let path = self.path.join(POLICY);
        bpf::open_pin(&path).map_err(|e| LoadError::io(format!("open {}", path.display()), e))
    }

    /// The link that holds the program at its device; `None` for a place without links, or where
    /// it was not made yet.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn link(&self) -> Result<Option<OwnedFd>, LoadError> {
        let path = self.path.join(LINK);
        match bpf::open_pin(&path) {
            Ok(link) => Ok(Some(link)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(LoadError::io(format!("open {}", path.display()), error)),
        }
    }

    /// What the kernel tells about the program.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn program_info(&self) -> Result<ProgInfo, LoadError> {
        bpf::prog_info(self.program()?.as_fd()).map_err(|e| LoadError::io("ask about a program", e))
    }

    /// Every map, to be reused by a replacement.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn maps_to_keep(&self) -> Result<Vec<KeptMap>, LoadError> {
        let specs = self.record.artifact.maps.iter();
        // The maps of twins are never pinned, and counts belong to the policy that made them.
        let pinned = specs.filter(|spec| {
            spec.role != MapRole::Counters
                && self.path.join(MAPS).join(&*map_pin_name(spec)).exists()
        });
        let keep = pinned.map(|spec| {
            let map = self.open(spec)?;
            let (name, layout_hash) = (spec.name.clone(), spec.layout_hash);
            Ok(KeptMap { name, layout_hash, map })
        });
        keep.collect()
    }
}

impl Building<'_> {
    /// Puts the directory in its place in one step, in exchange for what is there if `replaces`.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn place(&mut self, replaces: bool) -> Result<(), LoadError> {
        let put = if replaces { process::exchange } else { process::rename_new };
        put(&self.new, &self.place)
            .map_err(|e| LoadError::io(format!("put {} in place", self.place.display()), e))?;
        (self.exchanged, self.state) = (replaces, State::Placed);
        Ok(())
    }

    /// Pins the link that holds the program at its device.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn pin_link(&self, link: BorrowedFd<'_>) -> Result<(), LoadError> {
        let directory = match self.state {
            State::Built => &self.new,
            State::Placed | State::Finished => &self.place,
        };
        pin(&link, &directory.join(LINK))
    }

    /// Says that the policy is attached, and removes what was replaced.
    ///
    /// # Errors
    /// What the file system answers.
    pub fn finish(mut self) -> Result<(), LoadError> {
        rename(&self.place.join(INTENT), &self.place.join(RECORD))?;
        self.state = State::Finished;
        Ok(())
    }
}

impl Drop for Building<'_> {
    fn drop(&mut self) {
        // A crash could come in between as well; the next writer sweeps what is left.
        let undone = match (self.state, self.exchanged) {
            (State::Placed, true) => process::exchange(&self.new, &self.place),
            (State::Placed, false) => process::rename_new(&self.place, &self.new),
            (State::Built | State::Finished, _) => Ok(()),
        };
        if undone.is_ok() {
            let _: Result<(), LoadError> = self.root.sweep();
        }
    }
}

/// An artifact as records keep it: what people and tools ask for, without code.
pub fn summary(artifact: &Artifact) -> Artifact {
    Artifact {
        programs: Vec::new(),
        btf: Vec::new(),
        maps: artifact.maps.iter().map(shared::without_initial).collect(),
        ..artifact.clone()
    }
}

fn pin(object: &impl AsFd, path: &Path) -> Result<(), LoadError> {
    bpf::pin(object.as_fd(), path).map_err(|error| match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => {
            LoadError::NoPrivilege(format!("it may not pin {}", path.display()))
        }
        _ => LoadError::io(format!("pin {}", path.display()), error),
    })
}

fn rename(from: &Path, to: &Path) -> Result<(), LoadError> {
    let renamed: io::Result<()> = std::fs::rename(from, to);
    renamed.map_err(|error| LoadError::io(format!("rename {}", from.display()), error))
}
