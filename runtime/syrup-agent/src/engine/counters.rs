//! What an engine counts, for status and for tests.

/// What happened so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Rounds of the loop.
    pub iterations: u64,
    /// Messages read.
    pub messages: u64,
    /// Transactions opened.
    pub commits: u64,
    /// Transactions that ran a thread or took a core from one.
    pub committed: u64,
    /// Transactions that came too late and were tried again.
    pub stale: u64,
    /// Transactions for a thread that had not quite left its CPU, and were tried again.
    pub still_on_cpu: u64,
    /// Transactions for a CPU that something more important had taken.
    pub unavailable: u64,
    /// Transactions for a thread that was gone.
    pub not_found: u64,
    /// Events that the policy was asked about.
    pub decisions: u64,
    /// Threads that the policy left to the system.
    pub left: u64,
    /// Threads given back because they waited too long, or may use none of the cores.
    pub given_back: u64,
    /// Entries that the application wrote.
    pub hints: u64,
    /// Entries that found no room in their map.
    pub hints_lost: u64,
    /// Threads that came.
    pub tasks_new: u64,
    /// Threads that went, their status words freed.
    pub tasks_gone: u64,
    /// Messages whose number did not follow the one before. Not 0: messages were lost.
    pub gaps: u64,
    /// Messages about threads that nobody announced.
    pub strangers: u64,
    /// Times the agent moved to another CPU.
    pub hand_offs: u64,
    /// Times another policy took over.
    pub swaps: u64,
}

impl Counters {
    /// Grows whenever something happens.
    pub(super) fn work(&self) -> u64 {
        self.messages + self.commits + self.decisions + self.hints
    }
}

/// What an engine knows of a thread.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskReport {
    /// Where it stands.
    pub stand: String,
    /// The number of its last message.
    pub seqnum: u32,
}
