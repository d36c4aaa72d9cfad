//! ghOSt's interface between kernel and agent, version 91: every structure, number and name.
//!
//! In: nothing. Out: layouts as C has them, ioctl numbers, message types, transaction states. The
//! tables follow the BSD-licensed headers of google/ghost-userspace (`abi/91/kernel/ghost.h`); the
//! tests below freeze each size, offset and number, because the kernel has its own copy of them.

mod layout;
mod message;
mod numbers;
#[cfg(test)]
mod tests;

pub use layout::{
    AgentWakeup, CpuData, IocAssocQueue, IocCommitTxn, IocConfigQueueWakeup, IocCreateQueue,
    IocGetCpuTime, IocRun, IocSwGetInfo, IocTimerfdSettime, MsgHeader, MsgSrc, QueueHeader, Ring,
    StatusWord, SwInfo, SwRegionHeader, TimerfdGhost, Txn,
};
pub use message::{Message, Payload, decode};
pub use numbers::{
    CommitFlags, IDLE_GTID, Ioctl, MsgType, NULL_GTID, RunFlags, SRC_AGENT, SRC_TASK, State, flags,
    tid_of,
};

/// The version that is spoken. The kernel lists those it has; there is no other negotiation.
pub const VERSION: u32 = 91;

/// Bytes of one entry of a message ring.
pub const SLOT_BYTES: u32 = 8;

/// Where the entries of a message ring begin: behind the header and the ring's three counters.
pub const RING_MSGS_OFFSET: usize = size_of::<QueueHeader>() + size_of::<Ring>();

/// The most entries of a message ring (`GHOST_MAX_QUEUE_ELEMS`).
pub const QUEUE_ELEMS_MAX: u32 = 65_536;

/// Status words of one region.
pub const WORDS_MAX: u32 = 65_534;

/// Bytes of a region of status words.
pub const WORDS_BYTES: usize = 64 + WORDS_MAX as usize * size_of::<StatusWord>();
