//! Expressions, statements and patterns of the typed tree.

use super::*;
use crate::syntax::ast;
use syrup_diag::Span;
use syrup_ir::{Interval, Meta};

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its type.
    pub ty: Type,
    /// Values it may have, where it is a number; of a run of bytes, the lengths.
    pub range: Interval,
    /// Its text.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A number of any scalar type.
    Int(u64),
    /// A parameter's value.
    Param(ParamId),
    /// A local's value.
    Local(LocalId),
    /// Two operands of one scalar type.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// A comparison of two operands of one type.
    Compare(ast::BinaryOp, Box<Expr>, Box<Expr>),
    /// `&&`, `||`: the right operand is evaluated when it matters.
    Logic {
        /// Whether it is `&&`.
        and: bool,
        /// Evaluated first.
        left: Box<Expr>,
        /// Evaluated when it matters.
        right: Box<Expr>,
    },
    /// `!`
    Not(Box<Expr>),
    /// Order of two numbers that wrap.
    Wrapping(WrapOrder, Box<Expr>, Box<Expr>),
    /// Another width or kind of number; the value is kept, or cut where the type is narrower.
    Convert(Box<Expr>),
    /// The upper half of a number, as the narrower type.
    HighHalf(Box<Expr>),
    /// A run of bytes as it is written.
    Bytes(Vec<u8>),
    /// The length of a run of bytes.
    Len(Box<Expr>),
    /// A byte of a run; the index was proved to be inside.
    Byte(Box<Expr>, Box<Expr>),
    /// A part of a run, from an index to before another; both were proved to be inside.
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// A run with its ASCII capitals as small letters.
    Lower(Box<Expr>),
    /// MurmurHash3_x86_32 with seed 0 of a value's bytes.
    Hash(Box<Expr>),
    /// The evaluation's time.
    Now,
    /// A fresh draw.
    Random,
    /// What the hook knows of the packet.
    Meta(Meta),
    /// Addresses, ports and protocol of the packet, where it has them.
    Flow,
    /// The length of a set.
    SetLen(SetExpr),
    /// An executor of a set.
    Choose(SetExpr, Choice),
    /// The slot of an executor.
    SlotOf(Box<Expr>),
    /// A choice by condition and order.
    Pick(Box<Pick>),
    /// The value of a cell.
    Read(Box<Place>),
    /// A struct's value: one expression for each field, in order.
    Struct(Vec<Expr>),
    /// A field of a struct's value, by index.
    Field(Box<Expr>, u32),
    /// An operation on a cell.
    CellOp(CellOp, Box<Place>, Box<Expr>),
    /// Takes `n` from a cell that may be missing, if it holds as much.
    Take(Box<Place>, Box<Expr>),
    /// Replaces the value of a cell.
    Assign(Box<Place>, Box<Expr>),
    /// Creates or replaces an entry; missing where the map is full.
    Insert(Box<Place>, Box<Expr>),
    /// Removes an entry.
    Remove(Box<Place>),
    /// The records of a log, oldest first, in tests.
    Records(MapId),
    /// The first bits of an address, as a key of a longest-prefix map.
    Prefix {
        /// The address.
        address: Box<Expr>,
        /// How many of its bits count, a `u32`.
        n_bits: Box<Expr>,
    },
    /// Reads, changes and writes back an entry while nobody else can.
    Update(Box<Update>),
    /// Replaces the value of a local.
    SetLocal(LocalId, Box<Expr>),
    /// A value, or what is given where it is missing.
    Else(Box<Expr>, Box<Expr>),
    /// `if`
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// `match`
    Match(Box<Match>),
    /// Statements and a value.
    Block(Vec<Stmt>, Option<Box<Expr>>),
    /// `pass` or `drop`.
    Verdict(syrup_ir::Else),
    /// Ends the policy with a verdict.
    Return(Box<Expr>),
    /// A function's body with its arguments.
    Call(FnId, Vec<Expr>),
    /// A packet built from layers, in tests.
    Packet(Vec<LayerValue>),
    /// What a policy answers to a packet, in tests.
    Run(PolicyId, Box<Expr>),
    /// Values side by side, in tests.
    List(Vec<Expr>),
    /// `some(e)`; and a value where an option is kept.
    Some(Box<Expr>),
    /// `none`.
    None,
    /// About threads, cores or queues.
    Thread(Box<ThreadExpr>),
    /// Reported already.
    Error,
}

/// A question about two numbers that wrap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WrapOrder {
    /// Whether the first is before the second.
    Before,
    /// The later of them: the second where the first is before it, else the first.
    Later,
}

impl WrapOrder {
    /// The answer for two numbers: `a` is before `b` where `a - b`, modulo `2^bits`, is half a turn
    /// or more.
    pub fn of(self, a: u64, b: u64, bits: u8) -> u64 {
        let before = (a.wrapping_sub(b) >> (bits.clamp(1, 64) - 1)) & 1;
        match self {
            WrapOrder::Before => before,
            WrapOrder::Later if before == 1 => b,
            WrapOrder::Later => a,
        }
    }
}

/// Arithmetic after analysis: exact operations were proved not to overflow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BinaryOp {
    /// The operation.
    pub op: syrup_ir::BinOp,
    /// Whether it must not overflow: a proof in a policy, an assertion in a test.
    pub exact: bool,
}

