//! The operations: one row each, with operands, effects, cost and documentation.

mod names;

use crate::{Cap, MapId, Meta, ParamId, SetId, ThreadOp, Value};

/// What an instruction does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// The constant, cut to the result's type.
    Const(u64),
    /// A parameter's value.
    Param(ParamId),
    /// Arithmetic on two values of the result's type.
    Bin(BinOp, Value, Value),
    /// Compares two values of one type; gives a `u1`.
    Cmp(CmpOp, Value, Value),
    /// The second operand where the first (`u1`) is 1, else the third.
    Select(Value, Value, Value),
    /// Zero-extends or cuts to the result's type.
    Convert(Value),
    /// Reverses the bytes of a `u16`, `u32` or `u64`.
    ByteSwap(Value),
    /// `(h * n) >> 32` over `u32`.
    Reduce(Value, Value),
    /// Reads bytes of a view; the result's width, a multiple of 8, says how many.
    Load {
        /// The view that proves them present.
        view: Value,
        /// Bytes from the view's start.
        offset: u32,
        /// The order they stand in.
        order: Order,
    },
    /// What the hook knows of the packet.
    Meta(Meta),
    /// The evaluation's one time sample, `u64` nanoseconds.
    Now,
    /// A fresh draw: below the operand (`u32`, not 0), or any `u32` without one.
    Random(Option<Value>),
    /// The CPU the evaluation runs on, `u32`.
    Cpu,
    /// The number of slots of a set, `u32`.
    SetLen(SetId),
    /// The executor in a slot (`u32`) of a set.
    Executor(SetId, Value),
    /// The slot of an executor, `u32`.
    SlotOf(Value),
    /// The generation of a slot (`u32`) of a set, `u32`; 0 where it holds nothing.
    Generation(SetId, Value),
    /// The cell of a `state` or `per_cpu_state` map.
    StateCell(MapId),
    /// Reads a scalar of a cell; the result's width says how many bytes.
    Read {
        /// The cell.
        cell: Value,
        /// Bytes from its start.
        offset: u32,
    },
    /// Writes a scalar of a cell.
    Write {
        /// The cell.
        cell: Value,
        /// Bytes from its start.
        offset: u32,
        /// What to write; its width says how many bytes.
        value: Value,
    },
    /// Changes a 32- or 64-bit scalar of a cell indivisibly; gives the old value.
    Atomic {
        /// How.
        op: AtomicOp,
        /// The cell.
        cell: Value,
        /// Bytes from its start.
        offset: u32,
        /// The operand.
        value: Value,
    },
    /// Locks the value that a cell names: until it is unlocked no other evaluation locks it.
    Lock(Value),
    /// Unlocks the value that a cell names.
    Unlock(Value),
    /// Creates or replaces an entry; gives a `u1`, 0 where the map is full.
    Insert {
        /// Which map.
        map: MapId,
        /// One value for each piece of the key's layout.
        key: Vec<Value>,
        /// One value for each piece of the value's layout.
        value: Vec<Value>,
    },
    /// Removes an entry; gives a `u1`, 0 where there was none.
    Remove {
        /// Which map.
        map: MapId,
        /// One value for each piece of the key's layout.
        key: Vec<Value>,
    },
    /// Asks about threads, cores or queues.
    Thread(ThreadOp),
}

/// Two-operand arithmetic; see the crate's text for overflow, division and shifts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinOp {
    /// Sum, wrapping.
    Add,
    /// Difference, wrapping.
    Sub,
    /// Product, wrapping.
    Mul,
    /// Quotient; `x / 0 = 0`.
    Div,
    /// Remainder; `x % 0 = x`.
    Rem,
    /// Bits of both.
    And,
    /// Bits of either.
    Or,
    /// Bits of one only.
    Xor,
    /// Shift left; 0 where the count is the width or more.
    Shl,
    /// Shift right; 0 where the count is the width or more.
    Shr,
    /// Sum, clamped to the largest value.
    AddSat,
    /// Difference, clamped to 0.
    SubSat,
    /// Product, clamped to the largest value.
    MulSat,
    /// The smaller.
    Min,
    /// The larger.
    Max,
}

/// Comparison of unsigned numbers; `Eq` and `Ne` also of executors of one set.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CmpOp {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Below.
    Lt,
    /// Below or equal.
    Le,
}

/// The order in which bytes of a packet make a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Order {
    /// Most significant byte first: the network's.
    Big,
    /// Least significant byte first.
    Little,
}

/// An indivisible change of a cell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum AtomicOp {
    /// Adds, wrapping.
    Add,
    /// Subtracts, wrapping.
    Sub,
    /// Replaces.
    Exchange,
    /// Replaces where the operand is larger.
    Max,
}

/// What an operation touches besides its operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effects {
    /// Nothing: it may be moved, merged and dropped.
    Pure,
    /// Reads maps, queues or cores.
    Reads,
    /// Changes maps or cores.
    Writes,
    /// Takes the time sample.
    Time,
    /// Takes a draw.
    Random,
}

/// A row of the operation table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpInfo {
    /// Its name in the text form.
    pub name: &'static str,
    /// What it touches.
    pub effects: Effects,
    /// Steps it counts for on a path; about one a machine instruction, calls more.
    pub steps: u32,
    /// What the hook and target must offer.
    pub needs: Option<Cap>,
}

