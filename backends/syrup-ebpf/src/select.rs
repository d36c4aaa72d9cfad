//! Instruction selection: one IR function to blocks of instructions over virtual registers.
//!
//! In: a checked module, one face of its hook, and the plan of its maps. Out: [`Code`] in SSA form,
//! or diagnostics for what this backend does not do.
//!
//! An integer of `n` bits lives zero-extended in a 64-bit register (INVARIANT(zext)), so widening
//! is free and 32-bit operations serve all widths up to 32. Comparisons and network-order loads are
//! folded into the branches that use them. Packet bytes are loaded at the view that proves them, so
//! no packet pointer outlives its check.

mod analysis;
mod arith;
mod blocks;
mod forget;
mod loops;
mod order;
mod packet;
mod redirect;
mod scratch;
mod straight;
mod tables;
mod tests;
mod values;
mod verdict;
mod world;

use crate::Manner;
use crate::hooks::Face;
use crate::insn::{BasicBlock, Code, Helper, Insn, Term, VReg};
use crate::maps::MapPlan;
use analysis::{Analysis, Once, Slot};
use std::collections::BTreeMap;
use syrup_diag::{Code as ErrorCode, Diagnostic, Span};
use syrup_ir::{Block, Checked, Func, Interval, MapId, Module, Op, Ty, Value};

/// Bytes of the frame that selection may use for keys and packet bytes: the kernel allows 512 for
/// all, the rest is for spills.
const SCRATCH_BYTES_MAX: u32 = 384;

/// How a program reads packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PacketAccess {
    /// Directly, and by the helper where the linear part ends early.
    DirectFirst,
    /// By the helper only: for kernels that refuse direct reads without CAP_PERFMON, and for tests
    /// of the slow path.
    HelperOnly,
}

/// How a choice between numbers is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choices {
    /// By jumps: the fewest instructions.
    Jumps,
    /// Without jumps where that can be: the fewest paths.
    Straight,
}

/// Selects instructions for a module's only function.
///
/// # Errors
/// What this backend does not do.
pub fn select(
    policy: &Checked,
    face: &Face,
    plan: &MapPlan,
    manner: Manner,
    may_goto: bool,
) -> Result<Code<VReg>, Vec<Diagnostic>> {
    let module = policy.module();
    let (func, facts) = match (module.funcs.as_slice(), policy.facts().funcs.as_slice()) {
        ([func], [facts]) => (func, facts),
        _ => {
            let span = module.funcs.get(1).map(|func| func.span).unwrap_or_default();
            let message = format!("a policy of events cannot run at `{}` yet", module.hook.name);
            return Err(vec![Diagnostic::error(ErrorCode::E0111, span, message)]);
        }
    };
    let analysis = Analysis::new(func, &facts.ranges);
    let n_values = func.values.len();
    let mut selector = Selector {
        module,
        func,
        ranges: &facts.ranges,
        face,
        plan,
        access: manner.access,
        may_goto,
        is_straight: manner.choices == Choices::Straight,
        forget: manner.forget,
        analysis,
        blocks: Vec::new(),
        n_vregs: 0,
        current: 0,
        span: func.span,
        regs: vec![None; n_values],
        cells: vec![None; n_values],
        views: BTreeMap::new(),
        starts: vec![u32::MAX; func.blocks.len()],
        ctx: VReg(0),
        scratch_bytes: 0,
        words: Vec::new(),
        once: BTreeMap::new(),
        state_cells: BTreeMap::new(),
        exits: verdict::Exits::default(),
        turns: 0,
        diagnostics: Vec::new(),
    };
    selector.function();
    if selector.diagnostics.is_empty() {
        Ok(Code {
            blocks: selector.blocks,
            n_vregs: selector.n_vregs,
            frame_bytes: selector.scratch_bytes,
            turns: selector.turns,
        })
    } else {
        Err(selector.diagnostics)
    }
}

