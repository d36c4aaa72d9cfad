//! A text kept by the kernel: the one value of a frozen array map, padded with zeros.
//!
//! In: text. Out: a map to pin, and the text of such a map. So a deployment's record lives and
//! dies with its pins, and no file of ours can disagree with them.

use crate::error::LoadError;
use crate::sys::attr::map_kind;
use crate::sys::bpf::{self, PlainMap};
use crate::sys::map::{Map, Update};
use std::os::fd::AsFd;
use std::path::Path;
use syrup_wire::limits::RECORD_BYTES_MAX;

/// Keeps a text.
///
/// # Errors
/// A text of more than [`RECORD_BYTES_MAX`] bytes, or what the kernel answers.
pub fn keep(name: &str, text: &str) -> Result<Map, LoadError> {
    if text.len() > RECORD_BYTES_MAX {
        return Err(LoadError::Invalid(format!(
            "the {name} of this deployment has {} bytes and {RECORD_BYTES_MAX} are kept",
            text.len()
        )));
    }
    let mut value = text.as_bytes().to_vec();
    value.resize(text.len().next_multiple_of(8).max(8), 0);
    let answer = |error| LoadError::io(format!("keep the {name}"), error);
    let fd = bpf::map_create(PlainMap {
        kind: map_kind::ARRAY,
        key_bytes: 4,
        value_bytes: value.len() as u32,
        entries: 1,
        flags: 0,
        name: &format!("syrup_{name}"),
    });
    let map = fd.and_then(Map::new).map_err(answer)?;
    map.update(&[0; 4], &[&value], Update::Any).map_err(answer)?;
    bpf::map_freeze(map.as_fd()).map_err(answer)?;
    Ok(map)
}

/// The text pinned at a path.
///
/// # Errors
/// Nothing there, or not a text of ours.
pub fn read(path: &Path) -> Result<String, LoadError> {
    let answer = |error| LoadError::io(format!("read {}", path.display()), error);
    let map = bpf::open_pin(path).and_then(Map::new).map_err(answer)?;
    let damaged = || LoadError::Invalid(format!("{} is not a record of Syrup", path.display()));
    let info = map.info();
    if (info.kind, info.entries) != (map_kind::ARRAY, 1) {
        return Err(damaged());
    }
    let values = map.lookup(&[0; 4]).map_err(answer)?;
    let mut bytes = values.and_then(|values| values.into_iter().next()).ok_or_else(damaged)?;
    bytes.truncate(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    String::from_utf8(bytes).map_err(|_| damaged())
}
