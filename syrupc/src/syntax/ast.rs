//! The syntax tree: what the text says, before any name means anything.
//!
//! Plain data. Every node carries its span; the file keeps every token, comments and blanks
//! included, so the text can be rebuilt byte for byte and a formatter needs no second parser.
//! Where the text is broken the tree holds an `Error` node, and everything around it is kept.

mod expr;
mod pattern;
mod stmt;
mod types;

pub use expr::{
    Arm, BinaryOp, Expr, ExprKind, If, Lit, LitKind, Match, Pick, PickOrder, UnaryOp, Update,
};
pub use pattern::{Pattern, PatternAtom, PatternField, PatternKind, Stack};
pub use stmt::{Block, Let, Stmt, StmtKind};
pub use types::{FieldType, Index, Range, Type, TypeArg};

use super::token::Token;
use syrup_diag::{FileId, Span};

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Which file it is.
    pub id: FileId,
    /// Every token in order, white space and comments included: they cover the text exactly.
    pub tokens: Vec<Token>,
    /// The edition line, where there is one.
    pub edition: Option<Edition>,
    /// The declarations in order.
    pub items: Vec<Item>,
}

/// `edition 2026;`
#[derive(Clone, Debug, PartialEq)]
pub struct Edition {
    /// The whole line.
    pub span: Span,
    /// The year.
    pub year: u64,
}

/// A name and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// `a.b.c`
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The parts, at least one.
    pub parts: Vec<Name>,
    /// The whole of it.
    pub span: Span,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The whole of it, attributes included.
    pub span: Span,
    /// Its attributes.
    pub attrs: Vec<Attr>,
    /// Where `pub` stands, if it does.
    pub public: Option<Span>,
    /// What it declares.
    pub kind: ItemKind,
}

/// `@name(args)`
#[derive(Clone, Debug, PartialEq)]
pub struct Attr {
    /// The whole of it.
    pub span: Span,
    /// Its name.
    pub name: Name,
    /// Its arguments.
    pub args: Vec<Arg>,
}

/// An argument of a call or attribute: `value` or `name: value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// The whole of it.
    pub span: Span,
    /// Its name, where one is given.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
}

/// What a declaration declares.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemKind {
    /// `use a.b;`
    Use(Path),
    /// `const N: u32 = 1;`
    Const(Const),
    /// `param n: u32 in 1..=8 = 2;`
    Param(Const),
    /// `enum Op: u64 { GET = 1 }`
    Enum(Enum),
    /// `header h after ... { ... }`
    Header(Header),
    /// `struct S { ... }`
    Struct(Struct),
    /// `map m: Hash<...>;`
    Map(Map),
    /// `state s: Atomic<u32> = 0;`
    State(State),
    /// `executors w: socket[64] else pass;`
    Executors(Executors),
    /// `queue q: Fifo<64>;`
    Queue(Map),
    /// `fn f(x: u32) -> u32 { ... }`
    Fn(Fn),
    /// `policy p(pkt: Packet) -> w { ... }` or `policy p -> w { on ... }`
    Policy(Policy),
    /// `test "..." { ... }`
    Test(Test),
    /// `hook socket_select { name: value, ... }`: data of the standard library.
    Record(Record),
    /// Text that is no declaration.
    Error,
}

/// A constant or a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Const {
    /// Its name.
    pub name: Name,
    /// Its type and range.
    pub ty: FieldType,
    /// Its value.
    pub value: Expr,
}

/// An enum.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// The integer it stands for.
    pub ty: Type,
    /// Its cases.
    pub cases: Vec<EnumCase>,
}

/// A case of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumCase {
    /// The whole of it.
    pub span: Span,
    /// Its name.
    pub name: Name,
    /// Its number.
    pub value: Expr,
}

/// A header.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Its name.
    pub name: Name,
    /// `[len: u8]`
    pub params: Vec<Parm>,
    /// The stacks it may follow; empty when only a stack that names it reaches it.
    pub after: Vec<Stack>,
    /// Its fields in wire order.
    pub fields: Vec<Field>,
}

/// A struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// Its name.
    pub name: Name,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// A field of a header or struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The whole of it.
    pub span: Span,
    /// Its attributes.
    pub attrs: Vec<Attr>,
    /// Its name.
    pub name: Name,
    /// Its type and range.
    pub ty: FieldType,
    /// `== value`: the only value it may have.
    pub equals: Option<Expr>,
}

/// A parameter of a function, header, policy or `forall`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parm {
    /// The whole of it.
    pub span: Span,
    /// Its name.
    pub name: Name,
    /// Its type and range.
    pub ty: FieldType,
}

/// `executors w: socket | core [64] else pass;`
#[derive(Clone, Debug, PartialEq)]
pub struct Executors {
    /// Its name.
    pub name: Name,
    /// The kinds it may have.
    pub kinds: Vec<Name>,
    /// The most slots.
    pub capacity: Expr,
    /// The verdict where there is none.
    pub or_else: Expr,
}

/// A map or queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
}

/// A state cell.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// What it starts as.
    pub value: Option<Expr>,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Fn {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Parm>,
    /// What it gives.
    pub result: Option<Type>,
    /// Its body.
    pub body: Block,
}

/// A policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// What it gives: a set of executors, or `verdict`.
    pub result: Type,
    /// How it is written.
    pub body: PolicyBody,
}

/// The two forms of a policy.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a file has few policies")]
pub enum PolicyBody {
    /// One function over an input.
    Function {
        /// The input.
        param: Parm,
        /// The body.
        body: Block,
    },
    /// One handler an event.
    Events(Vec<Handler>),
}

/// `on runnable(t) { ... }`
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    /// The whole of it.
    pub span: Span,
    /// The event.
    pub event: Name,
    /// The names it binds.
    pub params: Vec<Name>,
    /// The body.
    pub body: Block,
}

/// A test.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// What it says.
    pub name: Lit,
    /// What it holds for.
    pub forall: Vec<Parm>,
    /// The body.
    pub body: Block,
}

/// Data of the standard library: `hook socket_select { begins: transport, ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The first word.
    pub keyword: Name,
    /// Its name, a word or a string without its quotes.
    pub name: Name,
    /// Its entries.
    pub entries: Vec<Arg>,
}
