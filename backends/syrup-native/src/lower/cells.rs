//! State: parameters, executor sets, cells of maps, entries that come and go.

use super::{Buffer, Lower};
use crate::abi::Import;
use crate::defect::Defect;
use crate::layout::{Finding, finding};
use cranelift_codegen::ir::types::{I8, I16, I32, I64};
use cranelift_codegen::ir::{
    self, AtomicRmwOp, Endianness, InstBuilder, MemFlagsData, Type, condcodes::IntCC,
};
use syrup_diag::bug;
use syrup_ir::{AtomicOp, Layout as Shape, MapId, ParamId, SetId, Ty, Value};

/// Accesses to the arena: inside it and aligned by the mask.
const ARENA: MemFlagsData = MemFlagsData::trusted().with_endianness(Endianness::Little);

/// Bytes in memory of a number of `bits` bits, and the type that is moved.
fn storage(bits: u8) -> (Type, u64) {
    match bits {
        0..=8 => (I8, 1),
        9..=16 => (I16, 2),
        17..=32 => (I32, 4),
        _ => (I64, 8),
    }
}

impl Lower<'_, '_> {
    /// The address of an arena offset, brought inside and to a multiple of the access's size.
    pub(super) fn address(&mut self, offset: ir::Value, bytes: u64) -> ir::Value {
        let arena = self.env_field(std::mem::offset_of!(crate::abi::Env, arena), I64);
        let mask = self.number((self.layout.bytes - 1) & !(bytes - 1));
        let inside = self.b.ins().band(offset, mask);
        self.b.ins().iadd(arena, inside)
    }

    pub(super) fn param(&mut self, param: ParamId) -> ir::Value {
        let params = &self.layout.params;
        let neighbour = params[(param.idx() + 1) % params.len()];
        let misplaced = self.mode.defect.is(Defect::ParamMisplaced);
        let place = if misplaced { neighbour } else { params[param.idx()] };
        let offset = self.number(place);
        let address = self.address(offset, 8);
        self.b.ins().load(I64, ARENA, address, 0)
    }

    /// Reads the length of a set, at most its capacity.
    pub(super) fn set_len(&mut self, set: SetId) -> ir::Value {
        let place = self.layout.set(set);
        let offset = self.number(place.len);
        let address = self.address(offset, 4);
        let len = self.b.ins().load(I32, ARENA, address, 0);
        let len = self.widened(len, I32);
        let capacity = self.number(place.capacity.into());
        self.least(len, capacity)
    }

    /// The length of a set as it was when the evaluation began.
    pub(super) fn len(&mut self, set: SetId) -> ir::Value {
        let Some(len) = self.lens[set.idx()] else {
            bug!("{}: the length of {set} was not read", self.func.name)
        };
        if self.mode.defect.is(Defect::LenOneMore) {
            let one = self.number(1);
            return self.b.ins().iadd(len, one);
        }
        len
    }

    /// The generation of a slot, 0 beyond the end of the set.
    pub(super) fn generation(&mut self, set: SetId, slot: ir::Value) -> ir::Value {
        let Some(len) = self.lens[set.idx()] else {
            bug!("{}: the length of {set} was not read", self.func.name)
        };
        let (start, four) = (self.number(self.layout.set(set).generations), self.number(4));
        let at = self.b.ins().imul(slot, four);
        let at = self.b.ins().iadd(start, at);
        let address = self.address(at, 4);
        let generation = self.b.ins().load(I32, ARENA, address, 0);
        let generation = self.widened(generation, I32);
        let zero = self.number(0);
        let is_inside = self.b.ins().icmp(IntCC::UnsignedLessThan, slot, len);
        self.b.ins().select(is_inside, generation, zero)
    }

    /// The cell of a state map.
    pub(super) fn state_cell(&mut self, map: MapId) -> ir::Value {
        let index = self.number(0);
        self.indexed_cell(map, index)
    }

    /// The cell of an index that is known to be there, of this CPU's copy where there are copies.
    pub(super) fn indexed_cell(&mut self, map: MapId, index: ir::Value) -> ir::Value {
        let place = self.layout.map(map);
        let (start, stride) = (self.number(place.start), self.number(place.stride));
        let at = self.b.ins().imul(index, stride);
        let at = self.b.ins().iadd(start, at);
        match finding(self.module.maps[map.idx()].kind) {
            Finding::DirectPerCpu if !self.mode.defect.is(Defect::FirstCpu) => {
                let (cpu, stride) = (self.cpu(), self.number(place.cpu_stride));
                let copy = self.b.ins().imul(cpu, stride);
                self.b.ins().iadd(at, copy)
            }
            Finding::Direct | Finding::DirectPerCpu => at,
            Finding::Table | Finding::Never => bug!("{map} has no cells by index"),
        }
    }

    /// The address of a scalar of a cell.
    fn scalar(&mut self, cell: Value, offset: u32, bytes: u64) -> ir::Value {
        let (cell, offset) = (self.value(cell), self.number(offset.into()));
        let at = self.b.ins().iadd(cell, offset);
        self.address(at, bytes)
    }

    pub(super) fn read(&mut self, cell: Value, offset: u32, bits: u8) -> ir::Value {
        let (ty, bytes) = storage(bits);
        let address = self.scalar(cell, offset, bytes);
        let loaded = self.b.ins().load(ty, ARENA, address, 0);
        let loaded = self.widened(loaded, ty);
        let is_whole = u64::from(bits) == bytes * 8 || self.mode.defect.is(Defect::ReadNotCut);
        if is_whole { loaded } else { self.cut(loaded, bits) }
    }

