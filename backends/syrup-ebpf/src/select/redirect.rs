//! Giving a frame to an executor at XDP.
//!
//! In: a set and a slot. Out: `bpf_redirect_map` with the executor's key. Its flags are the set's
//! `else` verdict, which the kernel gives where the key names nothing (`__bpf_xdp_redirect_map`,
//! include/linux/filter.h).

use super::Selector;
use super::values::cond;
use super::verdict::XDP_REDIRECT;
use crate::hooks::{MetaSource, SlotKeys};
use crate::insn::{AluOp, Base, Helper, Rhs, Size, Target, Term as Ending, Test, VReg, Width};
use syrup_ir::{Meta, SetId};
use syrup_wire::artifact::CounterSpec;

impl Selector<'_> {
    /// Ends the program with the kernel's verdict on a slot.
    pub(super) fn redirect(&mut self, set: SetId, slot: VReg) {
        let or_else = self.module.sets[set.idx()].or_else;
        let key = match self.plan.keys {
            SlotKeys::Slot => slot,
            SlotKeys::ByQueue => self.key_by_queue(set, slot),
            SlotKeys::ByCore => self.key_by_core(set, slot),
        };
        let map = self.map(self.plan.executors[set.idx()]);
        let flags = self.code(or_else);
        let flags = self.number(flags.into());
        let verdict = self.call(Helper::RedirectMap, vec![map, key, flags]);
        if self.plan.counters_map.is_none() {
            return self.close(Ending::Exit { value: verdict });
        }
        let (steered, empty) = (self.new_block(), self.new_block());
        let chosen = cond(Test::Eq, Width::W32, verdict, Rhs::Imm(XDP_REDIRECT));
        self.close_branch(chosen, Target::to(steered), Target::to(empty));
        self.current = empty;
        let exit = self.exit(or_else, &CounterSpec::EmptySlot { set: set.0 });
        self.close(Ending::Jump(exit));
        self.current = steered;
        self.count_steered(set, slot, verdict);
    }

    /// A queue that the map has no room for gives a key behind its end.
    fn key_by_queue(&mut self, set: SetId, slot: VReg) -> VReg {
        let MetaSource::Ctx(field, _) = self.face.meta(Meta::RxQueue) else {
            syrup_diag::bug!("a hook with executors by queue does not know the queue")
        };
        let queue = self.ctx_field(field);
        let capacity = Rhs::Imm(self.plan.sets[set.idx()].capacity as i32);
        let first = self.alu(AluOp::Mul, Width::W32, queue, capacity);
        self.alu(AluOp::Add, Width::W32, first, Rhs::Reg(slot))
    }

    /// The core in a slot: no core has the number of a slot that holds nothing.
    fn key_by_core(&mut self, set: SetId, slot: VReg) -> VReg {
        let Some(table) = self.plan.cores.get(set.idx()).copied().flatten() else {
            syrup_diag::bug!("{set} has no table of cores")
        };
        let at = self.store_key(Rhs::Reg(slot));
        let entry = self.lookup_at(table, at);
        let (join, there) = (self.new_block(), self.new_block());
        let core = self.vreg();
        self.blocks[join as usize].params.push(core);
        let none = self.number(u32::MAX.into());
        let beyond = Target { block: join, args: vec![none] };
        let found = cond(Test::Ne, Width::W64, entry, Rhs::Imm(0));
        self.close_branch(found, Target::to(there), beyond);
        self.current = there;
        let number = self.load_from(Base::Reg(entry), 0, Size::B4);
        let number = self.alu(AluOp::Sub, Width::W32, number, Rhs::Imm(1));
        self.close(Ending::Jump(Target { block: join, args: vec![number] }));
        self.current = join;
        core
    }
}
