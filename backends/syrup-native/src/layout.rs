//! Where everything lies in the arena: executor sets, parameters, the values of maps.
//!
//! In: a checked module and the number of CPUs. Out: offsets, the same for every run. The arena's
//! size is a power of two, so that code can mask what it computes. Values begin at multiples of 8
//! and take a multiple of 8, so an aligned access never leaves one, and copies of different CPUs
//! share no cache line.
//!
//! A map whose entries come and go has more places than entries: a place whose entry was replaced
//! or removed is given out again only when no evaluation can still hold it. One evaluation frees
//! at most as many as its step bound has room for.

use syrup_diag::{Code, Diagnostic, limits};
use syrup_ir::{Checked, Map, MapId, MapKind, Op, Param, Set, SetId};

/// Bytes between things that different CPUs write: a cache line.
const LINE_BYTES: u64 = 64;

/// The smallest arena: a page.
const ARENA_BYTES_MIN: u64 = 4096;

/// The places of one module's things in its arena.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Bytes of the arena, a power of two.
    pub bytes: u64,
    /// How many copies a per-CPU map has.
    pub n_cpus: u32,
    /// Each executor set.
    pub sets: Vec<SetPlace>,
    /// Each parameter: a `u64`.
    pub params: Vec<u64>,
    /// Each map.
    pub maps: Vec<MapPlace>,
}

/// Where an executor set lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetPlace {
    /// Its length, a `u32`.
    pub len: u64,
    /// The generation of each slot, a `u32` each; 0 for a slot that holds nothing.
    pub generations: u64,
    /// Slots there are.
    pub capacity: u32,
}

/// Where the values of a map lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MapPlace {
    /// The first value.
    pub start: u64,
    /// Bytes from one value to the next.
    pub stride: u64,
    /// Values there are, of each CPU's copy.
    pub n_values: u32,
    /// Bytes from one CPU's copy to the next; 0 where there is one copy.
    pub cpu_stride: u64,
}

/// How the values of a map are found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Finding {
    /// By their index alone: one value, or the key is the index.
    Direct,
    /// The same, with a copy for each CPU.
    DirectPerCpu,
    /// By asking the runtime.
    Table,
    /// There are none to find.
    Never,
}

/// How the values of a kind of map are found.
pub fn finding(kind: MapKind) -> Finding {
    match kind {
        MapKind::State | MapKind::Array | MapKind::Maglev(_) => Finding::Direct,
        MapKind::PerCpuState | MapKind::PerCpuArray => Finding::DirectPerCpu,
        MapKind::Hash | MapKind::LruHash | MapKind::Lpm | MapKind::PerTask => Finding::Table,
        MapKind::Log => Finding::Never,
    }
}

impl Layout {
    /// Lays out a module.
    ///
    /// # Errors
    /// More than the largest arena holds.
    pub fn new(policy: &Checked, n_cpus: u32) -> Result<Layout, Vec<Diagnostic>> {
        let module = policy.module();
        let mut end = 0;
        let sets = module.sets.iter().map(|set| set_place(&mut end, set)).collect();
        let params = module.params.iter().map(|_: &Param| take(&mut end, 8, 8)).collect();
        let mut maps = Vec::with_capacity(module.maps.len());
        for (at, map) in module.maps.iter().enumerate() {
            // One for a change by the runtime's own user meanwhile.
            let id = MapId(at as u32);
            let n_freed = 1 + if is_changed(policy, id) { freed_max(policy) } else { 0 };
            maps.push(map_place(&mut end, map, n_cpus, n_freed));
            if end > limits::NATIVE_ARENA_BYTES_MAX {
                let most = limits::NATIVE_ARENA_BYTES_MAX >> 20;
                let message = format!("with `{}`, the maps take more than {most} MiB", map.name);
                let error = Diagnostic::error(Code::E0413, map.span, message);
                return Err(vec![error.label("make this map smaller, or another")]);
            }
        }
        let bytes = end.max(ARENA_BYTES_MIN).next_power_of_two();
        Ok(Layout { bytes, n_cpus, sets, params, maps })
    }

    /// Where a set lies.
    pub fn set(&self, set: SetId) -> SetPlace {
        self.sets[set.idx()]
    }

    /// Where a map lies.
    pub fn map(&self, map: MapId) -> MapPlace {
        self.maps[map.idx()]
    }
}

/// Takes `bytes` bytes at a multiple of `align`.
fn take(end: &mut u64, bytes: u64, align: u64) -> u64 {
    let start = end.next_multiple_of(align);
    *end = start + bytes;
    start
}

fn set_place(end: &mut u64, set: &Set) -> SetPlace {
    let len = take(end, 4, LINE_BYTES);
    let generations = take(end, 4 * u64::from(set.capacity), 4);
    SetPlace { len, generations, capacity: set.capacity }
}

fn map_place(end: &mut u64, map: &Map, n_cpus: u32, n_freed: u32) -> MapPlace {
    let stride = u64::from(map.value.size().max(1)).next_multiple_of(8);
    let n_values = match map.kind {
        MapKind::State | MapKind::PerCpuState => 1,
        MapKind::Array | MapKind::PerCpuArray | MapKind::Maglev(_) => map.entries,
        MapKind::Hash | MapKind::LruHash | MapKind::Lpm => map.entries.saturating_add(n_freed),
        MapKind::PerTask => limits::NATIVE_TASKS_MAX,
        MapKind::Log => 0,
    };
    let copy = (stride * u64::from(n_values)).next_multiple_of(LINE_BYTES);
    let (n_copies, cpu_stride) = match finding(map.kind) {
        Finding::DirectPerCpu => (u64::from(n_cpus), copy),
        Finding::Direct | Finding::Table | Finding::Never => (1, 0),
    };
    let start = take(end, copy * n_copies, LINE_BYTES);
    MapPlace { start, stride, n_values, cpu_stride }
}

/// Whether the policy itself inserts into a map or removes from it.
fn is_changed(policy: &Checked, of: MapId) -> bool {
    let blocks = policy.module().funcs.iter().flat_map(|func| &func.blocks);
    blocks.flat_map(|block| &block.insts).any(|inst| match inst.op {
        Op::Insert { map, .. } | Op::Remove { map, .. } => map == of,
        _ => false,
    })
}

/// How many entries one evaluation can replace or remove: each costs the steps of an insertion.
fn freed_max(policy: &Checked) -> u32 {
    let steps = Op::Insert { map: MapId(0), key: Vec::new(), value: Vec::new() }.info().steps;
    let most = policy.facts().funcs.iter().map(|facts| facts.steps_max).max().unwrap_or(0);
    u32::try_from(most / u64::from(steps.max(1))).unwrap_or(u32::MAX - 1)
}
