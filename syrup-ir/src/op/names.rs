//! Names, steps and needs of arithmetic, comparisons and atomics: the parts of the operation table
//! that depend on which of them it is.

use super::{AtomicOp, BinOp, CmpOp};
use crate::Cap;

impl BinOp {
    /// Every one.
    pub const ALL: [BinOp; 15] = [
        BinOp::Add,
        BinOp::Sub,
        BinOp::Mul,
        BinOp::Div,
        BinOp::Rem,
        BinOp::And,
        BinOp::Or,
        BinOp::Xor,
        BinOp::Shl,
        BinOp::Shr,
        BinOp::AddSat,
        BinOp::SubSat,
        BinOp::MulSat,
        BinOp::Min,
        BinOp::Max,
    ];

    /// Its name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            BinOp::Add => "add",
            BinOp::Sub => "sub",
            BinOp::Mul => "mul",
            BinOp::Div => "div",
            BinOp::Rem => "rem",
            BinOp::And => "and",
            BinOp::Or => "or",
            BinOp::Xor => "xor",
            BinOp::Shl => "shl",
            BinOp::Shr => "shr",
            BinOp::AddSat => "add_sat",
            BinOp::SubSat => "sub_sat",
            BinOp::MulSat => "mul_sat",
            BinOp::Min => "min",
            BinOp::Max => "max",
        }
    }

    pub(super) const fn steps(self) -> u32 {
        match self {
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::And | BinOp::Or | BinOp::Xor => 1,
            BinOp::Div | BinOp::Rem => 2,
            BinOp::Shl | BinOp::Shr | BinOp::Min | BinOp::Max => 3,
            BinOp::AddSat | BinOp::SubSat => 3,
            BinOp::MulSat => 6,
        }
    }

    pub(super) const fn needs(self) -> Option<Cap> {
        match self {
            BinOp::Div => Some(Cap::Divide),
            BinOp::Rem => Some(Cap::Modulo),
            _ => None,
        }
    }
}

impl CmpOp {
    /// Every one.
    pub const ALL: [CmpOp; 4] = [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le];

    /// Its name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            CmpOp::Eq => "eq",
            CmpOp::Ne => "ne",
            CmpOp::Lt => "lt",
            CmpOp::Le => "le",
        }
    }
}

impl AtomicOp {
    /// Every one.
    pub const ALL: [AtomicOp; 4] =
        [AtomicOp::Add, AtomicOp::Sub, AtomicOp::Exchange, AtomicOp::Max];

    /// Its name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            AtomicOp::Add => "atomic_add",
            AtomicOp::Sub => "atomic_sub",
            AtomicOp::Exchange => "atomic_exchange",
            AtomicOp::Max => "atomic_max",
        }
    }

    pub(super) const fn steps(self) -> u32 {
        match self {
            AtomicOp::Add | AtomicOp::Sub | AtomicOp::Exchange => 2,
            AtomicOp::Max => 12,
        }
    }

    /// What it needs when its old value is used; without that, [`Cap::AtomicAdd`] may do.
    pub const fn cap(self) -> Cap {
        Cap::AtomicFetch
    }
}
