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
    /// The bytes that a state cell starts as; none where it starts as zero.
    pub initial: Vec<u8>,
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
    /// For a policy over threads: the handlers of its events; then it has no input and no body.
    pub handlers: Vec<Handler>,
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
    /// there, and its value; the pieces of a fixed run of bytes in a struct. Empty where it is one
    /// number, or a run of bytes by itself.
    pub parts: Vec<LocalId>,
    /// Values it may have; of a run of bytes, the lengths.
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
