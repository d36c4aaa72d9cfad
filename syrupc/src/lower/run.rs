//! Runs of bytes: where they lie, their parts, their bytes.
//!
//! A run is a place and a length; its bytes are read where they are used. That they are there was
//! proved when the header matched, so the edge for a short packet is never taken.

use super::words::{Pos, Walk};
use super::{Low, Lower};
use crate::hir::{Expr, ExprKind};
use crate::syntax::ast::BinaryOp;
use syrup_diag::{Span, bug};
use syrup_ir::{Base, BinOp, Block, CmpOp, Edge, Op, Order, Term, Ty, Value};

/// A run of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    pub source: Source,
    /// Its length, a `u32`.
    pub len: Value,
    /// Its least length.
    pub min: u32,
    /// Its greatest length.
    pub max: u32,
    /// Whether its ASCII capitals are read as small letters.
    pub lower: bool,
}

/// Where the bytes of a run are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// In the packet, at the sum of both from the base.
    Packet { base: Base, offset: u32, at: Option<Value> },
    /// In one of the written runs, at the sum of both.
    Literal { index: usize, offset: u32, at: Option<Value> },
    /// In the numbers of a value with parts, which are its words, at the sum of both.
    Parts { index: usize, offset: u32, at: Option<Value> },
}

impl Source {
    /// The same, further on.
    fn moved(self, by: u32, to: Option<Value>) -> Source {
        match self {
            Source::Packet { base, offset, .. } => {
                Source::Packet { base, offset: offset + by, at: to }
            }
            Source::Literal { index, offset, .. } => {
                Source::Literal { index, offset: offset + by, at: to }
            }
            Source::Parts { index, offset, .. } => {
                Source::Parts { index, offset: offset + by, at: to }
            }
        }
    }

    fn at(self) -> Option<Value> {
        match self {
            Source::Packet { at, .. } | Source::Literal { at, .. } | Source::Parts { at, .. } => at,
        }
    }
}

