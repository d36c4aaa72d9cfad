//! The simulated kernel: CPUs, tasks, time.
//!
//! In: what the agent asks through [`Enclave`], what a workload's tasks do. Out: messages, status
//! words, results of transactions. Time goes on by what the agent does: each access and call has
//! a cost, drawn from the seed, and everything that is due by then happens in between.

mod commit;
mod cpu;
mod memory;
mod races;
mod tasks;

use crate::oracle::{Oracle, Violation};
use crate::rng::Rng;
use crate::workload::Workload;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use syrup_agent::abi::{SwInfo, flags, tid_of};
use syrup_agent::{CpuSet, Enclave, Gone, Hint, Region};

pub use cpu::Cpu;
pub use races::Races;
pub use tasks::{Life, Task};

/// What a simulated machine is like.
#[derive(Clone, Debug)]
pub struct Spec {
    /// CPUs, the agent's among them.
    pub n_cpus: u32,
    /// Entries of the message queue, a power of two.
    pub queue_elems: u32,
    /// Status words.
    pub n_words: u32,
    /// Nanoseconds of one access of shared memory: from, up to.
    pub touch_ns: (u64, u64),
    /// One access in so many takes up to `stall_ns` longer; 0 for never.
    pub stall_once_in: u64,
    /// How long such an access takes.
    pub stall_ns: u64,
    /// Nanoseconds from a remote commit until the CPU looks at it: from, up to.
    pub ipi_ns: (u64, u64),
    /// Nanoseconds in which a task's last message is visible and it still is on its CPU.
    pub window_ns: (u64, u64),
    /// Nanoseconds to switch to a task.
    pub switch_ns: u64,
    /// Nanoseconds of a commit, and of each transaction in it.
    pub commit_ns: (u64, u64),
}

impl Spec {
    /// Costs as measured for ghOSt (Humphries et al., SOSP 2021, table 3), without noise.
    pub fn measured(n_cpus: u32) -> Spec {
        Spec {
            n_cpus,
            queue_elems: 1 << 14,
            n_words: 1 << 12,
            touch_ns: (10, 11),
            stall_once_in: 0,
            stall_ns: 0,
            ipi_ns: (1000, 1001),
            window_ns: (200, 201),
            switch_ns: 400,
            commit_ns: (270, 396),
        }
    }

    /// Anything within reason, for looking for races.
    pub fn rough(n_cpus: u32, rng: &mut Rng) -> Spec {
        Spec {
            n_cpus,
            queue_elems: 1 << rng.within(9, 11),
            n_words: 512,
            touch_ns: (2, rng.within(4, 80)),
            stall_once_in: rng.within(20, 400),
            stall_ns: rng.within(500, 6000),
            ipi_ns: (20, rng.within(40, 2500)),
            window_ns: (10, rng.within(20, 1500)),
            switch_ns: rng.within(20, 600),
            commit_ns: (rng.within(20, 500), rng.within(20, 400)),
        }
    }
}

/// What happens at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Due {
    /// A CPU looks for what to run.
    Resched(u32),
    /// The task that left a CPU is off it.
    Off(u32),
    /// A task has done what it was to do; of its so manieth run.
    Done(usize, u64),
    /// A task wakes up.
    Wake(usize, u64),
    /// Something more important no longer wants a CPU.
    Free(u32),
    /// The workload's own.
    Own(u64),
}

/// The simulated kernel.
pub struct Machine {
    pub(crate) spec: Spec,
    pub(crate) now_ns: u64,
    pub(crate) rng: Rng,
    due: BinaryHeap<Reverse<(u64, u64, Due)>>,
    next_ns: u64,
    n_due: u64,
    pub(crate) cpus: Vec<Cpu>,
    pub(crate) tasks: Vec<Task>,
    /// The CPU of the agent that runs the engine.
    pub(crate) agent_cpu: u32,
    queue: Arc<Region>,
    words: Arc<Region>,
    cpu_data: Arc<Region>,
    free_words: VecDeque<u32>,
    word_owner: Vec<Option<usize>>,
    gtid_seqnum: i64,
    hints: VecDeque<Hint>,
    workload: Option<Box<dyn Workload>>,
    pub(crate) oracle: Oracle,
    pub(crate) races: Races,
    /// The enclave was destroyed.
    is_gone: bool,
    n_events: u64,
    trace: u64,
}

