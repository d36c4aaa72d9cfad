//! What each operation does.

use super::eval::{Cell, Machine, Val};
use crate::check::{compare, fold, reduce, swap_bytes};
use crate::layout::{max_of, storage_bytes};
use crate::{AtomicOp, Base, Inst, Meta, Op, Order, Value};
use syrup_diag::bug;

impl Machine<'_> {
    /// Carries out one instruction.
    pub(super) fn inst(&mut self, inst: &Inst) {
        match &inst.op {
            Op::Write { cell, offset, value } => {
                let bytes = storage_bytes(self.bits(*value));
                let (cell, number) = (self.cell(*cell), self.int(*value));
                self.change(&cell, *offset, bytes, |_| number);
            }
            Op::Atomic { op, cell, offset, value } => {
                let bits = self.bits(*value);
                let (cell, by) = (self.cell(*cell), self.int(*value));
                let old = self.change(&cell, *offset, bits / 8, |old| atomic(*op, old, by));
                self.give(inst, old);
            }
            // One evaluation runs at a time here, so nobody waits.
            Op::Lock(_) | Op::Unlock(_) => {}
            Op::Insert { map, key, value } => {
                let (key, value) = (self.key(*map, key), self.value(*map, value));
                let done = self.insert(*map, &key, &value);
                self.give(inst, u64::from(done));
            }
            Op::Remove { map, key } => {
                let key = self.key(*map, key);
                let done = self.remove(*map, &key);
                self.give(inst, u64::from(done));
            }
            op => {
                let Some(result) = inst.result else {
                    bug!("{op:?} gives a value that nobody names");
                };
                let val = self.pure(op, result);
                self.set(result, val);
            }
        }
    }

    /// Sets the result of an operation that may lack one.
    fn give(&mut self, inst: &Inst, number: u64) {
        if let Some(result) = inst.result {
            self.set(result, Val::Int(number));
        }
    }

    /// Operations that only make a value.
    fn pure(&mut self, op: &Op, result: Value) -> Val {
        let number = match op {
            Op::Const(number) => number & max_of(self.bits(result)),
            Op::Param(param) => self.state.params[param.idx()],
            Op::Bin(op, a, b) => fold(*op, self.bits(*a), self.int(*a), self.int(*b)),
            Op::Cmp(op, a, b) => u64::from(compare(*op, self.number(*a), self.number(*b))),
            Op::Select(cond, yes, no) => {
                let chosen = if self.int(*cond) == 1 { yes } else { no };
                return self.val(*chosen).clone();
            }
            Op::Convert(a) => self.int(*a) & max_of(self.bits(result)),
            Op::ByteSwap(a) => swap_bytes(self.bits(*a), self.int(*a)),
            Op::Reduce(hash, n) => reduce(self.int(*hash), self.int(*n)),
            Op::Load { view, offset, order } => self.load(*view, *offset, *order, result),
            Op::Meta(meta) => self.meta(*meta),
            Op::Now => *self.now_ns.get_or_insert_with(|| self.world.now()),
            Op::Random(None) => self.world.random(None).into(),
            Op::Random(Some(bound)) => self.random(self.int(*bound) as u32),
            Op::Cpu => self.cpu().into(),
            Op::SetLen(set) => self.state.sets[set.idx()].generations.len() as u64,
            Op::Executor(set, slot) => return Val::Exec(*set, self.int(*slot) as u32),
            Op::Generation(set, slot) => {
                let slot = self.int(*slot) as usize;
                let generation = self.state.sets[set.idx()].generations.get(slot);
                generation.copied().unwrap_or(0).into()
            }
            Op::SlotOf(executor) => self.exec(*executor).1.into(),
            Op::StateCell(map) => return Val::Cell(Cell::Bound { map: *map, key: Vec::new() }),
            Op::Read { cell, offset } => {
                let bits = self.bits(result);
                let cell = self.cell(*cell);
                self.read(&cell, *offset, storage_bytes(bits)) & max_of(bits)
            }
            Op::Thread(op) => self.thread_op(*op),
            Op::Lock(_)
            | Op::Unlock(_)
            | Op::Write { .. }
            | Op::Atomic { .. }
            | Op::Insert { .. }
            | Op::Remove { .. } => {
                bug!("{op:?} does more than make a value")
            }
        };
        Val::Int(number)
    }

    /// What comparisons compare: numbers, and executors by their slot.
    fn number(&self, value: Value) -> u64 {
        match self.val(value) {
            Val::Int(number) => *number,
            Val::Exec(_, slot) => u64::from(*slot),
            other => bug!("{value} is {other:?}, which cannot be compared"),
        }
    }

    fn load(&self, view: Value, offset: u32, order: Order, result: Value) -> u64 {
        let Val::View(start) = *self.val(view) else { bug!("{view} is no view") };
        let start = start + offset as usize;
        let bytes = &self.packet.frame[start..start + usize::from(self.bits(result) / 8)];
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        match order {
            Order::Big => bytes.iter().fold(0, join),
            Order::Little => bytes.iter().rev().fold(0, join),
        }
    }

    fn meta(&self, meta: Meta) -> u64 {
        let packet = self.packet;
        match meta {
            Meta::EthProtocol => packet.eth_protocol.into(),
            Meta::IpProtocol => packet.ip_protocol.into(),
            Meta::FlowHash => packet.flow_hash.into(),
            Meta::Len => {
                let start = self.base(self.module.hook.window);
                (packet.frame.len() as u64).saturating_sub(start) & max_of(32)
            }
            Meta::RxQueue => packet.rx_queue.into(),
            Meta::Interface => packet.interface.into(),
        }
    }

    pub(super) fn base(&self, base: Base) -> u64 {
        match base {
            Base::Frame => 0,
            Base::Net => self.packet.net.into(),
            Base::Transport => self.packet.transport.into(),
        }
    }

    /// A draw below 0 takes the next one and gives 0.
    fn random(&mut self, bound: u32) -> u64 {
        if bound == 0 {
            self.world.random(None);
            return 0;
        }
        let drawn = self.world.random(Some(bound));
        if drawn >= bound {
            bug!("the draw {drawn} is not below {bound}");
        }
        drawn.into()
    }

    pub(super) fn cpu(&mut self) -> u32 {
        *self.cpu.get_or_insert_with(|| self.world.cpu())
    }
}

fn atomic(op: AtomicOp, old: u64, by: u64) -> u64 {
    match op {
        AtomicOp::Add => old.wrapping_add(by),
        AtomicOp::Sub => old.wrapping_sub(by),
        AtomicOp::Exchange => by,
        AtomicOp::Max => old.max(by),
    }
}
