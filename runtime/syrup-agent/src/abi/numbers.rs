//! Numbers of the interface: ioctls, message types, flags, transaction states.

use super::layout::{
    IocAssocQueue, IocCommitTxn, IocConfigQueueWakeup, IocCreateQueue, IocGetCpuTime, IocRun,
    IocSwGetInfo, IocTimerfdSettime, SwInfo,
};

/// A message source that is an agent.
pub const SRC_AGENT: u32 = 0;
/// A message source that is a task.
pub const SRC_TASK: u32 = 1;

/// The gtid that takes a CPU from its task.
pub const NULL_GTID: i64 = 0;
/// The gtid that makes a CPU idle.
pub const IDLE_GTID: i64 = -2;

/// Bits of a gtid below the thread's id (64-bit kernels with 22 bits of pid).
const GTID_SEQNUM_BITS: u32 = 41;

/// The thread of a gtid, as `gettid(2)` gives it.
pub const fn tid_of(gtid: i64) -> u32 {
    (gtid >> GTID_SEQNUM_BITS) as u32
}

/// An ioctl on an enclave's file `ctl`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Ioctl {
    /// Does nothing.
    Null = 0x6700,
    /// Where a status word is.
    SwGetInfo = request(3, 1, size_of::<IocSwGetInfo>()),
    /// Frees the status word of a task that is gone.
    SwFree = request(1, 2, size_of::<SwInfo>()),
    /// Creates a queue and gives its descriptor.
    CreateQueue = request(3, 3, size_of::<IocCreateQueue>()),
    /// Moves a source's messages to a queue.
    AssocQueue = request(1, 4, size_of::<IocAssocQueue>()),
    /// Chooses the queue of new tasks.
    SetDefaultQueue = request(1, 5, size_of::<i32>()),
    /// Says which agents a queue wakes.
    ConfigQueueWakeup = request(1, 6, size_of::<IocConfigQueueWakeup>()),
    /// How long a task ran.
    GetCpuTime = request(3, 7, size_of::<IocGetCpuTime>()),
    /// Commits transactions.
    CommitTxn = request(1, 8, size_of::<IocCommitTxn>()),
    /// Commits transactions, all or none.
    SyncGroupTxn = request(1, 9, size_of::<IocCommitTxn>()),
    /// Sets a timer.
    TimerfdSettime = request(3, 10, size_of::<IocTimerfdSettime>()),
    /// Yields, or wakes an agent.
    Run = request(1, 11, size_of::<IocRun>()),
}

/// An ioctl number as `_IOC` makes it (include/uapi/asm-generic/ioctl.h), of type `g`: direction 1
/// is write, 3 is both.
const fn request(direction: u32, number: u32, bytes: usize) -> u32 {
    direction << 30 | (bytes as u32) << 16 | 0x67 << 8 | number
}

/// The type of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u16)]
pub enum MsgType {
    /// Fills the end of the ring.
    Nop = 0,
    /// The task exited.
    TaskDead = 64,
    /// It went to sleep.
    TaskBlocked = 65,
    /// It woke up.
    TaskWakeup = 66,
    /// It came to the enclave.
    TaskNew = 67,
    /// It lost its CPU.
    TaskPreempt = 68,
    /// It gave its CPU away.
    TaskYield = 69,
    /// It left the enclave.
    TaskDeparted = 70,
    /// It switched to another task.
    TaskSwitchto = 71,
    /// Its CPUs changed.
    TaskAffinityChanged = 72,
    /// It got onto its CPU.
    TaskOnCpu = 73,
    /// Its nice value changed.
    TaskPriorityChanged = 74,
    /// A program in the kernel could not run it.
    TaskLatchFailure = 75,
    /// The timer of a CPU.
    CpuTick = 128,
    /// A timer of the agent.
    CpuTimerExpired = 129,
    /// A CPU that was made idle no longer is.
    CpuNotIdle = 130,
    /// Nothing above ghOSt wants a CPU any more.
    CpuAvailable = 131,
    /// Something above ghOSt wants a CPU.
    CpuBusy = 132,
    /// An agent went to sleep.
    CpuAgentBlocked = 133,
    /// An agent woke up.
    CpuAgentWakeup = 134,
}

impl MsgType {
    /// Every type with the bytes of its payload; nothing for the one without.
    pub const ALL: &'static [(MsgType, u16)] = &[
        (MsgType::TaskDead, 16),
        (MsgType::TaskBlocked, 32),
        (MsgType::TaskWakeup, 32),
        (MsgType::TaskNew, 48),
        (MsgType::TaskPreempt, 40),
        (MsgType::TaskYield, 40),
        (MsgType::TaskDeparted, 24),
        (MsgType::TaskSwitchto, 32),
        (MsgType::TaskAffinityChanged, 8),
        (MsgType::TaskOnCpu, 32),
        (MsgType::TaskPriorityChanged, 16),
        (MsgType::TaskLatchFailure, 16),
        (MsgType::CpuTick, 8),
        (MsgType::CpuTimerExpired, 24),
        (MsgType::CpuNotIdle, 16),
        (MsgType::CpuAvailable, 4),
        (MsgType::CpuBusy, 4),
        (MsgType::CpuAgentBlocked, 4),
        (MsgType::CpuAgentWakeup, 4),
    ];

    /// The type of a number.
    pub fn by_number(number: u16) -> Option<MsgType> {
        if number == MsgType::Nop as u16 {
            return Some(MsgType::Nop);
        }
        MsgType::ALL.iter().map(|row| row.0).find(|kind| *kind as u16 == number)
    }

    /// Bytes of its payload.
    pub fn payload_bytes(self) -> u16 {
        MsgType::ALL.iter().find(|row| row.0 == self).map_or(0, |row| row.1)
    }
}

