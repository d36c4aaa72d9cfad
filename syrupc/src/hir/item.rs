//! Declarations of the typed tree.

use super::*;
use std::sync::Arc;
use syrup_diag::Span;
use syrup_ir::{Access, Base, Caps, EnumInfo, ExecutorKind, Interval, Layout, MapKind, Meta};

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
    /// Memory shape of the key; for longest-prefix maps the number of bits comes first.
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
    /// The warnings that `@allow` keeps silent, words joined by `_`.
    pub allows: Vec<String>,
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
    /// The hidden locals that hold its parts: a struct's fields in order; whether an option is
    /// there, and its value; the pieces of a fixed run of bytes. Empty where it is one number.
    pub parts: Vec<LocalId>,
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
