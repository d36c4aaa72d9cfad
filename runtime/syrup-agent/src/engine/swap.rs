//! Another policy takes over, between two rounds.
//!
//! In: a policy that is ready to run. Out: the one before it, for whoever brought the new one to
//! drop, because the agent's thread frees no memory.

use super::tasks::Stand;
use super::{Engine, LEFT, RESERVED};
use crate::enclave::Enclave;
use crate::policy::Policy;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use syrup_ir::Event;

/// Where the next policy is left for an engine.
#[derive(Default)]
pub struct PolicySlot {
    is_new: AtomicBool,
    /// The next policy, or the one that was replaced.
    policy: Mutex<Option<Box<dyn Policy>>>,
}

impl PolicySlot {
    /// Leaves a policy, and gives what was there: the one replaced last, or one nobody took.
    pub fn leave(&self, policy: Box<dyn Policy>) -> Option<Box<dyn Policy>> {
        let mut there = self.policy.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = there.replace(policy);
        self.is_new.store(true, Release);
        before
    }

    /// Takes what was left. The agent never waits: where somebody is leaving one right now, it is
    /// taken in the next round.
    pub(super) fn take(&self) -> Option<Box<dyn Policy>> {
        if !self.is_new.load(Acquire) {
            return None;
        }
        let mut there = self.policy.try_lock().ok()?;
        self.is_new.store(false, Release);
        there.take()
    }

    /// Puts the one that was replaced where its owner finds it.
    fn retire(&self, policy: Box<dyn Policy>) {
        if let Ok(mut there) = self.policy.try_lock()
            && there.is_none()
        {
            *there = Some(policy);
        } else {
            // Somebody is leaving another one right now: better to keep memory than to wait.
            mem::forget(policy);
        }
    }
}

impl<E: Enclave> Engine<E> {
    /// The new policy gets to know every thread, and places those that wait.
    pub(super) fn swap(&mut self, policy: Box<dyn Policy>) {
        self.counters.swaps += 1;
        let old = mem::replace(&mut self.policy, policy);
        for at in 0..self.tasks.capacity() {
            if !self.tasks.is_taken(at) || self.tasks.at(at).stand == Stand::Leaving {
                continue;
            }
            self.happen(Event::Enable, at, 0, 0);
            match self.tasks.at(at).stand {
                Stand::Core(slot) => {
                    self.happen(Event::Start, at, slot, 0);
                }
                Stand::Queued | Stand::Left | Stand::Reserved(_) => {
                    self.lines.remove(at);
                    self.tasks.at_mut(at).stand = Stand::Asleep;
                    self.make_runnable(at);
                }
                Stand::Asleep | Stand::Todo | Stand::Leaving => {}
            }
        }
        for slot in 0..self.cores.len() {
            if !self.cores[slot].is_available {
                self.policy.occupy(slot as u32);
            }
            self.cores[slot].asked = None;
        }
        debug_assert_eq!(self.lines.len(LEFT), 0);
        debug_assert!((0..self.cores.len()).all(|slot| self.lines.len(RESERVED + slot) == 0));
        self.slot.retire(old);
        self.settle();
    }
}
