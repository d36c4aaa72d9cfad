//! Makes well-formed modules of every operation and terminator, by a random walk.
//!
//! In: a seed. Out: a module whose function is built like lowered source: statements in a row,
//! branches that join, loops with carried values and early exits, verdicts anywhere.

use crate::rng::Rng;
use syrup_diag::Span;
use syrup_ir::{
    Access, AtomicOp, Base, BinOp, Block, Caps, Cause, CmpOp, Edge, Else, ExecutorKind,
    FuncBuilder, HookInfo, Layout, Map, MapId, MapKind, Meta, Module, Op, Order, Param, ParamId,
    Set, SetId, Term, Ty, Value, Verdict,
};

const WIDTHS: [u8; 8] = [1, 8, 13, 16, 32, 32, 64, 64];
const BIN_OPS: [BinOp; 15] = [
    BinOp::Add,
    BinOp::Sub,
    BinOp::Mul,
    BinOp::Div,
    BinOp::Rem,
    BinOp::And,
    BinOp::Or,
    BinOp::Xor,
    BinOp::Shl,
    BinOp::Shr,
    BinOp::AddSat,
    BinOp::SubSat,
    BinOp::MulSat,
    BinOp::Min,
    BinOp::Max,
];

/// Weights of the kinds of statement: computations, effects, verdicts, branches, views, lookups,
/// loops. Some modules are about one thing.
type Mix = [u64; 7];
const MIXES: [Mix; 4] =
    [[8, 3, 1, 2, 2, 1, 2], [3, 0, 0, 1, 6, 0, 0], [6, 2, 1, 3, 0, 1, 5], [8, 1, 0, 4, 0, 0, 0]];

/// The most nested statements.
const DEPTH_MAX: u32 = 4;

/// A module made from a seed.
pub fn module(seed: u64) -> Module {
    let mut rng = Rng::new(seed);
    let mut module = declarations(&mut rng);
    let walk = Walk {
        f: FuncBuilder::new("packet", span(1)),
        rng,
        maps: module.maps.clone(),
        visible: Vec::new(),
        views: Vec::new(),
        cells: Vec::new(),
        n_left: 60,
        n_spans: 1,
        mix: MIXES[seed as usize % MIXES.len()],
    };
    module.funcs = vec![walk.func()];
    module
}

/// A module of one block: a few operations on two parameters of few bits, written to a map. The
/// parameters may have narrow ranges, for rules that need one.
pub fn expression(seed: u64) -> Module {
    let mut rng = Rng::new(seed);
    let mut module = declarations(&mut rng);
    let bits = 1 + rng.below(4) as u8;
    let ty = Ty::Int(bits);
    for param in &mut module.params {
        let (a, b) = (rng.number(bits), rng.number(bits));
        param.layout = Layout::int(bits);
        param.range = if rng.once_in(2) { (0, (1 << bits) - 1) } else { (a.min(b), a.max(b)) };
        param.default = param.range.0;
    }
    let mut f = FuncBuilder::new("packet", span(1));
    let mut visible: Vec<Value> =
        (0..2).map(|at| f.op(Op::Param(ParamId(at)), ty, span(at))).collect();
    for at in 0..3 {
        let number = rng.number(bits);
        visible.push(f.constant(number, bits, span(at)));
    }
    for at in 0..1 + rng.below(8) as u32 {
        let of = |rng: &mut Rng, ty: Ty, f: &mut FuncBuilder, visible: &[Value]| {
            let found: Vec<Value> = visible.iter().copied().filter(|&v| f.ty(v) == ty).collect();
            if found.is_empty() {
                f.op(Op::Convert(visible[visible.len() - 1]), ty, span(at))
            } else {
                rng.pick(&found)
            }
        };
        let ty = if rng.once_in(4) { Ty::Int(1 + rng.below(5) as u8) } else { ty };
        let (a, b) = (of(&mut rng, ty, &mut f, &visible), of(&mut rng, ty, &mut f, &visible));
        let (op, ty) = match rng.below(8) {
            0..=3 => (Op::Bin(rng.pick(&BIN_OPS), a, b), ty),
            4 | 5 => {
                let op = rng.pick(&[CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le]);
                (Op::Cmp(op, a, b), Ty::BOOL)
            }
            6 => (Op::Select(of(&mut rng, Ty::BOOL, &mut f, &visible), a, b), ty),
            _ => (Op::Convert(a), Ty::Int(1 + rng.below(5) as u8)),
        };
        let result = f.op(op, ty, span(at));
        visible.push(result);
    }
    let cell = f.op(Op::StateCell(MapId(0)), Ty::Cell(MapId(0)), span(1));
    for (offset, &value) in visible.iter().rev().take(4).enumerate() {
        let value = f.op(Op::Convert(value), Ty::Int(8), span(1));
        f.effect(Op::Write { cell, offset: 8 + offset as u32, value }, span(1));
    }
    let verdict = Verdict::Pass;
    f.terminate(Term::Return { verdict, cause: Cause::Written }, span(1));
    module.funcs = vec![f.finish()];
    module
}

