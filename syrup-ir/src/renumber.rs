//! Keeps ids dense: after blocks and values come and go, numbers them anew.
//!
//! In: a function whose reachable part is well-formed. Out: the same function without unreachable
//! blocks, blocks and values numbered in the order of the text, every `ValueDef` up to date.

use crate::{Block, Func, Inst, Term, Value, ValueDef};
use std::mem;
use syrup_diag::bug;

impl Func {
    /// Drops unreachable blocks and unused value ids, and numbers the rest in text order.
    ///
    /// Blocks keep their relative order.
    pub fn compact(&mut self) {
        self.drop_unreachable();
        self.renumber_values();
    }

    fn drop_unreachable(&mut self) {
        let mut reached = vec![false; self.blocks.len()];
        let mut work = vec![Block(0)];
        while let Some(block) = work.pop() {
            if !mem::replace(&mut reached[block.idx()], true) {
                work.extend(self.block(block).term.successors());
            }
        }
        let mut n_kept = 0;
        let mut new_ids = Vec::with_capacity(reached.len());
        for &is_reached in &reached {
            new_ids.push(Block(n_kept));
            n_kept += u32::from(is_reached);
        }
        let mut is_reached = reached.iter();
        self.blocks.retain(|_| is_reached.next() == Some(&true));
        for block in &mut self.blocks {
            block.term.map_blocks(|old| new_ids[old.idx()]);
        }
    }

    fn renumber_values(&mut self) {
        let mut new_ids = vec![None; self.values.len()];
        let mut values = Vec::with_capacity(self.values.len());
        let old = mem::take(&mut self.values);
        for (at, block) in self.blocks.iter_mut().enumerate() {
            let id = Block(at as u32);
            let mut define = |value: &mut Value, def| {
                let mut data = old[value.idx()].clone();
                data.def = def;
                let new = Value(values.len() as u32);
                values.push(data);
                new_ids[value.idx()] = Some(new);
                *value = new;
            };
            for (position, param) in block.params.iter_mut().enumerate() {
                define(param, ValueDef::Param(id, position as u32));
            }
            for (position, inst) in block.insts.iter_mut().enumerate() {
                if let Some(result) = &mut inst.result {
                    define(result, ValueDef::Inst(id, position as u32));
                }
            }
        }
        self.values = values;
        self.rewrite_uses(|value| match new_ids[value.idx()] {
            Some(new) => new,
            None => bug!("{value} is used and nothing defines it"),
        });
    }

    /// Replaces every use of a value, in instructions and terminators.
    pub fn rewrite_uses(&mut self, mut f: impl FnMut(Value) -> Value) {
        for block in &mut self.blocks {
            for Inst { op, .. } in &mut block.insts {
                op.map_uses(&mut f);
            }
            let term: &mut Term = &mut block.term;
            term.map_uses(&mut f);
        }
    }
}
