//! Small improvements after register allocation: copies that can be avoided, results nobody reads.
//!
//! In: [`Code`] over machine registers. Out: the same program in fewer instructions. What holds
//! before an instruction in memory, packets and maps holds after these passes too: only copies,
//! and definitions without effect, are removed.

mod copies;
mod stores;

use crate::defect::{Defect, has};
use crate::insn::{BasicBlock, Code, Insn, Reg, Rhs, Role, Term, Width};

/// A set of machine registers.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Regs(u16);

impl Regs {
    fn has(self, reg: Reg) -> bool {
        self.0 & (1 << reg.0) != 0
    }

    fn add(&mut self, reg: Reg) {
        self.0 |= 1 << reg.0;
    }
}

/// Runs the passes until nothing changes.
pub fn improve(code: &mut Code<Reg>) {
    let flow = Flow::new(code);
    // Each round removes an instruction or is the last; the bound is against a mistake of ours.
    for _ in 0..16 {
        let before = size(code);
        copies::forward(code, &flow);
        stores::remove_repeated(code, &flow);
        remove_dead(code);
        let live = live_out(code);
        for (block, out) in code.blocks.iter_mut().zip(live) {
            sink_copies(block, out);
        }
        if size(code) == before {
            break;
        }
    }
}

fn size(code: &Code<Reg>) -> usize {
    code.blocks.iter().map(|block| block.insns.len()).sum()
}

/// How control flows, which the passes here leave as it is.
struct Flow {
    /// Reachable blocks, each after those that lead to it, loops aside.
    order: Vec<usize>,
    /// Who leads to each block.
    preds: Vec<Vec<usize>>,
}

impl Flow {
    fn new(code: &Code<Reg>) -> Flow {
        let n = code.blocks.len();
        let (mut preds, mut seen, mut order) = (vec![vec![]; n], vec![false; n], vec![]);
        let mut stack = vec![(0usize, false)];
        while let Some((idx, done)) = stack.pop() {
            if done {
                order.push(idx);
                continue;
            }
            if std::mem::replace(&mut seen[idx], true) {
                continue;
            }
            stack.push((idx, true));
            for target in code.blocks[idx].term.targets() {
                preds[target.block as usize].push(idx);
                stack.push((target.block as usize, false));
            }
        }
        order.reverse();
        Flow { order, preds }
    }
}

/// What a call overwrites: `r0` to `r5`.
const LOST_IN_CALLS: Regs = Regs(0b11_1111);

/// What an instruction reads, and what it overwrites.
fn touched(mut insn: Insn<Reg>) -> (Regs, Regs) {
    let (mut reads, mut writes) = (Regs::default(), Regs::default());
    if let Insn::Call { .. } = insn {
        writes = LOST_IN_CALLS;
    }
    insn.visit(&mut |reg, role| {
        let regs = if is_def(role) { &mut writes } else { &mut reads };
        regs.add(*reg);
    });
    (reads, writes)
}

fn written(insn: &Insn<Reg>) -> Regs {
    touched(*insn).1
}

fn is_def(role: Role) -> bool {
    match role {
        Role::Def | Role::DefFixed(_) | Role::DefReuse(_) => true,
        Role::Use | Role::UseFixed(_) => false,
    }
}

fn term_reads(term: &Term<Reg>) -> Regs {
    let mut regs = Regs::default();
    match term {
        Term::Jump(_) => {}
        Term::Branch { cond, .. } => { *cond }.visit(&mut |reg, _| regs.add(*reg)),
        Term::Exit { value } => regs.add(*value),
    }
    regs
}

/// The operand that shares its register with the result.
fn tied_operand(insn: &Insn<Reg>) -> Option<usize> {
    insn.operands().find_map(|(_, role)| match role {
        Role::DefReuse(idx) => Some(idx),
        Role::Use | Role::UseFixed(_) | Role::Def | Role::DefFixed(_) => None,
    })
}

fn is_self_copy(insn: &Insn<Reg>) -> bool {
    matches!(insn, Insn::Mov { width: Width::W64, dst, src: Rhs::Reg(from) } if dst == from)
}

/// What a block does to registers, whatever follows it: those it reads before it writes them, and
/// those it writes.
fn summary(block: &BasicBlock<Reg>) -> (Regs, Regs) {
    let (mut reads, mut writes) = (Regs::default(), Regs::default());
    for (insn, _) in block.insns.iter().rev() {
        let (read, written) = touched(*insn);
        reads = Regs(reads.0 & !written.0 | read.0);
        writes = Regs(writes.0 | written.0);
    }
    (reads, writes)
}

/// The registers that are read after each block.
fn live_out(code: &Code<Reg>) -> Vec<Regs> {
    let n = code.blocks.len();
    let (mut ins, mut outs) = (vec![Regs::default(); n], vec![Regs::default(); n]);
    let summaries: Vec<_> = code.blocks.iter().map(summary).collect();
    let ends: Vec<_> = code.blocks.iter().map(|block| term_reads(&block.term)).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for idx in (0..n).rev() {
            let targets = code.blocks[idx].term.targets();
            let out = targets.fold(0, |all, target| all | ins[target.block as usize].0);
            outs[idx] = Regs(out);
            let (reads, writes) = summaries[idx];
            let live = Regs((out | ends[idx].0) & !writes.0 | reads.0);
            changed |= ins[idx] != live;
            ins[idx] = live;
        }
    }
    outs
}

