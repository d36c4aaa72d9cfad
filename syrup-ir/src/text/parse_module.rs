//! Parses a module: header lines, then functions.

use super::lex::{Line, Lines, Token};
use super::parse_func;
use crate::layout::{max_of, storage_bytes};
use crate::{
    Access, Base, Budget, Cap, Caps, Else, EnumInfo, ExecutorKind, Field, HookInfo, Layout, Map,
    MapKind, Module, Param, Queue, QueueOrder, Scalar, ScalarKind, Set, SetId,
};
use std::sync::Arc;
use syrup_diag::limits::NESTING_MAX;

/// A whole module.
pub(super) fn module(lines: &mut Lines) -> Result<Module, String> {
    let mut module = Module {
        name: "".into(),
        hook: HookInfo { name: "".into(), window: Base::Frame, caps: Caps::NONE },
        licence: "".into(),
        budget: None,
        sets: Vec::new(),
        maps: Vec::new(),
        queues: Vec::new(),
        params: Vec::new(),
        funcs: Vec::new(),
    };
    module.name = required(lines, "module", |line| Ok(line.name()?.into()))?;
    module.hook = required(lines, "hook", hook)?;
    module.licence = required(lines, "licence", |line| Ok(line.text("a string")?.into()))?;
    while let Some(mut line) = lines.next() {
        let keyword = line.word("`budget`, `set`, `map`, `queue`, `param` or `func`")?;
        match keyword.as_str() {
            "budget" => {
                let insns = line.number()?;
                module.budget = Some(Budget { insns, span: line.span()? });
            }
            "set" => {
                expect_id(&mut line, 's', module.sets.len())?;
                module.sets.push(set(&mut line)?);
            }
            "map" => {
                expect_id(&mut line, 'm', module.maps.len())?;
                module.maps.push(map(&mut line)?);
            }
            "queue" => {
                expect_id(&mut line, 'q', module.queues.len())?;
                module.queues.push(queue(&mut line)?);
            }
            "param" => {
                expect_id(&mut line, 'p', module.params.len())?;
                module.params.push(param(&mut line)?);
            }
            "func" => {
                module.funcs.push(parse_func::func(line, lines)?);
                continue;
            }
            other => {
                return line.error(format_args!(
                    "expected `budget`, `set`, `map`, `queue`, `param` or `func`, found {other}"
                ));
            }
        }
        line.end()?;
    }
    Ok(module)
}

/// A line that has to come next and begins with `keyword`.
fn required<T>(
    lines: &mut Lines,
    keyword: &str,
    parse: impl FnOnce(&mut Line) -> Result<T, String>,
) -> Result<T, String> {
    let Some(mut line) = lines.next() else {
        return Err(format!("the text ends before its `{keyword}` line"));
    };
    line.keyword(keyword)?;
    let item = parse(&mut line)?;
    line.end()?;
    Ok(item)
}

fn expect_id(line: &mut Line, prefix: char, next: usize) -> Result<(), String> {
    let id = line.id(prefix)?;
    if id as usize != next {
        return line.error(format_args!("{prefix}{id} is out of order, expected {prefix}{next}"));
    }
    Ok(())
}

fn hook(line: &mut Line) -> Result<HookInfo, String> {
    let name = line.name()?.into();
    line.keyword("window")?;
    let window = base(line)?;
    let mut caps = Caps::NONE;
    if line.eat_word("caps") {
        loop {
            let word = line.word("a capability")?;
            match Cap::ALL.iter().find(|(_, name)| *name == word) {
                Some(&(cap, _)) => caps = caps.with(cap),
                None if word == "all" => caps = Caps::ALL,
                None => return line.error(format_args!("no capability is called {word}")),
            }
            if !line.eat(",") {
                break;
            }
        }
    }
    Ok(HookInfo { name, window, caps })
}

/// A base: `frame`, `net` or `transport`.
pub(super) fn base(line: &mut Line) -> Result<Base, String> {
    match line.word("a base")?.as_str() {
        "frame" => Ok(Base::Frame),
        "net" => Ok(Base::Net),
        "transport" => Ok(Base::Transport),
        other => line.error(format_args!("no base is called {other}")),
    }
}

fn set(line: &mut Line) -> Result<Set, String> {
    let name = line.name()?.into();
    line.punct(":")?;
    let kind = match line.word("a kind of executor")?.as_str() {
        "socket" => ExecutorKind::Socket,
        "core" => ExecutorKind::Core,
        "queue" => ExecutorKind::Queue,
        other => return line.error(format_args!("no executor is called {other}")),
    };
    line.punct("[")?;
    let capacity = line.number_u32()?;
    line.punct("]")?;
    line.keyword("else")?;
    let or_else = match line.word("`pass` or `drop`")?.as_str() {
        "pass" => Else::Pass,
        "drop" => Else::Drop,
        other => return line.error(format_args!("expected `pass` or `drop`, found {other}")),
    };
    Ok(Set { name, kind, capacity, or_else, span: line.span()? })
}

fn map(line: &mut Line) -> Result<Map, String> {
    let name = line.name()?.into();
    line.punct(":")?;
    let kind = map_kind(line)?;
    line.punct("[")?;
    let entries = line.number_u32()?;
    line.punct("]")?;
    line.keyword("key")?;
    let key = layout(line, 0)?;
    line.keyword("value")?;
    let value = layout(line, 0)?;
    let mut user = Access::None;
    if line.eat_word("user") {
        user = match line.word("an access")?.as_str() {
            "read" => Access::Read,
            "write" => Access::Write,
            "add" => Access::Add,
            other => return line.error(format_args!("no access is called {other}")),
        };
    }
    let pin = if line.eat_word("pin") { Some(line.text("a path")?.into()) } else { None };
    let initial = if line.eat_word("initial") { hex(line)? } else { Vec::new() };
    Ok(Map { name, kind, key, value, entries, initial, pin, user, span: line.span()? })
}

