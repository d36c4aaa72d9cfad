//! The kernel's side of shared memory: messages, status words, transactions at rest.

use super::{Life, Machine};
use std::mem::offset_of;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use syrup_agent::abi::{
    MsgHeader, MsgType, QueueHeader, RING_MSGS_OFFSET, Ring, SLOT_BYTES, State, StatusWord,
    SwRegionHeader, Txn, flags,
};

/// Where the ring's counters lie.
const fn ring(field: usize) -> usize {
    size_of::<QueueHeader>() + field
}

/// The beginning of a status word.
fn word(index: u32) -> usize {
    size_of::<SwRegionHeader>() + index as usize * size_of::<StatusWord>()
}

impl Machine {
    /// Everything as the kernel lays it out when an enclave begins.
    pub(super) fn lay_out(&mut self) {
        let start = size_of::<QueueHeader>() as u32;
        self.queue.word(offset_of!(QueueHeader, start)).store(start, Relaxed);
        let n_elems = self.spec.queue_elems;
        self.queue.word(offset_of!(QueueHeader, nelems)).store(n_elems, Relaxed);
        self.words.word(offset_of!(SwRegionHeader, start)).store(64, Relaxed);
        let n_words = self.spec.n_words;
        self.words.word(offset_of!(SwRegionHeader, capacity)).store(n_words, Relaxed);
        for cpu in 0..self.spec.n_cpus {
            let is_agent = flags::INUSE | flags::ALLOCATED | flags::IS_AGENT | flags::CPU_AVAIL;
            self.set_flags(cpu, is_agent, 0);
            let txn = cpu as usize * 4096;
            self.cpu_data.signed(txn + offset_of!(Txn, cpu)).store(cpu as i32, Relaxed);
            self.cpu_data.signed(txn + offset_of!(Txn, sync_group_owner)).store(-1, Relaxed);
            let state = self.cpu_data.signed(txn + offset_of!(Txn, state));
            state.store(State::Complete as i32, Release);
        }
    }

    /// Sends a message, if there is room.
    pub(super) fn send(&mut self, kind: MsgType, seqnum: u32, payload: &[u32]) {
        let length = size_of::<MsgHeader>() as u32 + u32::from(kind.payload_bytes());
        let n_slots = length.div_ceil(SLOT_BYTES);
        let head = self.queue.word(ring(offset_of!(Ring, head)));
        let at = head.load(Relaxed);
        let tail = self.queue.word(ring(offset_of!(Ring, tail))).load(Acquire);
        let n_elems = self.spec.queue_elems;
        let free = n_elems - at.wrapping_sub(tail);
        let to_end = n_elems - (at & (n_elems - 1));
        let mut begin = at;
        let needed = if to_end < n_slots { to_end + n_slots } else { n_slots };
        if needed > free {
            self.queue.word(ring(offset_of!(Ring, overflow))).fetch_add(1, Relaxed);
            return;
        }
        if to_end < n_slots {
            // The number of a filler is not written.
            self.races.wrapped += 1;
            self.put(begin, &[(to_end * SLOT_BYTES) << 16]);
            begin = begin.wrapping_add(to_end);
        }
        self.put(begin, &[u32::from(kind as u16) | length << 16, seqnum]);
        self.put(begin.wrapping_add(1), payload);
        self.queue.word(ring(offset_of!(Ring, head))).store(begin.wrapping_add(n_slots), Release);
    }

    fn put(&self, slot: u32, words: &[u32]) {
        let slot = (slot & (self.spec.queue_elems - 1)) * SLOT_BYTES;
        for (word, at) in words.iter().zip((RING_MSGS_OFFSET + slot as usize..).step_by(4)) {
            self.queue.word(at).store(*word, Relaxed);
        }
    }

