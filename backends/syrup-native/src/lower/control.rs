//! How blocks end: edges, views, lookups, loops, verdicts.

use super::{Buffer, Lower};
use crate::abi::{self, Import};
use crate::defect::Defect;
use crate::layout::{Finding, finding};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder};
use syrup_diag::bug;
use syrup_ir::interp::Decision;
use syrup_ir::{Base, Block, Cause, Edge, Else, MapId, SetId, Term, Ty, Value, Verdict};

impl Lower<'_, '_> {
    pub(super) fn term(&mut self, block: Block, term: &Term) {
        match term {
            Term::Jump(edge) => {
                let (to, args) = self.edge(edge, None);
                self.b.ins().jump(to, &args);
            }
            Term::Branch { cond, yes, no } => {
                let cond = self.value(*cond);
                self.branch(cond, (yes, None), (no, None));
            }
            Term::View { base, offset, at, len, ok, short } => {
                self.view(*base, *offset, *at, *len, (ok, short));
            }
            Term::Lookup { map, key, found, missing } => self.lookup(*map, key, (found, missing)),
            Term::Loop { end, max, body, exit } => {
                let index = self.value(self.func.block(block).params[0]);
                let end = self.value(*end);
                let once_more = self.mode.defect.is(Defect::LoopOnceMore);
                let unbounded = self.mode.defect.is(Defect::LoopUnbounded);
                let below = match once_more {
                    true => IntCC::UnsignedLessThanOrEqual,
                    false => IntCC::UnsignedLessThan,
                };
                // The defects keep an end of their own, or a test would never return.
                let most = if unbounded { max.saturating_mul(2) } else { *max };
                let most = self.number(most.into());
                let is_below = self.b.ins().icmp(below, index, end);
                let is_bounded = self.b.ins().icmp(IntCC::UnsignedLessThan, index, most);
                let goes_on = self.b.ins().band(is_below, is_bounded);
                self.branch(goes_on, (body, None), (exit, None));
            }
            Term::Next { header, args } => {
                let index = self.value(self.func.block(*header).params[0]);
                let one = self.number(1);
                let next = self.b.ins().iadd(index, one);
                let (to, args) = self.target(*header, args, Some(next));
                self.b.ins().jump(to, &args);
            }
            Term::Return { verdict, cause } => self.verdict(*verdict, *cause),
            Term::Pop { queue, core, empty } => self.pop(*queue, *core, empty),
        }
    }

    fn target(
        &self,
        to: Block,
        args: &[Value],
        bound: Option<ir::Value>,
    ) -> (ir::Block, Vec<BlockArg>) {
        let args = args.iter().map(|&arg| self.value(arg));
        (self.blocks[to.idx()], bound.into_iter().chain(args).map(BlockArg::from).collect())
    }

    pub(super) fn edge(&self, edge: &Edge, bound: Option<ir::Value>) -> (ir::Block, Vec<BlockArg>) {
        self.target(edge.block, &edge.args, bound)
    }

    /// Each edge with the value that the terminator binds on it.
    pub(super) fn branch(
        &mut self,
        cond: ir::Value,
        yes: (&Edge, Option<ir::Value>),
        no: (&Edge, Option<ir::Value>),
    ) {
        let (yes, yes_args) = self.edge(yes.0, yes.1);
        let (no, no_args) = self.edge(no.0, no.1);
        self.b.ins().brif(cond, yes, &yes_args, no, &no_args);
    }

    /// Grants `len` bytes where they end at or before the packet's end. Three numbers below
    /// 2^32 and one below 2^8 are added, so nothing wraps.
    fn view(
        &mut self,
        base: Base,
        offset: u32,
        at: Option<Value>,
        len: u32,
        edges: (&Edge, &Edge),
    ) {
        let base = self.base(base);
        let lost = self.mode.defect.is(Defect::ViewOffset);
        let offset = self.number(if lost { 0 } else { offset.into() });
        let mut start = self.b.ins().iadd(base, offset);
        if let Some(at) = at {
            let at = self.value(at);
            start = self.b.ins().iadd(start, at);
        }
        let early = u32::from(self.mode.defect.is(Defect::ViewTooLong));
        let len = self.number((len - early).into());
        let end = self.b.ins().iadd(start, len);
        let bytes = self.packet_bytes();
        let is_there = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, bytes);
        self.branch(is_there, (edges.0, Some(start)), (edges.1, None));
    }

    fn lookup(&mut self, map: MapId, key: &[Value], (found, missing): (&Edge, &Edge)) {
        let decl = &self.module.maps[map.idx()];
        match finding(decl.kind) {
            Finding::Direct | Finding::DirectPerCpu => {
                let [index] = key else { bug!("{map} is an array with {} keys", key.len()) };
                let index = self.value(*index);
                let past = u32::from(self.mode.defect.is(Defect::IndexOnePast));
                let n = self.number((decl.entries + past).into());
                let is_inside = self.b.ins().icmp(IntCC::UnsignedLessThan, index, n);
                let cell = self.indexed_cell(map, index);
                self.branch(is_inside, (found, Some(cell)), (missing, None));
            }
            Finding::Table => {
                let key = self.packed(Buffer::Key, &decl.key, key);
                let number = self.map_number(map);
                let cell = self.call(Import::Lookup, &[number, (key, I64)]);
                let nothing = self.number(abi::NOTHING);
                let is_found = self.b.ins().icmp(IntCC::NotEqual, cell, nothing);
                self.branch(is_found, (found, Some(cell)), (missing, None));
            }
            Finding::Never => bug!("{map} has nothing to look up"),
        }
    }

    fn verdict(&mut self, verdict: Verdict, cause: Cause) {
        let answer = match verdict {
            Verdict::Pass => self.number(abi::encode(Decision::Pass, cause)),
            Verdict::Drop => self.number(abi::encode(Decision::Drop, cause)),
            Verdict::Steer(executor) => {
                let set = self.set_of(executor);
                self.steer(set, executor, Decision::Slot(set, 0), cause)
            }
            Verdict::Thread(verdict) => self.thread_verdict(verdict, cause),
        };
        self.b.ins().return_(&[answer]);
    }

    /// The set of an executor.
    pub(super) fn set_of(&self, executor: Value) -> SetId {
        match self.func.ty(executor) {
            Ty::Exec(set) => set,
            other => bug!("{executor} is {other}, not an executor"),
        }
    }

    /// Carries out a verdict on an executor: an empty slot becomes the set's `else`.
    pub(super) fn steer(
        &mut self,
        set: SetId,
        executor: Value,
        filled: Decision,
        cause: Cause,
    ) -> ir::Value {
        let slot = self.value(executor);
        let steered = self.number(abi::encode(filled, cause));
        let steered = self.b.ins().bor(steered, slot);
        if self.mode.defect.is(Defect::EmptySlot) {
            return steered;
        }
        let or_else = match self.module.sets[set.idx()].or_else {
            Else::Pass => Decision::Pass,
            Else::Drop => Decision::Drop,
        };
        let or_else = self.number(abi::encode(or_else, cause));
        let generation = self.generation(set, slot);
        let zero = self.number(0);
        let is_filled = self.b.ins().icmp(IntCC::NotEqual, generation, zero);
        self.b.ins().select(is_filled, steered, or_else)
    }
}