    pub(super) fn write(&mut self, cell: Value, offset: u32, value: Value) {
        let (ty, bytes) = storage(self.bits(value));
        let number = self.value(value);
        if self.mode.defect.is(Defect::WriteTooWide) {
            let address = self.scalar(cell, offset, 8);
            self.b.ins().store(ARENA, number, address, 0);
            return;
        }
        let address = self.scalar(cell, offset, bytes);
        let number = if ty == I64 { number } else { self.b.ins().ireduce(ty, number) };
        self.b.ins().store(ARENA, number, address, 0);
    }

    /// An indivisible change, sequentially consistent as every atomic of Cranelift's is.
    pub(super) fn atomic(
        &mut self,
        op: AtomicOp,
        cell: Value,
        offset: u32,
        value: Value,
    ) -> ir::Value {
        let (ty, bytes) = storage(self.bits(value));
        let by = self.value(value);
        let by = if ty == I64 { by } else { self.b.ins().ireduce(ty, by) };
        let address = self.scalar(cell, offset, bytes);
        let rmw = match op {
            AtomicOp::Add => AtomicRmwOp::Add,
            AtomicOp::Sub => AtomicRmwOp::Sub,
            AtomicOp::Exchange => AtomicRmwOp::Xchg,
            AtomicOp::Max => AtomicRmwOp::Umax,
        };
        let old = self.b.ins().atomic_rmw(ty, ARENA, rmw, address, by);
        if self.mode.defect.is(Defect::AtomicGivesNew) {
            let new = self.b.ins().load(ty, ARENA, address, 0);
            return self.widened(new, ty);
        }
        self.widened(old, ty)
    }

    /// The address of the lock of the value that a cell names.
    fn lock_address(&mut self, cell: Value) -> ir::Value {
        let offset = match self.func.ty(cell) {
            Ty::Cell(map) => self.module.maps[map.idx()].value.lock(),
            Ty::Int(_) | Ty::Exec(_) | Ty::Task | Ty::View => None,
        };
        match offset {
            Some(offset) => self.scalar(cell, offset, 4),
            None => bug!("{}: {cell} has no lock", self.func.name),
        }
    }

    /// Waits until nobody has the value locked, and locks it. Who has it only computes until it
    /// unlocks, so the wait is short, unless its thread loses the processor.
    pub(super) fn lock(&mut self, cell: Value) {
        let address = self.lock_address(cell);
        let (again, after) = (self.b.create_block(), self.b.create_block());
        self.b.ins().jump(again, &[]);
        self.b.switch_to_block(again);
        let locked = self.b.ins().iconst(I32, 1);
        let before = self.b.ins().atomic_rmw(I32, ARENA, AtomicRmwOp::Xchg, address, locked);
        self.b.ins().brif(before, again, &[], after, &[]);
        self.b.switch_to_block(after);
    }

    pub(super) fn unlock(&mut self, cell: Value) {
        let address = self.lock_address(cell);
        let free = self.b.ins().iconst(I32, 0);
        self.b.ins().atomic_rmw(I32, ARENA, AtomicRmwOp::Xchg, address, free);
    }

    /// Numbers as the bytes of a layout on the stack, the bytes between them zero; the address.
    pub(super) fn packed(&mut self, buffer: Buffer, shape: &Shape, values: &[Value]) -> ir::Value {
        let address = self.buffer(buffer, shape.size());
        for (at, (piece, value)) in shape.pieces().iter().zip(values).enumerate() {
            let misplaced = at == 1 && self.mode.defect.is(Defect::PieceMisplaced);
            let offset = if misplaced { 0 } else { piece.offset };
            let (ty, _) = storage(piece.bytes * 8);
            let number = self.value(*value);
            let number = if ty == I64 { number } else { self.b.ins().ireduce(ty, number) };
            // Pieces of plain bytes are not aligned.
            let flags = MemFlagsData::new().with_notrap().with_endianness(Endianness::Little);
            self.b.ins().store(flags, number, address, offset as i32);
        }
        address
    }

    pub(super) fn map_number(&mut self, map: MapId) -> (ir::Value, Type) {
        (self.number(map.0.into()), I32)
    }

    pub(super) fn insert(&mut self, map: MapId, key: &[Value], value: &[Value]) -> ir::Value {
        let decl = &self.module.maps[map.idx()];
        let key = self.packed(Buffer::Key, &decl.key, key);
        let value = self.packed(Buffer::Value, &decl.value, value);
        let map = self.map_number(map);
        let done = self.call(Import::Insert, &[map, (key, I64), (value, I64)]);
        self.answered(done, self.mode.defect.is(Defect::InsertAnswer))
    }

    pub(super) fn remove(&mut self, map: MapId, key: &[Value]) -> ir::Value {
        let decl = &self.module.maps[map.idx()];
        let key = self.packed(Buffer::Key, &decl.key, key);
        let map = self.map_number(map);
        let done = self.call(Import::Remove, &[map, (key, I64)]);
        self.answered(done, false)
    }

    /// The runtime's yes or no as a `u1`.
    fn answered(&mut self, done: ir::Value, negated: bool) -> ir::Value {
        let zero = self.number(0);
        let cond = if negated { IntCC::Equal } else { IntCC::NotEqual };
        let flag = self.b.ins().icmp(cond, done, zero);
        self.boolean(flag)
    }
}
