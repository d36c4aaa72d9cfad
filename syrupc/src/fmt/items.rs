//! Declarations, types and patterns as layout.

use super::build::{Builder, Style};
use super::doc::Doc;
use crate::syntax::ast::{
    Arg, Attr, Const, Enum, Executors, Field, FieldType, File, Handler, Header, Index, Item,
    ItemKind, Map, Parm, Path, Pattern, PatternAtom, PatternField, PatternKind, Policy, PolicyBody,
    Range, Record, Stack, State, Test, Type, TypeArg,
};

/// A whole file.
pub(super) fn file(b: &mut Builder<'_>, file: &File) -> Doc {
    let mut parts = Vec::new();
    if file.edition.is_some() {
        parts.extend([b.line_lead(true), b.word("edition"), b.next(), b.end(";")]);
    }
    for (at, item) in file.items.iter().enumerate() {
        let is_first = at == 0 && file.edition.is_none();
        parts.extend([b.line_lead(is_first), self::item(b, item)]);
    }
    parts.extend([b.trail(), Doc::Hard]);
    Doc::all(parts)
}

fn item(b: &mut Builder<'_>, item: &Item) -> Doc {
    let mut parts = vec![attrs(b, &item.attrs, &Doc::Hard)];
    if item.public.is_some() {
        parts.push(b.word("pub"));
    }
    parts.push(match &item.kind {
        ItemKind::Use(node) => Doc::all([b.word("use"), path(b, node), b.end(";")]),
        ItemKind::Const(def) => constant(b, "const", def),
        ItemKind::Param(def) => constant(b, "param", def),
        ItemKind::Enum(def) => enumeration(b, def),
        ItemKind::Header(def) => header(b, def),
        ItemKind::Struct(def) => {
            let head = [b.word("struct"), b.next(), Doc::text(" ")];
            let fields = b.list(("{", "}"), &def.fields, Style::FIELDS, field).group();
            Doc::all(head.into_iter().chain([fields]))
        }
        ItemKind::Map(def) => map(b, "map", def),
        ItemKind::Queue(def) => map(b, "queue", def),
        ItemKind::State(def) => state(b, def),
        ItemKind::Executors(def) => executors(b, def),
        ItemKind::Fn(def) => {
            let mut parts = vec![b.word("fn"), b.next()];
            parts.push(b.list(("(", ")"), &def.params, Style::LIST, parm).group());
            if let Some(result) = &def.result {
                parts.extend([Doc::text(" "), b.word("->"), ty(b, result)]);
            }
            parts.extend([Doc::text(" "), b.block(&def.body).group()]);
            Doc::all(parts)
        }
        ItemKind::Policy(def) => policy(b, def),
        ItemKind::Test(def) => test(b, def),
        ItemKind::Record(def) => record(b, def),
        // A broken file is not formatted.
        ItemKind::Error => Doc::none(),
    });
    Doc::all(parts)
}

/// Attributes, each followed by a blank or a line end as it was; the last by `gap` at least.
fn attrs(b: &mut Builder<'_>, attrs: &[Attr], gap: &Doc) -> Doc {
    let mut parts = Vec::new();
    for (at, node) in attrs.iter().enumerate() {
        parts.extend([b.eat("@"), b.next()]);
        if b.peek() == "(" {
            parts.push(b.list(("(", ")"), &node.args, Style::LIST, arg).group());
        }
        let ends = b.line_ends_here();
        let last = at + 1 == attrs.len();
        parts.push(match (ends, last) {
            (true, _) => Doc::Hard,
            (false, true) => gap.clone(),
            (false, false) => Doc::text(" "),
        });
    }
    Doc::all(parts)
}

/// `name: value`, or only a value.
pub(super) fn arg(b: &mut Builder<'_>, arg: &Arg) -> Doc {
    if arg.name.is_none() {
        return b.expr(&arg.value);
    }
    Doc::all([b.next(), b.word(":"), b.expr(&arg.value)])
}

fn constant(b: &mut Builder<'_>, word: &str, def: &Const) -> Doc {
    Doc::all([
        b.word(word),
        b.next(),
        b.word(":"),
        field_type(b, &def.ty),
        Doc::text(" "),
        b.word("="),
        b.expr(&def.value).nest(),
        b.end(";"),
    ])
}