impl Op {
    /// The operation's row. An atomic whose old value is unused needs less: see
    /// [`Op::needs`].
    pub fn info(&self) -> OpInfo {
        use Effects::{Pure, Random, Reads, Time, Writes};
        let row = |name, effects, steps, needs| OpInfo { name, effects, steps, needs };
        match self {
            Op::Const(_) => row("const", Pure, 1, None),
            Op::Param(_) => row("param", Pure, 2, None),
            Op::Bin(op, ..) => row(op.name(), Pure, op.steps(), op.needs()),
            Op::Cmp(op, ..) => row(op.name(), Pure, 2, None),
            Op::Select(..) => row("select", Pure, 3, None),
            Op::Convert(_) => row("convert", Pure, 1, None),
            Op::ByteSwap(_) => row("byteswap", Pure, 1, None),
            Op::Reduce(..) => row("reduce", Pure, 2, None),
            Op::Load { .. } => row("load", Pure, 2, None),
            Op::Meta(_) => row("meta", Pure, 1, None),
            Op::Now => row("now", Time, 12, Some(Cap::Time)),
            Op::Random(_) => row("random", Random, 10, Some(Cap::Random)),
            Op::Cpu => row("cpu", Pure, 2, None),
            Op::SetLen(_) => row("len", Pure, 3, None),
            Op::Executor(..) => row("executor", Pure, 1, None),
            Op::SlotOf(_) => row("slot", Pure, 1, None),
            Op::Generation(..) => row("generation", Pure, 8, None),
            Op::StateCell(_) => row("state", Pure, 2, None),
            Op::Read { .. } => row("read", Reads, 1, None),
            Op::Write { .. } => row("write", Writes, 1, Some(Cap::Store)),
            Op::Atomic { op, .. } => row(op.name(), Writes, op.steps(), Some(op.cap())),
            Op::Lock(_) => row("lock", Writes, 12, Some(Cap::Lock)),
            Op::Unlock(_) => row("unlock", Writes, 8, Some(Cap::Lock)),
            Op::Insert { .. } => row("insert", Writes, 40, Some(Cap::Insert)),
            Op::Remove { .. } => row("remove", Writes, 40, Some(Cap::Insert)),
            Op::Thread(op) => {
                let (name, effects, steps) = op.row();
                row(name, effects, steps, None)
            }
        }
    }

    /// What the hook and target must offer; an atomic sum whose old value nobody uses needs less.
    pub fn needs(&self, is_result_used: bool) -> Option<Cap> {
        match self {
            Op::Atomic { op: AtomicOp::Add | AtomicOp::Sub, .. } if !is_result_used => {
                Some(Cap::AtomicAdd)
            }
            _ => self.info().needs,
        }
    }

    /// The values it uses, in the order of the text form.
    pub fn uses(&self) -> impl Iterator<Item = Value> + Clone {
        let (few, key, value): ([Option<Value>; 3], &[Value], &[Value]) = match self {
            Op::Const(_) | Op::Param(_) | Op::Meta(_) | Op::Now | Op::Cpu => ([None; 3], &[], &[]),
            Op::SetLen(_) | Op::StateCell(_) => ([None; 3], &[], &[]),
            Op::Bin(_, a, b) | Op::Cmp(_, a, b) | Op::Reduce(a, b) => {
                ([Some(*a), Some(*b), None], &[], &[])
            }
            Op::Select(cond, yes, no) => ([Some(*cond), Some(*yes), Some(*no)], &[], &[]),
            Op::Convert(a)
            | Op::ByteSwap(a)
            | Op::Executor(_, a)
            | Op::Generation(_, a)
            | Op::SlotOf(a) => ([Some(*a), None, None], &[], &[]),
            Op::Load { view, .. } => ([Some(*view), None, None], &[], &[]),
            Op::Random(bound) => ([*bound, None, None], &[], &[]),
            Op::Read { cell, .. } | Op::Lock(cell) | Op::Unlock(cell) => {
                ([Some(*cell), None, None], &[], &[])
            }
            Op::Write { cell, value, .. } | Op::Atomic { cell, value, .. } => {
                ([Some(*cell), Some(*value), None], &[], &[])
            }
            Op::Insert { key, value, .. } => ([None; 3], key, value),
            Op::Remove { key, .. } => ([None; 3], key, &[]),
            Op::Thread(op) => (op.uses(), &[], &[]),
        };
        few.into_iter().flatten().chain(key.iter().chain(value).copied())
    }

    /// Replaces every value it uses.
    pub fn map_uses(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            Op::Const(_) | Op::Param(_) | Op::Meta(_) | Op::Now | Op::Cpu => {}
            Op::SetLen(_) | Op::StateCell(_) => {}
            Op::Bin(_, a, b) | Op::Cmp(_, a, b) | Op::Reduce(a, b) => {
                *a = f(*a);
                *b = f(*b);
            }
            Op::Select(cond, yes, no) => {
                *cond = f(*cond);
                *yes = f(*yes);
                *no = f(*no);
            }
            Op::Convert(a)
            | Op::ByteSwap(a)
            | Op::Executor(_, a)
            | Op::Generation(_, a)
            | Op::SlotOf(a) => *a = f(*a),
            Op::Load { view, .. } => *view = f(*view),
            Op::Random(bound) => *bound = bound.map(f),
            Op::Read { cell, .. } | Op::Lock(cell) | Op::Unlock(cell) => *cell = f(*cell),
            Op::Write { cell, value, .. } | Op::Atomic { cell, value, .. } => {
                *cell = f(*cell);
                *value = f(*value);
            }
            Op::Insert { key, value, .. } => {
                key.iter_mut().chain(value).for_each(|v| *v = f(*v));
            }
            Op::Remove { key, .. } => key.iter_mut().for_each(|v| *v = f(*v)),
            Op::Thread(op) => op.map_uses(f),
        }
    }
}
