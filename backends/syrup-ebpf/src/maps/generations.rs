//! Tables of generations, for policies that keep executors in maps.
//!
//! In: a module. Out: one array a set whose generations it asks for. The loader writes the same
//! numbers into the value of all sets, which a program could reach by a computed address only.

use super::{MapPlan, identifier, single_value};
use syrup_ir::{Inst, Module, Op, SetId};
use syrup_wire::artifact::{MapRole, MapSpec};

impl MapPlan {
    /// Plans the tables.
    pub(super) fn add_generations(&mut self, module: &Module) {
        for (idx, set) in module.sets.iter().enumerate() {
            let id = SetId(idx as u32);
            let asks = |inst: &Inst| matches!(inst.op, Op::Generation(of, _) if of == id);
            let mut insts =
                module.funcs.iter().flat_map(|func| &func.blocks).flat_map(|b| &b.insts);
            let place = insts.any(asks).then(|| {
                let name = format!("{}_gen", identifier(&set.name));
                let entries = set.capacity.max(1);
                let role = MapRole::Generations { set: id.0 };
                self.push(MapSpec { entries, flags: 0, ..single_value(&name, role, 4) })
            });
            self.generations.push(place);
        }
    }
}
