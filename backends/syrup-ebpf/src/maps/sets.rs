//! Executor sets: their lengths and generations, and the maps of their executors.
//!
//! In: a module and its hook. Out: one value for all sets, a map of executors for each, and where
//! executors are cores an array of them by slot: the kernel's own map of cores is keyed by their
//! numbers, and a policy chooses among slots.

use super::{MapPlan, identifier, single_value};
use crate::hooks::{Hook, SlotKeys};
use syrup_ir::{Else, ExecutorKind, Module};
use syrup_wire::artifact::{MapRole, MapSpec, SetSpec};
use syrup_wire::limits::{OBJECT_CORES, RX_QUEUES_MAX};

impl MapPlan {
    /// Plans the maps.
    pub(super) fn add_sets(&mut self, module: &Module, hook: &Hook) {
        if module.sets.is_empty() {
            return;
        }
        let mut end = 4 * module.sets.len() as u32;
        for (idx, set) in module.sets.iter().enumerate() {
            let kind = match set.kind {
                ExecutorKind::Socket => "socket",
                ExecutorKind::Core => "core",
                ExecutorKind::Queue => "queue",
            };
            let or_else = match set.or_else {
                Else::Pass => "pass",
                Else::Drop => "drop",
            };
            self.sets.push(SetSpec {
                name: set.name.to_string(),
                kind: kind.to_owned(),
                capacity: set.capacity.max(1),
                or_else: or_else.to_owned(),
                len_offset: 4 * idx as u32,
                generations_offset: end,
            });
            end += 4 * set.capacity.max(1);
        }
        let bytes = end.next_multiple_of(8);
        self.sets_map = Some(self.push(single_value("syrup_sets", MapRole::Sets, bytes)));
        for (idx, set) in module.sets.iter().enumerate() {
            let spec = MapSpec {
                kind: hook.executors.kind,
                value_bytes: hook.executors.value_bytes,
                flags: 0,
                entries: executor_entries(hook.executors.keys, set.capacity.max(1)),
                ..single_value(&identifier(&set.name), MapRole::Executors { set: idx as u32 }, 0)
            };
            let place = self.push(spec);
            self.executors.push(place);
        }
        self.add_generations(module);
        self.add_cores(module, hook);
    }

    fn add_cores(&mut self, module: &Module, hook: &Hook) {
        if hook.executors.keys != SlotKeys::ByCore {
            return;
        }
        for (idx, set) in (0..).zip(&module.sets) {
            let name = format!("{}_core", identifier(&set.name));
            let entries = set.capacity.max(1);
            let role = MapRole::Cores { set: idx };
            let place = self.push(MapSpec { entries, flags: 0, ..single_value(&name, role, 4) });
            self.cores.push(Some(place));
        }
    }
}

/// Entries of a map of executors.
fn executor_entries(keys: SlotKeys, capacity: u32) -> u32 {
    match keys {
        SlotKeys::Slot => capacity,
        SlotKeys::ByQueue => capacity * RX_QUEUES_MAX,
        SlotKeys::ByCore => OBJECT_CORES,
    }
}
