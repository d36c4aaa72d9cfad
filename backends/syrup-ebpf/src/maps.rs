//! Which maps a policy becomes, and where each state cell, parameter and set stands in them.
//!
//! In: a module, its hook and the options. Out: a [`MapPlan`] with the artifact's map specs (BTF
//! types still 0), and the references that instruction selection needs.
//!
//! All state cells share one single-value array (`.bss`, or `.data` when one starts as non-zero),
//! so that a cell's address is one instruction without a lookup. A cell with atomics has a cache
//! line of its own; a pinned cell has a map of its own. Lengths and generations of sets stand apart
//! from state, because every evaluation reads them and almost nobody writes them.

mod generations;
mod sets;

use crate::elf_names::identifier;
use crate::hooks::{Hook, SlotKeys};
use crate::shape::{Fingerprint, has_atomic, shape, user_access};
use syrup_backend::EmitOptions;
use syrup_diag::{Code, Diagnostic};
use syrup_ir::{Access, Map, MapId, MapKind, Module};
use syrup_wire::artifact::{CellSpec, CounterSpec, MapRole, MapSpec, ParamSpec, SetSpec, Shape};
use syrup_wire::script::SCRIPT_BYTES;

/// `enum bpf_map_type`.
mod kind {
    pub const HASH: u32 = 1;
    pub const ARRAY: u32 = 2;
    pub const PERCPU_ARRAY: u32 = 6;
    pub const LRU_HASH: u32 = 9;
    pub const LPM_TRIE: u32 = 11;
    pub const RINGBUF: u32 = 27;
}

/// `BPF_F_NO_PREALLOC`: a trie grows with its entries, and the kernel has no other.
const NO_PREALLOC: u32 = 1;

/// `BPF_F_RDONLY_PROG`: programs may read only, which lets the verifier fold a frozen map.
const RDONLY_PROG: u32 = 1 << 7;

/// `BPF_F_MMAPABLE` (Linux 5.5): user space may map the values, and write one number without
/// writing its neighbours back.
const MMAPABLE: u32 = 1 << 10;

/// Bytes of a cache line on the machines we know.
const CACHE_LINE_BYTES: u32 = 64;

/// Where the IR's map is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapPlace {
    /// Looked up by key.
    Table(u32),
    /// A byte of a single value.
    Cell {
        /// Which map.
        map: u32,
        /// Which byte.
        offset: u32,
    },
    /// Looked up by key 0: one value a CPU.
    PerCpuCell(u32),
}

/// The maps of an artifact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MapPlan {
    /// Every map.
    pub specs: Vec<MapSpec>,
    /// Where each of the module's maps is.
    pub places: Vec<MapPlace>,
    /// The map of parameters.
    pub params_map: Option<u32>,
    /// Each parameter.
    pub params: Vec<ParamSpec>,
    /// The map of lengths and generations.
    pub sets_map: Option<u32>,
    /// Each set.
    pub sets: Vec<SetSpec>,
    /// The map of each set's executors.
    pub executors: Vec<u32>,
    /// The map of each set's generations by slot, where the policy asks for them.
    pub generations: Vec<Option<u32>>,
    /// What keys of the maps of executors are.
    pub keys: SlotKeys,
    /// The map of each set's cores by slot, where executors are cores.
    pub cores: Vec<Option<u32>>,
    /// The map of counters.
    pub counters_map: Option<u32>,
    /// What they count.
    pub counters: Vec<CounterSpec>,
    /// The twin's script.
    pub script_map: Option<u32>,
}

/// Plans the maps of a module.
///
/// # Errors
/// Kinds of maps that this backend does not have.
pub fn plan(
    module: &Module,
    hook: &Hook,
    options: EmitOptions,
) -> Result<MapPlan, Vec<Diagnostic>> {
    let refused: Vec<Diagnostic> = module.maps.iter().filter_map(refuse).collect();
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut plan = MapPlan {
        specs: vec![],
        places: vec![MapPlace::Table(0); module.maps.len()],
        params_map: None,
        params: vec![],
        sets_map: None,
        sets: vec![],
        executors: vec![],
        generations: vec![],
        keys: hook.executors.keys,
        cores: vec![],
        counters_map: None,
        counters: vec![],
        script_map: None,
    };
    plan.add_user_maps(module);
    plan.add_state(module);
    plan.add_params(module);
    plan.add_sets(module, hook);
    if options.counters {
        plan.add_counters(module);
    }
    if options.twin {
        let spec = single_value("syrup_script", MapRole::Script, SCRIPT_BYTES as u32);
        plan.script_map = Some(plan.push(spec));
    }
    Ok(plan)
}

