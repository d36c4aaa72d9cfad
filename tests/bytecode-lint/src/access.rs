//! Reads and writes of memory.
//!
//! In: a state, an address. Out: what is read, or the state after a write; findings.

use crate::context::{self, Field};
use crate::run::Run;
use crate::state::{Byte, Null, STACK_WORDS, State, Value, Word};
use crate::{Map, Rule};

/// Bytes of a `struct bpf_spin_lock`.
const LOCK_BYTES: i64 = 4;

/// An address and a width.
#[derive(Clone, Copy)]
pub struct Place {
    pub base: Value,
    pub offset: i32,
    pub bytes: u32,
}

/// What a load gives.
pub fn load(run: &mut Run<'_>, at: usize, state: &State, place: Place) -> Value {
    let unknown = Value::Number(None);
    match place.base {
        Value::None => run.find(at, Rule::Register, "the address may hold nothing"),
        Value::Context => match context::read(run.program.kind, place.offset, place.bytes) {
            Some(Field::Number) => {}
            Some(Field::Packet) => {
                return Value::Packet { low: 0, high: 0, ahead: state.proven };
            }
            Some(Field::PacketEnd) => return Value::PacketEnd,
            None => run.find(at, Rule::Context, "no field of the context is here"),
        },
        Value::Frame(base) => return load_stack(run, at, state, base + place.offset, place.bytes),
        Value::Packet { low, ahead, .. } => {
            let start = i64::from(low) + i64::from(place.offset);
            if start < 0 || place.offset + place.bytes as i32 > ahead {
                let message = format!(
                    "{} bytes at {} from an address behind which {ahead} are proven",
                    place.bytes, place.offset
                );
                run.find(at, Rule::PacketBounds, message);
            }
        }
        Value::Entry { .. } => {
            entry(run, at, place);
        }
        Value::Number(_) | Value::Status(_) | Value::PacketEnd | Value::Map(_) => {
            run.find(at, Rule::PointerArithmetic, "a read through what is no address");
        }
    }
    unknown
}

/// Stores a value.
pub fn store(run: &mut Run<'_>, at: usize, state: &mut State, place: Place, value: Value) {
    if value == Value::None {
        run.find(at, Rule::Register, "the stored register may hold nothing");
    }
    if let Value::Frame(base) = place.base {
        return store_stack(run, at, state, (base + place.offset, place.bytes), value);
    }
    if value != Value::None && !value.is_number() {
        run.find(at, Rule::PointerLeak, "a pointer is stored outside the stack");
    }
    match place.base {
        Value::None => run.find(at, Rule::Register, "the address may hold nothing"),
        Value::Context => {
            if !context::may_write(run.program.kind, place.offset, place.bytes) {
                run.find(at, Rule::Context, "no field of the context may be written here");
            }
        }
        Value::Entry { .. } => {
            let map = entry(run, at, place);
            if map.is_some_and(|map| map.read_only) {
                run.find(at, Rule::ReadOnly, "the program may only read this map");
            }
            if map.is_some_and(|map| map.lock.is_some()) && !holds(state, place.base) {
                run.find(at, Rule::Lock, "a value with a lock is written without it");
            }
        }
        Value::Packet { .. } => run.find(at, Rule::PacketBounds, "policies do not write packets"),
        Value::Number(_)
        | Value::Status(_)
        | Value::PacketEnd
        | Value::Map(_)
        | Value::Frame(_) => {
            run.find(at, Rule::PointerArithmetic, "a write through what is no address");
        }
    }
}

/// Checks an indivisible change; all of it happens to map values.
pub fn atomic(run: &mut Run<'_>, at: usize, place: Place) {
    match place.base {
        Value::Entry { low, high, .. } => {
            if let Some(map) = entry(run, at, place)
                && map.read_only
            {
                run.find(at, Rule::ReadOnly, "the program may only read this map");
            }
            let bytes = place.bytes as i32;
            if low != high || (low + place.offset) % bytes != 0 {
                run.find(at, Rule::ValueBounds, "an atomic operation at an odd address");
            }
        }
        _ => run.find(at, Rule::PointerArithmetic, "an atomic operation outside map values"),
    }
}

/// Whether the value that an address is in is locked.
fn holds(state: &State, base: Value) -> bool {
    match (base, state.lock) {
        (Value::Entry { map, .. }, Some((locked, _))) => map == locked && !state.lock_differs,
        _ => false,
    }
}