impl Machine {
    /// A machine at rest, with an agent on each CPU and the engine's on the first.
    pub fn new(spec: Spec, workload: Box<dyn Workload>, seed: u64) -> Machine {
        let n_cpus = spec.n_cpus;
        let region = |bytes: usize| match Region::fresh(bytes.next_multiple_of(4096)) {
            Ok(region) => Arc::new(region),
            Err(error) => syrup_diag::bug!("no memory for a simulated kernel: {error}"),
        };
        let queue = region(76 + 8 * spec.queue_elems as usize);
        let words = region(64 + 32 * spec.n_words as usize);
        let cpu_data = region(4096 * n_cpus as usize);
        let mut machine = Machine {
            now_ns: 1_000_000,
            rng: Rng::new(seed),
            due: BinaryHeap::new(),
            next_ns: u64::MAX,
            n_due: 0,
            cpus: (0..n_cpus).map(Cpu::new).collect(),
            tasks: Vec::new(),
            agent_cpu: 0,
            queue,
            words,
            cpu_data,
            free_words: (n_cpus..spec.n_words).collect(),
            word_owner: vec![None; spec.n_words as usize],
            gtid_seqnum: 0,
            hints: VecDeque::new(),
            workload: Some(workload),
            oracle: Oracle::default(),
            races: Races::default(),
            is_gone: false,
            n_events: 0,
            trace: 0xcbf2_9ce4_8422_2325,
            spec,
        };
        machine.lay_out();
        machine.with_workload(|workload, machine| workload.start(machine));
        machine
    }

    /// The time.
    pub fn time_ns(&self) -> u64 {
        self.now_ns
    }

    /// Events of the kernel so far.
    pub fn n_events(&self) -> u64 {
        self.n_events
    }

    /// A fingerprint of everything that ran where and when.
    pub fn trace(&self) -> u64 {
        self.trace
    }

    /// How often each race came about.
    pub fn races(&self) -> &Races {
        &self.races
    }

    /// What the oracles noticed.
    pub fn violations(&self) -> &[Violation] {
        self.oracle.violations()
    }

    /// The CPUs with the indices of their agents' status words, for an engine's configuration.
    pub fn agents(&self) -> Vec<(u32, u32)> {
        self.cpus.iter().map(|cpu| (cpu.id, cpu.id)).collect()
    }

    /// A number for the workload.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// The workload, for its results.
    pub fn workload(&self) -> Option<&dyn Workload> {
        self.workload.as_deref()
    }

    pub(crate) fn at(&mut self, in_ns: u64, due: Due) {
        let at = self.now_ns + in_ns;
        self.n_due += 1;
        self.due.push(Reverse((at, self.n_due, due)));
        self.next_ns = self.next_ns.min(at);
    }

    /// Lets the workload do something at a time.
    pub fn call_in(&mut self, in_ns: u64, code: u64) {
        self.at(in_ns, Due::Own(code));
    }

    /// The application says something of a thread.
    pub fn hint_of(&mut self, map: u32, task: usize, value: u64) {
        let tid = tid_of(self.tasks[task].gtid);
        self.hints.push_back(Hint { map, tid, value });
    }

    pub(crate) fn note(&mut self, what: u64) {
        self.trace = (self.trace ^ what).wrapping_mul(0x0000_0100_0000_01b3);
    }

    fn with_workload(&mut self, f: impl FnOnce(&mut dyn Workload, &mut Machine)) {
        if let Some(mut workload) = self.workload.take() {
            f(&mut *workload, self);
            self.workload = Some(workload);
        }
    }

