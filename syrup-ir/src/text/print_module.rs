//! Prints what stands before the functions: the hook, sets, maps and parameters.

use super::{PrintOptions, name, put, put_span, quoted};
use crate::layout::{max_of, storage_bytes};
use crate::{
    Access, Base, Caps, Else, ExecutorKind, Layout, Map, MapId, MapKind, Module, Param, ParamId,
    QueueId, Scalar, ScalarKind, Set, SetId,
};

/// Everything of a module but its functions.
pub(super) fn header(out: &mut String, module: &Module, options: PrintOptions) {
    put(out, format_args!("module {}\n", name(&module.name)));
    let hook = &module.hook;
    put(out, format_args!("hook {} window {}", name(&hook.name), base_name(hook.window)));
    caps(out, hook.caps);
    put(out, format_args!("\nlicence {}\n", quoted(&module.licence)));
    if let Some(budget) = module.budget {
        put(out, format_args!("budget {}", budget.insns));
        put_span(out, budget.span, options);
        out.push('\n');
    }
    for (at, item) in module.sets.iter().enumerate() {
        set(out, SetId(at as u32), item);
        put_span(out, item.span, options);
        out.push('\n');
    }
    for (at, item) in module.maps.iter().enumerate() {
        map(out, MapId(at as u32), item);
        put_span(out, item.span, options);
        out.push('\n');
    }
    for (at, item) in module.queues.iter().enumerate() {
        let (id, name) = (QueueId(at as u32), name(&item.name));
        put(out, format_args!("queue {id} {name}: {}[{}]", item.order.name(), item.capacity));
        put_span(out, item.span, options);
        out.push('\n');
    }
    for (at, item) in module.params.iter().enumerate() {
        param(out, ParamId(at as u32), item);
        put_span(out, item.span, options);
        out.push('\n');
    }
}

fn caps(out: &mut String, caps: Caps) {
    if caps == Caps::ALL {
        out.push_str(" caps all");
        return;
    }
    for (at, cap) in caps.iter().enumerate() {
        out.push_str(if at == 0 { " caps " } else { ", " });
        out.push_str(cap.name());
    }
}

fn set(out: &mut String, id: SetId, set: &Set) {
    let kind = match set.kind {
        ExecutorKind::Socket => "socket",
        ExecutorKind::Core => "core",
        ExecutorKind::Queue => "queue",
    };
    let or_else = match set.or_else {
        Else::Pass => "pass",
        Else::Drop => "drop",
    };
    let name = name(&set.name);
    put(out, format_args!("set {id} {name}: {kind}[{}] else {or_else}", set.capacity));
}

fn map(out: &mut String, id: MapId, map: &Map) {
    put(out, format_args!("map {id} {}: {}[{}] key ", name(&map.name), kind(map), map.entries));
    layout(out, &map.key);
    out.push_str(" value ");
    layout(out, &map.value);
    match map.user {
        Access::None => {}
        Access::Read => out.push_str(" user read"),
        Access::Write => out.push_str(" user write"),
        Access::Add => out.push_str(" user add"),
    }
    if let Some(pin) = &map.pin {
        put(out, format_args!(" pin {}", quoted(pin)));
    }
    if !map.initial.is_empty() {
        out.push_str(" initial \"");
        for byte in &map.initial {
            put(out, format_args!("{byte:02x}"));
        }
        out.push('"');
    }
}

fn kind(map: &Map) -> String {
    match map.kind {
        MapKind::Maglev(set) => format!("{}({set})", map.kind.name()),
        other => other.name().to_owned(),
    }
}

fn param(out: &mut String, id: ParamId, param: &Param) {
    put(out, format_args!("param {id} {}: ", name(&param.name)));
    layout(out, &param.layout);
    let (lo, hi) = param.range;
    put(out, format_args!(" = {} in {lo}..={hi}", param.default));
}

fn layout(out: &mut String, shape: &Layout) {
    match shape {
        Layout::Scalar(number) => scalar(out, number),
        Layout::Bytes(n) => put(out, format_args!("bytes[{n}]")),
        Layout::Struct { name: title, fields, size, align } => {
            put(out, format_args!("struct {}[{size}, {align}] {{ ", name(title)));
            for (at, field) in fields.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                put(out, format_args!("{comma}{} + {}: ", name(&field.name), field.offset));
                layout(out, &field.layout);
            }
            out.push_str(" }");
        }
    }
}

/// A scalar: what it stands for, its bits, and bytes and range where they are not the usual ones.
fn scalar(out: &mut String, scalar: &Scalar) {
    let Scalar { bits, bytes, kind, range } = scalar;
    match kind {
        ScalarKind::Int => {}
        ScalarKind::Bool => out.push_str("bool "),
        ScalarKind::Atomic => out.push_str("atomic "),
        ScalarKind::Time => out.push_str("time "),
        ScalarKind::Duration => out.push_str("duration "),
        ScalarKind::Enum(info) => {
            put(out, format_args!("enum {} {{ ", name(&info.name)));
            for (at, (case, number)) in info.cases.iter().enumerate() {
                let comma = if at == 0 { "" } else { ", " };
                put(out, format_args!("{comma}{} = {number}", name(case)));
            }
            out.push_str(" } ");
        }
        ScalarKind::Exec(set) => put(out, format_args!("exec {set} ")),
        ScalarKind::Task => out.push_str("task "),
        ScalarKind::Lock => out.push_str("lock "),
    }
    put(out, format_args!("u{bits}"));
    if *bytes != storage_bytes(*bits) {
        put(out, format_args!("/{bytes}"));
    }
    if *range != (0, max_of(*bits)) {
        put(out, format_args!(" in {}..={}", range.0, range.1));
    }
}

/// The name of a base in the text form.
pub(super) fn base_name(base: Base) -> &'static str {
    match base {
        Base::Frame => "frame",
        Base::Net => "net",
        Base::Transport => "transport",
    }
}
