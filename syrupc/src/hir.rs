//! The typed tree: what the text means, hook not yet chosen.
//!
//! In: nothing; this file is data. Every name is resolved, every expression has a type and, where
//! it is a number, the interval that analysis proved for it. A program holds everything of a
//! policy file and of the files it uses.

use crate::syntax::ast;
use std::sync::Arc;
use syrup_diag::Span;
use syrup_ir::{Access, Base, Caps, EnumInfo, ExecutorKind, Interval, Layout, MapKind, Meta};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The index into the program's list.
            pub const fn idx(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// A constant.
    ConstId,
    /// A load-time parameter.
    ParamId,
    /// An enum.
    EnumId,
    /// A struct.
    StructId,
    /// A header.
    HeaderId,
    /// An executor set.
    SetId,
    /// A map or state cell.
    MapId,
    /// A function.
    FnId,
    /// A policy.
    PolicyId,
    /// A local name of a function, policy or test.
    LocalId,
}

/// Everything a policy file declares or uses.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Constants.
    pub consts: Vec<Const>,
    /// Parameters.
    pub params: Vec<Param>,
    /// Enums.
    pub enums: Vec<Enum>,
    /// Structs.
    pub structs: Vec<Struct>,
    /// Headers.
    pub headers: Vec<Header>,
    /// Executor sets.
    pub sets: Vec<Set>,
    /// Maps and state cells.
    pub maps: Vec<Map>,
    /// Functions.
    pub fns: Vec<Fn>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Tests of the main file.
    pub tests: Vec<Test>,
    /// The hooks that policies name.
    pub hooks: Vec<Hook>,
}

/// A constant.
#[derive(Clone, Debug)]
pub struct Const {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: u64,
    /// Its declaration.
    pub span: Span,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Values it may have.
    pub range: Interval,
    /// The value when nothing is given.
    pub default: u64,
    /// Its declaration.
    pub span: Span,
}

/// An enum.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Name and cases.
    pub info: Arc<EnumInfo>,
    /// Bits of its integer.
    pub bits: u8,
    /// Its declaration.
    pub span: Span,
}

/// A struct.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Its name.
    pub name: Arc<str>,
    /// Its fields.
    pub fields: Vec<StructField>,
    /// Its declaration.
    pub span: Span,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct StructField {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Values it may have.
    pub range: Interval,
    /// Its declaration.
    pub span: Span,
}

/// A header.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its name.
    pub name: Arc<str>,
    /// The ways to reach it.
    pub after: Vec<Route>,
    /// Its fields in wire order.
    pub fields: Vec<HeaderField>,
    /// Bytes of its fixed part.
    pub fixed_bytes: u32,
    /// Its declaration's name.
    pub span: Span,
}

/// A header that another may follow, with the fields that say so.
#[derive(Clone, Debug)]
pub struct Route {
    /// The header before.
    pub header: HeaderId,
    /// Field and number.
    pub fields: Vec<(u32, u64)>,
    /// Where it is written.
    pub span: Span,
}

/// A field of a header.
#[derive(Clone, Debug)]
pub struct HeaderField {
    /// Its name.
    pub name: Arc<str>,
    /// How it lies on the wire.
    pub wire: Wire,
    /// The type a policy sees.
    pub ty: Type,
    /// Values it must have for the header to match.
    pub range: Interval,
    /// What a built packet puts there by itself.
    pub computed: Option<Computed>,
    /// Its declaration.
    pub span: Span,
}

/// What a built packet puts into a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Computed {
    /// Bytes from the start of this header to the end of the packet.
    Length,
    /// Bytes behind this header.
    PayloadLength,
    /// The Internet checksum of this header (RFC 1071).
    Checksum,
}

