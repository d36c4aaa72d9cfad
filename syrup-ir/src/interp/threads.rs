//! Events of threads: what goes in, the queues and cores they work on, and how their verdicts are
//! carried out.
//!
//! In: an event and the state. Out: the verdict as it is carried out, with queues and idle cores
//! as it leaves them. Where threads really run is the caller's to keep.

use super::Decision;
use super::eval::{Machine, Val};
use crate::{
    Else, Event, Given, Module, QueueId, QueueOrder, SetId, TaskField, ThreadOp, ThreadVerdict,
    Value,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use syrup_diag::bug;
use syrup_diag::limits::{THREAD_RAN_NS_MAX, THREAD_WEIGHT, THREAD_WEIGHT_MAX};

/// A thread, as the policy sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its id.
    pub id: u32,
    /// Nanoseconds it has run since it last started; cut to one hour.
    pub ran_ns: u64,
    /// Its weight; brought into 1 to 10,000.
    pub weight: u64,
    /// The slots of the cores it may use; nothing where it may use all.
    pub cores: Option<Arc<BTreeSet<u32>>>,
}

impl Task {
    /// A thread of the usual weight that has not run and may use every core.
    pub fn new(id: u32) -> Task {
        Task { id, ran_ns: 0, weight: THREAD_WEIGHT, cores: None }
    }

    /// Whether it may use the core in a slot.
    pub fn may_use(&self, slot: u32) -> bool {
        self.cores.as_ref().is_none_or(|cores| cores.contains(&slot))
    }
}

/// An event with what it gives; what the event does not give is not looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Happening {
    /// Which event.
    pub event: Event,
    /// The thread.
    pub task: Task,
    /// The slot of the core.
    pub core: u32,
    /// Nanoseconds the thread ran; cut to one hour.
    pub ran_ns: u64,
}

impl Happening {
    /// The event as an engine works on it: its numbers brought into the ranges that facts rely on.
    pub fn within_ranges(&self) -> Happening {
        let mut happening = self.clone();
        happening.ran_ns = happening.ran_ns.min(THREAD_RAN_NS_MAX);
        happening.task.ran_ns = happening.task.ran_ns.min(THREAD_RAN_NS_MAX);
        happening.task.weight = happening.task.weight.clamp(1, THREAD_WEIGHT_MAX);
        happening
    }
}

/// The threads of a policy that wait, and the cores that do not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ThreadState {
    /// The threads in each queue.
    pub queues: Vec<QueueState>,
    /// For each set, the slots of the cores that are not idle.
    pub busy: Vec<BTreeSet<u32>>,
}

/// The threads in a queue, the first one first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct QueueState {
    waiting: Vec<(u64, Task)>,
}

impl ThreadState {
    /// Empty queues, idle cores.
    pub fn new(module: &Module) -> ThreadState {
        ThreadState {
            queues: vec![QueueState::default(); module.queues.len()],
            busy: vec![BTreeSet::new(); module.sets.len()],
        }
    }

    /// Takes a thread out of every queue.
    pub fn take_out(&mut self, id: u32) {
        self.queues.iter_mut().for_each(|queue| queue.waiting.retain(|(_, task)| task.id != id));
    }
}

impl ThreadState {
    /// Ends an evaluation: cores that it claimed, and that its verdict does not give the thread,
    /// become idle again.
    pub fn release(&mut self, claimed: &[(SetId, u32)], decision: Decision) {
        for &(set, slot) in claimed {
            let is_given =
                decision == Decision::Slot(set, slot) || decision == Decision::Preempt(set, slot);
            if !is_given {
                self.busy[set.idx()].remove(&slot);
            }
        }
    }
}

impl QueueState {
    /// How many threads wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The threads that wait with their keys, the first one first.
    pub fn waiting(&self) -> impl Iterator<Item = (u64, &Task)> {
        self.waiting.iter().map(|(key, task)| (*key, task))
    }

    /// Puts a thread in its place: in an ordered queue in front of the first thread whose key its
    /// own is before.
    pub fn push(&mut self, order: QueueOrder, key: u64, task: Task) {
        let at = match order {
            QueueOrder::Fifo => None,
            QueueOrder::Ordered => self.waiting.iter().position(|(other, _)| before(key, *other)),
        };
        self.waiting.insert(at.unwrap_or(self.waiting.len()), (key, task));
    }

    /// Takes the first thread that may use a core.
    pub fn pop(&mut self, slot: u32) -> Option<Task> {
        let at = self.waiting.iter().position(|(_, task)| task.may_use(slot))?;
        Some(self.waiting.remove(at).1)
    }
}

/// Whether a key comes before another: by less than half a turn.
fn before(a: u64, b: u64) -> bool {
    a.wrapping_sub(b) >> 63 == 1
}