fn span(at: u32) -> Span {
    Span { start: at, end: at + 1, ..Span::default() }
}

fn declarations(rng: &mut Rng) -> Module {
    let pair = Layout::of_struct(
        "Pair".into(),
        vec![("a".into(), Layout::int(32)), ("b".into(), Layout::int(64))],
    );
    let map = |name: &str, kind, key, value| Map {
        name: name.into(),
        kind,
        key,
        value,
        entries: 3,
        initial: Vec::new(),
        pin: None,
        user: Access::Read,
        span: Span::default(),
    };
    let u32_key = || Layout::int(32);
    let mut maps = vec![
        map("turn", MapKind::State, u32_key(), pair.clone()),
        map("table", MapKind::Array, u32_key(), pair.clone()),
        map("seen", MapKind::Hash, Layout::int(8), pair.clone()),
        map("recent", MapKind::LruHash, Layout::int(8), pair.clone()),
        map("mine", MapKind::PerCpuState, u32_key(), pair.clone()),
        map("each", MapKind::PerCpuArray, u32_key(), pair.clone()),
        map("tasks", MapKind::PerTask, Layout::int(64), pair.clone()),
        map("log", MapKind::Log, u32_key(), pair),
    ];
    maps[7].entries = 100;
    maps[0].initial = (0..16).map(|_| rng.number(8) as u8).collect();
    let set = |name: &str, kind, or_else| Set {
        name: name.into(),
        kind,
        capacity: 4,
        or_else,
        span: Span::default(),
    };
    let param = |name: &str, bits, range, default| Param {
        name: name.into(),
        layout: Layout::int(bits),
        range,
        default,
        span: Span::default(),
    };
    Module {
        name: "random".into(),
        hook: HookInfo { name: "test".into(), window: Base::Net, caps: Caps::ALL },
        licence: "Apache-2.0".into(),
        sets: vec![
            set("workers", ExecutorKind::Socket, Else::Pass),
            set("cores", ExecutorKind::Core, Else::Drop),
        ],
        maps,
        params: vec![param("n", 32, (1, 8), 2), param("t", 64, (0, 1 << 40), 7)],
        funcs: Vec::new(),
    }
}

struct Walk {
    f: FuncBuilder,
    rng: Rng,
    maps: Vec<Map>,
    /// Values that dominate where the walk is.
    visible: Vec<Value>,
    views: Vec<(Value, u32)>,
    cells: Vec<Value>,
    n_left: u32,
    n_spans: u32,
    mix: Mix,
}

/// What is visible, to be restored after a branch.
type Mark = (usize, usize, usize);

impl Walk {
    fn func(mut self) -> syrup_ir::Func {
        if !self.statements(DEPTH_MAX) {
            self.verdict();
        }
        self.f.finish()
    }