impl Lower<'_> {
    /// A run of an expression that gives one.
    pub(super) fn run(&mut self, expr: &Expr) -> Option<Run> {
        match self.expr(expr)? {
            Low::Run(at) => Some(self.runs[at]),
            Low::Parts(index) => {
                let n = expr.range.lo as u32;
                let len = self.f.constant(u64::from(n), 32, expr.span);
                let source = Source::Parts { index, offset: 0, at: None };
                Some(Run { source, len, min: n, max: n, lower: false })
            }
            other => bug!("{other:?} is no run of bytes at {:?}", expr.span),
        }
    }

    pub(super) fn literal_run(&mut self, bytes: &[u8], span: Span) -> Run {
        self.literals.push(bytes.to_vec());
        let n = bytes.len() as u32;
        let len = self.f.constant(u64::from(n), 32, span);
        let source = Source::Literal { index: self.literals.len() - 1, offset: 0, at: None };
        Run { source, len, min: n, max: n, lower: false }
    }

    /// Where a run of the packet starts, counted from its base.
    pub(super) fn run_position(&mut self, run: &Run, span: Span) -> Value {
        let Source::Packet { offset, at, .. } = run.source else {
            bug!("a run that is not in the packet has no place there: {span:?}")
        };
        let constant = self.f.constant(u64::from(offset), 32, span);
        match at {
            Some(at) if offset == 0 => at,
            Some(at) => self.binary(BinOp::Add, at, constant, span),
            None => constant,
        }
    }

    /// `b[start..end]`
    pub(super) fn slice(
        &mut self,
        whole: &Expr,
        run: &Expr,
        start: Option<&Expr>,
        end: Option<&Expr>,
    ) -> Option<Run> {
        let span = whole.span;
        let mut run = self.run(run)?;
        let start = match start {
            Some(start) => Some((self.value(start)?, start.range)),
            None => None,
        };
        if let Some(end) = end {
            run.len = self.value(end)?;
        }
        if let Some((start, range)) = start {
            run.len = self.binary(BinOp::Sub, run.len, start, span);
            run.source = if range.lo == range.hi {
                run.source.moved(range.lo as u32, run.source.at())
            } else {
                let at = match run.source.at() {
                    Some(at) => self.binary(BinOp::Add, at, start, span),
                    None => start,
                };
                run.source.moved(0, Some(at))
            };
        }
        (run.min, run.max) = (whole.range.lo as u32, whole.range.hi as u32);
        Some(run)
    }

    /// `b[i]`
    pub(super) fn byte(&mut self, run: &Expr, index: &Expr, span: Span) -> Option<Value> {
        let run = self.run(run)?;
        let at = self.value(index)?;
        let pos = match (self.f.as_constant(at), index.range.lo == index.range.hi) {
            (Some(n), _) => Pos::Constant(n as u32),
            (None, true) => Pos::Constant(index.range.lo as u32),
            (None, false) => Pos::Computed(at),
        };
        Some(self.read_bytes(&run, pos, 1, span)[0].0)
    }

    /// Bytes of a run from a place in it on, as little-endian numbers of 8, 4, 2 and 1 bytes.
    pub(super) fn read_bytes(
        &mut self,
        run: &Run,
        pos: Pos,
        bytes: u32,
        span: Span,
    ) -> Vec<(Value, u8)> {
        let short = self.unreachable(span);
        self.read_bytes_or(run, pos, bytes, short, span)
    }

    /// The same, where the packet may end before: then it goes to `short`.
    pub(super) fn read_bytes_or(
        &mut self,
        run: &Run,
        pos: Pos,
        bytes: u32,
        short: Block,
        span: Span,
    ) -> Vec<(Value, u8)> {
        let (by, to) = match (pos, run.source.at()) {
            (Pos::Constant(by), at) => (by, at),
            (Pos::Computed(pos), Some(at)) => (0, Some(self.binary(BinOp::Add, at, pos, span))),
            (Pos::Computed(pos), None) => (0, Some(pos)),
        };
        let words = match run.source.moved(by, to) {
            Source::Packet { base, offset, at } => {
                let here = self.f.block();
                let view = self.f.param(here, Ty::View, span);
                let (ok, short) = (Edge::to(here), Edge::to(short));
                let term = Term::View { base, offset, at, len: bytes, ok, short };
                self.f.terminate(term, span);
                self.f.switch_to(here);
                let order = Order::Little;
                let load = |(offset, n): (u32, u8)| {
                    (self.f.op(Op::Load { view, offset, order }, Ty::Int(n * 8), span), n)
                };
                pieces(bytes).into_iter().map(load).collect::<Vec<_>>()
            }
            Source::Literal { index, offset, at } => {
                let bytes_of = |lower: &mut Self, n: u8| {
                    let literal = lower.literals[index].clone();
                    literal.iter().map(|byte| lower.f.constant(u64::from(*byte), n, span)).collect()
                };
                self.kept_words(bytes, (offset, at), &bytes_of, span)
            }
            Source::Parts { index, offset, at } => {
                let bytes_of = |lower: &mut Self, n: u8| lower.part_bytes(index, n, span);
                self.kept_words(bytes, (offset, at), &bytes_of, span)
            }
        };
        if !run.lower {
            return words;
        }
        words.into_iter().map(|(word, n)| (self.small_letters(word, n, span), n)).collect()
    }

    /// Words of a run that is no part of the packet, from its single bytes in a width.
    fn kept_words(
        &mut self,
        n_bytes: u32,
        (offset, at): (u32, Option<Value>),
        bytes_of: &dyn Fn(&mut Self, u8) -> Vec<Value>,
        span: Span,
    ) -> Vec<(Value, u8)> {
        let mut words = Vec::new();
        for (first, n) in pieces(n_bytes) {
            let bits = n * 8;
            let bytes = bytes_of(self, bits);
            let mut whole = self.f.constant(0, bits, span);
            for byte in 0..u32::from(n) {
                let place = offset + first + byte;
                let found = match at {
                    None => bytes.get(place as usize).copied(),
                    // An empty literal has no byte to choose from.
                    Some(_) if bytes.is_empty() => None,
                    Some(at) => Some(self.chosen(&bytes, place, at, span)),
                };
                // Bytes beyond the end do not count where they are asked for.
                let Some(found) = found else { continue };
                let found = self.shifted_up(found, byte as u8 * 8, span);
                whole = self.binary(BinOp::Or, whole, found, span);
            }
            words.push((whole, n));
        }
        words
    }

    /// The byte at a computed place, counted from `offset`: a comparison with each place.
    fn chosen(&mut self, bytes: &[Value], offset: u32, at: Value, span: Span) -> Value {
        let ty = self.f.ty(bytes[0]);
        let mut found = bytes[0];
        for (place, &byte) in bytes.iter().enumerate().skip(offset as usize) {
            let place = self.f.constant(place as u64 - u64::from(offset), 32, span);
            let here = self.compare(CmpOp::Eq, at, place, span);
            found = self.f.op(Op::Select(here, byte, found), ty, span);
        }
        found
    }

    /// The bytes of a value with parts, each as a number of some bits.
    fn part_bytes(&mut self, index: usize, bits: u8, span: Span) -> Vec<Value> {
        let mut bytes = Vec::new();
        for word in self.parts[index].clone() {
            let Ty::Int(width) = self.f.ty(word) else { bug!("no number at {span:?}") };
            for byte in 0..width / 8 {
                let count = self.f.constant(u64::from(byte) * 8, width, span);
                let low = self.binary(BinOp::Shr, word, count, span);
                let byte = self.convert(low, 8, span);
                bytes.push(self.convert(byte, bits, span));
            }
        }
        bytes
    }

    fn shifted_up(&mut self, value: Value, by: u8, span: Span) -> Value {
        let Ty::Int(bits) = self.f.ty(value) else { bug!("no number at {span:?}") };
        let count = self.f.constant(u64::from(by), bits, span);
        self.binary(BinOp::Shl, value, count, span)
    }

    /// The words of a run of known length, as maps keep them.
    pub(super) fn run_numbers(&mut self, run: &Run, span: Span) -> Vec<Value> {
        if run.min != run.max {
            bug!("a run of {}..={} bytes is kept at {span:?}", run.min, run.max)
        }
        self.fixed_words(run, span).into_iter().map(|(word, _)| word).collect()
    }

    /// ASCII capitals as small letters, in all bytes of a word at once: a byte below 128 that is
    /// at least `A` and not above `Z` gets bit 5. No sum carries into the next byte, because both
    /// terms are below 128.
    fn small_letters(&mut self, word: Value, n: u8, span: Span) -> Value {
        let bits = n * 8;
        let mut all = |byte: u8| {
            let number = (0..n).fold(0, |sum, _| sum << 8 | u64::from(byte));
            self.f.constant(number, bits, span)
        };
        let (low, high) = (all(0x7f), all(0x80));
        let (from_a, past_z) = (all(0x80 - b'A'), all(0x7f - b'Z'));
        let two = self.f.constant(2, bits, span);
        let rest = self.binary(BinOp::And, word, low, span);
        let from_a = self.binary(BinOp::Add, rest, from_a, span);
        let past_z = self.binary(BinOp::Add, rest, past_z, span);
        let letter = self.binary(BinOp::Xor, from_a, past_z, span);
        let not_ascii = self.binary(BinOp::And, word, high, span);
        let ascii = self.binary(BinOp::Xor, not_ascii, high, span);
        let capital = self.binary(BinOp::And, letter, ascii, span);
        let bit = self.binary(BinOp::Shr, capital, two, span);
        self.binary(BinOp::Or, word, bit, span)
    }

    /// Branches on whether two runs are the same.
    pub(super) fn compare_runs(
        &mut self,
        op: BinaryOp,
        (left, right): (&Expr, &Expr),
        yes: Block,
        no: Block,
        span: Span,
    ) -> Option<()> {
        let (yes, no) = if op == BinaryOp::Eq { (yes, no) } else { (no, yes) };
        let (left, right) = (self.run(left)?, self.run(right)?);
        if left.min != left.max || right.min != right.max {
            let same = self.compare(CmpOp::Eq, left.len, right.len, span);
            let rest = self.f.block();
            self.f.branch(same, rest, no, span);
            self.f.switch_to(rest);
        }
        let Some(fixed) = [left, right].into_iter().find(|run| run.min == run.max) else {
            let max = left.max.min(right.max);
            let differs = self.difference(&Walk { runs: &[left, right], len: left.len, max, span });
            let zero = self.f.constant(0, 32, span);
            let same = self.compare(CmpOp::Eq, differs, zero, span);
            self.f.branch(same, yes, no, span);
            return Some(());
        };
        let known = |run: Run| Run { min: fixed.min, max: fixed.max, ..run };
        let (left, right) = (known(left), known(right));
        let (left, right) = (self.fixed_words(&left, span), self.fixed_words(&right, span));
        for ((a, _), (b, _)) in left.into_iter().zip(right) {
            let same = self.compare(CmpOp::Eq, a, b, span);
            let next = self.f.block();
            self.f.branch(same, next, no, span);
            self.f.switch_to(next);
        }
        self.f.jump(yes, Vec::new(), span);
        Some(())
    }

    /// Bits in which two runs of the same length differ, all words over one another.
    fn difference(&mut self, walk: &Walk<'_>) -> Value {
        let span = walk.span;
        let zero = self.f.constant(0, 32, span);
        let state = self.each_word(walk, vec![zero, zero], &mut |lower, word, state| {
            let differs = lower.binary(BinOp::Xor, word.values[0], word.values[1], span);
            let whole = lower.binary(BinOp::And, differs, word.whole, span);
            let last = lower.binary(BinOp::And, differs, word.last, span);
            vec![
                lower.binary(BinOp::Or, state[0], whole, span),
                lower.binary(BinOp::Or, state[1], last, span),
            ]
        });
        let last = self.counted_bytes(state[1], walk.len, span);
        self.binary(BinOp::Or, state[0], last, span)
    }

    /// The bytes of a run's last word that count.
    pub(super) fn counted_bytes(&mut self, word: Value, len: Value, span: Span) -> Value {
        let three = self.f.constant(3, 32, span);
        let n = self.binary(BinOp::And, len, three, span);
        let shift = self.shifted_up(n, 3, span);
        let one = self.f.constant(1, 32, span);
        let past = self.binary(BinOp::Shl, one, shift, span);
        let mask = self.binary(BinOp::Sub, past, one, span);
        self.binary(BinOp::And, word, mask, span)
    }

    /// Whether an expression compares runs of bytes.
    pub(super) fn is_run(expr: &Expr) -> bool {
        matches!(expr.ty, crate::hir::Type::Bytes(_))
    }

    /// A run as a value.
    pub(super) fn run_low(&mut self, run: Run) -> Low {
        self.runs.push(run);
        Low::Run(self.runs.len() - 1)
    }

    /// An expression over runs of bytes.
    pub(super) fn bytes_expr(&mut self, expr: &Expr) -> Option<Low> {
        let span = expr.span;
        let run = match &expr.kind {
            ExprKind::Len(run) => return Some(Low::Value(self.run(run)?.len)),
            ExprKind::Byte(run, index) => return self.byte(run, index, span).map(Low::Value),
            ExprKind::Hash(value) => return self.hash(value, span).map(Low::Value),
            ExprKind::Bytes(bytes) => self.literal_run(bytes, span),
            ExprKind::Slice(run, start, end) => {
                self.slice(expr, run, start.as_deref(), end.as_deref())?
            }
            ExprKind::Lower(run) => Run { lower: true, ..self.run(run)? },
            other => bug!("{other:?} is no run of bytes at {span:?}"),
        };
        Some(self.run_low(run))
    }
}

/// Offsets and widths of the numbers that make up so many bytes.
fn pieces(bytes: u32) -> Vec<(u32, u8)> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < bytes {
        let n = [8u8, 4, 2, 1].into_iter().find(|&n| at + u32::from(n) <= bytes).unwrap_or(1);
        pieces.push((at, n));
        at += u32::from(n);
    }
    pieces
}
