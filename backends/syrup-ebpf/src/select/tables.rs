//! Maps: lookups, cells, atomics, insertion and removal.
//!
//! In: operations of the IR on maps. Out: instructions; keys and values are built on the stack,
//! zero padding included, because the kernel hashes and compares every byte of a key.

use super::scratch::words;
use super::values::cond;
use super::{Bound, CellAddr, Selector, StateCell, max_of};
use crate::defect::{Defect, has};
use crate::insn::{
    AluOp, Args, Base, FetchOp, Helper, Insn, Rhs, Size, Target, Term, Test, VReg, Width,
};
use crate::maps::MapPlace;
use syrup_ir::{AtomicOp, Block, Edge, MapId, MapKind, SetId, Value};

/// Tries of a compare-and-exchange before `raise_to` gives up: with one writer the first succeeds,
/// and the language calls the operation lossy under contention.
const MAX_TRIES: u32 = 3;

/// `BPF_F_LOCK` (Linux 5.1): the kernel takes the value's lock while it copies.
const F_LOCK: u64 = 4;

impl Selector<'_> {
    pub(super) fn lookup(&mut self, map: MapId, key: &[Value], found: &Edge, missing: &Edge) {
        let MapPlace::Table(place) = self.plan.places[map.idx()] else {
            syrup_diag::bug!("{map} is no table")
        };
        let no = self.target(missing, Bound::Nothing, true);
        let module = self.module;
        let layout = &module.maps[map.idx()].key;
        let at = self.reserve(&[words(layout.size())]);
        self.build(layout, key, at[0]);
        let entry = self.lookup_at(place, at[0]);
        // The edge's own arguments are made on the found side only.
        let bound = self.new_block();
        let test = if has(Defect::MissingIsFound) { Test::Eq } else { Test::Ne };
        let there = cond(test, Width::W64, entry, Rhs::Imm(0));
        match has(Defect::NullUnasked) {
            true => self.close(Term::Jump(Target::to(bound))),
            false => self.close_branch(there, Target::to(bound), no),
        }
        self.current = bound;
        let yes = self.target(found, Bound::Cell(entry), false);
        self.close(Term::Jump(yes));
    }

    pub(super) fn lookup_at(&mut self, place: u32, key: i16) -> VReg {
        let map = self.map(place);
        let key = self.def(|dst| Insn::FrameAddr { dst, offset: key });
        self.call(Helper::MapLookup, vec![map, key])
    }

    pub(super) fn map(&mut self, map: u32) -> VReg {
        self.def(|dst| Insn::LoadMap { dst, map, value_offset: None })
    }

    /// A constant is stored without a register where the machine can.
    fn store_operand(&mut self, value: Value, size: Size) -> Rhs<VReg> {
        let width = if size == Size::B8 { Width::W64 } else { Width::W32 };
        self.rhs(value, width)
    }

    pub(super) fn state_cell(&mut self, block: Block, map: MapId, result: Value) {
        let (place, offset) = match self.plan.places[map.idx()] {
            MapPlace::Cell { map, offset } if has(Defect::NeighbourCell) => {
                (map, offset.saturating_sub(8))
            }
            MapPlace::Cell { map, offset } => (map, offset),
            MapPlace::PerCpuCell(place) => return self.per_cpu_cell(place, result),
            MapPlace::Table(_) => syrup_diag::bug!("{map} is no state"),
        };
        let known = self.state_cells.values().find(|known| {
            let near = offset.wrapping_sub(known.addr.offset) < 0x4000;
            known.map == place && near && self.analysis.order.dominates(known.at, block)
        });
        let addr = match known {
            Some(known) => CellAddr { reg: known.addr.reg, offset: offset - known.addr.offset },
            None => {
                let reg = self.value_addr(Some(place), offset);
                let addr = CellAddr { reg, offset };
                self.state_cells.insert(map, StateCell { at: block, map: place, addr });
                CellAddr { reg, offset: 0 }
            }
        };
        self.cells[result.idx()] = Some(addr);
    }

    fn per_cpu_cell(&mut self, place: u32, result: Value) {
        let at = self.store_key(Rhs::Imm(0));
        let entry = self.lookup_at(place, at);
        // Key 0 of an array is always there, but the verifier wants to see it asked.
        let (there, pass) = (self.new_block(), self.pass_exit());
        let found = cond(Test::Ne, Width::W64, entry, Rhs::Imm(0));
        self.close_branch(found, Target::to(there), pass);
        self.current = there;
        self.cells[result.idx()] = Some(CellAddr { reg: entry, offset: 0 });
    }

    pub(super) fn read(&mut self, cell: Value, offset: u32, bits: u8) -> VReg {
        let (base, offset) = self.cell_byte(cell, offset);
        let bytes = storage_bytes(bits);
        let value = self.load_from(Base::Reg(base), offset, Size::of(bytes));
        // User space may have written bits that the type does not have.
        let is_whole = u32::from(bits) == bytes * 8 || has(Defect::ReadNotCut);
        if is_whole { value } else { self.cut(value, bits) }
    }

    pub(super) fn write(&mut self, cell: Value, offset: u32, value: Value) {
        let (base, offset) = self.cell_byte(cell, offset);
        let size = Size::of(storage_bytes(self.bits(value)));
        let src = self.store_operand(value, size);
        self.emit(Insn::Store { size, base: Base::Reg(base), offset, src });
    }

    fn cell_byte(&mut self, cell: Value, offset: u32) -> (VReg, i16) {
        let cell = self.cell(cell);
        let offset = if has(Defect::FieldMisplaced) { 0 } else { offset };
        (cell.reg, (cell.offset + offset) as i16)
    }

    pub(super) fn atomic(
        &mut self,
        op: AtomicOp,
        cell: Value,
        offset: u32,
        value: Value,
        result: Option<Value>,
    ) {
        let (base, offset) = self.cell_byte(cell, offset);
        let bits = self.bits(value);
        let size = Size::of(storage_bytes(bits));
        let width = Width::for_bits(bits);
        let src = match op {
            AtomicOp::Sub if has(Defect::SubAdds) => self.reg(value),
            AtomicOp::Sub => self.negated(value, width),
            AtomicOp::Add | AtomicOp::Exchange | AtomicOp::Max => self.reg(value),
        };
        let old = match (op, result) {
            (AtomicOp::Add | AtomicOp::Sub, None) => {
                return self.emit(Insn::AtomicAdd { size, base, offset, src });
            }
            (AtomicOp::Add | AtomicOp::Sub, Some(_)) => {
                let op = FetchOp::Add;
                self.def(|dst| Insn::AtomicFetch { op, size, dst, base, offset, src })
            }
            (AtomicOp::Exchange, _) => {
                let op = FetchOp::Exchange;
                self.def(|dst| Insn::AtomicFetch { op, size, dst, base, offset, src })
            }
            (AtomicOp::Max, _) => self.raise(size, width, (base, offset), src),
        };
        let gives_new = has(Defect::AtomicGivesNew) && op == AtomicOp::Add;
        let old = match gives_new {
            true => self.alu(AluOp::Add, width, old, Rhs::Reg(src)),
            false => old,
        };
        self.bind(result, old);
    }

    fn negated(&mut self, value: Value, width: Width) -> VReg {
        match self.constant(value) {
            Some(number) if width == Width::W32 => {
                self.number((number as u32).wrapping_neg().into())
            }
            Some(number) => self.number(number.wrapping_neg()),
            None => {
                let src = self.reg(value);
                self.def(|dst| Insn::Neg { width, dst, src })
            }
        }
    }

    /// Replaces the cell where `src` is larger: a few tries of compare-and-exchange.
    fn raise(&mut self, size: Size, width: Width, at: (VReg, i16), src: VReg) -> VReg {
        let (base, offset) = at;
        let join = self.new_block();
        let result = self.vreg();
        self.blocks[join as usize].params.push(result);
        let mut expected = self.load_from(Base::Reg(base), offset, size);
        for _ in 0..MAX_TRIES {
            let (attempt, again) = (self.new_block(), self.new_block());
            let done = Target { block: join, args: vec![expected] };
            let test = if has(Defect::RaiseLowers) { Test::Lt } else { Test::Gt };
            let larger = cond(test, width, src, Rhs::Reg(expected));
            self.close_branch(larger, Target::to(attempt), done);
            self.current = attempt;
            let old =
                self.def(|old| Insn::CompareExchange { size, old, base, offset, expected, src });
            let done = Target { block: join, args: vec![old] };
            let same = cond(Test::Eq, width, old, Rhs::Reg(expected));
            self.close_branch(same, done, Target::to(again));
            self.current = again;
            expected = old;
        }
        self.close(Term::Jump(Target { block: join, args: vec![expected] }));
        self.current = join;
        result
    }

    /// The generation of a slot, by a lookup: its address in the table of all sets would be a
    /// pointer with a variable offset, see `scripted_draw`.
    pub(super) fn generation(&mut self, set: SetId, slot: Value) -> VReg {
        let Some(place) = self.plan.generations[set.idx()] else {
            syrup_diag::bug!("{set} has no table of generations")
        };
        let key = self.rhs(slot, Width::W64);
        let at = self.store_key(key);
        let entry = self.lookup_at(place, at);
        let (join, there) = (self.new_block(), self.new_block());
        let result = self.vreg();
        self.blocks[join as usize].params.push(result);
        let none = self.number(has(Defect::NoGeneration).into());
        let beyond = Target { block: join, args: vec![none] };
        let found = cond(Test::Ne, Width::W64, entry, Rhs::Imm(0));
        self.close_branch(found, Target::to(there), beyond);
        self.current = there;
        let generation = self.load_from(Base::Reg(entry), 0, Size::B4);
        self.close(Term::Jump(Target { block: join, args: vec![generation] }));
        self.current = join;
        result
    }

    /// Locks or unlocks the value that a cell names.
    pub(super) fn lock(&mut self, helper: Helper, cell: Value) {
        if has(Defect::LockMissing) {
            return;
        }
        let syrup_ir::Ty::Cell(map) = self.func.ty(cell) else {
            syrup_diag::bug!("{cell} is no cell")
        };
        let Some(offset) = self.module.maps[map.idx()].value.lock() else {
            syrup_diag::bug!("{map} has no lock")
        };
        if has(Defect::UnlockMissing) && helper == Helper::SpinUnlock {
            return;
        }
        let mut at = self.cell_reg(cell);
        if offset > 0 {
            at = self.alu(AluOp::Add, Width::W64, at, Rhs::Imm(offset as i32));
        }
        self.emit(Insn::Call { helper, args: Args::new(&[at]), dst: None });
    }

    pub(super) fn insert(
        &mut self,
        map: MapId,
        key: &[Value],
        value: &[Value],
        result: Option<Value>,
    ) {
        let module = self.module;
        let layout = &module.maps[map.idx()];
        if layout.kind == MapKind::Log {
            return self.append(map, value, result);
        }
        let at = self.reserve(&[words(layout.key.size()), words(layout.value.size())]);
        self.build(&layout.key, key, at[0]);
        self.build(&layout.value, value, at[1]);
        let map = self.table(map);
        let key = self.def(|dst| Insn::FrameAddr { dst, offset: at[0] });
        let from = if has(Defect::KeyForValue) { at[0] } else { at[1] };
        let value = self.def(|dst| Insn::FrameAddr { dst, offset: from });
        // BPF_ANY: create or replace. BPF_F_LOCK: an entry that is there is changed in its place,
        // so that nobody who has it locked loses what they write.
        let locks = layout.value.lock().is_some() && !has(Defect::InsertWithoutLock);
        let flags = self.number(if locks { F_LOCK } else { 0 });
        let only_new = has(Defect::InsertOnlyNew);
        let flags = if only_new { self.number(1) } else { flags };
        self.succeeded(Helper::MapUpdate, vec![map, key, value, flags], result);
    }

    /// Appends a record to a log.
    fn append(&mut self, map: MapId, value: &[Value], result: Option<Value>) {
        let module = self.module;
        let layout = &module.maps[map.idx()].value;
        let at = self.reserve(&[words(layout.size())]);
        self.build(layout, value, at[0]);
        let map = self.table(map);
        let record = self.def(|dst| Insn::FrameAddr { dst, offset: at[0] });
        let n_bytes = self.number(layout.size().into());
        // No flags: whoever reads is woken when it waits.
        let flags = self.number(0);
        self.succeeded(Helper::RingbufOutput, vec![map, record, n_bytes, flags], result);
    }

    pub(super) fn remove(&mut self, map: MapId, key: &[Value], result: Option<Value>) {
        let module = self.module;
        let layout = &module.maps[map.idx()].key;
        let at = self.reserve(&[words(layout.size())]);
        self.build(layout, key, at[0]);
        let map = self.table(map);
        let key = self.def(|dst| Insn::FrameAddr { dst, offset: at[0] });
        self.succeeded(Helper::MapDelete, vec![map, key], result);
    }

    fn table(&mut self, map: MapId) -> VReg {
        let place = match self.plan.places[map.idx()] {
            MapPlace::Table(place) | MapPlace::PerCpuCell(place) => place,
            MapPlace::Cell { map, .. } => map,
        };
        self.map(place.saturating_sub(u32::from(has(Defect::NeighbourMap))))
    }

    /// Calls a helper that gives 0 or a negative error, in 32 bits before Linux 6.4.
    fn succeeded(&mut self, helper: Helper, args: Vec<VReg>, result: Option<Value>) {
        if result.is_none() {
            return self.emit(Insn::Call { helper, args: Args::new(&args), dst: None });
        }
        let status = self.call(helper, args);
        let failed = self.alu(AluOp::Shr, Width::W32, status, Rhs::Imm(31));
        let bit = max_of(1) as i32 & !i32::from(has(Defect::InsertAnswer));
        let done = self.alu(AluOp::Xor, Width::W32, failed, Rhs::Imm(bit));
        self.bind(result, done);
    }
}

fn storage_bytes(bits: u8) -> u32 {
    match bits {
        0..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}
