//! What policies over threads add to the IR: events, queues, operations and verdicts.
//!
//! In: nothing; this file is data. The crate's text says what each of these means. A function is
//! the handler of an event where it has the event's name; each other function takes a packet.

use crate::{Effects, Func, Interval, SetId, Ty, Value};
use std::sync::Arc;
use syrup_diag::Span;
use syrup_diag::limits::{THREAD_RAN_NS_MAX, THREAD_WEIGHT_MAX};

/// A queue of threads that wait for a core.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Queue {
    /// Its name.
    pub name: Arc<str>,
    /// Which thread stands first.
    pub order: QueueOrder,
    /// The most threads that it holds.
    pub capacity: u32,
    /// Its declaration.
    pub span: Span,
}

/// Which thread of a queue stands first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum QueueOrder {
    /// The one that came first.
    Fifo,
    /// The one whose key is first by wrapping distance; of equal keys, the one that came first.
    Ordered,
}

impl QueueOrder {
    /// Its name in the text form.
    pub const fn name(self) -> &'static str {
        match self {
            QueueOrder::Fifo => "fifo",
            QueueOrder::Ordered => "ordered",
        }
    }
}

/// What happens to a thread or to a core.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Event {
    /// A thread wants to run.
    Runnable,
    /// A core has nothing to run.
    Available,
    /// A thread starts to run on a core.
    Start,
    /// A thread stops running; with the time it ran since it started.
    Stop,
    /// A thread has been running for another tick.
    Tick,
    /// The policy gets a thread, before anything else happens to it.
    Enable,
    /// The application changed what it says of a thread that is queued or running.
    Hint,
}

/// What an event gives its handler.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Given {
    /// The thread.
    Task,
    /// The core.
    Core,
    /// Nanoseconds the thread ran, `u64`.
    Ran,
}

/// A row of the event table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventInfo {
    /// Its name, in the language and in the text form.
    pub name: &'static str,
    /// What it gives its handler.
    pub gives: &'static [Given],
    /// The kinds of verdict that answer it, besides `pass`.
    pub answers: &'static [Answer],
}

/// A kind of verdict on an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The thread of the event gets a core that is free.
    Steer,
    /// The thread of the event goes into a queue.
    Enqueue,
    /// The thread of the event gets a core and displaces what runs there.
    Preempt,
    /// Everything stays as it is.
    Keep,
    /// The core of the event has nothing to run.
    Idle,
    /// The core of the event runs the first thread of a queue.
    Pop,
}

impl Event {
    /// Every event, in the order of the table.
    pub const ALL: &'static [Event] = &[
        Event::Runnable,
        Event::Available,
        Event::Start,
        Event::Stop,
        Event::Tick,
        Event::Enable,
        Event::Hint,
    ];

    /// The event's row.
    pub const fn info(self) -> EventInfo {
        use Answer::{Enqueue, Idle, Keep, Pop, Preempt, Steer};
        use Given::{Core, Ran, Task};
        let (name, gives, answers): (_, &[Given], &[Answer]) = match self {
            Event::Runnable => ("runnable", &[Task], &[Steer, Enqueue, Preempt]),
            Event::Available => ("available", &[Core], &[Pop, Idle]),
            Event::Start => ("start", &[Task, Core], &[Keep]),
            Event::Stop => ("stop", &[Task, Ran], &[Keep]),
            Event::Tick => ("tick", &[Task, Core], &[Keep, Enqueue]),
            Event::Enable => ("enable", &[Task], &[Keep]),
            Event::Hint => ("hint", &[Task], &[Keep, Steer, Enqueue, Preempt]),
        };
        EventInfo { name, gives, answers }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// The event of a name.
    pub fn by_name(name: &str) -> Option<Event> {
        Event::ALL.iter().copied().find(|event| event.name() == name)
    }

    /// Whether it asks where its thread shall go: then choices range over the cores it may use.
    pub fn places(self) -> bool {
        self.allows(Answer::Steer)
    }

    /// Whether a kind of verdict answers it.
    pub fn allows(self, answer: Answer) -> bool {
        self.info().answers.contains(&answer)
    }
}

impl Given {
    /// Whether a value of this type can be what is given.
    pub const fn is_of(self, ty: Ty) -> bool {
        match self {
            Given::Task => matches!(ty, Ty::Task),
            Given::Core => matches!(ty, Ty::Exec(_)),
            Given::Ran => matches!(ty, Ty::Int(64)),
        }
    }

    /// What is known of its number; durations are cut to [`THREAD_RAN_NS_MAX`] before.
    pub fn interval(self, ty: Ty) -> Interval {
        match self {
            Given::Task | Given::Core => Interval::of_ty(ty),
            Given::Ran => Interval::new(0, THREAD_RAN_NS_MAX),
        }
    }
}

impl Func {
    /// The event it handles; nothing for a function over packets.
    pub fn event(&self) -> Option<Event> {
        Event::by_name(&self.name)
    }
}

/// What is known of a thread; all of it was sampled when the event happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum TaskField {
    /// `u32`: the thread's id, as `gettid(2)` gives it.
    Id,
    /// `u64`: nanoseconds it has run since it last started.
    Ran,
    /// `u64`: its share of the processor, 100 for a thread that asked for nothing
    /// (`p->scx.weight`, include/linux/sched/ext.h).
    Weight,
}

