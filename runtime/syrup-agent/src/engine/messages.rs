//! What the kernel says, and what the application says.

use super::tasks::{Stand, Task};
use super::{AWAITING, Engine, Fault};
use crate::abi::{Message, SwInfo, decode};
use crate::defect::Defect;
use crate::enclave::{Enclave, Gone};
use crate::policy::weight_of_nice;
use syrup_ir::Event;
use syrup_ir::interp::Decision;

/// Messages read in one round at most, so that cores are not kept waiting by a flood.
const MESSAGES_PER_ROUND: u32 = 256;

impl<E: Enclave> Engine<E> {
    /// Reads messages until there is none.
    pub(super) fn messages(&mut self) {
        for _ in 0..MESSAGES_PER_ROUND {
            let Some(peeked) = self.queue.peek(&mut self.enclave) else { break };
            let header = peeked.header;
            if header.kind == 0 && self.config.defect.is(Defect::FillerIsEnd) {
                break;
            }
            if header.kind != 0 {
                self.counters.messages += 1;
                match decode(header, &peeked.payload) {
                    Some((0, _)) => {}
                    Some((gtid, message)) => self.message(gtid, header.seqnum, message),
                    None => self.counters.strangers += 1,
                }
            }
            self.queue.consume(&mut self.enclave, &peeked);
            self.settle();
        }
        if self.queue.overflow() != 0 {
            self.fault = Some(Fault::Overflow);
        }
    }

    fn message(&mut self, gtid: i64, seqnum: u32, message: Message) {
        if let Message::New { runnable, nice, word } = message {
            return self.new_task(gtid, seqnum, runnable, nice, word);
        }
        let Some(at) = self.tasks.find(gtid) else {
            self.counters.strangers += 1;
            return;
        };
        let task = self.tasks.at_mut(at);
        if seqnum != task.seqnum.wrapping_add(1) {
            self.counters.gaps += 1;
        }
        if !self.config.defect.is(Defect::SeqnumForgotten) {
            task.seqnum = seqnum;
        }
        match message {
            Message::Wakeup { .. } => self.make_runnable(at),
            Message::Blocked { .. } => {
                self.left_cpu(at);
                self.stop(at);
                self.withdraw(at);
                self.settle_stand(at, Stand::Asleep);
            }
            Message::Preempt { .. } | Message::Yield { .. } => self.lost_cpu(at),
            Message::Dead | Message::Departed => self.gone(at),
            Message::AffinityChanged => self.affinity_changed(at),
            Message::PriorityChanged { nice } => {
                self.tasks.at_mut(at).weight = weight_of_nice(nice);
            }
            Message::New { .. } | Message::Tick { .. } | Message::Other => {}
        }
    }

    fn settle_stand(&mut self, at: u32, stand: Stand) {
        let task = self.tasks.at_mut(at);
        if task.stand != Stand::Leaving {
            task.stand = stand;
        }
    }

    fn new_task(&mut self, gtid: i64, seqnum: u32, runnable: bool, nice: i32, word: SwInfo) {
        if self.tasks.find(gtid).is_some() {
            return;
        }
        let cpus = self.enclave.affinity(crate::abi::tid_of(gtid)).unwrap_or_default();
        let task = Task {
            gtid,
            word,
            seqnum,
            stand: Stand::Asleep,
            on: None,
            ran_from_ns: None,
            since_ns: self.now_ns,
            weight: weight_of_nice(nice),
            cpus,
            cores: self.cores_of(&cpus),
        };
        let Some(at) = self.tasks.insert(task) else {
            self.fault = Some(Fault::TooManyTasks);
            return;
        };
        self.counters.tasks_new += 1;
        self.happen(Event::Enable, at, 0, 0);
        if runnable {
            self.make_runnable(at);
        }
    }

    /// A thread wants to run.
    pub(super) fn make_runnable(&mut self, at: u32) {
        if self.tasks.at(at).stand == Stand::Asleep {
            let now_ns = self.now_ns;
            let task = self.tasks.at_mut(at);
            task.stand = Stand::Todo;
            task.since_ns = now_ns;
            self.lines.push(AWAITING, at);
        }
    }

