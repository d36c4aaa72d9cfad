//! Trees and tokens as text, for `--emit ast` and `--emit tokens`.
//!
//! In: a file. Out: one line a node, indented under its parent, with byte offsets. The form is
//! stable: tests and tools may read it.

use super::ast::{
    Arg, Arm, Attr, Block, EnumCase, Expr, ExprKind, Field, FieldType, File, Handler, Item,
    ItemKind, LitKind, Name, Parm, Path, Pattern, PatternAtom, PatternField, PatternKind, Range,
    Stack, Stmt, StmtKind, Type, TypeArg, UnaryOp,
};
use super::visit::{self, Visitor};
use std::fmt::Write;
use syrup_diag::Span;

/// Every token: where it starts and ends, what it is, and its text.
pub fn dump_tokens(file: &File, text: &str) -> String {
    let mut out = String::new();
    for token in &file.tokens {
        let Span { file: _, start, end } = token.span;
        let slice = text.get(start as usize..end as usize).unwrap_or("");
        line(&mut out, 0, format_args!("{start}..{end} {:?} {slice:?}", token.kind));
    }
    out
}

/// The tree.
pub fn dump_ast(file: &File) -> String {
    let mut dump = Dump { out: String::new(), level: 0 };
    match &file.edition {
        Some(edition) => dump.line(edition.span, format_args!("edition {}", edition.year)),
        None => line(&mut dump.out, 0, format_args!("no edition")),
    }
    visit::walk_file(&mut dump, file);
    dump.out
}

fn line(out: &mut String, level: usize, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(out, "{:indent$}{text}", "", indent = level * 2);
}

struct Dump {
    out: String,
    level: usize,
}

impl Dump {
    fn line(&mut self, span: Span, text: std::fmt::Arguments<'_>) {
        let (start, end) = (span.start, span.end);
        line(&mut self.out, self.level, format_args!("{text} {start}..{end}"));
    }

    /// A line for a node and its children below.
    fn node(&mut self, span: Span, text: &str, walk: impl FnOnce(&mut Dump)) {
        self.line(span, format_args!("{text}"));
        self.level += 1;
        walk(self);
        self.level -= 1;
    }
}

fn lit_text(kind: &LitKind) -> String {
    match kind {
        LitKind::Int(value) => format!("int {value}"),
        LitKind::Duration(ns) => format!("duration {ns}ns"),
        LitKind::Str(text) => format!("str {text:?}"),
        LitKind::Bytes(bytes) => format!("bytes {bytes:?}"),
        LitKind::Hex(bytes) => format!("hex {bytes:02x?}"),
        LitKind::Bool(value) => format!("bool {value}"),
    }
}

fn item_text(kind: &ItemKind) -> String {
    match kind {
        ItemKind::Use(_) => "use".to_owned(),
        ItemKind::Const(_) => "const".to_owned(),
        ItemKind::Param(_) => "param".to_owned(),
        ItemKind::Enum(_) => "enum".to_owned(),
        ItemKind::Header(_) => "header".to_owned(),
        ItemKind::Struct(_) => "struct".to_owned(),
        ItemKind::Map(_) => "map".to_owned(),
        ItemKind::State(_) => "state".to_owned(),
        ItemKind::Executors(_) => "executors".to_owned(),
        ItemKind::Queue(_) => "queue".to_owned(),
        ItemKind::Fn(_) => "fn".to_owned(),
        ItemKind::Policy(_) => "policy".to_owned(),
        ItemKind::Test(test) => format!("test {}", lit_text(&test.name.kind)),
        ItemKind::Record(_) => "record".to_owned(),
        ItemKind::Error => "error".to_owned(),
    }
}

fn expr_text(kind: &ExprKind) -> String {
    let text = match kind {
        ExprKind::Name(name) => return format!("name {name}"),
        ExprKind::Lit(kind) => return lit_text(kind),
        ExprKind::Unary { op, operand: _ } => {
            let op = match op {
                UnaryOp::Not => "!",
                UnaryOp::Invert => "~",
                UnaryOp::Minus => "-",
            };
            return format!("unary {op}");
        }
        ExprKind::Binary { op, op_span: _, left: _, right: _ } => {
            return format!("binary {}", op.as_str());
        }
        ExprKind::Pick(pick) => {
            let filter = if pick.filter.is_some() { " where" } else { "" };
            let order = pick
                .order
                .as_ref()
                .map_or(String::new(), |(order, _)| format!(" {order:?}").to_ascii_lowercase());
            return format!("pick{filter}{order}");
        }
        ExprKind::Else { value: _, fallback: _ } => "else",
        ExprKind::Field { base: _, name: _ } => "field",
        ExprKind::Call { callee: _, args: _ } => "call",
        ExprKind::Index { base: _, index: _ } => "index",
        ExprKind::List(_) => "list",
        ExprKind::Paren(_) => "paren",
        ExprKind::If(_) => "if",
        ExprKind::Match(_) => "match",
        ExprKind::Update(_) => "update",
        ExprKind::Return(_) => "return",
        ExprKind::Block(_) => "block-value",
        ExprKind::Error => "error",
    };
    text.to_owned()
}

