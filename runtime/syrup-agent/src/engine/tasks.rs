//! The threads of an enclave: a table of fixed size, found by the thread's id.
//!
//! In: threads that come and go. Out: places in the table. The index is open addressing with
//! linear steps; taking one out moves the ones behind it back (Knuth, volume 3, 6.4, algorithm R),
//! so nothing is left over that later searches would have to step across.

use crate::abi::{SwInfo, tid_of};
use crate::cpus::{CoreSet, CpuSet};

/// Where a thread stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stand {
    /// It does not want to run.
    Asleep,
    /// Its `runnable` is still to be asked.
    Todo,
    /// It waits in a queue of the policy.
    Queued,
    /// The policy left it to the system.
    Left,
    /// It waits for the core in a slot.
    Reserved(u32),
    /// The core in a slot runs it, or shall.
    Core(u32),
    /// It was given back, and its last message has not come yet.
    Leaving,
}

/// A thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    pub(super) gtid: i64,
    pub(super) word: SwInfo,
    /// The number of its last message.
    pub(super) seqnum: u32,
    pub(super) stand: Stand,
    /// The slot of the core that it has not reported to have left.
    pub(super) on: Option<u32>,
    /// When it began to run where it is wanted; nothing where the kernel has not followed yet.
    pub(super) ran_from_ns: Option<u64>,
    /// When it began to wait.
    pub(super) since_ns: u64,
    pub(super) weight: u64,
    pub(super) cpus: CpuSet,
    pub(super) cores: CoreSet,
}

impl Task {
    pub(super) fn tid(&self) -> u32 {
        tid_of(self.gtid)
    }
}

/// An empty entry of the index.
const NONE: (u32, u32) = (0, u32::MAX);

/// The table.
pub(super) struct Tasks {
    tasks: Vec<Option<Task>>,
    free: Vec<u32>,
    /// Thread id and place.
    index: Vec<(u32, u32)>,
}

impl Tasks {
    /// For so many threads.
    pub(super) fn new(n: usize) -> Tasks {
        let n_index = (2 * n).next_power_of_two().max(2);
        Tasks {
            tasks: vec![None; n],
            free: (0..n as u32).rev().collect(),
            index: vec![NONE; n_index],
        }
    }

    /// Places there are.
    pub(super) fn capacity(&self) -> u32 {
        self.tasks.len() as u32
    }

    fn home(&self, tid: u32) -> usize {
        let hash = u64::from(tid).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & (self.index.len() - 1)
    }

    fn entry(&self, tid: u32) -> usize {
        let mut at = self.home(tid);
        while self.index[at] != NONE && self.index[at].0 != tid {
            at = (at + 1) & (self.index.len() - 1);
        }
        at
    }

    /// The place of a thread id.
    pub(super) fn by_tid(&self, tid: u32) -> Option<u32> {
        let (_, place) = self.index[self.entry(tid)];
        (place != NONE.1).then_some(place)
    }

    /// The place of a thread.
    pub(super) fn find(&self, gtid: i64) -> Option<u32> {
        self.by_tid(tid_of(gtid)).filter(|at| self.at(*at).gtid == gtid)
    }

    /// A thread in a place that is taken.
    pub(super) fn at(&self, place: u32) -> &Task {
        match &self.tasks[place as usize] {
            Some(task) => task,
            None => syrup_diag::bug!("no thread in place {place}"),
        }
    }

    /// The same, to change.
    pub(super) fn at_mut(&mut self, place: u32) -> &mut Task {
        match &mut self.tasks[place as usize] {
            Some(task) => task,
            None => syrup_diag::bug!("no thread in place {place}"),
        }
    }

    /// Whether a place is taken.
    pub(super) fn is_taken(&self, place: u32) -> bool {
        self.tasks[place as usize].is_some()
    }

    /// A place for a thread; nothing where there is none.
    pub(super) fn insert(&mut self, task: Task) -> Option<u32> {
        let place = self.free.pop()?;
        let at = self.entry(task.tid());
        self.index[at] = (task.tid(), place);
        self.tasks[place as usize] = Some(task);
        Some(place)
    }

    /// Frees a place.
    pub(super) fn remove(&mut self, place: u32) {
        let Some(task) = self.tasks[place as usize].take() else { return };
        self.free.push(place);
        let mask = self.index.len() - 1;
        let mut hole = self.entry(task.tid());
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            if self.index[at] == NONE {
                break;
            }
            // An entry may move back to the hole unless its home lies behind it.
            let home = self.home(self.index[at].0);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.index[hole] = self.index[at];
                hole = at;
            }
        }
        self.index[hole] = NONE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(tid: u32) -> Task {
        Task {
            gtid: i64::from(tid) << 41 | 1,
            word: SwInfo::default(),
            seqnum: 0,
            stand: Stand::Asleep,
            on: None,
            ran_from_ns: None,
            since_ns: 0,
            weight: 100,
            cpus: CpuSet::empty(),
            cores: CoreSet::empty(),
        }
    }

    #[test]
    fn threads_are_found_after_any_others_went() {
        let mut tasks = Tasks::new(64);
        let mut there = std::collections::BTreeMap::new();
        let mut number: u32 = 1;
        for step in 0..20_000 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let tid = 1 + (number >> 8) % 200;
            match there.remove(&tid) {
                Some(place) => tasks.remove(place),
                None if there.len() < 64 => {
                    there.insert(tid, tasks.insert(task(tid)).expect("room"));
                }
                None => assert!(tasks.insert(task(tid)).is_none(), "step {step}"),
            }
            for tid in 1..=200 {
                assert_eq!(tasks.by_tid(tid), there.get(&tid).copied(), "step {step}");
            }
        }
    }

    #[test]
    fn an_id_that_is_used_again_is_another_thread() {
        let mut tasks = Tasks::new(2);
        let place = tasks.insert(task(5)).expect("room");
        assert_eq!(tasks.find(5 << 41 | 1), Some(place));
        assert_eq!(tasks.find(5 << 41 | 2), None);
    }
}
