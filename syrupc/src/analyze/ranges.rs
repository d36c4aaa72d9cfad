//! Intervals of results, and whether they are certain not to overflow.

use super::items::full;
use crate::hir::BinaryOp;
use crate::syntax::ast::BinaryOp as Ast;
use syrup_ir::{BinOp, Interval};
/// An interval as messages show it.
pub(crate) fn show(range: Interval) -> String {
    if range.lo == range.hi {
        return grouped(range.lo);
    }
    format!("{}..={}", grouped(range.lo), grouped(range.hi))
}

/// A number as people read and write it: `4_294_967_295`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// The interval of a result, and whether it is certain not to overflow.
pub(crate) fn result(op: BinOp, a: Interval, b: Interval, bits: u8) -> (Interval, bool) {
    let all = full(bits);
    let exact = |lo: Option<u64>, hi: Option<u64>| match (lo, hi) {
        (Some(lo), Some(hi)) if hi <= all.hi => (Interval { lo, hi }, true),
        _ => (all, false),
    };
    let clamp = |value: Option<u64>| value.unwrap_or(u64::MAX).min(all.hi);
    if let (true, Some(value)) = (a.lo == a.hi && b.lo == b.hi, bitwise(op, a.lo, b.lo)) {
        return (Interval { lo: value, hi: value }, true);
    }
    match op {
        BinOp::Add => exact(a.lo.checked_add(b.lo), a.hi.checked_add(b.hi)),
        BinOp::Sub => exact(a.lo.checked_sub(b.hi), a.hi.checked_sub(b.lo)),
        BinOp::Mul => exact(a.lo.checked_mul(b.lo), a.hi.checked_mul(b.hi)),
        BinOp::Shl => {
            let shift = |x: u64, n: u64| {
                let n = u32::try_from(n).ok().filter(|&n| n < 64)?;
                x.checked_mul(1 << n)
            };
            exact(shift(a.lo, b.lo), shift(a.hi, b.hi))
        }
        BinOp::Shr => {
            let shift = |x: u64, n: u64| if n >= 64 { 0 } else { x >> n };
            (Interval { lo: shift(a.lo, b.hi), hi: shift(a.hi, b.lo) }, true)
        }
        BinOp::AddSat => {
            let (lo, hi) = (clamp(a.lo.checked_add(b.lo)), clamp(a.hi.checked_add(b.hi)));
            (Interval { lo, hi }, true)
        }
        BinOp::SubSat => {
            (Interval { lo: a.lo.saturating_sub(b.hi), hi: a.hi.saturating_sub(b.lo) }, true)
        }
        BinOp::MulSat => {
            let (lo, hi) = (clamp(a.lo.checked_mul(b.lo)), clamp(a.hi.checked_mul(b.hi)));
            (Interval { lo, hi }, true)
        }
        BinOp::Div => match (a.lo.checked_div(b.hi), a.hi.checked_div(b.lo)) {
            (Some(lo), Some(hi)) => (Interval { lo, hi }, true),
            _ => (Interval { lo: 0, hi: a.hi }, true),
        },
        BinOp::Rem if b.lo == 0 => (Interval { lo: 0, hi: a.hi }, true),
        BinOp::Rem if a.hi < b.lo => (a, true),
        BinOp::Rem => (Interval { lo: 0, hi: a.hi.min(b.hi - 1) }, true),
        BinOp::And => (Interval { lo: 0, hi: a.hi.min(b.hi) }, true),
        BinOp::Or => (Interval { lo: a.lo.max(b.lo), hi: ones(a.hi | b.hi) }, true),
        BinOp::Xor => (Interval { lo: 0, hi: ones(a.hi | b.hi) }, true),
        BinOp::Min => (Interval { lo: a.lo.min(b.lo), hi: a.hi.min(b.hi) }, true),
        BinOp::Max => (Interval { lo: a.lo.max(b.lo), hi: a.hi.max(b.hi) }, true),
    }
}

/// Bit operations on two known numbers, whose intervals would otherwise be wide.
fn bitwise(op: BinOp, a: u64, b: u64) -> Option<u64> {
    match op {
        BinOp::And => Some(a & b),
        BinOp::Or => Some(a | b),
        BinOp::Xor => Some(a ^ b),
        BinOp::Rem => a.checked_rem(b),
        _ => None,
    }
}

/// The smallest number of all ones that is at least `x`.
fn ones(x: u64) -> u64 {
    if x == 0 { 0 } else { u64::MAX >> x.leading_zeros() }
}

/// The operation of the IR that an operator stands for, and whether it must be exact.
pub(super) fn binary_op(op: Ast) -> BinaryOp {
    let (op, exact) = match op {
        Ast::Add => (BinOp::Add, true),
        Ast::Sub => (BinOp::Sub, true),
        Ast::Mul => (BinOp::Mul, true),
        Ast::Shl => (BinOp::Shl, true),
        Ast::AddWrap => (BinOp::Add, false),
        Ast::SubWrap => (BinOp::Sub, false),
        Ast::MulWrap => (BinOp::Mul, false),
        Ast::AddSat => (BinOp::AddSat, false),
        Ast::SubSat => (BinOp::SubSat, false),
        Ast::Shr => (BinOp::Shr, false),
        Ast::Div => (BinOp::Div, false),
        Ast::Rem => (BinOp::Rem, false),
        Ast::Or => (BinOp::Or, false),
        Ast::Xor => (BinOp::Xor, false),
        Ast::And => (BinOp::And, false),
        Ast::OrElse | Ast::AndThen | Ast::Eq | Ast::Ne | Ast::Lt | Ast::Le | Ast::Gt | Ast::Ge => {
            syrup_diag::bug!("`{}` is not arithmetic", op.as_str())
        }
    };
    BinaryOp { op, exact }
}