fn stmt_text(kind: &StmtKind) -> &'static str {
    match kind {
        StmtKind::Let(_) => "let",
        StmtKind::Var(_) => "var",
        StmtKind::Expr(_) => "statement",
        StmtKind::Assign { place: _, value: _ } => "assign",
        StmtKind::Given { name: _, value: _ } => "given",
        StmtKind::Expect(_) => "expect",
        StmtKind::For { name: _, range: _, body: _ } => "for",
        StmtKind::Error => "error",
    }
}

impl Visitor for Dump {
    fn item(&mut self, node: &Item) {
        let public = if node.public.is_some() { "pub " } else { "" };
        let text = format!("{public}{}", item_text(&node.kind));
        self.node(node.span, &text, |dump| visit::walk_item(dump, node));
    }

    fn attr(&mut self, node: &Attr) {
        self.node(node.span, "attribute", |dump| visit::walk_attr(dump, node));
    }

    fn arg(&mut self, node: &Arg) {
        self.node(node.span, "argument", |dump| visit::walk_arg(dump, node));
    }

    fn enum_case(&mut self, node: &EnumCase) {
        self.node(node.span, "case", |dump| visit::walk_enum_case(dump, node));
    }

    fn field(&mut self, node: &Field) {
        self.node(node.span, "field", |dump| visit::walk_field(dump, node));
    }

    fn parm(&mut self, node: &Parm) {
        self.node(node.span, "parameter", |dump| visit::walk_parm(dump, node));
    }

    fn handler(&mut self, node: &Handler) {
        self.node(node.span, "on", |dump| visit::walk_handler(dump, node));
    }

    fn field_type(&mut self, node: &FieldType) {
        visit::walk_field_type(self, node);
    }

    fn ty(&mut self, node: &Type) {
        let text = if node.optional { "type optional" } else { "type" };
        self.node(node.span, text, |dump| {
            dump.path(&node.path);
            for arg in &node.args {
                match arg {
                    TypeArg::Type(ty) => dump.ty(ty),
                    TypeArg::Int(lit) => {
                        dump.line(lit.span, format_args!("{}", lit_text(&lit.kind)))
                    }
                }
            }
            node.index.iter().for_each(|index| visit::walk_index(dump, index));
        });
    }

    fn range(&mut self, node: &Range) {
        let ends = match (&node.start, &node.end) {
            (Some(_), Some(_)) => "a, b",
            (Some(_), None) => "a, -",
            (None, Some(_)) => "-, b",
            (None, None) => "-, -",
        };
        let dots = if node.inclusive { "..=" } else { ".." };
        let text = format!("range {dots} {ends}");
        self.node(node.span, &text, |dump| visit::walk_range(dump, node));
    }

    fn pattern(&mut self, node: &Pattern) {
        self.node(node.span, "pattern", |dump| visit::walk_pattern(dump, node));
    }

    fn stack(&mut self, node: &Stack) {
        self.node(node.span, "stack", |dump| visit::walk_stack(dump, node));
    }

    fn atom(&mut self, node: &PatternAtom) {
        let text = match &node.kind {
            PatternKind::Any => "any".to_owned(),
            PatternKind::Lit(lit) => lit_text(&lit.kind),
            PatternKind::Range { start, end, inclusive } => {
                let dots = if *inclusive { "..=" } else { ".." };
                format!("from {} {dots} {}", lit_text(&start.kind), lit_text(&end.kind))
            }
            PatternKind::Named { path: _, index: _, fields: _, bind } => {
                if bind.is_some() { "layer as" } else { "layer" }.to_owned()
            }
            PatternKind::Error => "error".to_owned(),
        };
        self.node(node.span, &text, |dump| visit::walk_atom(dump, node));
    }

    fn pattern_field(&mut self, node: &PatternField) {
        let text = if node.pattern.is_some() { "compare" } else { "bind" };
        self.node(node.span, text, |dump| visit::walk_pattern_field(dump, node));
    }

    fn block(&mut self, node: &Block) {
        let text = if node.value.is_some() { "block with value" } else { "block" };
        self.node(node.span, text, |dump| visit::walk_block(dump, node));
    }

    fn stmt(&mut self, node: &Stmt) {
        self.node(node.span, stmt_text(&node.kind), |dump| visit::walk_stmt(dump, node));
    }

    fn arm(&mut self, node: &Arm) {
        let text = if node.guard.is_some() { "arm with guard" } else { "arm" };
        self.node(node.span, text, |dump| visit::walk_arm(dump, node));
    }

    fn expr(&mut self, node: &Expr) {
        self.node(node.span, &expr_text(&node.kind), |dump| visit::walk_expr(dump, node));
    }

    fn path(&mut self, node: &Path) {
        let parts: Vec<&str> = node.parts.iter().map(|part| part.text.as_str()).collect();
        self.line(node.span, format_args!("path {}", parts.join(".")));
    }

    fn name(&mut self, node: &Name) {
        self.line(node.span, format_args!("name {}", node.text));
    }
}
