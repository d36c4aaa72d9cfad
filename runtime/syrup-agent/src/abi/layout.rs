//! The structures, as C lays them out on 64-bit machines.

/// Which agent a message wakes.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AgentWakeup {
    /// The CPU of the agent.
    pub cpu: i32,
    /// Zero.
    pub prio: i32,
}

/// Whose messages: an agent's, by CPU, or a task's, by its gtid.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MsgSrc {
    /// [`super::SRC_AGENT`] or [`super::SRC_TASK`].
    pub kind: u32,
    /// The CPU or the gtid.
    pub arg: u64,
}

/// Where a status word is.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SwInfo {
    /// The region.
    pub id: u32,
    /// The word in it.
    pub index: u32,
}

/// Asks where a status word is.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IocSwGetInfo {
    /// Whose word.
    pub request: MsgSrc,
    /// Where it is.
    pub response: SwInfo,
}

/// Creates a message queue.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IocCreateQueue {
    /// Entries, a power of two.
    pub elems: i32,
    /// The NUMA node.
    pub node: i32,
    /// Zero.
    pub flags: i32,
    /// Out: bytes to map.
    pub mapsize: u64,
}

/// Moves a source's messages to a queue.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IocAssocQueue {
    /// The queue.
    pub fd: i32,
    /// Whose messages.
    pub src: MsgSrc,
    /// The source's barrier as last seen.
    pub barrier: u32,
    /// Zero.
    pub flags: i32,
}

/// Says which agents a queue wakes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IocConfigQueueWakeup {
    /// The queue.
    pub qfd: i32,
    /// Up to two agents.
    pub w: *const AgentWakeup,
    /// How many; none for a queue that is polled.
    pub ninfo: i32,
    /// Zero.
    pub flags: i32,
}

/// Asks how long a task ran.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IocGetCpuTime {
    /// The task.
    pub gtid: i64,
    /// Out: nanoseconds.
    pub runtime: u64,
}

/// Commits the transactions of a set of CPUs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IocCommitTxn {
    /// The set, as `cpu_set_t`.
    pub mask_ptr: *const u64,
    /// Its bytes.
    pub mask_len: u32,
    /// Zero.
    pub flags: i32,
}

/// What a timer tells which agent.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct TimerfdGhost {
    /// The agent's CPU.
    pub cpu: i32,
    /// 1 to enable.
    pub flags: i32,
    /// Passed on.
    pub kind: u64,
    /// Passed on.
    pub cookie: u64,
}

/// Sets a timer that sends a message.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct IocTimerfdSettime {
    /// The timer.
    pub timerfd: i32,
    /// As for `timerfd_settime(2)`.
    pub flags: i32,
    /// As for `timerfd_settime(2)`.
    pub in_tmr: *const libc::itimerspec,
    /// As for `timerfd_settime(2)`.
    pub out_tmr: *mut libc::itimerspec,
    /// What the message says.
    pub timerfd_ghost: TimerfdGhost,
}

/// Gives up the agent's CPU, or wakes another agent.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct IocRun {
    /// 0 to yield, -1 to wake an agent.
    pub gtid: i64,
    /// The agent's barrier as last seen.
    pub agent_barrier: u32,
    /// Zero.
    pub task_barrier: u32,
    /// The CPU.
    pub run_cpu: i32,
    /// [`super::RunFlags`].
    pub run_flags: i32,
}

/// The beginning of a region of status words.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default)]
pub struct SwRegionHeader {
    /// Zero.
    pub version: u32,
    /// The region's id.
    pub id: u32,
    /// Its NUMA node.
    pub numa_node: u32,
    /// Where the words begin.
    pub start: u32,
    /// How many words there are.
    pub capacity: u32,
    /// How many of them are free.
    pub available: u32,
}

/// What the kernel says of one task or agent, all the time.
#[repr(C, align(32))]
#[derive(Clone, Copy, Debug, Default)]
pub struct StatusWord {
    /// Counts messages.
    pub barrier: u32,
    /// [`super::flags`].
    pub flags: u32,
    /// Whose word.
    pub gtid: u64,
    /// When it last came onto a CPU.
    pub switch_time: i64,
    /// Nanoseconds it ran, as of when it last left a CPU.
    pub runtime: u64,
}

/// The beginning of a message queue.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueHeader {
    /// Zero.
    pub version: u32,
    /// Where the ring begins.
    pub start: u32,
    /// Entries, a power of two.
    pub nelems: u32,
}

/// The counters of a message ring; they run freely and wrap.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Ring {
    /// Where the kernel writes next.
    pub head: u32,
    /// Where the agent reads next.
    pub tail: u32,
    /// Messages that found no room.
    pub overflow: u32,
}

/// The beginning of a message.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct MsgHeader {
    /// [`super::MsgType`].
    pub kind: u16,
    /// Bytes, with this header.
    pub length: u16,
    /// The task's barrier when it was sent.
    pub seqnum: u32,
}

/// A request to run a task on a CPU.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default)]
pub struct Txn {
    /// Zero.
    pub version: i32,
    /// The CPU, set by the kernel.
    pub cpu: i32,
    /// [`super::State`].
    pub state: i32,
    /// The agent's barrier as last seen; looked at for its own CPU only.
    pub agent_barrier: u32,
    /// The sequence number of the task's last message that was read.
    pub task_barrier: u32,
    /// [`super::RunFlags`].
    pub run_flags: u16,
    /// [`super::CommitFlags`].
    pub commit_flags: u8,
    /// Zero.
    pub pad: u8,
    /// The task; 0 to take the CPU from whatever task has it.
    pub gtid: i64,
    /// Out: when it was committed.
    pub commit_time: i64,
    /// Out: the CPU's count of switches.
    pub cpu_seqnum: u64,
    /// Who has it for an all-or-nothing group; -1 for nobody.
    pub sync_group_owner: i32,
}

/// One CPU's page of the file `cpu_data`.
#[repr(C, align(4096))]
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuData {
    /// Its transaction.
    pub txn: Txn,
}
