//! Runs of bytes in tests, and `match` on numbers in the functions that headers call.

use super::eval::{Eval, Step};
use super::value::Value;
use crate::hir::{Expr, ExprKind, Match, Program, Row, Type};

impl Eval<'_> {
    /// The bytes of an expression.
    pub(super) fn bytes(&mut self, expr: &Expr) -> Step<Vec<u8>> {
        match self.expr(expr)? {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(self.stop(expr.span, "this is no run of bytes")),
        }
    }

    /// An expression over runs of bytes.
    pub(super) fn bytes_expr(&mut self, expr: &Expr) -> Step<Value> {
        Ok(match &expr.kind {
            ExprKind::Bytes(bytes) => Value::Bytes(bytes.clone()),
            ExprKind::Len(run) => Value::Number(self.bytes(run)?.len() as u64),
            ExprKind::Byte(run, index) => {
                let (run, at) = (self.bytes(run)?, self.number(index)?);
                match run.get(at as usize) {
                    Some(byte) => Value::Number(u64::from(*byte)),
                    None => {
                        let message = format!("there are {} bytes here, not {at}", run.len());
                        return Err(self.stop(index.span, message));
                    }
                }
            }
            ExprKind::Slice(run, start, end) => {
                let run = self.bytes(run)?;
                let start = start.as_ref().map_or(Ok(0), |start| self.number(start))? as usize;
                let end = end.as_ref().map_or(Ok(run.len() as u64), |end| self.number(end))?;
                match run.get(start..end as usize) {
                    Some(part) => Value::Bytes(part.to_vec()),
                    None => {
                        let n = run.len();
                        let message = format!("{start}..{end} is no part of {n} bytes");
                        return Err(self.stop(expr.span, message));
                    }
                }
            }
            ExprKind::Lower(run) => Value::Bytes(self.bytes(run)?.to_ascii_lowercase()),
            ExprKind::Hash(value) => {
                let hashed = self.expr(value)?;
                let mut bytes = Vec::new();
                if !collect_bytes(self.program, &hashed, &value.ty, &mut bytes) {
                    return Err(self.stop(value.span, "this has no bytes to hash"));
                }
                Value::Number(u64::from(murmur3(&bytes)))
            }
            _ => return Err(self.stop(expr.span, "this is no run of bytes")),
        })
    }

    /// `match` on a number.
    pub(super) fn match_number(&mut self, inner: &Match) -> Step<Value> {
        let Value::Number(number) = self.expr(&inner.scrutinee)? else {
            return Err(self.stop(inner.scrutinee.span, "a test matches only numbers"));
        };
        for arm in &inner.arms {
            let fits = arm.rows.iter().any(|row| match row {
                Row::Any => true,
                Row::Numbers(ranges) => ranges.iter().any(|r| r.lo <= number && number <= r.hi),
                Row::Layers(_) | Row::Take(_) | Row::Some(_) | Row::None => false,
            });
            let holds = match &arm.guard {
                Some(guard) if fits => self.number(guard)? == 1,
                _ => fits,
            };
            if holds {
                return self.expr(&arm.body);
            }
        }
        Err(self.stop(inner.scrutinee.span, "no arm covers this"))
    }
}

/// MurmurHash3_x86_32 with seed 0 (Austin Appleby, public domain), byte by byte as published.
pub(crate) fn murmur3(bytes: &[u8]) -> u32 {
    let scramble = |k: u32| k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let word = |part: &[u8]| part.iter().rev().fold(0u32, |k, &byte| k << 8 | u32::from(byte));
    let chunks = bytes.chunks_exact(4);
    let rest = chunks.remainder();
    let mut h = chunks.fold(0u32, |h, chunk| {
        (h ^ scramble(word(chunk))).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
    });
    h ^= scramble(word(rest));
    h ^= bytes.len() as u32;
    h = (h ^ h >> 16).wrapping_mul(0x85eb_ca6b);
    h = (h ^ h >> 13).wrapping_mul(0xc2b2_ae35);
    h ^ h >> 16
}

/// The bytes of a value one field behind the other; whether it has any.
fn collect_bytes(program: &Program, value: &Value, ty: &Type, out: &mut Vec<u8>) -> bool {
    match (value, ty) {
        (Value::Bytes(bytes), _) => out.extend(bytes),
        (Value::Number(number), ty) => {
            let bits = ty.bits(program).unwrap_or(64);
            let n = bits.div_ceil(8).next_power_of_two();
            out.extend(&number.to_le_bytes()[..usize::from(n)]);
        }
        (Value::Struct(id, values), _) => {
            let fields = &program.structs[id.idx()].fields;
            let each = |(value, field): (&Value, &crate::hir::StructField)| {
                collect_bytes(program, value, &field.ty, out)
            };
            return values.iter().zip(fields).all(each);
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::murmur3;

    #[test]
    fn murmur3_gives_the_published_values() {
        // SMHasher and the test vectors collected by Ian Boyd, all with seed 0.
        let cases: [(&[u8], u32); 7] = [
            (b"", 0),
            (&[0xff; 4], 0x7629_3b50),
            (&[0x21, 0x43, 0x65, 0x87], 0xf55b_516b),
            (&[0x21, 0x43, 0x65], 0x7e4a_8634),
            (&[0x21, 0x43], 0xa0f7_b07a),
            (&[0x21], 0x7266_1cf4),
            (&[0; 4], 0x2362_f9de),
        ];
        for (bytes, hash) in cases {
            assert_eq!(murmur3(bytes), hash, "{bytes:x?}");
        }
        assert_eq!(murmur3(b"The quick brown fox jumps over the lazy dog"), 0x2e4f_f723);
        assert_eq!(murmur3(b"hello"), 0x248b_fa47);
    }
}
