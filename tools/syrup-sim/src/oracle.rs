//! What must hold at every moment, whatever the policy and the seed.
//!
//! In: the machine's state. Out: violations, each with its time and one sentence.

use crate::machine::{Life, Machine};

/// Something that must not happen, and did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// When, in simulated nanoseconds.
    pub at_ns: u64,
    /// Which oracle noticed it.
    pub oracle: &'static str,
    /// What it saw.
    pub message: String,
}

/// Violations kept: the first ones explain the others.
const KEPT: usize = 8;

/// How long the agent may keep something more important from its CPU.
const BOOST_NS_MAX: u64 = 500_000;

/// How long the status word of a task that is gone may stay.
const FREE_NS_MAX: u64 = 5_000_000;

/// How long a CPU may be idle while a task that could use it waits.
const IDLE_NS_MAX: u64 = 150_000;

/// The oracles' memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    violations: Vec<Violation>,
    /// Since when each CPU has been idle while somebody waits.
    wasted_ns: Vec<Option<u64>>,
}

impl Oracle {
    pub(crate) fn notice(&mut self, at_ns: u64, oracle: &'static str, message: String) {
        if self.violations.len() < KEPT {
            self.violations.push(Violation { at_ns, oracle, message });
        }
    }

    /// The agent slept: what CPUs did meanwhile is not its fault.
    pub(crate) fn excuse(&mut self) {
        self.wasted_ns.clear();
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }
}

impl Machine {
    /// Looks at everything that takes time to go wrong; after each round of the agent.
    pub fn look(&mut self, conserves_work: bool) {
        let now_ns = self.now_ns;
        for at in 0..self.cpus.len() {
            let cpu = &self.cpus[at];
            if let Some(since) = cpu.boosted_ns.filter(|since| now_ns - since > BOOST_NS_MAX) {
                let message = format!(
                    "the agent has kept CPU {} from something more important for {} us",
                    cpu.id,
                    (now_ns - since) / 1000
                );
                self.cpus[at].boosted_ns = None;
                self.oracle.notice(now_ns, "boost", message);
            }
        }
        for at in 0..self.tasks.len() {
            let task = &self.tasks[at];
            let is_late = |since: &u64| now_ns - since > FREE_NS_MAX;
            if task.can_free_ns.as_ref().is_some_and(is_late) && task.word.is_some() {
                let message = format!("the status word of task {:#x} is not freed", task.gtid);
                self.tasks[at].can_free_ns = None;
                self.oracle.notice(now_ns, "sw_free", message);
            }
        }
        if conserves_work {
            self.look_for_waste();
        }
    }

    fn look_for_waste(&mut self) {
        let now_ns = self.now_ns;
        self.oracle.wasted_ns.resize(self.cpus.len(), None);
        for at in 0..self.cpus.len() {
            let cpu = &self.cpus[at];
            let waiting = |task: &&crate::machine::Task| {
                task.waits_ns.is_some()
                    && task.life == Life::Here
                    && task.on.is_none()
                    && task.latched.is_none()
                    && task.cpus.contains(cpu.id)
            };
            let is_free = cpu.is_idle() && cpu.id != self.agent_cpu;
            let waits = self.tasks.iter().find(waiting).filter(|_| is_free);
            let since = waits.map(|_| self.oracle.wasted_ns[at].unwrap_or(now_ns));
            if let (Some(since), Some(task)) = (since, waits)
                && now_ns - since > IDLE_NS_MAX
            {
                let message = format!(
                    "CPU {} has been idle for {} us, and task {:#x} waits for one like it",
                    cpu.id,
                    (now_ns - since) / 1000,
                    task.gtid
                );
                self.oracle.notice(now_ns, "idle_core", message);
                self.oracle.wasted_ns[at] = None;
            } else {
                self.oracle.wasted_ns[at] = since;
            }
        }
    }

    /// Whether every task had its turn: none wants to run any more.
    pub fn is_quiet(&self) -> bool {
        self.waiting().is_none() && self.cpus.iter().all(|cpu| cpu.curr.is_none())
    }

    /// A task of the enclave that wants to run and does not.
    fn waiting(&self) -> Option<usize> {
        let here = |life| matches!(life, Life::Here | Life::Held);
        self.tasks.iter().position(|task| here(task.life) && task.is_runnable)
    }

    /// The end: a task that still wants to run was lost.
    pub fn look_for_lost(&mut self) {
        if let Some(task) = self.waiting() {
            let message = format!("task {:#x} was never run again", self.tasks[task].gtid);
            self.oracle.notice(self.now_ns, "lost", message);
        }
    }

    /// The end: what the engine counted must not have happened.
    pub fn look_at(&mut self, counters: &syrup_agent::Counters) {
        if counters.gaps != 0 {
            let message = format!("{} messages had another number than the next", counters.gaps);
            self.oracle.notice(self.now_ns, "seqnum", message);
        }
        if counters.strangers != 0 {
            let message = format!("{} messages were about nobody known", counters.strangers);
            self.oracle.notice(self.now_ns, "seqnum", message);
        }
    }
}
