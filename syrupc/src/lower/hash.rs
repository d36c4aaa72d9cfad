//! MurmurHash3_x86_32 with seed 0 (Austin Appleby, public domain), over numbers and runs of bytes.
//!
//! Numbers count as their little-endian bytes in memory: 1, 2, 4 or 8. So a hash of a number, of
//! the same bytes in a packet, and of the fields of a struct one behind the other agree.

use super::Lower;
use super::run::Run;
use super::words::Walk;
use crate::hir::{Expr, Type};
use syrup_diag::{Span, bug};
use syrup_ir::{BinOp, Ty, Value};

const C1: u64 = 0xcc9e_2d51;
const C2: u64 = 0x1b87_3593;

impl Lower<'_> {
    /// `hash(x)`
    pub(super) fn hash(&mut self, value: &Expr, span: Span) -> Option<Value> {
        if let Type::Bytes(_) = value.ty {
            let run = self.run(value)?;
            return Some(self.hash_run(&run, span));
        }
        if let Type::Struct(_) = value.ty {
            let low = self.expr(value)?;
            let numbers: Vec<(Value, u8)> = self
                .numbers(low)
                .into_iter()
                .map(|number| match self.f.ty(number) {
                    Ty::Int(bits) => (number, memory_bytes(bits)),
                    other => bug!("a struct with {other} is hashed at {span:?}"),
                })
                .collect();
            return Some(self.hash_numbers(&numbers, span));
        }
        let bits = self.bits(value);
        let number = self.value(value)?;
        Some(self.hash_numbers(&[(number, memory_bytes(bits))], span))
    }

    /// Numbers one behind the other without padding, each with its bytes.
    pub(super) fn hash_numbers(&mut self, numbers: &[(Value, u8)], span: Span) -> Value {
        let mut h = self.f.constant(0, 32, span);
        // Bytes that do not make a word yet, and how many.
        let mut open = self.f.constant(0, 32, span);
        let (mut n_open, mut total) = (0u8, 0u64);
        for &(number, bytes) in numbers {
            total += u64::from(bytes);
            for (part, n) in self.words_of(number, bytes, span) {
                let shifted = self.shifted(part, n_open * 8, span);
                open = self.binary(BinOp::Or, open, shifted, span);
                if n_open + n < 4 {
                    n_open += n;
                    continue;
                }
                h = self.mix(h, open, span);
                let used = 4 - n_open;
                n_open = n - used;
                open = match n_open {
                    0 => self.f.constant(0, 32, span),
                    _ => {
                        let count = self.f.constant(u64::from(used) * 8, 32, span);
                        self.binary(BinOp::Shr, part, count, span)
                    }
                };
            }
        }
        let len = self.f.constant(total, 32, span);
        self.finish_hash(h, open, len, span)
    }

    /// A run of bytes as it is.
    pub(super) fn hash_run(&mut self, run: &Run, span: Span) -> Value {
        if run.min == run.max {
            let words = self.fixed_words(run, span);
            return self.hash_numbers(&words, span);
        }
        let zero = self.f.constant(0, 32, span);
        let walk = Walk { runs: &[*run], len: run.len, max: run.max, span };
        // The hash of the whole words, and the word that is not whole.
        let state = self.each_word(&walk, vec![zero, zero], &mut |lower, word, state| {
            let (h, value) = (state[0], word.values[0]);
            let mixed = lower.mix(h, value, span);
            let change = lower.binary(BinOp::Xor, h, mixed, span);
            let change = lower.binary(BinOp::And, change, word.whole, span);
            let last = lower.binary(BinOp::And, value, word.last, span);
            vec![
                lower.binary(BinOp::Xor, h, change, span),
                lower.binary(BinOp::Or, state[1], last, span),
            ]
        });
        let open = self.counted_bytes(state[1], run.len, span);
        self.finish_hash(state[0], open, run.len, span)
    }

    /// A number as `u32` words of its bytes, the low ones first.
    fn words_of(&mut self, number: Value, bytes: u8, span: Span) -> Vec<(Value, u8)> {
        if bytes < 8 {
            return vec![(self.convert(number, 32, span), bytes)];
        }
        let number = self.convert(number, 64, span);
        let low = self.convert(number, 32, span);
        let count = self.f.constant(32, 64, span);
        let high = self.binary(BinOp::Shr, number, count, span);
        vec![(low, 4), (self.convert(high, 32, span), 4)]
    }

    pub(super) fn mix(&mut self, h: Value, k: Value, span: Span) -> Value {
        let k = self.scramble(k, span);
        let h = self.binary(BinOp::Xor, h, k, span);
        let h = self.rotated(h, 13, span);
        let (five, add) = (self.f.constant(5, 32, span), self.f.constant(0xe654_6b64, 32, span));
        let h = self.binary(BinOp::Mul, h, five, span);
        self.binary(BinOp::Add, h, add, span)
    }

    fn scramble(&mut self, k: Value, span: Span) -> Value {
        let (c1, c2) = (self.f.constant(C1, 32, span), self.f.constant(C2, 32, span));
        let k = self.binary(BinOp::Mul, k, c1, span);
        let k = self.rotated(k, 15, span);
        self.binary(BinOp::Mul, k, c2, span)
    }

    /// The open word, which changes nothing where it is empty; the length; the last mixing.
    pub(super) fn finish_hash(&mut self, h: Value, open: Value, len: Value, span: Span) -> Value {
        let k = self.scramble(open, span);
        let h = self.binary(BinOp::Xor, h, k, span);
        let mut h = self.binary(BinOp::Xor, h, len, span);
        for (shift, factor) in [(16, Some(0x85eb_ca6b)), (13, Some(0xc2b2_ae35)), (16, None)] {
            let count = self.f.constant(shift, 32, span);
            let high = self.binary(BinOp::Shr, h, count, span);
            h = self.binary(BinOp::Xor, h, high, span);
            if let Some(factor) = factor {
                let factor = self.f.constant(factor, 32, span);
                h = self.binary(BinOp::Mul, h, factor, span);
            }
        }
        h
    }

    fn rotated(&mut self, x: Value, by: u64, span: Span) -> Value {
        let (up, down) = (self.f.constant(by, 32, span), self.f.constant(32 - by, 32, span));
        let high = self.binary(BinOp::Shl, x, up, span);
        let low = self.binary(BinOp::Shr, x, down, span);
        self.binary(BinOp::Or, high, low, span)
    }

    fn shifted(&mut self, x: Value, bits: u8, span: Span) -> Value {
        if bits == 0 {
            return x;
        }
        let count = self.f.constant(u64::from(bits), 32, span);
        self.binary(BinOp::Shl, x, count, span)
    }
}

/// Bytes that a number of some bits takes in memory.
pub(super) fn memory_bytes(bits: u8) -> u8 {
    match bits {
        0..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}
