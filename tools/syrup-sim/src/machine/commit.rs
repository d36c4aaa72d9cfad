//! Transactions, in the order of the kernel's checks (google/ghost-kernel,
//! kernel/sched/ghost_core.c).

use super::{Due, Life, Machine};
use std::mem::offset_of;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use syrup_agent::CpuSet;
use syrup_agent::abi::{CommitFlags, NULL_GTID, RunFlags, State, Txn};

impl Machine {
    /// Commits the open transactions of some CPUs: from the caller's neighbour around, itself last.
    pub(super) fn commit_all(&mut self, cpus: &CpuSet) {
        let (once_ns, each_ns) = self.spec.commit_ns;
        self.advance(once_ns);
        let n = self.spec.n_cpus;
        for step in 1..=n {
            let cpu = (self.agent_cpu + step) % n;
            if cpus.contains(cpu) {
                self.advance(each_ns);
                self.commit_one(cpu);
            }
        }
    }

    fn commit_one(&mut self, cpu: u32) {
        let at = self.txn(cpu, offset_of!(Txn, state));
        let claimed = self.data().signed(at).compare_exchange(
            State::Ready as i32,
            self.agent_cpu as i32,
            AcqRel,
            Acquire,
        );
        if claimed.is_err() {
            return;
        }
        let state = self.try_commit(cpu);
        match state {
            State::TargetOncpu => self.races.target_on_cpu += 1,
            State::TargetStale => self.races.target_stale += 1,
            State::TargetNotFound | State::TargetNotRunnable => self.races.target_gone += 1,
            State::CpuUnavail => self.races.cpu_unavailable += 1,
            _ => {}
        }
        if state == State::Complete {
            let now_ns = self.now_ns;
            let time = self.txn(cpu, offset_of!(Txn, commit_time));
            self.data().long(time).store(now_ns, Relaxed);
        }
        self.data().signed(at).store(state as i32, Release);
    }

    fn try_commit(&mut self, cpu: u32) -> State {
        let word = |field| self.data().word(self.txn(cpu, field)).load(Relaxed);
        if word(offset_of!(Txn, version)) != 0 {
            return State::UnsupportedVersion;
        }
        if word(offset_of!(Txn, cpu)) != cpu {
            return State::InvalidCpu;
        }
        let flags = word(offset_of!(Txn, run_flags));
        let (run_flags, commit_flags) = (flags as u16, (flags >> 16) as u8);
        if run_flags & !RunFlags::ALL != 0 || commit_flags != CommitFlags::AT_TXN_COMMIT {
            // Of the kernel's commit flags this one alone is simulated.
            return State::InvalidFlags;
        }
        let gtid = self.data().long(self.txn(cpu, offset_of!(Txn, gtid))).load(Relaxed) as i64;
        let barrier = word(offset_of!(Txn, task_barrier));
        let target = match self.target(gtid, barrier, cpu) {
            Ok(target) => target,
            Err(state) => return state,
        };
        if cpu == self.agent_cpu {
            // The engine never runs a task on its own CPU.
            return State::InvalidCpu;
        }
        if target.is_some() && self.cpus[cpu as usize].is_busy {
            return State::CpuUnavail;
        }
        self.latch(cpu, target);
        State::Complete
    }

    /// The task that is named, if it can be run; it is unlatched elsewhere, without a message.
    fn target(&mut self, gtid: i64, barrier: u32, cpu: u32) -> Result<Option<usize>, State> {
        if gtid == NULL_GTID {
            return Ok(None);
        }
        let found = self.tasks.iter().rposition(|task| task.gtid == gtid);
        let Some(at) = found.filter(|_| gtid > 0) else { return Err(State::TargetNotFound) };
        let task = &self.tasks[at];
        match task.life {
            Life::Dead => return Err(State::TargetNotFound),
            Life::Elsewhere if !task.is_gated => return Err(State::InvalidTarget),
            Life::Elsewhere | Life::Held | Life::Exiting => return Err(State::TargetStale),
            Life::Here => {}
        }
        if task.barrier != barrier {
            return Err(State::TargetStale);
        }
        if !task.is_runnable {
            return Err(State::TargetNotRunnable);
        }
        if task.on.is_some() {
            return Err(State::TargetOncpu);
        }
        if let Some(other) = task.latched
            && other != cpu
        {
            self.cpus[other as usize].latched = None;
            self.tasks[at].latched = None;
        }
        Ok(Some(at))
    }

    fn latch(&mut self, cpu: u32, target: Option<usize>) {
        self.move_agent_barrier(cpu);
        let on = &mut self.cpus[cpu as usize];
        on.seqnum += 1;
        on.is_cleared = target.is_none();
        let before = on.latched;
        if let Some(task) = before.filter(|task| Some(*task) != target) {
            self.cpus[cpu as usize].latched = None;
            self.unlatched(task, cpu);
        }
        if let Some(task) = target {
            self.cpus[cpu as usize].latched = Some(task);
            self.tasks[task].latched = Some(cpu);
        }
        let (from, to) = self.spec.ipi_ns;
        let ns = self.rng.within(from, to);
        self.at(ns, Due::Resched(cpu));
    }
}