    fn span(&mut self) -> Span {
        self.n_spans += 1;
        span(self.n_spans)
    }

    fn mark(&self) -> Mark {
        (self.visible.len(), self.views.len(), self.cells.len())
    }

    fn restore(&mut self, mark: Mark) {
        self.visible.truncate(mark.0);
        self.views.truncate(mark.1);
        self.cells.truncate(mark.2);
    }

    fn op(&mut self, op: Op, ty: Ty) -> Value {
        let span = self.span();
        let value = self.f.op(op, ty, span);
        if matches!(ty, Ty::Int(_) | Ty::Exec(_)) {
            self.visible.push(value);
        }
        value
    }

    /// A visible value of a type, or a new one.
    fn value(&mut self, ty: Ty) -> Value {
        let f = &self.f;
        let found: Vec<Value> = self.visible.iter().copied().filter(|&v| f.ty(v) == ty).collect();
        if !found.is_empty() && !self.rng.once_in(5) {
            // Late ones more often: they make chains.
            let at = self.rng.below(found.len() as u64).max(self.rng.below(found.len() as u64));
            return found[at as usize];
        }
        match ty {
            Ty::Int(bits) => {
                let number = self.rng.number(bits);
                self.op(Op::Const(number), ty)
            }
            Ty::Exec(set) => {
                let slot = self.value(Ty::U32);
                self.op(Op::Executor(set, slot), ty)
            }
            Ty::View | Ty::Cell(_) => unreachable!("views and cells are bound, not made"),
        }
    }

    fn any_int(&mut self) -> Value {
        let bits = self.rng.pick(&WIDTHS);
        self.value(Ty::Int(bits))
    }

    /// Statements in a row; whether they end in a verdict or a way out.
    fn statements(&mut self, depth: u32) -> bool {
        for _ in 0..2 + self.rng.below(6) {
            if self.n_left == 0 {
                return false;
            }
            self.n_left -= 1;
            let ends = match self.kind(depth) {
                0 => self.computation(),
                1 => self.effect(),
                2 => self.rng.once_in(4) && self.verdict(),
                3 => self.branch(depth - 1),
                4 => self.view(depth - 1),
                5 => self.lookup(depth - 1),
                _ => self.looping(depth - 1),
            };
            if ends {
                return true;
            }
        }
        false
    }

    /// A kind of statement, by the weights; only flat ones at the bottom.
    fn kind(&mut self, depth: u32) -> usize {
        let n = if depth == 0 { 3 } else { self.mix.len() };
        let mut at = self.rng.below(self.mix[..n].iter().sum());
        for (kind, &weight) in self.mix.iter().enumerate() {
            if at < weight {
                return kind;
            }
            at -= weight;
        }
        0
    }

    fn computation(&mut self) -> bool {
        if !self.views.is_empty() && self.mix[0] < self.mix[4] && self.rng.once_in(2) {
            let (op, ty) = self.load();
            self.op(op, ty);
            return false;
        }
        let bits = self.rng.pick(&WIDTHS);
        let ty = Ty::Int(bits);
        let (op, ty) = match self.rng.below(22) {
            0..=6 => {
                let op = self.rng.pick(&BIN_OPS);
                (Op::Bin(op, self.value(ty), self.value(ty)), ty)
            }
            7..=9 => {
                let op = self.rng.pick(&[CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le]);
                (Op::Cmp(op, self.value(ty), self.value(ty)), Ty::BOOL)
            }
            10 => (Op::Select(self.value(Ty::BOOL), self.value(ty), self.value(ty)), ty),
            11 => (Op::Convert(self.any_int()), ty),
            12 => {
                let ty = Ty::Int(self.rng.pick(&[16, 32, 64]));
                (Op::ByteSwap(self.value(ty)), ty)
            }
            13 => (Op::Reduce(self.value(Ty::U32), self.value(Ty::U32)), Ty::U32),
            14 | 15 => self.load(),
            16 => {
                let (meta, _, ty) = self.rng.pick(Meta::ALL);
                (Op::Meta(meta), ty)
            }
            17 => self.rng_op(),
            18 => self.set_op(),
            19 => {
                let (param, ty) = self.rng.pick(&[(ParamId(0), Ty::U32), (ParamId(1), Ty::U64)]);
                (Op::Param(param), ty)
            }
            _ => self.read(),
        };
        self.op(op, ty);
        false
    }

