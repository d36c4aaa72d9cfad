//! What a value of the IR is, as far as a card could know it.
//!
//! In: operations over symbols. Out: a symbol; [`Symbol::Other`] where a card's rules cannot know.

use crate::cube::Field;
use syrup_ir::{BinOp, CmpOp, Op, Order, SetId};

/// Where bits of a frame are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Part {
    /// The EtherType behind any tags.
    Ethertype,
    /// The transport protocol.
    Protocol,
    /// The network header.
    Net,
    /// The transport header.
    Transport,
}

/// Some bits of a frame, as a number whose first bit is the most significant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Slice {
    /// Where.
    pub part: Part,
    /// The first bit.
    pub bit: u32,
    /// How many, 1 to 64.
    pub bits: u32,
}

/// Numbers from a first to a last.
pub(crate) type Ranges = Vec<(u64, u64)>;

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Cond {
    /// Known.
    Known(bool),
    /// Bits of the frame make one of these numbers.
    In(Slice, Ranges),
    /// Not this.
    Not(Box<Cond>),
    /// Both.
    And(Box<Cond>, Box<Cond>),
    /// A card does not know.
    Other,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Symbol {
    /// A number.
    Const(u64),
    /// Bits of the frame.
    Slice(Slice),
    /// The same with its bytes reversed.
    Reversed(Slice),
    /// A truth value.
    Cond(Cond),
    /// The card's own hash of the flow.
    FlowHash,
    /// One of `count` numbers from `start` on, chosen by that hash.
    Spread {
        /// The first number.
        start: u64,
        /// How many.
        count: u64,
    },
    /// An executor of a set.
    Exec(SetId, Box<Symbol>),
    /// A stretch of the frame.
    View(Part, u32),
    /// What a card does not know.
    Other,
}

/// The largest number of so many bits.
pub(crate) fn max_of(bits: u32) -> u64 {
    u64::MAX >> (64 - bits.clamp(1, 64))
}

impl Symbol {
    /// The value as a condition.
    pub fn cond(&self) -> Cond {
        match self {
            Symbol::Cond(cond) => cond.clone(),
            Symbol::Const(number) => Cond::Known(*number != 0),
            Symbol::Slice(slice) => Cond::In(*slice, vec![(1, max_of(slice.bits))]),
            Symbol::Reversed(_) | Symbol::FlowHash | Symbol::Spread { .. } => Cond::Other,
            Symbol::Exec(..) | Symbol::View(..) | Symbol::Other => Cond::Other,
        }
    }
}

/// What an operation gives; `bits` is the width of its result, `arg` what its operands are, in
/// order, each with its width.
pub(crate) fn apply(op: &Op, bits: u32, args: &[(Symbol, u32)]) -> Symbol {
    match (op, args) {
        (Op::Bin(op, ..), [(a, _), (b, _)]) => binary(*op, bits, a, b),
        (Op::Cmp(op, ..), [(a, a_bits), (b, _)]) => Symbol::Cond(compare(*op, *a_bits, a, b)),
        (Op::Select(..), [(cond, _), (yes, _), (no, _)]) if bits == 1 => {
            let (cond, yes, no) = (cond.cond(), yes.cond(), no.cond());
            Symbol::Cond(or(and(cond.clone(), yes), and(not(cond), no)))
        }
        (Op::Convert(_), [(a, from)]) => convert(a, *from, bits),
        (Op::ByteSwap(_), [(a, _)]) => match a {
            Symbol::Const(number) => Symbol::Const(number.swap_bytes() >> (64 - bits)),
            Symbol::Slice(slice) if slice.bits == bits => Symbol::Reversed(*slice),
            Symbol::Reversed(slice) => Symbol::Slice(*slice),
            _ => Symbol::Other,
        },
        (Op::Reduce(..), [(Symbol::FlowHash, _), (Symbol::Const(count), _)]) => {
            Symbol::Spread { start: 0, count: *count }
        }
        (Op::Reduce(..), [(Symbol::Const(hash), _), (Symbol::Const(count), _)]) => {
            Symbol::Const((hash * count) >> 32)
        }
        (Op::Load { offset, order, .. }, [(Symbol::View(part, start), _)]) => {
            let slice = Slice { part: *part, bit: (start + offset) * 8, bits };
            match order {
                Order::Little if bits > 8 => Symbol::Reversed(slice),
                Order::Big | Order::Little => Symbol::Slice(slice),
            }
        }
        (Op::Executor(set, _), [(slot, _)]) => Symbol::Exec(*set, Box::new(slot.clone())),
        (Op::SlotOf(_), [(Symbol::Exec(_, slot), _)]) => (**slot).clone(),
        _ => Symbol::Other,
    }
}

fn binary(op: BinOp, bits: u32, a: &Symbol, b: &Symbol) -> Symbol {
    if let (Symbol::Const(a), Symbol::Const(b)) = (a, b) {
        return syrup_ir::check::fold(op, bits as u8, *a, *b).into();
    }
    match (op, a, b) {
        (BinOp::And, Symbol::Cond(_), _) | (BinOp::And, _, Symbol::Cond(_)) if bits == 1 => {
            Symbol::Cond(and(a.cond(), b.cond()))
        }
        (BinOp::Or, Symbol::Cond(_), _) | (BinOp::Or, _, Symbol::Cond(_)) if bits == 1 => {
            Symbol::Cond(or(a.cond(), b.cond()))
        }
        (BinOp::Xor, Symbol::Cond(cond), Symbol::Const(1))
        | (BinOp::Xor, Symbol::Const(1), Symbol::Cond(cond)) => Symbol::Cond(not(cond.clone())),
        (BinOp::Add, Symbol::Spread { start, count }, Symbol::Const(n))
        | (BinOp::Add, Symbol::Const(n), Symbol::Spread { start, count }) => {
            Symbol::Spread { start: start + n, count: *count }
        }
        (BinOp::Shr, Symbol::Slice(slice), Symbol::Const(n)) if *n < slice.bits.into() => {
            Symbol::Slice(Slice { bits: slice.bits - *n as u32, ..*slice })
        }
        // The lowest bits.
        (BinOp::And, Symbol::Slice(slice), Symbol::Const(mask))
        | (BinOp::And, Symbol::Const(mask), Symbol::Slice(slice))
            if *mask != 0 && mask & (mask + 1) == 0 =>
        {
            Symbol::Slice(lowest(*slice, mask.count_ones()))
        }
        _ => Symbol::Other,
    }
}

impl From<u64> for Symbol {
    fn from(number: u64) -> Symbol {
        Symbol::Const(number)
    }
}

/// The last bits of a slice.
fn lowest(slice: Slice, bits: u32) -> Slice {
    let bits = bits.min(slice.bits);
    Slice { bit: slice.bit + slice.bits - bits, bits, ..slice }
}

fn convert(a: &Symbol, from: u32, to: u32) -> Symbol {
    match a {
        Symbol::Const(number) => Symbol::Const(number & max_of(to)),
        Symbol::Slice(slice) => Symbol::Slice(lowest(*slice, to)),
        Symbol::Reversed(slice) if to >= from => Symbol::Reversed(*slice),
        Symbol::Cond(_) | Symbol::FlowHash | Symbol::Spread { .. } if to >= from => a.clone(),
        _ => Symbol::Other,
    }
}

fn compare(op: CmpOp, bits: u32, a: &Symbol, b: &Symbol) -> Cond {
    match (a, b) {
        (Symbol::Const(a), Symbol::Const(b)) => Cond::Known(match op {
            CmpOp::Eq => a == b,
            CmpOp::Ne => a != b,
            CmpOp::Lt => a < b,
            CmpOp::Le => a <= b,
        }),
        (Symbol::Cond(cond), Symbol::Const(number))
        | (Symbol::Const(number), Symbol::Cond(cond))
            if matches!(op, CmpOp::Eq | CmpOp::Ne) =>
        {
            if (*number == 1) == (op == CmpOp::Eq) {
                cond.clone()
            } else {
                not(cond.clone())
            }
        }
        (Symbol::Reversed(slice), Symbol::Const(number))
        | (Symbol::Const(number), Symbol::Reversed(slice))
            if matches!(op, CmpOp::Eq | CmpOp::Ne) =>
        {
            let number = number.swap_bytes() >> (64 - bits);
            compare(op, bits, &Symbol::Slice(*slice), &Symbol::Const(number))
        }
        (Symbol::Slice(slice), Symbol::Const(number)) => match op {
            CmpOp::Eq => within(*slice, *number, *number),
            CmpOp::Ne => not(within(*slice, *number, *number)),
            CmpOp::Lt => number.checked_sub(1).map_or(Cond::Known(false), |n| within(*slice, 0, n)),
            CmpOp::Le => within(*slice, 0, *number),
        },
        (Symbol::Const(number), Symbol::Slice(slice)) => match op {
            CmpOp::Eq => within(*slice, *number, *number),
            CmpOp::Ne => not(within(*slice, *number, *number)),
            CmpOp::Lt => not(within(*slice, 0, *number)),
            CmpOp::Le => {
                number.checked_sub(1).map_or(Cond::Known(true), |n| not(within(*slice, 0, n)))
            }
        },
        _ => Cond::Other,
    }
}

/// Whether bits make a number of a range.
fn within(slice: Slice, lo: u64, hi: u64) -> Cond {
    let max = max_of(slice.bits);
    if lo > max {
        return Cond::Known(false);
    }
    if lo == 0 && hi >= max {
        return Cond::Known(true);
    }
    Cond::In(slice, vec![(lo, hi.min(max))])
}

fn not(cond: Cond) -> Cond {
    match cond {
        Cond::Known(known) => Cond::Known(!known),
        Cond::Not(inner) => *inner,
        other => Cond::Not(Box::new(other)),
    }
}

fn and(a: Cond, b: Cond) -> Cond {
    match (a, b) {
        (Cond::Known(false), _) | (_, Cond::Known(false)) => Cond::Known(false),
        (Cond::Known(true), other) | (other, Cond::Known(true)) => other,
        (a, b) => Cond::And(Box::new(a), Box::new(b)),
    }
}

fn or(a: Cond, b: Cond) -> Cond {
    not(and(not(a), not(b)))
}

/// The numbers of a slice that are not in these ranges, which are in order.
pub(crate) fn complement(slice: Slice, ranges: &[(u64, u64)]) -> Ranges {
    let mut found = Ranges::new();
    let mut next = Some(0);
    for &(lo, hi) in ranges {
        if let Some(from) = next.filter(|from| *from < lo) {
            found.push((from, lo - 1));
        }
        next = hi.checked_add(1);
    }
    if let Some(from) = next.filter(|from| *from <= max_of(slice.bits)) {
        found.push((from, max_of(slice.bits)));
    }
    found
}

/// The numbers in both.
pub(crate) fn intersect(a: &[(u64, u64)], b: &[(u64, u64)]) -> Ranges {
    let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x.0.max(y.0), x.1.min(y.1))));
    pairs.filter(|(lo, hi)| lo <= hi).collect()
}