impl Machine<'_> {
    /// Gives the entry its inputs. The core of a thread that starts runs it, and a core that asks
    /// for work is not idle: nobody else may claim it meanwhile.
    pub(super) fn take_inputs(&mut self) {
        let Some(happening) = &self.happening else { return };
        let (core, ran_ns) = (happening.core, happening.ran_ns);
        let gives = happening.event.info().gives;
        let is_taken = matches!(happening.event, Event::Start | Event::Available);
        for (&param, given) in self.func.block(crate::Block(0)).params.iter().zip(gives) {
            let val = match given {
                Given::Task => Val::Task,
                Given::Ran => Val::Int(ran_ns),
                Given::Core => {
                    let set = self.set_of(param);
                    if is_taken {
                        self.state.threads.busy[set.idx()].insert(core);
                    }
                    Val::Exec(set, core)
                }
            };
            self.set(param, val);
        }
    }

    fn set_of(&self, core: Value) -> SetId {
        match crate::thread::core_set(self.func.ty(core)) {
            Some(set) => set,
            None => bug!("{core} is no core"),
        }
    }

    fn happening(&self) -> &Happening {
        match &self.happening {
            Some(happening) => happening,
            None => bug!("{} handles no event", self.func.name),
        }
    }

    /// An operation on threads, cores or queues.
    pub(super) fn thread_op(&mut self, op: ThreadOp) -> u64 {
        match op {
            ThreadOp::Field(field, _) => {
                let task = &self.happening().task;
                match field {
                    TaskField::Id => task.id.into(),
                    TaskField::Ran => task.ran_ns,
                    TaskField::Weight => task.weight,
                }
            }
            ThreadOp::Allowed(_, core) => {
                let slot = self.exec(core).1;
                u64::from(self.happening().task.may_use(slot))
            }
            ThreadOp::IsIdle(core) => {
                let (set, slot) = self.exec(core);
                u64::from(!self.state.threads.busy[set.idx()].contains(&slot))
            }
            ThreadOp::Claim(core) => {
                let (set, slot) = self.exec(core);
                let is_new = self.state.threads.busy[set.idx()].insert(slot);
                if is_new {
                    self.claimed.push((set, slot));
                }
                u64::from(is_new)
            }
            ThreadOp::QueueLen(queue) => self.state.threads.queues[queue.idx()].len() as u64,
        }
    }

    /// The first thread of a queue that may use a core, if there is one.
    pub(super) fn pop(&mut self, queue: QueueId, core: Value) -> Option<Decision> {
        let (_, slot) = self.exec(core);
        let task = self.state.threads.queues[queue.idx()].pop(slot)?;
        Some(Decision::Run(task.id))
    }

    /// The verdict of an event on an executor: its slot has to hold one that the thread may use.
    pub(super) fn place(&mut self, set: SetId, slot: u32, decision: Decision) -> Decision {
        if let Some(happening) = &self.happening {
            if !happening.task.may_use(slot) {
                return or_else(self.module, set);
            }
            let id = happening.task.id;
            self.state.threads.take_out(id);
            self.state.threads.busy[set.idx()].insert(slot);
        }
        decision
    }

    pub(super) fn carry_out_thread(&mut self, verdict: ThreadVerdict) -> Decision {
        match verdict {
            ThreadVerdict::Keep => Decision::Keep,
            ThreadVerdict::Idle => {
                let core = self.func.block(crate::Block(0)).params.first().copied();
                if let Some((set, slot)) = core.map(|core| self.exec(core)) {
                    self.state.threads.busy[set.idx()].remove(&slot);
                }
                Decision::Idle
            }
            ThreadVerdict::Preempt(core) => {
                let (set, slot) = self.exec(core);
                if self.holds(set, slot) {
                    self.place(set, slot, Decision::Preempt(set, slot))
                } else {
                    or_else(self.module, set)
                }
            }
            ThreadVerdict::Enqueue { queue, key } => {
                let key = key.map_or(0, |key| self.int(key));
                let task = self.happening().task.clone();
                let threads = &mut self.state.threads;
                let declared = &self.module.queues[queue.idx()];
                let others = threads.queues[queue.idx()].waiting().filter(|(_, t)| t.id != task.id);
                if others.count() >= declared.capacity as usize {
                    return Decision::Pass;
                }
                threads.take_out(task.id);
                threads.queues[queue.idx()].push(declared.order, key, task);
                Decision::Enqueued(queue)
            }
        }
    }
}

/// What a set answers with where it has no executor.
pub(super) fn or_else(module: &Module, set: SetId) -> Decision {
    match module.sets[set.idx()].or_else {
        Else::Pass => Decision::Pass,
        Else::Drop => Decision::Drop,
    }
}
