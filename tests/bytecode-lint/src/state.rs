//! What is known at one point of a program: registers, stack, the packet, the lock.
//!
//! In: nothing. Out: [`State`] and how two of them join where paths meet.

/// A number that says which call something came from; [`MANY`] where it may be several.
pub type Id = u32;

/// See [`Id`].
pub const MANY: Id = u32::MAX;

/// Words of the stack: `MAX_BPF_STACK` of 512 bytes, include/linux/filter.h.
pub const STACK_WORDS: usize = 64;

/// What a register or a word of the stack holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Value {
    /// Nothing that may be read: unwritten on some path, or of two kinds.
    None,
    /// A number, perhaps known.
    Number(Option<u64>),
    /// What a copying function answered: 0 where it copied.
    Status(Id),
    /// The context.
    Context,
    /// The frame pointer and so many bytes.
    Frame(i32),
    /// A byte of the packet, between two distances from its first direct byte, with so many bytes
    /// proven to be there from it on.
    Packet { low: i32, high: i32, ahead: i32 },
    /// The end of the packet's direct bytes.
    PacketEnd,
    /// A map.
    Map(u32),
    /// A byte of a map's value, between two offsets.
    Entry { map: u32, low: i32, high: i32, null: Null },
}

/// Whether a map's value may be missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Null {
    /// It is there in any case.
    Never,
    /// It is there, because this call's result was tested.
    Tested(Id),
    /// It may be null, because this call's result was not tested.
    Maybe(Id),
}

impl Null {
    fn join(self, other: Null) -> Null {
        match (self, other) {
            (one, same) if one == same => one,
            (Null::Maybe(_), _) | (_, Null::Maybe(_)) => Null::Maybe(MANY),
            _ => Null::Tested(MANY),
        }
    }
}

impl Value {
    /// Whether it is a plain number.
    pub fn is_number(self) -> bool {
        matches!(self, Value::Number(_) | Value::Status(_))
    }

    /// The number, where it is known.
    pub fn known(self) -> Option<u64> {
        match self {
            Value::Number(known) => known,
            _ => None,
        }
    }

    fn join(self, other: Value) -> Value {
        use Value::{Entry, Number, Packet};
        match (self, other) {
            (one, same) if one == same => one,
            (one, two) if one.is_number() && two.is_number() => Number(None),
            (
                Entry { map, low, high, null },
                Entry { map: other_map, low: other_low, high: other_high, null: other_null },
            ) if map == other_map => Entry {
                map,
                low: low.min(other_low),
                high: high.max(other_high),
                null: null.join(other_null),
            },
            (
                Packet { low, high, ahead },
                Packet { low: other_low, high: other_high, ahead: other_ahead },
            ) => Packet {
                low: low.min(other_low),
                high: high.max(other_high),
                ahead: ahead.min(other_ahead),
            },
            _ => Value::None,
        }
    }
}

/// One byte of the stack that no whole word covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Byte {
    /// Never written on some path.
    Unwritten,
    /// Part of a number.
    Number,
    /// Written by a copying function whose answer was not looked at yet.
    Copied(Id),
    /// Written by a copying function that said so.
    Checked(Id),
}

impl Byte {
    fn join(self, other: Byte) -> Byte {
        match (self, other) {
            (one, same) if one == same => one,
            (Byte::Unwritten, _) | (_, Byte::Unwritten) => Byte::Unwritten,
            (Byte::Copied(_), _) | (_, Byte::Copied(_)) => Byte::Copied(MANY),
            _ => Byte::Checked(MANY),
        }
    }
}

/// A word of the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// Written whole.
    Whole(Value),
    /// Byte by byte, the lowest address first.
    Bytes([Byte; 8]),
}

impl Word {
    /// Its bytes, whatever they are parts of.
    pub fn bytes(self) -> [Byte; 8] {
        match self {
            Word::Whole(value) if value.is_number() => [Byte::Number; 8],
            Word::Whole(_) => [Byte::Unwritten; 8],
            Word::Bytes(bytes) => bytes,
        }
    }

    fn join(self, other: Word) -> Word {
        match (self, other) {
            (one, same) if one == same => one,
            (Word::Whole(one), Word::Whole(two)) => Word::Whole(one.join(two)),
            (one, two) => {
                let (one, two) = (one.bytes(), two.bytes());
                Word::Bytes(std::array::from_fn(|at| one[at].join(two[at])))
            }
        }
    }
}

/// See the module's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// `r0` to `r10`.
    pub regs: [Value; 11],
    /// The stack, the word below the frame pointer first.
    pub stack: [Word; STACK_WORDS],
    /// Bytes of the packet that a comparison with its end proved.
    pub proven: i32,
    /// The locked value: map, byte.
    pub lock: Option<(u32, i32)>,
    /// Whether paths that meet here differ in what they have locked.
    pub lock_differs: bool,
}

impl State {
    /// At a program's start.
    pub fn entry() -> State {
        let mut regs = [Value::None; 11];
        regs[1] = Value::Context;
        regs[10] = Value::Frame(0);
        let stack = [Word::Bytes([Byte::Unwritten; 8]); STACK_WORDS];
        State { regs, stack, proven: 0, lock: None, lock_differs: false }
    }

    /// What holds on both of two paths.
    pub fn join(&self, other: &State) -> State {
        State {
            regs: std::array::from_fn(|at| self.regs[at].join(other.regs[at])),
            stack: std::array::from_fn(|at| self.stack[at].join(other.stack[at])),
            proven: self.proven.min(other.proven),
            lock: self.lock,
            lock_differs: self.lock_differs || other.lock_differs || self.lock != other.lock,
        }
    }

    /// Every register and whole word.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        let words = self.stack.iter_mut().filter_map(|word| match word {
            Word::Whole(value) => Some(value),
            Word::Bytes(_) => None,
        });
        self.regs.iter_mut().chain(words)
    }
}