    fn rng_op(&mut self) -> (Op, Ty) {
        match self.rng.below(4) {
            0 => (Op::Now, Ty::U64),
            1 => (Op::Cpu, Ty::U32),
            2 => (Op::Random(None), Ty::U32),
            _ => (Op::Random(Some(self.value(Ty::U32))), Ty::U32),
        }
    }

    fn set_op(&mut self) -> (Op, Ty) {
        let set = SetId(self.rng.below(2) as u32);
        match self.rng.below(4) {
            0 => (Op::SetLen(set), Ty::U32),
            1 => (Op::Executor(set, self.value(Ty::U32)), Ty::Exec(set)),
            2 => (Op::SlotOf(self.value(Ty::Exec(set))), Ty::U32),
            _ => {
                let op = self.rng.pick(&[CmpOp::Eq, CmpOp::Ne]);
                (Op::Cmp(op, self.value(Ty::Exec(set)), self.value(Ty::Exec(set))), Ty::BOOL)
            }
        }
    }

    fn load(&mut self) -> (Op, Ty) {
        if self.views.is_empty() {
            return (Op::Meta(Meta::FlowHash), Ty::U32);
        }
        let (view, len) = self.rng.pick(&self.views);
        let bytes = 1 + self.rng.below(u64::from(len.min(8))) as u32;
        let offset = self.rng.below(u64::from(len - bytes) + 1) as u32;
        let order = self.rng.pick(&[Order::Big, Order::Little]);
        (Op::Load { view, offset, order }, Ty::Int(bytes as u8 * 8))
    }

    fn cell(&mut self) -> Value {
        if self.cells.is_empty() || self.rng.once_in(4) {
            let map = self.rng.pick(&[MapId(0), MapId(4)]);
            let cell = self.op(Op::StateCell(map), Ty::Cell(map));
            self.cells.push(cell);
        }
        self.rng.pick(&self.cells)
    }

    /// A place in a cell: every value is a `u32` at 0 and a `u64` at 8.
    fn place(&mut self) -> (Value, u32, Ty) {
        let cell = self.cell();
        let (offset, ty) = self.rng.pick(&[(0, Ty::U32), (8, Ty::U64)]);
        (cell, offset, ty)
    }

    fn read(&mut self) -> (Op, Ty) {
        let (cell, offset, ty) = self.place();
        let ty = if self.rng.once_in(3) { Ty::Int(self.rng.pick(&[1, 8, 13])) } else { ty };
        (Op::Read { cell, offset }, ty)
    }

    fn effect(&mut self) -> bool {
        let span = self.span();
        match self.rng.below(6) {
            0 | 1 => {
                let (cell, offset, ty) = self.place();
                let value = self.value(ty);
                self.f.effect(Op::Write { cell, offset, value }, span);
            }
            2 | 3 => {
                let ops = [AtomicOp::Add, AtomicOp::Sub, AtomicOp::Exchange, AtomicOp::Max];
                let op = self.rng.pick(&ops);
                let (cell, offset, ty) = self.place();
                let op = Op::Atomic { op, cell, offset, value: self.value(ty) };
                self.maybe_used(op, ty);
            }
            4 => {
                let map = self.rng.pick(&[MapId(2), MapId(3), MapId(7)]);
                let key = if map == MapId(7) { vec![] } else { vec![self.value(Ty::Int(8))] };
                let value = vec![self.value(Ty::U32), self.value(Ty::U64)];
                self.maybe_used(Op::Insert { map, key, value }, Ty::BOOL);
            }
            _ => {
                let map = self.rng.pick(&[MapId(2), MapId(3)]);
                let key = vec![self.value(Ty::Int(8))];
                self.maybe_used(Op::Remove { map, key }, Ty::BOOL);
            }
        }
        false
    }

