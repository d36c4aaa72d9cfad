//! Cells of maps: lookup, reading, changing, taking.

use super::{Low, Lower};
use crate::hir::{CellOp, Expr, ExprKind, MapId, Place};
use syrup_diag::{Span, bug};
use syrup_ir::{
    AtomicOp, BinOp, Block, CmpOp, Edge, Layout, MapKind, Op, Scalar, ScalarKind, Term, Ty, Value,
};

impl Lower<'_> {
    /// The cell of a place; goes to `missing` where there is no entry.
    pub(super) fn cell(&mut self, place: &Place, missing: Option<Block>) -> Option<Value> {
        let map = self.used.map(place.map);
        let Some(key) = &place.key else {
            return Some(self.f.op(Op::StateCell(map), Ty::Cell(map), place.span));
        };
        let key = self.key(place.map, key)?;
        let missing = match missing {
            Some(block) => block,
            None => self.unreachable(place.span),
        };
        let found = self.f.block();
        let cell = self.f.param(found, Ty::Cell(map), place.span);
        let term = Term::Lookup { map, key, found: Edge::to(found), missing: Edge::to(missing) };
        self.f.terminate(term, place.span);
        self.f.switch_to(found);
        Some(cell)
    }

    /// The values of a key, one for each piece of its layout.
    fn key(&mut self, map: MapId, key: &Expr) -> Option<Vec<Value>> {
        if self.program.maps[map.idx()].kind == MapKind::Lpm {
            return self.prefix(key);
        }
        let low = self.expr(key)?;
        let slot_of = |lower: &mut Self, value: Value| match lower.f.ty(value) {
            Ty::Exec(_) => lower.f.op(Op::SlotOf(value), Ty::U32, key.span),
            Ty::Int(_) | Ty::View | Ty::Cell(_) | Ty::Task => value,
        };
        Some(self.numbers(low).into_iter().map(|value| slot_of(self, value)).collect())
    }

    /// The pieces of a prefix: how many bits count, all of them where nothing says so, and the
    /// address with its most significant byte first in memory.
    fn prefix(&mut self, key: &Expr) -> Option<Vec<Value>> {
        let (address, n_bits) = match &key.kind {
            ExprKind::Prefix { address, n_bits } => (&**address, Some(&**n_bits)),
            _ => (key, None),
        };
        if Self::is_run(address) {
            let low = self.expr(address)?;
            let n_bits = match n_bits {
                Some(n_bits) => self.value(n_bits)?,
                None => self.f.constant(address.range.lo * 8, 32, key.span),
            };
            return Some(std::iter::once(n_bits).chain(self.numbers(low)).collect());
        }
        let bits = self.bits(address);
        let address = self.value(address)?;
        let n_bits = match n_bits {
            Some(n_bits) => self.value(n_bits)?,
            None => self.f.constant(bits.into(), 32, key.span),
        };
        let in_order = match bits {
            8 => address,
            _ => self.f.op(Op::ByteSwap(address), Ty::Int(bits), key.span),
        };
        Some(vec![n_bits, in_order])
    }

    /// The shape of what a place names, and its offset in the value.
    pub(super) fn shape(&self, place: &Place) -> (Layout, u32) {
        let layout = &self.program.maps[place.map.idx()].value_layout;
        match (layout, place.field) {
            (layout @ Layout::Struct { .. }, Some(at)) => match layout.fields().nth(at as usize) {
                Some(field) => (field.layout.clone(), field.offset),
                None => bug!("no field {at} at {:?}", place.span),
            },
            (layout, _) => (layout.clone(), 0),
        }
    }

    /// The scalar a place names, and its offset in the value.
    fn scalar(&self, place: &Place) -> (Scalar, u32) {
        match self.shape(place) {
            (Layout::Scalar(scalar), offset) => (scalar, offset),
            (Layout::Bytes(_) | Layout::Struct { .. }, _) => {
                bug!("a cell at {:?} is no single number", place.span)
            }
        }
    }

    /// Reads a cell; goes to `missing` where there is no entry.
    pub(super) fn read(&mut self, place: &Place, missing: Option<Block>) -> Option<Low> {
        if let MapKind::Maglev(set) = self.program.maps[place.map.idx()].kind {
            return self.ring(place, crate::hir::SetId(set.0)).map(Low::Value);
        }
        let cell = self.cell(place, missing)?;
        let (layout, offset) = self.shape(place);
        let mut values = Vec::new();
        self.read_parts(cell, &layout, offset, place, &mut values);
        Some(match (layout, values.as_slice()) {
            (Layout::Scalar(_), [value]) => Low::Value(*value),
            _ => self.parts(values),
        })
    }

    /// Reads every number of a shape.
    pub(super) fn read_parts(
        &mut self,
        cell: Value,
        layout: &Layout,
        offset: u32,
        place: &Place,
        values: &mut Vec<Value>,
    ) {
        match layout {
            Layout::Scalar(scalar) => match scalar.kind {
                ScalarKind::Exec(set) => {
                    let raw = self.f.op(Op::Read { cell, offset }, Ty::U64, place.span);
                    let set = crate::hir::SetId(set.0);
                    values.extend(self.kept_executor(raw, set, place.span));
                }
                _ => values.push(self.read_scalar(cell, scalar, offset, place)),
            },
            Layout::Bytes(_) => {
                for piece in layout.pieces() {
                    values.push(self.read_piece(cell, offset, piece, place.span));
                }
            }
            Layout::Struct { .. } => {
                for field in layout.fields() {
                    self.read_parts(cell, &field.layout, offset + field.offset, place, values);
                }
            }
        }
    }

    fn read_scalar(&mut self, cell: Value, scalar: &Scalar, offset: u32, place: &Place) -> Value {
        let span = place.span;
        let stored = Ty::Int(scalar.bytes * 8);
        let value = self.f.op(Op::Read { cell, offset }, stored, span);
        let value = match scalar.kind {
            ScalarKind::Bool => {
                let zero = self.f.constant(0, scalar.bytes * 8, span);
                self.compare(CmpOp::Ne, value, zero, span)
            }
            _ => self.convert(value, scalar.bits, span),
        };
        if self.program.maps[place.map.idx()].taken {
            // A cell that is taken from may be below zero for a moment; then it reads as empty.
            let sign = self.f.constant(1 << (scalar.bits - 1), scalar.bits, span);
            let zero = self.f.constant(0, scalar.bits, span);
            let positive = self.compare(CmpOp::Lt, value, sign, span);
            return self.f.op(Op::Select(positive, value, zero), Ty::Int(scalar.bits), span);
        }
        self.clamped(value, scalar, span)
    }

    /// A number brought into its declared range: user space can write anything.
    fn clamped(&mut self, value: Value, scalar: &Scalar, span: Span) -> Value {
        let (lo, hi) = scalar.range;
        let mut value = value;
        if hi < syrup_ir::max_of(scalar.bits) {
            let hi = self.f.constant(hi, scalar.bits, span);
            value = self.binary(BinOp::Min, value, hi, span);
        }
        if lo > 0 {
            let lo = self.f.constant(lo, scalar.bits, span);
            value = self.binary(BinOp::Max, value, lo, span);
        }
        value
    }

    /// Writes every number of a shape.
    pub(super) fn write_parts(
        &mut self,
        cell: Value,
        layout: &Layout,
        offset: u32,
        values: &mut impl Iterator<Item = Value>,
        span: Span,
    ) {
        match layout {
            Layout::Scalar(scalar) => {
                let Some(value) = values.next() else { bug!("no value to write at {span:?}") };
                let value = self.convert(value, scalar.bytes * 8, span);
                self.f.effect(Op::Write { cell, offset, value }, span);
            }
            Layout::Bytes(_) => {
                for piece in layout.pieces() {
                    let Some(value) = values.next() else { bug!("no value to write at {span:?}") };
                    self.write_piece(cell, offset, piece, value, span);
                }
            }
            Layout::Struct { .. } => {
                for field in layout.fields() {
                    self.write_parts(cell, &field.layout, offset + field.offset, values, span);
                }
            }
        }
    }

    /// The executor that a Maglev table has for a hash. The hash is spread over the positions by
    /// its upper bits, which needs no division; a table that is not filled yet names slot 0.
    fn ring(&mut self, place: &Place, set: crate::hir::SetId) -> Option<Value> {
        let (span, map) = (place.span, self.used.map(place.map));
        let hash = self.value(place.key.as_ref()?)?;
        let size = self.f.constant(self.program.maps[place.map.idx()].entries.into(), 32, span);
        let at = self.f.op(Op::Reduce(hash, size), Ty::U32, span);
        let found = self.f.block();
        let cell = self.f.param(found, Ty::Cell(map), span);
        let missing = Edge::to(self.unreachable(span));
        let term = Term::Lookup { map, key: vec![at], found: Edge::to(found), missing };
        self.f.terminate(term, span);
        self.f.switch_to(found);
        let slot = self.f.op(Op::Read { cell, offset: 0 }, Ty::U32, span);
        Some(self.slot_checked(set, slot, span))
    }

    /// An operation on an atomic cell; goes to `missing` where there is no entry.
    pub(super) fn cell_op(
        &mut self,
        op: CellOp,
        place: &Place,
        operand: &Expr,
        missing: Option<Block>,
        span: Span,
    ) -> Option<Low> {
        let value = self.value(operand)?;
        let cell = self.cell(place, missing)?;
        let (scalar, offset) = self.scalar(place);
        let (op, gives) = match op {
            CellOp::Add => (AtomicOp::Add, false),
            CellOp::Sub => (AtomicOp::Sub, false),
            CellOp::FetchAdd => (AtomicOp::Add, true),
            CellOp::Exchange => (AtomicOp::Exchange, true),
            CellOp::RaiseTo => (AtomicOp::Max, false),
        };
        let op = Op::Atomic { op, cell, offset, value };
        let old = self.f.op(op, Ty::Int(scalar.bits), span);
        Some(if gives { Low::Value(old) } else { Low::Unit })
    }

    /// Replaces a plain cell, or writes an entry of a map that always takes it.
    pub(super) fn assign(&mut self, place: &Place, value: &Expr, span: Span) -> Option<Low> {
        if self.program.maps[place.map.idx()].kind == MapKind::LruHash {
            self.insert(place, value, span)?;
            return Some(Low::Unit);
        }
        let low = self.expr(value)?;
        let values = self.numbers(low);
        let (layout, offset) = self.shape(place);
        let values = self.kept(&layout, values, span);
        let cell = self.cell(place, None)?;
        // Nobody who has the entry locked sees it half replaced.
        let is_locked = layout.lock().is_some();
        if is_locked {
            self.f.effect(Op::Lock(cell), span);
        }
        self.write_parts(cell, &layout, offset, &mut values.into_iter(), span);
        if is_locked {
            self.f.effect(Op::Unlock(cell), span);
        }
        Some(Low::Unit)
    }

    /// Creates or replaces an entry; gives 1 where it is there now.
    pub(super) fn insert(&mut self, place: &Place, value: &Expr, span: Span) -> Option<Value> {
        let low = self.expr(value)?;
        let value = self.numbers(low);
        let (layout, _) = self.shape(place);
        let value = self.kept(&layout, value, span);
        let key = self.place_key(place)?;
        let map = self.used.map(place.map);
        Some(self.f.op(Op::Insert { map, key, value }, Ty::BOOL, span))
    }

    /// Removes an entry.
    pub(super) fn remove(&mut self, place: &Place, span: Span) -> Option<Low> {
        let key = self.place_key(place)?;
        let map = self.used.map(place.map);
        self.f.op(Op::Remove { map, key }, Ty::BOOL, span);
        Some(Low::Unit)
    }

    fn place_key(&mut self, place: &Place) -> Option<Vec<Value>> {
        match &place.key {
            Some(key) => self.key(place.map, key),
            None => Some(Vec::new()),
        }
    }

    /// Takes an amount: one atomic subtraction, undone where there was less.
    ///
    /// Claim: it never grants more than there was. The subtraction is indivisible, so of all CPUs
    /// that subtract at once only those that still saw enough go on to `taken`.
    pub(super) fn take(
        &mut self,
        place: &Place,
        amount: &Expr,
        taken: Block,
        empty: Block,
        missing: Block,
        span: Span,
    ) -> Option<()> {
        let amount = self.value(amount)?;
        let cell = self.cell(place, Some(missing))?;
        let (scalar, offset) = self.scalar(place);
        let ty = Ty::Int(scalar.bits);
        let sub = Op::Atomic { op: AtomicOp::Sub, cell, offset, value: amount };
        let old = self.f.op(sub, ty, span);
        let sign = self.f.constant(1 << (scalar.bits - 1), scalar.bits, span);
        let (positive, undo) = (self.f.block(), self.f.block());
        let is_positive = self.compare(CmpOp::Lt, old, sign, span);
        self.f.branch(is_positive, positive, undo, span);
        self.f.switch_to(positive);
        let enough = self.compare(CmpOp::Le, amount, old, span);
        self.f.branch(enough, taken, undo, span);
        self.f.switch_to(undo);
        let add = Op::Atomic { op: AtomicOp::Add, cell, offset, value: amount };
        self.f.op(add, ty, span);
        self.f.jump(empty, Vec::new(), span);
        Some(())
    }

    /// Takes an amount without asking whether it was there.
    pub(super) fn take_ignored(&mut self, place: &Place, amount: &Expr, span: Span) -> Option<Low> {
        let rest = self.f.block();
        self.take(place, amount, rest, rest, rest, span)?;
        self.f.switch_to(rest);
        Some(Low::Unit)
    }

    /// The sum of a slot and the start of a range.
    pub(super) fn offset_slot(&mut self, start: Option<Value>, slot: Value, span: Span) -> Value {
        match start {
            Some(start) => self.binary(BinOp::Add, start, slot, span),
            None => slot,
        }
    }
}
