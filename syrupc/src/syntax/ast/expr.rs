//! Expressions and literals.

use super::{Arg, Block, Index, Name, Pattern};
use syrup_diag::Span;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// The whole of it.
    pub span: Span,
    /// Levels of nesting below and including it; the parser keeps it within the limit.
    pub depth: u32,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A name.
    Name(String),
    /// A literal.
    Lit(LitKind),
    /// `!e`, `~e`, `-e`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `a + b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where the operator stands.
        op_span: Span,
        /// The left operand.
        left: Box<Expr>,
        /// The right operand.
        right: Box<Expr>,
    },
    /// `value else fallback`
    Else {
        /// What may be missing.
        value: Box<Expr>,
        /// What then.
        fallback: Box<Expr>,
    },
    /// `pick w from set where ... least ...`
    Pick(Box<Pick>),
    /// `base.name`
    Field {
        /// What has the field.
        base: Box<Expr>,
        /// The field.
        name: Name,
    },
    /// `callee(args)`
    Call {
        /// What is called.
        callee: Box<Expr>,
        /// The arguments.
        args: Vec<Arg>,
    },
    /// `base[index]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// By what.
        index: Box<Index>,
    },
    /// `[a, b]`
    List(Vec<Expr>),
    /// `(e)`
    Paren(Box<Expr>),
    /// `if c { } else { }`
    If(Box<If>),
    /// `match e { arms }`
    Match(Box<Match>),
    /// `update m[k] as b { } else { }`
    Update(Box<Update>),
    /// `return e`
    Return(Box<Expr>),
    /// `{ ... }`, only on the right of `else`.
    Block(Box<Block>),
    /// Text that is no expression.
    Error,
}

/// `if`
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// The condition.
    pub cond: Expr,
    /// Taken when it holds.
    pub then: Block,
    /// Taken otherwise: a block, or another `if`.
    pub otherwise: Option<Expr>,
}

/// `match`
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// What is matched.
    pub scrutinee: Expr,
    /// The arms in order.
    pub arms: Vec<Arm>,
}

/// An arm of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The whole of it.
    pub span: Span,
    /// What it matches.
    pub pattern: Pattern,
    /// `if` guard.
    pub guard: Option<Expr>,
    /// What it gives.
    pub body: Expr,
}

/// `update place as name { body } else { otherwise }`
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The entry.
    pub place: Expr,
    /// The name of the entry in the body.
    pub name: Name,
    /// What happens under the lock.
    pub body: Block,
    /// What happens where the entry is missing.
    pub otherwise: Option<Block>,
}

/// `pick`
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// The candidate's name.
    pub name: Name,
    /// Where candidates come from.
    pub from: Expr,
    /// What must hold of them.
    pub filter: Option<Expr>,
    /// `least e` or `most e`.
    pub order: Option<(PickOrder, Expr)>,
}

/// Which candidate wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickOrder {
    /// The smallest.
    Least,
    /// The largest.
    Most,
}

/// A literal where only a literal may stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Lit {
    /// Where.
    pub span: Span,
    /// Which.
    pub kind: LitKind,
}

/// A literal.
#[derive(Clone, Debug, PartialEq)]
pub enum LitKind {
    /// A number; too large ones were reported and read as `u64::MAX`.
    Int(u64),
    /// Nanoseconds; too large ones were reported and read as `u64::MAX`.
    Duration(u64),
    /// `"..."` without its quotes.
    Str(String),
    /// `b"..."`
    Bytes(Vec<u8>),
    /// `hex"..."`
    Hex(Vec<u8>),
    /// `true`, `false`
    Bool(bool),
}

/// One operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `~`
    Invert,
    /// `-`: parsed so that it can be explained.
    Minus,
}

/// Two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `||`
    OrElse,
    /// `&&`
    AndThen,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `&`
    And,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `+%`
    AddWrap,
    /// `-%`
    SubWrap,
    /// `+|`
    AddSat,
    /// `-|`
    SubSat,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `*%`
    MulWrap,
}

impl BinaryOp {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            BinaryOp::OrElse => "||",
            BinaryOp::AndThen => "&&",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Or => "|",
            BinaryOp::Xor => "^",
            BinaryOp::And => "&",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::AddWrap => "+%",
            BinaryOp::SubWrap => "-%",
            BinaryOp::AddSat => "+|",
            BinaryOp::SubSat => "-|",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
            BinaryOp::MulWrap => "*%",
        }
    }
}

impl Expr {
    /// An expression one level above its deepest part.
    pub fn new(span: Span, depth: u32, kind: ExprKind) -> Expr {
        Expr { span, depth, kind }
    }

    /// Without any parentheses around it.
    pub fn unparenthesized(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// The name it is, where it is one.
    pub fn as_name(&self) -> Option<&str> {
        match &self.kind {
            ExprKind::Name(name) => Some(name),
            _ => None,
        }
    }
}
