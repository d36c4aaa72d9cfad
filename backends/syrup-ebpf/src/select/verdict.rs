//! Verdicts: how an evaluation ends, what is counted, and what an empty slot becomes.
//!
//! In: a verdict with its cause. Out: a jump to an exit that all verdicts of its kind share, since
//! a shared exit costs a jump and a copy costs the whole.

use super::Selector;
use super::scratch::words;
use super::values::cond;
use crate::defect::{Defect, has};
use crate::hooks::{Answer, Forgetful};
use crate::insn::{
    AluOp, Args, Base, Helper, Insn, Rhs, Size, Target, Term as Ending, Test, VReg, Width,
};
use std::collections::BTreeMap;
use std::ops::Range;
use syrup_ir::{Block, Cause, Else, Op, SetId, Term, Value, ValueDef, Verdict};
use syrup_wire::artifact::CounterSpec;
use syrup_wire::script::{RETURN_DROP, RETURN_PASS};

/// The exits made so far.
#[derive(Default)]
pub struct Exits {
    plain: BTreeMap<u32, u32>,
    steer: BTreeMap<SetId, u32>,
    counted: Option<u32>,
}

/// `SK_DROP` and `SK_PASS`, `enum sk_action`, include/uapi/linux/bpf.h.
const SK_DROP: u32 = 0;
const SK_PASS: u32 = 1;

/// `enum xdp_action`, include/uapi/linux/bpf.h.
const XDP_DROP: u32 = 1;
const XDP_PASS: u32 = 2;
pub(super) const XDP_REDIRECT: i32 = 4;

