//! What only handlers of events have: their operations, their ends, and the events themselves.

use crate::rng::Rng;
use crate::walk::Walk;
use std::sync::Arc;
use syrup_ir::interp::{Happening, Task};
use syrup_ir::{
    Answer, Edge, Event, Op, QueueId, SetId, TaskField, Term, ThreadOp, ThreadVerdict, Ty, Verdict,
};

impl Walk {
    /// A question about threads, a claim, or the first thread of a queue.
    pub fn about_threads(&mut self) -> bool {
        let set = SetId(self.rng.below(2) as u32);
        let core = self.value(Ty::Exec(set));
        let queue = QueueId(self.rng.below(2) as u32);
        let op = match (self.rng.below(6), self.task, self.event) {
            (0, Some(task), _) => ThreadOp::Field(self.rng.pick(TaskField::ALL).0, task),
            (1, Some(task), _) => ThreadOp::Allowed(task, core),
            (2, _, Some(event)) if event.places() => ThreadOp::Claim(core),
            (3, _, Some(Event::Available)) => {
                let (empty, span) = (self.f.block(), self.span());
                self.f.terminate(Term::Pop { queue, core, empty: Edge::to(empty) }, span);
                self.f.switch_to(empty);
                return false;
            }
            (4, ..) => ThreadOp::QueueLen(queue),
            _ => ThreadOp::IsIdle(core),
        };
        self.op(Op::Thread(op), op.ty());
        false
    }

    /// A verdict that answers the event.
    pub fn event_verdict(&mut self) -> Verdict {
        let answers = self.event.map_or(&[][..], |event| event.info().answers);
        let core = SetId(self.rng.below(2) as u32);
        let verdict = match self.rng.pick(answers) {
            _ if self.rng.once_in(6) => return Verdict::Pass,
            Answer::Steer => return Verdict::Steer(self.value(Ty::Exec(core))),
            Answer::Enqueue if self.rng.once_in(2) => {
                ThreadVerdict::Enqueue { queue: QueueId(0), key: None }
            }
            Answer::Enqueue => {
                let key = Some(self.value(Ty::U64));
                ThreadVerdict::Enqueue { queue: QueueId(1), key }
            }
            Answer::Preempt => ThreadVerdict::Preempt(self.value(Ty::Exec(core))),
            Answer::Keep => ThreadVerdict::Keep,
            Answer::Idle => ThreadVerdict::Idle,
            Answer::Pop => return Verdict::Pass,
        };
        Verdict::Thread(verdict)
    }
}

/// The name of a verdict in the text form.
pub fn name_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Drop => "drop",
        Verdict::Steer(_) => "steer",
        Verdict::Thread(verdict) => verdict.answer().name(),
    }
}

/// An event of one of a few threads on one of a few cores.
pub fn happening(event: Event, rng: &mut Rng) -> Happening {
    let cores = rng.once_in(2).then(|| (0..4).filter(|_| rng.once_in(2)).collect());
    let task = Task {
        id: rng.below(5) as u32,
        ran_ns: rng.number(64),
        weight: rng.number(14),
        cores: cores.map(Arc::new),
    };
    Happening { event, task, core: rng.below(4) as u32, ran_ns: rng.number(64) }
}
