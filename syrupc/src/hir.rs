//! The typed tree: what the text means, hook not yet chosen.
//!
//! In: nothing; this file is data. Every name is resolved, every expression has a type and, where
//! it is a number, the interval that analysis proved for it. A program holds everything of a
//! policy file and of the files it uses.

mod expr;
mod header;
mod item;
mod thread;

pub use expr::*;
pub use header::*;
pub use item::*;
pub use thread::*;

pub use syrup_ir::{Access, Else as Verdict};

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
    /// A queue of threads.
    QueueId,
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
    /// Queues of threads.
    pub queues: Vec<Queue>,
    /// Functions.
    pub fns: Vec<Fn>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Tests of the main file.
    pub tests: Vec<Test>,
    /// The hooks that policies name.
    pub hooks: Vec<Hook>,
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
    /// A thread.
    Task,
    /// The id of a thread.
    ThreadId,
    /// Values of one type, in tests.
    List(Box<Type>),
    /// Nothing.
    Unit,
    /// No value: control has left.
    Never,
    /// Unknown because of an error already reported.
    Error,
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
            Type::ThreadId => Some(32),
            Type::Option(_) | Type::Packet | Type::Task | Type::List(_) => None,
            Type::Unit | Type::Never | Type::Error => None,
        }
    }

    /// As an author writes it.
    pub fn display(&self, program: &Program) -> String {
        match self {
            Type::Int(bits) => format!("u{bits}"),
            Type::Bool => "bool".to_owned(),
            Type::Time => "a time".to_owned(),
            Type::Duration => "a duration".to_owned(),
            Type::Enum(id) => format!("`{}`", program.enums[id.idx()].info.name),
            Type::Struct(id) => format!("`{}`", program.structs[id.idx()].name),
            Type::Exec(id) => format!("an executor of `{}`", program.sets[id.idx()].name),
            Type::Verdict => "a verdict".to_owned(),
            Type::Bytes(max) => format!("bytes[..{max}]"),
            Type::Take => "Taken, Empty or Missing".to_owned(),
            Type::Option(inner) => format!("{} or nothing", inner.display(program)),
            Type::Packet => "a packet".to_owned(),
            Type::Task => "a thread".to_owned(),
            Type::ThreadId => "the id of a thread".to_owned(),
            Type::List(inner) => format!("a list of {}", inner.display(program)),
            Type::Unit => "nothing".to_owned(),
            Type::Never => "no value".to_owned(),
            Type::Error => "unknown".to_owned(),
        }
    }
}

impl Program {
    /// The type that a cell or field declared as `ty` reads as: a stored executor may be gone.
    pub fn read_type(&self, ty: &Type) -> Type {
        match ty {
            Type::Exec(_) => Type::Option(Box::new(ty.clone())),
            other => other.clone(),
        }
    }

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