/// Flags of a status word.
pub mod flags {
    /// The word is somebody's.
    pub const INUSE: u32 = 1 << 0;
    /// Its owner is gone; the agent frees it.
    pub const CANFREE: u32 = 1 << 1;
    /// It was given out.
    pub const ALLOCATED: u32 = 1 << 2;
    /// Of an agent: nothing above ghOSt wants the CPU.
    pub const CPU_AVAIL: u32 = 1 << 8;
    /// Of an agent: it keeps something above ghOSt from the CPU and must leave.
    pub const BOOST_PRIO: u32 = 1 << 9;
    /// Of a task: it is on a CPU.
    pub const ONCPU: u32 = 1 << 16;
    /// Of a task: it wants to run.
    pub const RUNNABLE: u32 = 1 << 17;
    /// The word is an agent's.
    pub const IS_AGENT: u32 = 1 << 18;
    /// Of a task: its messages are held back until the word is freed.
    pub const MSG_GATED: u32 = 1 << 19;
}

/// When a transaction is committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CommitFlags;

impl CommitFlags {
    /// When the CPU next looks for work.
    pub const AT_SCHEDULE: u8 = 1;
    /// By the caller, before the ioctl returns.
    pub const AT_TXN_COMMIT: u8 = 2;
    /// The task may be running there already.
    pub const ALLOW_TASK_ONCPU: u8 = 4;
    /// The agent's barrier stays.
    pub const ELIDE_AGENT_BARRIER_INC: u8 = 8;
    /// The agent's barrier moves on failure, too.
    pub const INC_AGENT_BARRIER_ON_FAILURE: u8 = 16;
}

/// How a task is run, and when the agent's thread returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunFlags;

impl RunFlags {
    /// The agent returns when the CPU has nothing to run.
    pub const RTLA_ON_IDLE: u16 = 0x20;
    /// The task is not to displace another.
    pub const DO_NOT_PREEMPT: u16 = 0x1000;
    /// Every flag there is.
    pub const ALL: u16 = 0x1 | 0x2 | 0x4 | 0x20 | 0x40 | 0x80 | 0x200 | 0x400 | 0x800 | 0x1000;
}

/// The state of a transaction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(i32)]
pub enum State {
    /// Done.
    Complete = i32::MIN,
    /// Taken back by the agent.
    Aborted = i32::MIN + 1,
    /// The task is on a CPU.
    TargetOncpu = i32::MIN + 2,
    /// There is a newer message about the task.
    TargetStale = i32::MIN + 3,
    /// There is no such task.
    TargetNotFound = i32::MIN + 4,
    /// The task sleeps.
    TargetNotRunnable = i32::MIN + 5,
    /// There is a newer message for the agent.
    AgentStale = i32::MIN + 6,
    /// The CPU is off.
    CpuOffline = i32::MIN + 7,
    /// Something above ghOSt has the CPU.
    CpuUnavail = i32::MIN + 8,
    /// Flags that cannot be.
    InvalidFlags = i32::MIN + 9,
    /// A task that no transaction may name.
    InvalidTarget = i32::MIN + 10,
    /// The caller is no agent of the enclave.
    NotPermitted = i32::MIN + 11,
    /// The transaction is another CPU's.
    InvalidCpu = i32::MIN + 12,
    /// The CPU has no agent.
    NoAgent = i32::MIN + 13,
    /// Another version of the structure.
    UnsupportedVersion = i32::MIN + 14,
    /// Another one of the set failed.
    Poisoned = i32::MIN + 15,
    /// Opened by the agent, for the kernel.
    Ready = i32::MAX,
}

impl State {
    /// Every final state, in the order of their numbers.
    pub const FINAL: &'static [State] = &[
        State::Complete,
        State::Aborted,
        State::TargetOncpu,
        State::TargetStale,
        State::TargetNotFound,
        State::TargetNotRunnable,
        State::AgentStale,
        State::CpuOffline,
        State::CpuUnavail,
        State::InvalidFlags,
        State::InvalidTarget,
        State::NotPermitted,
        State::InvalidCpu,
        State::NoAgent,
        State::UnsupportedVersion,
        State::Poisoned,
    ];

    /// The final state of a number; nothing while the transaction is open.
    pub fn by_number(number: i32) -> Option<State> {
        State::FINAL.get(number.wrapping_sub(i32::MIN) as usize).copied().filter(|_| number < 0)
    }
}
