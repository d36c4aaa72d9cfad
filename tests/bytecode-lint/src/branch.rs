//! Conditional jumps: what each side then knows.
//!
//! In: a state before the jump. Out: the states behind it, one a side.

use crate::Rule;
use crate::decode::{Op, Source, Test};
use crate::flow;
use crate::guards::GuardKind;
use crate::run::Run;
use crate::state::{Byte, Id, MANY, Null, State, Value, Word};

/// Runs a conditional jump.
pub fn branch(run: &mut Run<'_>, at: usize, state: &State) -> Vec<(usize, State)> {
    let Op::If { test, wide, lhs, rhs, .. } = run.code[at] else { return vec![] };
    let left = state.regs[lhs];
    let right = match rhs {
        Source::Reg(reg) => state.regs[reg],
        Source::Imm(imm) => Value::Number(Some(imm as i64 as u64)),
    };
    let sides = flow::successors(run.code, at);
    let (mut next, mut jump) = (state.clone(), state.clone());
    let is_zero = right.known() == Some(0);
    match (left, right) {
        (Value::None, _) | (_, Value::None) => {
            run.find(at, Rule::Register, "a compared register may hold nothing");
        }
        (Value::Packet { low, high, .. }, Value::PacketEnd) if wide => {
            end_of_packet(run, at, (test, lhs), (low, high), (&mut next, &mut jump));
        }
        (Value::PacketEnd, Value::Packet { low, high, .. }) if wide => {
            // A packet's address on the right is one in a register.
            let Source::Reg(rhs) = rhs else { return vec![] };
            let test = (mirrored(test), rhs);
            end_of_packet(run, at, test, (low, high), (&mut next, &mut jump));
        }
        (Value::Entry { null: Null::Maybe(id), .. }, _) if wide && is_zero => {
            null(run, at, (test, lhs, id), (&mut next, &mut jump));
        }
        (Value::Status(id), _) if is_zero => {
            copied(run, at, test, id, (&mut next, &mut jump));
        }
        (one, two) if one.is_number() && two.is_number() => {}
        _ => {
            let message = "a pointer is compared with neither null nor the packet's end";
            run.find(at, Rule::PointerComparison, message);
        }
    }
    vec![(sides[0], next), (sides[1], jump)]
}

fn mirrored(test: Test) -> Test {
    match test {
        Test::Gt => Test::Lt,
        Test::Ge => Test::Le,
        Test::Lt => Test::Gt,
        Test::Le => Test::Ge,
        Test::Eq | Test::Ne | Test::Other => test,
    }
}

/// `data + n ? data_end`: which side has `n` bytes.
fn end_of_packet(
    run: &mut Run<'_>,
    at: usize,
    (test, reg): (Test, usize),
    (low, high): (i32, i32),
    (next, jump): (&mut State, &mut State),
) {
    let guards_jump = match test {
        Test::Gt | Test::Ge => false,
        Test::Lt | Test::Le => true,
        Test::Eq | Test::Ne | Test::Other => {
            let message = "this comparison with the packet's end proves nothing";
            return run.find(at, Rule::PointerComparison, message);
        }
    };
    // `MAX_PACKET_OFF`, kernel/bpf/verifier.c.
    if low < 0 || high > 0xffff {
        return run.find(at, Rule::PacketBounds, "a comparison too far from the packet's start");
    }
    run.guard(at, GuardKind::PacketEnd, guards_jump);
    let side = if guards_jump { jump } else { next };
    side.proven = side.proven.max(low);
    let proven = side.proven;
    if let Value::Packet { ahead, .. } = &mut side.regs[reg] {
        *ahead = (*ahead).max(0);
    }
    for value in side.values_mut() {
        match value {
            Value::Packet { low, high, ahead } if low == high => {
                *ahead = (*ahead).max(proven - *low);
            }
            _ => {}
        }
    }
}

/// A lookup's result against null.
fn null(
    run: &mut Run<'_>,
    at: usize,
    (test, reg, id): (Test, usize, Id),
    (next, jump): (&mut State, &mut State),
) {
    let guards_jump = match test {
        Test::Ne => true,
        Test::Eq => false,
        Test::Gt | Test::Ge | Test::Lt | Test::Le | Test::Other => {
            return run.find(at, Rule::PointerComparison, "this is no test for null");
        }
    };
    run.guard(at, GuardKind::Null(id), guards_jump);
    let (there, gone) = if guards_jump { (jump, next) } else { (next, jump) };
    for (side, is_there) in [(there, true), (gone, false)] {
        // Copies of the same lookup's result are known with it.
        let compared = side.regs[reg];
        side.regs[reg] = known(compared, is_there);
        for value in side.values_mut() {
            match value {
                Value::Entry { null: Null::Maybe(other), .. } if *other == id && id != MANY => {
                    *value = known(*value, is_there);
                }
                _ => {}
            }
        }
    }
}

fn known(value: Value, is_there: bool) -> Value {
    match value {
        Value::Entry { map, low, high, null: Null::Maybe(id) } if is_there => {
            Value::Entry { map, low, high, null: Null::Tested(id) }
        }
        Value::Entry { .. } => Value::Number(Some(0)),
        other => other,
    }
}

/// A copying function's answer against 0.
fn copied(
    run: &mut Run<'_>,
    at: usize,
    test: Test,
    id: Id,
    (next, jump): (&mut State, &mut State),
) {
    let guards_jump = match test {
        Test::Eq => true,
        Test::Ne => false,
        // Any other comparison is one of numbers, and tells nothing about the copy.
        Test::Gt | Test::Ge | Test::Lt | Test::Le | Test::Other => return,
    };
    if id == MANY {
        return;
    }
    run.guard(at, GuardKind::Copy(id), guards_jump);
    let side = if guards_jump { jump } else { next };
    for word in &mut side.stack {
        if let Word::Bytes(bytes) = word {
            for byte in bytes.iter_mut().filter(|byte| **byte == Byte::Copied(id)) {
                *byte = Byte::Checked(id);
            }
        }
    }
}
