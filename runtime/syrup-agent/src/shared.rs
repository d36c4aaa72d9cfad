//! Shared memory in use: the message queue, status words, transactions.
//!
//! In: regions and an enclave whose kernel may act before each access. Out: messages, flags,
//! results. The order of accesses is ghOSt's protocol: see `docs/internals/agent.md`.

use crate::abi::{
    CpuData, MsgHeader, Payload, QueueHeader, RING_MSGS_OFFSET, Ring, SLOT_BYTES, State,
    StatusWord, SwRegionHeader, Txn,
};
use crate::enclave::Enclave;
use crate::memory::Region;
use std::mem::offset_of;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::fence;

/// The memory of one enclave, as one agent sees it.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The queue that the agent reads.
    pub queue: Arc<Region>,
    /// The status words.
    pub words: Arc<Region>,
    /// A page for each CPU, with its transaction.
    pub cpu_data: Arc<Region>,
}

/// The reader's side of a message queue.
#[derive(Clone, Debug)]
pub struct MessageQueue {
    region: Arc<Region>,
    mask: u32,
}

/// A message, and where the next one begins.
#[derive(Clone, Copy, Debug)]
pub struct Peeked {
    /// Its header.
    pub header: MsgHeader,
    /// Its payload.
    pub payload: Payload,
    next: u32,
}

/// Where the ring's counters lie.
const fn ring(field: usize) -> usize {
    size_of::<QueueHeader>() + field
}

impl MessageQueue {
    /// The queue in a region.
    pub fn new(region: Arc<Region>) -> MessageQueue {
        let n_elems = region.word(offset_of!(QueueHeader, nelems)).load(Relaxed);
        MessageQueue { region, mask: n_elems.wrapping_sub(1) }
    }

    /// The first message, which stays until it is [consumed](MessageQueue::consume).
    ///
    /// What the counters are called is seen from the kernel: it writes at `head`.
    pub fn peek(&self, enclave: &mut impl Enclave) -> Option<Peeked> {
        enclave.touch();
        let head = self.region.word(ring(offset_of!(Ring, head))).load(Acquire);
        enclave.touch();
        let tail = self.region.word(ring(offset_of!(Ring, tail))).load(Acquire);
        if head == tail {
            return None;
        }
        let slot = |at: u32| RING_MSGS_OFFSET + ((at & self.mask) * SLOT_BYTES) as usize;
        let at = slot(tail);
        let kind_and_length = self.region.word(at).load(Relaxed);
        let header = MsgHeader {
            kind: kind_and_length as u16,
            length: (kind_and_length >> 16) as u16,
            seqnum: self.region.word(at + 4).load(Relaxed),
        };
        let n_slots = u32::from(header.length).div_ceil(SLOT_BYTES).max(1);
        let mut payload = Payload::default();
        if header.kind != 0 {
            let n_words = (usize::from(header.length).saturating_sub(8) / 4).min(payload.0.len());
            for (word, offset) in payload.0[..n_words].iter_mut().zip((at + 8..).step_by(4)) {
                *word = self.region.word(offset).load(Relaxed);
            }
        }
        Some(Peeked { header, payload, next: tail.wrapping_add(n_slots) })
    }

    /// Gives the room of a message back.
    pub fn consume(&self, enclave: &mut impl Enclave, peeked: &Peeked) {
        enclave.touch();
        self.region.word(ring(offset_of!(Ring, tail))).store(peeked.next, Release);
    }

    /// Messages that found no room and are lost.
    pub fn overflow(&self) -> u32 {
        self.region.word(ring(offset_of!(Ring, overflow))).load(Relaxed)
    }
}

/// The status words of a region, for reading.
#[derive(Clone, Debug)]
pub struct Words {
    region: Arc<Region>,
}

/// What a status word says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// Counts messages.
    pub barrier: u32,
    /// [`crate::abi::flags`].
    pub flags: u32,
}

impl Words {
    /// The words in a region.
    pub fn new(region: Arc<Region>) -> Words {
        Words { region }
    }

    /// Reads a word. The mapping is read-only, so the order is a fence's and not the loads'.
    pub fn read(&self, enclave: &mut impl Enclave, index: u32) -> Word {
        let at = size_of::<SwRegionHeader>() + index as usize * size_of::<StatusWord>();
        enclave.touch();
        let barrier = self.region.word(at + offset_of!(StatusWord, barrier)).load(Relaxed);
        fence(Acquire);
        enclave.touch();
        let flags = self.region.word(at + offset_of!(StatusWord, flags)).load(Relaxed);
        fence(Acquire);
        Word { barrier, flags }
    }
}

/// The transactions of all CPUs.
#[derive(Clone, Debug)]
pub struct Txns {
    region: Arc<Region>,
}

/// What a transaction asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Request {
    /// The task; [`crate::abi::NULL_GTID`] to take the CPU from what runs.
    pub gtid: i64,
    /// The task's last sequence number.
    pub task_barrier: u32,
    /// The agent's barrier, for its own CPU.
    pub agent_barrier: u32,
    /// [`crate::abi::CommitFlags`].
    pub commit_flags: u8,
}

impl Txns {
    /// The transactions in the file `cpu_data`.
    pub fn new(region: Arc<Region>) -> Txns {
        Txns { region }
    }

    fn at(cpu: u32, field: usize) -> usize {
        cpu as usize * size_of::<CpuData>() + field
    }

    /// The result; nothing while the transaction is open.
    pub fn state(&self, enclave: &mut impl Enclave, cpu: u32) -> Option<State> {
        enclave.touch();
        State::by_number(self.region.signed(Self::at(cpu, offset_of!(Txn, state))).load(Acquire))
    }

    /// Opens a transaction; whether the one before is done, without which nothing is written.
    pub fn open(&self, enclave: &mut impl Enclave, cpu: u32, request: &Request) -> bool {
        if self.state(enclave, cpu).is_none() {
            return false;
        }
        let Request { gtid, task_barrier, agent_barrier, commit_flags } = *request;
        let region = &self.region;
        region.word(Self::at(cpu, offset_of!(Txn, agent_barrier))).store(agent_barrier, Relaxed);
        region.long(Self::at(cpu, offset_of!(Txn, gtid))).store(gtid as u64, Relaxed);
        region.word(Self::at(cpu, offset_of!(Txn, task_barrier))).store(task_barrier, Relaxed);
        region.short(Self::at(cpu, offset_of!(Txn, run_flags))).store(0, Relaxed);
        let commit = Self::at(cpu, offset_of!(Txn, commit_flags));
        region.short(commit).store(commit_flags.into(), Relaxed);
        enclave.touch();
        let state = region.signed(Self::at(cpu, offset_of!(Txn, state)));
        state.store(State::Ready as i32, Release);
        true
    }
}
