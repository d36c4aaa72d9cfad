//! The tests of a decision tree: asking one, and what its answer says of the others.
//!
//! In: what a row needs to match, and what is proved and loaded already. Out: branches and loads,
//! and what is known behind them. So a length is proved once for all arms that need it, and a field
//! is loaded once on a path.

use super::matching::{ArmBlock, Bind};
pub(super) use super::rows::TreeRow;
use super::run::{Run, Source};
use super::spot::Start;
use super::until::Sought;
use super::words::Pos;
use super::{Low, Lower};
use crate::hir::{Match, RunLen};
use std::collections::BTreeMap;
use std::rc::Rc;
use syrup_diag::{Span, bug};
use syrup_ir::{BinOp, Block, CmpOp, Edge, Interval, Meta, Order, Term, Ty, Value};

/// A number a test can ask for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    /// What the hook knows.
    Meta(u8),
    /// Bytes of the packet: spot, offset, bytes, little-endian, shift, bits.
    Field(u16, u32, u8, bool, u8, u8),
    /// A field that takes no bytes: layer and field.
    Derived(u16, u32),
    /// The length of the run that ends at a spot.
    RunLen(u16),
}

/// Something a row needs to match.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Test {
    /// This many bytes from a spot.
    Length(u16, u32),
    /// The run that ends at a spot has the byte that ends it.
    Found(u16),
    /// The run that ends at a spot, and would be searched for, is this, its last byte included.
    Is(u16, Vec<u8>),
    /// A number in one of these ranges.
    Number(Key, Vec<Interval>, Span),
}

/// What is proved and loaded on the way to a point.
#[derive(Clone, Default)]
pub(super) struct Known {
    views: BTreeMap<u16, (u32, Value)>,
    /// Where spots behind a run begin.
    pub starts: BTreeMap<u16, Start>,
    /// The lengths of the runs that end at spots.
    pub lens: BTreeMap<u16, Value>,
    numbers: BTreeMap<Key, Value>,
}

impl<'a> Lower<'a> {
    /// Asks a question, and gives what is known where the answer is yes.
    pub(super) fn ask(
        &mut self,
        test: &Test,
        known: &mut Known,
        yes: Block,
        no: Block,
        span: Span,
    ) -> Known {
        match test {
            Test::Length(spot, len) => self.length_test(*spot, *len, known, yes, no, span),
            Test::Found(spot) => {
                let run = self.run_start(*spot, known, span);
                let Some(&RunLen::Until { byte, max }) = self.run_at(*spot) else {
                    bug!("a run that nothing ends at {:?}", span)
                };
                let base = self.own_base(self.spots[*spot as usize].base);
                let len = self.f.param(yes, Ty::U32, span);
                self.until((base, run), Sought { byte, max }, (yes, no), span);
                let mut yes_known = known.clone();
                yes_known.lens.insert(*spot, len);
                yes_known
            }
            Test::Is(spot, bytes) => self.is_test(*spot, bytes, known, (yes, no), span),
            Test::Number(key, ranges, at) => {
                let value = self.number(*key, known, *at);
                self.in_ranges(value, ranges, yes, *at);
                self.f.jump(no, Vec::new(), *at);
                known.clone()
            }
        }
    }

    /// Compares a run that would be searched for with bytes; where they are the same, its length
    /// is known.
    fn is_test(
        &mut self,
        spot: u16,
        bytes: &[u8],
        known: &mut Known,
        (yes, no): (Block, Block),
        span: Span,
    ) -> Known {
        let Start { offset, at } = self.run_start(spot, known, span);
        let base = self.own_base(self.spots[spot as usize].base);
        let source = Source::Packet { base, offset, at };
        let len = bytes.len() as u32;
        let run = super::words::open_run(source, self.f.constant(len.into(), 32, span), len);
        let is = self.literal_run(bytes, span);
        let mut first = 0;
        while first < len {
            let n = super::words::CHUNK_BYTES.min(len - first);
            let here = self.read_bytes_or(&run, Pos::Constant(first), n, no, span);
            let there = self.read_bytes(&is, Pos::Constant(first), n, span);
            for ((a, _), (b, _)) in here.into_iter().zip(there) {
                let same = self.compare(CmpOp::Eq, a, b, span);
                let next = self.f.block();
                self.f.branch(same, next, no, span);
                self.f.switch_to(next);
            }
            first += n;
        }
        self.f.jump(yes, Vec::new(), span);
        let mut yes_known = known.clone();
        // Its length stands in the block where it is known.
        self.f.switch_to(yes);
        let len = self.f.constant(len.into(), 32, span);
        yes_known.lens.insert(spot, len);
        yes_known
    }

    /// Asks for bytes from a spot, and gives what is known where they are there.
    fn length_test(
        &mut self,
        spot: u16,
        len: u32,
        known: &mut Known,
        yes: Block,
        no: Block,
        span: Span,
    ) -> Known {
        let Start { offset, at } = self.start(spot, known, span);
        let mut yes_known = known.clone();
        let base = self.spots[spot as usize].base;
        self.within_datagram(base, offset + len, at, no, span);
        let base = self.own_base(base);
        if let (0, 0, Some(at)) = (len, offset, at) {
            // There is no byte before the first to ask for.
            let whole = self.packet_end(span);
            let fits = self.compare(CmpOp::Le, at, whole, span);
            self.f.branch(fits, yes, no, span);
            return yes_known;
        }
        let view = self.f.param(yes, Ty::View, span);
        let (ok, short) = (Edge::to(yes), Edge::to(no));
        // Nothing is read behind a run that ends here; its last byte proves it whole.
        let (offset, bytes) = if len == 0 { (offset - 1, 1) } else { (offset, len) };
        let term = Term::View { base, offset, at, len: bytes, ok, short };
        self.f.terminate(term, span);
        if len > 0 {
            yes_known.views.insert(spot, (len, view));
        }
        yes_known
    }

