//! The contents of a map, as bytes in the layouts of key and value.
//!
//! In: lookups, insertions and removals by a policy or by user space. Out: values. Maps whose
//! cells are always there (state, arrays, per-task) keep only the cells that differ from their
//! first value, so that an array of any size costs what was written to it, and two states are
//! equal when they read the same.
//!
//! The least recently used entry of an `LruHash` is the one whose last lookup by a policy or
//! insertion lies furthest back. The kernel only approximates that order, so no policy may rest
//! on which entry goes; tests keep such maps below their capacity.

use crate::layout::max_of;
use crate::{Map, MapKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes that a record takes besides its own, and the alignment of the whole: the header of a
/// kernel ring buffer (`BPF_RINGBUF_HDR_SZ`, include/uapi/linux/bpf.h).
const RECORD_HEADER_BYTES: usize = 8;

/// The contents of a map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapState {
    kind: MapKind,
    n_entries_max: u32,
    /// What a cell that nobody wrote holds.
    first: Vec<u8>,
    entries: BTreeMap<Slot, Entry>,
    records: Vec<Vec<u8>>,
    /// The slots of a Maglev table, each as four little-endian bytes; shared, because it is large
    /// and policies only read it.
    ring: Arc<[u8]>,
    clock: u64,
}

/// Which cell: per-CPU maps have one for each CPU, others use CPU 0.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Slot {
    cpu: u32,
    key: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Entry {
    value: Vec<u8>,
    /// When it was last used, for least-recently-used maps; 0 elsewhere.
    used: u64,
}

impl MapState {
    /// The map as it is when it is created.
    pub fn new(map: &Map) -> MapState {
        let first = match map.initial.len() {
            0 => vec![0; map.value.size() as usize],
            _ => map.initial.clone(),
        };
        MapState {
            kind: map.kind,
            n_entries_max: map.entries,
            first,
            entries: BTreeMap::new(),
            records: Vec::new(),
            ring: match map.kind {
                MapKind::Maglev(_) => vec![0; map.entries as usize * 4].into(),
                _ => Arc::default(),
            },
            clock: 0,
        }
    }

    /// The value of a key: an index as four little-endian bytes for arrays, nothing for state.
    ///
    /// For longest-prefix maps, the value of the longest prefix that matches. Only per-CPU maps
    /// look at `cpu`.
    pub fn get(&self, key: &[u8], cpu: u32) -> Option<&[u8]> {
        let slot = self.resolve(key, cpu)?;
        if let (MapKind::Maglev(_), Some(index)) = (self.kind, read_number(key, 0, 4)) {
            let start = index as usize * self.first.len();
            let slot = self.ring.get(start..start + self.first.len());
            return Some(slot.unwrap_or(&self.first));
        }
        Some(self.entries.get(&slot).map_or(&self.first, |entry| &entry.value))
    }

    /// Fills a Maglev table: four little-endian bytes for each position.
    pub fn set_ring(&mut self, slots: Arc<[u8]>) {
        self.ring = slots;
    }

    /// What a Maglev table was filled with.
    pub fn ring(&self) -> &Arc<[u8]> {
        &self.ring
    }

    /// The value of exactly this key: for longest-prefix maps, no shorter prefix answers for it.
    pub fn get_exact(&self, key: &[u8], cpu: u32) -> Option<&[u8]> {
        match self.kind {
            MapKind::Lpm => {
                let slot = Slot { cpu: 0, key: self.stored_key(key)? };
                Some(&self.entries.get(&slot)?.value)
            }
            _ => self.get(key, cpu),
        }
    }

    /// Replaces the value of a key, or creates it where keys appear by insertion.
    ///
    /// `false` where the key is out of range, the value has another size, or the map is full.
    pub fn set(&mut self, key: &[u8], cpu: u32, value: &[u8]) -> bool {
        if value.len() != self.first.len() {
            return false;
        }
        match self.kind {
            MapKind::Hash | MapKind::LruHash | MapKind::Lpm => self.insert(key, value).is_some(),
            MapKind::Log => self.push(value),
            MapKind::State | MapKind::Array | MapKind::PerCpuState | MapKind::PerCpuArray => {
                self.replace(key, cpu, value)
            }
            MapKind::PerTask => self.replace(key, cpu, value),
            MapKind::Maglev(_) => match read_number(key, 0, 4) {
                Some(at) if at < u64::from(self.n_entries_max) => {
                    let start = at as usize * value.len();
                    Arc::make_mut(&mut self.ring)[start..start + value.len()]
                        .copy_from_slice(value);
                    true
                }
                _ => false,
            },
        }
    }

