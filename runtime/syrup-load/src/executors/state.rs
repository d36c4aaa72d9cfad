//! The length and the generations of a set, as the program reads them.
//!
//! In: the layout of a set and the map of all sets. Out: numbers in it. A test without sockets
//! uses this alone.

use crate::error::LoadError;
use crate::load::Loaded;
use crate::sys::map::{Map, Update};
use std::io;
use syrup_wire::artifact::{MapRole, SetSpec};

/// The state of one executor set, open for change.
#[derive(Debug)]
pub struct SetState {
    spec: SetSpec,
    sets: Map,
    /// The generations once more, by slot, where the policy keeps executors in maps.
    table: Option<Map>,
}

impl SetState {
    /// The state of the set of an index.
    ///
    /// # Errors
    /// The policy has no such set.
    pub fn of(loaded: &Loaded, set: u32) -> Result<SetState, LoadError> {
        let spec = loaded.artifact.sets.get(set as usize);
        let sets = loaded.map_by(|role| *role == MapRole::Sets);
        let (spec, sets) = spec.zip(sets).ok_or_else(|| missing(loaded, set))?;
        let open = |error| LoadError::io("keep a map open", error);
        let sets = sets.try_clone().map_err(open)?;
        let table = loaded.map_by(|role| *role == MapRole::Generations { set });
        let table = table.map(Map::try_clone).transpose().map_err(open)?;
        Ok(SetState::new(spec.clone(), sets, table))
    }

    /// A set by its layout, the map of all sets, and the table of its generations.
    pub fn new(spec: SetSpec, sets: Map, table: Option<Map>) -> SetState {
        SetState { spec, sets, table }
    }

    /// The set's layout.
    pub fn spec(&self) -> &SetSpec {
        &self.spec
    }

    /// How many slots the program chooses among.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn n_slots(&self) -> Result<u32, LoadError> {
        self.read(self.spec.len_offset)
    }

    /// Says how many slots the program chooses among. Fill them first.
    ///
    /// # Errors
    /// A length past the capacity, or what the kernel answers.
    pub fn set_len(&self, len: u32) -> Result<(), LoadError> {
        if len > self.spec.capacity {
            return Err(self.too_many(len));
        }
        self.write(self.spec.len_offset, len)
    }

    /// The generation of a slot; 0 for one that holds nothing.
    ///
    /// # Errors
    /// A slot past the capacity, or what the kernel answers.
    pub fn generation(&self, slot: u32) -> Result<u32, LoadError> {
        self.check_slot(slot)?;
        self.read(self.spec.generations_offset + 4 * slot)
    }

    /// Sets the generation of a slot.
    ///
    /// # Errors
    /// A slot past the capacity, or what the kernel answers.
    pub fn set_generation(&self, slot: u32, generation: u32) -> Result<(), LoadError> {
        self.check_slot(slot)?;
        self.write(self.spec.generations_offset + 4 * slot, generation)?;
        self.tabulate(slot, generation)
    }

    /// Makes the table of generations what the set says.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn fill_table(&self) -> Result<(), LoadError> {
        if self.table.is_none() {
            return Ok(());
        }
        (0..self.spec.capacity).try_for_each(|slot| self.tabulate(slot, self.generation(slot)?))
    }

    fn tabulate(&self, slot: u32, generation: u32) -> Result<(), LoadError> {
        let Some(table) = &self.table else { return Ok(()) };
        let written = table.update(&slot.to_ne_bytes(), &[&generation.to_ne_bytes()], Update::Any);
        written.map_err(|error| self.failed("change the table of generations", error))
    }

    /// Sets all generations and then the length, for tests that have no sockets.
    ///
    /// # Errors
    /// More than the capacity, or what the kernel answers.
    pub fn set_generations(&self, generations: &[u32]) -> Result<(), LoadError> {
        let len = u32::try_from(generations.len()).unwrap_or(u32::MAX);
        self.check_slot(len.saturating_sub(1))?;
        self.set_len(0)?;
        for (slot, generation) in (0..).zip(generations) {
            self.set_generation(slot, *generation)?;
        }
        self.set_len(len)
    }

    pub(super) fn check_slot(&self, slot: u32) -> Result<(), LoadError> {
        if slot < self.spec.capacity { Ok(()) } else { Err(self.too_many(slot.saturating_add(1))) }
    }

    pub(crate) fn failed(&self, doing: &str, error: io::Error) -> LoadError {
        LoadError::io(format!("{doing} of executor set `{}`", self.spec.name), error)
    }

    pub(super) fn too_many(&self, wanted: u32) -> LoadError {
        let SetSpec { name, capacity, .. } = &self.spec;
        LoadError::Invalid(format!(
            "executor set `{name}` has {capacity} slots and {wanted} are needed: declare it larger"
        ))
    }

    fn write(&self, offset: u32, number: u32) -> Result<(), LoadError> {
        self.sets
            .write_range(offset as usize, &number.to_ne_bytes())
            .map_err(|error| self.failed("change the length or generations", error))
    }

    fn read(&self, offset: u32) -> Result<u32, LoadError> {
        let bytes = self.sets.read_range(offset as usize, 4);
        let bytes = bytes.map_err(|error| self.failed("read the length or generations", error))?;
        Ok(bytes.first_chunk().map_or(0, |bytes| u32::from_ne_bytes(*bytes)))
    }
}

pub(crate) fn missing(loaded: &Loaded, set: u32) -> LoadError {
    let policy = &loaded.artifact.policy;
    LoadError::NotFound(format!("policy `{policy}` was loaded without set {set}"))
}