/// The largest number of `bits` bits.
fn max_of(bits: u8) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// The address of a map value: a register and a constant distance from it.
#[derive(Clone, Copy)]
struct CellAddr {
    reg: VReg,
    offset: u32,
}

/// What a terminator binds to the first parameter of an edge's target.
enum Bound {
    Nothing,
    View(BTreeMap<Slot, VReg>),
    Cell(VReg),
}

/// A state cell's address, with the block that computes it.
struct StateCell {
    at: Block,
    map: u32,
    addr: CellAddr,
}

struct Selector<'a> {
    module: &'a Module,
    func: &'a Func,
    ranges: &'a [Interval],
    face: &'a Face,
    plan: &'a MapPlan,
    access: PacketAccess,
    may_goto: bool,
    /// Whether choices between numbers are made without jumps.
    is_straight: bool,
    /// Whether numbers are forgotten where ways meet.
    forget: bool,
    analysis: Analysis,
    blocks: Vec<BasicBlock<VReg>>,
    n_vregs: u32,
    current: u32,
    span: Span,
    regs: Vec<Option<VReg>>,
    cells: Vec<Option<CellAddr>>,
    views: BTreeMap<Value, BTreeMap<Slot, VReg>>,
    starts: Vec<u32>,
    ctx: VReg,
    scratch_bytes: u32,
    words: Vec<Option<scratch::Stored>>,
    once: BTreeMap<Once, VReg>,
    state_cells: BTreeMap<MapId, StateCell>,
    exits: verdict::Exits,
    turns: u64,
    diagnostics: Vec<Diagnostic>,
}

