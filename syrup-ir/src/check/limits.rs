//! Limits: what a module declares and holds stays within the limits of the language.
//!
//! In: a well-formed module. Out: diagnostics. The front end reports most of these earlier, at the
//! place where the number is written; this is the net below it.

use crate::{Map, MapKind, Module, Term};
use syrup_diag::limits::{
    EXECUTORS_MAX, FUNCTION_OPS_MAX, LOOP_TRIPS_MAX, MAP_ENTRIES_MAX, MAP_KEY_BYTES_MAX,
    MAP_VALUE_BYTES_MAX, MAPS_MAX, QUEUE_THREADS_MAX, QUEUES_MAX,
};
use syrup_diag::{Code, Diagnostic, Span};

/// Everything over a limit.
pub(super) fn limits(module: &Module) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for set in &module.sets {
        let name = format!("slots of `{}`", set.name);
        over(&mut found, set.span, &name, set.capacity.into(), EXECUTORS_MAX.into());
        none(&mut found, set.span, &name, set.capacity);
    }
    for map in &module.maps {
        map_limits(&mut found, map);
    }
    for queue in &module.queues {
        let name = format!("threads in `{}`", queue.name);
        over(&mut found, queue.span, &name, queue.capacity.into(), QUEUE_THREADS_MAX.into());
        none(&mut found, queue.span, &name, queue.capacity);
    }
    if let Some(queue) = module.queues.get(QUEUES_MAX) {
        over(&mut found, queue.span, "queues", module.queues.len() as u64, QUEUES_MAX as u64);
    }
    if let Some(map) = module.maps.get(MAPS_MAX) {
        over(&mut found, map.span, "maps", module.maps.len() as u64, MAPS_MAX as u64);
    }
    for func in &module.funcs {
        let n_ops: usize = func.blocks.iter().map(|block| block.insts.len() + 1).sum();
        let name = "operations in one policy";
        over(&mut found, func.span, name, n_ops as u64, FUNCTION_OPS_MAX as u64);
        for block in &func.blocks {
            if let Term::Loop { max, .. } = block.term {
                let name = "turns of one loop";
                over(&mut found, block.span, name, max.into(), LOOP_TRIPS_MAX.into());
            }
        }
    }
    found
}

fn map_limits(found: &mut Vec<Diagnostic>, map: &Map) {
    let Map { name, kind, key, value, entries, span, .. } = map;
    let limits = [
        ("entries", *entries, MAP_ENTRIES_MAX),
        ("bytes in a key", key.size(), MAP_KEY_BYTES_MAX),
        ("bytes in a value", value.size(), MAP_VALUE_BYTES_MAX),
    ];
    for (what, number, limit) in limits {
        over(found, *span, &format!("{what} of `{name}`"), number.into(), limit.into());
    }
    none(found, *span, &format!("entries in `{name}`"), *entries);
    none(found, *span, &format!("bytes in a value of `{name}`"), value.size());
    match kind {
        MapKind::State | MapKind::PerCpuState | MapKind::Log => {}
        MapKind::Array
        | MapKind::PerCpuArray
        | MapKind::Maglev(_)
        | MapKind::PerTask
        | MapKind::Hash
        | MapKind::LruHash
        | MapKind::Lpm => {
            none(found, *span, &format!("bytes in a key of `{name}`"), key.size());
        }
    }
}

/// The kernel refuses maps of nothing (`EINVAL`), and nobody can mean one.
fn none(found: &mut Vec<Diagnostic>, span: Span, what: &str, number: u32) {
    if number == 0 {
        found.push(Diagnostic::error(Code::E0406, span, format!("no {what}")));
    }
}

fn over(found: &mut Vec<Diagnostic>, span: Span, what: &str, number: u64, limit: u64) {
    if number > limit {
        let message = format!("{number} {what}, the limit is {limit}");
        found.push(Diagnostic::error(Code::E0114, span, message));
    }
}
