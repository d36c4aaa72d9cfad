//! One map of a deployed policy.
//!
//! In: the map's name. Out: values by key.
//!
//! Arrays of numbers of 4 or 8 bytes are mapped into memory: a lookup or update is one load or
//! store, indivisible like the policy's own. Every other map is reached by bpf(2), which kernels
//! since 6.0 permit to whoever may open the pin.

use crate::error::{Error, ErrorKind};
use crate::place;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use syrup_load::{Cells, Update, open_map, open_path, open_pinned};
use syrup_wire::artifact::{MapRole, MapSpec};

/// An open map.
#[derive(Debug)]
pub struct Map {
    map: syrup_load::Map,
    cells: Option<Cells>,
}

impl Map {
    /// Opens a map by its pin as the policy declares it (`rocksdb/doing`), by deployment and name
    /// (`socket_select-udp-9000:turn`), or by the path of its pin (`/sys/fs/bpf/...`).
    ///
    /// # Errors
    /// No such map, or one that this user may not open.
    pub fn open(name: &str) -> Result<Map, Error> {
        if name.starts_with('/') {
            return Ok(Map::of(open_path(Path::new(name))?));
        }
        let opened = match name.split_once(':') {
            Some((id, map)) => place::first(|root| Ok(open_map(root, id, map)?.0)),
            None => place::first(|root| Ok(open_pinned(root, name)?.0)),
        };
        Ok(Map::of(opened?))
    }

    /// Like [`Map::open`], and succeeds only when the map has the layout that `layout_hash`
    /// stands for: generated bindings call this, so that a map of a changed policy is not misread.
    ///
    /// # Errors
    /// As [`Map::open`], or another layout, or a map whose layout nobody knows any more.
    pub fn open_checked(name: &str, layout_hash: u64) -> Result<Map, Error> {
        let (map, spec) = match name.split_once(':') {
            Some((id, map)) => place::first(|root| {
                let (map, spec) = open_map(root, id, map)?;
                Ok((map, Some(spec)))
            })?,
            None => place::first(|root| Ok(open_pinned(root, name)?))?,
        };
        match spec {
            Some(spec) if spec.layout_hash == layout_hash => Ok(Map::of(map)),
            Some(MapSpec { role: MapRole::User { .. }, .. }) | None => Err(Error::new(
                ErrorKind::Invalid,
                format!(
                    "the map `{name}` has another layout than these bindings were made for: make \
                     them again with `syrupc bindgen` from the policy that is deployed"
                ),
            )),
            Some(_) => {
                Err(Error::new(ErrorKind::Invalid, format!("`{name}` is no map of a policy")))
            }
        }
    }

    fn of(map: syrup_load::Map) -> Map {
        // Maps of other kinds, and those that may only be read, are reached by bpf(2).
        let cells = Cells::of(&map).ok();
        Map { map, cells }
    }

    /// Bytes of a key.
    pub fn key_bytes(&self) -> usize {
        self.map.info().key_bytes as usize
    }

    /// Bytes of what a lookup gives: one value, or for per-CPU maps one for each CPU that the
    /// machine may ever have, each rounded up to eight bytes.
    pub fn value_bytes(&self) -> usize {
        let one = self.map.info().value_bytes as usize;
        match self.map.values_per_entry() {
            1 => one,
            n => n * one.next_multiple_of(8),
        }
    }

    /// Whether lookups and updates go through shared memory, without a system call.
    pub fn is_mapped(&self) -> bool {
        self.cells.is_some()
    }

    /// The value under a key; `None` when there is none.
    ///
    /// # Errors
    /// A key of another size, or what the kernel answers.
    pub fn lookup(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if let (Some(cells), Some(index)) = (&self.cells, index_of(key)) {
            let number = cells.load(index).map(u64::to_le_bytes);
            return Ok(number.map(|bytes| bytes[..self.value_bytes()].to_vec()));
        }
        let found = self.map.lookup(key).map_err(|e| Error::system("read the map", &e))?;
        Ok(found.map(|values| {
            if values.len() == 1 {
                return values.into_iter().flatten().collect();
            }
            let padded = |mut value: Vec<u8>| {
                value.resize(value.len().next_multiple_of(8), 0);
                value
            };
            values.into_iter().flat_map(padded).collect()
        }))
    }

    /// Writes the value under a key.
    ///
    /// # Errors
    /// A key or value of another size, a full map, or one that may only be read.
    pub fn update(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        if value.len() != self.value_bytes() {
            let (given, wanted) = (value.len(), self.value_bytes());
            let message = format!("a value of {given} bytes where the map keeps {wanted}");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        if let (Some(cells), Some(index)) = (&self.cells, index_of(key)) {
            let mut number = [0; 8];
            number[..value.len()].copy_from_slice(value);
            if cells.exchange(index, u64::from_le_bytes(number)).is_none() {
                let message = format!("the map has {} entries, and no entry {index}", cells.len());
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            return Ok(());
        }
        let one = self.map.info().value_bytes as usize;
        let stride = if self.map.values_per_entry() == 1 { one } else { one.next_multiple_of(8) };
        let values: Vec<&[u8]> = value.chunks(stride.max(1)).map(|part| &part[..one]).collect();
        let updated = self.map.update(key, &values, Update::Any);
        updated.map_err(|e| Error::system("write the map", &e))
    }

    /// Adds to the number under an index, in one step; gives what was there before.
    ///
    /// # Errors
    /// A map that is no array of numbers, or an index past its end.
    pub fn add(&self, index: u32, number: u64) -> Result<u64, Error> {
        let before = self.cells.as_ref().and_then(|cells| cells.fetch_add(index, number));
        before.ok_or_else(|| {
            let message = "numbers are added in arrays of 4 or 8 bytes, to entries they have";
            Error::new(ErrorKind::Invalid, message)
        })
    }

    /// Removes a key; says whether it was there. Entries of arrays cannot be removed.
    ///
    /// # Errors
    /// A key of another size, an array, or what the kernel answers.
    pub fn delete(&self, key: &[u8]) -> Result<bool, Error> {
        self.map.delete(key).map_err(|e| Error::system("remove from the map", &e))
    }

    /// Every key; a map that changes meanwhile may show an entry or not.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn keys(&self) -> Result<Vec<Vec<u8>>, Error> {
        self.map.keys().map_err(|e| Error::system("read the map's keys", &e))
    }
}

impl AsFd for Map {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }
}

fn index_of(key: &[u8]) -> Option<u32> {
    key.try_into().ok().map(u32::from_ne_bytes)
}
