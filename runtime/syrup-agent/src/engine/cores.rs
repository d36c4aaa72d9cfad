//! The cores of a policy: whether they are free, who gets them, ticks.

use super::tasks::Stand;
use super::{Engine, LEFT, RESERVED};
use crate::abi::flags::CPU_AVAIL;
use crate::cpus::CoreSet;
use crate::defect::Defect;
use crate::enclave::Enclave;
use crate::policy::Thread;
use syrup_ir::Event;
use syrup_ir::interp::Decision;

/// Threads that are looked at in one round, whether they wait too long.
const PATROL: u32 = 4;

/// A core of the policy.
#[derive(Clone, Debug)]
pub(super) struct Core {
    pub(super) cpu: u32,
    /// The status word of its agent.
    pub(super) word: u32,
    /// The thread that shall run there.
    pub(super) wanted: Option<u32>,
    /// The thread that runs there, as far as messages and results say.
    pub(super) there: Option<u32>,
    /// Nothing more important has it.
    pub(super) is_available: bool,
    /// The kernel was told to take it from the thread that is there.
    pub(super) is_cleared: bool,
    /// The epoch in which the policy last had nothing for it.
    pub(super) asked: Option<u64>,
    /// When its thread last ticked.
    pub(super) ticked_ns: u64,
    /// What the open transaction asks for: a thread, or to take the core from one.
    pub(super) request: Option<Option<u32>>,
}

impl Core {
    pub(super) fn new(cpu: u32, word: u32) -> Core {
        Core {
            cpu,
            word,
            wanted: None,
            there: None,
            is_available: false,
            is_cleared: false,
            asked: None,
            ticked_ns: 0,
            request: None,
        }
    }
}

impl<E: Enclave> Engine<E> {
    /// Sees which cores something more important has.
    pub(super) fn look_at_cores(&mut self) {
        for slot in 0..self.cores.len() {
            let word = self.words.read(&mut self.enclave, self.cores[slot].word);
            let is_available = word.flags & CPU_AVAIL != 0;
            let core = &mut self.cores[slot];
            if is_available == core.is_available {
                continue;
            }
            core.is_available = is_available;
            core.asked = None;
            if is_available {
                self.available.insert(slot as u32);
            } else {
                self.available.remove(slot as u32);
            }
            if !is_available && core.wanted.is_none() {
                self.policy.occupy(slot as u32);
            }
        }
    }

    /// Which slots each thread may use, after the cores of slots changed.
    pub(super) fn recompute_cores(&mut self) {
        for at in 0..self.tasks.capacity() {
            if self.tasks.is_taken(at) {
                self.affinity_changed(at);
            }
        }
    }

    /// A thread that runs has run for another tick.
    pub(super) fn ticks(&mut self) {
        for slot in 0..self.cores.len() {
            let core = &mut self.cores[slot];
            let Some(at) = core.wanted else { continue };
            if self.now_ns < core.ticked_ns + self.config.tick_ns {
                continue;
            }
            core.ticked_ns = self.now_ns;
            if self.tasks.at(at).ran_from_ns.is_none() {
                continue;
            }
            let decision = self.happen(Event::Tick, at, slot as u32, 0);
            if matches!(decision, Some(Decision::Enqueued(_))) {
                self.stop(at);
                self.tasks.at_mut(at).stand = Stand::Queued;
                self.waits(at);
            }
        }
    }

    /// Gives every free core something to run, if there is anything.
    pub(super) fn offer_cores(&mut self) {
        for slot in 0..self.cores.len() {
            if self.cores[slot].wanted.is_none() && self.cores[slot].is_available {
                self.offer(slot);
            }
        }
    }

