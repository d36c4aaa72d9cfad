//! Cells: reading and changing values of maps.
//!
//! A cell names the value that was bound. Where its entry is replaced, removed or forgotten later
//! in the same evaluation, the cell keeps that value, as memory of the kernel's maps does until
//! the end of the program's read-side section.

use super::eval::{Cell, Machine, Val};
use super::maps::{read_number, write_number};
use crate::{Layout, MapId, MapKind, Value};
use syrup_diag::bug;

impl Machine<'_> {
    /// The CPU whose copy of a map is meant; the world is asked only where there are copies.
    pub(super) fn cpu_of(&mut self, map: MapId) -> u32 {
        match self.module.maps[map.idx()].kind {
            MapKind::PerCpuState | MapKind::PerCpuArray => self.cpu(),
            MapKind::State | MapKind::Array | MapKind::Hash | MapKind::LruHash => 0,
            MapKind::PerTask | MapKind::Maglev(_) | MapKind::Lpm | MapKind::Log => 0,
        }
    }

    fn bytes_of(&mut self, cell: &Cell) -> Vec<u8> {
        match cell {
            Cell::Gone { at } => self.gone[*at].clone(),
            Cell::Bound { map, key } => {
                let cpu = self.cpu_of(*map);
                match self.state.maps[map.idx()].get(key, cpu) {
                    Some(value) => value.to_vec(),
                    None => bug!("a cell of {map} names an entry that is not there"),
                }
            }
        }
    }

    pub(super) fn read(&mut self, cell: &Cell, offset: u32, bytes: u8) -> u64 {
        match read_number(&self.bytes_of(cell), offset, bytes) {
            Some(number) => number,
            None => bug!("{bytes} bytes at {offset} lie outside {cell:?}"),
        }
    }

    /// Replaces a scalar of a cell; gives what was there.
    pub(super) fn change(
        &mut self,
        cell: &Cell,
        at: u32,
        bytes: u8,
        new: impl FnOnce(u64) -> u64,
    ) -> u64 {
        let mut value = self.bytes_of(cell);
        let Some(old) = read_number(&value, at, bytes) else {
            bug!("{bytes} bytes at {at} lie outside {cell:?}");
        };
        write_number(&mut value, at, bytes, new(old));
        match cell {
            Cell::Gone { at } => self.gone[*at] = value,
            Cell::Bound { map, key } => {
                let cpu = self.cpu_of(*map);
                self.state.maps[map.idx()].replace(key, cpu, &value);
            }
        }
        old
    }

    pub(super) fn key(&self, map: MapId, pieces: &[Value]) -> Vec<u8> {
        let data = &self.module.maps[map.idx()];
        if let (MapKind::PerTask, Some(happening)) = (data.kind, &self.happening) {
            return happening.task.id.to_le_bytes().to_vec();
        }
        self.packed(&self.module.maps[map.idx()].key, pieces)
    }

    pub(super) fn value(&self, map: MapId, pieces: &[Value]) -> Vec<u8> {
        self.packed(&self.module.maps[map.idx()].value, pieces)
    }

    /// The bytes of a layout, padding zeroed.
    fn packed(&self, layout: &Layout, values: &[Value]) -> Vec<u8> {
        let mut bytes = vec![0; layout.size() as usize];
        for (piece, &value) in layout.pieces().iter().zip(values) {
            write_number(&mut bytes, piece.offset, piece.bytes, self.int(value));
        }
        bytes
    }

    pub(super) fn insert(&mut self, map: MapId, key: &[u8], value: &[u8]) -> bool {
        if self.module.maps[map.idx()].kind == MapKind::Log {
            return self.state.maps[map.idx()].push(value);
        }
        let Some(inserted) = self.state.maps[map.idx()].insert(key, value) else { return false };
        if let Some((key, value)) = inserted.gone {
            self.detach(map, &key, value);
        }
        true
    }

    pub(super) fn remove(&mut self, map: MapId, key: &[u8]) -> bool {
        let table = &mut self.state.maps[map.idx()];
        let Some(stored) = table.stored(key) else { return false };
        let value = table.get(&stored, 0).map(<[u8]>::to_vec);
        let done = table.remove(key);
        if let Some(value) = value {
            self.detach(map, &stored, value);
        }
        done
    }

    /// Cells of an entry that is no longer in its map keep its value.
    fn detach(&mut self, map: MapId, key: &[u8], value: Vec<u8>) {
        let bound = Val::Cell(Cell::Bound { map, key: key.to_vec() });
        let at = self.gone.len();
        self.gone.push(value);
        for val in self.values.iter_mut().flatten().filter(|val| **val == bound) {
            *val = Val::Cell(Cell::Gone { at });
        }
    }
}