    /// Removes an entry; whether there was one.
    pub fn remove(&mut self, key: &[u8]) -> bool {
        let Some(key) = self.stored_key(key) else { return false };
        self.entries.remove(&Slot { cpu: 0, key }).is_some()
    }

    /// A scalar of a value: `bytes` of it from `offset` on, little-endian.
    pub fn get_number(&self, key: &[u8], cpu: u32, offset: u32, bytes: u8) -> Option<u64> {
        read_number(self.get(key, cpu)?, offset, bytes)
    }

    /// Replaces a scalar of a value; `false` where there is no such entry or place.
    pub fn set_number(
        &mut self,
        key: &[u8],
        cpu: u32,
        offset: u32,
        bytes: u8,
        number: u64,
    ) -> bool {
        let Some(mut value) = self.get(key, cpu).map(<[u8]>::to_vec) else { return false };
        write_number(&mut value, offset, bytes, number)
            && match self.resolve(key, cpu) {
                Some(slot) => self.replace(&slot.key, cpu, &value),
                None => false,
            }
    }

    /// Every entry that exists, or for cells that are always there, every cell that differs from
    /// its first value: CPU, key and value, in order.
    pub fn entries(&self) -> impl Iterator<Item = (u32, &[u8], &[u8])> {
        self.entries.iter().map(|(slot, entry)| (slot.cpu, &slot.key[..], &entry.value[..]))
    }

    /// The records of a log, oldest first.
    pub fn records(&self) -> &[Vec<u8>] {
        &self.records
    }

    /// The key of the cell that a lookup by a policy binds, marked as used.
    pub(super) fn lookup(&mut self, key: &[u8], cpu: u32) -> Option<Vec<u8>> {
        let slot = self.resolve(key, cpu)?;
        if let (MapKind::LruHash, Some(entry)) = (self.kind, self.entries.get_mut(&slot)) {
            self.clock += 1;
            entry.used = self.clock;
        }
        Some(slot.key)
    }

    /// Creates or replaces an entry. Gives the key as it is stored, and the key that was forgotten
    /// for it; nothing where the map is full.
    pub(super) fn insert(&mut self, key: &[u8], value: &[u8]) -> Option<Inserted> {
        let slot = Slot { cpu: 0, key: self.stored_key(key)? };
        let is_full = self.entries.len() >= self.n_entries_max as usize;
        let mut forgotten = None;
        if is_full && !self.entries.contains_key(&slot) {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            let oldest = match self.kind {
                MapKind::LruHash => oldest.map(|(slot, _)| slot.clone()),
                _ => None,
            };
            let gone = oldest?;
            let entry = self.entries.remove(&gone)?;
            forgotten = Some((gone.key, entry.value));
        }
        let mut used = 0;
        if self.kind == MapKind::LruHash {
            self.clock += 1;
            used = self.clock;
        }
        let key = slot.key.clone();
        let old = self.entries.insert(slot, Entry { value: value.to_vec(), used });
        Some(Inserted { gone: forgotten.or_else(|| old.map(|entry| (key, entry.value))) })
    }

    /// The key under which an entry is stored, if the map has one for this key.
    pub(super) fn stored(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.stored_key(key)
            .filter(|key| self.entries.contains_key(&Slot { cpu: 0, key: key.clone() }))
    }

