//! The grammar for editors agrees with the compiler's: for every policy of the repository that
//! the compiler reads without a complaint, both trees have the same nodes at the same places.
//!
//! In: every `.syr` file. Out: a failure with the first difference. The queries are compiled, and
//! each of their names is one that the grammar has.

use std::collections::BTreeSet;
use syrup_diag::{Diagnostics, FileId, Span};
use syrupc::syntax::ast::{
    Arm, Attr, Block, EnumCase, Expr, ExprKind, Field, Handler, Item, Parm, Pattern, PatternAtom,
    PatternField, Range, Stack, Stmt, StmtKind, Type,
};
use syrupc::syntax::visit::{self, Visitor};
use tree_sitter::{Language, Node, Parser, Query};

/// Kind and bytes of a node.
type Place = (&'static str, u32, u32);

/// The compiler's nodes.
#[derive(Default)]
struct Ours(BTreeSet<Place>);

impl Ours {
    fn add(&mut self, kind: &'static str, span: Span) {
        self.0.insert((kind, span.start, span.end));
    }
}

macro_rules! collect {
    ($($method:ident $node:ident $walk:ident $kind:literal,)*) => {$(
        fn $method(&mut self, node: &$node) {
            self.add($kind, node.span);
            visit::$walk(self, node);
        }
    )*};
}

impl Visitor for Ours {
    collect! {
        item Item walk_item "item",
        attr Attr walk_attr "attribute",
        enum_case EnumCase walk_enum_case "case",
        field Field walk_field "field",
        parm Parm walk_parm "parameter",
        handler Handler walk_handler "handler",
        ty Type walk_type "type",
        range Range walk_range "range",
        pattern Pattern walk_pattern "pattern",
        stack Stack walk_stack "stack",
        atom PatternAtom walk_atom "layer",
        pattern_field PatternField walk_pattern_field "field_pattern",
        block Block walk_block "block",
        arm Arm walk_arm "arm",
    }

    fn stmt(&mut self, node: &Stmt) {
        let kind = match &node.kind {
            StmtKind::Let(_) => Some("let"),
            StmtKind::Var(_) => Some("var"),
            StmtKind::Assign { .. } => Some("assignment"),
            StmtKind::Given { .. } => Some("given"),
            StmtKind::Expect(_) => Some("expect"),
            StmtKind::For { .. } => Some("for"),
            // The expression is compared by itself.
            StmtKind::Expr(_) | StmtKind::Error => None,
        };
        if let Some(kind) = kind {
            self.add(kind, node.span);
        }
        visit::walk_stmt(self, node);
    }

    fn expr(&mut self, node: &Expr) {
        let kind = match &node.kind {
            ExprKind::Name(_) => "name",
            ExprKind::Unary { .. } => "unary",
            ExprKind::Binary { .. } => "binary",
            ExprKind::Else { .. } => "fallback",
            ExprKind::Pick(_) => "pick",
            ExprKind::Field { .. } => "access",
            ExprKind::Call { .. } => "call",
            ExprKind::Index { .. } => "index",
            ExprKind::List(_) => "list",
            ExprKind::Paren(_) => "parenthesized",
            ExprKind::If(_) => "if",
            ExprKind::Match(_) => "match",
            ExprKind::Update(_) => "update",
            ExprKind::Return(_) => "return",
            // A literal is a token, a block is collected as one.
            ExprKind::Lit(_) | ExprKind::Block(_) | ExprKind::Error => "",
        };
        if !kind.is_empty() {
            self.add(kind, node.span);
        }
        visit::walk_expr(self, node);
    }
}

/// The kinds that are compared; those of declarations are all `item`.
const KINDS: [&str; 33] = [
    "attribute",
    "case",
    "field",
    "parameter",
    "handler",
    "type",
    "range",
    "pattern",
    "stack",
    "layer",
    "field_pattern",
    "block",
    "arm",
    "let",
    "var",
    "assignment",
    "given",
    "expect",
    "for",
    "name",
    "unary",
    "binary",
    "fallback",
    "pick",
    "access",
    "call",
    "index",
    "list",
    "parenthesized",
    "if",
    "match",
    "update",
    "return",
];

const ITEMS: [&str; 14] = [
    "use",
    "const",
    "param",
    "enum",
    "header",
    "struct",
    "map",
    "state",
    "executors",
    "queue",
    "function",
    "policy",
    "test",
    "record",
];

fn theirs(node: Node<'_>, found: &mut BTreeSet<Place>) {
    if node.is_named() {
        let is_item = node.parent().is_some_and(|parent| parent.kind() == "source_file");
        let kind = match is_item && ITEMS.contains(&node.kind()) {
            true => Some("item"),
            false => KINDS.into_iter().find(|kind| *kind == node.kind()),
        };
        let (start, end) = (node.start_byte() as u32, node.end_byte() as u32);
        found.extend(kind.map(|kind| (kind, start, end)));
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        theirs(child, found);
    }
}

fn parser() -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_syrup::LANGUAGE.into()).expect("the versions fit");
    parser
}

