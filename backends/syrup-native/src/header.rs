//! The C header of a policy's object file.
//!
//! In: a checked module and its arena. Out: C99 that declares the interface, which is the same for
//! every policy, and names the places of this one's state.

use crate::abi;
use crate::layout::{Layout, MapPlace};
use crate::object::{identifier, symbol};
use std::fmt::Write;
use syrup_ir::{Checked, Map, MapKind};

/// What is the same for every policy; guarded, so that several headers can be included.
const INTERFACE: &str = include_str!("header/interface.h");

/// The whole header.
pub(crate) fn header(policy: &Checked, layout: &Layout) -> String {
    let module = policy.module();
    let lower = identifier(&module.name);
    let upper = lower.to_uppercase();
    let mut text = format!("/* The policy {} for C. Made by syrupc. */\n", module.name);
    let mut line = |args: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{args}");
    };
    line(format_args!("#ifndef SYRUP_POLICY_{upper}_H\n#define SYRUP_POLICY_{upper}_H\n"));
    line(format_args!("{}", INTERFACE.replace("@VERSION@", &abi::VERSION.to_string())));
    line(format_args!(
        "/* Bytes of the arena, and copies of a map that each CPU has its own of. */"
    ));
    line(format_args!("#define SYRUP_{upper}_ARENA_BYTES UINT64_C({})", layout.bytes));
    line(format_args!("#define SYRUP_{upper}_CPUS {}u\n", layout.n_cpus));
    line(format_args!("/* Numbers of sets and maps, and where they lie in the arena. */"));
    for (at, (set, place)) in module.sets.iter().zip(&layout.sets).enumerate() {
        let name = format!("SYRUP_{upper}_SET_{}", identifier(&set.name).to_uppercase());
        line(format_args!("#define {name} {at}u"));
        line(format_args!("#define {name}_LEN UINT64_C({})", place.len));
        line(format_args!("#define {name}_GENERATIONS UINT64_C({})", place.generations));
        line(format_args!("#define {name}_CAPACITY {}u", place.capacity));
    }
    for (param, place) in module.params.iter().zip(&layout.params) {
        let name = identifier(&param.name).to_uppercase();
        line(format_args!("#define SYRUP_{upper}_PARAM_{name} UINT64_C({place})"));
    }
    for (at, (map, place)) in module.maps.iter().zip(&layout.maps).enumerate() {
        line(format_args!("{}", map_lines(&upper, at, map, place)));
    }
    line(format_args!("{}", init(policy, layout, &lower, &upper)));
    line(format_args!("#ifdef __cplusplus\nextern \"C\" {{\n#endif"));
    for at in 0..module.funcs.len() {
        let name = symbol(policy, at);
        line(format_args!("uint64_t {name}(struct syrup_env *env, const uint64_t *inputs);"));
    }
    line(format_args!("#ifdef __cplusplus\n}}\n#endif\n\n#endif"));
    text
}

fn map_lines(upper: &str, at: usize, map: &Map, place: &MapPlace) -> String {
    let name = format!("SYRUP_{upper}_MAP_{}", identifier(&map.name).to_uppercase());
    let kind = map.kind.name();
    let mut text = format!("#define {name} {at}u /* {kind} */\n");
    let mut row = |what: &str, number: u64| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "#define {name}_{what} UINT64_C({number})");
    };
    row("KEY_BYTES", map.key.size().into());
    row("VALUE_BYTES", map.value.size().into());
    row("ENTRIES", map.entries.into());
    if map.kind != MapKind::Log {
        row("START", place.start);
        row("STRIDE", place.stride);
        row("PLACES", place.n_values.into());
    }
    if place.cpu_stride != 0 {
        row("CPU_STRIDE", place.cpu_stride);
    }
    text.truncate(text.trim_end().len());
    text
}

/// The function that gives a zeroed arena the state that a policy begins with.
fn init(policy: &Checked, layout: &Layout, lower: &str, upper: &str) -> String {
    let module = policy.module();
    let mut body = String::new();
    for (param, place) in module.params.iter().zip(&layout.params) {
        let _ = writeln!(body, "    syrup_put(arena + {place}, 8, UINT64_C({}));", param.default);
    }
    for (map, place) in module.maps.iter().zip(&layout.maps) {
        let is_cell = matches!(map.kind, MapKind::State | MapKind::PerCpuState);
        if !is_cell || map.initial.iter().all(|byte| *byte == 0) {
            continue;
        }
        let n_copies = if place.cpu_stride == 0 { 1 } else { layout.n_cpus };
        let (start, stride) = (place.start, place.cpu_stride);
        let _ = writeln!(body, "    for (uint64_t cpu = 0; cpu < {n_copies}; cpu++) {{");
        for (at, byte) in map.initial.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            let _ = writeln!(body, "        arena[{start} + {stride} * cpu + {at}] = {byte};");
        }
        body.push_str("    }\n");
    }
    format!(
        "\n/* Gives an arena of SYRUP_{upper}_ARENA_BYTES zero bytes its first state. */\n\
         static inline void syrup_{lower}_init(uint8_t *arena) {{\n    (void)arena;\n{body}}}\n"
    )
}