    /// A thread reports that it left its CPU.
    fn left_cpu(&mut self, at: u32) {
        let Some(slot) = self.tasks.at_mut(at).on.take() else { return };
        let core = &mut self.cores[slot as usize];
        if core.there == Some(at) {
            core.there = None;
            core.is_cleared = false;
        }
    }

    /// A thread lost its CPU and still wants one.
    fn lost_cpu(&mut self, at: u32) {
        self.left_cpu(at);
        let task = self.tasks.at(at);
        // Where it is wanted elsewhere or waits already, this is what had to come first.
        let was_running = matches!(task.stand, Stand::Core(_)) && task.ran_from_ns.is_some();
        if was_running {
            self.stop(at);
            if !self.config.defect.is(Defect::PreemptedIsLost) {
                self.make_runnable(at);
            }
        }
    }

    /// Takes a thread from wherever it waits.
    pub(super) fn withdraw(&mut self, at: u32) {
        self.lines.remove(at);
        if self.tasks.at(at).stand == Stand::Queued {
            let thread = self.thread(at);
            self.policy.take_out(&thread);
        }
    }

    /// A thread exited, or left the enclave.
    fn gone(&mut self, at: u32) {
        self.left_cpu(at);
        self.stop(at);
        self.withdraw(at);
        let thread = self.thread(at);
        self.policy.forget(&thread);
        let word = self.tasks.at(at).word;
        self.tasks.remove(at);
        if self.config.defect.is(Defect::WordKept) {
            return;
        }
        self.counters.tasks_gone += 1;
        if self.enclave.free_word(word) == Err(Gone) {
            self.fault = Some(Fault::Gone);
        }
    }

    /// The CPUs that a thread may use changed.
    pub(super) fn affinity_changed(&mut self, at: u32) {
        let tid = self.tasks.at(at).tid();
        let Some(cpus) = self.enclave.affinity(tid) else { return };
        let cores = self.cores_of(&cpus);
        let task = self.tasks.at_mut(at);
        let is_same = task.cores == cores;
        (task.cpus, task.cores) = (cpus, cores);
        let is_placed_anew = match task.stand {
            Stand::Queued => !is_same,
            Stand::Reserved(slot) => !cores.contains(slot),
            // Where it runs already, the kernel takes it off and says so.
            Stand::Core(slot) => !cores.contains(slot) && task.ran_from_ns.is_none(),
            Stand::Left => cores.is_empty(),
            Stand::Asleep | Stand::Todo | Stand::Leaving => false,
        };
        if is_placed_anew {
            self.stop(at);
            self.withdraw(at);
            self.tasks.at_mut(at).stand = Stand::Asleep;
            self.make_runnable(at);
        }
    }

    /// What the application wrote about its threads.
    pub(super) fn hints(&mut self) {
        while let Some(hint) = self.enclave.hint() {
            self.counters.hints += 1;
            if !self.policy.hint(hint.map, hint.tid, hint.value) {
                self.counters.hints_lost += 1;
            }
            if let Some(at) = self.tasks.by_tid(hint.tid) {
                self.hinted(at);
                self.settle();
            }
        }
    }

    fn hinted(&mut self, at: u32) {
        let core = match self.tasks.at(at).stand {
            Stand::Asleep | Stand::Todo | Stand::Leaving => return,
            Stand::Core(slot) => Some(slot),
            Stand::Queued | Stand::Left | Stand::Reserved(_) => None,
        };
        let decision = self.happen(Event::Hint, at, 0, 0);
        let decision = match decision {
            None | Some(Decision::Keep | Decision::Pass) => return,
            Some(Decision::Slot(_, slot) | Decision::Preempt(_, slot)) if core == Some(slot) => {
                return;
            }
            Some(decision) => decision,
        };
        // A verdict that places it took it out of the policy's queue already.
        self.lines.remove(at);
        self.stop(at);
        self.carry_out(at, Some(decision));
    }
}