fn enumeration(b: &mut Builder<'_>, def: &Enum) -> Doc {
    let head = [b.word("enum"), b.next(), b.word(":"), ty(b, &def.ty), Doc::text(" ")];
    let style = Style { fills: true, ..Style::FIELDS };
    let cases = b.list(("{", "}"), &def.cases, style, |b, case| {
        Doc::all([b.next(), Doc::text(" "), b.word("="), b.expr(&case.value)])
    });
    Doc::all(head.into_iter().chain([cases.group()]))
}

fn header(b: &mut Builder<'_>, def: &Header) -> Doc {
    let mut head = vec![b.word("header"), b.next()];
    if !def.params.is_empty() {
        head.push(b.list(("[", "]"), &def.params, Style::LIST, parm).group());
    }
    if def.after.is_empty() {
        head.push(Doc::text(" "));
    } else {
        let after = Doc::all([Doc::Line, b.word("after"), stacks(b, &def.after)]);
        head.extend([after.nest(), Doc::Line]);
    }
    let fields = b.list(("{", "}"), &def.fields, Style::FIELDS, field).group();
    Doc::all([Doc::all(head).group(), fields])
}

fn field(b: &mut Builder<'_>, field: &Field) -> Doc {
    let gap = Doc::text(" ");
    let mut parts = vec![attrs(b, &field.attrs, &gap), b.next(), b.word(":")];
    parts.push(field_type(b, &field.ty));
    if let Some(value) = &field.equals {
        parts.extend([gap, b.word("=="), b.expr(value)]);
    }
    Doc::all(parts)
}

/// `name: type`
fn parm(b: &mut Builder<'_>, parm: &Parm) -> Doc {
    Doc::all([b.next(), b.word(":"), field_type(b, &parm.ty)])
}

fn map(b: &mut Builder<'_>, word: &str, def: &Map) -> Doc {
    Doc::all([b.word(word), b.next(), b.word(":"), ty(b, &def.ty), b.end(";")])
}

fn state(b: &mut Builder<'_>, def: &State) -> Doc {
    let mut parts = vec![b.word("state"), b.next(), b.word(":"), ty(b, &def.ty)];
    if let Some(value) = &def.value {
        parts.extend([Doc::text(" "), b.word("="), b.expr(value)]);
    }
    parts.push(b.end(";"));
    Doc::all(parts)
}

fn executors(b: &mut Builder<'_>, def: &Executors) -> Doc {
    let mut parts = vec![b.word("executors"), b.next(), b.word(":")];
    for at in 0..def.kinds.len() {
        if at > 0 {
            parts.extend([Doc::text(" "), b.word("|")]);
        }
        parts.push(b.next());
    }
    parts.extend((def.kinds.len() > 1).then(|| Doc::text(" ")));
    parts.extend([b.eat("["), b.expr(&def.capacity), b.eat("]"), Doc::text(" ")]);
    parts.extend([b.word("else"), b.expr(&def.or_else), b.end(";")]);
    Doc::all(parts)
}

fn policy(b: &mut Builder<'_>, def: &Policy) -> Doc {
    let mut parts = vec![b.word("policy"), b.next()];
    if let PolicyBody::Function { param, body: _ } = &def.body {
        parts.extend([b.eat("("), parm(b, param), b.eat(")")]);
    }
    parts.extend([Doc::text(" "), b.word("->"), ty(b, &def.result), Doc::text(" ")]);
    parts.push(match &def.body {
        PolicyBody::Function { param: _, body } => b.block(body).group(),
        PolicyBody::Events(handlers) => {
            let body = b.list(("{", "}"), handlers, Style::BLOCK, handler);
            body.group()
        }
    });
    Doc::all(parts)
}

fn handler(b: &mut Builder<'_>, handler: &Handler) -> Doc {
    let params = [b.word("on"), b.next()];
    let names = b.list(("(", ")"), &handler.params, Style::LIST, |b, _| b.next());
    let body = b.gap_block(&handler.body).group();
    Doc::all(params.into_iter().chain([names.group(), body]))
}

fn test(b: &mut Builder<'_>, def: &Test) -> Doc {
    let mut parts = vec![b.word("test"), b.next()];
    if def.forall.is_empty() {
        parts.push(Doc::text(" "));
    } else {
        let mut names = vec![Doc::text(" "), b.word("forall")];
        for (at, name) in def.forall.iter().enumerate() {
            names.push(parm(b, name));
            if at + 1 < def.forall.len() {
                names.extend([b.eat(","), Doc::Line]);
            } else if b.peek() == "," {
                names.push(b.eat(","));
            }
        }
        parts.extend([Doc::all(names).nest(), Doc::Line]);
    }
    Doc::all([Doc::all(parts).group(), b.block(&def.body).group()])
}