fn map_kind(line: &mut Line) -> Result<MapKind, String> {
    Ok(match line.word("a kind of map")?.as_str() {
        "state" => MapKind::State,
        "array" => MapKind::Array,
        "hash" => MapKind::Hash,
        "lru_hash" => MapKind::LruHash,
        "per_cpu_state" => MapKind::PerCpuState,
        "per_cpu_array" => MapKind::PerCpuArray,
        "per_task" => MapKind::PerTask,
        "maglev" => {
            line.punct("(")?;
            let set = SetId(line.id('s')?);
            line.punct(")")?;
            MapKind::Maglev(set)
        }
        "lpm" => MapKind::Lpm,
        "log" => MapKind::Log,
        other => return line.error(format_args!("no kind of map is called {other}")),
    })
}

fn queue(line: &mut Line) -> Result<Queue, String> {
    let name = line.name()?.into();
    line.punct(":")?;
    let order = match line.word("`fifo` or `ordered`")?.as_str() {
        "fifo" => QueueOrder::Fifo,
        "ordered" => QueueOrder::Ordered,
        other => return line.error(format_args!("no order is called {other}")),
    };
    line.punct("[")?;
    let capacity = line.number_u32()?;
    line.punct("]")?;
    Ok(Queue { name, order, capacity, span: line.span()? })
}

fn hex(line: &mut Line) -> Result<Vec<u8>, String> {
    let text = line.text("hex digits")?;
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    match digits {
        Some(digits) if digits.len() % 2 == 0 => {
            Ok(digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect())
        }
        _ => line.error("expected pairs of hex digits"),
    }
}

fn param(line: &mut Line) -> Result<Param, String> {
    let name = line.name()?.into();
    line.punct(":")?;
    let layout = layout(line, 0)?;
    line.punct("=")?;
    let default = line.number()?;
    line.keyword("in")?;
    let range = range(line)?;
    Ok(Param { name, layout, range, default, span: line.span()? })
}

fn range(line: &mut Line) -> Result<(u64, u64), String> {
    let lo = line.number()?;
    line.punct("..=")?;
    Ok((lo, line.number()?))
}

fn layout(line: &mut Line, depth: u32) -> Result<Layout, String> {
    if depth > NESTING_MAX {
        return line.error("structs nested too deeply");
    }
    if line.eat_word("bytes") {
        line.punct("[")?;
        let n = line.number_u32()?;
        line.punct("]")?;
        return Ok(Layout::Bytes(n));
    }
    if line.eat_word("struct") {
        return structure(line, depth);
    }
    scalar(line).map(Layout::Scalar)
}

fn structure(line: &mut Line, depth: u32) -> Result<Layout, String> {
    let name = line.name()?.into();
    line.punct("[")?;
    let size = line.number_u32()?;
    line.punct(",")?;
    let align = line.number_u32()?;
    line.punct("]")?;
    line.punct("{")?;
    let mut fields = Vec::new();
    while !line.eat("}") {
        let name = line.name()?.into();
        line.punct("+")?;
        let offset = line.number_u32()?;
        line.punct(":")?;
        fields.push(Field { name, offset, layout: layout(line, depth + 1)? });
        if !line.eat(",") {
            line.punct("}")?;
            break;
        }
    }
    Ok(Layout::Struct { name, fields, size, align })
}

fn scalar(line: &mut Line) -> Result<Scalar, String> {
    let kind = if line.eat_word("bool") {
        ScalarKind::Bool
    } else if line.eat_word("atomic") {
        ScalarKind::Atomic
    } else if line.eat_word("time") {
        ScalarKind::Time
    } else if line.eat_word("duration") {
        ScalarKind::Duration
    } else if line.eat_word("enum") {
        ScalarKind::Enum(Arc::new(cases(line)?))
    } else if line.eat_word("exec") {
        ScalarKind::Exec(SetId(line.id('s')?))
    } else if line.eat_word("task") {
        ScalarKind::Task
    } else if line.eat_word("lock") {
        ScalarKind::Lock
    } else {
        ScalarKind::Int
    };
    let bits = bits(line)?;
    let mut bytes = storage_bytes(bits);
    if line.eat("/") {
        let n = line.number()?;
        match u8::try_from(n) {
            Ok(n) => bytes = n,
            Err(_) => return line.error(format_args!("{n} bytes are too many for a number")),
        }
    }
    let range = if line.eat_word("in") { range(line)? } else { (0, max_of(bits)) };
    Ok(Scalar { bits, bytes, kind, range })
}

/// The width of an integer type: 32 for `u32`.
pub(super) fn bits(line: &mut Line) -> Result<u8, String> {
    let bits = line.id('u')?;
    match u8::try_from(bits) {
        Ok(bits) => Ok(bits),
        Err(_) => line.error(format_args!("no integer has {bits} bits")),
    }
}

fn cases(line: &mut Line) -> Result<EnumInfo, String> {
    let name = line.name()?.into();
    line.punct("{")?;
    let mut cases = Vec::new();
    while !line.eat("}") {
        let case = line.name()?.into();
        line.punct("=")?;
        cases.push((case, line.number()?));
        if matches!(line.peek(), Some(Token::Punct(","))) {
            line.punct(",")?;
        }
    }
    Ok(EnumInfo { name, cases })
}
