//! Wrong lowerings on demand: what the project's tests must be able to find.
//!
//! In: a choice, for as long as a function runs and on its thread only. Out: whether a lowering has
//! this mistake now. Only with the feature `defects` can one be chosen; without it [`has`] is
//! always false, and the compiler drops the branches.

/// A mistake that a compiler writer could make.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Defect {
    /// A conditional jump goes one word too far.
    JumpTooFarByOne,
    /// A jump stops one word early.
    GotoTooShort,
    /// A test of 32 bits asks all 64.
    NarrowTestWide,
    /// A sum of 32 bits is made in 64: its upper half is not 0.
    SumNotExtended,
    /// A number of 32 bits is extended by its sign.
    NumberSignExtended,
    /// A copy that cuts to 32 bits copies 64.
    CopyNotCut,
    /// 16 bits are swapped as 32.
    SwapTooWide,
    /// Bytes are brought into little-endian order.
    SwapToLittle,
    /// Four bytes are read as two.
    LoadTooNarrow,
    /// Fewer than eight bytes are written as eight.
    StoreTooWide,
    /// A fetching addition only adds.
    FetchLost,
    /// An exchange adds.
    ExchangeAdds,
    /// An atomic operation forgets its offset.
    AtomicMisplaced,
    /// An atomic operation has address and operand swapped.
    AtomicOperandsSwapped,
    /// An address on the stack is eight bytes too high.
    FrameMisplaced,
    /// An insertion calls the function that removes.
    UpdateDeletes,
    /// A result is not cut to its width.
    SumNotCut,
    /// A difference has its operands swapped.
    SubSwapped,
    /// A division by a power of two shifts once more.
    DivisionShifts,
    /// A remainder by a power of two is masked by that power.
    RemainderKeepsTop,
    /// A quotient and a remainder are exchanged.
    DivisionIsRemainder,
    /// A shift by the width or more is left to the machine.
    ShiftUnguarded,
    /// A shift by exactly the width is left to the machine.
    ShiftBoundOff,
    /// A left shift keeps the bits beyond its width.
    ShiftNotCut,
    /// A shift goes the other way.
    ShiftTurned,
    /// A saturating sum or product of up to 32 bits is not clamped.
    ClampLost,
    /// A number that is too large becomes one less than the largest.
    ClampTooLow,
    /// A saturating sum of 64 bits wraps.
    CarryLost,
    /// A saturating difference wraps.
    BorrowLost,
    /// A saturating product of 64 bits forgets its upper half.
    ProductUpperLost,
    /// The smaller of two numbers is the larger.
    MinIsMax,
    /// A hash is brought into range by one bit too few.
    ReduceOnce,
    /// A conversion keeps the bits beyond its type.
    ConvertNotCut,
    /// A mask of one bit, made by a product, keeps the wrong bits.
    BitFactorWrong,
    /// A cut keeps one bit too many.
    CutOneBitLate,
    /// The address of a value within a map forgets its distance.
    CellAddressLost,
    /// A choice between numbers always takes the first.
    KeptAlways,
    /// A comparison without jumps goes by the sign of a difference that may overflow.
    BorrowBySign,
    /// A comparison without jumps is not turned round.
    StraightNotOpposite,
    /// A choice without jumps takes the other number.
    StraightSwapped,
    /// The smaller number without jumps is the larger.
    StraightMinimum,
    /// A comparison that was mirrored keeps its direction.
    ComparedOpposite,
    /// Below is below or equal.
    LessOrEqual,
    /// Numbers are compared by their sign.
    SignedComparison,
    /// A packet field is compared with a constant in the other byte order.
    ConstantNotSwapped,
    /// A masked field is compared whole.
    MaskForgotten,
    /// The opposite of a test of bits is the test.
    SetNotUnless,
    /// Of two conditions one is enough.
    AndIsOr,
    /// A test of the top bit is turned round.
    SignTestTurned,
    /// The question for a length forgets its last byte.
    LengthOneShort,
    /// A direct read begins one byte early.
    ReadOneEarly,
    /// A copied stretch begins one byte late.
    CopyOneLate,
    /// Bytes that could not be copied are zeros.
    ShortIsZero,
    /// A number that is read in halves has them exchanged.
    HalvesExchanged,
    /// Packet bytes stay in their order.
    OrderForgotten,
    /// The parts of a number of three, five, six or seven bytes overlap.
    PartsMisplaced,
    /// A looked-up value is used without asking whether it is there.
    NullUnasked,
    /// What is missing and what is found are exchanged.
    MissingIsFound,
    /// An operation goes to the map declared before.
    NeighbourMap,
    /// A state cell is the one before.
    NeighbourCell,
    /// A read number keeps bits that its type does not have.
    ReadNotCut,
    /// Every field of a value lies where the first does.
    FieldMisplaced,
    /// An atomic subtraction adds.
    SubAdds,
    /// An atomic addition gives the new value.
    AtomicGivesNew,
    /// Raising a cell lowers it.
    RaiseLowers,
    /// A value is changed without its lock.
    LockMissing,
    /// A lock is not given back.
    UnlockMissing,
    /// An entry with a lock is replaced without it.
    InsertWithoutLock,
    /// An insertion leaves an entry that is there as it is.
    InsertOnlyNew,
    /// What an insertion or removal answers is turned round.
    InsertAnswer,
    /// An insertion takes its key for its value.
    KeyForValue,
    /// A slot beyond the table has the first generation.
    NoGeneration,
    /// Every piece of a key lies at its start.
    KeyPieceMisplaced,
    /// The constant pieces of a key are lost where others are not constant.
    KeyConstantLost,
    /// Two areas of the stack that are in use together overlap.
    AreasOverlap,
    /// A parameter is the first one.
    ParamNeighbour,
    /// A set is one longer than it is.
    LenOneMore,
    /// A dropped input is passed.
    DropIsPass,
    /// The chosen slot is not put where the kernel looks for it.
    SlotNotStored,
    /// Two values that a block is given are exchanged.
    ArgumentsExchanged,
    /// Two spilled values share a place.
    SpillsShared,
    /// Spilled values lie where keys are built.
    SpillOnKeys,
    /// A value is not spilled before its register is used again.
    SpillLost,
    /// A move between two ways into a block is lost.
    MoveLost,
    /// A call is taken to leave `r5` alone.
    CallKeepsFive,
    /// A copy is read when its source has changed.
    StaleCopy,
    /// A store is left out when the register that was stored has changed.
    StaleStore,
    /// What only the end of a block reads counts as unread.
    DeadTooEarly,
    /// A value is renamed although a later block reads its old name.
    SunkTooFar,
    /// Blocks that do the same and end differently become one.
    EndsNotCompared,
    /// A test is not inverted where its other side falls through.
    InverseLost,
    /// A jump skips a block of one instruction.
    JumpThreadedFar,
    /// A loop that is not unrolled runs once more.
    LoopOnceMore,
    /// A loop lacks the count that the kernel ends it by.
    LoopUncounted,
}