fn record(b: &mut Builder<'_>, def: &Record) -> Doc {
    let head = [b.next(), Doc::text(" "), b.next(), Doc::text(" ")];
    let entries = b.list(("{", "}"), &def.entries, Style::FIELDS, arg).group();
    Doc::all(head.into_iter().chain([entries]))
}

/// `a.b.c`
pub(super) fn path(b: &mut Builder<'_>, path: &Path) -> Doc {
    let mut parts = vec![b.next()];
    for _ in path.parts.iter().skip(1) {
        parts.extend([b.eat("."), b.next()]);
    }
    Doc::all(parts)
}

/// A type with its range.
pub(super) fn field_type(b: &mut Builder<'_>, node: &FieldType) -> Doc {
    let mut parts = vec![ty(b, &node.ty)];
    if let Some(range) = &node.range {
        parts.extend([Doc::text(" "), b.word("in"), self::range(b, range)]);
    }
    Doc::all(parts)
}

fn ty(b: &mut Builder<'_>, node: &Type) -> Doc {
    let mut parts = vec![path(b, &node.path)];
    if !node.args.is_empty() {
        let args = b.list(("<", ">"), &node.args, Style::LIST, |b, arg| match arg {
            TypeArg::Type(node) => ty(b, node),
            TypeArg::Int(_) => b.next(),
        });
        parts.push(args.group());
    }
    if let Some(index) = &node.index {
        parts.extend([b.eat("["), self::index(b, index), b.eat("]")]);
    }
    parts.extend(node.optional.then(|| b.eat("?")));
    Doc::all(parts)
}

/// `a..b`
pub(super) fn range(b: &mut Builder<'_>, node: &Range) -> Doc {
    let mut parts = Vec::new();
    parts.extend(node.start.as_ref().map(|start| b.expr(start)));
    parts.push(b.eat(if node.inclusive { "..=" } else { ".." }));
    parts.extend(node.end.as_ref().map(|end| b.expr(end)));
    Doc::all(parts)
}

/// What stands between square brackets.
pub(super) fn index(b: &mut Builder<'_>, node: &Index) -> Doc {
    match node {
        Index::At(expr) => b.expr(expr),
        Index::Range(node) => range(b, node),
    }
}

/// A pattern, in the group of whoever asks.
pub(super) fn pattern(b: &mut Builder<'_>, node: &Pattern) -> Doc {
    stacks(b, &node.stacks)
}

fn stacks(b: &mut Builder<'_>, stacks: &[Stack]) -> Doc {
    let mut rows = stacks.iter();
    let first = rows.next().map_or_else(Doc::none, |node| stack(b, node));
    let rest = rows.flat_map(|node| [Doc::Line, b.word("|"), stack(b, node)]);
    let rest = Doc::all(rest).nest();
    Doc::all([first, rest])
}

fn stack(b: &mut Builder<'_>, node: &Stack) -> Doc {
    if let [only] = &*node.layers {
        return atom(b, only);
    }
    let mut layers = Vec::new();
    for (at, layer) in node.layers.iter().enumerate() {
        let slash = if at > 0 { b.word("/") } else { Doc::none() };
        layers.push(Doc::all([slash, atom(b, layer)]));
    }
    Doc::fill(layers).nest()
}

fn atom(b: &mut Builder<'_>, atom: &PatternAtom) -> Doc {
    match &atom.kind {
        PatternKind::Any | PatternKind::Lit(_) | PatternKind::Error => b.next(),
        PatternKind::Range { start: _, end: _, inclusive: _ } => {
            Doc::all([b.next(), b.next(), b.next()])
        }
        PatternKind::Named { path: name, index, fields, bind } => {
            let mut parts = vec![path(b, name)];
            if let Some(index) = index {
                parts.extend([b.eat("["), b.expr(index), b.eat("]")]);
            }
            if let Some(fields) = fields {
                parts.push(b.list(("(", ")"), fields, Style::LIST, pattern_field).group());
            }
            if bind.is_some() {
                parts.extend([Doc::text(" "), b.word("as"), b.next()]);
            }
            Doc::all(parts)
        }
    }
}

fn pattern_field(b: &mut Builder<'_>, field: &PatternField) -> Doc {
    let Some(node) = &field.pattern else { return b.next() };
    Doc::all([b.next(), b.word(":"), pattern(b, node).group()])
}