/// How a field lies on the wire.
#[derive(Clone, Debug)]
pub enum Wire {
    /// Whole bytes that make a number.
    Number {
        /// Bytes from the header's start.
        offset: u32,
        /// 1, 2, 4 or 8.
        bytes: u8,
        /// The order of the bytes.
        order: syrup_ir::Order,
    },
    /// Bits within whole bytes, numbered from the most significant.
    Bits {
        /// Bytes from the header's start to the first byte that holds any of them.
        offset: u32,
        /// Bytes that hold them: 1, 2, 4 or 8.
        bytes: u8,
        /// How far the big-endian number of these bytes is shifted right.
        shift: u8,
        /// How many bits.
        bits: u8,
    },
    /// A fixed run of bytes.
    Bytes {
        /// Bytes from the header's start.
        offset: u32,
        /// How many.
        len: u32,
    },
    /// A run of bytes whose length is computed from fields before it.
    Computed {
        /// Bytes from the header's start.
        offset: u32,
        /// Its length; field references are locals in the order of the fields.
        len: Box<Expr>,
    },
}

/// An executor set.
#[derive(Clone, Debug)]
pub struct Set {
    /// Its name.
    pub name: Arc<str>,
    /// The kinds it may have.
    pub kinds: Vec<ExecutorKind>,
    /// The most slots.
    pub capacity: u32,
    /// The verdict where there is none.
    pub or_else: syrup_ir::Else,
    /// Its declaration.
    pub span: Span,
}

/// A map or state cell.
#[derive(Clone, Debug)]
pub struct Map {
    /// Its name.
    pub name: Arc<str>,
    /// How it stores.
    pub kind: MapKind,
    /// The type of its key; `Unit` for state.
    pub key: Type,
    /// The type of its value.
    pub value: Type,
    /// Whether its cells change by atomic operations only.
    pub atomic: bool,
    /// Whether any policy takes from it: then its cells are read as `max(0, signed value)`.
    pub taken: bool,
    /// Memory shape of the key.
    pub key_layout: Layout,
    /// Memory shape of the value.
    pub value_layout: Layout,
    /// The most entries.
    pub entries: u32,
    /// What a state cell starts as.
    pub initial: u64,
    /// The name to pin it under.
    pub pin: Option<Arc<str>>,
    /// What user space does with it.
    pub user: Access,
    /// Its declaration's name.
    pub span: Span,
}

/// A function; calls are expanded where they stand.
#[derive(Clone, Debug)]
pub struct Fn {
    /// Its name.
    pub name: Arc<str>,
    /// Its parameters.
    pub params: Vec<LocalId>,
    /// What it gives.
    pub result: Type,
    /// Its body.
    pub body: Expr,
    /// Its locals.
    pub locals: Vec<Local>,
    /// Its declaration's name.
    pub span: Span,
}

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its name.
    pub name: Arc<str>,
    /// The set it chooses from; none for `-> verdict`.
    pub set: Option<SetId>,
    /// The sets it uses at all.
    pub sets: Vec<SetId>,
    /// The input's name.
    pub input: LocalId,
    /// The hooks it says it runs at, with where it says so.
    pub hooks: Vec<(Arc<str>, Span)>,
    /// `@budget(insns: N)`.
    pub budget: Option<(u64, Span)>,
    /// `@licence("...")`.
    pub licence: Option<Arc<str>>,
    /// Its body.
    pub body: Expr,
    /// Its locals.
    pub locals: Vec<Local>,
    /// Its declaration's name.
    pub span: Span,
    /// The whole declaration.
    pub whole: Span,
    /// Whether analysis found errors in it.
    pub broken: bool,
}

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it says.
    pub name: String,
    /// What it holds for.
    pub forall: Vec<LocalId>,
    /// Its statements.
    pub body: Vec<Stmt>,
    /// Its locals.
    pub locals: Vec<Local>,
    /// The name's place.
    pub span: Span,
}

/// A local name.
#[derive(Clone, Debug)]
pub struct Local {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Whether it can be assigned.
    pub mutable: bool,
    /// Values it may have.
    pub range: Interval,
    /// Where it is declared.
    pub span: Span,
}

/// A hook, as `stdlib/hooks` declares it.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Its name.
    pub name: Arc<str>,
    /// Whether its input is a packet; otherwise it is a task.
    pub packet: bool,
    /// Where its packet begins.
    pub begins: Base,
    /// The kinds of executor it chooses.
    pub executors: Vec<ExecutorKind>,
    /// What it knows of a packet without reading it.
    pub knows: Vec<Meta>,
    /// What it offers.
    pub caps: Caps,
    /// Its declaration.
    pub span: Span,
}

