//! Calls: which functions a program of its type has, and what they take and give.
//!
//! In: a state before a call. Out: the state behind it; findings. Numbers are those of
//! `___BPF_FUNC_MAPPER`, include/uapi/linux/bpf.h; who has which is said by the `func_proto`
//! functions in net/core/filter.c and kernel/bpf/helpers.c.

use crate::context::{SCHED_CLS, SK_LOOKUP, SK_REUSEPORT, XDP};
use crate::run::Run;
use crate::state::{Byte, MANY, Null, State, Value};
use crate::{Map, Rule, access};

/// An argument.
#[derive(Clone, Copy)]
enum Arg {
    /// The context.
    Context,
    /// A map of one of these kinds.
    Map(&'static [u32]),
    /// A key of the map before, on the stack.
    Key,
    /// A value of the map before, on the stack.
    Value,
    /// Any number.
    Number,
    /// Flags: a known number of which only these bits may be set.
    Flags(u64),
    /// Bytes of the stack to write, with their known number behind.
    Buffer,
    /// Bytes of the stack to read, with their known number behind.
    Record,
    /// The length of the bytes before.
    Length,
    /// The lock of a map's value.
    Lock,
}

/// What a call gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gives {
    /// A number.
    Number,
    /// A value of the map, or null.
    Entry,
    /// 0 where the bytes were copied.
    Status,
}

struct Function {
    name: &'static str,
    kinds: &'static [u32],
    args: &'static [Arg],
    gives: Gives,
}

const ALL: &[u32] = &[SCHED_CLS, XDP, SK_REUSEPORT, SK_LOOKUP];
/// Hash, array, both for each CPU, LRU, LRU for each CPU, LPM: `enum bpf_map_type`.
const TABLES: &[u32] = &[1, 2, 5, 6, 9, 10, 11];
/// Those of them that a program may delete from.
const KEYED: &[u32] = &[1, 5, 9, 10, 11];
const RING_BUFFER: &[u32] = &[27];
const SOCK_ARRAYS: &[u32] = &[20, 15, 18];
const REDIRECT: &[u32] = &[14, 16, 17];

/// `BPF_F_LOCK`.
const F_LOCK: u64 = 4;
const SPIN_LOCK: u32 = 93;
const SPIN_UNLOCK: u32 = 94;

fn function(number: u32) -> Option<Function> {
    use Arg::{Buffer, Context, Flags, Key, Length, Lock, Number, Record};
    let skb: &[u32] = &[SCHED_CLS, SK_REUSEPORT];
    let row = |name, kinds, args, gives| Some(Function { name, kinds, args, gives });
    match number {
        1 => row("map_lookup_elem", ALL, &[Arg::Map(TABLES), Key], Gives::Entry),
        2 => {
            let args = &[Arg::Map(TABLES), Key, Arg::Value, Flags(F_LOCK | 3)];
            row("map_update_elem", ALL, args, Gives::Number)
        }
        3 => row("map_delete_elem", ALL, &[Arg::Map(KEYED), Key], Gives::Number),
        5 => row("ktime_get_ns", ALL, &[], Gives::Number),
        7 => row("get_prandom_u32", ALL, &[], Gives::Number),
        8 => row("get_smp_processor_id", ALL, &[], Gives::Number),
        26 => row("skb_load_bytes", skb, &[Context, Number, Buffer, Length], Gives::Status),
        51 => {
            let args = &[Arg::Map(REDIRECT), Number, Number];
            row("redirect_map", &[XDP], args, Gives::Number)
        }
        68 => {
            let args = &[Context, Number, Buffer, Length, Flags(1)];
            row("skb_load_bytes_relative", skb, args, Gives::Status)
        }
        82 => {
            let args = &[Context, Arg::Map(SOCK_ARRAYS), Key, Flags(0)];
            row("sk_select_reuseport", &[SK_REUSEPORT], args, Gives::Number)
        }
        SPIN_LOCK => row("spin_lock", ALL, &[Lock], Gives::Number),
        SPIN_UNLOCK => row("spin_unlock", ALL, &[Lock], Gives::Number),
        130 => {
            let args = &[Arg::Map(RING_BUFFER), Record, Length, Flags(3)];
            row("ringbuf_output", ALL, args, Gives::Number)
        }
        188 => row("xdp_get_buff_len", &[XDP], &[Context], Gives::Number),
        189 => row("xdp_load_bytes", &[XDP], &[Context, Number, Buffer, Length], Gives::Status),
        _ => None,
    }
}