fn refuse(map: &Map) -> Option<Diagnostic> {
    let what = match map.kind {
        MapKind::State
        | MapKind::Array
        | MapKind::Hash
        | MapKind::LruHash
        | MapKind::PerCpuState
        | MapKind::PerCpuArray
        | MapKind::Maglev(_)
        | MapKind::Lpm
        | MapKind::Log => return None,
        MapKind::PerTask => "a map per thread",
    };
    let message = format!("`{}` is {what}, which is not supported yet", map.name);
    Some(Diagnostic::error(Code::E0111, map.span, message))
}

/// Whether user space works on an array while the policy runs.
fn shared_array(map: &Map) -> bool {
    let declared = matches!(map.kind, MapKind::Array | MapKind::State) && map.user != Access::None;
    // The kernel refuses to map values with a lock (`bpf_map_mmap`, kernel/bpf/syscall.c).
    declared && map.value.lock().is_none() || matches!(map.kind, MapKind::Maglev(_))
}

/// The shape of a key, as people write it.
fn key_shape(map: &Map) -> Shape {
    match map.kind {
        MapKind::Lpm => Shape::Prefix { bytes: map.key.size() - 4 },
        _ => shape(&map.key),
    }
}

fn single_value(name: &str, role: MapRole, bytes: u32) -> MapSpec {
    MapSpec {
        name: name.to_owned(),
        role,
        kind: kind::ARRAY,
        key_bytes: 4,
        value_bytes: bytes,
        entries: 1,
        flags: MMAPABLE,
        key_type: 0,
        value_type: 0,
        pin: None,
        initial: vec![],
        layout_hash: 0,
    }
}

impl MapPlan {
    fn push(&mut self, mut spec: MapSpec) -> u32 {
        if spec.layout_hash == 0 {
            spec.layout_hash = Fingerprint::new()
                .text(&spec.name)
                .number(spec.kind.into())
                .number(spec.key_bytes.into())
                .number(spec.value_bytes.into())
                .number(spec.entries.into())
                .finish();
        }
        self.specs.push(spec);
        self.specs.len() as u32 - 1
    }

    fn add_user_maps(&mut self, module: &Module) {
        for (idx, map) in module.maps.iter().enumerate() {
            let own_cell = map.kind == MapKind::State && map.pin.is_some();
            let kind = match map.kind {
                MapKind::State if !own_cell => continue,
                MapKind::Hash => kind::HASH,
                MapKind::LruHash => kind::LRU_HASH,
                MapKind::Lpm => kind::LPM_TRIE,
                MapKind::Log => kind::RINGBUF,
                MapKind::PerCpuState | MapKind::PerCpuArray => kind::PERCPU_ARRAY,
                MapKind::State | MapKind::Array | MapKind::PerTask | MapKind::Maglev(_) => {
                    kind::ARRAY
                }
            };
            let is_cell = matches!(map.kind, MapKind::State | MapKind::PerCpuState);
            let is_log = map.kind == MapKind::Log;
            let (key, key_bytes, entries) = if is_log {
                (Shape::Bytes { bytes: 0 }, 0, map.entries)
            } else if is_cell {
                (Shape::Bytes { bytes: 0 }, 4, 1)
            } else {
                (key_shape(map), map.key.size(), map.entries.max(1))
            };
            let role = match map.kind {
                MapKind::Maglev(set) => MapRole::Ring { set: set.0 },
                MapKind::Log => MapRole::Log { record: shape(&map.value) },
                _ => MapRole::User { key, value: shape(&map.value), user: user_access(map.user) },
            };
            let print = Fingerprint::new().text(&map.name).number(kind.into());
            let place = self.push(MapSpec {
                name: identifier(&map.name),
                role,
                kind,
                key_bytes,
                // The kernel has records of any size, so it wants none here.
                value_bytes: if is_log { 0 } else { map.value.size() },
                entries,
                flags: match map.kind {
                    MapKind::Lpm => NO_PREALLOC,
                    _ if shared_array(map) => MMAPABLE,
                    _ => 0,
                },
                key_type: 0,
                value_type: 0,
                pin: map.pin.as_ref().map(|pin| pin.to_string()),
                initial: map.initial.clone(),
                layout_hash: print.layout(&map.key).layout(&map.value).finish(),
            });
            self.places[idx] = match map.kind {
                MapKind::State => MapPlace::Cell { map: place, offset: 0 },
                MapKind::PerCpuState => MapPlace::PerCpuCell(place),
                _ => MapPlace::Table(place),
            };
        }
    }

