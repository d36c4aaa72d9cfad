//! `syrupc map`: the maps of deployed policies.

use crate::args::{Format, Map as Cmd, MapAction, Pins};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::shape;
use serde_json::json;
use std::io::ErrorKind;
use std::path::Path;
use syrup_load::{Map, Records, Update};
use syrup_wire::artifact::{MapRole, MapSpec, Shape, UserAccess};
use syrup_wire::limits::FORMAT;

/// A map with the shapes of its keys and values.
struct Open {
    map: Map,
    name: String,
    key: Option<Shape>,
    value: Shape,
    /// Byte of the value in the map's only entry, for state.
    offset: Option<u32>,
    user: UserAccess,
    is_log: bool,
}

/// Gets, sets or dumps.
pub fn run(cmd: &Cmd, format: Format) -> Result<Exit, Failure> {
    match &cmd.action {
        MapAction::Get { map, key, pins } => get(&open(pins, map)?, key.as_deref(), format),
        MapAction::Set { map, key_and_value, pins } => set(&open(pins, map)?, key_and_value),
        MapAction::Dump { map, pins } => {
            let open = open(pins, map)?;
            if open.is_log { records(&open, format) } else { dump(&open, format) }
        }
    }
}

/// Opens a map by its pin, or by `deployment:name`.
fn open(pins: &Pins, name: &str) -> Result<Open, Failure> {
    let root = &pins.pin_root;
    let (map, spec) = match (pins.daemon(), name.split_once(':')) {
        (Some(client), _) => open_remote(&client, name)?,
        (None, Some((id, map))) => open_declared(root, id, map)?,
        (None, None) => {
            let (map, spec) = syrup_load::open_pinned(root, name)?;
            let spec = spec.ok_or_else(|| {
                let message = format!("no deployment describes the map `{name}` any more");
                Failure::usage(message)
            })?;
            (map, spec)
        }
    };
    let declared = name.rsplit([':', '/']).next().unwrap_or(name).to_owned();
    match spec.role {
        MapRole::User { key, value, user } => Ok(Open {
            map,
            name: spec.name,
            // A state that is pinned is a map of one cell, whose key has no bytes.
            key: (key != Shape::Bytes { bytes: 0 }).then_some(key),
            value,
            offset: None,
            user,
            is_log: false,
        }),
        MapRole::State { cells } => match cells.into_iter().find(|cell| cell.name == declared) {
            Some(cell) => Ok(Open {
                map,
                name: declared,
                key: None,
                value: cell.shape,
                offset: Some(cell.offset),
                user: UserAccess::Write,
                is_log: false,
            }),
            None => Err(Failure::usage(format!("there is no state `{declared}`"))),
        },
        MapRole::Log { record } => Ok(Open {
            map,
            name: spec.name,
            key: None,
            value: record,
            offset: None,
            user: UserAccess::Read,
            is_log: true,
        }),
        MapRole::Params
        | MapRole::Executors { .. }
        | MapRole::Ring { .. }
        | MapRole::Generations { .. }
        | MapRole::Cores { .. }
        | MapRole::Sets
        | MapRole::Counters
        | MapRole::Script => {
            let message = format!("`{name}` belongs to Syrup itself; `status` shows what is in it");
            Err(Failure::usage(message))
        }
    }
}

/// A map that the daemon opens; a state cell by the name of the map it is in.
fn open_remote(client: &syrup::Client, name: &str) -> Result<(Map, MapSpec), Failure> {
    let mut wanted = name.to_owned();
    if let Some((id, cell)) = name.split_once(':') {
        let list = client.status()?;
        let maps = list.iter().find(|one| one.id == id).map(|one| &one.record.artifact.maps);
        let has_cell = |spec: &&MapSpec| match &spec.role {
            MapRole::State { cells } => cells.iter().any(|one| one.name == cell),
            _ => false,
        };
        if let Some(spec) = maps.and_then(|maps| maps.iter().find(has_cell)) {
            wanted = format!("{id}:{}", spec.name);
        }
    }
    let (map, spec) = client.open_map(&wanted)?;
    let spec = spec.ok_or_else(|| {
        Failure::usage(format!("no deployment describes the map `{name}` any more"))
    })?;
    Ok((map, spec))
}

/// A declared map or state cell of a deployment.
fn open_declared(root: &Path, id: &str, name: &str) -> Result<(Map, MapSpec), Failure> {
    let list = syrup_load::list(root)?;
    let status = list.iter().find(|status| status.id == id);
    let maps = status.map_or(&[][..], |status| &status.record.artifact.maps);
    let has_cell = |spec: &&MapSpec| match &spec.role {
        MapRole::State { cells } => cells.iter().any(|cell| cell.name == name),
        _ => false,
    };
    let name = maps.iter().find(has_cell).map_or(name, |spec| spec.name.as_str());
    Ok(syrup_load::open_map(root, id, name)?)
}