/// A set or a part of one.
#[derive(Clone, Debug)]
pub struct SetExpr {
    /// The set.
    pub set: SetId,
    /// The first slot; the set's first where absent.
    pub start: Option<Box<Expr>>,
    /// One past the last slot; the set's length where absent.
    pub end: Option<Box<Expr>>,
    /// Its text.
    pub span: Span,
}

/// How one executor is chosen.
#[derive(Clone, Debug)]
pub enum Choice {
    /// By slot.
    At(Box<Expr>),
    /// By slot, nothing where it is not there or holds no executor.
    There(Box<Expr>),
    /// By a hash, spread evenly.
    Hash(Box<Expr>),
    /// By a number modulo the length.
    Wrap(Box<Expr>),
    /// By a draw.
    Random,
}

/// `pick`
#[derive(Clone, Debug)]
pub struct Pick {
    /// The candidate.
    pub local: LocalId,
    /// Where candidates come from.
    pub set: SetExpr,
    /// A number of draws instead of every slot.
    pub sample: Option<Expr>,
    /// What must hold of them.
    pub filter: Option<Expr>,
    /// The smallest or largest wins.
    pub order: Option<(ast::PickOrder, Expr)>,
}

/// `update`
#[derive(Clone, Debug)]
pub struct Update {
    /// The entry.
    pub place: Place,
    /// The local that holds it in the body.
    pub local: LocalId,
    /// What happens while it is locked; what it ends with is computed after that.
    pub body: Expr,
    /// What happens where there is no entry; none where there always is.
    pub otherwise: Option<Expr>,
}

/// A cell of a map.
#[derive(Clone, Debug)]
pub struct Place {
    /// The map.
    pub map: MapId,
    /// The key; none for state.
    pub key: Option<Expr>,
    /// The field of a struct value.
    pub field: Option<u32>,
    /// Its text.
    pub span: Span,
}

/// An operation on an atomic cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellOp {
    /// Adds, giving nothing.
    Add,
    /// Subtracts, giving nothing.
    Sub,
    /// Adds, giving the old value.
    FetchAdd,
    /// Replaces, giving the old value.
    Exchange,
    /// Replaces where larger, giving nothing.
    RaiseTo,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// Its text.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// What a statement is.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// Binds a name.
    Let(LocalId, Expr),
    /// Evaluates for its effects.
    Expr(Expr),
    /// Runs over a range of numbers.
    For {
        /// The index.
        index: LocalId,
        /// Where it starts.
        start: Expr,
        /// One past the last.
        end: Expr,
        /// The body.
        body: Expr,
    },
    /// Sets the world of a test.
    Given(Given),
    /// Must hold, in a test.
    Expect(Expr),
}

/// What `given` sets.
#[derive(Clone, Debug)]
pub enum Given {
    /// The number of executors in a set.
    Executors(SetId, Expr),
    /// What draws return.
    Random(Vec<Expr>),
    /// The time.
    Now(Expr),
    /// A parameter.
    Param(ParamId, Expr),
}

/// `match`
#[derive(Clone, Debug)]
pub struct Match {
    /// What is matched.
    pub scrutinee: Expr,
    /// The arms in order.
    pub arms: Vec<Arm>,
}

/// An arm of a match.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Alternatives; each binds the same locals.
    pub rows: Vec<Row>,
    /// What must hold besides.
    pub guard: Option<Expr>,
    /// What it gives.
    pub body: Expr,
    /// The locals it binds.
    pub binds: Vec<LocalId>,
    /// The pattern's text.
    pub span: Span,
}

/// One alternative of an arm.
#[derive(Clone, Debug)]
pub enum Row {
    /// Everything.
    Any,
    /// Layers of a packet.
    Layers(Vec<Layer>),
    /// A number in one of these intervals.
    Numbers(Vec<Interval>),
    /// A result of `take`.
    Take(TakeCase),
    /// A value that is there, bound to a local where one is named.
    Some(Option<LocalId>),
    /// A value that is missing.
    None,
}

/// A result of `take`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TakeCase {
    /// There was as much.
    Taken,
    /// There was less.
    Empty,
    /// There was no entry.
    Missing,
}

/// A layer of a packet pattern.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The header.
    pub header: HeaderId,
    /// What its parameter is.
    pub arg: Option<HeaderArg>,
    /// Conditions and bindings.
    pub fields: Vec<FieldPattern>,
    /// Its text.
    pub span: Span,
}

/// A field of a layer pattern.
#[derive(Clone, Debug)]
pub struct FieldPattern {
    /// The field, by index.
    pub field: u32,
    /// What it must be; everything where empty.
    pub ranges: Vec<Interval>,
    /// What a run of bytes must be, one of these; everything where empty. Lowering has at most one.
    pub bytes: Vec<Vec<u8>>,
    /// The local it is bound to.
    pub bind: Option<LocalId>,
    /// Its text.
    pub span: Span,
}

/// A layer of a built packet.
#[derive(Clone, Debug)]
pub enum LayerValue {
    /// A header with the fields that are given.
    Header {
        /// The header.
        header: HeaderId,
        /// What its parameter is.
        arg: Option<Box<Expr>>,
        /// Field index and value.
        fields: Vec<(u32, Expr)>,
        /// Its text.
        span: Span,
    },
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// The layers of another packet.
    Packet(Box<Expr>),
}