impl Selector<'_> {
    fn function(&mut self) {
        for idx in 0..self.analysis.order.rpo.len() {
            let block = self.analysis.order.rpo[idx];
            self.open_block(block);
        }
        self.current = self.start(Block(0));
        self.ctx = self.def(|ctx| Insn::Entry { ctx });
        self.prologue();
        for idx in 0..self.analysis.order.rpo.len() {
            let block = self.analysis.order.rpo[idx];
            // The entry goes on behind its prologue.
            if idx > 0 {
                self.current = self.start(block);
            }
            self.block(block);
        }
    }

    /// Makes the block, with a parameter for each live value that several ways in may pass.
    fn open_block(&mut self, block: Block) {
        let func = self.func;
        let start = self.new_block();
        self.starts[block.idx()] = start;
        if self.analysis.order.preds[block.idx()].len() < 2 {
            return;
        }
        for &param in &func.block(block).params {
            if !self.analysis.is_live(param) || self.stands_on_stack(block, param) {
                continue;
            }
            match func.ty(param) {
                Ty::View => {
                    let slots = self.analysis.slots(param);
                    let regs: BTreeMap<_, _> = slots.iter().map(|s| (*s, self.vreg())).collect();
                    self.blocks[start as usize].params.extend(regs.values());
                    self.views.insert(param, regs);
                }
                Ty::Cell(_) => {
                    let reg = self.vreg();
                    self.blocks[start as usize].params.push(reg);
                    self.cells[param.idx()] = Some(CellAddr { reg, offset: 0 });
                }
                Ty::Task => syrup_diag::bug!("{param}: `emit` refuses policies over threads"),
                Ty::Int(_) | Ty::Exec(_) => {
                    let reg = self.vreg();
                    self.blocks[start as usize].params.push(reg);
                    self.regs[param.idx()] = Some(reg);
                }
            }
        }
    }

    fn block(&mut self, block: Block) {
        let func = self.func;
        if self.forget && self.analysis.order.preds[block.idx()].len() > 1 {
            self.forget_params(block);
        }
        for inst in &func.block(block).insts {
            self.span = inst.span;
            let live = inst.result.filter(|&v| self.analysis.is_live(v));
            if live.is_some_and(|v| self.analysis.is_folded(v)) {
                continue;
            }
            self.operation(block, &inst.op, live);
        }
        self.span = func.block(block).span;
        for once in self.analysis.once_at_end.get(&block).cloned().unwrap_or_default() {
            self.once(once);
        }
        self.terminator(block, &func.block(block).term);
    }

    fn operation(&mut self, block: Block, op: &Op, result: Option<Value>) {
        match op {
            Op::Write { cell, offset, value } => self.write(*cell, *offset, *value),
            Op::Atomic { op, cell, offset, value } => {
                self.atomic(*op, *cell, *offset, *value, result);
            }
            Op::Lock(cell) => self.lock(Helper::SpinLock, *cell),
            Op::Unlock(cell) => self.lock(Helper::SpinUnlock, *cell),
            Op::Insert { map, key, value } => self.insert(*map, key, value, result),
            Op::Remove { map, key } => self.remove(*map, key, result),
            Op::Random(bound) => {
                let drawn = self.random(*bound);
                self.bind(result, drawn);
            }
            _ => {
                if let Some(result) = result {
                    self.pure(block, op, result);
                }
            }
        }
    }

    fn pure(&mut self, block: Block, op: &Op, result: Value) {
        let bits = match self.func.ty(result) {
            Ty::Int(bits) => bits,
            Ty::Exec(_) => 32,
            Ty::Task | Ty::View | Ty::Cell(_) => 64,
        };
        let reg = match op {
            // A constant is an immediate at its users, an executor its slot.
            Op::Const(_) | Op::Executor(..) | Op::SlotOf(_) => return,
            Op::StateCell(map) => return self.state_cell(block, *map, result),
            Op::Bin(op, a, b) => self.bin(*op, *a, *b, bits),
            Op::Cmp(..) => self.truth(result),
            Op::Select(cond, yes, no) => self.choose(*cond, *yes, *no),
            Op::Convert(a) => self.convert(*a, bits),
            Op::ByteSwap(a) => {
                let src = self.reg(*a);
                self.swap_order(src, bits)
            }
            Op::Reduce(hash, n) => self.reduce(*hash, *n),
            Op::Load { view, offset, order } => self.load(*view, *offset, *order, bits),
            Op::Meta(meta) => self.meta(*meta),
            Op::Now => self.once(Once::Now),
            Op::SetLen(set) => self.once(Once::SetLen(*set)),
            Op::Cpu => self.cpu(),
            Op::Param(param) => self.param(*param, bits),
            Op::Read { cell, offset } => self.read(*cell, *offset, bits),
            Op::Thread(op) => syrup_diag::bug!("{op:?}: `emit` refuses policies over threads"),
            Op::Generation(set, slot) => self.generation(*set, *slot),
            Op::Lock(_)
            | Op::Unlock(_)
            | Op::Write { .. }
            | Op::Atomic { .. }
            | Op::Insert { .. }
            | Op::Remove { .. }
            | Op::Random(_) => return,
        };
        self.regs[result.idx()] = Some(reg);
    }

    fn terminator(&mut self, block: Block, term: &syrup_ir::Term) {
        use syrup_ir::Term as Ir;
        match term {
            Ir::Jump(edge) => {
                let target = self.target(edge, Bound::Nothing, false);
                self.close(Term::Jump(target));
            }
            Ir::Branch { cond, yes, no } => {
                let yes = self.target(yes, Bound::Nothing, true);
                let no = self.target(no, Bound::Nothing, true);
                self.branch(*cond, yes, no, 0);
            }
            Ir::View { base, offset, at, len, ok, short } => {
                let place = packet::Place { base: *base, offset: *offset, at: *at, len: *len };
                self.view(place, ok, short);
            }
            Ir::Lookup { map, key, found, missing } => self.lookup(*map, key, found, missing),
            Ir::Loop { end, max, body, exit } => self.turn(block, (*end, *max), body, exit),
            Ir::Next { header, args } => self.next_turn(*header, args),
            Ir::Pop { queue, .. } => {
                syrup_diag::bug!("{queue}: `emit` refuses policies over threads")
            }
            Ir::Return { verdict, cause } => self.verdict(*verdict, *cause),
        }
    }
}
