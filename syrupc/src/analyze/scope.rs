//! What a name of a file stands for.

use crate::hir::{
    ConstId, EnumId, FnId, HeaderId, MapId, ParamId, PolicyId, QueueId, SetId, StructId,
};
use std::collections::BTreeMap;
use syrup_diag::Span;

/// A declaration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Def {
    Const(ConstId),
    Param(ParamId),
    Enum(EnumId),
    Struct(StructId),
    Header(HeaderId),
    Set(SetId),
    Map(MapId),
    Queue(QueueId),
    Fn(FnId),
    Policy(PolicyId),
    /// A file named by `use`.
    Unit(usize),
}

/// A name of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol {
    pub def: Def,
    pub span: Span,
    pub public: bool,
}

/// The names of a file.
pub(crate) type Scope = BTreeMap<String, Symbol>;

impl Def {
    /// What it is called in messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Def::Const(_) => "a constant",
            Def::Param(_) => "a parameter",
            Def::Enum(_) => "an enum",
            Def::Struct(_) => "a struct",
            Def::Header(_) => "a header",
            Def::Set(_) => "an executor set",
            Def::Map(_) => "a map",
            Def::Queue(_) => "a queue",
            Def::Fn(_) => "a function",
            Def::Policy(_) => "a policy",
            Def::Unit(_) => "a file",
        }
    }
}