    /// A row without tests left: its guard decides, or nothing does. Gives where to go on.
    pub(super) fn leaf(
        &mut self,
        inner: &Match,
        arms: &[ArmBlock],
        row: &TreeRow,
        known: &mut Known,
    ) -> Option<Block> {
        let block = &arms[row.arm];
        let mut lows = BTreeMap::new();
        for &(local, bind) in &row.binds {
            let low = match bind {
                Bind::Number(key) => Low::Value(self.number(key, known, row.span)),
                Bind::Run(run) => {
                    let run = self.field_run(run, known, row.span);
                    self.run_low(run)
                }
            };
            lows.insert(local, low);
        }
        let guard = inner.arms[row.arm].guard.as_ref();
        let Some(guard) = guard else {
            let args = self.arm_args(block, &lows, row.span);
            self.f.jump(block.block, args, row.span);
            return None;
        };
        self.guard_of(inner.arms[row.arm].span, self.f.current());
        let was = self.env.clone();
        self.env.extend(lows.iter().map(|(local, low)| (*local, *low)));
        let (hit, rest) = (self.f.block(), self.f.block());
        self.cond(guard, hit, rest);
        self.env = was;
        self.f.switch_to(hit);
        let args = self.arm_args(block, &lows, row.span);
        self.f.jump(block.block, args, row.span);
        Some(rest)
    }

    /// A run of bytes of a header that matched.
    fn field_run(&mut self, run: super::spot::FieldRun, known: &mut Known, span: Span) -> Run {
        let base = self.own_base(self.spots[run.spot as usize].base);
        let start = self.start(run.spot, known, span);
        let len = match run.end {
            Some(end) => self.run_length(end, known, span),
            None => self.f.constant(u64::from(run.max), 32, span),
        };
        let source = Source::Packet { base, offset: start.offset + run.offset, at: start.at };
        Run { source, len, min: run.min, max: run.max, lower: false }
    }

    /// A number, loaded once on a path.
    pub(super) fn number(&mut self, key: Key, known: &mut Known, span: Span) -> Value {
        if let Some(&value) = known.numbers.get(&key) {
            return value;
        }
        let value = match key {
            Key::Meta(at) => {
                let (meta, _, _): (Meta, _, Ty) = Meta::ALL[at as usize];
                self.meta(meta, span)
            }
            Key::Derived(layer, field) => self.derived(layer, field, known, span),
            Key::RunLen(spot) => self.run_length(spot, known, span),
            Key::Field(base, offset, bytes, little, shift, bits) => {
                let Some(&(_, view)) = known.views.get(&base) else {
                    bug!("a field is read before its length is proved at {span:?}")
                };
                let order = if little { Order::Little } else { Order::Big };
                let (mut value, whole) = self.load_bytes(view, offset, bytes, order, span);
                if shift > 0 {
                    let count = self.f.constant(u64::from(shift), whole, span);
                    value = self.binary(BinOp::Shr, value, count, span);
                }
                self.convert(value, bits, span)
            }
        };
        known.numbers.insert(key, value);
        value
    }
}

/// What is left of a row when a test held, or failed; nothing where it can no longer match. Most
/// rows are not touched by most tests, and are shared.
pub(super) fn assume(row: &Rc<TreeRow>, test: &Test, held: bool) -> Option<Rc<TreeRow>> {
    let mut is_touched = false;
    for mine in &row.tests {
        match decide(mine, test, held) {
            Some(false) => return None,
            Some(true) => is_touched = true,
            None => {}
        }
    }
    if !is_touched {
        return Some(Rc::clone(row));
    }
    let is_open = |mine: &&Test| decide(mine, test, held).is_none();
    let tests = row.tests.iter().filter(is_open).cloned().collect();
    Some(Rc::new(TreeRow { arm: row.arm, tests, binds: row.binds.clone(), span: row.span }))
}

/// What the answer to `test` says of `mine`.
fn decide(mine: &Test, test: &Test, held: bool) -> Option<bool> {
    match (mine, test) {
        (Test::Found(a), Test::Found(b)) if a == b => Some(held),
        (Test::Found(a), Test::Is(b, _)) if a == b && held => Some(true),
        (Test::Is(a, _), Test::Found(b)) if a == b && !held => Some(false),
        (Test::Is(a, mine), Test::Is(b, asked)) if a == b => match held {
            true => Some(mine == asked),
            false => (mine == asked).then_some(false),
        },
        (Test::Length(a, mine), Test::Length(b, asked)) if a == b => match held {
            true if mine <= asked => Some(true),
            false if mine >= asked => Some(false),
            _ => None,
        },
        (Test::Number(a, mine, _), Test::Number(b, asked, _)) if a == b => {
            let inside = |x: &[Interval], y: &[Interval]| {
                x.iter().all(|x| y.iter().any(|y| y.lo <= x.lo && x.hi <= y.hi))
            };
            let apart = |x: &[Interval], y: &[Interval]| {
                x.iter().all(|x| y.iter().all(|y| x.hi < y.lo || y.hi < x.lo))
            };
            match held {
                true if inside(asked, mine) => Some(true),
                true if apart(asked, mine) => Some(false),
                false if inside(mine, asked) => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}