#[test]
fn both_trees_have_the_same_nodes() {
    let mut parser = parser();
    let (mut n_files, mut n_nodes) = (0, 0);
    let mut faults = Vec::new();
    for path in syrup_tests::listing::policies_below("") {
        let name = path.strip_prefix(syrup_tests::root()).unwrap_or(&path).to_owned();
        if name.starts_with("target") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut diags = Diagnostics::new();
        let file = syrupc::syntax::parse(FileId(0), &text, &mut diags);
        if !diags.is_empty() {
            continue;
        }
        let mut ours = Ours::default();
        visit::walk_file(&mut ours, &file);
        let tree = parser.parse(&text, None).expect("nothing cancels it");
        let mut found = BTreeSet::new();
        theirs(tree.root_node(), &mut found);
        n_files += 1;
        n_nodes += found.len();
        if let Some((kind, start, end)) = ours.0.symmetric_difference(&found).next() {
            let who = if found.contains(&(*kind, *start, *end)) { "editors" } else { "compiler" };
            let line = text[..*start as usize].lines().count().max(1);
            let part = &text[*start as usize..*end as usize];
            faults.push(format!("{}:{line}: only the {who}: {kind} `{part}`", name.display()));
        } else if tree.root_node().has_error() {
            faults.push(format!("{}: an error", name.display()));
        }
    }
    assert!(faults.is_empty(), "{} of {n_files}:\n{}", faults.len(), faults.join("\n"));
    assert!(n_files > 150 && n_nodes > 10_000, "only {n_files} files, {n_nodes} nodes");
}

#[test]
fn what_is_half_typed_leaves_the_rest() {
    let text =
        "edition 2026;\npolicy p(pkt: Packet -> verdict { pass }\nmap m: Hash<u32, u32, 8>;\n";
    let tree = parser().parse(text, None).expect("nothing cancels it");
    assert!(tree.root_node().has_error());
    let mut found = BTreeSet::new();
    theirs(tree.root_node(), &mut found);
    let map = text.find("map").map(|at| at as u32);
    assert!(found.iter().any(|place| Some(place.1) == map), "{found:?}");
}

#[test]
fn queries_name_what_the_grammar_has() {
    let language: Language = tree_sitter_syrup::LANGUAGE.into();
    for query in
        [tree_sitter_syrup::HIGHLIGHTS, tree_sitter_syrup::FOLDS, tree_sitter_syrup::INDENTS]
    {
        let query = Query::new(&language, query).expect("it names nodes of the grammar");
        assert!(query.pattern_count() > 0);
    }
}

#[test]
fn zed_has_the_same_query() {
    // Zed reads queries from the folder of its language only.
    let theirs = syrup_tests::root().join("editors/zed/languages/syrup/highlights.scm");
    let theirs = std::fs::read_to_string(theirs).expect("the file is there");
    assert_eq!(theirs, tree_sitter_syrup::HIGHLIGHTS, "copy the query of tree-sitter-syrup");
}
