//! `match` on a packet as a decision tree.
//!
//! Each arm is a row of tests: what the hook says, one length for each base, then fields. The tree
//! asks the first row's first test, and each answer removes from the other rows what it decides.
//! So a length is proved once for all arms that need it, and a field is loaded once on a path.

use super::matching::ArmBlock;
use super::{Low, Lower};
use crate::hir::{Layer, LocalId, Match, Row, Wire};
use crate::route::{self, Placed};
use std::collections::BTreeMap;
use std::rc::Rc;
use syrup_diag::{Span, bug};
use syrup_ir::{Base, BinOp, Edge, Interval, Meta, Op, Order, Term, Ty, Value};

/// Decisions of one match above which it is refused: the tree may repeat what arms share.
const DECISIONS_MAX: usize = 2048;

/// A number a test can ask for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    /// What the hook knows.
    Meta(u8),
    /// Bytes of the packet: spot, offset, bytes, little-endian, shift, bits.
    Field(u16, u32, u8, bool, u8, u8),
}

/// Something a row needs to match.
#[derive(Clone, PartialEq, Debug)]
enum Test {
    /// This many bytes from a spot.
    Length(u16, u32),
    /// A number in one of these ranges.
    Number(Key, Vec<Interval>, Span),
}

/// One alternative of an arm.
struct TreeRow {
    arm: usize,
    tests: Vec<Test>,
    binds: Vec<(LocalId, Key)>,
    span: Span,
}

/// What is proved and loaded on the way to a point.
#[derive(Clone, Default)]
pub(super) struct Known {
    views: BTreeMap<u16, (u32, Value)>,
    /// Where spots behind a computed length begin: the constant and the computed part.
    pub starts: BTreeMap<u16, (u32, Value)>,
    numbers: BTreeMap<Key, Value>,
}

impl<'a> Lower<'a> {
    /// Lowers the tests of a match on the packet; each arm's block is reached from the leaves.
    pub(super) fn packet_tree(&mut self, inner: &Match, arms: &[ArmBlock], span: Span) {
        let mut rows = Vec::new();
        for (at, arm) in inner.arms.iter().enumerate() {
            for row in &arm.rows {
                rows.push(match row {
                    Row::Any => {
                        let (tests, binds) = (Vec::new(), Vec::new());
                        Rc::new(TreeRow { arm: at, tests, binds, span: arm.span })
                    }
                    Row::Layers(layers) => Rc::new(self.tree_row(at, layers, arm.span)),
                    Row::Numbers(_) | Row::Take(_) | Row::Some(_) | Row::None => {
                        bug!("a packet is matched by something else at {:?}", arm.span)
                    }
                });
            }
        }
        self.tree(inner, arms, rows, Known::default(), span);
        self.spots.clear();
    }

    fn tree_row(&mut self, arm: usize, layers: &[Layer], span: Span) -> TreeRow {
        let headers: Vec<_> = layers.iter().map(|layer| layer.header).collect();
        let placed = match route::place(self.program, Base::Transport, &headers) {
            Ok(placed) => placed,
            Err(why) => bug!("no route at {span:?}: {why:?}"),
        };
        let mut metas = Vec::new();
        let mut spots: Vec<(u16, u32, Vec<Test>)> = Vec::new();
        let mut binds = Vec::new();
        for (n, (layer, at)) in layers.iter().zip(&placed).enumerate() {
            let decl = &self.program.headers[layer.header.idx()];
            let spot = self.spot(&headers, n, &placed);
            for &(meta, number) in &at.metas {
                let range = Interval { lo: number, hi: number };
                metas.push(Test::Number(Key::Meta(meta as u8), vec![range], layer.span));
            }
            let mut fields = Vec::new();
            for &(field, number) in &at.announced {
                let above = &self.program.headers[layers[n - 1].header.idx()];
                let above_spot = self.spot(&headers, n - 1, &placed);
                let key = key_of(above_spot, &placed[n - 1], &above.fields[field as usize].wire);
                let range = Interval { lo: number, hi: number };
                fields.push(Test::Number(key, vec![range], layer.span));
            }
            fields.extend(self.demands(layer, spot, at));
            for pattern in &layer.fields {
                let key = key_of(spot, at, &decl.fields[pattern.field as usize].wire);
                if !pattern.ranges.is_empty() {
                    fields.push(Test::Number(key, pattern.ranges.clone(), pattern.span));
                }
                binds.extend(pattern.bind.map(|local| (local, key)));
            }
            let end = at.offset + decl.fixed_bytes;
            match spots.iter_mut().find(|row| row.0 == spot) {
                Some(row) => {
                    row.1 = row.1.max(end);
                    row.2.extend(fields);
                }
                None => spots.push((spot, end, fields)),
            }
        }
        spots.extend(self.spot_behind(&headers, &placed).map(|spot| (spot, 0, Vec::new())));
        let lengths = spots
            .into_iter()
            .flat_map(|(spot, len, fields)| std::iter::once(Test::Length(spot, len)).chain(fields));
        TreeRow { arm, tests: metas.into_iter().chain(lengths).collect(), binds, span }
    }

    /// What a header's declaration demands of its fields.
    fn demands(&self, layer: &Layer, spot: u16, at: &Placed) -> Vec<Test> {
        let decl = &self.program.headers[layer.header.idx()];
        let mut tests = Vec::new();
        for field in &decl.fields {
            let Some(bits) = field.ty.bits(self.program) else { continue };
            let all = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
            if (field.range.lo, field.range.hi) != (0, all) {
                let key = key_of(spot, at, &field.wire);
                tests.push(Test::Number(key, vec![field.range], layer.span));
            }
        }
        tests
    }

