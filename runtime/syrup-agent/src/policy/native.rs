//! A policy as native code, with queues and idle cores in memory that is there from the start.
//!
//! By the rules of the IR's text, "Threads": what is here is the interpreter's `threads.rs` without
//! allocation, and a test in the simulator holds the two against each other, event by event.

use super::{Draws, Outside, Policy, Refused, Thread, supported};
use crate::cpus::CoreSet;
use crate::lists::Lists;
use std::sync::Arc;
use syrup_diag::limits::{NATIVE_TASKS_MAX, THREAD_RAN_NS_MAX, THREAD_WEIGHT_MAX};
use syrup_ir::interp::{Decision, State, Task};
use syrup_ir::{Checked, Event, Given, QueueOrder};
use syrup_native::abi::{NOTHING, Question};
use syrup_native::{Asked, Instance, Options, Program, Threads};

/// A policy as code of this processor.
pub struct NativePolicy {
    instance: Instance,
    handlers: [Option<usize>; Event::ALL.len()],
    waits: Waits,
    /// The cores that are not idle.
    busy: CoreSet,
    draws: Draws,
    value_bytes: Vec<usize>,
}

/// The threads that wait, by their place in the engine's table.
struct Waits {
    lists: Lists,
    queues: Vec<(QueueOrder, u32)>,
    keys: Vec<u64>,
    cores: Vec<CoreSet>,
    tids: Vec<u32>,
}

impl NativePolicy {
    /// Compiles a policy; several agents can run what is compiled.
    ///
    /// # Errors
    /// An agent cannot carry it out, or there is no native code of it.
    pub fn compile(policy: &Checked) -> Result<Arc<Program>, Refused> {
        supported(policy.module())?;
        // An agent decides for all CPUs on one.
        let options = Options { n_cpus: 1, ..Options::default() };
        let program = Program::new(policy, options).map_err(|list| {
            Refused(list.first().map_or_else(String::new, |first| first.message.clone()))
        })?;
        Ok(Arc::new(program))
    }

    /// Runs a compiled policy, for so many cores and at most `n_threads` threads.
    ///
    /// # Errors
    /// There is no memory, or there are too many threads.
    pub fn new(
        program: Arc<Program>,
        n_cores: u32,
        n_threads: u32,
        params: &[u64],
        seed: u64,
    ) -> Result<NativePolicy, Refused> {
        if n_threads > NATIVE_TASKS_MAX {
            let message = format!("{n_threads} threads; native code has {NATIVE_TASKS_MAX}");
            return Err(Refused(message));
        }
        let instance = Instance::new(program.clone());
        let instance = instance.map_err(|error| Refused(format!("no memory: {error}")))?;
        let module = program.policy().module();
        let mut state = State::new(module);
        let full = syrup_ir::interp::SetState::full;
        state.sets.iter_mut().for_each(|set| *set = full(n_cores));
        state.params.iter_mut().zip(params).for_each(|(param, value)| *param = *value);
        instance.load(&state);
        let mut handlers = [None; Event::ALL.len()];
        for (at, event) in handlers.iter_mut().zip(Event::ALL) {
            *at = instance.handler(*event);
        }
        let n = n_threads as usize;
        let waits = Waits {
            lists: Lists::new(module.queues.len(), n),
            queues: module.queues.iter().map(|queue| (queue.order, queue.capacity)).collect(),
            keys: vec![0; n],
            cores: vec![CoreSet::empty(); n],
            tids: vec![0; n],
        };
        let value_bytes = module.maps.iter().map(|map| map.value.size() as usize).collect();
        let (busy, draws) = (CoreSet::empty(), Draws(seed));
        Ok(NativePolicy { instance, handlers, waits, busy, draws, value_bytes })
    }

    /// Carries out what the code decided.
    fn carry_out(&mut self, thread: &Thread, core: u32, decision: Decision, key: u64) -> Decision {
        match decision {
            Decision::Slot(_, slot) | Decision::Preempt(_, slot) => {
                if !thread.now.contains(slot) {
                    // The set's `else`: `drop` answers no event, so it is `pass`.
                    return Decision::Pass;
                }
                self.waits.lists.remove(thread.place);
                self.busy.insert(slot);
                decision
            }
            Decision::Enqueued(queue) => {
                let is_in = self.waits.enqueue(queue.idx(), thread, key);
                if is_in { decision } else { Decision::Pass }
            }
            Decision::Idle => {
                self.busy.remove(core);
                decision
            }
            Decision::Pass | Decision::Drop | Decision::Keep | Decision::Run(_) => decision,
        }
    }
}

