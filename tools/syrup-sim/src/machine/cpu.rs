//! CPUs: what runs, what shall run next, what is more important.

use super::{Due, Machine};
use syrup_agent::abi::{MsgType, flags};

/// A CPU.
#[derive(Clone, Debug)]
pub struct Cpu {
    /// Its number.
    pub id: u32,
    /// The task on it.
    pub curr: Option<usize>,
    /// The task on it is leaving: its message is sent.
    pub is_leaving: bool,
    /// The task that it runs next.
    pub latched: Option<usize>,
    /// Something more important has it.
    pub is_busy: bool,
    /// Its task shall leave.
    pub is_cleared: bool,
    /// Counts switches.
    pub seqnum: u64,
    /// Since when something more important waits for the agent to leave.
    pub boosted_ns: Option<u64>,
    /// Since when it has had nothing to run.
    pub idle_ns: Option<u64>,
}

impl Cpu {
    pub(super) fn new(id: u32) -> Cpu {
        Cpu {
            id,
            curr: None,
            is_leaving: false,
            latched: None,
            is_busy: false,
            is_cleared: false,
            seqnum: 0,
            boosted_ns: None,
            idle_ns: Some(0),
        }
    }

    /// Whether it could run a task and has none.
    pub fn is_idle(&self) -> bool {
        self.curr.is_none() && self.latched.is_none() && !self.is_busy
    }
}

impl Machine {
    fn cpu(&mut self, cpu: u32) -> &mut Cpu {
        &mut self.cpus[cpu as usize]
    }

    /// A CPU looks for what to run.
    pub(super) fn schedule(&mut self, cpu: u32) {
        let is_taken = self.cpus[cpu as usize].is_busy || self.agent_cpu == cpu;
        if is_taken && let Some(task) = self.cpu(cpu).latched.take() {
            self.unlatched(task, cpu);
        }
        let Cpu { curr, is_leaving, latched, is_cleared, .. } = self.cpus[cpu as usize];
        if is_leaving {
            return;
        }
        match (curr, latched) {
            (Some(task), next) if is_taken || is_cleared || next.is_some() => {
                self.races.preempted += 1;
                self.leave(task, MsgType::TaskPreempt);
            }
            (Some(_), _) => {}
            (None, Some(task)) => {
                self.cpu(cpu).latched = None;
                self.switch_to(task, cpu);
            }
            (None, None) => {}
        }
        self.cpu(cpu).is_cleared = false;
    }

    /// A task that was given a CPU loses it before it got there.
    pub(super) fn unlatched(&mut self, task: usize, cpu: u32) {
        self.tasks[task].latched = None;
        self.races.latched_lost += 1;
        self.cpu(cpu).seqnum += 1;
        let was_latched = 1 << 8;
        let rest = [0, 0, 0, 0, 0, 0, cpu, was_latched];
        self.tell(task, MsgType::TaskPreempt, &rest);
    }

    /// A task begins to run.
    fn switch_to(&mut self, task: usize, cpu: u32) {
        self.check_switch(task, cpu);
        let switch_ns = self.spec.switch_ns;
        let now_ns = self.now_ns;
        self.note(now_ns ^ (task as u64) << 48 ^ u64::from(cpu) << 40);
        let on = self.cpu(cpu);
        on.curr = Some(task);
        on.seqnum += 1;
        on.idle_ns = None;
        let this = &mut self.tasks[task];
        (this.latched, this.on, this.cpu) = (None, Some(cpu), cpu);
        this.waits_ns = None;
        this.run += 1;
        this.on_ns = now_ns + switch_ns;
        let (run, left_ns, word) = (this.run, this.left_ns, this.word);
        if let Some(word) = word {
            self.set_switch_time(word, now_ns);
            self.set_flags(word, flags::ONCPU, 0);
        }
        self.at(switch_ns + left_ns, Due::Done(task, run));
    }

    fn check_switch(&mut self, task: usize, cpu: u32) {
        let this = &self.tasks[task];
        let (gtid, on) = (this.gtid, this.on);
        let is_allowed = this.cpus.contains(cpu);
        let wants = this.is_runnable;
        if let Some(other) = on {
            let message = format!("task {gtid:#x} runs on CPU {other} and shall run on {cpu}");
            self.oracle.notice(self.now_ns, "one_cpu", message);
        }
        if !is_allowed {
            let message = format!("task {gtid:#x} runs on CPU {cpu}, which it may not use");
            self.oracle.notice(self.now_ns, "affinity", message);
        }
        if !wants {
            let message = format!("task {gtid:#x} sleeps and runs on CPU {cpu}");
            self.oracle.notice(self.now_ns, "runnable", message);
        }
    }