    fn maybe_used(&mut self, op: Op, ty: Ty) {
        if self.rng.once_in(2) {
            self.op(op, ty);
        } else {
            let span = self.span();
            self.f.effect(op, span);
        }
    }

    /// Writes a digest of visible values to a map, so that a wrong one shows.
    fn digest(&mut self) {
        let span = self.span();
        let factor = self.f.constant(0x9e37_79b9_7f4a_7c15, 64, span);
        let mut sum = self.f.constant(1, 64, span);
        for value in self.visible.clone() {
            if self.rng.once_in(5) {
                continue;
            }
            let number = match self.f.ty(value) {
                Ty::Exec(_) => self.f.op(Op::SlotOf(value), Ty::U32, span),
                Ty::Int(_) | Ty::View | Ty::Cell(_) => value,
            };
            let number = self.f.op(Op::Convert(number), Ty::U64, span);
            let product = self.f.op(Op::Bin(BinOp::Mul, sum, factor), Ty::U64, span);
            sum = self.f.op(Op::Bin(BinOp::Xor, product, number), Ty::U64, span);
        }
        let cell = self.f.op(Op::StateCell(MapId(0)), Ty::Cell(MapId(0)), span);
        let op = Op::Atomic { op: AtomicOp::Add, cell, offset: 8, value: sum };
        self.f.effect(op, span);
    }

    fn verdict(&mut self) -> bool {
        if !self.rng.once_in(8) {
            self.digest();
        }
        let verdict = match self.rng.below(4) {
            0 => Verdict::Pass,
            1 => Verdict::Drop,
            _ => {
                let set = SetId(self.rng.below(2) as u32);
                Verdict::Steer(self.value(Ty::Exec(set)))
            }
        };
        let causes = [Cause::Written, Cause::EmptySet(SetId(0)), Cause::NoSlot(SetId(1))];
        let cause = self.rng.pick(&causes);
        let span = self.span();
        self.f.terminate(Term::Return { verdict, cause }, span);
        true
    }

    fn branch(&mut self, depth: u32) -> bool {
        let cond = self.value(Ty::BOOL);
        let (yes, no) = (self.f.block(), self.f.block());
        let span = self.span();
        self.f.branch(cond, yes, no, span);
        self.join(depth, yes, no)
    }

    fn view(&mut self, depth: u32) -> bool {
        let base = self.rng.pick(&[Base::Frame, Base::Net, Base::Net, Base::Transport]);
        let offset = self.rng.pick(&[0, 0, 2, 8]);
        let at = if self.rng.once_in(4) { Some(self.value(Ty::U32)) } else { None };
        let len = self.rng.pick(&[1, 4, 7, 8, 12, 16]);
        let (ok, short) = (self.f.block(), self.f.block());
        let span = self.span();
        let view = self.f.param(ok, Ty::View, span);
        let (ok_edge, short_edge) = (Edge::to(ok), Edge::to(short));
        let term = Term::View { base, offset, at, len, ok: ok_edge, short: short_edge };
        self.f.terminate(term, span);
        self.views.push((view, len));
        self.join(depth, ok, short)
    }

    fn lookup(&mut self, depth: u32) -> bool {
        let map = MapId(self.rng.pick(&[1, 2, 3, 5, 6]));
        let bits = match self.maps[map.idx()].key {
            Layout::Scalar(ref scalar) => scalar.bits,
            Layout::Bytes(_) | Layout::Struct { .. } => unreachable!("keys are numbers here"),
        };
        let key = vec![self.value(Ty::Int(bits))];
        let (found, missing) = (self.f.block(), self.f.block());
        let span = self.span();
        let cell = self.f.param(found, Ty::Cell(map), span);
        let (found_edge, missing_edge) = (Edge::to(found), Edge::to(missing));
        let term = Term::Lookup { map, key, found: found_edge, missing: missing_edge };
        self.f.terminate(term, span);
        self.cells.push(cell);
        self.join(depth, found, missing)
    }

