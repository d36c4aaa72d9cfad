//! Tasks: they come, wake, sleep, change and go.

use super::{Due, Machine};
use crate::workload::After;
use syrup_agent::CpuSet;
use syrup_agent::abi::{MsgType, flags, tid_of};

/// Where a task is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    /// In the enclave.
    Here,
    /// Back in the enclave, and not announced: its old status word is not freed.
    Held,
    /// With the system's own scheduler.
    Elsewhere,
    /// It exits.
    Exiting,
    /// Gone.
    Dead,
}

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its number in the interface.
    pub gtid: i64,
    /// Where it is in its life.
    pub life: Life,
    /// Whether it wants to run.
    pub is_runnable: bool,
    /// The CPU it is on.
    pub on: Option<u32>,
    /// The CPU that runs it next.
    pub latched: Option<u32>,
    /// The CPU it was last on.
    pub cpu: u32,
    /// The CPUs it may use.
    pub cpus: CpuSet,
    /// Its nice value.
    pub nice: i32,
    /// Its status word.
    pub word: Option<u32>,
    /// Counts messages.
    pub barrier: u32,
    /// Its messages are held back.
    pub is_gated: bool,
    /// It leaves the enclave as soon as it is off its CPU.
    pub departs: bool,
    /// Since when its status word can be freed.
    pub can_free_ns: Option<u64>,
    /// Since when it has been runnable without a CPU.
    pub waits_ns: Option<u64>,
    /// Counts the times it came onto or left a CPU.
    pub run: u64,
    /// Counts the times it went to sleep.
    pub sleep: u64,
    /// When it came onto its CPU.
    pub on_ns: u64,
    /// What it still has to do before it asks the workload.
    pub left_ns: u64,
    /// How long it ran.
    pub ran_ns: u64,
}

impl Machine {
    /// A task comes to the enclave, asleep; it has no work.
    pub fn spawn(&mut self, tid: u32, cpus: CpuSet) -> usize {
        self.gtid_seqnum += 1;
        let gtid = i64::from(tid) << 41 | self.gtid_seqnum;
        if self.tasks.iter().any(|task| tid_of(task.gtid) == tid) {
            self.races.tid_reused += 1;
        }
        self.tasks.push(Task {
            gtid,
            life: Life::Here,
            is_runnable: false,
            on: None,
            latched: None,
            cpu: 0,
            cpus,
            nice: 0,
            word: None,
            barrier: 0,
            is_gated: false,
            departs: false,
            can_free_ns: None,
            waits_ns: None,
            run: 0,
            sleep: 0,
            on_ns: 0,
            left_ns: 0,
            ran_ns: 0,
        });
        let task = self.tasks.len() - 1;
        self.enter(task);
        task
    }

    /// How many tasks there ever were.
    pub fn n_tasks(&self) -> usize {
        self.tasks.len()
    }

    /// A task.
    pub fn task(&self, task: usize) -> &Task {
        &self.tasks[task]
    }

    /// A task is announced.
    pub(super) fn enter(&mut self, task: usize) {
        self.tasks[task].life = Life::Here;
        self.take_word(task);
        let Some(word) = self.tasks[task].word else { return };
        let is_runnable = self.tasks[task].is_runnable;
        if is_runnable {
            self.set_flags(word, flags::RUNNABLE, 0);
            self.tasks[task].waits_ns = Some(self.now_ns);
        }
        let nice = self.tasks[task].nice as u32;
        let rest = [0, 0, 0, 0, u32::from(is_runnable), nice, 0, word, 0, 0];
        self.tell(task, MsgType::TaskNew, &rest);
    }

    /// Wakes a task that sleeps, to do so much.
    pub fn wake_with(&mut self, task: usize, work_ns: u64) {
        if !self.tasks[task].is_runnable {
            self.tasks[task].left_ns = work_ns;
            self.wake(task);
        }
    }

    pub(super) fn wake(&mut self, task: usize) {
        let this = &mut self.tasks[task];
        if this.is_runnable || matches!(this.life, Life::Dead | Life::Exiting) {
            return;
        }
        this.is_runnable = true;
        match this.life {
            Life::Here => {}
            // The system's own scheduler runs it at once, somewhere else.
            Life::Elsewhere | Life::Held | Life::Exiting | Life::Dead => return,
        }
        this.waits_ns = Some(self.now_ns);
        let cpu = this.cpu;
        if let Some(word) = this.word {
            self.set_flags(word, flags::RUNNABLE, 0);
        }
        self.tell(task, MsgType::TaskWakeup, &[0, 0, 0, cpu, cpu, cpu]);
    }