impl Selector<'_> {
    pub(super) fn verdict(&mut self, verdict: Verdict, cause: Cause) {
        let (or_else, counter) = match verdict {
            Verdict::Steer(executor) => return self.steer(executor),
            Verdict::Pass => (Else::Pass, CounterSpec::Pass),
            Verdict::Drop => (Else::Drop, CounterSpec::Drop),
            Verdict::Thread(verdict) => {
                syrup_diag::bug!("{verdict:?}: `emit` refuses policies over threads")
            }
        };
        let counter = match cause {
            Cause::Written | Cause::Unreachable => counter,
            Cause::EmptySet(set) => CounterSpec::EmptySet { set: set.0 },
            Cause::NoSlot(set) => CounterSpec::NoSlot { set: set.0 },
        };
        let exit = self.exit(or_else, &counter);
        self.close(Ending::Jump(exit));
    }

    pub(super) fn code(&self, verdict: Else) -> u32 {
        let verdict = if has(Defect::DropIsPass) { Else::Pass } else { verdict };
        match (self.face.answer, verdict) {
            (Answer::SelectReuseport, Else::Pass) => SK_PASS,
            (Answer::SelectReuseport, Else::Drop) => SK_DROP,
            (Answer::RedirectMap, Else::Pass) => XDP_PASS,
            (Answer::RedirectMap, Else::Drop) => XDP_DROP,
            (Answer::Return, Else::Pass) => RETURN_PASS,
            (Answer::Return, Else::Drop) => RETURN_DROP,
        }
    }

    /// The exit for a path that the verifier believes in and no evaluation takes.
    pub(super) fn pass_exit(&mut self) -> Target<VReg> {
        let code = self.code(Else::Pass);
        self.plain_exit(code)
    }

    /// Counts and returns. The counter's index is made in the current block.
    pub(super) fn exit(&mut self, verdict: Else, counter: &CounterSpec) -> Target<VReg> {
        let code = self.code(verdict);
        match self.plan.counter(counter) {
            None => self.plain_exit(code),
            Some(idx) => {
                let args = vec![self.number(idx.into()), self.number(code.into())];
                Target { block: self.counted_exit(), args }
            }
        }
    }

    pub(super) fn plain_exit(&mut self, code: u32) -> Target<VReg> {
        if let Some(&block) = self.exits.plain.get(&code) {
            return Target::to(block);
        }
        let back = self.current;
        let block = self.new_block();
        self.exits.plain.insert(code, block);
        self.current = block;
        let value = self.number(code.into());
        self.close(Ending::Exit { value });
        self.current = back;
        Target::to(block)
    }

    /// A block that adds 1 to the counter of its first parameter and returns its second.
    fn counted_exit(&mut self) -> u32 {
        if let Some(block) = self.exits.counted {
            return block;
        }
        let back = self.current;
        let (block, counting, done) = (self.new_block(), self.new_block(), self.new_block());
        self.exits.counted = Some(block);
        self.current = block;
        let (idx, code) = (self.vreg(), self.vreg());
        self.blocks[block as usize].params.extend([idx, code]);
        let key = self.store_key(Rhs::Reg(idx));
        let map = self.map(self.plan.counters_map.unwrap_or_default());
        let key = self.def(|dst| Insn::FrameAddr { dst, offset: key });
        let entry = self.call(Helper::MapLookup, vec![map, key]);
        let there = cond(Test::Ne, Width::W64, entry, Rhs::Imm(0));
        self.close_branch(there, Target::to(counting), Target::to(done));

        // The value is this CPU's own, so a plain addition does.
        self.current = counting;
        let old = self.load_from(Base::Reg(entry), 0, Size::B8);
        let new = self.alu(AluOp::Add, Width::W64, old, Rhs::Imm(1));
        let src = Rhs::Reg(new);
        self.emit(Insn::Store { size: Size::B8, base: Base::Reg(entry), offset: 0, src });
        self.close(Ending::Jump(Target::to(done)));

        self.current = done;
        self.close(Ending::Exit { value: code });
        self.current = back;
        block
    }

    fn steer(&mut self, executor: Value) {
        let syrup_ir::Ty::Exec(set) = self.func.ty(executor) else {
            syrup_diag::bug!("{executor} is no executor")
        };
        // The slot's number goes to the stack before the jump: where it was a map's key, it is
        // there.
        let slot = self.analysis.resolve(executor);
        let is_stored = !has(Defect::SlotNotStored) && !self.passed_on_stack(slot);
        if self.face.answer == Answer::SelectReuseport && is_stored {
            self.store_slot(slot);
        }
        let args = if self.needs_slot() { vec![self.reg(executor)] } else { vec![] };
        let exit = match self.exits.steer.get(&set) {
            Some(&block) => block,
            None => self.steer_exit(set),
        };
        self.close(Ending::Jump(Target { block: exit, args }));
    }

    /// Whether a parameter of a block is only the slot that the block steers to: it is then passed
    /// on the stack, where the verdict wants it.
    pub(super) fn stands_on_stack(&self, block: Block, param: Value) -> bool {
        let data = self.func.block(block);
        let Term::Return { verdict: Verdict::Steer(executor), .. } = data.term else {
            return false;
        };
        let only = data.insts.iter().all(|inst| {
            let dead = inst.result.is_some_and(|v| !self.analysis.is_live(v));
            dead || matches!(inst.op, Op::Executor(_, slot) if slot == param)
        });
        only && !self.needs_slot() && self.analysis.resolve(executor) == param
    }

    fn passed_on_stack(&self, slot: Value) -> bool {
        match self.func.values[slot.idx()].def {
            ValueDef::Param(block, _) => {
                let joins = self.analysis.order.preds[block.idx()].len() > 1;
                joins && self.stands_on_stack(block, slot)
            }
            ValueDef::Inst(..) => false,
        }
    }

    /// Puts a slot where the exit looks for it.
    pub(super) fn store_slot(&mut self, slot: Value) {
        let src = self.rhs(slot, Width::W64);
        self.store_key(src);
    }

    /// Whether the exit wants the slot in a register.
    fn needs_slot(&self) -> bool {
        self.face.answer != Answer::SelectReuseport || self.plan.counters_map.is_some()
    }

    /// A block that gives the input to a slot: its parameter, or the number on the stack.
    fn steer_exit(&mut self, set: SetId) -> u32 {
        let back = self.current;
        let block = self.new_block();
        self.exits.steer.insert(set, block);
        let slot = self.vreg();
        if self.needs_slot() {
            self.blocks[block as usize].params.push(slot);
        }
        self.current = block;
        match self.face.answer {
            Answer::SelectReuseport => self.select_reuseport(set, slot),
            Answer::RedirectMap => self.redirect(set, slot),
            Answer::Return => self.return_slot(set, slot),
        }
        self.current = back;
        block
    }

    fn select_reuseport(&mut self, set: SetId, slot: VReg) {
        let key = self.reserve(&[words(4)])[0];
        let map = self.map(self.plan.executors[set.idx()]);
        let key = self.def(|dst| Insn::FrameAddr { dst, offset: key });
        let flags = self.number(0);
        let args = vec![self.ctx, map, key, flags];
        let or_else = self.module.sets[set.idx()].or_else;
        if self.plan.counters_map.is_some() {
            let status = self.call(Helper::SkSelectReuseport, args);
            let (steered, empty) = (self.new_block(), self.new_block());
            let chosen = cond(Test::Eq, Width::W32, status, Rhs::Imm(0));
            self.close_branch(chosen, Target::to(steered), Target::to(empty));
            self.current = empty;
            let exit = self.exit(or_else, &CounterSpec::EmptySlot { set: set.0 });
            self.close(Ending::Jump(exit));
            self.current = steered;
            let code = self.number(SK_PASS.into());
            return self.count_steered(set, slot, code);
        }
        match or_else {
            // Where nothing was selected, SK_PASS is the kernel's default: the declared `pass`.
            Else::Pass => {
                let (helper, args) = (Helper::SkSelectReuseport, Args::new(&args));
                self.emit(Insn::Call { helper, args, dst: None });
                let exit = self.pass_exit();
                self.close(Ending::Jump(exit));
            }
            // 0 for success becomes SK_PASS; a negative error never does, and all else drops.
            Else::Drop => {
                let status = self.call(Helper::SkSelectReuseport, args);
                let one = Rhs::Imm(SK_PASS as i32);
                let value = self.alu(AluOp::Add, Width::W32, status, one);
                self.close(Ending::Exit { value });
            }
        }
    }

    /// The twin has no sockets: it asks the table of generations whether the slot holds anything.
    fn return_slot(&mut self, set: SetId, slot: VReg) {
        let spec = &self.plan.sets[set.idx()];
        let (len_at, generations_at) = (spec.len_offset, spec.generations_offset);
        let capacity = spec.capacity;
        let or_else = self.module.sets[set.idx()].or_else;
        let empty = self.new_block();
        let slot = self.unknown(slot);
        let base = self.value_addr(self.plan.sets_map, len_at);
        let len = self.load_from(Base::Reg(base), 0, Size::B4);
        let past_len = cond(Test::Ge, Width::W32, slot, Rhs::Reg(len));
        self.keep_going(past_len, empty);
        let past_all = cond(Test::Ge, Width::W64, slot, Rhs::Imm(capacity as i32));
        self.keep_going(past_all, empty);
        let base = self.value_addr(self.plan.sets_map, generations_at);
        let found = self.new_block();
        let generation = self.vreg();
        self.blocks[found as usize].params.push(generation);
        self.halve((base, slot), 0..capacity, found);
        self.current = found;
        self.keep_going(cond(Test::Eq, Width::W32, generation, Rhs::Imm(0)), empty);
        if self.plan.counters_map.is_some() {
            self.count_steered(set, slot, slot);
        } else {
            self.close(Ending::Exit { value: slot });
        }
        self.current = empty;
        let exit = self.exit(or_else, &CounterSpec::EmptySlot { set: set.0 });
        self.close(Ending::Jump(exit));
    }

    /// Goes to a block with the entry of a slot, found by halving the table: see `scripted_draw`
    /// for why not by its address.
    fn halve(&mut self, (base, slot): (VReg, VReg), slots: Range<u32>, found: u32) {
        if slots.end - slots.start <= 1 {
            let entry = self.load_from(Base::Reg(base), 4 * slots.start as i16, Size::B4);
            return self.close(Ending::Jump(Target { block: found, args: vec![entry] }));
        }
        let middle = slots.start + (slots.end - slots.start) / 2;
        let (low, high) = (self.new_block(), self.new_block());
        let below = cond(Test::Lt, Width::W32, slot, Rhs::Imm(middle as i32));
        self.close_branch(below, Target::to(low), Target::to(high));
        self.current = low;
        self.halve((base, slot), slots.start..middle, found);
        self.current = high;
        self.halve((base, slot), middle..slots.end, found);
    }

    /// The same number, of which the verifier knows nothing, so that all states that come here are
    /// alike.
    fn unknown(&mut self, value: VReg) -> VReg {
        let (base, offset) = match self.face.forgetful {
            Forgetful::Ctx(offset) => (self.ctx, offset),
            Forgetful::Script(at) => (self.value_addr(self.plan.script_map, at), 0),
        };
        let (base, src) = (Base::Reg(base), Rhs::Reg(value));
        self.emit(Insn::Store { size: Size::B4, base, offset, src });
        self.load_from(base, offset, Size::B4)
    }

    fn keep_going(&mut self, unless: crate::insn::Cond<VReg>, leave: u32) {
        let next = self.new_block();
        self.close_branch(unless, Target::to(leave), Target::to(next));
        self.current = next;
    }

    pub(super) fn count_steered(&mut self, set: SetId, slot: VReg, code: VReg) {
        let first = self.plan.counter(&CounterSpec::Steered { set: set.0, slot: 0 });
        let first = Rhs::Imm(first.unwrap_or_default() as i32);
        let idx = self.alu(AluOp::Add, Width::W32, slot, first);
        let block = self.counted_exit();
        self.close(Ending::Jump(Target { block, args: vec![idx, code] }));
    }
}
