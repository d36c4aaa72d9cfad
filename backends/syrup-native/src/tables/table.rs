//! One map whose entries come and go: which key has which place.

use crate::layout::MapPlace;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use syrup_ir::{Map, MapKind};

/// Bytes of the length that an `lpm` key begins with (`struct bpf_lpm_trie_key`,
/// include/uapi/linux/bpf.h).
const PREFIX_BYTES: usize = 4;

/// The places of one map.
#[derive(Debug)]
pub(crate) struct Table {
    kind: MapKind,
    place: MapPlace,
    n_entries_max: usize,
    index: HashMap<Arc<[u8]>, u32>,
    /// Places nobody has used yet begin here.
    n_used: u32,
    free: Vec<u32>,
    /// Places that were left, with the epoch: the oldest first.
    left: VecDeque<(u64, u32)>,
    /// For `lru_hash`: the key of each place by when it was last used, and back.
    used: BTreeMap<u64, Arc<[u8]>>,
    used_at: HashMap<u32, u64>,
    clock: u64,
    /// For `lpm`: how many prefixes there are of each length in bits.
    lengths: BTreeMap<u32, u32>,
}

impl Table {
    /// Without entries.
    pub(crate) fn new(map: &Map, place: MapPlace) -> Table {
        let n_entries_max = match map.kind {
            // As many threads as there are places.
            MapKind::PerTask => place.n_values,
            _ => map.entries,
        };
        Table {
            kind: map.kind,
            place,
            n_entries_max: n_entries_max as usize,
            index: HashMap::new(),
            n_used: 0,
            free: Vec::new(),
            left: VecDeque::new(),
            used: BTreeMap::new(),
            used_at: HashMap::new(),
            clock: 0,
            lengths: BTreeMap::new(),
        }
    }

    /// The arena offset of a key's value, marked as used.
    pub(crate) fn lookup(&mut self, key: &[u8]) -> Option<u64> {
        let place = match self.kind {
            MapKind::Lpm => self.longest_prefix(key)?,
            _ => *self.index.get(key)?,
        };
        self.touch(place, key);
        Some(self.offset(place))
    }

    /// The arena offset of exactly this key's value.
    pub(crate) fn get(&self, key: &[u8]) -> Option<u64> {
        Some(self.offset(*self.index.get(key)?))
    }

    /// Every key with the arena offset of its value.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.index.iter().map(|(key, place)| (&key[..], self.offset(*place)))
    }

    /// A place for a new or replaced entry; nothing where there is no room. Places left before
    /// `oldest` are free.
    pub(crate) fn insert(&mut self, key: &[u8], epoch: u64, oldest: u64) -> Option<u64> {
        let key: Arc<[u8]> = self.stored_key(key)?.into();
        self.reclaim(oldest);
        let is_new = !self.index.contains_key(&key);
        let is_full = is_new && self.index.len() >= self.n_entries_max;
        if is_full && self.kind != MapKind::LruHash {
            return None;
        }
        let place = self.free.pop().or_else(|| self.fresh())?;
        let gone = if is_full { self.used.first_key_value().map(|row| row.1) } else { None };
        let gone = gone.unwrap_or(&key).clone();
        self.leave(&gone, epoch);
        self.index.insert(key.clone(), place);
        if self.kind == MapKind::Lpm {
            *self.lengths.entry(prefix_bits(&key)).or_insert(0) += 1;
        }
        self.touch(place, &key);
        Some(self.offset(place))
    }

    /// Removes an entry; whether there was one.
    pub(crate) fn remove(&mut self, key: &[u8], epoch: u64) -> bool {
        self.stored_key(key).is_some_and(|key| self.leave(&key, epoch))
    }

    /// Removes every entry at once, while nobody evaluates.
    pub(crate) fn clear(&mut self) {
        self.index.clear();
        self.free.clear();
        self.left.clear();
        self.used.clear();
        self.used_at.clear();
        self.lengths.clear();
        self.n_used = 0;
    }

    fn offset(&self, place: u32) -> u64 {
        self.place.start + self.place.stride * u64::from(place)
    }

    fn fresh(&mut self) -> Option<u32> {
        let place = self.n_used;
        (place < self.place.n_values).then(|| {
            self.n_used += 1;
            place
        })
    }

    fn reclaim(&mut self, oldest: u64) {
        while let Some(&(epoch, place)) = self.left.front()
            && epoch < oldest
        {
            self.left.pop_front();
            self.free.push(place);
        }
    }

    /// Takes a key out and sets its place aside; whether it was there.
    fn leave(&mut self, key: &[u8], epoch: u64) -> bool {
        let Some(place) = self.index.remove(key) else { return false };
        self.left.push_back((epoch, place));
        if let Some(at) = self.used_at.remove(&place) {
            self.used.remove(&at);
        }
        if self.kind == MapKind::Lpm {
            let bits = prefix_bits(key);
            let n = self.lengths.entry(bits).or_insert(1);
            *n -= 1;
            if *n == 0 {
                self.lengths.remove(&bits);
            }
        }
        true
    }

    fn touch(&mut self, place: u32, key: &[u8]) {
        if self.kind != MapKind::LruHash {
            return;
        }
        self.clock += 1;
        let key = match self.used_at.insert(place, self.clock) {
            Some(before) => self.used.remove(&before),
            None => None,
        }
        .unwrap_or_else(|| key.into());
        self.used.insert(self.clock, key);
    }

    /// The key as it is stored: prefixes lose the bits beyond their length.
    fn stored_key(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.kind {
            MapKind::Lpm => prefix(key, prefix_bits(key)),
            _ => Some(key.to_vec()),
        }
    }

    fn longest_prefix(&self, key: &[u8]) -> Option<u32> {
        let most = (key.len().saturating_sub(PREFIX_BYTES) * 8) as u32;
        let most = prefix_bits(key).min(most);
        let lengths = self.lengths.range(..=most).rev().map(|(bits, _)| *bits);
        let mut found = lengths.filter_map(|bits| self.index.get(&prefix(key, bits)?[..]));
        found.next().copied()
    }
}

/// The length that a prefix says it has.
fn prefix_bits(key: &[u8]) -> u32 {
    key.first_chunk().map_or(0, |bits| u32::from_le_bytes(*bits))
}

/// The first `n_bits` of a key, the others zero; nothing where it has fewer.
fn prefix(key: &[u8], n_bits: u32) -> Option<Vec<u8>> {
    let (_, bits) = key.split_at_checked(PREFIX_BYTES)?;
    if u64::from(n_bits) > bits.len() as u64 * 8 {
        return None;
    }
    let mut stored = n_bits.to_le_bytes().to_vec();
    for (at, byte) in (0..).zip(bits) {
        let n_kept = n_bits.saturating_sub(8 * at).min(8);
        stored.push(byte & !(0xff_u32 >> n_kept) as u8);
    }
    Some(stored)
}
