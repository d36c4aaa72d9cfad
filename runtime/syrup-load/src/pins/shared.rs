//! Maps that a policy pins by a name of its own, for applications and other policies.
//!
//! In: a map's layout. Out: the map that is there already if its layout is the same, or the two
//! layouts side by side. The layout is kept beside the map.

use super::{PinRoot, blob, make_directories};
use crate::error::{LayoutConflict, LoadError};
use crate::sys::attr::map_kind;
use crate::sys::bpf;
use crate::sys::map::Map;
use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use syrup_wire::artifact::{Artifact, MapRole, MapSpec, NumberKind, Shape};

/// The directory of the maps.
pub(super) const MAPS: &str = "maps";
/// The directory of their layouts.
pub(super) const LAYOUTS: &str = "layouts";

/// Pins that were made; removed again unless they are kept.
#[derive(Debug, Default)]
pub struct MadePins {
    paths: Vec<PathBuf>,
}

impl MadePins {
    /// Leaves them where they are.
    pub fn keep(mut self) {
        self.paths.clear();
    }
}

impl Drop for MadePins {
    fn drop(&mut self) {
        for path in self.paths.iter().rev() {
            remove_pin(path);
        }
    }
}

impl PinRoot {
    /// The map that is pinned under a name, and its layout.
    ///
    /// # Errors
    /// A name that cannot be, or a map or layout that cannot be read.
    pub fn shared(&self, pin: &str) -> Result<Option<(Map, Option<MapSpec>)>, LoadError> {
        super::check_pin_name(pin)?;
        let path = self.path.join(MAPS).join(pin);
        let map = match bpf::open_pin(&path).and_then(Map::new) {
            Ok(map) => map,
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound => return Ok(None),
                io::ErrorKind::PermissionDenied => return Err(super::closed(&path)),
                _ => return Err(LoadError::io(format!("open {}", path.display()), error)),
            },
        };
        let layout = self.path.join(LAYOUTS).join(pin);
        if !layout.exists() {
            return Ok(Some((map, None)));
        }
        let text = blob::read(&layout)?;
        let spec = serde_json::from_str(&text).map_err(|error| {
            LoadError::Invalid(format!("{} is damaged: {error}", layout.display()))
        })?;
        Ok(Some((map, Some(spec))))
    }

    /// The map that is pinned under the name that `spec` declares, if it can be used as `spec`.
    ///
    /// # Errors
    /// [`LoadError::Layout`] when it has another layout.
    pub fn shared_for(&self, spec: &MapSpec) -> Result<Option<Map>, LoadError> {
        let Some(pin) = &spec.pin else { return Ok(None) };
        let Some((map, layout)) = self.shared(pin)? else { return Ok(None) };
        let info = map.info();
        let same_size = (info.kind, info.key_bytes, info.value_bytes, info.entries)
            == (spec.kind, spec.key_bytes, spec.value_bytes, spec.entries);
        let same_hash = layout.as_ref().is_none_or(|layout| layout.layout_hash == spec.layout_hash);
        if same_size && same_hash {
            return Ok(Some(map));
        }
        let there = layout.as_ref().map_or_else(
            || sizes_text(info.kind, info.key_bytes, info.value_bytes, info.entries),
            layout_text,
        );
        Err(LoadError::Layout(Box::new(LayoutConflict {
            map: pin.clone(),
            wanted: layout_text(spec),
            there,
            advice: format!(
                "undeploy the policies that use it, or remove {} if none does",
                self.path.join(MAPS).join(pin).display()
            ),
        })))
    }

    /// Pins the maps of an artifact that name a pin and are not there yet.
    ///
    /// # Errors
    /// What the file system answers; what was pinned until then is gone again.
    pub fn publish_shared(
        &self,
        artifact: &Artifact,
        maps: &[Option<Map>],
    ) -> Result<MadePins, LoadError> {
        let mut made = MadePins::default();
        for (spec, map) in artifact.maps.iter().zip(maps) {
            let (Some(pin), Some(map)) = (&spec.pin, map) else { continue };
            let [path, layout] = [MAPS, LAYOUTS].map(|part| self.path.join(part).join(pin));
            if path.exists() {
                continue;
            }
            let text = serde_json::to_string(&without_initial(spec))
                .map_err(|error| LoadError::Invalid(error.to_string()))?;
            let record = blob::keep("layout", &text)?;
            // The layout first, so that no map is ever there without one.
            remove_pin(&layout);
            for (object, path) in [(&record, layout), (map, path)] {
                path.parent().map_or(Ok(()), make_directories)?;
                bpf::pin(object.as_fd(), &path)
                    .map_err(|e| LoadError::io(format!("pin {}", path.display()), e))?;
                made.paths.push(path);
            }
        }
        Ok(made)
    }

    /// Removes every pin of this kind that no deployment uses, such as those that a deployer made
    /// who was killed before its deployment was in place.
    ///
    /// # Errors
    /// The deployments cannot be read.
    pub fn release_unused(&self) -> Result<(), LoadError> {
        let mut pins = BTreeSet::new();
        for part in [MAPS, LAYOUTS] {
            for (name, path) in entries(&self.path.join(part)) {
                if path.is_dir() {
                    pins.extend(entries(&path).map(|(inner, _)| format!("{name}/{inner}")));
                } else {
                    pins.insert(name);
                }
            }
        }
        self.release_shared(pins.into_iter())
    }

    /// Removes pins that no deployment uses any more.
    ///
    /// # Errors
    /// The deployments cannot be read.
    pub fn release_shared(&self, pins: impl Iterator<Item = String>) -> Result<(), LoadError> {
        let mut used = BTreeSet::new();
        for id in self.ids()? {
            let Some(stored) = self.stored(&id)? else { continue };
            used.extend(stored.record.artifact.maps.into_iter().filter_map(|spec| spec.pin));
        }
        for pin in pins.filter(|pin| !used.contains(pin)) {
            for part in [MAPS, LAYOUTS] {
                remove_pin(&self.path.join(part).join(&pin));
            }
        }
        Ok(())
    }
}

