//! The engine: what the kernel says goes to a policy, what the policy decides goes to the kernel.
//!
//! In: an [`Enclave`] and a [`Policy`]. Out: after each [`Engine::iterate`], what the agent's
//! thread is to do next.
//!
//! Each core has a thread that it *should* run (`wanted`) and one that it *does* run as far as the
//! messages say (`there`). Events change what is wanted, at once and in the order the policy
//! decides; [`commits`] makes the kernel follow. A thread is told `start` when it is wanted on a
//! core and `stop` when it no longer is, so a policy always sees its own decisions carried out.
//!
//! INVARIANT(one_place): a thread that wants to run is wanted by one core, in one line of the
//! engine, or in one queue of the policy; `Stand` says which.

mod commits;
mod cores;
mod counters;
mod messages;
mod swap;
mod tasks;
mod verdicts;

pub use counters::{Counters, TaskReport};
pub use swap::PolicySlot;

use crate::abi::State;
use crate::cpus::{CoreSet, CpuSet};
use crate::defect::{Chosen, Defect};
use crate::enclave::Enclave;
use crate::lists::Lists;
use crate::policy::Policy;
use crate::shared::{MessageQueue, Txns, Words};
use cores::Core;
use std::sync::Arc;
use tasks::Tasks;

/// How an engine works.
#[derive(Clone, Debug)]
pub struct Config {
    /// The enclave's CPUs, each with the index of its agent's status word.
    pub cpus: Vec<(u32, u32)>,
    /// The CPU of the agent that runs this engine. The policy's cores are the others.
    pub agent_cpu: u32,
    /// The most threads.
    pub n_tasks_max: u32,
    /// Nanoseconds between two `tick`s of a thread that runs.
    pub tick_ns: u64,
    /// Nanoseconds after which a thread that the policy leaves to the system gets the next core.
    pub left_ns: u64,
    /// Nanoseconds after which a thread that waits is given back to the system's scheduler.
    pub give_back_ns: u64,
    /// A mistake on purpose, for tests.
    pub defect: Chosen,
}

impl Config {
    /// The usual times, for CPUs with their agents' words.
    pub fn new(cpus: Vec<(u32, u32)>, agent_cpu: u32) -> Config {
        Config {
            cpus,
            agent_cpu,
            n_tasks_max: 1 << 14,
            tick_ns: 5_000,
            left_ns: 10_000_000,
            give_back_ns: 5_000_000_000,
            defect: Chosen::default(),
        }
    }

    /// How many cores the policy has.
    pub fn n_cores(&self) -> u32 {
        (self.cpus.len() as u32).saturating_sub(1)
    }
}

/// Why an engine cannot go on. Its threads fall back to the system's scheduler with the enclave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The kernel no longer has the enclave.
    Gone,
    /// Messages were lost, so nothing that is known can be relied on.
    Overflow,
    /// The kernel refused a transaction that no correct engine makes.
    Refused(State),
    /// More threads came than there is room for.
    TooManyTasks,
}

/// What the agent's thread is to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// Iterate again; whether anything happened in this iteration.
    Again(bool),
    /// Something more important wants this CPU: wake the agent there, and yield.
    HandOff {
        /// The CPU of the agent that goes on.
        to: u32,
    },
    /// As before, but no other CPU is free: yield until this one is, and quote the barrier.
    Yield {
        /// The agent's barrier before anything was read.
        agent_barrier: u32,
    },
    /// End.
    Fault(Fault),
}

/// The line of threads whose `runnable` is still to be asked.
const AWAITING: usize = 0;
/// The line of threads that the policy left to the system.
const LEFT: usize = 1;
/// The first of the lines of threads that wait for a certain core.
const RESERVED: usize = 2;

/// An agent's state.
pub struct Engine<E: Enclave> {
    enclave: E,
    policy: Box<dyn Policy>,
    slot: Arc<PolicySlot>,
    queue: MessageQueue,
    words: Words,
    txns: Txns,
    tasks: Tasks,
    lines: Lists,
    cores: Vec<Core>,
    /// The slots of cores that nothing more important has.
    available: CoreSet,
    /// The agent's own CPU and word.
    own: (u32, u32),
    config: Config,
    now_ns: u64,
    /// Counts the times a thread began to wait: a core that found nothing asks again then.
    epoch: u64,
    /// Where the search for threads that wait too long goes on.
    patrol: u32,
    counters: Counters,
    fault: Option<Fault>,
}

