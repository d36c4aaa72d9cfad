//! Makes the kernel follow: transactions for every core that does not run what it should.
//!
//! A thread that still is on a CPU cannot be run on another one. So a core whose next thread is
//! not free yet, or that shall run none, is taken from whatever is there by the empty transaction;
//! two cores that exchange their threads therefore never wait for each other.

use super::{Engine, Fault};
use crate::abi::{CommitFlags, NULL_GTID, State};
use crate::cpus::CpuSet;
use crate::defect::Defect;
use crate::enclave::{Enclave, Gone};
use crate::shared::Request;

impl<E: Enclave> Engine<E> {
    /// Opens, commits and completes a transaction for each core that needs one.
    pub(super) fn commit(&mut self) {
        let mut cpus = CpuSet::empty();
        for slot in 0..self.cores.len() {
            let Some(wish) = self.wish(slot) else { continue };
            let (gtid, task_barrier) = match wish {
                Some(at) => (self.tasks.at(at).gtid, self.tasks.at(at).seqnum),
                None => (NULL_GTID, 0),
            };
            let commit_flags = CommitFlags::AT_TXN_COMMIT;
            let request = Request { gtid, task_barrier, agent_barrier: 0, commit_flags };
            let cpu = self.cores[slot].cpu;
            if self.txns.open(&mut self.enclave, cpu, &request) {
                self.cores[slot].request = Some(wish);
                self.counters.commits += 1;
                cpus.insert(cpu);
            }
        }
        if cpus.is_empty() {
            return;
        }
        if self.enclave.commit(&cpus) == Err(Gone) {
            self.fault = Some(Fault::Gone);
            return;
        }
        for slot in 0..self.cores.len() {
            if let Some(wish) = self.cores[slot].request {
                self.complete(slot, wish);
            }
        }
        self.settle();
    }

    /// What a core's transaction shall ask for, if it needs one: a thread, or none.
    fn wish(&self, slot: usize) -> Option<Option<u32>> {
        let core = &self.cores[slot];
        if core.request.is_some() {
            return None;
        }
        if core.wanted.is_some() && core.wanted == core.there && !core.is_cleared {
            return None;
        }
        let ready = core.wanted.filter(|at| self.tasks.at(*at).on.is_none());
        match ready {
            Some(at) => Some(Some(at)),
            None if core.there.is_some() && !core.is_cleared => Some(None),
            None => None,
        }
    }

    /// Reads the result of a transaction.
    fn complete(&mut self, slot: usize, wish: Option<u32>) {
        let cpu = self.cores[slot].cpu;
        // Still open: the kernel has not got to it. It is looked at again in the next round.
        let Some(state) = self.txns.state(&mut self.enclave, cpu) else { return };
        self.cores[slot].request = None;
        match state {
            State::Complete => self.committed(slot, wish),
            State::TargetStale => {
                self.counters.stale += 1;
                if self.config.defect.is(Defect::StaleIsDone) {
                    self.committed(slot, wish);
                }
            }
            State::TargetOncpu => self.counters.still_on_cpu += 1,
            // Something ended it early; nothing changed.
            State::AgentStale | State::Poisoned | State::Aborted => self.counters.stale += 1,
            State::TargetNotFound | State::TargetNotRunnable | State::InvalidTarget => {
                self.counters.not_found += 1;
                self.vanished(wish);
            }
            State::CpuUnavail | State::NoAgent | State::CpuOffline => {
                self.counters.unavailable += 1;
                if self.config.defect.is(Defect::UnavailableIsDone) {
                    return self.committed(slot, wish);
                }
                self.unavailable(slot, wish);
            }
            State::InvalidFlags
            | State::NotPermitted
            | State::InvalidCpu
            | State::UnsupportedVersion
            | State::Ready => self.fault = Some(Fault::Refused(state)),
        }
    }

    fn committed(&mut self, slot: usize, wish: Option<u32>) {
        self.counters.committed += 1;
        let Some(at) = wish else {
            self.cores[slot].is_cleared = true;
            return;
        };
        let now_ns = self.now_ns;
        let core = &mut self.cores[slot];
        core.there = Some(at);
        core.is_cleared = false;
        core.ticked_ns = now_ns;
        let task = self.tasks.at_mut(at);
        task.on = Some(slot as u32);
        task.ran_from_ns = Some(now_ns);
    }

    /// A thread is gone, and the message that says so is on its way.
    fn vanished(&mut self, wish: Option<u32>) {
        if let Some(at) = wish {
            self.stop(at);
        }
    }

    /// Something more important has the core.
    fn unavailable(&mut self, slot: usize, wish: Option<u32>) {
        if let Some(at) = wish {
            self.stop(at);
        }
        let core = &mut self.cores[slot];
        core.is_available = false;
        core.asked = None;
        self.available.remove(slot as u32);
        self.policy.occupy(slot as u32);
        if let Some(at) = wish {
            self.make_runnable(at);
        }
    }
}