    /// Sends a message about a task: its barrier moves even where nothing is sent.
    pub(super) fn tell(&mut self, task: usize, kind: MsgType, rest: &[u32]) {
        let is_held = self.tasks[task].is_gated;
        let (gtid, index) = (self.tasks[task].gtid as u64, self.tasks[task].word);
        self.tasks[task].barrier += 1;
        let seqnum = self.tasks[task].barrier;
        if let Some(index) = index {
            self.words.word(word(index) + offset_of!(StatusWord, barrier)).store(seqnum, Release);
        }
        if is_held || self.is_gone {
            return;
        }
        let mut payload = [0; 12];
        (payload[0], payload[1]) = (gtid as u32, (gtid >> 32) as u32);
        for (at, word) in payload[2..].iter_mut().zip(rest) {
            *at = *word;
        }
        let n_words = usize::from(kind.payload_bytes()) / 4;
        self.send(kind, seqnum, &payload[..n_words]);
    }

    /// Changes the flags of a status word.
    pub(super) fn set_flags(&self, index: u32, set: u32, clear: u32) {
        let flags = self.words.word(word(index) + offset_of!(StatusWord, flags));
        flags.store((flags.load(Relaxed) | set) & !clear, Release);
    }

    pub(super) fn word_flags(&self, index: u32) -> u32 {
        self.words.word(word(index) + offset_of!(StatusWord, flags)).load(Relaxed)
    }

    /// The barrier of the agent of a CPU moves.
    pub(super) fn move_agent_barrier(&self, cpu: u32) {
        let barrier = self.words.word(word(cpu) + offset_of!(StatusWord, barrier));
        barrier.store(barrier.load(Relaxed).wrapping_add(1), Release);
    }

    pub(super) fn agent_barrier(&self, cpu: u32) -> u32 {
        self.words.word(word(cpu) + offset_of!(StatusWord, barrier)).load(Relaxed)
    }

    /// Gives a task a status word.
    pub(super) fn take_word(&mut self, task: usize) {
        let Some(index) = self.free_words.pop_front() else {
            let message = "the kernel has no status word left: they are not freed".to_owned();
            self.oracle.notice(self.now_ns, "sw_free", message);
            return;
        };
        let at = word(index);
        self.words.word(at + offset_of!(StatusWord, barrier)).store(0, Relaxed);
        let gtid = self.tasks[task].gtid as u64;
        self.words.long(at + offset_of!(StatusWord, gtid)).store(gtid, Relaxed);
        self.words.long(at + offset_of!(StatusWord, runtime)).store(0, Relaxed);
        self.words.word(at + offset_of!(StatusWord, flags)).store(0, Relaxed);
        self.set_flags(index, flags::INUSE | flags::ALLOCATED, 0);
        self.word_owner[index as usize] = Some(task);
        self.tasks[task].word = Some(index);
        self.tasks[task].barrier = 0;
    }

    /// The agent frees a status word: a task that came back in the meantime is announced now.
    pub(super) fn release_word(&mut self, index: u32) {
        self.set_flags(index, 0, u32::MAX);
        self.free_words.push_back(index);
        let Some(task) = self.word_owner[index as usize].take() else { return };
        if self.tasks[task].word == Some(index) {
            self.tasks[task].word = None;
            self.tasks[task].is_gated = false;
            self.tasks[task].can_free_ns = None;
            if self.tasks[task].life == Life::Held {
                self.enter(task);
            }
        }
    }

    /// What the runtime in a status word says: it is behind for a task that runs.
    pub(super) fn set_runtime(&self, index: u32, ns: u64) {
        self.words.long(word(index) + offset_of!(StatusWord, runtime)).store(ns, Relaxed);
    }

    pub(super) fn set_switch_time(&self, index: u32, ns: u64) {
        self.words.long(word(index) + offset_of!(StatusWord, switch_time)).store(ns, Relaxed);
    }

    /// The fields of a CPU's transaction.
    pub(super) fn txn(&self, cpu: u32, field: usize) -> usize {
        cpu as usize * 4096 + field
    }

    pub(super) fn data(&self) -> &syrup_agent::Region {
        &self.cpu_data
    }
}
