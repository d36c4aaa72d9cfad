//! The walk that fills a function: what is visible, and statements that do not branch.

use crate::generate::{Mix, span};
use crate::rng::Rng;
use syrup_diag::Span;
use syrup_ir::{
    AtomicOp, BinOp, Block, Cause, CmpOp, Event, Func, FuncBuilder, Given, Map, MapId, Meta, Op,
    Order, ParamId, SetId, Term, Ty, Value, Verdict,
};

/// Widths of integers, common ones more often.
pub const WIDTHS: [u8; 8] = [1, 8, 13, 16, 32, 32, 64, 64];

/// The most nested statements.
const DEPTH_MAX: u32 = 4;

/// A function while it is made.
pub struct Walk {
    /// The blocks and values made so far.
    pub f: FuncBuilder,
    /// Every choice.
    pub rng: Rng,
    /// The maps there are to use.
    pub maps: Vec<Map>,
    /// Values that dominate where the walk is.
    pub visible: Vec<Value>,
    /// Views there are, with the bytes they surely have.
    pub views: Vec<(Value, u32)>,
    /// Cells there are.
    pub cells: Vec<Value>,
    /// The event, for the handler of one.
    pub event: Option<Event>,
    /// Its thread, where it gives one.
    pub task: Option<Value>,
    /// Statements left to make.
    pub n_left: u32,
    /// Spans given out, so that each is another.
    pub n_spans: u32,
    /// What kinds of statement are wanted.
    pub mix: Mix,
}

/// What is visible, to be restored after a branch.
pub type Mark = (usize, usize, usize);

impl Walk {
    /// Before the first statement.
    pub fn new(rng: Rng, maps: Vec<Map>, mix: Mix, event: Option<Event>) -> Walk {
        let mut f = FuncBuilder::new(event.map_or("packet", Event::name), span(1));
        let (mut visible, mut task) = (Vec::new(), None);
        for given in event.map_or(&[][..], |event| event.info().gives) {
            match given {
                Given::Task => task = Some(f.param(Block(0), Ty::Task, span(1))),
                Given::Core => visible.push(f.param(Block(0), Ty::Exec(SetId(1)), span(1))),
                Given::Ran => visible.push(f.param(Block(0), Ty::U64, span(1))),
            }
        }
        Walk {
            f,
            rng,
            maps,
            visible,
            views: Vec::new(),
            cells: Vec::new(),
            event,
            task,
            n_left: 60,
            n_spans: 1,
            mix,
        }
    }

    /// The whole function.
    pub fn func(mut self) -> Func {
        if !self.statements(DEPTH_MAX) {
            self.verdict();
        }
        self.f.finish()
    }

    /// A span that nothing else has.
    pub fn span(&mut self) -> Span {
        self.n_spans += 1;
        span(self.n_spans)
    }

    /// What is visible now.
    pub fn mark(&self) -> Mark {
        (self.visible.len(), self.views.len(), self.cells.len())
    }

    /// Back to what was visible then.
    pub fn restore(&mut self, mark: Mark) {
        self.visible.truncate(mark.0);
        self.views.truncate(mark.1);
        self.cells.truncate(mark.2);
    }

    /// Appends an operation; its value becomes visible.
    pub fn op(&mut self, op: Op, ty: Ty) -> Value {
        let span = self.span();
        let value = self.f.op(op, ty, span);
        if matches!(ty, Ty::Int(_) | Ty::Exec(_)) {
            self.visible.push(value);
        }
        value
    }

    /// A visible value of a type, or a new one.
    pub fn value(&mut self, ty: Ty) -> Value {
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
            Ty::Task | Ty::View | Ty::Cell(_) => unreachable!("{ty} is bound, not made"),
        }
    }

    fn any_int(&mut self) -> Value {
        let bits = self.rng.pick(&WIDTHS);
        self.value(Ty::Int(bits))
    }

    /// Statements in a row; whether they end in a verdict or a way out.
    pub fn statements(&mut self, depth: u32) -> bool {
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

    /// An operation that only makes a value.
    pub fn computation(&mut self) -> bool {
        if !self.views.is_empty() && self.mix[0] < self.mix[4] && self.rng.once_in(2) {
            let (op, ty) = self.load();
            self.op(op, ty);
            return false;
        }
        if self.event.is_some() && self.rng.once_in(4) {
            return self.about_threads();
        }
        let bits = self.rng.pick(&WIDTHS);
        let ty = Ty::Int(bits);
        let (op, ty) = match self.rng.below(22) {
            0..=6 => {
                let op = self.rng.pick(&BinOp::ALL);
                (Op::Bin(op, self.value(ty), self.value(ty)), ty)
            }
            7..=9 => {
                let op = self.rng.pick(&CmpOp::ALL);
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
                let ops = AtomicOp::ALL;
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
    pub fn digest(&mut self) {
        let span = self.span();
        let factor = self.f.constant(0x9e37_79b9_7f4a_7c15, 64, span);
        let mut sum = self.f.constant(1, 64, span);
        for value in self.visible.clone() {
            if self.rng.once_in(5) {
                continue;
            }
            let number = match self.f.ty(value) {
                Ty::Exec(_) => self.f.op(Op::SlotOf(value), Ty::U32, span),
                Ty::Int(_) | Ty::Task | Ty::View | Ty::Cell(_) => value,
            };
            let number = self.f.op(Op::Convert(number), Ty::U64, span);
            let product = self.f.op(Op::Bin(BinOp::Mul, sum, factor), Ty::U64, span);
            sum = self.f.op(Op::Bin(BinOp::Xor, product, number), Ty::U64, span);
        }
        let cell = self.f.op(Op::StateCell(MapId(0)), Ty::Cell(MapId(0)), span);
        let op = Op::Atomic { op: AtomicOp::Add, cell, offset: 8, value: sum };
        self.f.effect(op, span);
    }

    /// An end, mostly after a digest.
    pub fn verdict(&mut self) -> bool {
        if !self.rng.once_in(8) {
            self.digest();
        }
        let verdict = match self.rng.below(4) {
            _ if self.event.is_some() => self.event_verdict(),
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
}
