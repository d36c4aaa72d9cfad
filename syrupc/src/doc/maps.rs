//! Maps, state and queues: what they hold, how it lies in memory, and who else may touch it.
//!
//! In: the declarations of a file. Out: a section for each, with a table of the value's bytes
//! where it is a struct, for those who read it from C.

use super::{Page, Part, docs, head, row};
use crate::Analysis;
use crate::hir::{Map, Type};
use crate::syntax::ast::{Item, ItemKind};
use syrup_diag::Span;
use syrup_ir::{Access, Layout, MapKind, Scalar, ScalarKind};

/// The sections of all maps, states and queues of a file.
pub(super) fn maps(analysis: &Analysis, items: &[&Item], page: &mut Page) {
    let mut is_first = true;
    for item in items {
        let (keyword, name, ty) = if let ItemKind::Map(map) = &item.kind {
            ("map", &map.name, &map.ty)
        } else if let ItemKind::Queue(queue) = &item.kind {
            ("queue", &queue.name, &queue.ty)
        } else if let ItemKind::State(state) = &item.kind {
            ("state", &state.name, &state.ty)
        } else {
            continue;
        };
        head(page, &mut is_first, "Maps and state");
        page.push(Part::Heading(3, format!("`{}`", name.text)));
        page.extend(docs(analysis, item));
        let written = analysis.sources.slice(Span { start: name.span.start, ..ty.span });
        page.push(Part::Code(format!("{keyword} {written}")));
        let known = analysis.program.maps.iter().find(|map| *map.name == *name.text);
        if let Some(map) = known {
            page.push(Part::List(facts(map)));
            layout("key", &map.key_layout, page);
            layout("value", &map.value_layout, page);
        }
    }
}

/// What a program beside the policy has to know.
fn facts(map: &Map) -> Vec<String> {
    let size = map.value_layout.size();
    let mut facts = vec![match map.kind {
        MapKind::State => format!("one cell of {size} bytes"),
        MapKind::PerCpuState => format!("one cell of {size} bytes for each CPU"),
        MapKind::PerTask => format!("a cell of {size} bytes for each thread"),
        MapKind::Log => format!("records of {size} bytes, {} bytes of them at most", map.entries),
        MapKind::Maglev(_) => format!("{} places, filled by Syrup", map.entries),
        MapKind::Array | MapKind::PerCpuArray | MapKind::Hash | MapKind::LruHash | MapKind::Lpm => {
            let key = map.key_layout.size();
            format!("up to {} entries: a key of {key} bytes, a value of {size}", map.entries)
        }
    }];
    if map.atomic {
        facts.push("cells change by atomic operations only".to_owned());
    }
    if map.kind == MapKind::State && !map.initial.is_empty() {
        facts.push(format!("{} at first", initial(map)));
    }
    if let Some(pin) = &map.pin {
        facts.push(format!("pinned as `{pin}`: `syrupc map dump {pin}`"));
    }
    facts.extend(match map.user {
        Access::None => None,
        Access::Read => Some("other programs read it".to_owned()),
        Access::Write => Some("other programs write it".to_owned()),
        Access::Add => Some("other programs add to its cells".to_owned()),
    });
    if map.value == Type::Unit || size == 0 {
        facts.truncate(1);
    }
    facts
}

/// The table of a struct's bytes.
fn layout(what: &str, layout: &Layout, page: &mut Page) {
    let Layout::Struct { name, fields, size, .. } = layout else { return };
    let mut rows = vec![row(["byte", "bytes", "field", "holds"])];
    for field in fields {
        let (bytes, holds) = (field.layout.size().to_string(), holds(&field.layout));
        rows.push(row([&field.offset.to_string(), &bytes, &format!("`{}`", field.name), &holds]));
    }
    page.push(Part::Text(format!(
        "The {what} is a `{name}` of {size} bytes, little-endian, as a C compiler lays it out."
    )));
    page.push(Part::Table(rows));
}

fn holds(layout: &Layout) -> String {
    match layout {
        Layout::Scalar(scalar) => number(scalar),
        Layout::Bytes(_) => "bytes".to_owned(),
        Layout::Struct { name, .. } => format!("a `{name}`"),
    }
}

fn number(scalar: &Scalar) -> String {
    let (lo, hi) = scalar.range;
    match &scalar.kind {
        ScalarKind::Int | ScalarKind::Atomic if (lo, hi) == (0, syrup_ir::max_of(scalar.bits)) => {
            "any number".to_owned()
        }
        ScalarKind::Int | ScalarKind::Atomic => format!("{lo} to {hi}"),
        ScalarKind::Bool => "0 or 1".to_owned(),
        ScalarKind::Time => "nanoseconds since the machine started".to_owned(),
        ScalarKind::Duration => "nanoseconds".to_owned(),
        ScalarKind::Enum(info) => {
            let cases: Vec<_> =
                info.cases.iter().map(|(name, value)| format!("{value} `{name}`")).collect();
            cases.join(", ")
        }
        ScalarKind::Exec(_) => "a slot, and its generation in the upper half".to_owned(),
        ScalarKind::Task => "the id of a thread".to_owned(),
        ScalarKind::Lock => "the lock of the entry: leave it alone".to_owned(),
    }
}

/// What a state starts as: a number, or the bytes in memory of what is none.
fn initial(map: &Map) -> String {
    let bytes = &map.initial;
    if let (Layout::Scalar(_), true) = (&map.value_layout, bytes.len() <= 8) {
        let mut number = [0; 8];
        number[..bytes.len()].copy_from_slice(bytes);
        return u64::from_le_bytes(number).to_string();
    }
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hex\"{}\"", bytes.join(" "))
}
