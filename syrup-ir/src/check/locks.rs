//! Locks: at most one value of a map is locked at a time, nothing but arithmetic and accesses to
//! that value happens meanwhile, and it is unlocked before the evaluation ends.
//!
//! In: a function whose ids, graph and types hold. Out: violations. Argument: the state before each
//! block is what its predecessors agree on, found by one walk in an order in which every block
//! comes after those that lead to it but by `next`; a `next` is refused while a value is locked, so
//! the walk sees every way. The kernel refuses the same programs (`process_spin_lock` and the calls
//! of helpers in kernel/bpf/verifier.c).

use super::{Report, Violation};
use crate::graph::Graph;
use crate::{Block, Func, Inst, Op, Term, ThreadOp, Value};

/// All locks of a function.
pub(super) fn locks(func: &Func, graph: &Graph) -> Vec<Violation> {
    let mut report = Report::new(func);
    let uses_locks = |inst: &Inst| matches!(inst.op, Op::Lock(_) | Op::Unlock(_));
    if !func.blocks.iter().flat_map(|block| &block.insts).any(uses_locks) {
        return report.done();
    }
    for (block, before) in before_each(func, graph) {
        let mut held = match before {
            Some(held) => held,
            None => {
                report.block(block, "one way here has a value locked and another has not");
                continue;
            }
        };
        for inst in &func.block(block).insts {
            match step(inst, held) {
                Ok(after) => held = after,
                Err(text) => report.inst(block, inst, text),
            }
        }
        if held.is_some() && !may_end(&func.block(block).term) {
            report.term(block, "a value is still locked");
        }
    }
    report.done()
}

/// The value that is locked at the end of each block, where the checks hold.
pub fn locked_at_end(func: &Func, graph: &Graph) -> Vec<Option<Value>> {
    let mut ends = vec![None; func.blocks.len()];
    for (block, before) in before_each(func, graph) {
        ends[block.idx()] = after(func, block, before.flatten());
    }
    ends
}

/// Each block with what is locked where it begins; nothing where its ways disagree.
fn before_each(func: &Func, graph: &Graph) -> Vec<(Block, Option<Option<Value>>)> {
    let mut known: Vec<Option<Option<Value>>> = vec![None; func.blocks.len()];
    let mut differ = vec![false; func.blocks.len()];
    let mut found = Vec::new();
    known[0] = Some(None);
    for &block in &graph.order {
        let before = known[block.idx()].unwrap_or(None);
        found.push((block, (!differ[block.idx()]).then_some(before)));
        let end = after(func, block, before);
        for (edge, _) in func.block(block).term.edges() {
            let next = edge.block.idx();
            match known[next] {
                None => known[next] = Some(end),
                Some(other) => differ[next] |= other != end,
            }
        }
    }
    found
}

fn after(func: &Func, block: Block, before: Option<Value>) -> Option<Value> {
    func.block(block).insts.iter().fold(before, |held, inst| match inst.op {
        Op::Lock(cell) => Some(cell),
        Op::Unlock(_) => None,
        _ => held,
    })
}

/// What is locked behind an instruction.
fn step(inst: &Inst, held: Option<Value>) -> Result<Option<Value>, String> {
    match (&inst.op, held) {
        (Op::Lock(cell), None) => Ok(Some(*cell)),
        (Op::Lock(_), Some(held)) => Err(format!("{held} is locked already")),
        (Op::Unlock(cell), Some(held)) if *cell == held => Ok(None),
        (Op::Unlock(cell), _) => Err(format!("{cell} is not locked")),
        (_, None) => Ok(None),
        (Op::Read { cell, .. } | Op::Write { cell, .. }, Some(held)) if *cell == held => {
            Ok(Some(held))
        }
        (op, Some(held)) if is_quiet(op) => Ok(Some(held)),
        (_, Some(held)) => Err(format!("{held} is locked here")),
    }
}

/// Whether an operation needs neither the kernel's help nor another value of a map.
fn is_quiet(op: &Op) -> bool {
    match op {
        Op::Const(_) | Op::Param(_) | Op::Bin(..) | Op::Cmp(..) | Op::Select(..) => true,
        Op::Convert(_) | Op::ByteSwap(_) | Op::Reduce(..) | Op::Load { .. } | Op::Meta(_) => true,
        Op::SetLen(_) | Op::Executor(..) | Op::SlotOf(_) => true,
        // What is known of a thread was sampled when its event happened.
        Op::Thread(ThreadOp::Field(..)) => true,
        Op::Now | Op::Random(_) | Op::Cpu | Op::StateCell(_) | Op::Thread(_) => false,
        Op::Read { .. } | Op::Write { .. } | Op::Atomic { .. } | Op::Generation(..) => false,
        Op::Insert { .. } | Op::Remove { .. } | Op::Lock(_) | Op::Unlock(_) => false,
    }
}

/// Whether a block may end so while a value is locked.
fn may_end(term: &Term) -> bool {
    match term {
        Term::Jump(_) | Term::Branch { .. } => true,
        Term::View { .. } | Term::Lookup { .. } | Term::Pop { .. } => false,
        Term::Loop { .. } | Term::Next { .. } | Term::Return { .. } => false,
    }
}
