//! Parses functions, blocks, instructions and terminators.
//!
//! It accepts what `verify` would reject wherever the data can hold it: unknown ids, wrong types,
//! a value defined twice. It cannot hold a gap between value ids, so that is an error here.

use super::lex::{Line, Lines};
use super::parse_module::{base, bits};
use crate::{
    AtomicOp, BinOp, Block, BlockData, Cause, CmpOp, Edge, Func, Inst, MapId, Meta, Op, Order,
    ParamId, QueueId, SetId, TaskField, Term, ThreadOp, ThreadVerdict, Ty, Value, ValueData,
    ValueDef, Verdict,
};
use std::collections::BTreeMap;
use syrup_diag::Span;

/// A function whose `func` keyword was taken already.
pub(super) fn func(mut first: Line, lines: &mut Lines) -> Result<Func, String> {
    let name = first.name()?.into();
    let span = first.span()?;
    first.punct("{")?;
    first.end()?;
    let mut body = Body::default();
    let mut blocks = Vec::new();
    loop {
        let Some(mut line) = lines.next() else {
            return first.error(format_args!("function {name} has no closing brace"));
        };
        if line.eat("}") {
            line.end()?;
            break;
        }
        let block = Block(line.id('b')?);
        if block.idx() != blocks.len() {
            return line.error(format_args!("{block} is out of order, expected b{}", blocks.len()));
        }
        blocks.push(body.block(line, block, lines)?);
    }
    Ok(Func { name, blocks, values: body.dense(&first)?, span })
}

/// The values seen so far; the first definition of an id counts.
#[derive(Default)]
struct Body {
    values: BTreeMap<Value, ValueData>,
}

impl Body {
    fn dense(self, first: &Line) -> Result<Vec<ValueData>, String> {
        for (at, value) in self.values.keys().enumerate() {
            if value.idx() != at {
                return first.error(format_args!("v{at} is never defined, but {value} is"));
            }
        }
        Ok(self.values.into_values().collect())
    }

    fn define(&mut self, value: Value, ty: Ty, def: ValueDef, span: Span) {
        self.values.entry(value).or_insert(ValueData { ty, def, span });
    }

    fn block(&mut self, mut line: Line, id: Block, lines: &mut Lines) -> Result<BlockData, String> {
        let mut params = Vec::new();
        if line.eat("(") {
            while !line.eat(")") {
                let value = Value(line.id('v')?);
                line.punct(":")?;
                let ty = ty(&mut line)?;
                let def = ValueDef::Param(id, params.len() as u32);
                self.define(value, ty, def, line.span()?);
                params.push(value);
                if !line.eat(",") {
                    line.punct(")")?;
                    break;
                }
            }
        }
        line.punct(":")?;
        line.end()?;
        let mut insts = Vec::new();
        for mut line in lines.by_ref() {
            if let Some(term) = term(&mut line)? {
                let span = line.span()?;
                line.end()?;
                return Ok(BlockData { params, insts, term, span });
            }
            let inst = self.inst(&mut line, id, insts.len())?;
            line.end()?;
            insts.push(inst);
        }
        line.error(format_args!("{id} has no terminator"))
    }

    fn inst(&mut self, line: &mut Line, block: Block, at: usize) -> Result<Inst, String> {
        let result = if line.is_id('v') {
            let value = Value(line.id('v')?);
            line.punct(":")?;
            let ty = ty(line)?;
            line.punct("=")?;
            Some((value, ty))
        } else {
            None
        };
        let op = op(line)?;
        let span = line.span()?;
        if let Some((value, ty)) = result {
            self.define(value, ty, ValueDef::Inst(block, at as u32), span);
        }
        Ok(Inst { result: result.map(|(value, _)| value), op, span })
    }
}

fn ty(line: &mut Line) -> Result<Ty, String> {
    if line.eat_word("task") {
        Ok(Ty::Task)
    } else if line.eat_word("view") {
        Ok(Ty::View)
    } else if line.eat_word("cell") {
        Ok(Ty::Cell(MapId(line.id('m')?)))
    } else if line.eat_word("exec") {
        Ok(Ty::Exec(SetId(line.id('s')?)))
    } else {
        Ok(Ty::Int(bits(line)?))
    }
}

fn value(line: &mut Line) -> Result<Value, String> {
    line.id('v').map(Value)
}