impl Open {
    fn key(&self, text: Option<&str>) -> Result<Vec<u8>, Failure> {
        match (&self.key, text) {
            (None, None) => Ok(vec![0; 4]),
            (None, Some(_)) => {
                Err(Failure::usage(format!("`{}` is one cell without keys", self.name)))
            }
            (Some(_), None) => Err(Failure::usage(format!("which key of `{}`?", self.name))),
            (Some(shape), Some(text)) => shape::parse(shape, text)
                .map_err(|why| Failure::usage(format!("key of `{}`: {why}", self.name))),
        }
    }

    fn values(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let found = self.map.lookup(key);
        let found = found.map_err(|error| Failure::usage(format!("cannot read: {error}")))?;
        let value = found.and_then(|values| values.into_iter().next());
        Ok(value.map(|value| match self.offset {
            Some(offset) => value.get(offset as usize..).unwrap_or_default().to_vec(),
            None => value,
        }))
    }
}

/// Refuses what a log cannot do.
fn require_cells(open: &Open) -> Result<(), Failure> {
    if !open.is_log {
        return Ok(());
    }
    let name = &open.name;
    Err(Failure::usage(format!("`{name}` is a log: `map dump` prints its records and takes them")))
}

/// Takes every record out of a log and prints it.
fn records(open: &Open, format: Format) -> Result<Exit, Failure> {
    let taken = Records::of(&open.map).and_then(|mut records| records.take(usize::MAX));
    let taken = taken.map_err(|error| Failure::usage(format!("cannot read: {error}")))?;
    let rows: Vec<String> = taken.iter().map(|record| shape::show(&open.value, record)).collect();
    match format {
        Format::Human => rows.iter().for_each(|row| println!("{row}")),
        Format::Json => println!(
            "{}",
            output::json(&json!({ "format": FORMAT, "map": open.name, "records": rows }))
        ),
    }
    Ok(Exit::Done)
}

fn get(open: &Open, key: Option<&str>, format: Format) -> Result<Exit, Failure> {
    require_cells(open)?;
    let bytes = open.key(key)?;
    let value = open.values(&bytes)?.map(|value| shape::show(&open.value, &value));
    match (format, value) {
        (Format::Json, value) => {
            println!(
                "{}",
                output::json(&json!({
                    "format": FORMAT, "map": open.name, "key": key, "value": value,
                }))
            );
        }
        (Format::Human, Some(value)) => println!("{value}"),
        (Format::Human, None) => {
            let message = format!("`{}` has no entry {}", open.name, key.unwrap_or_default());
            return Err(Failure::usage(message));
        }
    }
    Ok(Exit::Done)
}

fn set(open: &Open, key_and_value: &[String]) -> Result<Exit, Failure> {
    let (key, value) = match key_and_value {
        [value] => (None, value),
        [key, value] => (Some(key.as_str()), value),
        _ => return Err(Failure::usage("write: map set MAP KEY VALUE")),
    };
    if open.user == UserAccess::Read {
        let message = format!("`{}` is declared `@user(read)`", open.name);
        return Err(Failure::usage(message));
    }
    require_cells(open)?;
    let (bytes, key) = (open.key(key)?, key.unwrap_or_default());
    let value = shape::parse(&open.value, value)
        .map_err(|why| Failure::usage(format!("value of `{}`: {why}", open.name)))?;
    let written = match open.offset {
        Some(offset) => open.map.write_range(offset as usize, &value),
        None => open.map.update(&bytes, &[&value], Update::Any),
    };
    written.map_err(|error| match error.kind() {
        // An index past an array's end, or a new key for a map that is full.
        ErrorKind::ArgumentListTooLong => {
            let (name, n_entries) = (&open.name, open.map.info().entries);
            Failure::usage(format!("`{name}` has no room for {key}: it holds {n_entries} entries"))
        }
        _ => Failure::usage(format!("cannot write `{}`: {error}", open.name)),
    })?;
    Ok(Exit::Done)
}

fn dump(open: &Open, format: Format) -> Result<Exit, Failure> {
    let Some(shape) = &open.key else { return get(open, None, format) };
    let keys = open.map.keys();
    let keys = keys.map_err(|error| Failure::usage(format!("cannot read: {error}")))?;
    let mut rows = Vec::new();
    for key in keys {
        if let Some(value) = open.values(&key)? {
            rows.push((shape::show(shape, &key), shape::show(&open.value, &value)));
        }
    }
    match format {
        Format::Human => rows.iter().for_each(|(key, value)| println!("{key}  {value}")),
        Format::Json => {
            let rows: Vec<_> =
                rows.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            println!(
                "{}",
                output::json(&json!({
                    "format": FORMAT, "map": open.name, "entries": rows,
                }))
            );
        }
    }
    Ok(Exit::Done)
}
