//! A policy on the reference interpreter: slow, obvious, and what native code is compared with.

use super::{Draws, Outside, Policy, Refused, Thread, supported};
use crate::cpus::CoreSet;
use std::collections::BTreeSet;
use std::sync::Arc;
use syrup_ir::interp::{Decision, Happening, SetState, State, Task, run_event};
use syrup_ir::{Checked, Event, MapKind, QueueId};

/// A policy on the interpreter.
pub struct InterpretedPolicy {
    policy: Arc<Checked>,
    state: State,
    draws: Draws,
}

impl InterpretedPolicy {
    /// With so many cores, the values of its parameters, and the seed of its draws.
    ///
    /// # Errors
    /// An agent cannot carry it out.
    pub fn new(
        policy: Arc<Checked>,
        n_cores: u32,
        params: &[u64],
        seed: u64,
    ) -> Result<InterpretedPolicy, Refused> {
        supported(policy.module())?;
        let mut state = State::new(policy.module());
        state.sets.iter_mut().for_each(|set| *set = SetState::full(n_cores));
        state.params.iter_mut().zip(params).for_each(|(param, value)| *param = *value);
        Ok(InterpretedPolicy { policy, state, draws: Draws(seed) })
    }
}

fn task_of(thread: &Thread, cores: &CoreSet) -> Task {
    let cores: BTreeSet<u32> = cores.iter().collect();
    Task {
        id: thread.tid,
        ran_ns: thread.ran_ns,
        weight: thread.weight,
        cores: Some(Arc::new(cores)),
    }
}

impl InterpretedPolicy {
    /// A thread that waits may be run by every core it may use, also by one that was taken when it
    /// was placed. It stands last among equals, so it comes back to where it stood.
    fn widen(&mut self, queue: QueueId, thread: &Thread) {
        let order = self.policy.module().queues[queue.idx()].order;
        let threads = &mut self.state.threads;
        let found = {
            let mut waiting = threads.queues[queue.idx()].waiting();
            waiting.find(|(_, task)| task.id == thread.tid).map(|(key, _)| key)
        };
        if let Some(key) = found {
            threads.take_out(thread.tid);
            threads.queues[queue.idx()].push(order, key, task_of(thread, &thread.cores));
        }
    }
}

impl Policy for InterpretedPolicy {
    fn happen(
        &mut self,
        event: Event,
        thread: &Thread,
        core: u32,
        ran_ns: u64,
        now_ns: u64,
    ) -> Option<Decision> {
        let happening = Happening { event, task: task_of(thread, &thread.now), core, ran_ns };
        let mut outside = Outside { now_ns, draws: &mut self.draws };
        let outcome = run_event(&self.policy, &mut self.state, &happening, &mut outside);
        if outcome.is_none() {
            // As the handlers would find them: a core that starts a thread is busy, one that asks
            // for work and gets none is idle.
            let busy = &mut self.state.threads.busy[0];
            match event {
                Event::Start => busy.insert(core),
                Event::Available => busy.remove(&core),
                _ => false,
            };
        }
        let decision = outcome.map(|outcome| outcome.decision);
        if let Some(Decision::Enqueued(queue)) = decision {
            self.widen(queue, thread);
        }
        decision
    }

    fn take_out(&mut self, thread: &Thread) {
        self.state.threads.take_out(thread.tid);
    }

    fn forget(&mut self, thread: &Thread) {
        self.state.threads.take_out(thread.tid);
        let maps = self.policy.module().maps.iter().zip(&mut self.state.maps);
        for (_, contents) in maps.filter(|(map, _)| map.kind == MapKind::PerTask) {
            contents.remove(&thread.tid.to_le_bytes());
        }
    }

    fn occupy(&mut self, core: u32) {
        self.state.threads.busy[0].insert(core);
    }

    fn waiting(&self) -> Vec<u32> {
        self.state.threads.queues.iter().map(|queue| queue.len() as u32).collect()
    }

    fn hint(&mut self, map: u32, tid: u32, value: u64) -> bool {
        let n_bytes = self.policy.module().maps[map as usize].value.size() as usize;
        self.write(map, &tid.to_le_bytes(), &value.to_le_bytes()[..n_bytes.min(8)])
    }

    fn write(&mut self, map: u32, key: &[u8], value: &[u8]) -> bool {
        self.state.maps[map as usize].set(key, 0, value)
    }

    fn read(&self, map: u32, key: &[u8]) -> Option<Vec<u8>> {
        self.state.maps[map as usize].get_exact(key, 0).map(<[u8]>::to_vec)
    }
}
