//! What a piece of broken syntax would only repeat in other words.
//!
//! In: the main file's tree and everything reported. Out: fewer reports. A statement in which the
//! parser already found something wrong is perhaps not what its author means, and a body with
//! such a statement perhaps does not end where it seems to: what analysis says of these waits until
//! the syntax is right.

use crate::syntax::ast::{self, Block, Expr, Stmt};
use crate::syntax::visit::{self, Visitor};
use syrup_diag::{Code, Diagnostics, Span};

/// Statements, values of blocks, and the closing braces of blocks.
#[derive(Default)]
struct Places {
    statements: Vec<Span>,
    blocks: Vec<Span>,
}

impl Visitor for Places {
    fn block(&mut self, block: &Block) {
        self.blocks.push(block.span);
        let value = |value: &Expr| value.span;
        self.statements.extend(block.value.as_deref().map(value));
        visit::walk_block(self, block);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.statements.push(stmt.span);
        visit::walk_stmt(self, stmt);
    }
}

/// Whether the parser reports it.
fn is_syntax(code: Code) -> bool {
    code.as_str().starts_with("E00")
}

/// Forgets what is wrong with statements that are broken.
pub(super) fn hush(file: &ast::File, diags: &mut Diagnostics) {
    let broken: Vec<Span> =
        diags.iter().filter(|d| is_syntax(d.code)).map(|d| d.primary.span).collect();
    let items = file.items.iter().filter(|item| broken.iter().any(|at| touches(item.span, *at)));
    let mut places = Places::default();
    items.for_each(|item| places.item(item));
    let mut silent = Vec::new();
    for at in broken {
        let around = places.statements.iter().filter(|span| touches(**span, at));
        silent.extend(around.min_by_key(|span| span.end - span.start).copied());
        let ends = places.blocks.iter().filter(|span| touches(**span, at));
        silent.extend(ends.map(|span| Span::new(span.file, span.end.saturating_sub(1), span.end)));
    }
    diags.retain(|d| is_syntax(d.code) || !silent.iter().any(|span| span.contains(d.primary.span)));
}

/// Whether something is wrong inside of a place or right behind it.
fn touches(place: Span, at: Span) -> bool {
    place.file == at.file && place.start <= at.start && at.start <= place.end
}
