//! Policies made up from a seed: every operation, every width, views, lookups and joins.
//!
//! In: a seed. Out: a well-formed module without loops. The same seed gives the same module.

use super::differ::Rng;
use super::tables::{CELLS, maps, set};
use syrup_diag::Span;
use syrup_ir::{
    AtomicOp, Base, BinOp, Block, Cap, Caps, Cause, CmpOp, Edge, Else, FuncBuilder, HookInfo,
    Layout, MapId, Meta, Module, Op, Order, Param, ParamId, SetId, Term, Ty, Value, Verdict,
};

const SPAN: Span = Span::new(syrup_diag::FileId(0), 0, 0);

/// What is in scope at a point of a function.
#[derive(Clone, Default)]
struct Scope {
    ints: Vec<(Value, u8)>,
    views: Vec<(Value, u32)>,
    cells: Vec<(Value, MapId)>,
}

struct Generator<'r> {
    rng: &'r mut Rng,
    f: FuncBuilder,
    /// Blocks that may still be made.
    budget: u32,
    /// A text cannot hold more draws than the script does.
    n_draws: u32,
}

/// A module from a seed.
pub fn module(seed: u64) -> Module {
    sized(seed, 14)
}

/// A module from a seed, of about so many blocks.
pub fn sized(seed: u64, budget: u32) -> Module {
    let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    (0..8).for_each(|_| {
        rng.next();
    });
    let f = FuncBuilder::new("packet", SPAN);
    let mut generator = Generator { rng: &mut rng, f, budget, n_draws: 0 };
    generator.body(Scope::default());
    let func = generator.f.finish();
    Module {
        name: "fuzzed".into(),
        hook: HookInfo {
            name: "socket_select".into(),
            window: Base::Transport,
            caps: Cap::ALL.iter().map(|row| row.0).collect::<Caps>(),
        },
        licence: "Dual MIT/GPL".into(),
        budget: None,
        sets: vec![set("workers", 6, Else::Pass), set("others", 3, Else::Drop)],
        maps: maps(),
        queues: vec![],
        params: vec![Param {
            name: "limit".into(),
            layout: Layout::int(16),
            range: (1, 900),
            default: 40,
            span: SPAN,
        }],
        funcs: vec![func],
    }
}