/// What is in a directory; nothing for one that is missing.
fn entries(folder: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
}

/// A layout as a policy's author would write it, with what the kernel counts.
pub fn layout_text(spec: &MapSpec) -> String {
    let MapRole::User { key, value, user: _ } = &spec.role else {
        return sizes_text(spec.kind, spec.key_bytes, spec.value_bytes, spec.entries);
    };
    let (kind, entries) = (kind_text(spec.kind), spec.entries);
    format!("{kind}<{}, {}, {entries}>", shape_text(key), shape_text(value))
}

fn sizes_text(kind: u32, key_bytes: u32, value_bytes: u32, entries: u32) -> String {
    let kind = kind_text(kind);
    format!("{kind} of {entries} entries with {key_bytes}-byte keys and {value_bytes}-byte values")
}

fn kind_text(kind: u32) -> String {
    match kind {
        1 => "Hash".to_owned(),
        map_kind::ARRAY => "Array".to_owned(),
        map_kind::PERCPU_HASH => "per-CPU Hash".to_owned(),
        map_kind::PERCPU_ARRAY => "per-CPU Array".to_owned(),
        9 => "LruHash".to_owned(),
        11 => "Lpm".to_owned(),
        map_kind::RINGBUF => "Log".to_owned(),
        map_kind::REUSEPORT_SOCKARRAY => "sockets".to_owned(),
        other => format!("map of kind {other}"),
    }
}

fn shape_text(shape: &Shape) -> String {
    match shape {
        Shape::Bytes { bytes } => format!("[u8; {bytes}]"),
        Shape::Prefix { bytes } => format!("prefix of {bytes} bytes"),
        Shape::Struct { name, bytes: _, fields } => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, at, shape)| format!("{name}@{at}: {}", shape_text(shape)))
                .collect();
            format!("{name} {{ {} }}", fields.join(", "))
        }
        Shape::Number { bytes, kind, range: _ } => {
            let number = format!("u{}", u32::from(*bytes) * 8);
            match kind {
                NumberKind::Int => number,
                NumberKind::Bool => "bool".to_owned(),
                NumberKind::Atomic => format!("Atomic<{number}>"),
                NumberKind::Time => "time".to_owned(),
                NumberKind::Duration => "duration".to_owned(),
                NumberKind::Enum { name, cases: _ } => format!("{name} ({number})"),
                NumberKind::Executor { set } => format!("executor of set {set}"),
                NumberKind::Task => "task".to_owned(),
            }
        }
    }
}

/// A map's layout without its first value, which may be large and changes no layout.
pub(super) fn without_initial(spec: &MapSpec) -> MapSpec {
    MapSpec { initial: Vec::new(), ..spec.clone() }
}

/// Removes a pin and the directory above it if that is empty now. What is missing is fine, and
/// what cannot be removed shows up when it is looked for next.
fn remove_pin(path: &Path) {
    if std::fs::remove_file(path).is_ok() {
        let part = path.parent().filter(|parent| !parent.ends_with(MAPS));
        if let Some(parent) = part.filter(|parent| !parent.ends_with(LAYOUTS)) {
            // Fails when other pins are in it, as it should.
            let _: io::Result<()> = std::fs::remove_dir(parent);
        }
    }
}