    /// The task on a CPU leaves it: its message can be read before it is off.
    pub(super) fn leave(&mut self, task: usize, kind: MsgType) {
        let Some(cpu) = self.tasks[task].on else { return };
        let now_ns = self.now_ns;
        let this = &mut self.tasks[task];
        let ran_ns = now_ns.saturating_sub(this.on_ns);
        this.left_ns = this.left_ns.saturating_sub(ran_ns);
        this.ran_ns += ran_ns;
        this.run += 1;
        if this.is_runnable {
            this.waits_ns = Some(now_ns);
        }
        let (ran_ns, word) = (this.ran_ns, this.word);
        self.cpu(cpu).is_leaving = true;
        self.cpu(cpu).seqnum += 1;
        let seqnum = self.cpus[cpu as usize].seqnum as u32;
        let ran = ran_ns as u32;
        match kind {
            MsgType::TaskBlocked => self.tell(task, kind, &[ran, 0, seqnum, 0, cpu, 0]),
            MsgType::TaskDeparted => self.tell(task, kind, &[seqnum, 0, cpu, 1 << 8]),
            _ => self.tell(task, kind, &[ran, 0, seqnum, 0, 0, 0, cpu, 0]),
        }
        if let Some(word) = word {
            self.set_runtime(word, ran_ns);
        }
        let (from, to) = self.spec.window_ns;
        let window_ns = self.rng.within(from, to);
        self.at(window_ns, Due::Off(cpu));
    }

    /// The task that left a CPU is off it.
    pub(super) fn off(&mut self, cpu: u32) {
        let Some(task) = self.cpu(cpu).curr.take() else { return };
        self.cpu(cpu).is_leaving = false;
        let now_ns = self.now_ns;
        self.cpu(cpu).idle_ns = Some(now_ns);
        self.tasks[task].on = None;
        if let Some(word) = self.tasks[task].word {
            self.set_flags(word, 0, flags::ONCPU);
        }
        self.finish_exit(task);
        self.schedule(cpu);
    }

    /// Something more important takes a CPU, or leaves it.
    pub(super) fn busy(&mut self, cpu: u32, is_busy: bool) {
        let now_ns = self.now_ns;
        let is_agents = self.agent_cpu == cpu;
        let on = self.cpu(cpu);
        on.is_busy = is_busy;
        on.idle_ns = Some(now_ns).filter(|_| on.curr.is_none());
        on.boosted_ns = (is_busy && is_agents).then_some(now_ns);
        if is_busy {
            let boost = if is_agents { flags::BOOST_PRIO } else { 0 };
            self.races.boosted += u64::from(is_agents);
            self.set_flags(cpu, boost, flags::CPU_AVAIL);
        } else {
            self.set_flags(cpu, flags::CPU_AVAIL, flags::BOOST_PRIO);
        }
        self.schedule(cpu);
    }

    /// The agent's work goes on, on another CPU: its agent preempts what runs there.
    pub fn hand_off(&mut self, to: u32) {
        let from = self.agent_cpu;
        self.agent_cpu = to;
        self.set_flags(from, 0, flags::BOOST_PRIO);
        let now_ns = self.now_ns;
        self.cpu(from).boosted_ns = None;
        self.cpu(from).idle_ns = Some(now_ns);
        self.move_agent_barrier(to);
        // It may have been taken in the meantime: then its agent is asked to leave at once.
        if self.cpus[to as usize].is_busy {
            self.cpu(to).boosted_ns = Some(now_ns);
            self.set_flags(to, flags::BOOST_PRIO, 0);
        }
        self.schedule(to);
        self.schedule(from);
        let (low, high) = self.spec.ipi_ns;
        let ns = self.rng.within(low, high);
        self.advance(ns);
    }

    /// The agent yields its CPU, unless its barrier moved.
    pub fn yield_agent(&mut self, agent_barrier: u32) {
        if self.agent_barrier(self.agent_cpu) != agent_barrier {
            self.races.agent_stale += 1;
            return;
        }
        let cpu = self.agent_cpu;
        self.set_flags(cpu, 0, flags::BOOST_PRIO);
        self.cpu(cpu).boosted_ns = None;
        while self.cpus[cpu as usize].is_busy && self.next_ns != u64::MAX {
            self.idle(u64::MAX - self.now_ns);
        }
        self.oracle.excuse();
    }
}
