//! The interpreter's state into an instance and back, for tests and for who keeps state elsewhere.
//!
//! In: a state of the same module, while nobody evaluates. Out: the arena and tables that say the
//! same, or the state that they say. When an entry of a least-recently-used map was last used
//! stays behind.

use super::Instance;
use crate::layout::{Finding, MapPlace, finding};
use std::collections::BTreeSet;
use syrup_diag::bug;
use syrup_ir::interp::{MapState, State};
use syrup_ir::{Map, MapKind};

/// What a value holds that nobody wrote.
pub(super) fn first(map: &Map) -> Vec<u8> {
    if map.initial.is_empty() { vec![0; map.value.size() as usize] } else { map.initial.clone() }
}

/// A value with its lock free: who writes values as a whole does not write the lock.
fn unlocked(map: &Map, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if let Some(at) = map.value.lock()
        && let Some(lock) = value.get_mut(at as usize..(at + 4) as usize)
    {
        lock.fill(0);
    }
    value
}

/// The index that a key of an array is; 0 for state.
fn index_of(key: &[u8]) -> u64 {
    key.first_chunk().map_or(0, |index| u32::from_le_bytes(*index).into())
}

/// The key of an index.
fn key_of(kind: MapKind, index: u32) -> Vec<u8> {
    match kind {
        MapKind::State | MapKind::PerCpuState => Vec::new(),
        MapKind::Array | MapKind::PerCpuArray | MapKind::Maglev(_) => index.to_le_bytes().into(),
        MapKind::Hash | MapKind::LruHash | MapKind::Lpm => bug!("{kind:?} has no index"),
        MapKind::PerTask | MapKind::Log => bug!("{kind:?} has no index"),
    }
}

impl MapPlace {
    /// Where the value of an index lies, in a CPU's copy.
    fn value(&self, index: u64, cpu: u32) -> u64 {
        self.start + self.stride * index + self.cpu_stride * u64::from(cpu)
    }

    /// How many copies there are.
    fn n_copies(&self, n_cpus: u32) -> u32 {
        if self.cpu_stride == 0 { 1 } else { n_cpus }
    }
}

impl Instance {
    /// The state that a policy begins with.
    pub fn reset(&self) {
        self.load(&State::new(self.module()));
    }

    /// Takes over a state. Nobody may be evaluating.
    pub fn load(&self, state: &State) {
        let (module, layout) = (self.module(), self.layout());
        for (place, set) in layout.sets.iter().zip(&state.sets) {
            for (at, generation) in (0..u64::from(place.capacity)).zip(&set.generations) {
                self.arena.store(place.generations + 4 * at, 4, (*generation).into());
            }
            self.arena.store(place.len, 4, set.generations.len() as u64);
        }
        for (&place, param) in layout.params.iter().zip(&state.params) {
            self.arena.store(place, 8, *param);
        }
        self.threads().clone_from(&state.threads);
        for (at, (map, contents)) in module.maps.iter().zip(&state.maps).enumerate() {
            match finding(map.kind) {
                Finding::Direct | Finding::DirectPerCpu => {
                    self.load_cells(map, layout.maps[at], contents);
                }
                Finding::Table | Finding::Never => self.load_entries(at, contents),
            }
        }
    }

    fn load_cells(&self, map: &Map, place: MapPlace, contents: &MapState) {
        let first = first(map);
        if let MapKind::Maglev(_) = map.kind {
            let slots = contents.ring().chunks_exact(first.len().max(1));
            for (at, slot) in (0..u64::from(place.n_values)).zip(slots) {
                self.arena.write(place.value(at, 0), slot);
            }
            return;
        }
        for cpu in 0..place.n_copies(self.layout().n_cpus) {
            for at in 0..u64::from(place.n_values) {
                self.arena.write(place.value(at, cpu), &first);
            }
        }
        for (cpu, key, value) in contents.entries() {
            self.arena.write(place.value(index_of(key), cpu), &unlocked(map, value));
        }
    }

    fn load_entries(&self, at: usize, contents: &MapState) {
        {
            let mut tables = self.tables();
            if let Some(table) = tables.table(at) {
                table.clear();
            }
            if let Some(log) = tables.log(at) {
                log.take();
            }
        }
        for (_, key, value) in contents.entries() {
            if !self.put(at, key, &unlocked(&self.module().maps[at], value)) {
                bug!("a map of {} has no room for its entries", self.module().name);
            }
        }
        contents.records().iter().for_each(|record| {
            self.put(at, &[], record);
        });
    }

    /// Gives the state back: maps, queues and cores, because code changes nothing else. Nobody
    /// may be evaluating.
    pub fn save(&self, state: &mut State) {
        let (module, layout) = (self.module(), self.layout());
        state.threads.clone_from(&self.threads());
        for (at, (map, contents)) in module.maps.iter().zip(&mut state.maps).enumerate() {
            match map.kind {
                // Policies only read these.
                MapKind::Maglev(_) => {}
                MapKind::State | MapKind::Array | MapKind::PerCpuState | MapKind::PerCpuArray => {
                    self.save_cells(map, layout.maps[at], contents);
                }
                MapKind::Hash | MapKind::LruHash | MapKind::Lpm | MapKind::PerTask => {
                    self.save_entries(at, map, contents);
                }
                MapKind::Log => {
                    *contents = MapState::new(map);
                    for record in self.tables().log(at).map_or(&[][..], |log| log.records()) {
                        contents.set(&[], 0, record);
                    }
                }
            }
        }
    }

    fn save_cells(&self, map: &Map, place: MapPlace, contents: &mut MapState) {
        *contents = MapState::new(map);
        let (first, n_bytes) = (first(map), map.value.size() as usize);
        for cpu in 0..place.n_copies(self.layout().n_cpus) {
            for index in 0..place.n_values {
                let value = self.arena.read(place.value(index.into(), cpu), n_bytes);
                if value != first {
                    contents.set(&key_of(map.kind, index), cpu, &value);
                }
            }
        }
    }

    fn save_entries(&self, at: usize, map: &Map, contents: &mut MapState) {
        let mut tables = self.tables();
        let Some(table) = tables.table(at) else { return };
        let there: BTreeSet<Vec<u8>> = table.entries().map(|(key, _)| key.to_vec()).collect();
        let entries = contents.entries().map(|(_, key, _)| key.to_vec());
        let gone: Vec<Vec<u8>> = entries.filter(|key| !there.contains(key)).collect();
        for key in gone {
            contents.remove(&key);
        }
        for key in there {
            let Some(offset) = table.get(&key) else { continue };
            let value = self.arena.read(offset, map.value.size() as usize);
            if contents.get_exact(&key, 0) != Some(&value[..]) {
                contents.set(&key, 0, &value);
            }
        }
    }
}
