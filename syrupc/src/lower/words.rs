//! Going through a run of bytes word by word, without asking again and again how long it is.
//!
//! A run of known length is read in chunks. A run of unknown length is read as far as its longest
//! goes or the packet does, and masks say which bytes count: a kernel's verifier walks every
//! outcome of every comparison with the length, and remembers it on all ways on, so that comparing
//! chunk by chunk would multiply its work. Asking for bytes of the packet does not, because each
//! answer is new to it. The code is as long as the longest run needs.

use super::Lower;
use super::run::{Run, Source};
use syrup_diag::Span;
use syrup_ir::{BinOp, Block, Ty, Value};

/// Bytes that are asked for at once: two registers for each run.
pub(super) const CHUNK_BYTES: u32 = 16;

/// A place in a run.
#[derive(Clone, Copy)]
pub(super) enum Pos {
    Constant(u32),
    Computed(Value),
}

/// Four bytes of each run, and which of them count.
pub(super) struct Word {
    /// One `u32` for each run, the first byte lowest.
    pub values: Vec<Value>,
    /// All ones where all four bytes count, else 0.
    pub whole: Value,
    /// All ones where the run ends within these bytes or right before them, else 0.
    pub last: Value,
}

/// What is done with a word: takes a state and gives the next.
pub(super) type Step<'s, 'a> = &'s mut dyn FnMut(&mut Lower<'a>, Word, Vec<Value>) -> Vec<Value>;

/// A walk through runs of one length.
pub(super) struct Walk<'r> {
    pub runs: &'r [Run],
    /// The length, a `u32`.
    pub len: Value,
    pub max: u32,
    pub span: Span,
}

impl<'a> Lower<'a> {
    /// The words of a run of known length.
    pub(super) fn fixed_words(&mut self, run: &Run, span: Span) -> Vec<(Value, u8)> {
        let mut words = Vec::new();
        for first in (0..run.max).step_by(CHUNK_BYTES as usize) {
            let bytes = CHUNK_BYTES.min(run.max - first);
            words.extend(self.read_bytes(run, Pos::Constant(first), bytes, span));
        }
        words
    }

    /// Goes through runs of unknown length, and gives the state at the end. Every byte of them is
    /// in a word; bytes that do not count may be anything, and those beyond a packet's end are 0.
    pub(super) fn each_word(
        &mut self,
        walk: &Walk<'_>,
        state: Vec<Value>,
        step: Step<'_, 'a>,
    ) -> Vec<Value> {
        let span = walk.span;
        let mut state = state;
        // Before the first word, as if one had been whole.
        state.push(self.f.constant(u64::from(u32::MAX), 32, span));
        let tail = self.f.block();
        let params = self.params_like(tail, &state, span);
        let tail_at = self.f.param(tail, Ty::U32, span);
        let mut first = 0;
        while first + CHUNK_BYTES <= walk.max {
            let at = self.f.constant(u64::from(first), 32, span);
            let short = self.way_to(tail, &state, at, span);
            let words = self.words_or(walk, Pos::Constant(first), CHUNK_BYTES, short);
            for (n, values) in (0..).zip(words) {
                let at = self.f.constant(u64::from(first + 4 * n), 32, span);
                state = self.step(walk, values, at, state, step);
            }
            first += CHUNK_BYTES;
        }
        let at = self.f.constant(u64::from(first), 32, span);
        state.push(at);
        self.f.jump(tail, state, span);
        self.f.switch_to(tail);
        let mut state = self.tail(walk, params, tail_at, step);
        state.pop();
        state
    }

    /// The last bytes, fewer than a chunk: 8, 4, and a word of what is left.
    fn tail(
        &mut self,
        walk: &Walk<'_>,
        state: Vec<Value>,
        at: Value,
        step: Step<'_, 'a>,
    ) -> Vec<Value> {
        let span = walk.span;
        let (mut state, mut at) = (state, at);
        for bytes in [8u32, 4] {
            let join = self.f.block();
            let params = self.params_like(join, &state, span);
            let join_at = self.f.param(join, Ty::U32, span);
            let short = self.way_to(join, &state, at, span);
            let words = self.words_or(walk, Pos::Computed(at), bytes, short);
            for values in words {
                state = self.step(walk, values, at, state, step);
                let four = self.f.constant(4, 32, span);
                at = self.binary(BinOp::Add, at, four, span);
            }
            state.push(at);
            self.f.jump(join, state, span);
            self.f.switch_to(join);
            (state, at) = (params, join_at);
        }
        let values = self.last_word(walk, at);
        self.step(walk, values, at, state, step)
    }