    fn add_state(&mut self, module: &Module) {
        let shared = |map: &Map| map.kind == MapKind::State && map.pin.is_none();
        let ids = || (0..module.maps.len() as u32).map(MapId);
        let mut cells: Vec<MapId> = ids().filter(|id| shared(&module.maps[id.idx()])).collect();
        if cells.is_empty() {
            return;
        }
        cells.sort_by_key(|id| (has_atomic(&module.maps[id.idx()].value), *id));
        let (mut end, mut initial, mut specs) = (0u32, Vec::new(), Vec::new());
        let mut print = Fingerprint::new().text("state");
        let map_idx = self.specs.len() as u32;
        for id in cells {
            let cell = &module.maps[id.idx()];
            let alone = has_atomic(&cell.value);
            let align = if alone { CACHE_LINE_BYTES } else { cell.value.align().max(1) };
            let offset = end.next_multiple_of(align);
            end = offset + cell.value.size();
            initial.resize(offset as usize, 0);
            initial.extend(&cell.initial);
            initial.resize(end as usize, 0);
            print = print.text(&cell.name).number(offset.into()).layout(&cell.value);
            let shape = shape(&cell.value);
            specs.push(CellSpec { name: cell.name.to_string(), offset, shape });
            self.places[id.idx()] = MapPlace::Cell { map: map_idx, offset };
        }
        let bytes = end.next_multiple_of(8).max(8);
        initial.resize(bytes as usize, 0);
        let zero = initial.iter().all(|&byte| byte == 0);
        let mut spec = single_value("syrup_state", MapRole::State { cells: specs }, bytes);
        spec.initial = if zero { vec![] } else { initial };
        spec.layout_hash = print.finish();
        self.push(spec);
    }

    fn add_params(&mut self, module: &Module) {
        if module.params.is_empty() {
            return;
        }
        let mut bytes = Vec::new();
        for param in &module.params {
            let size = param.layout.size();
            let offset = (bytes.len() as u32).next_multiple_of(param.layout.align().max(1));
            bytes.resize(offset as usize, 0);
            let n = (size as usize).min(8);
            bytes.extend(&param.default.to_le_bytes()[..n]);
            bytes.resize((offset + size) as usize, 0);
            self.params.push(ParamSpec {
                name: param.name.to_string(),
                offset,
                shape: shape(&param.layout),
                min: param.range.0,
                max: param.range.1,
                default: param.default,
            });
        }
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        let mut spec = single_value("syrup_params", MapRole::Params, bytes.len() as u32);
        spec.flags = RDONLY_PROG;
        spec.initial = bytes;
        self.params_map = Some(self.push(spec));
    }

    fn add_counters(&mut self, module: &Module) {
        self.counters = vec![CounterSpec::Pass, CounterSpec::Drop];
        for (idx, set) in module.sets.iter().enumerate() {
            let set_idx = idx as u32;
            self.counters.extend([
                CounterSpec::EmptySet { set: set_idx },
                CounterSpec::NoSlot { set: set_idx },
                CounterSpec::EmptySlot { set: set_idx },
            ]);
            let steered = |slot| CounterSpec::Steered { set: set_idx, slot };
            self.counters.extend((0..set.capacity.max(1)).map(steered));
        }
        let spec = MapSpec {
            kind: kind::PERCPU_ARRAY,
            entries: self.counters.len() as u32,
            flags: 0,
            ..single_value("syrup_counters", MapRole::Counters, 8)
        };
        self.counters_map = Some(self.push(spec));
    }

    /// The index of a counter.
    pub fn counter(&self, counter: &CounterSpec) -> Option<u32> {
        self.counters.iter().position(|c| c == counter).map(|idx| idx as u32)
    }
}

/// The section of an object file that holds a map which is addressed by the bytes of its only
/// value; `None` for maps that are looked up.
pub fn section(spec: &MapSpec) -> Option<String> {
    match &spec.role {
        MapRole::State { .. } if spec.initial.is_empty() => Some(".bss".to_owned()),
        MapRole::State { .. } => Some(".data".to_owned()),
        MapRole::Params => Some(".rodata".to_owned()),
        MapRole::Sets => Some(".data.sets".to_owned()),
        MapRole::Script => Some(".data.script".to_owned()),
        MapRole::User { key: Shape::Bytes { bytes: 0 }, .. } if spec.kind == kind::ARRAY => {
            Some(format!(".data.{}", spec.name))
        }
        MapRole::User { .. } | MapRole::Executors { .. } => None,
        MapRole::Ring { .. } | MapRole::Log { .. } => None,
        MapRole::Generations { .. } | MapRole::Cores { .. } | MapRole::Counters => None,
    }
}
