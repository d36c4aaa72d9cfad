//! Bindings for Python: a module over `syrup.py`.
//!
//! In: the model. Out: text.

use super::{MapModel, Model, bytes_of, camel};
use std::fmt::Write;
use syrup_wire::artifact::{NumberKind, Shape};

/// The module.
pub(super) fn write(model: &Model<'_>) -> String {
    let policy = model.policy;
    let mut out = format!(
        "\"\"\"Made by `syrupc bindgen --lang python` from policy `{policy}`; make it again when \
         the\npolicy changes.\"\"\"\n\nimport enum\nimport typing\n\nimport syrup\n"
    );
    for (name, cases) in &model.enums {
        let _ = writeln!(out, "\n\nclass {name}(enum.IntEnum):");
        cases.iter().for_each(|(case, number)| {
            let _ = writeln!(out, "    {case} = {number}");
        });
    }
    for one in &model.structs {
        let _ = writeln!(out, "\n\nclass {}(typing.NamedTuple):", one.name);
        for (field, _, shape) in one.fields {
            let _ = writeln!(out, "    {field}: {}", type_of(shape));
        }
        let _ = write!(out, "\n    def to_bytes(self):\n        out = bytearray({})\n", one.bytes);
        for (field, offset, shape) in one.fields {
            let (end, value) = (offset + bytes_of(shape), encode(shape, &format!("self.{field}")));
            let _ = writeln!(out, "        out[{offset}:{end}] = {value}");
        }
        let _ = write!(
            out,
            "        return bytes(out)\n\n    @staticmethod\n    def from_bytes(data):\n        \
             return {}(\n",
            one.name
        );
        for (_, offset, shape) in one.fields {
            let part = format!("data[{offset}:{}]", offset + bytes_of(shape));
            let _ = writeln!(out, "            {},", decode(shape, &part));
        }
        let _ = writeln!(out, "        )");
    }
    model.maps.iter().for_each(|map| of_map(&mut out, map));
    for set in &model.sets {
        let _ = write!(
            out,
            "\n\ndef add_to_{set}(deployment, socket):\n    \
             return syrup.add_executor(deployment, \"{set}\", socket)\n\n\n\
             def remove_from_{set}(deployment, socket):\n    \
             syrup.remove_executor(deployment, \"{set}\", socket)\n"
        );
    }
    out
}

fn of_map(out: &mut String, map: &MapModel<'_>) {
    let (argument, path) = match map.pin {
        Some(pin) => ("", format!("\"{pin}\"")),
        None => (", deployment", format!("deployment + \":{}\"", map.name)),
    };
    let _ = write!(
        out,
        "\n\nclass {}:\n    \"\"\"Map `{}`.\"\"\"\n\n    def __init__(self{argument}):\n        \
         self.map = syrup.Map({path}, {})\n\n    def __getitem__(self, key):\n        \
         found = self.map[{}]\n        if isinstance(found, int):\n            \
         found = found.to_bytes({}, \"little\")\n        return {}\n",
        camel(map.name),
        map.name,
        map.layout_hash,
        encode(map.key, "key"),
        bytes_of(map.value),
        decode(map.value, "found")
    );
    if map.is_written() {
        let _ = write!(
            out,
            "\n    def __setitem__(self, key, value):\n        self.map[{}] = {}\n",
            encode(map.key, "key"),
            encode(map.value, "value")
        );
    }
    if map.is_added_to() {
        out.push_str("\n    def add(self, index, number):\n        self.map.add(index, number)\n");
    }
}

fn type_of(shape: &Shape) -> &str {
    match shape {
        Shape::Number { kind: NumberKind::Bool, .. } => "bool",
        Shape::Number { .. } => "int",
        Shape::Bytes { .. } | Shape::Prefix { .. } => "bytes",
        Shape::Struct { name, .. } => name,
    }
}

fn encode(shape: &Shape, value: &str) -> String {
    match shape {
        Shape::Number { bytes, .. } => format!("int({value}).to_bytes({bytes}, \"little\")"),
        Shape::Bytes { bytes } => format!("bytes({value}).ljust({bytes}, b\"\\0\")"),
        Shape::Prefix { .. } => format!("bytes({value}).ljust({}, b\"\\0\")", bytes_of(shape)),
        Shape::Struct { .. } => format!("{value}.to_bytes()"),
    }
}

fn decode(shape: &Shape, bytes: &str) -> String {
    match shape {
        Shape::Number { kind: NumberKind::Bool, .. } => format!("any({bytes})"),
        Shape::Number { .. } => format!("int.from_bytes({bytes}, \"little\")"),
        Shape::Bytes { .. } | Shape::Prefix { .. } => format!("bytes({bytes})"),
        Shape::Struct { name, .. } => format!("{name}.from_bytes({bytes})"),
    }
}
