//! Prints functions, blocks, instructions and terminators.

use super::print_module::base_name;
use super::{PrintOptions, name, put, put_span};
use crate::{
    Block, Cause, Edge, Func, Inst, Op, Order, Term, ThreadOp, ThreadVerdict, Value, Verdict,
};

/// A whole function.
pub(super) fn func(out: &mut String, func: &Func, options: PrintOptions) {
    put(out, format_args!("func {}", name(&func.name)));
    put_span(out, func.span, options);
    out.push_str(" {\n");
    for (at, block) in func.blocks.iter().enumerate() {
        put(out, format_args!("{}", Block(at as u32)));
        for (position, &param) in block.params.iter().enumerate() {
            out.push_str(if position == 0 { "(" } else { ", " });
            typed(out, func, param);
            if let Some(data) = func.values.get(param.idx()) {
                put_span(out, data.span, options);
            }
        }
        out.push_str(if block.params.is_empty() { ":\n" } else { "):\n" });
        for line in &block.insts {
            out.push_str("    ");
            inst(out, func, line);
            put_span(out, line.span, options);
            out.push('\n');
        }
        out.push_str("    ");
        term(out, &block.term);
        put_span(out, block.span, options);
        out.push('\n');
    }
    out.push_str("}\n");
}

/// A value with its type; one that the function does not have shows as `?`.
fn typed(out: &mut String, func: &Func, value: Value) {
    put(out, format_args!("{value}: "));
    match func.values.get(value.idx()) {
        Some(data) => put(out, format_args!("{}", data.ty)),
        None => out.push('?'),
    }
}

/// An instruction: its result, its operation's name and its operands.
pub(super) fn inst(out: &mut String, func: &Func, inst: &Inst) {
    if let Some(result) = inst.result {
        typed(out, func, result);
        out.push_str(" = ");
    }
    out.push_str(inst.op.info().name);
    match &inst.op {
        Op::Const(number) => put(out, format_args!(" {number}")),
        Op::Param(param) => put(out, format_args!(" {param}")),
        Op::Bin(_, a, b) | Op::Cmp(_, a, b) | Op::Reduce(a, b) => {
            put(out, format_args!(" {a}, {b}"));
        }
        Op::Select(cond, yes, no) => put(out, format_args!(" {cond}, {yes}, {no}")),
        Op::Convert(a) | Op::ByteSwap(a) | Op::SlotOf(a) | Op::Lock(a) | Op::Unlock(a) => {
            put(out, format_args!(" {a}"))
        }
        Op::Load { view, offset, order } => {
            let order = match order {
                Order::Big => "be",
                Order::Little => "le",
            };
            put(out, format_args!(" {view} + {offset} {order}"));
        }
        Op::Meta(meta) => put(out, format_args!(" {}", meta.name())),
        Op::Now | Op::Cpu | Op::Random(None) => {}
        Op::Random(Some(bound)) => put(out, format_args!(" {bound}")),
        Op::SetLen(set) => put(out, format_args!(" {set}")),
        Op::Executor(set, slot) | Op::Generation(set, slot) => {
            put(out, format_args!(" {set}, {slot}"))
        }
        Op::StateCell(map) => put(out, format_args!(" {map}")),
        Op::Read { cell, offset } => put(out, format_args!(" {cell} + {offset}")),
        Op::Write { cell, offset, value } | Op::Atomic { op: _, cell, offset, value } => {
            put(out, format_args!(" {cell} + {offset}, {value}"));
        }
        Op::Insert { map, key, value } => {
            put(out, format_args!(" {map} "));
            values(out, "[", key, "]");
            out.push_str(" = ");
            values(out, "[", value, "]");
        }
        Op::Remove { map, key } => {
            put(out, format_args!(" {map} "));
            values(out, "[", key, "]");
        }
        Op::Thread(ThreadOp::Field(field, task)) => {
            put(out, format_args!(" {task}, {}", field.name()));
        }
        Op::Thread(ThreadOp::Allowed(task, core)) => put(out, format_args!(" {task}, {core}")),
        Op::Thread(ThreadOp::IsIdle(core) | ThreadOp::Claim(core)) => {
            put(out, format_args!(" {core}"));
        }
        Op::Thread(ThreadOp::QueueLen(queue)) => put(out, format_args!(" {queue}")),
    }
}

fn values(out: &mut String, open: &str, values: &[Value], close: &str) {
    out.push_str(open);
    for (at, value) in values.iter().enumerate() {
        put(out, format_args!("{}{value}", if at == 0 { "" } else { ", " }));
    }
    out.push_str(close);
}

fn edge(out: &mut String, edge: &Edge) {
    target(out, edge.block, &edge.args);
}

fn target(out: &mut String, block: Block, args: &[Value]) {
    put(out, format_args!("{block}"));
    if !args.is_empty() {
        values(out, "(", args, ")");
    }
}

/// Two edges with the word that stands between them.
fn edges(out: &mut String, first: &Edge, word: &str, second: &Edge) {
    edge(out, first);
    out.push_str(word);
    edge(out, second);
}

/// A terminator.
pub(super) fn term(out: &mut String, term: &Term) {
    match term {
        Term::Jump(to) => {
            out.push_str("jump ");
            edge(out, to);
        }
        Term::Branch { cond, yes, no } => {
            put(out, format_args!("br {cond}, "));
            edges(out, yes, ", ", no);
        }
        Term::View { base, offset, at, len, ok, short } => {
            put(out, format_args!("view {} + {offset}", base_name(*base)));
            if let Some(at) = at {
                put(out, format_args!(" + {at}"));
            }
            put(out, format_args!(" len {len}, "));
            edges(out, ok, " else ", short);
        }
        Term::Lookup { map, key, found, missing } => {
            put(out, format_args!("lookup {map} "));
            values(out, "[", key, "]");
            out.push_str(", ");
            edges(out, found, " else ", missing);
        }
        Term::Loop { end, max, body, exit } => {
            put(out, format_args!("loop {end} max {max}, "));
            edges(out, body, " else ", exit);
        }
        Term::Pop { queue, core, empty } => {
            put(out, format_args!("pop {queue}, {core} else "));
            edge(out, empty);
        }
        Term::Next { header, args } => {
            out.push_str("next ");
            target(out, *header, args);
        }
        Term::Return { verdict, cause } => {
            match verdict {
                Verdict::Pass => out.push_str("return pass"),
                Verdict::Drop => out.push_str("return drop"),
                Verdict::Steer(executor) => put(out, format_args!("return steer {executor}")),
                Verdict::Thread(verdict) => thread_verdict(out, *verdict),
            }
            match cause {
                Cause::Written => {}
                Cause::EmptySet(set) => put(out, format_args!(" empty {set}")),
                Cause::NoSlot(set) => put(out, format_args!(" no_slot {set}")),
                Cause::Unreachable => out.push_str(" unreachable"),
            }
        }
    }
}

/// A verdict that only an event has.
fn thread_verdict(out: &mut String, verdict: ThreadVerdict) {
    match verdict {
        ThreadVerdict::Enqueue { queue, key: None } => {
            put(out, format_args!("return enqueue {queue}"));
        }
        ThreadVerdict::Enqueue { queue, key: Some(key) } => {
            put(out, format_args!("return enqueue {queue} at {key}"));
        }
        ThreadVerdict::Preempt(core) => put(out, format_args!("return preempt {core}")),
        ThreadVerdict::Keep => out.push_str("return keep"),
        ThreadVerdict::Idle => out.push_str("return idle"),
    }
}