impl Defect {
    /// Every one.
    pub const ALL: [Defect; 94] = [
        Defect::JumpTooFarByOne,
        Defect::GotoTooShort,
        Defect::NarrowTestWide,
        Defect::SumNotExtended,
        Defect::NumberSignExtended,
        Defect::CopyNotCut,
        Defect::SwapTooWide,
        Defect::SwapToLittle,
        Defect::LoadTooNarrow,
        Defect::StoreTooWide,
        Defect::FetchLost,
        Defect::ExchangeAdds,
        Defect::AtomicMisplaced,
        Defect::AtomicOperandsSwapped,
        Defect::FrameMisplaced,
        Defect::UpdateDeletes,
        Defect::SumNotCut,
        Defect::SubSwapped,
        Defect::DivisionShifts,
        Defect::RemainderKeepsTop,
        Defect::DivisionIsRemainder,
        Defect::ShiftUnguarded,
        Defect::ShiftBoundOff,
        Defect::ShiftNotCut,
        Defect::ShiftTurned,
        Defect::ClampLost,
        Defect::ClampTooLow,
        Defect::CarryLost,
        Defect::BorrowLost,
        Defect::ProductUpperLost,
        Defect::MinIsMax,
        Defect::ReduceOnce,
        Defect::ConvertNotCut,
        Defect::BitFactorWrong,
        Defect::CutOneBitLate,
        Defect::CellAddressLost,
        Defect::KeptAlways,
        Defect::BorrowBySign,
        Defect::StraightNotOpposite,
        Defect::StraightSwapped,
        Defect::StraightMinimum,
        Defect::ComparedOpposite,
        Defect::LessOrEqual,
        Defect::SignedComparison,
        Defect::ConstantNotSwapped,
        Defect::MaskForgotten,
        Defect::SetNotUnless,
        Defect::AndIsOr,
        Defect::SignTestTurned,
        Defect::LengthOneShort,
        Defect::ReadOneEarly,
        Defect::CopyOneLate,
        Defect::ShortIsZero,
        Defect::HalvesExchanged,
        Defect::OrderForgotten,
        Defect::PartsMisplaced,
        Defect::NullUnasked,
        Defect::MissingIsFound,
        Defect::NeighbourMap,
        Defect::NeighbourCell,
        Defect::ReadNotCut,
        Defect::FieldMisplaced,
        Defect::SubAdds,
        Defect::AtomicGivesNew,
        Defect::RaiseLowers,
        Defect::LockMissing,
        Defect::UnlockMissing,
        Defect::InsertWithoutLock,
        Defect::InsertOnlyNew,
        Defect::InsertAnswer,
        Defect::KeyForValue,
        Defect::NoGeneration,
        Defect::KeyPieceMisplaced,
        Defect::KeyConstantLost,
        Defect::AreasOverlap,
        Defect::ParamNeighbour,
        Defect::LenOneMore,
        Defect::DropIsPass,
        Defect::SlotNotStored,
        Defect::ArgumentsExchanged,
        Defect::SpillsShared,
        Defect::SpillOnKeys,
        Defect::SpillLost,
        Defect::MoveLost,
        Defect::CallKeepsFive,
        Defect::StaleCopy,
        Defect::StaleStore,
        Defect::DeadTooEarly,
        Defect::SunkTooFar,
        Defect::EndsNotCompared,
        Defect::InverseLost,
        Defect::JumpThreadedFar,
        Defect::LoopOnceMore,
        Defect::LoopUncounted,
    ];
}

#[cfg(feature = "defects")]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<Defect>> = const { std::cell::Cell::new(None) };
}

/// Runs a function with a mistake in everything that it compiles on this thread.
#[cfg(feature = "defects")]
pub fn with<T>(defect: Defect, run: impl FnOnce() -> T) -> T {
    /// Gives the mistake up, also where `run` panics.
    struct Chosen;
    impl Drop for Chosen {
        fn drop(&mut self) {
            CHOSEN.set(None);
        }
    }
    CHOSEN.set(Some(defect));
    let _chosen = Chosen;
    run()
}

/// Whether it is chosen.
#[cfg(feature = "defects")]
pub(crate) fn has(defect: Defect) -> bool {
    CHOSEN.get() == Some(defect)
}

/// Whether it is chosen: never, without the feature.
#[cfg(not(feature = "defects"))]
pub(crate) const fn has(_defect: Defect) -> bool {
    false
}
