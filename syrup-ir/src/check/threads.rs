//! Threads: a handler takes what its event gives and answers what its event asks.
//!
//! In: a function whose ids hold. Out: what is wrong, for the check of types. Claim: no verdict
//! reaches a runtime that could not carry it out: a thread is only placed by an event that asks
//! where it shall go, and a core is only given work by an event that asks what it shall run.

use super::types::{Types, Verdicts, ensure};
use crate::thread::core_set;
use crate::{Answer, Block, Event, QueueOrder, ThreadOp, ThreadVerdict, Ty, Value, Verdict};

impl Types<'_> {
    /// The inputs: those of the event, or integers and executors.
    pub(super) fn inputs(&mut self) {
        let params = self.func.blocks[0].params.clone();
        let Some(event) = self.func.event() else {
            for param in params {
                if !matches!(self.ty(param), Ty::Int(_) | Ty::Exec(_)) {
                    self.report.block(Block(0), format!("{param} cannot be an input"));
                }
            }
            return;
        };
        let gives = event.info().gives;
        if params.len() != gives.len() {
            let text = format!("{} gives {} inputs", event.name(), gives.len());
            self.report.block(Block(0), text);
        }
        for (&param, given) in params.iter().zip(gives) {
            if !given.is_of(self.ty(param)) {
                self.report.block(Block(0), format!("{param} is not what {} gives", event.name()));
            }
        }
    }

    pub(super) fn executor(&self, value: Value) -> Verdicts {
        let found = self.ty(value);
        ensure(core_set(found).is_some(), || format!("{value} is {found}, expected an executor"))
    }

    pub(super) fn thread_op(&self, op: ThreadOp) -> Verdicts {
        match op {
            ThreadOp::Field(_, task) => self.is(task, Ty::Task),
            ThreadOp::Allowed(task, core) => {
                self.is(task, Ty::Task)?;
                self.executor(core)
            }
            ThreadOp::IsIdle(core) => self.executor(core),
            ThreadOp::Claim(core) => {
                let places = self.func.event().is_some_and(Event::places);
                ensure(places, || "only an event that places a thread claims a core".to_owned())?;
                self.executor(core)
            }
            ThreadOp::QueueLen(_) => Ok(()),
        }
    }

    pub(super) fn pop(&self, core: Value) -> Verdicts {
        self.answers(Answer::Pop)?;
        self.executor(core)
    }

    pub(super) fn verdict(&self, verdict: Verdict) -> Verdicts {
        match verdict {
            Verdict::Pass => Ok(()),
            Verdict::Drop => {
                let is_packet = self.func.event().is_none();
                ensure(is_packet, || "a thread cannot be refused".to_owned())
            }
            Verdict::Steer(executor) => {
                if self.func.event().is_some() {
                    self.answers(Answer::Steer)?;
                }
                self.executor(executor)
            }
            Verdict::Thread(verdict) => {
                self.answers(verdict.answer())?;
                self.thread_verdict(verdict)
            }
        }
    }

    fn thread_verdict(&self, verdict: ThreadVerdict) -> Verdicts {
        match verdict {
            ThreadVerdict::Preempt(core) => self.executor(core),
            ThreadVerdict::Keep | ThreadVerdict::Idle => Ok(()),
            ThreadVerdict::Enqueue { queue, key } => {
                match (self.module.queues[queue.idx()].order, key) {
                    (QueueOrder::Fifo, None) => Ok(()),
                    (QueueOrder::Ordered, Some(key)) => self.is(key, Ty::U64),
                    (QueueOrder::Fifo, Some(_)) => Err(format!("{queue} has no keys")),
                    (QueueOrder::Ordered, None) => Err(format!("{queue} needs a key")),
                }
            }
        }
    }

    /// The event of the function is answered this way.
    fn answers(&self, answer: Answer) -> Verdicts {
        let allowed = self.func.event().is_some_and(|event| event.allows(answer));
        ensure(allowed, || format!("{} does not answer {}", answer.name(), self.func.name))
    }
}
