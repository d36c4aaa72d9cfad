//! Bindings for Rust: a module over the crate `syrup`, without `unsafe`.
//!
//! In: the model. Out: text.

use super::{MapModel, Model, Struct, bytes_of, camel};
use std::fmt::Write;
use syrup_wire::artifact::{NumberKind, Shape};

/// The module.
pub(super) fn write(model: &Model<'_>) -> String {
    let mut out = format!(
        "// Made by `syrupc bindgen --lang rust` from policy `{}`; make it again when the policy\n\
         // changes.\n",
        model.policy
    );
    for (name, cases) in &model.enums {
        let _ = write!(
            out,
            "\n/// Cases of `{name}`.\n#[derive(Clone, Copy, PartialEq, Eq, Debug)]\n\
             pub struct {name}(pub u64);\n\nimpl {name} {{\n"
        );
        for (case, number) in *cases {
            let _ = writeln!(
                out,
                "    /// `{case}`.\n    pub const {case}: {name} = {name}({number});"
            );
        }
        let _ = writeln!(out, "}}");
    }
    model.structs.iter().for_each(|one| structure(&mut out, one));
    model.maps.iter().for_each(|map| of_map(&mut out, map));
    for set in &model.sets {
        let _ = write!(
            out,
            "\n/// Executor set `{set}` of a deployment.\n///\n/// # Errors\n\
             /// No such deployment, or no permission.\n\
             pub fn {set}(deployment: &str) -> Result<syrup::Executors, syrup::Error> {{\n    \
             syrup::Executors::open(deployment, \"{set}\")\n}}\n"
        );
    }
    out
}

fn structure(out: &mut String, one: &Struct<'_>) {
    let Struct { name, bytes, fields } = one;
    let _ = write!(
        out,
        "\n/// `{name}` as the policy declares it.\n\
         #[derive(Clone, Copy, PartialEq, Eq, Debug)]\npub struct {name} {{\n"
    );
    for (field, _, shape) in *fields {
        let _ = writeln!(out, "    /// `{field}`.\n    pub {field}: {},", type_of(shape));
    }
    let _ = write!(
        out,
        "}}\n\nimpl {name} {{\n    fn to_bytes(self) -> [u8; {bytes}] {{\n        \
         let mut bytes = [0; {bytes}];\n"
    );
    for (field, offset, shape) in *fields {
        let end = offset + bytes_of(shape);
        let value = encode(shape, &format!("self.{field}"));
        let _ = writeln!(out, "        bytes[{offset}..{end}].copy_from_slice(&{value});");
    }
    let _ = write!(
        out,
        "        bytes\n    }}\n\n    fn from_bytes(bytes: [u8; {bytes}]) -> {name} {{\n        \
         {name} {{\n"
    );
    for (field, offset, shape) in *fields {
        let n = bytes_of(shape);
        let part = format!("std::array::from_fn::<u8, {n}, _>(|i| bytes[{offset} + i])");
        let _ = writeln!(out, "            {field}: {},", decode(shape, &part));
    }
    let _ = write!(out, "        }}\n    }}\n}}\n");
}

fn of_map(out: &mut String, map: &MapModel<'_>) {
    let (name, class) = (map.name, camel(map.name));
    let (key, value) = (type_of(map.key), type_of(map.value));
    let n_bytes = bytes_of(map.value);
    let (argument, path) = match map.pin {
        Some(pin) => ("", format!("\"{pin}\"")),
        None => ("deployment: &str", format!("&format!(\"{{deployment}}:{name}\")")),
    };
    let hash = map.layout_hash;
    let _ = write!(
        out,
        "\n/// Map `{name}`.\n#[derive(Debug)]\npub struct {class}(syrup::Map);\n\nimpl {class} \
         {{\n    /// Opens it.\n    ///\n    /// # Errors\n    /// Not there, no permission, or \
         another layout.\n    pub fn open({argument}) -> Result<{class}, syrup::Error> {{\n        \
         syrup::Map::open_checked({path}, {hash}).map({class})\n    }}\n\n    \
         /// The value under a key.\n    ///\n    /// # Errors\n    /// What the kernel answers.\n\
         \x20   pub fn get(&self, key: {key}) -> Result<Option<{value}>, syrup::Error> {{\n        \
         let found = self.0.lookup(&{})?;\n        \
         Ok(found.and_then(|found| <[u8; {n_bytes}]>::try_from(found).ok()).map(|bytes| {}))\n    \
         }}\n",
        encode(map.key, "key"),
        decode(map.value, "bytes")
    );
    if map.is_written() {
        let _ = write!(
            out,
            "\n    /// Writes the value under a key.\n    ///\n    /// # Errors\n    /// A full \
             map, or what the kernel answers.\n    \
             pub fn set(&self, key: {key}, value: {value}) -> Result<(), syrup::Error> {{\n        \
             self.0.update(&{}, &{})\n    }}\n",
            encode(map.key, "key"),
            encode(map.value, "value")
        );
    }
    if map.is_added_to() {
        let _ = write!(
            out,
            "\n    /// Adds to the number under an index, in one step.\n    ///\n    /// # Errors\n\
             \x20   /// An index past the end.\n    \
             pub fn add(&self, index: u32, number: u64) -> Result<u64, syrup::Error> {{\n        \
             self.0.add(index, number)\n    }}\n"
        );
    }
    let _ = writeln!(out, "}}");
}

fn type_of(shape: &Shape) -> String {
    match shape {
        Shape::Number { kind: NumberKind::Enum { name, cases: _ }, .. } => name.clone(),
        Shape::Number { kind: NumberKind::Bool, .. } => "bool".to_owned(),
        Shape::Number { bytes, .. } => format!("u{}", u32::from(*bytes) * 8),
        Shape::Bytes { bytes } => format!("[u8; {bytes}]"),
        Shape::Prefix { .. } => format!("[u8; {}]", bytes_of(shape)),
        Shape::Struct { name, .. } => name.clone(),
    }
}

/// An array of bytes from a value.
fn encode(shape: &Shape, value: &str) -> String {
    match shape {
        Shape::Number { kind: NumberKind::Enum { .. }, bytes, range: _ } => {
            format!("({value}.0 as u{}).to_le_bytes()", u32::from(*bytes) * 8)
        }
        Shape::Number { kind: NumberKind::Bool, bytes, range: _ } => {
            format!("u{}::from({value}).to_le_bytes()", u32::from(*bytes) * 8)
        }
        Shape::Number { .. } => format!("{value}.to_le_bytes()"),
        Shape::Bytes { .. } | Shape::Prefix { .. } => value.to_owned(),
        Shape::Struct { .. } => format!("{value}.to_bytes()"),
    }
}

/// A value from an array of bytes.
fn decode(shape: &Shape, bytes: &str) -> String {
    let number = |n: u8| format!("u{}::from_le_bytes({bytes})", u32::from(n) * 8);
    match shape {
        Shape::Number { kind: NumberKind::Enum { name, .. }, bytes: n, range: _ } if *n == 8 => {
            format!("{name}({})", number(*n))
        }
        Shape::Number { kind: NumberKind::Enum { name, .. }, bytes: n, range: _ } => {
            format!("{name}(u64::from({}))", number(*n))
        }
        Shape::Number { kind: NumberKind::Bool, bytes: n, range: _ } => {
            format!("{} != 0", number(*n))
        }
        Shape::Number { bytes: n, .. } => number(*n),
        Shape::Bytes { .. } | Shape::Prefix { .. } => bytes.to_owned(),
        Shape::Struct { name, .. } => format!("{name}::from_bytes({bytes})"),
    }
}