/// Checks an access to a map's value; gives the map.
fn entry(run: &mut Run<'_>, at: usize, place: Place) -> Option<Map> {
    let Value::Entry { map, low, high, null } = place.base else { return None };
    match null {
        Null::Never => {}
        Null::Tested(call) => run.rely(call),
        Null::Maybe(_) => run.find(at, Rule::NullCheck, "the looked-up value may be null"),
    }
    let Some(map) = run.program.maps.get(map as usize).copied() else {
        run.find(at, Rule::ValueBounds, "no such map");
        return None;
    };
    let start = i64::from(low) + i64::from(place.offset);
    let end = i64::from(high) + i64::from(place.offset) + i64::from(place.bytes);
    if start < 0 || end > i64::from(map.value_bytes) {
        let message = format!("bytes {start}..{end} of a value of {}", map.value_bytes);
        run.find(at, Rule::ValueBounds, message);
    }
    if let Some(lock) = map.lock.map(i64::from)
        && start < lock + LOCK_BYTES
        && lock < end
    {
        run.find(at, Rule::Lock, "the lock's own bytes");
    }
    Some(map)
}

/// The word and byte of a stretch of the stack; nothing for one that is not on it.
fn stack_place(run: &mut Run<'_>, at: usize, offset: i32, bytes: u32) -> Option<(usize, usize)> {
    let start = offset + 8 * STACK_WORDS as i32;
    if start < 0 || offset + bytes as i32 > 0 {
        run.find(at, Rule::Stack, format!("{bytes} bytes at {offset} are not on the stack"));
        return None;
    }
    Some((STACK_WORDS - 1 - start as usize / 8, start as usize % 8))
}

fn load_stack(run: &mut Run<'_>, at: usize, state: &State, offset: i32, bytes: u32) -> Value {
    let unknown = Value::Number(None);
    let Some((word, byte)) = stack_place(run, at, offset, bytes) else { return unknown };
    if byte % bytes as usize != 0 {
        run.find(at, Rule::Stack, "a read of the stack at an odd address");
        return unknown;
    }
    if let Word::Whole(value) = state.stack[word]
        && bytes == 8
    {
        if value == Value::None {
            run.find(at, Rule::Stack, "this word of the stack may hold nothing");
        }
        return value;
    }
    read_bytes(run, at, state, offset, bytes);
    unknown
}

/// Checks that bytes of the stack are written and part of numbers.
pub fn read_bytes(run: &mut Run<'_>, at: usize, state: &State, offset: i32, bytes: u32) {
    for place in offset..offset + bytes as i32 {
        let Some((word, byte)) = stack_place(run, at, place, 1) else { return };
        if let Word::Whole(value) = state.stack[word]
            && !value.is_number()
            && value != Value::None
        {
            return run.find(at, Rule::PointerLeak, "part of a pointer is read as a number");
        }
        match state.stack[word].bytes()[byte] {
            Byte::Number => {}
            Byte::Checked(call) => run.rely(call),
            Byte::Unwritten => {
                let message = format!("the stack's byte {place} may hold nothing");
                return run.find(at, Rule::Stack, message);
            }
            Byte::Copied(_) => {
                let message = "nobody asked whether the packet's bytes were copied";
                return run.find(at, Rule::UncheckedCopy, message);
            }
        }
    }
}

/// Marks bytes of the stack as what a function wrote.
pub fn write_bytes(
    run: &mut Run<'_>,
    at: usize,
    state: &mut State,
    (offset, bytes): (i32, u32),
    what: Byte,
) {
    for place in offset..offset + bytes as i32 {
        let Some((word, byte)) = stack_place(run, at, place, 1) else { return };
        let mut all = match state.stack[word] {
            Word::Bytes(all) => all,
            // The function overwrites what stood here; the word's other bytes hold nothing now.
            Word::Whole(_) => [Byte::Unwritten; 8],
        };
        all[byte] = what;
        state.stack[word] = Word::Bytes(all);
    }
}

fn store_stack(
    run: &mut Run<'_>,
    at: usize,
    state: &mut State,
    (offset, bytes): (i32, u32),
    value: Value,
) {
    let Some((word, byte)) = stack_place(run, at, offset, bytes) else { return };
    if byte % bytes as usize != 0 {
        return run.find(at, Rule::Stack, "a write to the stack at an odd address");
    }
    if bytes == 8 {
        state.stack[word] = Word::Whole(value);
        return;
    }
    if value != Value::None && !value.is_number() {
        run.find(at, Rule::PointerLeak, "part of a pointer is stored");
    }
    match state.stack[word] {
        // Linux before 6.8 refuses this without CAP_PERFMON (`check_stack_write_fixed_off`).
        Word::Whole(_) => run.find(at, Rule::TornWord, "a part of a word that was stored whole"),
        Word::Bytes(mut all) => {
            all[byte..byte + bytes as usize].fill(Byte::Number);
            state.stack[word] = Word::Bytes(all);
        }
    }
}
