//! Removes stores of what is already there.
//!
//! In: code over machine registers. Out: the same meaning. A map's key and the slot of an executor
//! stand on the same bytes of the stack; where a policy steers to the slot whose entry it just
//! looked up, the second store repeats the first.

use super::{Flow, written};
use crate::defect::{Defect, has};
use crate::insn::{Base, BasicBlock, Code, Helper, Insn, Reg, Rhs, Size, Width};

/// What stands on the stack: these bytes are the low bytes of this register, or this constant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Fact {
    offset: i16,
    bytes: u32,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Reg(Reg),
    Imm(i32),
}

/// Removes them.
pub fn remove_repeated(code: &mut Code<Reg>, flow: &Flow) {
    // A block that is not done yet could change anything, so nothing is known behind it.
    let mut after: Vec<Vec<Fact>> = vec![Vec::new(); code.blocks.len()];
    for &idx in &flow.order {
        let mut facts = match flow.preds[idx].split_first() {
            Some((&first, rest)) => {
                let mut facts = after[first].clone();
                facts.retain(|fact| rest.iter().all(|&pred| after[pred].contains(fact)));
                facts
            }
            None => Vec::new(),
        };
        in_block(&mut code.blocks[idx], &mut facts);
        after[idx] = facts;
    }
}

fn in_block(block: &mut BasicBlock<Reg>, facts: &mut Vec<Fact>) {
    block.insns.retain(|(insn, _)| {
        let stored = stored(insn);
        if let Some(fact) = stored
            && facts.contains(&fact)
        {
            return false;
        }
        forget(insn, facts);
        facts.extend(stored);
        true
    });
}

/// The fact that a store to the stack makes true.
fn stored(insn: &Insn<Reg>) -> Option<Fact> {
    match insn {
        Insn::Store { size, base: Base::Frame, offset, src } => {
            let what = match src {
                Rhs::Reg(reg) => What::Reg(*reg),
                Rhs::Imm(imm) => What::Imm(*imm),
            };
            Some(Fact { offset: *offset, bytes: size.bytes(), what })
        }
        _ => None,
    }
}

/// Drops what an instruction makes untrue, and adds what a copy makes true.
fn forget(insn: &Insn<Reg>, facts: &mut Vec<Fact>) {
    match insn {
        Insn::Store { size, base: Base::Frame, offset, .. } => {
            let end = i32::from(*offset) + size.bytes() as i32;
            facts.retain(|fact| {
                let fact_end = i32::from(fact.offset) + fact.bytes as i32;
                end <= fact.offset.into() || fact_end <= (*offset).into()
            });
        }
        Insn::Call {
            helper: Helper::SkbLoadBytes | Helper::SkbLoadBytesRelative | Helper::XdpLoadBytes,
            ..
        } => {
            facts.clear();
        }
        _ => {}
    }
    let lost = written(insn);
    let copied: Vec<Fact> = match insn {
        Insn::Mov { width: Width::W64, dst, src: Rhs::Reg(from) } if dst != from => {
            let of = |fact: &&Fact| fact.what == What::Reg(*from);
            let to = |fact: &Fact| Fact { what: What::Reg(*dst), ..*fact };
            facts.iter().filter(of).map(to).collect()
        }
        Insn::Load { size: Size::B8, dst, base: Base::Frame, offset } => {
            vec![Fact { offset: *offset, bytes: 8, what: What::Reg(*dst) }]
        }
        _ => vec![],
    };
    facts.retain(|fact| match fact.what {
        What::Reg(reg) => !lost.has(reg) || has(Defect::StaleStore),
        What::Imm(_) => true,
    });
    facts.extend(copied);
}