fn two(line: &mut Line) -> Result<(Value, Value), String> {
    let a = value(line)?;
    line.punct(",")?;
    Ok((a, value(line)?))
}

fn list(line: &mut Line, open: &str, close: &str) -> Result<Vec<Value>, String> {
    let mut values = Vec::new();
    line.punct(open)?;
    while !line.eat(close) {
        values.push(value(line)?);
        if !line.eat(",") {
            line.punct(close)?;
            break;
        }
    }
    Ok(values)
}

/// `v3 + 8`: a view or cell and the offset in it.
fn place(line: &mut Line) -> Result<(Value, u32), String> {
    let base = value(line)?;
    line.punct("+")?;
    Ok((base, line.number_u32()?))
}

fn op(line: &mut Line) -> Result<Op, String> {
    let word = line.word("an operation")?;
    if let Some(&op) = BinOp::ALL.iter().find(|op| op.name() == word) {
        let (a, b) = two(line)?;
        return Ok(Op::Bin(op, a, b));
    }
    if let Some(&op) = CmpOp::ALL.iter().find(|op| op.name() == word) {
        let (a, b) = two(line)?;
        return Ok(Op::Cmp(op, a, b));
    }
    if let Some(&op) = AtomicOp::ALL.iter().find(|op| op.name() == word) {
        let (cell, offset) = place(line)?;
        line.punct(",")?;
        return Ok(Op::Atomic { op, cell, offset, value: value(line)? });
    }
    if let Some(op) = map_op(&word, line)? {
        return Ok(op);
    }
    match thread_op(&word, line)? {
        Some(op) => Ok(Op::Thread(op)),
        None => plain_op(&word, line),
    }
}

/// The operations on maps.
fn map_op(word: &str, line: &mut Line) -> Result<Option<Op>, String> {
    Ok(Some(match word {
        "state" => Op::StateCell(MapId(line.id('m')?)),
        "read" => {
            let (cell, offset) = place(line)?;
            Op::Read { cell, offset }
        }
        "write" => {
            let (cell, offset) = place(line)?;
            line.punct(",")?;
            Op::Write { cell, offset, value: value(line)? }
        }
        "insert" => {
            let map = MapId(line.id('m')?);
            let key = list(line, "[", "]")?;
            line.punct("=")?;
            Op::Insert { map, key, value: list(line, "[", "]")? }
        }
        "lock" => Op::Lock(value(line)?),
        "unlock" => Op::Unlock(value(line)?),
        "remove" => Op::Remove { map: MapId(line.id('m')?), key: list(line, "[", "]")? },
        _ => return Ok(None),
    }))
}

/// The operations on threads, cores and queues.
fn thread_op(word: &str, line: &mut Line) -> Result<Option<ThreadOp>, String> {
    Ok(Some(match word {
        "task" => {
            let task = value(line)?;
            line.punct(",")?;
            let name = line.word("a field of a thread")?;
            match TaskField::ALL.iter().find(|row| row.1 == name) {
                Some(row) => ThreadOp::Field(row.0, task),
                None => return line.error(format_args!("a thread has no field {name}")),
            }
        }
        "allowed" => {
            let (task, core) = two(line)?;
            ThreadOp::Allowed(task, core)
        }
        "is_idle" => ThreadOp::IsIdle(value(line)?),
        "claim" => ThreadOp::Claim(value(line)?),
        "queue_len" => ThreadOp::QueueLen(QueueId(line.id('q')?)),
        _ => return Ok(None),
    }))
}

/// The operations that touch no map.
fn plain_op(word: &str, line: &mut Line) -> Result<Op, String> {
    Ok(match word {
        "const" => Op::Const(line.number()?),
        "param" => Op::Param(ParamId(line.id('p')?)),
        "select" => {
            let (cond, yes) = two(line)?;
            line.punct(",")?;
            Op::Select(cond, yes, value(line)?)
        }
        "convert" => Op::Convert(value(line)?),
        "byteswap" => Op::ByteSwap(value(line)?),
        "reduce" => {
            let (hash, n) = two(line)?;
            Op::Reduce(hash, n)
        }
        "load" => {
            let (view, offset) = place(line)?;
            let order = match line.word("`be` or `le`")?.as_str() {
                "be" => Order::Big,
                "le" => Order::Little,
                other => return line.error(format_args!("expected `be` or `le`, found {other}")),
            };
            Op::Load { view, offset, order }
        }
        "meta" => {
            let name = line.word("a field of the hook")?;
            match Meta::ALL.iter().find(|row| row.1 == name) {
                Some(row) => Op::Meta(row.0),
                None => return line.error(format_args!("the hook has no field {name}")),
            }
        }
        "now" => Op::Now,
        "random" if line.is_id('v') => Op::Random(Some(value(line)?)),
        "random" => Op::Random(None),
        "cpu" => Op::Cpu,
        "len" => Op::SetLen(SetId(line.id('s')?)),
        "executor" => {
            let set = SetId(line.id('s')?);
            line.punct(",")?;
            Op::Executor(set, value(line)?)
        }
        "generation" => {
            let set = SetId(line.id('s')?);
            line.punct(",")?;
            Op::Generation(set, value(line)?)
        }
        "slot" => Op::SlotOf(value(line)?),
        other => return line.error(format_args!("no operation is called {other}")),
    })
}

