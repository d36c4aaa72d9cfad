//! What holds of every tree, and the files of the repository to make trees of.

use std::path::{Path, PathBuf};
use syrup_diag::{Span, limits};
use syrupc::syntax::ast;
use syrupc::syntax::visit::{self, Visitor};

/// Every `.syr` file below a folder of the repository, with its path from there, in order.
pub fn files_below(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "syr") {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                let name = path.strip_prefix(&root).unwrap_or(&path);
                found.push((name.to_string_lossy().into_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// Whole policies that must parse.
pub fn corpus() -> Vec<(String, String)> {
    files_below("tests/corpus")
}

/// The standard library.
pub fn stdlib() -> Vec<(String, String)> {
    files_below("stdlib")
}

/// What `check_tree` counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Checked {
    /// Nodes.
    pub n_nodes: usize,
    /// Error nodes.
    pub n_errors: usize,
    /// The deepest nesting of expressions, blocks, patterns and types.
    pub depth: u32,
}

/// Checks what holds of every tree: tokens cover the text, spans nest and stand on the edges of
/// tokens, no nesting is deeper than the limit.
pub fn check_tree(file: &ast::File, text: &str) -> Checked {
    let mut edges = vec![0u32];
    for token in &file.tokens {
        assert_eq!(Some(&token.span.start), edges.last(), "a gap before {token:?}");
        assert!(token.span.end > token.span.start, "{token:?}");
        edges.push(token.span.end);
    }
    assert_eq!(edges.last().copied(), Some(text.len() as u32), "tokens cover the text");
    let whole = Span::new(file.id, 0, text.len() as u32);
    let mut walk = Walk { edges, parents: vec![whole], level: 0, checked: Checked::default() };
    visit::walk_file(&mut walk, file);
    assert!(walk.checked.depth <= limits::NESTING_MAX, "depth {}", walk.checked.depth);
    walk.checked
}

struct Walk {
    edges: Vec<u32>,
    parents: Vec<Span>,
    level: u32,
    checked: Checked,
}

impl Walk {
    fn node(&mut self, span: Span, deepens: bool, walk: impl FnOnce(&mut Walk)) {
        let parent = *self.parents.last().expect("a parent");
        assert!(parent.contains(span), "{span:?} is outside of {parent:?}");
        assert!(span.start <= span.end, "{span:?}");
        for edge in [span.start, span.end] {
            assert!(self.edges.binary_search(&edge).is_ok(), "{edge} is inside of a token");
        }
        self.checked.n_nodes += 1;
        self.parents.push(span);
        self.level += u32::from(deepens);
        self.checked.depth = self.checked.depth.max(self.level);
        walk(self);
        self.level -= u32::from(deepens);
        self.parents.pop();
    }

    fn count_error(&mut self, is_error: bool) {
        self.checked.n_errors += usize::from(is_error);
    }
}

macro_rules! checked_nodes {
    ($($name:ident $node:ident $deepens:literal $walk:ident $error:expr;)*) => {
        impl Visitor for Walk {
            $(fn $name(&mut self, node: &ast::$node) {
                let is_error: fn(&ast::$node) -> bool = $error;
                self.count_error(is_error(node));
                self.node(node.span, $deepens, |walk| visit::$walk(walk, node));
            })*
        }
    };
}

checked_nodes! {
    item Item false walk_item |node| node.kind == ast::ItemKind::Error;
    attr Attr false walk_attr |_| false;
    arg Arg false walk_arg |_| false;
    enum_case EnumCase false walk_enum_case |_| false;
    field Field false walk_field |_| false;
    parm Parm false walk_parm |_| false;
    handler Handler false walk_handler |_| false;
    field_type FieldType false walk_field_type |_| false;
    ty Type true walk_type |_| false;
    range Range false walk_range |_| false;
    pattern Pattern false walk_pattern |_| false;
    stack Stack false walk_stack |_| false;
    atom PatternAtom true walk_atom |node| node.kind == ast::PatternKind::Error;
    pattern_field PatternField false walk_pattern_field |_| false;
    block Block true walk_block |_| false;
    stmt Stmt false walk_stmt |node| node.kind == ast::StmtKind::Error;
    arm Arm false walk_arm |_| false;
    expr Expr true walk_expr |node| node.kind == ast::ExprKind::Error;
    path Path false walk_path |_| false;
    name Name false walk_name |_| false;
}
