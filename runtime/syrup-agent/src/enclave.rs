//! What an engine needs of a kernel.

use crate::abi::SwInfo;
use crate::cpus::CpuSet;
use crate::shared::Shared;

/// The kernel no longer has the enclave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gone;

/// The application wrote an entry of a map about a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hint {
    /// The number of the map, in the order of the policy's module.
    pub map: u32,
    /// The thread.
    pub tid: u32,
    /// The value.
    pub value: u64,
}

/// A set of CPUs whose threads somebody else schedules: ghOSt's, or a simulated one.
///
/// Messages, status words and transactions are in shared memory, which the engine reads and
/// writes itself. What follows are the calls besides.
pub trait Enclave {
    /// The memory. Read once, before the loop.
    fn shared(&self) -> Shared;

    /// Called before each access of shared memory: a simulated kernel goes on here.
    fn touch(&mut self);

    /// The time, `CLOCK_MONOTONIC` in nanoseconds.
    fn now_ns(&mut self) -> u64;

    /// Commits the open transactions of some CPUs. Results are in the transactions.
    ///
    /// # Errors
    /// The enclave is gone.
    fn commit(&mut self, cpus: &CpuSet) -> Result<(), Gone>;

    /// Frees the status word of a task that is gone.
    ///
    /// # Errors
    /// The enclave is gone.
    fn free_word(&mut self, word: SwInfo) -> Result<(), Gone>;

    /// The CPUs that a thread may use; nothing where there is no such thread any more.
    fn affinity(&mut self, tid: u32) -> Option<CpuSet>;

    /// Gives a thread to the system's default scheduler; nothing happens where it is gone.
    fn give_back(&mut self, gtid: i64);

    /// What the application wrote since the last call, one entry at a time.
    fn hint(&mut self) -> Option<Hint>;
}