    /// A task did what it was to do.
    pub(super) fn done(&mut self, task: usize) {
        let mut after = After::Sleep { wake_in_ns: None };
        self.with_workload(|workload, machine| after = workload.done(machine, task));
        match after {
            After::Work { ns } => {
                self.tasks[task].on_ns = self.now_ns;
                self.tasks[task].left_ns = ns;
                self.tasks[task].run += 1;
                let run = self.tasks[task].run;
                self.at(ns, Due::Done(task, run));
            }
            After::Sleep { wake_in_ns } => {
                self.fall_asleep(task);
                if let Some(ns) = wake_in_ns {
                    let sleep = self.tasks[task].sleep;
                    self.at(ns, Due::Wake(task, sleep));
                }
            }
            After::Yield { work_ns } => {
                self.leave(task, MsgType::TaskYield);
                self.tasks[task].left_ns = work_ns;
            }
            After::Exit => {
                self.tasks[task].life = Life::Exiting;
                self.races.exited += 1;
                self.fall_asleep(task);
            }
        }
    }

    fn fall_asleep(&mut self, task: usize) {
        self.tasks[task].is_runnable = false;
        self.tasks[task].sleep += 1;
        if let Some(word) = self.tasks[task].word {
            self.set_flags(word, 0, flags::RUNNABLE);
        }
        self.leave(task, MsgType::TaskBlocked);
    }

    /// What a task is to do when it wakes by itself.
    pub fn set_work(&mut self, task: usize, ns: u64) {
        self.tasks[task].left_ns = ns;
    }

    /// A task is off its CPU, and perhaps gone.
    pub(super) fn finish_exit(&mut self, task: usize) {
        if self.tasks[task].life == Life::Exiting {
            self.tasks[task].life = Life::Dead;
            self.may_be_freed(task, 0);
            self.tell(task, MsgType::TaskDead, &[0, 0]);
        } else if self.tasks[task].departs {
            self.depart(task);
        }
    }

    fn may_be_freed(&mut self, task: usize, more: u32) {
        self.tasks[task].can_free_ns = Some(self.now_ns);
        if let Some(word) = self.tasks[task].word {
            self.set_flags(word, flags::CANFREE | more, 0);
        }
    }

    /// A task leaves the enclave for the system's own scheduler.
    pub fn depart(&mut self, task: usize) {
        if self.tasks[task].life != Life::Here {
            return;
        }
        // One that is on its way off its CPU leaves when it is off: the caller waits for the lock
        // of the run queue.
        if let Some(cpu) = self.tasks[task].on
            && self.cpus[cpu as usize].is_leaving
        {
            self.tasks[task].departs = true;
            return;
        }
        self.tasks[task].departs = false;
        self.tasks[task].life = Life::Elsewhere;
        self.tasks[task].waits_ns = None;
        if let Some(cpu) = self.tasks[task].latched.take() {
            self.cpus[cpu as usize].latched = None;
        }
        // The flag is there before the message can be read.
        self.may_be_freed(task, flags::MSG_GATED);
        if self.tasks[task].on.is_some() {
            self.leave(task, MsgType::TaskDeparted);
        } else {
            let cpu = self.tasks[task].cpu;
            self.tell(task, MsgType::TaskDeparted, &[0, 0, cpu, 0]);
        }
        self.tasks[task].is_gated = true;
        self.tasks[task].waits_ns = None;
    }

    /// A task that left comes back.
    pub fn come_back(&mut self, task: usize) {
        if self.tasks[task].life != Life::Elsewhere || self.tasks[task].on.is_some() {
            return;
        }
        if self.tasks[task].word.is_some() {
            self.races.back_before_free += 1;
            self.tasks[task].life = Life::Held;
        } else {
            self.enter(task);
        }
    }

    /// Somebody changes the CPUs that a task may use.
    pub fn set_cpus(&mut self, task: usize, cpus: CpuSet) {
        self.tasks[task].cpus = cpus;
        if self.tasks[task].life != Life::Here {
            return;
        }
        self.tell(task, MsgType::TaskAffinityChanged, &[]);
        if let Some(cpu) = self.tasks[task].latched
            && !cpus.contains(cpu)
        {
            self.races.latched_moved += 1;
            self.cpus[cpu as usize].latched = None;
            self.unlatched(task, cpu);
        }
        self.force_off(task);
    }

    /// Somebody changes a task's nice value.
    pub fn set_nice(&mut self, task: usize, nice: i32) {
        self.tasks[task].nice = nice;
        if self.tasks[task].life == Life::Here {
            self.tell(task, MsgType::TaskPriorityChanged, &[nice as u32, 0]);
            self.force_off(task);
        }
    }

    fn force_off(&mut self, task: usize) {
        if let Some(cpu) = self.tasks[task].on
            && !self.cpus[cpu as usize].is_leaving
        {
            self.leave(task, MsgType::TaskPreempt);
        }
    }

    /// Something more important takes a CPU for a while.
    pub fn take_cpu(&mut self, cpu: u32, ns: u64) {
        if !self.cpus[cpu as usize].is_busy {
            self.busy(cpu, true);
            self.at(ns, Due::Free(cpu));
        }
    }
}
