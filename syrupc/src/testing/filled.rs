//! The executors of a test's sets: which slots hold one, and since when.

use super::eval::Eval;
use crate::hir::SetId;

impl Eval<'_> {
    /// The generation of a slot; 0 beyond the last.
    pub(super) fn generation(&self, set: SetId, slot: u32) -> u32 {
        match self.sets.get(&set) {
            Some(generations) => generations.get(slot as usize).copied().unwrap_or(0),
            None => u32::from(slot < self.len(set)),
        }
    }

    /// Gives a set another size: slots that stay keep their executor, a slot that is filled again
    /// has a new one.
    pub(super) fn resize(&mut self, set: SetId, n: usize) {
        // Before a test says anything, every slot holds its first executor.
        let full = self.program.sets[set.idx()].capacity as usize;
        let generations = self.sets.entry(set).or_insert_with(|| vec![1; full]);
        self.n_fillings += 1;
        generations.resize(n, self.n_fillings);
    }
}
