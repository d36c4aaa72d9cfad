//! Finding where a run of bytes ends: the first byte of a kind.
//!
//! In: a place of the packet, a byte, and how far to look. Out: the number of bytes up to and
//! including the first such byte, or the way on where there is none. Eight bytes are looked at at
//! once, and what is there to look at is found by asking for it: 16 bytes at a time, then 8, 4, 2
//! and 1.

use super::Lower;
use super::run::Source;
use super::spot::Start;
use super::words::{CHUNK_BYTES, Pos, open_run};
use syrup_diag::Span;
use syrup_ir::{Base, BinOp, Block, CmpOp, Ty, Value};

/// What is looked for, and where to go when it is found.
struct Search {
    source: Source,
    byte: u8,
    /// Takes the marks of a word and the place of the word.
    found: Block,
    /// Takes a place, and looks at up to so many bytes there: 15, 7, 3, 1 and none.
    tails: Vec<(u32, Block)>,
    span: Span,
}

/// What a search looks for: a byte that is among the first `max`.
#[derive(Clone, Copy)]
pub(super) struct Sought {
    pub byte: u8,
    pub max: u32,
}

impl Lower<'_> {
    /// Looks for the first byte of a kind from a place on: to `yes` with the number of bytes up to
    /// and including it, to `no` where it is not among so many or not in the packet.
    pub(super) fn until(
        &mut self,
        (base, start): (Base, Start),
        sought: Sought,
        (yes, no): (Block, Block),
        span: Span,
    ) {
        let source = Source::Packet { base, offset: start.offset, at: start.at };
        let found = self.f.block();
        let marks = self.f.param(found, Ty::U64, span);
        let before = self.f.param(found, Ty::U32, span);
        let mut tails = Vec::new();
        for bytes in [15, 7, 3, 1, 0] {
            let block = self.f.block();
            tails.push((bytes, block));
        }
        let search = Search { source, byte: sought.byte, found, tails, span };
        let mut first = 0;
        let mut chunk = CHUNK_BYTES;
        // Whole chunks, then the rest of the most bytes by its binary digits.
        while first < sought.max {
            while chunk > sought.max - first {
                chunk /= 2;
            }
            let at = self.f.constant(u64::from(first), 32, span);
            self.look(&search, Pos::Constant(first), at, chunk);
            first += chunk;
        }
        self.f.jump(no, Vec::new(), span);
        self.tails(&search, no);
        self.f.switch_to(found);
        let index = self.first_mark(marks, span);
        let one = self.f.constant(1, 32, span);
        let len = self.binary(BinOp::Add, before, index, span);
        let len = self.binary(BinOp::Add, len, one, span);
        self.f.jump(yes, vec![len], span);
    }

    /// The shared ends: fewer bytes are left than were asked for.
    fn tails(&mut self, search: &Search, no: Block) {
        for (bytes, block) in search.tails.clone() {
            let at = self.f.param(block, Ty::U32, search.span);
            self.f.switch_to(block);
            if bytes == 0 {
                self.f.jump(no, Vec::new(), search.span);
                continue;
            }
            let asked = bytes.div_ceil(2);
            self.look(search, Pos::Computed(at), at, asked);
            let n = self.f.constant(u64::from(asked), 32, search.span);
            let at = self.binary(BinOp::Add, at, n, search.span);
            let next = tail_of(search, asked);
            self.f.jump(next, vec![at], search.span);
        }
    }

    /// Looks at some bytes; goes on behind them where it is not among them, and to a tail where
    /// there are not as many.
    fn look(&mut self, search: &Search, pos: Pos, at: Value, bytes: u32) {
        let span = search.span;
        let short = self.f.block();
        let here = self.f.current();
        self.f.switch_to(short);
        self.f.jump(tail_of(search, bytes), vec![at], span);
        self.f.switch_to(here);
        let len = self.f.constant(u64::from(bytes), 32, span);
        let run = open_run(search.source, len, bytes);
        let words = self.read_bytes_or(&run, pos, bytes, short, span);
        let mut first = 0;
        for (word, n) in words {
            let marks = self.marks(word, n, search.byte, span);
            let zero = self.f.constant(0, n * 8, span);
            let none = self.compare(CmpOp::Eq, marks, zero, span);
            let (hit, next) = (self.f.block(), self.f.block());
            self.f.branch(none, next, hit, span);
            self.f.switch_to(hit);
            let marks = self.convert(marks, 64, span);
            let word_at = match pos {
                Pos::Constant(at) => self.f.constant(u64::from(at + first), 32, span),
                Pos::Computed(at) => at,
            };
            self.f.jump(search.found, vec![marks, word_at], span);
            self.f.switch_to(next);
            first += u32::from(n);
        }
    }

    /// Bit 7 of the first byte of a kind in a word, and perhaps of later bytes: the classic test
    /// for a zero byte, whose borrow starts at the first (A. Mycroft; H. S. Warren, "Hacker's
    /// Delight", section 6-1).
    fn marks(&mut self, word: Value, n: u8, byte: u8, span: Span) -> Value {
        let bits = n * 8;
        let all = |lower: &mut Self, byte: u8| {
            let number = (0..n).fold(0, |sum, _| sum << 8 | u64::from(byte));
            lower.f.constant(number, bits, span)
        };
        let word = if byte == 0 {
            word
        } else {
            let byte = all(self, byte);
            self.binary(BinOp::Xor, word, byte, span)
        };
        let (ones, highs) = (all(self, 1), all(self, 0x80));
        let below = self.binary(BinOp::Sub, word, ones, span);
        let mask = all(self, 0xff);
        let not = self.binary(BinOp::Xor, word, mask, span);
        let both = self.binary(BinOp::And, below, not, span);
        self.binary(BinOp::And, both, highs, span)
    }

    /// The index of the first byte that is marked; one is.
    fn first_mark(&mut self, marks: Value, span: Span) -> Value {
        // The lowest mark alone, at bit 8i + 7. One less has ones below it: 8i + 7 of them, and a
        // mask keeps one in each byte before it, which a product adds up in the highest byte.
        let one = self.f.constant(1, 64, span);
        let below = self.binary(BinOp::Sub, marks, one, span);
        let ones = self.f.constant(u64::MAX, 64, span);
        let not = self.binary(BinOp::Xor, marks, ones, span);
        let below = self.binary(BinOp::And, below, not, span);
        let each = self.f.constant(0x0101_0101_0101_0101, 64, span);
        let seven = self.f.constant(7, 64, span);
        let full = self.binary(BinOp::Shr, below, seven, span);
        let bytes = self.binary(BinOp::And, full, each, span);
        let sum = self.binary(BinOp::Mul, bytes, each, span);
        let top = self.f.constant(56, 64, span);
        let index = self.binary(BinOp::Shr, sum, top, span);
        self.convert(index, 32, span)
    }
}

/// Where to go when fewer than so many bytes are left.
fn tail_of(search: &Search, asked: u32) -> Block {
    match search.tails.iter().find(|(bytes, _)| *bytes == asked - 1) {
        Some((_, block)) => *block,
        None => syrup_diag::bug!("no tail below {asked} bytes"),
    }
}
