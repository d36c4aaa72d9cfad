//! Messages: from the words of a ring to a value.
//!
//! In: a header and the payload's words. Out: the message. The payload is read as far as its
//! length says and is zero behind that, so older layouts, which are shorter, are understood too.

use super::layout::{MsgHeader, SwInfo};
use super::numbers::MsgType;

/// Words of the longest payload.
const PAYLOAD_WORDS: usize = 12;

/// The words of a payload; those that the message does not have are zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Payload(pub [u32; PAYLOAD_WORDS]);

impl Payload {
    fn word(&self, byte: usize) -> u32 {
        self.0[byte / 4]
    }

    /// Entries are aligned to 4 bytes only, so a `u64` comes in halves.
    fn long(&self, byte: usize) -> u64 {
        u64::from(self.word(byte)) | u64::from(self.word(byte + 4)) << 32
    }

    fn byte(&self, byte: usize) -> u8 {
        self.word(byte).to_ne_bytes()[byte % 4]
    }
}

/// What the kernel says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Message {
    /// A task exited.
    Dead,
    /// A task sleeps; on which CPU it was.
    Blocked {
        /// The CPU.
        cpu: i32,
    },
    /// A task woke up.
    Wakeup {
        /// Whether it may wait, as far as the one who woke it is concerned.
        deferrable: bool,
    },
    /// A task came.
    New {
        /// Whether it wants to run.
        runnable: bool,
        /// Its nice value.
        nice: i32,
        /// Its status word.
        word: SwInfo,
    },
    /// A task lost its CPU.
    Preempt {
        /// The CPU.
        cpu: i32,
        /// Whether it never got onto it.
        was_latched: bool,
    },
    /// A task gave its CPU away.
    Yield {
        /// The CPU.
        cpu: i32,
    },
    /// A task left.
    Departed,
    /// The CPUs of a task changed.
    AffinityChanged,
    /// The nice value of a task changed.
    PriorityChanged {
        /// What it is now.
        nice: i32,
    },
    /// A timer tick of a CPU.
    Tick {
        /// The CPU.
        cpu: i32,
    },
    /// Nothing in it for an engine of this kind.
    Other,
}

/// A message with the task it is about: 0 for one about a CPU.
///
/// Nothing for a type that is not in the table.
pub fn decode(header: MsgHeader, payload: &Payload) -> Option<(i64, Message)> {
    let kind = MsgType::by_number(header.kind)?;
    let gtid = payload.long(0) as i64;
    let message = match kind {
        MsgType::TaskDead => Message::Dead,
        MsgType::TaskBlocked => Message::Blocked { cpu: payload.word(24) as i32 },
        MsgType::TaskWakeup => Message::Wakeup { deferrable: payload.byte(16) != 0 },
        MsgType::TaskNew => Message::New {
            runnable: payload.word(24) as u16 != 0,
            nice: payload.word(28) as i32,
            word: SwInfo { id: payload.word(32), index: payload.word(36) },
        },
        MsgType::TaskPreempt => {
            Message::Preempt { cpu: payload.word(32) as i32, was_latched: payload.byte(37) != 0 }
        }
        MsgType::TaskYield => Message::Yield { cpu: payload.word(32) as i32 },
        MsgType::TaskDeparted => Message::Departed,
        MsgType::TaskAffinityChanged => Message::AffinityChanged,
        MsgType::TaskPriorityChanged => Message::PriorityChanged { nice: payload.word(8) as i32 },
        MsgType::TaskSwitchto | MsgType::TaskOnCpu | MsgType::TaskLatchFailure => Message::Other,
        MsgType::CpuTick => return Some((0, Message::Tick { cpu: payload.word(0) as i32 })),
        MsgType::Nop
        | MsgType::CpuTimerExpired
        | MsgType::CpuNotIdle
        | MsgType::CpuAvailable
        | MsgType::CpuBusy
        | MsgType::CpuAgentBlocked
        | MsgType::CpuAgentWakeup => return Some((0, Message::Other)),
    };
    Some((gtid, message))
}
