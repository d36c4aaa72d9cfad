//! The contents of Maglev tables where no loader fills them: tests, `eval`, policies run by hand.
//!
//! In: a module and a state whose sets are filled. Out: its tables, as the loader computes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use syrup_ir::interp::State;
use syrup_ir::{MapKind, Module};
use syrup_wire::maglev;

/// Tables made so far, by the slots that hold an executor and by size.
#[derive(Default)]
pub struct Rings(BTreeMap<(Vec<u32>, u32), Arc<[u8]>>);

impl Rings {
    /// Spreads every Maglev table of a module over the executors that its state has.
    pub fn fill(&mut self, module: &Module, state: &mut State) {
        for (map, contents) in module.maps.iter().zip(&mut state.maps) {
            let MapKind::Maglev(set) = map.kind else { continue };
            let generations = state.sets.get(set.idx()).map_or(&[][..], |set| &set.generations);
            let filled = (0..).zip(generations).filter(|(_, generation)| **generation != 0);
            let slots: Vec<u32> = filled.map(|(slot, _)| slot).collect();
            let made = self.0.entry((slots, map.entries)).or_insert_with_key(|(slots, size)| {
                maglev::table(slots, *size).into_iter().flat_map(u32::to_le_bytes).collect()
            });
            contents.set_ring(made.clone());
        }
    }
}