    /// Up to three bytes as a word: the run's last, where it does not end with a whole one.
    fn last_word(&mut self, walk: &Walk<'_>, at: Value) -> Vec<Value> {
        let span = walk.span;
        let zero = self.f.constant(0, 32, span);
        let mut words: Vec<Value> = vec![zero; walk.runs.len()];
        let (mut at, mut shift) = (at, zero);
        for bytes in [2u32, 1] {
            let join = self.f.block();
            let params = self.params_like(join, &words, span);
            let shift_param = self.f.param(join, Ty::U32, span);
            let at_param = self.f.param(join, Ty::U32, span);
            let mut args = words.clone();
            args.extend([shift, at]);
            let short = self.f.block();
            let here = self.f.current();
            self.f.switch_to(short);
            self.f.jump(join, args, span);
            self.f.switch_to(here);
            let read = self.bytes_or(walk, Pos::Computed(at), bytes, short);
            let mut args = Vec::new();
            for (word, read) in words.iter().zip(&read) {
                let value = self.convert(read[0].0, 32, span);
                let value = self.binary(BinOp::Shl, value, shift, span);
                args.push(self.binary(BinOp::Or, *word, value, span));
            }
            let (bits, n) = (u64::from(bytes) * 8, u64::from(bytes));
            let bits = self.f.constant(bits, 32, span);
            let n = self.f.constant(n, 32, span);
            args.push(self.binary(BinOp::Add, shift, bits, span));
            args.push(self.binary(BinOp::Add, at, n, span));
            self.f.jump(join, args, span);
            self.f.switch_to(join);
            (words, shift, at) = (params, shift_param, at_param);
        }
        words
    }

    /// One word, with its masks. The state's last value is the mask of the word before.
    fn step(
        &mut self,
        walk: &Walk<'_>,
        values: Vec<Value>,
        at: Value,
        state: Vec<Value>,
        step: Step<'_, 'a>,
    ) -> Vec<Value> {
        let span = walk.span;
        let mut state = state;
        let before = state.pop();
        // The sign of `len - (at + 4)` as 64 bits: 1 where the run ends before this word does.
        let four = self.f.constant(4, 32, span);
        let end = self.binary(BinOp::Add, at, four, span);
        let (len, end) = (self.convert(walk.len, 64, span), self.convert(end, 64, span));
        let left = self.binary(BinOp::Sub, len, end, span);
        let top = self.f.constant(63, 64, span);
        let ends = self.binary(BinOp::Shr, left, top, span);
        let one = self.f.constant(1, 64, span);
        let mask = self.binary(BinOp::Sub, ends, one, span);
        let whole = self.convert(mask, 32, span);
        let last = match before {
            Some(before) => self.binary(BinOp::Xor, before, whole, span),
            None => whole,
        };
        let mut state = step(self, Word { values, whole, last }, state);
        state.push(whole);
        state
    }

    /// Chunks as `u32` words: for each word, the values of every run.
    fn words_or(&mut self, walk: &Walk<'_>, pos: Pos, bytes: u32, short: Block) -> Vec<Vec<Value>> {
        let read = self.bytes_or(walk, pos, bytes, short);
        let mut words = vec![Vec::new(); bytes as usize / 4];
        for run in read {
            let mut at = 0;
            for (value, n) in run {
                if n == 8 {
                    words[at].push(self.convert(value, 32, walk.span));
                    let half = self.f.constant(32, 64, walk.span);
                    let high = self.binary(BinOp::Shr, value, half, walk.span);
                    words[at + 1].push(self.convert(high, 32, walk.span));
                    at += 2;
                } else {
                    words[at].push(self.convert(value, 32, walk.span));
                    at += 1;
                }
            }
        }
        words
    }

    /// The same bytes of every run; goes to `short` where a packet has fewer.
    fn bytes_or(
        &mut self,
        walk: &Walk<'_>,
        pos: Pos,
        bytes: u32,
        short: Block,
    ) -> Vec<Vec<(Value, u8)>> {
        let read = |run| self.read_bytes_or(run, pos, bytes, short, walk.span);
        walk.runs.iter().map(read).collect()
    }

    fn params_like(&mut self, block: Block, values: &[Value], span: Span) -> Vec<Value> {
        let types: Vec<Ty> = values.iter().map(|value| self.f.ty(*value)).collect();
        types.into_iter().map(|ty| self.f.param(block, ty, span)).collect()
    }

    /// A block that goes on elsewhere with a state and a place.
    fn way_to(&mut self, block: Block, state: &[Value], at: Value, span: Span) -> Block {
        let here = self.f.current();
        let way = self.f.block();
        self.f.switch_to(way);
        let args = state.iter().copied().chain([at]).collect();
        self.f.jump(block, args, span);
        self.f.switch_to(here);
        way
    }
}

/// A run of unknown length at a place of the packet.
pub(super) fn open_run(source: Source, len: Value, max: u32) -> Run {
    Run { source, len, min: 0, max, lower: false }
}