    fn offer(&mut self, slot: usize) {
        if let Some(at) = self.lines.head(RESERVED + slot) {
            return self.assign(at, slot as u32);
        }
        let left = self.lines.head(LEFT);
        let overdue = |at: &u32| {
            let waited_ns = self.now_ns.saturating_sub(self.tasks.at(*at).since_ns);
            waited_ns > self.config.left_ns && self.tasks.at(*at).cores.contains(slot as u32)
        };
        if let Some(at) = left.filter(overdue) {
            return self.assign(at, slot as u32);
        }
        let is_tired = self.config.defect.is(Defect::CoreNotOffered);
        let is_asked = self.cores[slot].asked;
        if is_asked != Some(self.epoch) && !(is_tired && is_asked.is_some()) {
            self.counters.decisions += 1;
            let nobody = Thread {
                tid: 0,
                place: 0,
                ran_ns: 0,
                weight: 100,
                cores: CoreSet::first(self.cores.len() as u32),
                now: self.available,
            };
            let decision =
                self.policy.happen(Event::Available, &nobody, slot as u32, 0, self.now_ns);
            if let Some(Decision::Run(tid)) = decision {
                match self.tasks.by_tid(tid) {
                    Some(at) => return self.assign(at, slot as u32),
                    None => self.counters.strangers += 1,
                }
            }
            self.cores[slot].asked = Some(self.epoch);
        }
        let mut at = self.lines.head(LEFT);
        while let Some(thread) = at {
            if self.tasks.at(thread).cores.contains(slot as u32) {
                return self.assign(thread, slot as u32);
            }
            at = self.lines.after(thread);
        }
    }

    /// A core shall run a thread.
    pub(super) fn assign(&mut self, at: u32, slot: u32) {
        self.lines.remove(at);
        self.cores[slot as usize].wanted = Some(at);
        self.cores[slot as usize].ticked_ns = self.now_ns;
        // Where it never left, it just goes on.
        let is_there = self.cores[slot as usize].there == Some(at);
        let is_there = is_there && !self.cores[slot as usize].is_cleared;
        let task = self.tasks.at_mut(at);
        task.stand = Stand::Core(slot);
        task.ran_from_ns = is_there.then_some(self.now_ns);
        self.happen(Event::Start, at, slot, 0);
    }

    /// A thread no longer runs where it was wanted.
    pub(super) fn stop(&mut self, at: u32) {
        let Stand::Core(slot) = self.tasks.at(at).stand else { return };
        let ran_from_ns = self.tasks.at_mut(at).ran_from_ns.take();
        let ran_ns = ran_from_ns.map_or(0, |from| self.now_ns.saturating_sub(from));
        self.happen(Event::Stop, at, slot, ran_ns);
        let core = &mut self.cores[slot as usize];
        core.wanted = None;
        if !self.config.defect.is(Defect::CoreNotOffered) {
            core.asked = None;
        }
        self.tasks.at_mut(at).stand = Stand::Asleep;
    }

    /// Gives threads back that have waited too long: whatever the policy does, none is lost.
    pub(super) fn patrol(&mut self) {
        for _ in 0..PATROL.min(self.tasks.capacity()) {
            self.patrol = (self.patrol + 1) % self.tasks.capacity();
            let at = self.patrol;
            if !self.tasks.is_taken(at) {
                continue;
            }
            let task = self.tasks.at(at);
            let waits = match task.stand {
                Stand::Todo | Stand::Queued | Stand::Left | Stand::Reserved(_) => true,
                Stand::Asleep | Stand::Core(_) | Stand::Leaving => false,
            };
            if waits && self.now_ns.saturating_sub(task.since_ns) > self.config.give_back_ns {
                self.give_back(at);
            }
        }
    }

    /// Gives a thread to the system's own scheduler.
    pub(super) fn give_back(&mut self, at: u32) {
        self.stop(at);
        self.lines.remove(at);
        let thread = self.thread(at);
        self.policy.take_out(&thread);
        self.counters.given_back += 1;
        let task = self.tasks.at_mut(at);
        task.stand = Stand::Leaving;
        let gtid = task.gtid;
        self.enclave.give_back(gtid);
    }
}
