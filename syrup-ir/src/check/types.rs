//! Types: every operand has the type its operation asks for, every edge passes what its target
//! takes, keys and values have the pieces of their layouts.
//!
//! In: a function whose ids are in range. Out: violations.

use super::{Report, Violation};
use crate::layout::storage_bytes;
use crate::{
    Block, CmpOp, Edge, Func, Inst, Layout, Map, MapId, MapKind, Module, Op, Piece, Term, Ty, Value,
};

/// All types of a function.
pub(super) fn types(module: &Module, func: &Func) -> Vec<Violation> {
    let mut types = Types { module, func, report: Report::new(func) };
    types.inputs();
    for block in func.block_ids() {
        for inst in &func.block(block).insts {
            if let Err(text) = types.inst(inst) {
                types.report.inst(block, inst, text);
            }
        }
        if let Err(text) = types.term(block) {
            types.report.term(block, text);
        }
    }
    types.report.done()
}

pub(super) struct Types<'a> {
    pub(super) module: &'a Module,
    pub(super) func: &'a Func,
    pub(super) report: Report<'a>,
}

pub(super) type Verdicts = Result<(), String>;

pub(super) fn ensure(holds: bool, text: impl FnOnce() -> String) -> Verdicts {
    if holds { Ok(()) } else { Err(text()) }
}

