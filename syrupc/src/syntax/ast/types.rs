//! Types, ranges and what stands between square brackets.

use super::{Expr, Lit, Path};
use syrup_diag::Span;

/// A type with an optional range: `u32 in 1..=8`.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldType {
    /// The whole of it.
    pub span: Span,
    /// The type.
    pub ty: Type,
    /// The range.
    pub range: Option<Range>,
}

/// A type: `Hash<u32, Bucket, 10>`, `bytes[6]`, `u64?`.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// The whole of it.
    pub span: Span,
    /// Its name.
    pub path: Path,
    /// What stands between `<` and `>`.
    pub args: Vec<TypeArg>,
    /// What stands between `[` and `]`.
    pub index: Option<Box<Index>>,
    /// Whether `?` follows.
    pub optional: bool,
}

/// An argument of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeArg {
    /// A type, or a name that stands for a number or a set.
    Type(Type),
    /// A number.
    Int(Lit),
}

/// `a..b`, `a..=b`, `a..`, `..b`, `..`
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The whole of it.
    pub span: Span,
    /// Where it starts.
    pub start: Option<Box<Expr>>,
    /// Where it ends.
    pub end: Option<Box<Expr>>,
    /// Whether the end belongs to it.
    pub inclusive: bool,
}

/// What stands between `[` and `]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    /// One value.
    At(Expr),
    /// A range.
    Range(Range),
}
