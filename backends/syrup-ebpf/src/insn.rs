//! The backend's own instruction type, over virtual or physical registers.
//!
//! In: nothing. Out: [`Insn`], [`Term`] and their operands as plain data. `bpf-ins` has no labels,
//! no 32-bit jumps and no atomics, and its equality is unusable, so it serves at the encoding edge
//! only (`emit.rs`). `R` is [`VReg`] before register allocation and [`Reg`] after.

mod code;
mod helper;
mod operands;

pub use code::{BasicBlock, Code, Target, Term};
pub use helper::Helper;
pub use operands::{Args, Role};

/// A virtual register.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct VReg(pub u32);

/// A machine register, `r0` to `r10`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Reg(pub u8);

/// The frame pointer.
pub const FRAME: Reg = Reg(10);

/// Bytes of a memory access.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Size {
    /// One.
    B1,
    /// Two.
    B2,
    /// Four.
    B4,
    /// Eight.
    B8,
}

impl Size {
    /// The size of so many bytes: 1, 2, 4 or 8.
    pub fn of(bytes: u32) -> Size {
        match bytes {
            1 => Size::B1,
            2 => Size::B2,
            4 => Size::B4,
            8 => Size::B8,
            _ => syrup_diag::bug!("no memory access has {bytes} bytes"),
        }
    }

    /// How many bytes.
    pub const fn bytes(self) -> u32 {
        match self {
            Size::B1 => 1,
            Size::B2 => 2,
            Size::B4 => 4,
            Size::B8 => 8,
        }
    }
}

/// Bits an operation works on; 32-bit results are zero-extended (RFC 9669, section 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Width {
    /// The low half.
    W32,
    /// All.
    W64,
}

impl Width {
    /// The narrowest that holds so many bits.
    pub const fn for_bits(bits: u8) -> Width {
        if bits <= 32 { Width::W32 } else { Width::W64 }
    }
}

/// A right operand.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rhs<R> {
    /// A register.
    Reg(R),
    /// A constant, sign-extended to 64 bits where the operation has 64.
    Imm(i32),
}

/// What an address is counted from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Base<R> {
    /// A register.
    Reg(R),
    /// The frame pointer.
    Frame,
}

/// Two-operand arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AluOp {
    /// Sum.
    Add,
    /// Difference.
    Sub,
    /// Product.
    Mul,
    /// Unsigned quotient.
    Div,
    /// Unsigned remainder.
    Mod,
    /// Bits of both.
    And,
    /// Bits of either.
    Or,
    /// Bits of one.
    Xor,
    /// Left shift.
    Shl,
    /// Right shift that fills with zeros.
    Shr,
}

/// The test of a conditional jump.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Test {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Above.
    Gt,
    /// Above or equal.
    Ge,
    /// Below.
    Lt,
    /// Below or equal.
    Le,
    /// Some bit of both.
    Set,
    /// Signed: below.
    Slt,
    /// Signed: above or equal.
    Sge,
    /// Signed: above.
    Sgt,
    /// Signed: below or equal.
    Sle,
    /// The kernel's own count of turns is used up (`may_goto`, Linux 6.9); asks no register.
    Exhausted,
}

impl Test {
    /// The test that holds exactly where this one does not, if the machine has it.
    pub const fn inverse(self) -> Option<Test> {
        Some(match self {
            Test::Eq => Test::Ne,
            Test::Ne => Test::Eq,
            Test::Gt => Test::Le,
            Test::Ge => Test::Lt,
            Test::Lt => Test::Ge,
            Test::Le => Test::Gt,
            Test::Slt => Test::Sge,
            Test::Sge => Test::Slt,
            Test::Sgt => Test::Sle,
            Test::Sle => Test::Sgt,
            Test::Set | Test::Exhausted => return None,
        })
    }
}

/// A condition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cond<R> {
    /// What is asked.
    pub test: Test,
    /// Of how many bits.
    pub width: Width,
    /// Of which register.
    pub lhs: R,
    /// Against what.
    pub rhs: Rhs<R>,
}

/// An atomic that gives the old value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FetchOp {
    /// Adds.
    Add,
    /// Replaces.
    Exchange,
}

/// One instruction. [`Insn::FrameAddr`] becomes two instructions, wide loads take two words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Insn<R> {
    /// Binds the context, which the kernel passes in `r1`.
    Entry {
        /// The context.
        ctx: R,
    },
    /// Copies.
    Mov {
        /// 32 bits zero-extend.
        width: Width,
        /// Where to.
        dst: R,
        /// What.
        src: Rhs<R>,
    },
    /// A constant of 64 bits; two words.
    LoadImm64 {
        /// Where to.
        dst: R,
        /// What.
        imm: u64,
    },
    /// A map, or a byte of its only value; two words.
    LoadMap {
        /// Where to.
        dst: R,
        /// Index of the map in the artifact.
        map: u32,
        /// The byte, for the address of a value.
        value_offset: Option<u32>,
    },
    /// The address of a byte of the frame.
    FrameAddr {
        /// Where to.
        dst: R,
        /// Bytes from the frame pointer.
        offset: i16,
    },
    /// `dst = lhs op rhs`; the allocator gives `dst` and `lhs` one register.
    Alu {
        /// What.
        op: AluOp,
        /// On how many bits.
        width: Width,
        /// The result.
        dst: R,
        /// The left operand.
        lhs: R,
        /// The right operand.
        rhs: Rhs<R>,
    },
    /// `dst = -src`, one register.
    Neg {
        /// On how many bits.
        width: Width,
        /// The result.
        dst: R,
        /// The operand.
        src: R,
    },
    /// Turns 16, 32 or 64 bits between network order and the host's, zero-extended; one register.
    ToBig {
        /// How many bits.
        bits: u8,
        /// The result.
        dst: R,
        /// The operand.
        src: R,
    },
    /// Reads memory, zero-extended.
    Load {
        /// How many bytes.
        size: Size,
        /// Where to.
        dst: R,
        /// From where.
        base: Base<R>,
        /// At which byte.
        offset: i16,
    },
    /// Writes memory.
    Store {
        /// How many bytes.
        size: Size,
        /// To where.
        base: Base<R>,
        /// At which byte.
        offset: i16,
        /// What.
        src: Rhs<R>,
    },
    /// Adds to memory indivisibly.
    AtomicAdd {
        /// Four or eight bytes.
        size: Size,
        /// Where.
        base: R,
        /// At which byte.
        offset: i16,
        /// What to add.
        src: R,
    },
    /// Changes memory indivisibly and gives the old value in the operand's register.
    AtomicFetch {
        /// How.
        op: FetchOp,
        /// Four or eight bytes.
        size: Size,
        /// The old value.
        dst: R,
        /// Where.
        base: R,
        /// At which byte.
        offset: i16,
        /// The operand.
        src: R,
    },
    /// Replaces memory where it holds `expected`; both `expected` and `old` are `r0`.
    CompareExchange {
        /// Four or eight bytes.
        size: Size,
        /// What was there.
        old: R,
        /// Where.
        base: R,
        /// At which byte.
        offset: i16,
        /// What must be there.
        expected: R,
        /// What to put there.
        src: R,
    },
    /// Calls the kernel: arguments in `r1..`, the result in `r0`, `r0` to `r5` lost.
    Call {
        /// Whom.
        helper: Helper,
        /// With what.
        args: Args<R>,
        /// The result, where it is wanted.
        dst: Option<R>,
    },
}