/// Runs a call.
pub fn call(run: &mut Run<'_>, at: usize, state: &mut State, number: u32) {
    let mut given = Value::Number(None);
    match function(number) {
        None => run.find(at, Rule::Function, format!("function {number} is not for policies")),
        Some(function) if !function.kinds.contains(&run.program.kind) => {
            let message = format!("`{}` is not for programs of this type", function.name);
            run.find(at, Rule::Function, message);
        }
        Some(function) => {
            if state.lock.is_some() && number != SPIN_UNLOCK {
                run.find(at, Rule::Lock, "a call while a value is locked");
            }
            let mut map = None;
            for (idx, arg) in function.args.iter().enumerate() {
                argument(run, at, state, (*arg, idx + 1), &mut map);
            }
            match number {
                SPIN_LOCK => lock(run, at, state, true),
                SPIN_UNLOCK => lock(run, at, state, false),
                _ => {}
            }
            given = match (function.gives, map) {
                (Gives::Entry, Some((map, _))) => {
                    Value::Entry { map, low: 0, high: 0, null: Null::Maybe(at as u32) }
                }
                (Gives::Status, _) => Value::Status(at as u32),
                (Gives::Number | Gives::Entry, _) => Value::Number(None),
            };
        }
    }
    forget(state, at as u32);
    state.regs[0] = given;
    state.regs[1..=5].fill(Value::None);
}

/// Checks the argument in a register.
fn argument(
    run: &mut Run<'_>,
    at: usize,
    state: &mut State,
    (arg, reg): (Arg, usize),
    map: &mut Option<(u32, Map)>,
) {
    let value = state.regs[reg];
    let maps = run.program.maps;
    let mut wrong = |what: &str| {
        run.find(at, Rule::Argument, format!("`r{reg}` should be {what}"));
    };
    match (arg, value) {
        (_, Value::None) => wrong("set"),
        (Arg::Context, Value::Context) => {}
        (Arg::Context, _) => wrong("the context"),
        (Arg::Map(kinds), Value::Map(idx)) => match maps.get(idx as usize) {
            Some(known) if kinds.contains(&known.kind) => *map = Some((idx, *known)),
            _ => wrong("a map of another kind"),
        },
        (Arg::Map(_), _) => wrong("a map"),
        (Arg::Key, Value::Frame(offset)) => {
            let bytes = map.map_or(0, |(_, map)| map.key_bytes);
            access::read_bytes(run, at, state, offset, bytes);
        }
        (Arg::Value, Value::Frame(offset)) => {
            let bytes = map.map_or(0, |(_, map)| map.value_bytes);
            access::read_bytes(run, at, state, offset, bytes);
        }
        (Arg::Record, Value::Frame(offset)) => match length(state.regs[reg + 1]) {
            Some(bytes) => access::read_bytes(run, at, state, offset, bytes),
            None => wrong("as long as a known number says"),
        },
        (Arg::Buffer, Value::Frame(offset)) => match length(state.regs[reg + 1]) {
            Some(bytes) => {
                access::write_bytes(run, at, state, (offset, bytes), Byte::Copied(at as u32));
            }
            None => wrong("as long as a known number says"),
        },
        (Arg::Key | Arg::Value | Arg::Record | Arg::Buffer, _) => wrong("on the stack"),
        (Arg::Number, value) if value.is_number() => {}
        (Arg::Number, _) => run.find(at, Rule::PointerLeak, "a pointer is passed as a number"),
        (Arg::Flags(bits), value) => {
            let flags = value.known().unwrap_or(u64::MAX);
            if flags & !bits != 0 {
                wrong("flags that the function has");
            } else if bits & F_LOCK != 0
                && flags & F_LOCK == 0
                && map.is_some_and(|(_, map)| map.lock.is_some())
            {
                run.find(at, Rule::Lock, "an entry with a lock is replaced without it");
            }
        }
        (Arg::Length, value) => {
            if length(value).is_none() {
                wrong("a length that fits the stack");
            }
        }
        (Arg::Lock, Value::Entry { .. }) => {}
        (Arg::Lock, _) => wrong("a lock"),
    }
}

/// What an earlier turn got from the same call is no longer told apart by it.
fn forget(state: &mut State, call: u32) {
    for value in state.values_mut() {
        match value {
            Value::Entry { null: Null::Maybe(id), .. } | Value::Status(id) if *id == call => {
                *id = MANY;
            }
            _ => {}
        }
    }
}

/// A number of bytes that the stack can hold.
fn length(value: Value) -> Option<u32> {
    let bytes = value.known()?;
    (1..=512).contains(&bytes).then_some(bytes as u32)
}

/// Locks or unlocks the value whose lock `r1` names.
fn lock(run: &mut Run<'_>, at: usize, state: &mut State, takes: bool) {
    let Value::Entry { map, low, high, null } = state.regs[1] else { return };
    if let Null::Tested(call) = null {
        run.rely(call);
    }
    let place = run.program.maps.get(map as usize).and_then(|map| map.lock);
    if matches!(null, Null::Maybe(_)) || low != high || place.map(i64::from) != Some(i64::from(low))
    {
        run.find(at, Rule::Lock, "this is not where the value's lock stands");
    }
    let held = state.lock;
    if state.lock_differs {
        run.find(at, Rule::Lock, "paths that meet here have locked different values");
    }
    if takes {
        if held.is_some() {
            run.find(at, Rule::Lock, "a second lock");
        }
        state.lock = Some((map, low));
    } else {
        if held != Some((map, low)) {
            run.find(at, Rule::Lock, "this lock is not held");
        }
        state.lock = None;
    }
}