    /// Fills two blocks and brings them together; what was bound last is only in the first.
    fn join(&mut self, depth: u32, first: Block, second: Block) -> bool {
        let bits = self.rng.pick(&WIDTHS);
        let ty = Ty::Int(bits);
        let after = self.f.block();
        let mut n_joined = 0;
        let mark = self.mark();
        for (at, block) in [first, second].into_iter().enumerate() {
            self.f.switch_to(block);
            if at == 1 {
                let f = &self.f;
                let own = |value: &Value| f.is_param_of(*value, first);
                self.views.retain(|(view, _)| !own(view));
                self.cells.retain(|cell| !own(cell));
            }
            let mark = self.mark();
            if !self.statements(depth) {
                if self.rng.once_in(6) {
                    self.digest();
                }
                let arg = self.value(ty);
                let span = self.span();
                self.f.jump(after, vec![arg], span);
                n_joined += 1;
            }
            self.restore(mark);
        }
        self.restore((mark.0, self.views.len().min(mark.1), self.cells.len().min(mark.2)));
        if n_joined == 0 {
            // Nothing leads there; it still needs an end.
            self.f.switch_to(after);
            let verdict = Verdict::Pass;
            self.f.terminate(Term::Return { verdict, cause: Cause::Unreachable }, span(1));
            return true;
        }
        let span = self.span();
        let param = self.f.param(after, ty, span);
        self.visible.push(param);
        self.f.switch_to(after);
        false
    }

    fn looping(&mut self, depth: u32) -> bool {
        let (header, body, exit, after) =
            (self.f.block(), self.f.block(), self.f.block(), self.f.block());
        let first = self.rng.below(3);
        let index = if self.rng.once_in(4) {
            self.value(Ty::U32)
        } else {
            self.op(Op::Const(first), Ty::U32)
        };
        let bits = self.rng.pick(&WIDTHS);
        let ty = Ty::Int(bits);
        let start = self.value(ty);
        let span = self.span();
        self.f.jump(header, vec![index, start], span);
        let index = self.f.param(header, Ty::U32, span);
        let carried = self.f.param(header, ty, span);
        let result = self.f.param(after, ty, span);
        let mark = self.mark();
        self.f.switch_to(header);
        self.visible.extend([index, carried]);
        if self.rng.once_in(2) {
            self.computation();
        }
        let end = if self.rng.once_in(2) {
            let end = self.rng.below(6);
            self.op(Op::Const(end), Ty::U32)
        } else {
            self.value(Ty::U32)
        };
        let max = 1 + self.rng.below(5) as u32;
        let term = Term::Loop { end, max, body: Edge::to(body), exit: Edge::to(exit) };
        self.f.terminate(term, span);
        let inner = self.mark();
        self.f.switch_to(body);
        if !self.statements(depth) {
            if self.rng.once_in(4) {
                self.digest();
            }
            let next = self.value(ty);
            if self.rng.once_in(3) {
                let (leave, stay) = (self.f.block(), self.f.block());
                let cond = self.value(Ty::BOOL);
                self.f.branch(cond, leave, stay, span);
                self.f.switch_to(leave);
                self.f.jump(after, vec![next], span);
                self.f.switch_to(stay);
            }
            self.f.terminate(Term::Next { header, args: vec![next] }, span);
        }
        self.restore(inner);
        self.f.switch_to(exit);
        // What the header defines is visible after the loop, by dominance.
        let passed = self.value(ty);
        self.f.jump(after, vec![passed], span);
        let from_exit = self.mark();
        self.restore((inner.0.min(from_exit.0), mark.1, mark.2));
        self.visible.push(result);
        self.f.switch_to(after);
        false
    }
}