/// The field of a card's rules that bits belong to, with the place of their last bit in it, where
/// the EtherType and the protocol of the frame are known to be these.
pub(crate) fn field(
    slice: Slice,
    ethertype: Option<u64>,
    protocol: Option<u64>,
) -> Option<(Field, u32)> {
    let table: &[(u32, Field)] = match (slice.part, ethertype, protocol) {
        (Part::Ethertype, ..) => &[(0, Field::Ethertype)],
        (Part::Protocol, ..) => &[(0, Field::Protocol)],
        (Part::Net, Some(0x0800), _) => {
            &[(8, Field::TrafficClass), (96, Field::SrcV4), (128, Field::DstV4)]
        }
        (Part::Net, Some(0x86dd), _) => {
            &[(4, Field::TrafficClass), (64, Field::SrcV6), (192, Field::DstV6)]
        }
        (Part::Transport, _, Some(6 | 17 | 132)) => &[(0, Field::SrcPort), (16, Field::DstPort)],
        (Part::Net | Part::Transport, ..) => &[],
    };
    table.iter().find_map(|&(first, field)| {
        let end = first + field.bits();
        let is_inside = slice.bit >= first && slice.bit + slice.bits <= end;
        is_inside.then(|| (field, end - slice.bit - slice.bits))
    })
}
