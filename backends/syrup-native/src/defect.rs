//! Wrong lowerings on demand: what the tests of this crate must be able to find.
//!
//! Only with the feature `defects` can one be chosen; without it [`Chosen`] is always none, and
//! the compiler drops the branches.

/// A mistake that a compiler writer could make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Defect {
    /// A sum is not cut to its width.
    SumNotCut,
    /// A subtraction has its operands swapped.
    SwappedSub,
    /// A shift by the width or more is left to the machine.
    ShiftUnguarded,
    /// `x / 0` gives `x`.
    DivisionByZero,
    /// `x % 0` gives 0.
    RemainderByZero,
    /// A saturating product forgets its upper half.
    ProductNotClamped,
    /// Numbers are compared as signed.
    SignedComparison,
    /// `select` takes the other operand.
    SwappedSelect,
    /// The largest is the smallest.
    SwappedMax,
    /// Packet bytes come in the other order.
    ByteOrder,
    /// A view is granted one byte early.
    ViewTooLong,
    /// The constant part of a view's offset is lost.
    ViewOffset,
    /// A loop runs once more.
    LoopOnceMore,
    /// A loop knows only its `end`.
    LoopUnbounded,
    /// An atomic operation gives the new value.
    AtomicGivesNew,
    /// A write of fewer bytes takes eight.
    WriteTooWide,
    /// A read number keeps the bits beyond its type.
    ReadNotCut,
    /// An array answers for the index one past its end.
    IndexOnePast,
    /// Every CPU uses the first one's copy.
    FirstCpu,
    /// The second piece of a value lies where the first does.
    PieceMisplaced,
    /// An empty slot is steered to.
    EmptySlot,
    /// A length is read again and one too large.
    LenOneMore,
    /// A draw below 0 is not taken.
    DrawSkipped,
    /// What an insertion answers is negated.
    InsertAnswer,
    /// A parameter is its neighbour's.
    ParamMisplaced,
    /// A claim of a core only asks.
    ClaimOnlyAsked,
    /// A thread goes into an ordered queue without its key.
    KeyLost,
}

impl Defect {
    /// Every one.
    pub const ALL: [Defect; 27] = [
        Defect::SumNotCut,
        Defect::SwappedSub,
        Defect::ShiftUnguarded,
        Defect::DivisionByZero,
        Defect::RemainderByZero,
        Defect::ProductNotClamped,
        Defect::SignedComparison,
        Defect::SwappedSelect,
        Defect::SwappedMax,
        Defect::ByteOrder,
        Defect::ViewTooLong,
        Defect::ViewOffset,
        Defect::LoopOnceMore,
        Defect::LoopUnbounded,
        Defect::AtomicGivesNew,
        Defect::WriteTooWide,
        Defect::ReadNotCut,
        Defect::IndexOnePast,
        Defect::FirstCpu,
        Defect::PieceMisplaced,
        Defect::EmptySlot,
        Defect::LenOneMore,
        Defect::DrawSkipped,
        Defect::InsertAnswer,
        Defect::ParamMisplaced,
        Defect::ClaimOnlyAsked,
        Defect::KeyLost,
    ];
}

/// Which defect a compilation has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Chosen(Option<Defect>);

impl Chosen {
    /// This one.
    #[cfg(feature = "defects")]
    pub fn new(defect: Defect) -> Chosen {
        Chosen(Some(defect))
    }

    /// Whether it is this one.
    pub(crate) fn is(self, defect: Defect) -> bool {
        cfg!(feature = "defects") && self.0 == Some(defect)
    }
}