/// Removes instructions that only define what nobody reads.
fn remove_dead(code: &mut Code<Reg>) {
    let outs = live_out(code);
    for (block, out) in code.blocks.iter_mut().zip(outs) {
        let read = if has(Defect::DeadTooEarly) { 0 } else { term_reads(&block.term).0 };
        let mut live = Regs(out.0 | read);
        let mut keep = vec![true; block.insns.len()];
        for (idx, (insn, _)) in block.insns.iter().enumerate().rev() {
            let (reads, defs) = touched(*insn);
            if insn.is_pure() && defs.0 & live.0 == 0 {
                keep[idx] = false;
                continue;
            }
            live = Regs(live.0 & !defs.0 | reads.0);
        }
        let mut keep = keep.into_iter();
        block.insns.retain(|_| keep.next().unwrap_or(true));
    }
}

/// `x = ...; ...; y = x` with `x` dead behind and `y` untouched between: defines `y` at once.
fn sink_copies(block: &mut BasicBlock<Reg>, out: Regs) {
    for idx in 0..block.insns.len() {
        if let Insn::Mov { width: Width::W64, dst, src: Rhs::Reg(from) } = block.insns[idx].0
            && let Some(at) = definition(block, idx, from, dst)
            && !read_after(block, idx, from, out)
        {
            for (insn, _) in &mut block.insns[at..idx] {
                insn.visit(&mut |reg, _| {
                    if *reg == from {
                        *reg = dst;
                    }
                });
            }
            // It goes when all are done, because each removal moves all that stands behind.
            block.insns[idx].0 = Insn::Mov { width: Width::W64, dst, src: Rhs::Reg(dst) };
        }
    }
    block.insns.retain(|(insn, _)| !is_self_copy(insn));
}

/// Where `from` gets the value that instruction `idx` copies to `dst`, if `dst` could get it there.
fn definition(block: &BasicBlock<Reg>, idx: usize, from: Reg, dst: Reg) -> Option<usize> {
    for at in (0..idx).rev() {
        let insn = &block.insns[at].0;
        if is_self_copy(insn) {
            continue;
        }
        let fixed = |reg: Reg| {
            insn.operands().any(|(operand, role)| {
                operand == reg && matches!(role, Role::UseFixed(_) | Role::DefFixed(_))
            })
        };
        let (reads, writes) = touched(*insn);
        if fixed(from) || fixed(dst) {
            return None;
        }
        if writes.has(from) && !reads.has(from) {
            // The definition itself may read `dst`, as the register's old value.
            let renames_use = reads.has(dst) && tied_operand(insn).is_some();
            return (!renames_use && !matches!(insn, Insn::Call { .. })).then_some(at);
        }
        if reads.has(dst) || writes.has(dst) {
            return None;
        }
        if matches!(insn, Insn::Call { .. }) && from.0 <= 5 {
            return None;
        }
    }
    None
}

fn read_after(block: &BasicBlock<Reg>, idx: usize, reg: Reg, out: Regs) -> bool {
    for (insn, _) in &block.insns[idx + 1..] {
        let (reads, writes) = touched(*insn);
        if reads.has(reg) {
            return true;
        }
        if writes.has(reg) {
            return false;
        }
    }
    term_reads(&block.term).has(reg) || out.has(reg) && !has(Defect::SunkTooFar)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insn::{AluOp, Base, Size};
    use syrup_diag::Span;

    fn block(insns: Vec<Insn<Reg>>, exit: Reg) -> Code<Reg> {
        let insns = insns.into_iter().map(|insn| (insn, Span::default())).collect();
        let term = Term::Exit { value: exit };
        let block = BasicBlock { params: vec![], insns, term, span: Span::default(), cold: false };
        Code { blocks: vec![block], n_vregs: 0, frame_bytes: 0, turns: 0 }
    }

    fn copy(dst: u8, src: u8) -> Insn<Reg> {
        Insn::Mov { width: Width::W64, dst: Reg(dst), src: Rhs::Reg(Reg(src)) }
    }

    fn load(dst: u8, base: u8) -> Insn<Reg> {
        Insn::Load { size: Size::B4, dst: Reg(dst), base: Base::Reg(Reg(base)), offset: 0 }
    }

    #[test]
    fn a_copy_of_a_fresh_value_is_defined_in_place() {
        let mut code = block(vec![load(2, 1), copy(0, 2)], Reg(0));
        improve(&mut code);
        assert_eq!(code.blocks[0].insns.len(), 1);
        assert_eq!(code.blocks[0].insns[0].0, load(0, 1));
    }

    #[test]
    fn a_copy_stays_where_both_are_needed() {
        let add = Insn::Alu {
            op: AluOp::Add,
            width: Width::W64,
            dst: Reg(0),
            lhs: Reg(0),
            rhs: Rhs::Reg(Reg(2)),
        };
        let mut code = block(vec![load(2, 1), copy(0, 2), add], Reg(0));
        improve(&mut code);
        assert_eq!(code.blocks[0].insns.len(), 3);
    }

    #[test]
    fn a_dead_load_goes() {
        let mut code = block(vec![load(2, 1), load(0, 1)], Reg(0));
        improve(&mut code);
        assert_eq!(code.blocks[0].insns.len(), 1);
    }
}
