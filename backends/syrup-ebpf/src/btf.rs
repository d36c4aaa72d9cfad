//! Type information in the kernel's BTF form (Documentation/bpf/btf.rst).
//!
//! In: a module, the plan of its maps, and the programs with the source of each word. Out: the BTF
//! bytes, and the type ids and line tables in specs and programs. The same bytes serve the bpf(2)
//! call and the `.BTF` section of an object file.

mod lines;
mod reader;
mod types;
mod writer;

use crate::elf_names::identifier;
use crate::hooks::Face;
use crate::maps::{MapPlace, MapPlan, section};
pub use reader::{Reader, Section};
use syrup_diag::{Sources, Span};
use syrup_ir::{Layout, MapId, MapKind, Module};
use syrup_wire::artifact::{MapRole, Program};
use types::Types;
use writer::Var;

/// The source of each word of each program.
pub type Spans<'a> = &'a [Vec<Span>];

/// Writes the types of an artifact.
pub fn build(
    module: &Module,
    plan: &mut MapPlan,
    programs: &mut [Program],
    faces: &[&Face],
    spans: Spans<'_>,
    sources: &Sources,
) -> Vec<u8> {
    let mut types = Types::new();
    map_types(module, plan, &mut types);
    sections(module, plan, &mut types);
    table_definitions(plan, &mut types);
    for (program, face) in programs.iter_mut().zip(faces) {
        program.func_type = types.function(&program.name, face.ctx_type);
        // An object file's line tables name their section by these strings.
        types.writer.string(&program.section);
    }
    for (program, spans) in programs.iter_mut().zip(spans) {
        program.lines = lines::lines(spans, sources, &mut types.writer);
    }
    types.writer.finish()
}

/// Key and value types of maps that are looked up.
fn map_types(module: &Module, plan: &mut MapPlan, types: &mut Types) {
    for (idx, map) in module.maps.iter().enumerate() {
        // `ringbuf_map_alloc` refuses types.
        if map.kind == MapKind::Log {
            continue;
        }
        let (place, key) = match plan.places[idx] {
            MapPlace::Table(place) => (place, &map.key),
            MapPlace::PerCpuCell(place) => (place, &Layout::int(32)),
            MapPlace::Cell { .. } => continue,
        };
        let spec = &mut plan.specs[place as usize];
        spec.key_type = types.of(key);
        spec.value_type = types.of(&map.value);
    }
    let by_slot = plan.generations.iter().chain(&plan.cores).copied().flatten();
    for map in by_slot.collect::<Vec<_>>() {
        let spec = &mut plan.specs[map as usize];
        spec.key_type = types.of(&Layout::int(32));
        spec.value_type = types.of(&Layout::int(32));
    }
    if let Some(map) = plan.counters_map {
        let spec = &mut plan.specs[map as usize];
        spec.key_type = types.of(&Layout::int(32));
        spec.value_type = types.of(&Layout::int(64));
    }
}

/// Data sections: single-value maps whose parts are variables.
fn sections(module: &Module, plan: &mut MapPlan, types: &mut Types) {
    for idx in 0..plan.specs.len() {
        let Some(name) = section(&plan.specs[idx]) else { continue };
        let mut vars = match &plan.specs[idx].role {
            MapRole::User { .. } | MapRole::State { .. } => state_vars(module, plan, idx, types),
            MapRole::Params => param_vars(module, plan, types),
            MapRole::Sets => set_vars(plan, types),
            MapRole::Script => {
                let bytes = plan.specs[idx].value_bytes;
                let ty = types.of(&Layout::Bytes(bytes));
                vec![types.variable("syrup_script", ty, 0, bytes)]
            }
            MapRole::Executors { .. } | MapRole::Ring { .. } => continue,
            MapRole::Log { .. } | MapRole::Generations { .. } => continue,
            MapRole::Cores { .. } | MapRole::Counters => continue,
        };
        vars.sort_by_key(|var| var.offset);
        let spec = &mut plan.specs[idx];
        spec.value_type = types.writer.section(&name, spec.value_bytes, &vars);
    }
}

fn state_vars(module: &Module, plan: &MapPlan, spec: usize, types: &mut Types) -> Vec<Var> {
    let mut vars = Vec::new();
    for id in (0..module.maps.len() as u32).map(MapId) {
        let cell = &module.maps[id.idx()];
        if let MapPlace::Cell { map, offset } = plan.places[id.idx()]
            && map as usize == spec
        {
            let ty = types.of(&cell.value);
            vars.push(types.variable(&cell.name, ty, offset, cell.value.size()));
        }
    }
    vars
}

fn param_vars(module: &Module, plan: &MapPlan, types: &mut Types) -> Vec<Var> {
    let both = module.params.iter().zip(&plan.params);
    both.map(|(param, spec)| {
        let ty = types.of(&param.layout);
        types.variable(&param.name, ty, spec.offset, param.layout.size())
    })
    .collect()
}

fn set_vars(plan: &MapPlan, types: &mut Types) -> Vec<Var> {
    let mut vars = Vec::new();
    for set in &plan.sets {
        let number = types.of(&Layout::int(32));
        let name = format!("{}_len", identifier(&set.name));
        vars.push(types.variable(&name, number, set.len_offset, 4));
        let array = types.array(number, set.capacity);
        let name = format!("{}_generations", identifier(&set.name));
        vars.push(types.variable(&name, array, set.generations_offset, 4 * set.capacity));
    }
    vars
}

/// The `.maps` section: one variable a table, of a struct that spells the map's definition, as
/// libbpf reads it (tools/lib/bpf/bpf_helpers.h, `__uint` and `__type`).
fn table_definitions(plan: &MapPlan, types: &mut Types) {
    let mut vars = Vec::new();
    let mut offset = 0;
    for spec in plan.specs.iter().filter(|spec| section(spec).is_none()) {
        let definition = types.definition(spec);
        let (name, ty, bytes) = (identifier(&spec.name), definition.0, definition.1);
        vars.push(types.variable(&name, ty, offset, bytes));
        offset += bytes;
    }
    if !vars.is_empty() {
        types.writer.section(".maps", offset, &vars);
    }
}
