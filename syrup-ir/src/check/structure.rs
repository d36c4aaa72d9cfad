//! Structure: ids are in range, values are defined once, and each use is dominated by its
//! definition.
//!
//! In: any function. Out: violations.

use super::{Report, Violation};
use crate::graph::Graph;
use crate::{
    Block, Cause, Func, Inst, MapId, Module, Op, ParamId, QueueId, SetId, Term, ThreadOp,
    ThreadVerdict, Ty, Value, ValueDef, Verdict,
};

/// Ids of a function in range, and definitions where the value table says.
///
/// The other checks index tables without asking, so they run only where this one found nothing.
pub(super) fn ids(module: &Module, func: &Func) -> Vec<Violation> {
    let mut report = Report::new(func);
    if func.blocks.is_empty() {
        report.func("the function has no block");
        return report.done();
    }
    let mut ids = Ids { module, func, report };
    for (at, data) in func.values.iter().enumerate() {
        if !ids.is_ty(data.ty) || !ids.is_defined(Value(at as u32), data.def) {
            let text = format!("v{at} has a wrong type or is not defined where its table says");
            ids.report.func(text);
        }
    }
    for block in func.block_ids() {
        ids.block(block);
    }
    ids.report.done()
}

struct Ids<'a> {
    module: &'a Module,
    func: &'a Func,
    report: Report<'a>,
}

impl Ids<'_> {
    fn is_set(&self, set: SetId) -> bool {
        set.idx() < self.module.sets.len()
    }

    fn is_map(&self, map: MapId) -> bool {
        map.idx() < self.module.maps.len()
    }

    fn is_queue(&self, queue: QueueId) -> bool {
        queue.idx() < self.module.queues.len()
    }

    fn is_param(&self, param: ParamId) -> bool {
        param.idx() < self.module.params.len()
    }

    fn is_ty(&self, ty: Ty) -> bool {
        match ty {
            Ty::Int(bits) => (1..=64).contains(&bits),
            Ty::Exec(set) => self.is_set(set),
            Ty::View | Ty::Task => true,
            Ty::Cell(map) => self.is_map(map),
        }
    }

    fn is_defined(&self, value: Value, def: ValueDef) -> bool {
        match def {
            ValueDef::Param(block, at) => {
                let block = self.func.blocks.get(block.idx());
                block.and_then(|b| b.params.get(at as usize)) == Some(&value)
            }
            ValueDef::Inst(block, at) => {
                let block = self.func.blocks.get(block.idx());
                block.and_then(|b| b.insts.get(at as usize)).and_then(|i| i.result) == Some(value)
            }
        }
    }

    /// A definition has to be the one that the value table names, so there is one at most.
    fn defines(&mut self, block: Block, value: Value, def: ValueDef, inst: Option<&Inst>) {
        let text = match self.func.values.get(value.idx()) {
            None => format!("{value} is out of range"),
            Some(data) if data.def != def => format!("{value} is defined twice"),
            Some(data) if inst.is_some_and(|inst| inst.span != data.span) => {
                format!("{value} has another span than its instruction")
            }
            Some(_) => return,
        };
        match inst {
            Some(inst) => self.report.inst(block, inst, text),
            None => self.report.block(block, text),
        }
    }

    fn block(&mut self, id: Block) {
        let block = self.func.block(id);
        for (at, &param) in block.params.iter().enumerate() {
            self.defines(id, param, ValueDef::Param(id, at as u32), None);
        }
        for (at, inst) in block.insts.iter().enumerate() {
            if let Some(result) = inst.result {
                self.defines(id, result, ValueDef::Inst(id, at as u32), Some(inst));
            }
            for value in inst.op.uses() {
                if value.idx() >= self.func.values.len() {
                    self.report.inst(id, inst, format!("{value} is not defined"));
                }
            }
            if !self.op(&inst.op) {
                self.report.inst(id, inst, "it names something the module does not have");
            }
        }
        for value in block.term.uses() {
            if value.idx() >= self.func.values.len() {
                self.report.term(id, format!("{value} is not defined"));
            }
        }
        for target in block.term.successors() {
            if target.idx() >= self.func.blocks.len() {
                self.report.term(id, format!("there is no block {target}"));
            }
        }
        if !self.term(&block.term) {
            self.report.term(id, "it names something the module does not have");
        }
    }

    fn op(&self, op: &Op) -> bool {
        match op {
            Op::Param(param) => self.is_param(*param),
            Op::SetLen(set) | Op::Executor(set, _) | Op::Generation(set, _) => self.is_set(*set),
            Op::StateCell(map) | Op::Insert { map, .. } | Op::Remove { map, .. } => {
                self.is_map(*map)
            }
            Op::Thread(ThreadOp::QueueLen(queue)) => self.is_queue(*queue),
            Op::Thread(ThreadOp::Field(..) | ThreadOp::Allowed(..)) => true,
            Op::Thread(ThreadOp::IsIdle(_) | ThreadOp::Claim(_)) => true,
            Op::Const(_)
            | Op::Bin(..)
            | Op::Cmp(..)
            | Op::Select(..)
            | Op::Convert(_)
            | Op::ByteSwap(_)
            | Op::Reduce(..)
            | Op::Load { .. }
            | Op::Meta(_)
            | Op::Now
            | Op::Random(_)
            | Op::Cpu
            | Op::SlotOf(_)
            | Op::Lock(_)
            | Op::Unlock(_)
            | Op::Read { .. }
            | Op::Write { .. }
            | Op::Atomic { .. } => true,
        }
    }

    fn term(&self, term: &Term) -> bool {
        match term {
            Term::Lookup { map, .. } => self.is_map(*map),
            Term::Pop { queue, .. } => self.is_queue(*queue),
            Term::Return { verdict, cause } => {
                let names_queue = match verdict {
                    Verdict::Thread(ThreadVerdict::Enqueue { queue, .. }) => self.is_queue(*queue),
                    Verdict::Thread(_) => true,
                    Verdict::Pass | Verdict::Drop | Verdict::Steer(_) => true,
                };
                names_queue
                    && match cause {
                        Cause::EmptySet(set) | Cause::NoSlot(set) => self.is_set(*set),
                        Cause::Written | Cause::Unreachable => true,
                    }
            }
            Term::Jump(_)
            | Term::Branch { .. }
            | Term::View { .. }
            | Term::Loop { .. }
            | Term::Next { .. } => true,
        }
    }
}

/// Each use is dominated by its definition.
pub(super) fn dominance(func: &Func, graph: &Graph) -> Vec<Violation> {
    let mut report = Report::new(func);
    let is_visible = |value: Value, block: Block, at: usize| match func.values[value.idx()].def {
        ValueDef::Param(from, _) => graph.dominates(from, block),
        ValueDef::Inst(from, position) if from == block => (position as usize) < at,
        ValueDef::Inst(from, _) => graph.dominates(from, block),
    };
    for block in func.block_ids() {
        let data = func.block(block);
        for (at, inst) in data.insts.iter().enumerate() {
            for value in inst.op.uses() {
                if !is_visible(value, block, at) {
                    let text = format!("{value} is used where it need not be defined");
                    report.inst(block, inst, text);
                }
            }
        }
        for value in data.term.uses() {
            if !is_visible(value, block, data.insts.len()) {
                report.term(block, format!("{value} is used where it need not be defined"));
            }
        }
    }
    report.done()
}