impl Waits {
    /// Puts a thread into a queue; whether there was room.
    fn enqueue(&mut self, queue: usize, thread: &Thread, key: u64) -> bool {
        let (order, capacity) = self.queues[queue];
        let is_there = self.lists.of(thread.place) == Some(queue);
        if self.lists.len(queue) - u32::from(is_there) >= capacity {
            return false;
        }
        self.lists.remove(thread.place);
        let at = thread.place as usize;
        (self.keys[at], self.cores[at], self.tids[at]) = (key, thread.cores, thread.tid);
        let keys = &self.keys;
        self.lists.insert_behind(queue, thread.place, |other| match order {
            QueueOrder::Fifo => true,
            // Not before the other's key, by wrapping distance.
            QueueOrder::Ordered => key.wrapping_sub(keys[other as usize]) >> 63 == 0,
        });
        true
    }

    /// Takes the first thread of a queue that may use a core.
    fn pop(&mut self, queue: usize, core: u32) -> Option<u32> {
        let mut at = self.lists.head(queue);
        while let Some(thread) = at {
            if self.cores[thread as usize].contains(core) {
                self.lists.remove(thread);
                return Some(self.tids[thread as usize]);
            }
            at = self.lists.after(thread);
        }
        None
    }
}

/// One evaluation's questions.
struct Session<'s> {
    waits: &'s mut Waits,
    busy: &'s mut CoreSet,
    cores: &'s CoreSet,
    claimed: CoreSet,
}

impl Threads for Session<'_> {
    fn answer(&mut self, question: Question, which: u32, slot: u32) -> u64 {
        match question {
            Question::Allowed => self.cores.contains(slot).into(),
            Question::IsIdle => (!self.busy.contains(slot)).into(),
            Question::Claim => {
                let is_idle = !self.busy.contains(slot);
                if is_idle {
                    self.busy.insert(slot);
                    self.claimed.insert(slot);
                }
                is_idle.into()
            }
            Question::QueueLen => self.waits.lists.len(which as usize).into(),
            Question::Pop => self.waits.pop(which as usize, slot).map_or(NOTHING, u64::from),
        }
    }
}

impl Policy for NativePolicy {
    fn happen(
        &mut self,
        event: Event,
        thread: &Thread,
        core: u32,
        ran_ns: u64,
        now_ns: u64,
    ) -> Option<Decision> {
        if matches!(event, Event::Start | Event::Available) {
            self.busy.insert(core);
        }
        let Some(handler) = self.handlers[event as usize] else {
            if event == Event::Available {
                self.busy.remove(core);
            }
            return None;
        };
        let task = Task {
            id: thread.tid,
            ran_ns: thread.ran_ns.min(THREAD_RAN_NS_MAX),
            weight: thread.weight.clamp(1, THREAD_WEIGHT_MAX),
            cores: None,
        };
        let mut inputs = [0; 2];
        for (input, given) in inputs.iter_mut().zip(event.info().gives) {
            *input = match given {
                Given::Task => thread.tid.into(),
                Given::Core => core.into(),
                Given::Ran => ran_ns.min(THREAD_RAN_NS_MAX),
            };
        }
        let inputs = &inputs[..event.info().gives.len()];
        let asked = Asked { handler, inputs, task: &task, place: thread.place };
        let mut outside = Outside { now_ns, draws: &mut self.draws };
        let (waits, busy, cores) = (&mut self.waits, &mut self.busy, &thread.now);
        let mut session = Session { waits, busy, cores, claimed: CoreSet::empty() };
        let (decision, key) = self.instance.decide(&asked, &mut outside, &mut session);
        let claimed = session.claimed;
        let decision = self.carry_out(thread, core, decision, key);
        for (word, claimed) in self.busy.0.iter_mut().zip(claimed.0) {
            *word &= !claimed;
        }
        if let Decision::Slot(_, slot) | Decision::Preempt(_, slot) = decision {
            self.busy.insert(slot);
        }
        Some(decision)
    }

    fn take_out(&mut self, thread: &Thread) {
        self.waits.lists.remove(thread.place);
    }

    fn forget(&mut self, thread: &Thread) {
        self.waits.lists.remove(thread.place);
        self.instance.clear_place(thread.place);
    }

    fn occupy(&mut self, core: u32) {
        self.busy.insert(core);
    }

    fn waiting(&self) -> Vec<u32> {
        (0..self.waits.queues.len()).map(|queue| self.waits.lists.len(queue)).collect()
    }

    fn hint(&mut self, map: u32, tid: u32, value: u64) -> bool {
        let n_bytes = self.value_bytes[map as usize].min(8);
        self.write(map, &tid.to_le_bytes(), &value.to_le_bytes()[..n_bytes])
    }

    fn write(&mut self, map: u32, key: &[u8], value: &[u8]) -> bool {
        self.instance.put_entry(map as usize, key, value)
    }

    fn read(&self, map: u32, key: &[u8]) -> Option<Vec<u8>> {
        self.instance.value_of(map as usize, key)
    }
}
