//! Forwards copies: whoever reads a copy reads its source, where both hold the same on every way.
//!
//! In: code over machine registers. Out: the same meaning; copies that nobody reads any more are
//! left for the removal of dead definitions.

use super::{Flow, is_self_copy, tied_operand, written};
use crate::defect::{Defect, has};
use crate::insn::{BasicBlock, Code, Insn, Reg, Rhs, Role, Width};

/// For each register, the one it is a copy of.
type Copies = [Option<Reg>; 11];

/// Reads the source of a copy instead of the copy, where both still hold the same on every way.
pub fn forward(code: &mut Code<Reg>, flow: &Flow) {
    let mut after: Vec<Option<Copies>> = vec![None; code.blocks.len()];
    for &idx in &flow.order {
        let mut known: Option<Copies> = None;
        for &pred in &flow.preds[idx] {
            // A block that is not done yet could change anything.
            let copies = after[pred].unwrap_or_default();
            known = Some(match known {
                None => copies,
                Some(known) => {
                    std::array::from_fn(|reg| known[reg].filter(|_| known[reg] == copies[reg]))
                }
            });
        }
        let mut copies = known.unwrap_or_default();
        forward_in_block(&mut code.blocks[idx], &mut copies);
        after[idx] = Some(copies);
    }
}

fn forward_in_block(block: &mut BasicBlock<Reg>, source: &mut Copies) {
    for (insn, _) in &mut block.insns {
        let tied = tied_operand(insn);
        let mut idx = 0;
        insn.visit(&mut |reg, role| {
            if role == Role::Use
                && Some(idx) != tied
                && let Some(from) = source[usize::from(reg.0)]
            {
                *reg = from;
            }
            idx += 1;
        });
        let lost = written(insn);
        for (number, slot) in source.iter_mut().enumerate() {
            let stale = slot.is_some_and(|from| lost.has(from)) && !has(Defect::StaleCopy);
            if lost.has(Reg(number as u8)) || stale {
                *slot = None;
            }
        }
        if let Insn::Mov { width: Width::W64, dst, src: Rhs::Reg(from) } = insn
            && dst != from
        {
            source[usize::from(dst.0)] = Some(*from);
        }
    }
    block.term.visit(&mut |reg, role| {
        if role == Role::Use
            && let Some(from) = source[usize::from(reg.0)]
        {
            *reg = from;
        }
    });
    block.insns.retain(|(insn, _)| !is_self_copy(insn));
}