    /// Forgets every record, as a reader in user space does.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.records)
    }

    /// Appends a record, unless the buffer has no room.
    pub(super) fn push(&mut self, value: &[u8]) -> bool {
        let taken = |record: &[u8]| RECORD_HEADER_BYTES + record.len().next_multiple_of(8);
        let used: usize = self.records.iter().map(|record| taken(record)).sum();
        // The producer never catches up with the consumer (`__bpf_ringbuf_reserve`,
        // kernel/bpf/ringbuf.c), so a buffer is never filled to the last byte.
        let fits = used + taken(value) < self.n_entries_max as usize;
        if fits {
            self.records.push(value.to_vec());
        }
        fits
    }

    /// Replaces the value of a cell that is there.
    pub(super) fn replace(&mut self, key: &[u8], cpu: u32, value: &[u8]) -> bool {
        let Some(slot) = self.resolve(key, cpu) else { return false };
        if self.is_always_there() && value == self.first {
            self.entries.remove(&slot);
            return true;
        }
        let used = self.entries.get(&slot).map_or(0, |entry| entry.used);
        self.entries.insert(slot, Entry { value: value.to_vec(), used });
        true
    }

    fn is_always_there(&self) -> bool {
        match self.kind {
            MapKind::State | MapKind::Array | MapKind::PerCpuState | MapKind::PerCpuArray => true,
            MapKind::PerTask | MapKind::Maglev(_) => true,
            MapKind::Hash | MapKind::LruHash | MapKind::Lpm | MapKind::Log => false,
        }
    }

    /// The cell of a key, if there is one.
    fn resolve(&self, key: &[u8], cpu: u32) -> Option<Slot> {
        let shared = |key: &[u8]| Slot { cpu: 0, key: key.to_vec() };
        match self.kind {
            MapKind::State => Some(shared(&[])),
            MapKind::PerCpuState => Some(Slot { cpu, key: Vec::new() }),
            MapKind::Array | MapKind::Maglev(_) => self.in_range(key).then(|| shared(key)),
            MapKind::PerCpuArray => self.in_range(key).then(|| Slot { cpu, key: key.to_vec() }),
            MapKind::PerTask => Some(shared(key)),
            MapKind::Hash | MapKind::LruHash => {
                let slot = shared(key);
                self.entries.contains_key(&slot).then_some(slot)
            }
            MapKind::Lpm => self.longest_prefix(key),
            MapKind::Log => None,
        }
    }

    fn in_range(&self, key: &[u8]) -> bool {
        read_number(key, 0, 4).is_some_and(|index| index < u64::from(self.n_entries_max))
    }

    /// The key as it is stored: prefixes lose the bits beyond their length.
    fn stored_key(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.kind {
            MapKind::Lpm => prefix(key, read_number(key, 0, 4)?),
            MapKind::Hash | MapKind::LruHash => Some(key.to_vec()),
            MapKind::State | MapKind::Array | MapKind::PerCpuState | MapKind::PerCpuArray => None,
            MapKind::PerTask | MapKind::Maglev(_) | MapKind::Log => None,
        }
    }

    fn longest_prefix(&self, key: &[u8]) -> Option<Slot> {
        let n_bits = read_number(key, 0, 4)?.min(key.len() as u64 * 8);
        let prefixes = (0..=n_bits).rev().filter_map(|n| prefix(key, n));
        let mut slots = prefixes.map(|key| Slot { cpu: 0, key });
        slots.find(|slot| self.entries.contains_key(slot))
    }
}

/// What an insertion did.
pub(super) struct Inserted {
    /// The key and value of an entry that is no longer there: replaced, or forgotten to make room.
    pub(super) gone: Option<(Vec<u8>, Vec<u8>)>,
}

/// The first `n_bits` of a longest-prefix key: a `u32` length, then the bits, most significant
/// first (`struct bpf_lpm_trie_key`, include/uapi/linux/bpf.h). Nothing where it has fewer bits.
fn prefix(key: &[u8], n_bits: u64) -> Option<Vec<u8>> {
    let (_, bits) = key.split_at_checked(4)?;
    if n_bits > bits.len() as u64 * 8 {
        return None;
    }
    let mut stored = (n_bits as u32).to_le_bytes().to_vec();
    for (at, byte) in bits.iter().enumerate() {
        let n_left = n_bits.saturating_sub(at as u64 * 8).min(8) as u32;
        stored.push(byte & !(0xff_u32 >> n_left) as u8);
    }
    Some(stored)
}

/// A little-endian number; nothing where it does not lie inside.
pub(super) fn read_number(value: &[u8], offset: u32, bytes: u8) -> Option<u64> {
    let start = offset as usize;
    let slice = value.get(start..start.checked_add(bytes.into())?)?;
    Some(slice.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

/// Writes a little-endian number; `false` where it does not lie inside.
pub(super) fn write_number(value: &mut [u8], offset: u32, bytes: u8, number: u64) -> bool {
    let start = offset as usize;
    let number = number & max_of(bytes * 8);
    match value.get_mut(start..start + usize::from(bytes)) {
        Some(slice) => {
            slice.copy_from_slice(&number.to_le_bytes()[..bytes.into()]);
            true
        }
        None => false,
    }
}
