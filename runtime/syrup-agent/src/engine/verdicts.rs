//! Verdicts on threads, carried out.

use super::tasks::Stand;
use super::{AWAITING, Engine, LEFT, RESERVED};
use crate::defect::Defect;
use crate::enclave::Enclave;
use crate::policy::Thread;
use syrup_ir::Event;
use syrup_ir::interp::Decision;

/// Threads that are placed in one go at most. Two that displace each other for ever take turns, a
/// round each, instead of stopping the agent.
const PLACED_PER_TURN: u32 = 64;

impl<E: Enclave> Engine<E> {
    /// A thread as the policy sees it.
    pub(super) fn thread(&self, at: u32) -> Thread {
        let task = self.tasks.at(at);
        let ran_ns = task.ran_from_ns.map_or(0, |from| self.now_ns.saturating_sub(from));
        let mut now = task.cores;
        now.0.iter_mut().zip(self.available.0).for_each(|(word, available)| *word &= available);
        Thread { tid: task.tid(), place: at, ran_ns, weight: task.weight, cores: task.cores, now }
    }

    /// Asks the policy about a thread.
    pub(super) fn happen(
        &mut self,
        event: Event,
        at: u32,
        core: u32,
        ran_ns: u64,
    ) -> Option<Decision> {
        self.counters.decisions += 1;
        let thread = self.thread(at);
        self.policy.happen(event, &thread, core, ran_ns, self.now_ns)
    }

    /// Places the threads that want to run.
    pub(super) fn settle(&mut self) {
        for _ in 0..PLACED_PER_TURN {
            let Some(at) = self.lines.head(AWAITING) else { return };
            self.lines.remove(at);
            if self.tasks.at(at).cores.is_empty() {
                self.give_back(at);
                continue;
            }
            let decision = self.happen(Event::Runnable, at, 0, 0);
            self.carry_out(at, decision);
        }
    }

    /// Carries out a verdict on a thread that wants to run and is wanted by no core.
    pub(super) fn carry_out(&mut self, at: u32, decision: Option<Decision>) {
        match decision {
            Some(Decision::Slot(_, slot)) => {
                let core = &self.cores[slot as usize];
                let is_free = core.wanted.is_none() && core.is_available;
                if is_free && self.lines.head(RESERVED + slot as usize).is_none() {
                    self.assign(at, slot);
                } else {
                    self.reserve(at, slot);
                }
            }
            Some(Decision::Preempt(_, slot)) => self.displace(at, slot),
            Some(Decision::Enqueued(_)) => {
                self.tasks.at_mut(at).stand = Stand::Queued;
                self.waits(at);
            }
            // The system's default: it gets a core that the policy has nothing for.
            Some(Decision::Pass | Decision::Drop | Decision::Keep | Decision::Idle)
            | Some(Decision::Run(_))
            | None => {
                self.counters.left += 1;
                self.tasks.at_mut(at).stand = Stand::Left;
                if !self.config.defect.is(Defect::LeftIsLost) {
                    self.lines.push(LEFT, at);
                }
                self.waits(at);
            }
        }
    }

    fn reserve(&mut self, at: u32, slot: u32) {
        self.tasks.at_mut(at).stand = Stand::Reserved(slot);
        self.lines.push(RESERVED + slot as usize, at);
        self.waits(at);
    }

    /// A thread takes the place of the one that a core runs.
    fn displace(&mut self, at: u32, slot: u32) {
        if !self.cores[slot as usize].is_available {
            return self.reserve(at, slot);
        }
        let other = self.cores[slot as usize].wanted;
        if let Some(other) = other {
            self.stop(other);
        }
        self.assign(at, slot);
        if let Some(other) = other {
            self.make_runnable(other);
        }
    }

    /// A thread waits: cores that found nothing ask again.
    pub(super) fn waits(&mut self, at: u32) {
        self.epoch += 1;
        let now_ns = self.now_ns;
        self.tasks.at_mut(at).since_ns = now_ns;
    }
}