impl<E: Enclave> Engine<E> {
    /// With no threads yet. Everything that the loop needs is taken here.
    pub fn new(
        config: Config,
        enclave: E,
        policy: Box<dyn Policy>,
        slot: Arc<PolicySlot>,
    ) -> Engine<E> {
        let shared = enclave.shared();
        let others = config.cpus.iter().filter(|(cpu, _)| *cpu != config.agent_cpu);
        let cores: Vec<Core> = others.map(|(cpu, word)| Core::new(*cpu, *word)).collect();
        let own = config.cpus.iter().find(|(cpu, _)| *cpu == config.agent_cpu);
        let own = own.copied().unwrap_or((config.agent_cpu, 0));
        let n_tasks = config.n_tasks_max as usize;
        Engine {
            enclave,
            policy,
            slot,
            queue: MessageQueue::new(shared.queue),
            words: Words::new(shared.words),
            txns: Txns::new(shared.cpu_data),
            tasks: Tasks::new(n_tasks),
            lines: Lists::new(RESERVED + cores.len(), n_tasks),
            cores,
            available: CoreSet::empty(),
            own,
            config,
            now_ns: 0,
            epoch: 0,
            patrol: 0,
            counters: Counters::default(),
            fault: None,
        }
    }

    /// One round: messages, hints, ticks, free cores, transactions.
    pub fn iterate(&mut self) -> Next {
        self.counters.iterations += 1;
        if let Some(next) = self.slot.take() {
            self.swap(next);
        }
        self.now_ns = self.enclave.now_ns();
        // Before anything else is read: what comes later makes it stale.
        let own = self.words.read(&mut self.enclave, self.own.1);
        let before = self.counters.work();
        self.look_at_cores();
        self.messages();
        self.hints();
        self.settle();
        self.ticks();
        self.patrol();
        self.offer_cores();
        self.commit();
        let boosted = own.flags & crate::abi::flags::BOOST_PRIO != 0;
        match self.fault {
            Some(fault) => Next::Fault(fault),
            None if boosted && !self.config.defect.is(Defect::BoostIgnored) => {
                self.leave_cpu(own.barrier)
            }
            None => Next::Again(self.counters.work() != before),
        }
    }

    /// The kernel's side.
    pub fn enclave(&mut self) -> &mut E {
        &mut self.enclave
    }

    /// The kernel's side, when the agent ends.
    pub fn into_enclave(self) -> E {
        self.enclave
    }

    /// The policy.
    pub fn policy(&mut self) -> &mut dyn Policy {
        &mut *self.policy
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The CPU of the agent.
    pub fn agent_cpu(&self) -> u32 {
        self.own.0
    }

    /// When the next tick is due, if a thread runs.
    pub fn next_tick_ns(&self) -> Option<u64> {
        let running = self.cores.iter().filter(|core| core.wanted.is_some());
        running.map(|core| core.ticked_ns + self.config.tick_ns).min()
    }

    /// What is known of the cores, a sentence each, for messages.
    pub fn cores_report(&self) -> Vec<String> {
        let tid = |at: u32| self.tasks.at(at).tid();
        let rows = (0..).zip(&self.cores).map(|(slot, core): (u32, &Core)| {
            let is_available = if core.is_available { "available" } else { "taken" };
            let (wanted, there) = (core.wanted.map(tid), core.there.map(tid));
            format!(
                "core {slot} is CPU {}: {is_available}, shall run {wanted:?}, runs {there:?}",
                core.cpu
            )
        });
        rows.collect()
    }

    /// What is known of a thread, for messages.
    pub fn task(&self, gtid: i64) -> Option<TaskReport> {
        let at = self.tasks.find(gtid)?;
        let task = self.tasks.at(at);
        Some(TaskReport { stand: format!("{:?}", task.stand), seqnum: task.seqnum })
    }

    /// The cores, by slot, that a thread with these CPUs may use.
    fn cores_of(&self, cpus: &CpuSet) -> CoreSet {
        if self.config.defect.is(Defect::AffinityIgnored) {
            return CoreSet::first(self.cores.len() as u32);
        }
        let slots = (0..).zip(&self.cores).filter(|(_, core)| cpus.contains(core.cpu));
        slots.map(|(slot, _)| slot).collect()
    }

    /// Something more important wants the agent's CPU: another one's agent goes on.
    fn leave_cpu(&mut self, agent_barrier: u32) -> Next {
        let is_free = |core: &&Core| core.is_available && core.wanted.is_none();
        let free = self.cores.iter().find(is_free);
        let chosen = free.or_else(|| self.cores.iter().find(|core| core.is_available));
        let Some(cpu) = chosen.map(|core| core.cpu) else { return Next::Yield { agent_barrier } };
        self.counters.hand_offs += 1;
        let Some(slot) = self.cores.iter().position(|core| core.cpu == cpu) else {
            return Next::Yield { agent_barrier };
        };
        self.available.remove(slot as u32);
        let core = &mut self.cores[slot];
        // The two change places: the policy's core of this slot is now the agent's old CPU.
        let to = (core.cpu, core.word);
        (core.cpu, core.word) = self.own;
        core.is_available = false;
        self.own = to;
        self.recompute_cores();
        Next::HandOff { to: to.0 }
    }
}
