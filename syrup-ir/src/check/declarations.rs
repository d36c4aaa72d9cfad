//! Declarations: what a module declares fits together.
//!
//! In: any module. Out: violations. Claim: a layout's scalars lie inside it, aligned and apart; an
//! initial value has the size of its cell; a parameter's default lies in its range and its range in
//! its type; nothing has room for nothing.

use super::Violation;
use crate::layout::max_of;
use crate::{Else, Layout, Map, MapKind, Module, Param, Scalar, ScalarKind};

/// All declarations.
pub(super) fn declarations(module: &Module) -> Vec<Violation> {
    let mut found = Vec::new();
    for item in &module.maps {
        let problem = map(module, item);
        found.extend(problem.err().map(|text| format!("map {} {text}", item.name)));
    }
    let events = module.funcs.iter().enumerate().filter(|(_, func)| func.event().is_some());
    for (at, func) in events {
        if module.funcs[..at].iter().any(|other| other.name == func.name) {
            found.push(format!("event {} has two functions", func.name));
        }
        let refusing = module.sets.iter().find(|set| set.or_else == Else::Drop);
        found.extend(refusing.map(|set| format!("set {} refuses threads", set.name)));
    }
    for item in &module.params {
        let problem = param(module, item);
        found.extend(problem.err().map(|text| format!("parameter {} {text}", item.name)));
    }
    found.into_iter().map(Violation::of_module).collect()
}

fn ensure(holds: bool, text: impl Into<String>) -> Result<(), String> {
    if holds { Ok(()) } else { Err(text.into()) }
}

fn map(module: &Module, map: &Map) -> Result<(), String> {
    if has_key(map.kind) {
        layout(module, &map.key).map_err(|text| format!("has a key whose {text}"))?;
    }
    layout(module, &map.value).map_err(|text| format!("has a value whose {text}"))?;
    let locks = matches!(map.kind, MapKind::Hash | MapKind::Array);
    ensure(locks || map.value.lock().is_none(), "has a lock and is of a kind that has none")?;
    ensure(map.key.lock().is_none(), "has a key with a lock")?;
    let n_initial = map.initial.len();
    let fits = n_initial == 0 || n_initial == map.value.size() as usize;
    ensure(fits, format!("has an initial value of {n_initial} bytes"))?;
    let is_u32 = matches!(map.key.pieces()[..], [piece] if (piece.bits, piece.bytes) == (32, 4));
    match map.kind {
        MapKind::Array | MapKind::PerCpuArray => ensure(is_u32, "is an array whose key is no u32"),
        MapKind::Maglev(set) => {
            ensure(set.idx() < module.sets.len(), "is over a set that does not exist")?;
            ensure(is_u32, "is an array whose key is no u32")
        }
        MapKind::Lpm => {
            let first = map.key.pieces().first().map(|piece| (piece.bits, piece.bytes));
            ensure(first == Some((32, 4)), "has a key that does not begin with a u32 length")
        }
        MapKind::PerTask => ensure(is_u32, "is keyed by threads and its key is no u32"),
        MapKind::State | MapKind::PerCpuState | MapKind::Hash | MapKind::LruHash => Ok(()),
        MapKind::Log => Ok(()),
    }
}

/// Whether the layout of a key says anything.
fn has_key(kind: MapKind) -> bool {
    match kind {
        MapKind::State | MapKind::PerCpuState | MapKind::Log => false,
        MapKind::Array | MapKind::PerCpuArray | MapKind::Maglev(_) | MapKind::PerTask => true,
        MapKind::Hash | MapKind::LruHash | MapKind::Lpm => true,
    }
}

fn param(module: &Module, param: &Param) -> Result<(), String> {
    layout(module, &param.layout).map_err(|text| format!("has a {text}"))?;
    let (lo, hi) = param.range;
    ensure(lo <= param.default && param.default <= hi, "has a default outside its range")?;
    match &param.layout {
        Layout::Scalar(scalar) => ensure(hi <= max_of(scalar.bits), "has a range beyond its type"),
        Layout::Bytes(_) | Layout::Struct { .. } => Ok(()),
    }
}

fn layout(module: &Module, shape: &Layout) -> Result<(), String> {
    match shape {
        Layout::Scalar(number) => scalar(module, number),
        Layout::Bytes(_) => Ok(()),
        Layout::Struct { name, fields, size, align } => {
            let mut end = 0;
            ensure(align.is_power_of_two(), format!("{name} has no alignment"))?;
            ensure(size.is_multiple_of(*align), format!("{name} has a wrong size"))?;
            for field in fields {
                layout(module, &field.layout)?;
                let inner = field.layout.align();
                let is_apart = field.offset >= end && inner <= *align;
                let is_aligned = field.offset.is_multiple_of(inner.max(1));
                end = field.offset.saturating_add(field.layout.size());
                let fits = is_apart && is_aligned && end <= *size;
                ensure(fits, format!("field {} does not fit {name}", field.name))?;
            }
            Ok(())
        }
    }
}

fn scalar(module: &Module, scalar: &Scalar) -> Result<(), String> {
    let Scalar { bits, bytes, kind, range } = scalar;
    let fits = matches!(bytes, 1 | 2 | 4 | 8) && (1..=bytes * 8).contains(bits);
    ensure(fits, format!("u{bits} does not fit {bytes} bytes"))?;
    ensure(range.0 <= range.1, "range is empty")?;
    match kind {
        ScalarKind::Exec(set) => {
            ensure(set.idx() < module.sets.len(), "executor is of a set that does not exist")
        }
        ScalarKind::Int | ScalarKind::Bool | ScalarKind::Atomic | ScalarKind::Time => Ok(()),
        ScalarKind::Duration | ScalarKind::Enum(_) | ScalarKind::Task => Ok(()),
        ScalarKind::Lock => ensure(*bytes == 4, "lock has another size than 4 bytes"),
    }
}
