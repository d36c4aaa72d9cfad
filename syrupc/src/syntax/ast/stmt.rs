//! Blocks and statements.

use super::{Expr, FieldType, Name, Range};
use syrup_diag::Span;

/// `{ statements; value }`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The whole of it, braces included.
    pub span: Span,
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// The value it ends with.
    pub value: Option<Box<Expr>>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Stmt {
    /// The whole of it.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub enum StmtKind {
    /// `let x: u32 = e;`
    Let(Let),
    /// `var x: u32 = e;`
    Var(Let),
    /// `e;` or a `match`, `if`, `update` in statement position.
    Expr(Expr),
    /// `place = e;`
    Assign {
        /// What is assigned.
        place: Expr,
        /// The new value.
        value: Expr,
    },
    /// `given workers: 3;`
    Given {
        /// What is given.
        name: Name,
        /// As what.
        value: Expr,
    },
    /// `expect e;`
    Expect(Expr),
    /// `for i in a..b { ... }`
    For {
        /// The index.
        name: Name,
        /// What it runs over.
        range: Range,
        /// The body.
        body: Block,
    },
    /// Text that is no statement.
    Error,
}

/// The parts of `let` and `var`.
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// The name.
    pub name: Name,
    /// Its type.
    pub ty: Option<FieldType>,
    /// Its value.
    pub value: Expr,
}
