//! Wrong engines on demand: what the simulator's oracles must be able to find.
//!
//! Only with the feature `defects` can one be chosen; without it [`Chosen`] is always none, and
//! the compiler drops the branches.

/// A mistake that the writer of an agent could make.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Defect {
    /// The sequence number of a task's last message is not remembered.
    SeqnumForgotten,
    /// A transaction that came too late is taken for done.
    StaleIsDone,
    /// The status word of a task that is gone is not freed.
    WordKept,
    /// The CPUs that a task may use are not looked at.
    AffinityIgnored,
    /// A task that lost its CPU is forgotten.
    PreemptedIsLost,
    /// A transaction for a CPU that something more important has is taken for done.
    UnavailableIsDone,
    /// A task that the policy leaves to the system is forgotten.
    LeftIsLost,
    /// A core for which the policy had nothing once is not offered again.
    CoreNotOffered,
    /// A message that fills the end of the ring is taken for the end of the messages.
    FillerIsEnd,
    /// The agent stays where something more important wants its CPU.
    BoostIgnored,
}

/// The mistake that was chosen, if any.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Chosen {
    #[cfg(feature = "defects")]
    defect: Option<Defect>,
}

impl Chosen {
    /// Chooses a mistake.
    #[cfg(feature = "defects")]
    pub const fn new(defect: Defect) -> Chosen {
        Chosen { defect: Some(defect) }
    }

    /// Whether a mistake was chosen.
    #[cfg(feature = "defects")]
    pub(crate) fn is(self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Whether a mistake was chosen: never, in this build.
    #[cfg(not(feature = "defects"))]
    pub(crate) const fn is(self, _: Defect) -> bool {
        false
    }
}