    /// Time goes on, and what is due happens.
    pub(crate) fn advance(&mut self, ns: u64) {
        let until = self.now_ns + ns;
        while self.next_ns <= until {
            let Some(Reverse((at, _, due))) = self.due.pop() else { break };
            self.now_ns = self.now_ns.max(at);
            self.n_events += 1;
            self.happen(due);
            self.next_ns = self.due.peek().map_or(u64::MAX, |Reverse((at, _, _))| *at);
        }
        self.now_ns = until;
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Resched(cpu) => self.schedule(cpu),
            Due::Off(cpu) => self.off(cpu),
            Due::Done(task, run) => {
                if self.tasks[task].run == run && self.tasks[task].on.is_some() {
                    self.done(task);
                }
            }
            Due::Wake(task, sleep) => {
                if self.tasks[task].sleep == sleep {
                    self.wake(task);
                }
            }
            Due::Free(cpu) => self.busy(cpu, false),
            Due::Own(code) => {
                self.with_workload(|workload, machine| workload.call(machine, code));
            }
        }
    }

    /// The agent found nothing to do and looks again and again: until something is due.
    pub fn idle(&mut self, ns_max: u64) {
        let ns = self.next_ns.saturating_sub(self.now_ns).min(ns_max);
        self.advance(ns);
    }

    /// The enclave is destroyed: its tasks go to the system's own scheduler.
    pub fn destroy(&mut self) {
        self.is_gone = true;
        for task in 0..self.tasks.len() {
            if self.tasks[task].life == Life::Here {
                self.tasks[task].life = Life::Elsewhere;
            }
        }
    }

    /// The CPUs of a thread, by its id; the newest task that has it.
    fn cpus_of(&self, tid: u32) -> Option<CpuSet> {
        let mut tasks = self.tasks.iter().rev();
        let task = tasks.find(|task| tid_of(task.gtid) == tid)?;
        (task.life != Life::Dead).then_some(task.cpus)
    }
}

impl Enclave for Machine {
    fn shared(&self) -> syrup_agent::Shared {
        syrup_agent::Shared {
            queue: self.queue.clone(),
            words: self.words.clone(),
            cpu_data: self.cpu_data.clone(),
        }
    }

    fn touch(&mut self) {
        let (from, to) = self.spec.touch_ns;
        let mut ns = if to > from + 1 { self.rng.within(from, to) } else { from };
        if self.spec.stall_once_in != 0 && self.rng.once_in(self.spec.stall_once_in) {
            ns += self.rng.below(self.spec.stall_ns);
        }
        self.advance(ns);
    }

    fn now_ns(&mut self) -> u64 {
        self.now_ns
    }

    fn commit(&mut self, cpus: &CpuSet) -> Result<(), Gone> {
        if self.is_gone {
            return Err(Gone);
        }
        self.commit_all(cpus);
        Ok(())
    }

    fn free_word(&mut self, word: SwInfo) -> Result<(), Gone> {
        if self.is_gone {
            return Err(Gone);
        }
        self.touch();
        let said = self.word_flags(word.index);
        if said & flags::CANFREE == 0 {
            let message = format!("status word {} was freed while in use", word.index);
            self.oracle.notice(self.now_ns, "sw_free", message);
            return Ok(());
        }
        self.release_word(word.index);
        Ok(())
    }

    fn affinity(&mut self, tid: u32) -> Option<CpuSet> {
        self.touch();
        self.cpus_of(tid)
    }

    fn give_back(&mut self, gtid: i64) {
        self.touch();
        let task = self.tasks.iter().position(|task| task.gtid == gtid);
        if let Some(task) = task.filter(|task| self.tasks[*task].life == Life::Here) {
            self.depart(task);
        }
    }

    fn hint(&mut self) -> Option<Hint> {
        self.hints.pop_front()
    }
}
