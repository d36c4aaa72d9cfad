//! Patterns: what an arm or an `after` clause matches.

use super::{Expr, Lit, Name, Path};
use syrup_diag::Span;

/// A pattern: alternatives of stacks.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The whole of it.
    pub span: Span,
    /// At least one.
    pub stacks: Vec<Stack>,
}

/// Layers one after the other: `udp / Request(op: SCAN)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// The whole of it.
    pub span: Span,
    /// At least one.
    pub layers: Vec<PatternAtom>,
}

/// One layer of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternAtom {
    /// The whole of it.
    pub span: Span,
    /// What it is.
    pub kind: PatternKind,
}

/// What a layer of a pattern is.
#[derive(Clone, Debug, PartialEq)]
pub enum PatternKind {
    /// `_`
    Any,
    /// A literal.
    Lit(Lit),
    /// `1..=5`
    Range {
        /// The first number.
        start: Lit,
        /// The last, or one past it.
        end: Lit,
        /// Whether the end belongs to it.
        inclusive: bool,
    },
    /// A header, a case of an enum, a constant, a result such as `Taken`.
    Named {
        /// Its name.
        path: Path,
        /// `[8]`: the header's parameter.
        index: Option<Box<Expr>>,
        /// The fields, where parentheses stand.
        fields: Option<Vec<PatternField>>,
        /// `as name`.
        bind: Option<Name>,
    },
    /// Text that is no pattern.
    Error,
}

/// A field in a pattern: `user` binds, `op: SCAN` compares.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternField {
    /// The whole of it.
    pub span: Span,
    /// The field.
    pub name: Name,
    /// What it must match; nothing where the name is bound.
    pub pattern: Option<Pattern>,
}
