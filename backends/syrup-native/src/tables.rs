//! Entries that come and go: hash tables, least-recently-used ones, prefixes, threads, and logs.
//!
//! In: what policies and user space look up, insert and remove. Out: places in the arena. The
//! values are in the arena, here is only which key has which place.
//!
//! A cell that an evaluation holds keeps its value when the entry goes (the IR's text, "Map
//! access"). So a place that an entry leaves is set aside with the current epoch, and given out
//! again once every evaluation that had begun by then has ended.

mod table;

pub(crate) use table::Table;

use crate::layout::Layout;
use syrup_ir::{MapKind, Module};

/// What a map needs besides its values.
#[derive(Debug)]
pub(crate) enum Store {
    /// Nothing: every key has its place.
    Direct,
    /// Which keys are there.
    Table(Box<Table>),
    /// Records.
    Log(Log),
}

/// Every map of a policy, and the evaluations under way.
#[derive(Debug)]
pub(crate) struct Tables {
    stores: Vec<Store>,
    /// Counts places set aside.
    epoch: u64,
    /// The epoch in which each evaluation under way began.
    running: Vec<u64>,
}

impl Tables {
    /// All empty.
    pub(crate) fn new(module: &Module, layout: &Layout) -> Tables {
        let stores = module.maps.iter().zip(&layout.maps).map(|(map, place)| match map.kind {
            MapKind::State | MapKind::Array | MapKind::Maglev(_) => Store::Direct,
            MapKind::PerCpuState | MapKind::PerCpuArray => Store::Direct,
            MapKind::Hash | MapKind::LruHash | MapKind::Lpm | MapKind::PerTask => {
                Store::Table(Box::new(Table::new(map, *place)))
            }
            MapKind::Log => Store::Log(Log { records: Vec::new(), n_bytes: 0, room: map.entries }),
        });
        Tables { stores: stores.collect(), epoch: 0, running: Vec::new() }
    }

    /// Whether any evaluation can hold a place that its entry has left.
    pub(crate) fn has_entries(&self) -> bool {
        self.stores.iter().any(|store| matches!(store, Store::Table(_)))
    }

    /// An evaluation begins; what to give [`Tables::end`].
    pub(crate) fn begin(&mut self) -> u64 {
        self.running.push(self.epoch);
        self.epoch
    }

    /// An evaluation has ended.
    pub(crate) fn end(&mut self, began: u64) {
        if let Some(at) = self.running.iter().position(|epoch| *epoch == began) {
            self.running.swap_remove(at);
        }
    }

    /// The log of a map, if it is one.
    pub(crate) fn log(&mut self, map: usize) -> Option<&mut Log> {
        match &mut self.stores[map] {
            Store::Log(log) => Some(log),
            Store::Direct | Store::Table(_) => None,
        }
    }

    /// The table of a map, if it has one.
    pub(crate) fn table(&mut self, map: usize) -> Option<&mut Table> {
        match &mut self.stores[map] {
            Store::Table(table) => Some(table),
            Store::Direct | Store::Log(_) => None,
        }
    }

    /// The place for a new or replaced entry, marked as its own.
    pub(crate) fn insert(&mut self, map: usize, key: &[u8]) -> Option<u64> {
        let (epoch, oldest) = (self.epoch, self.oldest());
        self.epoch += 1;
        self.table(map)?.insert(key, epoch, oldest)
    }

    /// Removes an entry.
    pub(crate) fn remove(&mut self, map: usize, key: &[u8]) -> bool {
        let epoch = self.epoch;
        self.epoch += 1;
        self.table(map).is_some_and(|table| table.remove(key, epoch))
    }

    /// The epoch before which every set-aside place is free.
    fn oldest(&self) -> u64 {
        self.running.iter().copied().min().unwrap_or(self.epoch)
    }
}

/// Bytes that a record takes besides its own: the header of a kernel ring buffer
/// (`BPF_RINGBUF_HDR_SZ`, include/uapi/linux/bpf.h).
const RECORD_HEADER_BYTES: usize = 8;

/// Records that nobody took yet.
#[derive(Debug)]
pub(crate) struct Log {
    records: Vec<Vec<u8>>,
    n_bytes: usize,
    /// Bytes that all records together stay below.
    room: u32,
}

impl Log {
    /// Appends a record, unless there is no room.
    pub(crate) fn push(&mut self, record: &[u8]) -> bool {
        let taken = RECORD_HEADER_BYTES + record.len().next_multiple_of(8);
        let fits = self.n_bytes + taken < self.room as usize;
        if fits {
            self.n_bytes += taken;
            self.records.push(record.to_vec());
        }
        fits
    }

    /// The records, oldest first.
    pub(crate) fn records(&self) -> &[Vec<u8>] {
        &self.records
    }

    /// Takes every record, oldest first.
    pub(crate) fn take(&mut self) -> Vec<Vec<u8>> {
        self.n_bytes = 0;
        std::mem::take(&mut self.records)
    }
}
