//! Structure: ids are in range, values are defined once and before use, loops are loops.
//!
//! In: any module. Out: violations. Claim: in a module without any, every forward edge goes on in
//! one order, every cycle passes a loop header through its `next`, and each use is dominated by
//! its definition. Argument: forward edges are checked to be acyclic, so each cycle has a `next`;
//! a `next` goes to a `loop` that dominates it (the graph is reducible) and is reached only from
//! inside the loop, never from its exit, so the index grows on each turn.

use super::{Report, Violation};
use crate::graph::Graph;
use crate::{
    Block, Cause, Edge, Func, Inst, MapId, MapKind, Module, Op, ParamId, SetId, Term, Ty, Value,
    ValueDef, Verdict,
};
use syrup_diag::limits::FIELD_BYTES_MAX;

/// The farthest byte of a packet an offset may name: IPv4 and IPv6 datagrams end there.
const PACKET_BYTES_MAX: u32 = 1 << 16;

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

    fn is_param(&self, param: ParamId) -> bool {
        param.idx() < self.module.params.len()
    }

    fn is_ty(&self, ty: Ty) -> bool {
        match ty {
            Ty::Int(bits) => (1..=64).contains(&bits),
            Ty::Exec(set) => self.is_set(set),
            Ty::View => true,
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
            Op::SetLen(set) | Op::Executor(set, _) => self.is_set(*set),
            Op::StateCell(map) | Op::Insert { map, .. } | Op::Remove { map, .. } => {
                self.is_map(*map)
            }
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
            | Op::Read { .. }
            | Op::Write { .. }
            | Op::Atomic { .. } => true,
        }
    }

    fn term(&self, term: &Term) -> bool {
        match term {
            Term::Lookup { map, .. } => self.is_map(*map),
            Term::Return { verdict: Verdict::Pass | Verdict::Drop | Verdict::Steer(_), cause } => {
                match cause {
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

/// What the module declares: sizes that fit each other.
pub(super) fn module(module: &Module) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report = |text: String| found.push(Violation::of_module(text));
    for map in &module.maps {
        let n_initial = map.initial.len();
        if n_initial != 0 && n_initial != map.value.size() as usize {
            report(format!("map {} has an initial value of {n_initial} bytes", map.name));
        }
        let is_array = match map.kind {
            MapKind::Maglev(set) if set.idx() >= module.sets.len() => {
                report(format!("map {} is over a set that does not exist", map.name));
                true
            }
            MapKind::Array | MapKind::PerCpuArray | MapKind::Maglev(_) => true,
            MapKind::State | MapKind::PerCpuState | MapKind::Hash | MapKind::LruHash => false,
            MapKind::PerTask | MapKind::Lpm | MapKind::Log => false,
        };
        let is_index = matches!(map.key.pieces()[..], [piece] if piece.bits == 32);
        if is_array && !is_index {
            report(format!("map {} is an array whose key is no u32", map.name));
        }
    }
    for param in &module.params {
        let (lo, hi) = param.range;
        if lo > param.default || param.default > hi {
            report(format!("parameter {} has a default outside its range", param.name));
        }
    }
    found
}

/// The shape of the graph: the entry, reachability, loops.
pub(super) fn graph(func: &Func, graph: &Graph) -> Vec<Violation> {
    let mut report = Report::new(func);
    let mut position = vec![usize::MAX; func.blocks.len()];
    for (at, &block) in graph.order.iter().enumerate() {
        position[block.idx()] = at;
    }
    for block in func.block_ids() {
        if !graph.is_reached(block) {
            report.block(block, "nothing reaches it");
            continue;
        }
        match &func.block(block).term {
            Term::Next { header, .. } => next(&mut report, func, graph, block, *header),
            term => {
                for (edge, _) in term.edges() {
                    if edge.block == Block(0) {
                        report.term(block, "the entry has no predecessors");
                    } else if position[edge.block.idx()] <= position[block.idx()] {
                        let text = format!("the edge to {} closes a cycle", edge.block);
                        report.term(block, text);
                    }
                }
            }
        }
        match &func.block(block).term {
            Term::Loop { exit, max, .. } => {
                if graph.natural_loop(block).blocks.contains(&exit.block) {
                    report.term(block, "the exit leads back into the loop");
                }
                if *max == 0 {
                    report.term(block, "a loop that never runs");
                }
            }
            Term::View { offset, len, .. } => view(&mut report, block, *offset, *len),
            Term::Jump(_) | Term::Branch { .. } | Term::Lookup { .. } => {}
            Term::Next { .. } | Term::Return { .. } => {}
        }
    }
    report.done()
}

fn next(report: &mut Report<'_>, func: &Func, graph: &Graph, block: Block, header: Block) {
    if !matches!(func.block(header).term, Term::Loop { .. }) {
        report.term(block, format!("{header} is no loop header"));
    } else if header == block || !graph.dominates(header, block) {
        report.term(block, format!("{header} does not dominate this block"));
    }
}

fn view(report: &mut Report<'_>, block: Block, offset: u32, len: u32) {
    if len == 0 || len > FIELD_BYTES_MAX {
        report.term(block, format!("a view has 1 to {FIELD_BYTES_MAX} bytes"));
    }
    if offset > PACKET_BYTES_MAX {
        report.term(block, format!("no packet is longer than {PACKET_BYTES_MAX} bytes"));
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

/// An edge as text, for messages.
pub(super) fn edge_name(edge: &Edge) -> String {
    format!("the edge to {}", edge.block)
}
