//! `syrupc bindgen`: typed access to a policy's maps and executors, for applications.
//!
//! In: a policy. Out: a C header, or a module of Rust, Python or Go, over libsyrup. What the
//! policy declares becomes a type or function by the same name; a map is opened only if its layout
//! is still the one that the bindings were made for.

mod c;
mod go;
mod python;
mod rust;

use crate::args::{Bindgen, Format, Lang};
use crate::exit::{Exit, Failure};
use crate::pipeline;
use std::collections::BTreeMap;
use syrup_backend::EmitOptions;
use syrup_wire::artifact::{Artifact, MapRole, MapSpec, NumberKind, Shape, UserAccess};

/// Compiles the policy for its layouts and writes the bindings.
pub fn run(cmd: &Bindgen, format: Format) -> Result<Exit, Failure> {
    let mut analysis = pipeline::analyze(&cmd.file, format)?;
    let policy = pipeline::choose_policy(&analysis, cmd.policy.as_deref())?;
    let hook = pipeline::choose_hook(&mut analysis, policy, None, format)?;
    let target = pipeline::choose_target(syrupc::DEFAULT_TARGET)?;
    let options = EmitOptions { counters: false, twin: false };
    let compiled = pipeline::compile(&analysis, policy, &hook, &target, options, format)?;
    let model = Model::of(&compiled.artifact);
    let text = match cmd.lang {
        Lang::C => c::write(&model),
        Lang::Rust => rust::write(&model),
        Lang::Python => python::write(&model),
        Lang::Go => go::write(&model),
    };
    match &cmd.output {
        Some(path) => std::fs::write(path, text)
            .map_err(|e| Failure::usage(format!("cannot write {}: {e}", path.display())))?,
        None => print!("{text}"),
    }
    Ok(Exit::Done)
}

/// What bindings are about.
struct Model<'a> {
    policy: &'a str,
    enums: BTreeMap<&'a str, &'a [(String, u64)]>,
    /// Structs by name, those that others hold first.
    structs: Vec<Struct<'a>>,
    maps: Vec<MapModel<'a>>,
    sets: Vec<&'a str>,
}

/// A struct with the bytes it has.
struct Struct<'a> {
    name: &'a str,
    bytes: u32,
    fields: &'a [(String, u32, Shape)],
}

/// A map that applications may use.
struct MapModel<'a> {
    name: &'a str,
    pin: Option<&'a str>,
    key: &'a Shape,
    value: &'a Shape,
    layout_hash: u64,
    access: UserAccess,
}

impl<'a> Model<'a> {
    fn of(artifact: &'a Artifact) -> Model<'a> {
        let mut model = Model {
            policy: &artifact.policy,
            enums: BTreeMap::new(),
            structs: Vec::new(),
            maps: Vec::new(),
            sets: artifact.sets.iter().map(|set| set.name.as_str()).collect(),
        };
        for spec in &artifact.maps {
            model.map(spec);
        }
        model
    }

    fn map(&mut self, spec: &'a MapSpec) {
        // A per-CPU map has a value for each CPU, and only the application knows what to make of
        // them; it opens the map by its name.
        let MapRole::User { key, value, user } = &spec.role else { return };
        if is_per_cpu(spec.kind) {
            return;
        }
        self.shape(key);
        self.shape(value);
        self.maps.push(MapModel {
            name: &spec.name,
            pin: spec.pin.as_deref(),
            key,
            value,
            layout_hash: spec.layout_hash,
            access: *user,
        });
    }

    fn shape(&mut self, shape: &'a Shape) {
        match shape {
            Shape::Number { kind: NumberKind::Enum { name, cases }, bytes: _, range: _ } => {
                self.enums.insert(name, cases);
            }
            Shape::Number { .. } | Shape::Bytes { .. } | Shape::Prefix { .. } => {}
            Shape::Struct { name, bytes, fields } => {
                fields.iter().for_each(|(_, _, shape)| self.shape(shape));
                if !self.structs.iter().any(|known| known.name == name) {
                    self.structs.push(Struct { name, bytes: *bytes, fields });
                }
            }
        }
    }
}

impl MapModel<'_> {
    /// Whether applications may write entries.
    fn is_written(&self) -> bool {
        matches!(self.access, UserAccess::None | UserAccess::Write)
    }

    /// Whether applications add to entries: numbers of arrays, where the policy says so.
    fn is_added_to(&self) -> bool {
        self.access == UserAccess::Add
    }
}

/// `BPF_MAP_TYPE_PERCPU_HASH`, `_PERCPU_ARRAY` and `_LRU_PERCPU_HASH`.
fn is_per_cpu(kind: u32) -> bool {
    matches!(kind, 5 | 6 | 10)
}

/// Bytes of a value of a shape.
fn bytes_of(shape: &Shape) -> u32 {
    match shape {
        Shape::Number { bytes, .. } => u32::from(*bytes),
        Shape::Bytes { bytes } => *bytes,
        Shape::Prefix { bytes } => (4 + bytes).next_multiple_of(4),
        Shape::Struct { bytes, .. } => *bytes,
    }
}

/// `RocksDb` and `rocks_db` of `rocks_db`.
fn camel(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    name.split('_').filter_map(part).collect()
}
