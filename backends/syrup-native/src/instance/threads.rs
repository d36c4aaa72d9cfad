//! Events: what goes into their handlers, what those ask, and how verdicts are carried out.
//!
//! Queues and cores are the interpreter's own, behind a lock: a runtime of real threads brings its
//! own through the imports.

use super::Instance;
use crate::abi::{self, Question};
use syrup_diag::bug;
use syrup_ir::interp::{Decision, Happening, Task, ThreadState};
use syrup_ir::{Block, Else, Event, Given, QueueId, SetId, Ty};

impl Instance {
    /// The inputs of a handler; a core that starts a thread or asks for work is busy from now on.
    pub(super) fn take_inputs(&self, func: usize, happening: &Happening) -> Vec<u64> {
        let gives = happening.event.info().gives.iter();
        let core = self.core_of(func, happening);
        if let (Some((set, slot)), Event::Start | Event::Available) = (core, happening.event) {
            self.threads().busy[set.idx()].insert(slot);
        }
        let input = |given: &Given| match given {
            Given::Task => happening.task.id.into(),
            Given::Core => happening.core.into(),
            Given::Ran => happening.ran_ns,
        };
        gives.map(input).collect()
    }

    /// The core that an event gives, with its set.
    fn core_of(&self, func: usize, happening: &Happening) -> Option<(SetId, u32)> {
        let func = &self.module().funcs[func];
        let at = happening.event.info().gives.iter().position(|given| *given == Given::Core)?;
        match func.ty(*func.block(Block(0)).params.get(at)?) {
            Ty::Exec(set) => Some((set, happening.core)),
            other => bug!("{} is given a {other} for a core", func.name),
        }
    }

    /// Answers the code.
    pub(super) fn answer(
        &self,
        task: Option<&Task>,
        question: Question,
        which: u32,
        slot: u32,
    ) -> u64 {
        let mut threads = self.threads();
        let ThreadState { queues, busy } = &mut *threads;
        let at = which as usize;
        match question {
            Question::Allowed => task.is_none_or(|task| task.may_use(slot)).into(),
            Question::IsIdle => (!busy[at].contains(&slot)).into(),
            Question::Claim => busy[at].insert(slot).into(),
            Question::QueueLen => queues[at].len() as u64,
            Question::Pop => queues[at].pop(slot).map_or(abi::NOTHING, |task| task.id.into()),
        }
    }

    /// Carries out what the code decided.
    pub(super) fn carry_out(
        &self,
        func: usize,
        happening: &Happening,
        decision: Decision,
        key: u64,
    ) -> Decision {
        match decision {
            Decision::Slot(set, slot) | Decision::Preempt(set, slot) => {
                if !happening.task.may_use(slot) {
                    return match self.module().sets[set.idx()].or_else {
                        Else::Pass => Decision::Pass,
                        Else::Drop => Decision::Drop,
                    };
                }
                let mut threads = self.threads();
                threads.take_out(happening.task.id);
                threads.busy[set.idx()].insert(slot);
                decision
            }
            Decision::Enqueued(queue) => self.enqueue(queue, happening, key),
            Decision::Idle => {
                if let Some((set, slot)) = self.core_of(func, happening) {
                    self.threads().busy[set.idx()].remove(&slot);
                }
                decision
            }
            Decision::Pass | Decision::Drop | Decision::Keep | Decision::Run(_) => decision,
        }
    }

    fn enqueue(&self, queue: QueueId, happening: &Happening, key: u64) -> Decision {
        let declared = &self.module().queues[queue.idx()];
        let mut threads = self.threads();
        let waiting = threads.queues[queue.idx()].waiting();
        let n_others = waiting.filter(|(_, task)| task.id != happening.task.id).count();
        if n_others >= declared.capacity as usize {
            return Decision::Pass;
        }
        threads.take_out(happening.task.id);
        threads.queues[queue.idx()].push(declared.order, key, happening.task.clone());
        Decision::Enqueued(queue)
    }
}