impl Generator<'_> {
    fn below(&mut self, n: usize) -> usize {
        self.rng.below(n as u64) as usize
    }

    fn op(&mut self, op: Op, bits: u8) -> Value {
        self.f.op(op, Ty::Int(bits), SPAN)
    }

    /// A value of a width: one in scope, one converted, or a constant.
    fn int(&mut self, scope: &Scope, bits: u8) -> Value {
        let same: Vec<Value> =
            scope.ints.iter().filter(|(_, b)| *b == bits).map(|(v, _)| *v).collect();
        match self.below(4) {
            0 | 1 if !same.is_empty() => same[self.below(same.len())],
            2 if !scope.ints.is_empty() => {
                let (value, _) = scope.ints[self.below(scope.ints.len())];
                self.op(Op::Convert(value), bits)
            }
            _ => {
                let number = self.rng.odd();
                self.f.constant(number, bits, SPAN)
            }
        }
    }

    fn width(&mut self) -> u8 {
        [1, 3, 8, 13, 16, 24, 31, 32, 32, 33, 48, 63, 64, 64][self.below(14)]
    }

    /// A body that ends in verdicts everywhere.
    fn body(&mut self, mut scope: Scope) {
        for _ in 0..1 + self.below(7) {
            self.instruction(&mut scope);
        }
        if self.budget < 3 {
            return self.verdict(&scope);
        }
        match self.below(9) {
            0 => self.verdict(&scope),
            1 | 2 => self.branch(scope),
            3 | 4 => self.join(scope),
            5 | 6 => self.view(scope),
            _ => self.lookup(scope),
        }
    }

    fn blocks<const N: usize>(&mut self) -> [Block; N] {
        self.budget = self.budget.saturating_sub(N as u32);
        [(); N].map(|()| self.f.block())
    }

    fn branch(&mut self, scope: Scope) {
        let cond = self.int(&scope, 1);
        let [yes, no] = self.blocks();
        self.f.branch(cond, yes, no, SPAN);
        for block in [yes, no] {
            self.f.switch_to(block);
            self.body(scope.clone());
        }
    }

    /// Two ways that meet again and pass values.
    fn join(&mut self, mut scope: Scope) {
        let cond = self.int(&scope, 1);
        let [yes, no, join] = self.blocks();
        let widths: Vec<u8> = (0..self.below(4)).map(|_| self.width()).collect();
        let view = self.below(2) == 0 && !scope.views.is_empty();
        self.f.branch(cond, yes, no, SPAN);
        let mut len = u32::MAX;
        for block in [yes, no] {
            self.f.switch_to(block);
            let mut inner = scope.clone();
            for _ in 0..self.below(4) {
                self.instruction(&mut inner);
            }
            let mut args: Vec<Value> = widths.iter().map(|w| self.int(&inner, *w)).collect();
            if view {
                let (value, n) = scope.views[self.below(scope.views.len())];
                len = len.min(n);
                args.push(value);
            }
            self.f.jump(join, args, SPAN);
        }
        for width in widths {
            let param = self.f.param(join, Ty::Int(width), SPAN);
            scope.ints.push((param, width));
        }
        if view {
            scope.views.push((self.f.param(join, Ty::View, SPAN), len));
        }
        self.f.switch_to(join);
        self.body(scope);
    }

    fn view(&mut self, mut scope: Scope) {
        let [ok, short] = self.blocks();
        let (base, offset, len) = match self.below(4) {
            0 => (Base::Net, self.below(8) as u32, 1 + self.below(12) as u32),
            _ => (Base::Transport, self.below(12) as u32, 1 + self.below(30) as u32),
        };
        let at = (self.below(4) == 0).then(|| {
            let small = self.int(&scope, 3);
            self.op(Op::Convert(small), 32)
        });
        let (ok_edge, short_edge) = (Edge::to(ok), Edge::to(short));
        let term = Term::View { base, offset, at, len, ok: ok_edge, short: short_edge };
        self.f.terminate(term, SPAN);
        self.f.switch_to(short);
        self.body(scope.clone());
        scope.views.push((self.f.param(ok, Ty::View, SPAN), len));
        self.f.switch_to(ok);
        self.body(scope);
    }

    fn lookup(&mut self, mut scope: Scope) {
        let [found, missing] = self.blocks();
        let map = MapId(4 + self.below(2) as u32);
        let key = self.key(&scope, map);
        let (found_edge, missing_edge) = (Edge::to(found), Edge::to(missing));
        let term = Term::Lookup { map, key, found: found_edge, missing: missing_edge };
        self.f.terminate(term, SPAN);
        self.f.switch_to(missing);
        self.body(scope.clone());
        scope.cells.push((self.f.param(found, Ty::Cell(map), SPAN), map));
        self.f.switch_to(found);
        self.body(scope);
    }

    fn key(&mut self, scope: &Scope, map: MapId) -> Vec<Value> {
        if map == MapId(4) {
            let small = self.int(scope, 3);
            return vec![self.op(Op::Convert(small), 32)];
        }
        let kind = self.int(scope, 3);
        let zero = self.f.constant(0, 64, SPAN);
        vec![self.op(Op::Convert(kind), 16), zero]
    }

    /// Leaves a trace of every value in a state cell, so that a wrong one is seen.
    fn observe(&mut self, scope: &Scope) {
        let factor = self.f.constant(0x100_0000_01b3, 64, SPAN);
        let mut trace = self.f.constant(1, 64, SPAN);
        for &(value, _) in &scope.ints {
            let wide = self.op(Op::Convert(value), 64);
            let mixed = self.op(Op::Bin(BinOp::Xor, trace, wide), 64);
            trace = self.op(Op::Bin(BinOp::Mul, mixed, factor), 64);
        }
        let cell = self.f.op(Op::StateCell(MapId(3)), Ty::Cell(MapId(3)), SPAN);
        self.f.effect(Op::Write { cell, offset: 0, value: trace }, SPAN);
    }

    fn verdict(&mut self, scope: &Scope) {
        if self.below(4) > 0 {
            self.observe(scope);
        }
        let verdict = match self.below(6) {
            0 => Verdict::Pass,
            1 => Verdict::Drop,
            _ => {
                let set = SetId(self.below(2) as u32);
                let slot = self.int(scope, 32);
                let len = self.op(Op::SetLen(set), 32);
                let slot = match self.below(3) {
                    0 => slot,
                    1 => self.op(Op::Reduce(slot, len), 32),
                    _ => self.op(Op::Bin(BinOp::Rem, slot, len), 32),
                };
                Verdict::Steer(self.f.op(Op::Executor(set, slot), Ty::Exec(set), SPAN))
            }
        };
        self.f.terminate(Term::Return { verdict, cause: Cause::Written }, SPAN);
    }

    fn instruction(&mut self, scope: &mut Scope) {
        let bits = self.width();
        let value = match self.below(20) {
            0..=6 => {
                let (a, b) = (self.int(scope, bits), self.int(scope, bits));
                let op = BinOp::ALL[self.below(BinOp::ALL.len())];
                (self.op(Op::Bin(op, a, b), bits), bits)
            }
            7..=9 => {
                let (a, b) = (self.int(scope, bits), self.int(scope, bits));
                let op = CmpOp::ALL[self.below(4)];
                (self.op(Op::Cmp(op, a, b), 1), 1)
            }
            10 => {
                let cond = self.int(scope, 1);
                let (a, b) = (self.int(scope, bits), self.int(scope, bits));
                (self.op(Op::Select(cond, a, b), bits), bits)
            }
            11 => {
                let bits = [16, 32, 64][self.below(3)];
                let a = self.int(scope, bits);
                (self.op(Op::ByteSwap(a), bits), bits)
            }
            12 => self.outside(scope),
            13..=15 if !scope.views.is_empty() => self.load(scope),
            16 => {
                let map = MapId(self.below(4) as u32);
                scope.cells.push((self.f.op(Op::StateCell(map), Ty::Cell(map), SPAN), map));
                return;
            }
            17 => return self.entry(scope),
            _ if !scope.cells.is_empty() => return self.cell(scope),
            _ => return,
        };
        scope.ints.push(value);
    }

    fn outside(&mut self, scope: &Scope) -> (Value, u8) {
        match self.below(7) {
            0 => (self.op(Op::Now, 64), 64),
            1 => (self.op(Op::Cpu, 32), 32),
            2 => (self.op(Op::SetLen(SetId(0)), 32), 32),
            3 => (self.op(Op::Param(ParamId(0)), 16), 16),
            4 if self.n_draws < 40 => {
                self.n_draws += 1;
                let one = self.f.constant(1, 32, SPAN);
                let n = self.int(scope, 32);
                let n = self.op(Op::Bin(BinOp::Max, n, one), 32);
                (self.op(Op::Random(Some(n)), 32), 32)
            }
            _ => {
                let known = [Meta::EthProtocol, Meta::IpProtocol, Meta::FlowHash, Meta::Len];
                let meta = known[self.below(4)];
                let Ty::Int(bits) = meta.ty() else { return (self.int(scope, 32), 32) };
                (self.op(Op::Meta(meta), bits), bits)
            }
        }
    }

    fn load(&mut self, scope: &Scope) -> (Value, u8) {
        let (view, len) = scope.views[self.below(scope.views.len())];
        let bytes = 1 + self.below(len.min(8) as usize) as u32;
        let offset = self.below((len - bytes + 1) as usize) as u32;
        let order = if self.below(2) == 0 { Order::Big } else { Order::Little };
        let bits = (bytes * 8) as u8;
        (self.op(Op::Load { view, offset, order }, bits), bits)
    }

    fn entry(&mut self, scope: &mut Scope) {
        let map = MapId(5);
        let key = self.key(scope, map);
        let op = if self.below(2) == 0 {
            let value = vec![self.int(scope, 32), self.int(scope, 7)];
            Op::Insert { map, key, value }
        } else {
            Op::Remove { map, key }
        };
        let done = self.op(op, 1);
        scope.ints.push((done, 1));
    }

    fn cell(&mut self, scope: &mut Scope) {
        let (cell, map) = scope.cells[self.below(scope.cells.len())];
        let places = CELLS[map.idx()];
        let (bits, offset, atomic) = places[self.below(places.len())];
        match self.below(3) {
            0 => {
                let value = self.int(scope, bits);
                self.f.effect(Op::Write { cell, offset, value }, SPAN);
            }
            1 if atomic => {
                let ops = AtomicOp::ALL;
                let (op, value) = (ops[self.below(4)], self.int(scope, bits));
                let op = Op::Atomic { op, cell, offset, value };
                if self.below(2) == 0 {
                    self.f.effect(op, SPAN);
                } else {
                    let old = self.op(op, bits);
                    scope.ints.push((old, bits));
                }
            }
            _ => {
                let value = self.op(Op::Read { cell, offset }, bits);
                scope.ints.push((value, bits));
            }
        }
    }
}