fn edge(line: &mut Line) -> Result<Edge, String> {
    let (block, args) = target(line)?;
    Ok(Edge { block, args })
}

fn target(line: &mut Line) -> Result<(Block, Vec<Value>), String> {
    let block = Block(line.id('b')?);
    let has_args = matches!(line.peek(), Some(super::lex::Token::Punct("(")));
    Ok((block, if has_args { list(line, "(", ")")? } else { Vec::new() }))
}

fn edges_else(line: &mut Line) -> Result<(Edge, Edge), String> {
    line.punct(",")?;
    let first = edge(line)?;
    line.keyword("else")?;
    Ok((first, edge(line)?))
}

/// A terminator, if the line is one.
fn term(line: &mut Line) -> Result<Option<Term>, String> {
    let term = if line.eat_word("jump") {
        Term::Jump(edge(line)?)
    } else if line.eat_word("br") {
        let cond = value(line)?;
        line.punct(",")?;
        let yes = edge(line)?;
        line.punct(",")?;
        Term::Branch { cond, yes, no: edge(line)? }
    } else if line.eat_word("view") {
        let base = base(line)?;
        line.punct("+")?;
        let offset = line.number_u32()?;
        let at = if line.eat("+") { Some(value(line)?) } else { None };
        line.keyword("len")?;
        let len = line.number_u32()?;
        let (ok, short) = edges_else(line)?;
        Term::View { base, offset, at, len, ok, short }
    } else if line.eat_word("lookup") {
        let map = MapId(line.id('m')?);
        let key = list(line, "[", "]")?;
        let (found, missing) = edges_else(line)?;
        Term::Lookup { map, key, found, missing }
    } else if line.eat_word("loop") {
        let end = value(line)?;
        line.keyword("max")?;
        let max = line.number_u32()?;
        let (body, exit) = edges_else(line)?;
        Term::Loop { end, max, body, exit }
    } else if line.eat_word("pop") {
        let queue = QueueId(line.id('q')?);
        line.punct(",")?;
        let core = value(line)?;
        line.keyword("else")?;
        Term::Pop { queue, core, empty: edge(line)? }
    } else if line.eat_word("next") {
        let (header, args) = target(line)?;
        Term::Next { header, args }
    } else if line.eat_word("return") {
        verdict(line)?
    } else {
        return Ok(None);
    };
    Ok(Some(term))
}

fn verdict(line: &mut Line) -> Result<Term, String> {
    let verdict = match line.word("a verdict")?.as_str() {
        "pass" => Verdict::Pass,
        "drop" => Verdict::Drop,
        "steer" => Verdict::Steer(value(line)?),
        "enqueue" => {
            let queue = QueueId(line.id('q')?);
            let key = if line.eat_word("at") { Some(value(line)?) } else { None };
            Verdict::Thread(ThreadVerdict::Enqueue { queue, key })
        }
        "preempt" => Verdict::Thread(ThreadVerdict::Preempt(value(line)?)),
        "keep" => Verdict::Thread(ThreadVerdict::Keep),
        "idle" => Verdict::Thread(ThreadVerdict::Idle),
        other => return line.error(format_args!("no verdict is called {other}")),
    };
    let cause = if line.eat_word("empty") {
        Cause::EmptySet(SetId(line.id('s')?))
    } else if line.eat_word("no_slot") {
        Cause::NoSlot(SetId(line.id('s')?))
    } else if line.eat_word("unreachable") {
        Cause::Unreachable
    } else {
        Cause::Written
    };
    Ok(Term::Return { verdict, cause })
}