impl Types<'_> {
    pub(super) fn ty(&self, value: Value) -> Ty {
        self.func.ty(value)
    }

    pub(super) fn is(&self, value: Value, ty: Ty) -> Verdicts {
        let found = self.ty(value);
        ensure(found == ty, || format!("{value} is {found}, expected {ty}"))
    }

    fn bits(&self, value: Value) -> Result<u8, String> {
        match self.ty(value) {
            Ty::Int(bits) => Ok(bits),
            other => Err(format!("{value} is {other}, expected an integer")),
        }
    }

    fn cell(&self, value: Value) -> Result<MapId, String> {
        match self.ty(value) {
            Ty::Cell(map) => Ok(map),
            other => Err(format!("{value} is {other}, expected a cell")),
        }
    }

    fn inst(&self, inst: &Inst) -> Verdicts {
        let may_lack = match &inst.op {
            Op::Write { .. } | Op::Lock(_) | Op::Unlock(_) => {
                let name = inst.op.info().name;
                ensure(inst.result.is_none(), || format!("a {name} gives nothing"))?;
                true
            }
            Op::Atomic { .. } | Op::Insert { .. } | Op::Remove { .. } => true,
            _ => false,
        };
        match inst.result {
            None => ensure(may_lack, || "it gives a value that nobody names".to_owned())?,
            Some(result) => self.result(&inst.op, result)?,
        }
        self.operands(&inst.op)
    }

    /// What the result has to be.
    fn result(&self, op: &Op, result: Value) -> Verdicts {
        match op {
            Op::Const(_) | Op::Convert(_) | Op::Read { .. } => self.bits(result).map(|_| ()),
            Op::Param(param) => match &self.module.params[param.idx()].layout {
                Layout::Scalar(scalar) => self.is(result, Ty::Int(scalar.bits)),
                Layout::Bytes(_) | Layout::Struct { .. } => {
                    Err("only a parameter that is a number can be read".to_owned())
                }
            },
            Op::Bin(_, a, _) | Op::ByteSwap(a) => self.is(result, self.ty(*a)),
            Op::Select(_, yes, _) => self.is(result, self.ty(*yes)),
            Op::Cmp(..) | Op::Insert { .. } | Op::Remove { .. } => self.is(result, Ty::BOOL),
            Op::Load { .. } => {
                let bits = self.bits(result)?;
                ensure(bits % 8 == 0, || format!("u{bits} is no whole number of bytes"))
            }
            Op::Meta(meta) => self.is(result, meta.ty()),
            Op::Now => self.is(result, Ty::U64),
            Op::Reduce(..) | Op::Random(_) | Op::Cpu | Op::SetLen(_) | Op::SlotOf(_) => {
                self.is(result, Ty::U32)
            }
            Op::Generation(..) => self.is(result, Ty::U32),
            Op::Executor(set, _) => self.is(result, Ty::Exec(*set)),
            Op::StateCell(map) => self.is(result, Ty::Cell(*map)),
            Op::Atomic { value, .. } => self.is(result, self.ty(*value)),
            Op::Write { .. } | Op::Lock(_) | Op::Unlock(_) => Ok(()),
            Op::Thread(op) => self.is(result, op.ty()),
        }
    }

    fn operands(&self, op: &Op) -> Verdicts {
        match op {
            Op::Const(_) | Op::Param(_) | Op::Meta(_) | Op::Now | Op::Cpu | Op::SetLen(_) => Ok(()),
            Op::Bin(_, a, b) => {
                self.bits(*a)?;
                self.is(*b, self.ty(*a))
            }
            Op::Cmp(op, a, b) => {
                let is_order = matches!(op, CmpOp::Lt | CmpOp::Le);
                self.is_comparable(*a, !is_order)?;
                self.is(*b, self.ty(*a))
            }
            Op::Select(cond, yes, no) => {
                self.is(*cond, Ty::BOOL)?;
                self.is_comparable(*yes, true)?;
                self.is(*no, self.ty(*yes))
            }
            Op::Convert(a) => self.bits(*a).map(|_| ()),
            Op::ByteSwap(a) => {
                let bits = self.bits(*a)?;
                ensure(matches!(bits, 16 | 32 | 64), || format!("no bytes to swap in u{bits}"))
            }
            Op::Reduce(hash, n) => {
                self.is(*hash, Ty::U32)?;
                self.is(*n, Ty::U32)
            }
            Op::Load { view, .. } => self.is(*view, Ty::View),
            Op::Random(None) => Ok(()),
            Op::Random(Some(value)) | Op::Executor(_, value) | Op::Generation(_, value) => {
                self.is(*value, Ty::U32)
            }
            Op::SlotOf(executor) => self.executor(*executor),
            Op::StateCell(map) => match self.module.maps[map.idx()].kind {
                MapKind::State | MapKind::PerCpuState => Ok(()),
                other => Err(format!("a {} has no cell that is always there", other.name())),
            },
            Op::Read { cell, .. } => self.cell(*cell).map(|_| ()),
            Op::Lock(cell) | Op::Unlock(cell) => {
                let map = &self.module.maps[self.cell(*cell)?.idx()];
                ensure(map.value.lock().is_some(), || format!("{} has no lock", map.name))
            }
            Op::Write { cell, value, .. } => {
                self.changes(*cell)?;
                self.bits(*value).map(|_| ())
            }
            Op::Atomic { cell, value, .. } => {
                self.changes(*cell)?;
                let bits = self.bits(*value)?;
                ensure(matches!(bits, 32 | 64), || format!("u{bits} cannot be changed atomically"))
            }
            Op::Insert { map, key, value } => {
                let data = &self.module.maps[map.idx()];
                if data.kind == MapKind::Log {
                    ensure(key.is_empty(), || "a log has no keys".to_owned())?;
                } else {
                    self.keyed(data, key)?;
                }
                self.pieces(value, &data.value.pieces(), "value")
            }
            Op::Remove { map, key } => self.keyed(&self.module.maps[map.idx()], key),
            Op::Thread(op) => self.thread_op(*op),
        }
    }

    /// A key of a map whose entries come and go.
    fn keyed(&self, map: &Map, key: &[Value]) -> Verdicts {
        match map.kind {
            MapKind::Hash | MapKind::LruHash | MapKind::Lpm => {
                self.pieces(key, &map.key.pieces(), "key")
            }
            MapKind::State | MapKind::Array | MapKind::PerCpuState | MapKind::PerCpuArray => {
                Err(format!("entries of a {} are not inserted or removed", map.kind.name()))
            }
            MapKind::PerTask | MapKind::Maglev(_) | MapKind::Log => {
                Err(format!("entries of a {} are not inserted or removed", map.kind.name()))
            }
        }
    }

    fn is_comparable(&self, value: Value, executors_too: bool) -> Verdicts {
        match self.ty(value) {
            Ty::Int(_) => Ok(()),
            Ty::Exec(_) if executors_too => Ok(()),
            other => Err(format!("{value} is {other}, which has no such operation")),
        }
    }

    /// The cell of a map that policies may change.
    fn changes(&self, cell: Value) -> Verdicts {
        let map = &self.module.maps[self.cell(cell)?.idx()];
        let is_table = matches!(map.kind, MapKind::Maglev(_));
        ensure(!is_table, || format!("policies cannot change {}", map.name))
    }

    fn pieces(&self, values: &[Value], pieces: &[Piece], what: &str) -> Verdicts {
        let (found, wanted) = (values.len(), pieces.len());
        ensure(found == wanted, || format!("{found} values for a {what} of {wanted} pieces"))?;
        values.iter().zip(pieces).try_for_each(|(&v, piece)| self.is(v, Ty::Int(piece.bits)))
    }

    fn term(&self, block: Block) -> Verdicts {
        let term = &self.func.block(block).term;
        match term {
            Term::Jump(_) => {}
            Term::Branch { cond, .. } => self.is(*cond, Ty::BOOL)?,
            Term::View { at, ok, .. } => {
                if let Some(at) = at {
                    self.is(*at, Ty::U32)?;
                }
                self.binds(ok, Ty::View)?;
            }
            Term::Lookup { map, key, found, .. } => {
                let data = &self.module.maps[map.idx()];
                match data.kind {
                    MapKind::State | MapKind::PerCpuState | MapKind::Log => {
                        return Err(format!("a {} has no keys", data.kind.name()));
                    }
                    MapKind::Array | MapKind::PerCpuArray | MapKind::Maglev(_) => {}
                    MapKind::Hash | MapKind::LruHash | MapKind::PerTask | MapKind::Lpm => {}
                }
                match (data.kind, &key[..]) {
                    (MapKind::PerTask, [task]) => self.is(*task, Ty::Task)?,
                    _ => self.pieces(key, &data.key.pieces(), "key")?,
                }
                self.binds(found, Ty::Cell(*map))?;
            }
            Term::Loop { end, .. } => {
                self.is(*end, Ty::U32)?;
                match self.func.block(block).params.first() {
                    Some(&index) => self.is(index, Ty::U32)?,
                    None => return Err("a loop header has its index as first parameter".into()),
                }
            }
            Term::Next { header, args } => {
                let params = self.func.block(*header).params.get(1..).unwrap_or(&[]);
                self.args(args, params).map_err(|text| format!("the edge to {header}: {text}"))?;
            }
            Term::Pop { core, .. } => self.pop(*core)?,
            Term::Return { verdict, .. } => self.verdict(*verdict)?,
        }
        for (edge, n_bound) in term.edges() {
            let params = self.func.block(edge.block).params.get(n_bound as usize..).unwrap_or(&[]);
            self.args(&edge.args, params).map_err(|text| format!("{}: {text}", edge_name(edge)))?;
        }
        Ok(())
    }

    /// The first parameter of the target is what the terminator binds.
    fn binds(&self, edge: &Edge, ty: Ty) -> Verdicts {
        match self.func.block(edge.block).params.first() {
            Some(&param) => self.is(param, ty).map_err(|e| format!("{}: {e}", edge_name(edge))),
            None => Err(format!("{} has no parameter to bind", edge_name(edge))),
        }
    }

    fn args(&self, args: &[Value], params: &[Value]) -> Verdicts {
        let (found, wanted) = (args.len(), params.len());
        ensure(found == wanted, || format!("{found} values for {wanted} parameters"))?;
        args.iter().zip(params).try_for_each(|(&arg, &param)| self.is(arg, self.ty(param)))
    }
}

/// The bytes that a scalar of a cell takes: what its type needs in memory.
pub(super) fn cell_bytes(func: &Func, value: Value) -> u32 {
    match func.ty(value) {
        Ty::Int(bits) => u32::from(storage_bytes(bits)),
        Ty::Exec(_) | Ty::Task | Ty::View | Ty::Cell(_) => 0,
    }
}

/// An edge as text, for messages.
fn edge_name(edge: &Edge) -> String {
    format!("the edge to {}", edge.block)
}