/// The type of an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Type {
    /// `u1` to `u64`.
    Int(u8),
    /// `bool`.
    Bool,
    /// Nanoseconds since the machine started.
    Time,
    /// Nanoseconds.
    Duration,
    /// A case of an enum, or another number on the wire.
    Enum(EnumId),
    /// A struct value.
    Struct(StructId),
    /// An executor of a set.
    Exec(SetId),
    /// `pass`, `drop` or an executor.
    Verdict,
    /// A run of at most this many bytes.
    Bytes(u32),
    /// What `take` gives: taken, empty or missing.
    Take,
    /// A value that may be missing.
    Option(Box<Type>),
    /// A packet.
    Packet,
    /// Values of one type, in tests.
    List(Box<Type>),
    /// Nothing.
    Unit,
    /// No value: control has left.
    Never,
    /// Unknown because of an error already reported.
    Error,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its type.
    pub ty: Type,
    /// Values it may have, where it is a number.
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
    /// Another width or kind of number; the value is kept, or cut where the type is narrower.
    Convert(Box<Expr>),
    /// The upper half of a number, as the narrower type.
    HighHalf(Box<Expr>),
    /// The evaluation's time.
    Now,
    /// A fresh draw.
    Random,
    /// What the hook knows of the packet.
    Meta(Meta),
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
    /// An operation on a cell.
    CellOp(CellOp, Box<Place>, Box<Expr>),
    /// Takes `n` from a cell that may be missing, if it holds as much.
    Take(Box<Place>, Box<Expr>),
    /// Replaces the value of a cell.
    Assign(Box<Place>, Box<Expr>),
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
    /// `some(e)`, in tests.
    Some(Box<Expr>),
    /// `none`, in tests.
    None,
    /// Reported already.
    Error,
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

impl Type {
    /// Bits of its number; none where it is not one.
    pub fn bits(&self, program: &Program) -> Option<u8> {
        match self {
            Type::Int(bits) => Some(*bits),
            Type::Bool => Some(1),
            Type::Time | Type::Duration => Some(64),
            Type::Enum(id) => Some(program.enums[id.idx()].bits),
            Type::Struct(_) | Type::Exec(_) | Type::Verdict | Type::Bytes(_) | Type::Take => None,
            Type::Option(_) | Type::Packet | Type::List(_) => None,
            Type::Unit | Type::Never | Type::Error => None,
        }
    }

    /// As an author writes it.
    pub fn display(&self, program: &Program) -> String {
        match self {
            Type::Int(bits) => format!("u{bits}"),
            Type::Bool => "bool".to_owned(),
            Type::Time => "time".to_owned(),
            Type::Duration => "duration".to_owned(),
            Type::Enum(id) => program.enums[id.idx()].info.name.to_string(),
            Type::Struct(id) => program.structs[id.idx()].name.to_string(),
            Type::Exec(id) => format!("executor of {}", program.sets[id.idx()].name),
            Type::Verdict => "verdict".to_owned(),
            Type::Bytes(max) => format!("bytes[..{max}]"),
            Type::Take => "Taken, Empty or Missing".to_owned(),
            Type::Option(inner) => format!("{} or nothing", inner.display(program)),
            Type::Packet => "Packet".to_owned(),
            Type::List(inner) => format!("list of {}", inner.display(program)),
            Type::Unit => "nothing".to_owned(),
            Type::Never => "no value".to_owned(),
            Type::Error => "unknown".to_owned(),
        }
    }
}

impl Program {
    /// The policy of a name.
    pub fn policy(&self, name: &str) -> Option<(PolicyId, &Policy)> {
        let at = self.policies.iter().position(|policy| &*policy.name == name)?;
        Some((PolicyId(at as u32), &self.policies[at]))
    }

    /// The hook of a name.
    pub fn hook(&self, name: &str) -> Option<&Hook> {
        self.hooks.iter().find(|hook| &*hook.name == name)
    }
}