impl TaskField {
    /// Every field, with its name in the text form, its type, and what is known of its number.
    pub const ALL: &'static [(TaskField, &'static str, Ty, Interval)] = &[
        (TaskField::Id, "id", Ty::U32, Interval { lo: 0, hi: u32::MAX as u64 }),
        (TaskField::Ran, "ran", Ty::U64, Interval { lo: 0, hi: THREAD_RAN_NS_MAX }),
        (TaskField::Weight, "weight", Ty::U64, Interval { lo: 1, hi: THREAD_WEIGHT_MAX }),
    ];

    /// Its name in the text form.
    pub fn name(self) -> &'static str {
        TaskField::ALL[self as usize].1
    }

    /// Its type.
    pub fn ty(self) -> Ty {
        TaskField::ALL[self as usize].2
    }

    /// What is known of its number.
    pub fn interval(self) -> Interval {
        TaskField::ALL[self as usize].3
    }
}

/// An operation on threads, cores and queues.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ThreadOp {
    /// What is known of a thread.
    Field(TaskField, Value),
    /// Whether a thread may run on a core, `u1`.
    Allowed(Value, Value),
    /// Whether a core is idle, `u1`.
    IsIdle(Value),
    /// Makes an idle core busy in one step that cannot be divided; gives a `u1`, 0 where it was
    /// busy already.
    Claim(Value),
    /// The number of threads in a queue, `u32`.
    QueueLen(crate::QueueId),
}

impl ThreadOp {
    /// Its name in the text form, what it touches, and its steps.
    pub const fn row(self) -> (&'static str, Effects, u32) {
        match self {
            ThreadOp::Field(..) => ("task", Effects::Pure, 1),
            ThreadOp::Allowed(..) => ("allowed", Effects::Pure, 3),
            ThreadOp::IsIdle(_) => ("is_idle", Effects::Reads, 3),
            ThreadOp::Claim(_) => ("claim", Effects::Writes, 10),
            ThreadOp::QueueLen(_) => ("queue_len", Effects::Reads, 4),
        }
    }

    /// The type of its result.
    pub fn ty(self) -> Ty {
        match self {
            ThreadOp::Field(field, _) => field.ty(),
            ThreadOp::Allowed(..) | ThreadOp::IsIdle(_) | ThreadOp::Claim(_) => Ty::BOOL,
            ThreadOp::QueueLen(_) => Ty::U32,
        }
    }

    /// The values it uses, in the order of the text form.
    pub const fn uses(self) -> [Option<Value>; 3] {
        match self {
            ThreadOp::Field(_, task) => [Some(task), None, None],
            ThreadOp::Allowed(task, core) => [Some(task), Some(core), None],
            ThreadOp::IsIdle(core) | ThreadOp::Claim(core) => [Some(core), None, None],
            ThreadOp::QueueLen(_) => [None; 3],
        }
    }

    /// Replaces every value it uses.
    pub fn map_uses(&mut self, mut f: impl FnMut(Value) -> Value) {
        match self {
            ThreadOp::Field(_, task) => *task = f(*task),
            ThreadOp::Allowed(task, core) => {
                *task = f(*task);
                *core = f(*core);
            }
            ThreadOp::IsIdle(core) | ThreadOp::Claim(core) => *core = f(*core),
            ThreadOp::QueueLen(_) => {}
        }
    }
}

/// A verdict that only an event has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreadVerdict {
    /// The thread of the event goes into a queue.
    Enqueue {
        /// Which queue.
        queue: crate::QueueId,
        /// Its place in an ordered queue, `u64`; nothing for others.
        key: Option<Value>,
    },
    /// The thread of the event gets the core and displaces what runs there.
    Preempt(Value),
    /// Everything stays as it is.
    Keep,
    /// The core of the event has nothing to run, and becomes idle.
    Idle,
}

impl ThreadVerdict {
    /// Its kind.
    pub const fn answer(self) -> Answer {
        match self {
            ThreadVerdict::Enqueue { .. } => Answer::Enqueue,
            ThreadVerdict::Preempt(_) => Answer::Preempt,
            ThreadVerdict::Keep => Answer::Keep,
            ThreadVerdict::Idle => Answer::Idle,
        }
    }

    /// The value it uses, if any.
    pub const fn uses(self) -> Option<Value> {
        match self {
            ThreadVerdict::Enqueue { key, .. } => key,
            ThreadVerdict::Preempt(core) => Some(core),
            ThreadVerdict::Keep | ThreadVerdict::Idle => None,
        }
    }

    /// Replaces the value it uses.
    pub fn map_uses(&mut self, f: impl FnOnce(Value) -> Value) {
        match self {
            ThreadVerdict::Enqueue { key, .. } => *key = key.map(f),
            ThreadVerdict::Preempt(core) => *core = f(*core),
            ThreadVerdict::Keep | ThreadVerdict::Idle => {}
        }
    }
}

impl Answer {
    /// Its name in messages of `verify`.
    pub const fn name(self) -> &'static str {
        match self {
            Answer::Steer => "steer",
            Answer::Enqueue => "enqueue",
            Answer::Preempt => "preempt",
            Answer::Keep => "keep",
            Answer::Idle => "idle",
            Answer::Pop => "pop",
        }
    }
}

/// The set a core belongs to, where a type is a core's.
pub(crate) fn core_set(ty: Ty) -> Option<SetId> {
    match ty {
        Ty::Exec(set) => Some(set),
        Ty::Int(_) | Ty::Task | Ty::View | Ty::Cell(_) => None,
    }
}
