//! The syntax tree: what the text says, before any name means anything.
//!
//! Plain data. Every node carries its span; the file keeps every token, comments and blanks
//! included, so the text can be rebuilt byte for byte and a formatter needs no second parser.
//! Where the text is broken the tree holds an `Error` node, and everything around it is kept.

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
