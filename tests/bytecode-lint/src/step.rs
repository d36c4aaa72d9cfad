//! Operations that control passes through.
//!
//! In: a state. Out: the state behind the operation; findings.

use crate::decode::{Alu, Op, Source};
use crate::run::Run;
use crate::state::{Null, State, Value};
use crate::{Rule, access, calls};

/// Runs one operation.
pub fn step(run: &mut Run<'_>, at: usize, state: &mut State) {
    match run.code[at] {
        Op::Alu { op: Alu::Mov, wide, dst, src } => {
            let value = operand(run, at, state, src);
            state.regs[dst] = moved(run, at, value, wide);
        }
        Op::Alu { op, wide, dst, src } => {
            let left = operand(run, at, state, Source::Reg(dst));
            let right = operand(run, at, state, src);
            state.regs[dst] = arithmetic(run, at, (op, wide), left, right);
        }
        Op::Unary { dst } => {
            let value = operand(run, at, state, Source::Reg(dst));
            number(run, at, value);
            state.regs[dst] = Value::Number(None);
        }
        Op::Number { dst, value } => state.regs[dst] = Value::Number(Some(value)),
        Op::Map { dst, map, value_offset } => {
            state.regs[dst] = match value_offset {
                None => Value::Map(map),
                Some(byte) => {
                    let offset = i32::try_from(byte).unwrap_or(i32::MAX);
                    Value::Entry { map, low: offset, high: offset, null: Null::Never }
                }
            };
        }
        Op::Load { dst, base, offset, bytes } => {
            let place = access::Place { base: state.regs[base], offset, bytes };
            state.regs[dst] = access::load(run, at, state, place);
        }
        Op::Store { base, offset, bytes, src } => {
            let value = operand(run, at, state, src);
            let place = access::Place { base: state.regs[base], offset, bytes };
            access::store(run, at, state, place, value);
        }
        Op::Atomic { base, offset, bytes, src, old, asks } => {
            let place = access::Place { base: state.regs[base], offset, bytes };
            access::atomic(run, at, place);
            let value = operand(run, at, state, Source::Reg(src));
            number(run, at, value);
            if asks {
                let expected = operand(run, at, state, Source::Reg(0));
                number(run, at, expected);
            }
            if let Some(old) = old {
                state.regs[old] = Value::Number(None);
            }
        }
        Op::Call(function) => calls::call(run, at, state, function),
        Op::Second | Op::Goto(_) | Op::If { .. } | Op::MayGoto(_) | Op::Exit => {}
    }
}

/// Checks what a path returns.
pub fn exit(run: &mut Run<'_>, at: usize, state: &State) {
    let value = state.regs[0];
    if value == Value::None {
        run.find(at, Rule::Return, "`r0` may hold nothing");
    } else if !value.is_number() {
        run.find(at, Rule::PointerLeak, "a pointer is returned");
    }
    if state.lock_differs || state.lock.is_some() {
        run.find(at, Rule::Lock, "the program ends while a value is locked");
    }
}

/// An operand's value.
fn operand(run: &mut Run<'_>, at: usize, state: &State, source: Source) -> Value {
    match source {
        Source::Imm(imm) => Value::Number(Some(i64::from(imm) as u64)),
        Source::Reg(reg) => {
            if state.regs[reg] == Value::None {
                run.find(at, Rule::Register, format!("`r{reg}` may hold nothing"));
            }
            state.regs[reg]
        }
    }
}

fn number(run: &mut Run<'_>, at: usize, value: Value) {
    if value != Value::None && !value.is_number() {
        run.find(at, Rule::PointerArithmetic, "a pointer is used as a number");
    }
}

fn moved(run: &mut Run<'_>, at: usize, value: Value, wide: bool) -> Value {
    match value {
        value if wide => value,
        Value::Number(Some(known)) => Value::Number(Some(known & 0xffff_ffff)),
        // An answer is a 32-bit number to those who look at it.
        Value::Number(None) | Value::Status(_) | Value::None => value,
        _ => {
            run.find(at, Rule::PointerLeak, "half of a pointer is copied");
            Value::Number(None)
        }
    }
}

fn arithmetic(
    run: &mut Run<'_>,
    at: usize,
    (op, wide): (Alu, bool),
    left: Value,
    right: Value,
) -> Value {
    if left.is_number() && right.is_number() {
        let known = left.known().zip(right.known()).and_then(|(a, b)| computed(op, wide, a, b));
        return Value::Number(known);
    }
    if left == Value::None || right == Value::None {
        return Value::Number(None);
    }
    let by = match (op, right.known()) {
        (Alu::Add, Some(by)) if wide => i32::try_from(by as i64).ok(),
        (Alu::Sub, Some(by)) if wide => i32::try_from((by as i64).wrapping_neg()).ok(),
        _ => None,
    };
    let after = by.and_then(|by| match left {
        Value::Frame(offset) => offset.checked_add(by).map(Value::Frame),
        Value::Packet { low, high, ahead } => {
            let (low, high) = (low.checked_add(by)?, high.checked_add(by)?);
            Some(Value::Packet { low, high, ahead: ahead.checked_sub(by)? })
        }
        Value::Entry { map, low, high, null: null @ (Null::Never | Null::Tested(_)) } => {
            let (low, high) = (low.checked_add(by)?, high.checked_add(by)?);
            Some(Value::Entry { map, low, high, null })
        }
        _ => None,
    });
    if after.is_none() {
        let message = "a pointer is moved by something else than a constant";
        run.find(at, Rule::PointerArithmetic, message);
    }
    after.unwrap_or(Value::Number(None))
}

/// The result of two known numbers, where it matters: lengths and offsets are made of these.
fn computed(op: Alu, wide: bool, a: u64, b: u64) -> Option<u64> {
    let (a, b) = if wide { (a, b) } else { (a & 0xffff_ffff, b & 0xffff_ffff) };
    let result = match op {
        Alu::Add => a.wrapping_add(b),
        Alu::Sub => a.wrapping_sub(b),
        Alu::And => a & b,
        Alu::Shl => a << (b & if wide { 63 } else { 31 }),
        Alu::Shr => a >> (b & if wide { 63 } else { 31 }),
        Alu::Mov => b,
        Alu::Other => return None,
    };
    Some(if wide { result } else { result & 0xffff_ffff })
}