    fn tree(
        &mut self,
        inner: &Match,
        arms: &[ArmBlock],
        rows: Vec<Rc<TreeRow>>,
        mut known: Known,
        span: Span,
    ) {
        self.n_decisions += 1;
        if self.n_decisions > DECISIONS_MAX {
            self.too_large =
                Some((span, "this match needs more decisions than the compiler makes"));
        }
        let Some(row) = rows.first().filter(|_| self.too_large.is_none()) else {
            let exit = self.unreachable(span);
            self.f.jump(exit, Vec::new(), span);
            return;
        };
        let Some(test) = row.tests.first().cloned() else {
            self.leaf(inner, arms, rows, known, span);
            return;
        };
        let (yes, no) = (self.f.block(), self.f.block());
        let mut yes_known;
        match &test {
            Test::Length(spot, len) => {
                let (offset, at) = self.start(*spot, &mut known, row.span);
                yes_known = known.clone();
                let base = self.spots[*spot as usize].base;
                let view = self.f.param(yes, Ty::View, row.span);
                let (ok, short) = (Edge::to(yes), Edge::to(no));
                // Nothing is read behind a last computed length; its last byte proves it whole.
                let (offset, bytes) = if *len == 0 { (offset - 1, 1) } else { (offset, *len) };
                let term = Term::View { base, offset, at, len: bytes, ok, short };
                self.f.terminate(term, row.span);
                if *len > 0 {
                    yes_known.views.insert(*spot, (*len, view));
                }
            }
            Test::Number(key, ranges, at) => {
                let value = self.number(*key, &mut known, *at);
                yes_known = known.clone();
                self.in_ranges(value, ranges, yes, *at);
                self.f.jump(no, Vec::new(), *at);
            }
        }
        let yes_rows = rows.iter().filter_map(|row| assume(row, &test, true)).collect();
        let no_rows = rows.iter().filter_map(|row| assume(row, &test, false)).collect();
        // A tree is as deep as there are decisions, so no level may keep its rows.
        drop(rows);
        self.f.switch_to(yes);
        self.tree(inner, arms, yes_rows, yes_known, span);
        self.f.switch_to(no);
        self.tree(inner, arms, no_rows, known, span);
    }

    /// A row without tests left: its guard decides, or nothing does.
    fn leaf(
        &mut self,
        inner: &Match,
        arms: &[ArmBlock],
        rows: Vec<Rc<TreeRow>>,
        mut known: Known,
        span: Span,
    ) {
        let row = &rows[0];
        let mut values = BTreeMap::new();
        for &(local, key) in &row.binds {
            values.insert(local, self.number(key, &mut known, row.span));
        }
        let block = &arms[row.arm];
        let args = block.binds.keys().map(|local| values[local]).collect();
        let Some(guard) = &inner.arms[row.arm].guard else {
            self.f.jump(block.block, args, row.span);
            return;
        };
        self.guard_of(inner.arms[row.arm].span, self.f.current());
        let was = self.env.clone();
        for (&local, &value) in &values {
            self.env.insert(local, Low::Value(value));
        }
        let (hit, rest) = (self.f.block(), self.f.block());
        self.cond(guard, hit, rest);
        self.env = was;
        self.f.switch_to(hit);
        self.f.jump(block.block, args, row.span);
        self.f.switch_to(rest);
        self.tree(inner, arms, rows[1..].to_vec(), known, span);
    }

    /// A number, loaded once on a path.
    pub(super) fn number(&mut self, key: Key, known: &mut Known, span: Span) -> Value {
        if let Some(&value) = known.numbers.get(&key) {
            return value;
        }
        let value = match key {
            Key::Meta(at) => {
                let (meta, _, ty): (Meta, _, Ty) = Meta::ALL[at as usize];
                self.f.op(Op::Meta(meta), ty, span)
            }
            Key::Field(base, offset, bytes, little, shift, bits) => {
                let Some(&(_, view)) = known.views.get(&base) else {
                    bug!("a field is read before its length is proved at {span:?}")
                };
                let order = if little { Order::Little } else { Order::Big };
                let whole = Ty::Int(bytes * 8);
                let mut value = self.f.op(Op::Load { view, offset, order }, whole, span);
                if shift > 0 {
                    let count = self.f.constant(u64::from(shift), bytes * 8, span);
                    value = self.binary(BinOp::Shr, value, count, span);
                }
                self.convert(value, bits, span)
            }
        };
        known.numbers.insert(key, value);
        value
    }
}

/// Where a field's number lies.
pub(super) fn key_of(spot: u16, placed: &Placed, wire: &Wire) -> Key {
    match *wire {
        Wire::Number { offset, bytes, order } => {
            let little = order == Order::Little;
            Key::Field(spot, placed.offset + offset, bytes, little, 0, bytes * 8)
        }
        Wire::Bits { offset, bytes, shift, bits } => {
            Key::Field(spot, placed.offset + offset, bytes, false, shift, bits)
        }
        Wire::Bytes { .. } | Wire::Computed { .. } => bug!("a run of bytes is no number"),
    }
}

/// What is left of a row when a test held, or failed; nothing where it can no longer match. Most
/// rows are not touched by most tests, and are shared.
fn assume(row: &Rc<TreeRow>, test: &Test, held: bool) -> Option<Rc<TreeRow>> {
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
