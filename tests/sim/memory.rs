//! The agent's loop takes no memory, once it runs.
//!
//! In: an allocator that counts. Out: a failure where a round allocates.

#![expect(unsafe_code, reason = "an allocator is unsafe to implement")]

use super::example;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use syrup_agent::abi::{State, SwInfo};
use syrup_agent::{Config, CpuSet, Enclave, Engine, Gone, Hint, Next, PolicySlot, Region, Shared};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// Counts what this thread takes.
struct Counting;

// SAFETY: everything is the system's own allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|n| n.set(n.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A kernel of the simplest kind: whatever is asked is done, and memory was taken before.
struct Obliging {
    shared: Shared,
    now_ns: u64,
    hints: VecDeque<Hint>,
}

impl Enclave for Obliging {
    fn shared(&self) -> Shared {
        self.shared.clone()
    }

    fn touch(&mut self) {
        self.now_ns += 10;
    }

    fn now_ns(&mut self) -> u64 {
        self.now_ns
    }

    fn commit(&mut self, cpus: &CpuSet) -> Result<(), Gone> {
        for cpu in cpus.iter() {
            let state = self.shared.cpu_data.signed(4096 * cpu as usize + 8);
            state.store(State::Complete as i32, Relaxed);
        }
        Ok(())
    }

    fn free_word(&mut self, _: SwInfo) -> Result<(), Gone> {
        Ok(())
    }

    fn affinity(&mut self, _: u32) -> Option<CpuSet> {
        Some(CpuSet::first(5))
    }

    fn give_back(&mut self, _: i64) {}

    fn hint(&mut self) -> Option<Hint> {
        self.hints.pop_front()
    }
}

/// CPUs of the machine; the agent has the first.
const CPUS: u32 = 5;

fn obliging() -> Obliging {
    let region = |bytes| Arc::new(Region::fresh(bytes).expect("memory"));
    let shared = Shared { queue: region(1 << 16), words: region(8192), cpu_data: region(4096 * 5) };
    shared.queue.word(8).store(4096, Relaxed);
    for cpu in 0..CPUS as usize {
        shared.words.word(64 + 32 * cpu + 4).store(1 << 8, Relaxed);
        shared.cpu_data.signed(4096 * cpu + 8).store(State::Complete as i32, Relaxed);
    }
    Obliging { shared, now_ns: 1_000_000, hints: VecDeque::with_capacity(64) }
}

/// Sends a message about a thread: its type, its number, its other words.
fn send(shared: &Shared, kind: u32, tid: u64, seqnum: u32, rest: &[u32]) {
    let head = shared.queue.word(64);
    let at = head.load(Relaxed);
    let gtid = tid << 41 | 1;
    let n_words = 4 + rest.len() as u32;
    let words = [kind | (4 * n_words) << 16, seqnum, gtid as u32, (gtid >> 32) as u32];
    for (nth, word) in (0_u32..).zip(words.iter().chain(rest)) {
        let slot = (at + nth / 2) % 4096;
        shared.queue.word((76 + 8 * slot + 4 * (nth % 2)) as usize).store(*word, Relaxed);
    }
    head.store(at.wrapping_add(n_words.div_ceil(2)), Relaxed);
}

#[test]
fn a_round_takes_no_memory() {
    for name in ["fifo", "vtime", "get_first"] {
        let subject = example(name);
        let enclave = obliging();
        let shared = enclave.shared.clone();
        let config = Config::new((0..CPUS).map(|cpu| (cpu, cpu)).collect(), 0);
        let policy = subject.native(config.n_cores(), config.n_tasks_max, 1);
        let slot = Arc::new(PolicySlot::default());
        let mut engine = Engine::new(config, enclave, policy, slot);
        let mut round = |seqnum: &mut u32, n_decisions: &mut u64| {
            for tid in 1..=9 {
                match *seqnum {
                    0 => send(&shared, 67, tid, 1, &[0, 0, 0, 0, 1, 0, 0, tid as u32, 0, 0]),
                    n if n % 2 == 1 => send(&shared, 65, tid, n + 1, &[0; 6]),
                    n => send(&shared, 66, tid, n + 1, &[0; 6]),
                }
            }
            for map in &subject.maps {
                engine.enclave().hints.push_back(Hint { map: *map, tid: 3, value: 2 });
            }
            *seqnum += 1;
            let before = ALLOCATIONS.with(Cell::get);
            for _ in 0..4 {
                assert!(matches!(engine.iterate(), Next::Again(_)));
            }
            *n_decisions = engine.counters().decisions;
            ALLOCATIONS.with(Cell::get) - before
        };
        let (mut seqnum, mut n_decisions) = (0, 0);
        // The first rounds enter the threads that the application names into its map.
        (0..3).for_each(|_| {
            round(&mut seqnum, &mut n_decisions);
        });
        let taken: u64 = (0..40).map(|_| round(&mut seqnum, &mut n_decisions)).sum();
        assert_eq!(taken, 0, "{name}");
        assert!(n_decisions > 300, "{name}: only {n_decisions} decisions");
    }
}
