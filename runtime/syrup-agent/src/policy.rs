//! A policy as the engine sees it, and what an engine can carry out.
//!
//! In: a checked module over threads. Out: decisions. A policy keeps what its meaning speaks of:
//! queues, idle cores and maps. The engine keeps where threads really are.

mod interpreted;
mod native;

pub use interpreted::InterpretedPolicy;
pub use native::NativePolicy;

use crate::cpus::CoreSet;
use syrup_diag::limits::{THREAD_WEIGHT, THREAD_WEIGHT_MAX};
use syrup_ir::interp::Decision;
use syrup_ir::{Event, ExecutorKind, MapKind, Module};

/// A thread of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thread {
    /// Its id, as `gettid(2)` gives it.
    pub tid: u32,
    /// Its place in the engine's table.
    pub place: u32,
    /// Nanoseconds it has run since it last started.
    pub ran_ns: u64,
    /// Its weight.
    pub weight: u64,
    /// The cores it may use, by slot.
    pub cores: CoreSet,
    /// Those of them that nothing more important has at this moment: what a choice is made among.
    pub now: CoreSet,
}

/// What decides. Decisions on queues are carried out when they are given; where a thread really
/// runs is the engine's to see to.
pub trait Policy: Send {
    /// An event at a time; nothing where the policy does not handle it.
    fn happen(
        &mut self,
        event: Event,
        thread: &Thread,
        core: u32,
        ran_ns: u64,
        now_ns: u64,
    ) -> Option<Decision>;

    /// Takes a thread out of the queue it waits in, if it does.
    fn take_out(&mut self, thread: &Thread);

    /// A thread is gone: its own values begin anew for whoever gets its id or its place.
    fn forget(&mut self, thread: &Thread);

    /// A core that the policy takes for idle is not free.
    fn occupy(&mut self, core: u32);

    /// The threads in each queue, for reports.
    fn waiting(&self) -> Vec<u32>;

    /// The application writes the entry about a thread; whether there is room.
    fn hint(&mut self, map: u32, tid: u32, value: u64) -> bool;

    /// Writes an entry by its bytes, as user space or a policy at another hook would.
    fn write(&mut self, map: u32, key: &[u8], value: &[u8]) -> bool;

    /// The value of a state cell, of an element of an array or of an entry.
    fn read(&self, map: u32, key: &[u8]) -> Option<Vec<u8>>;
}

/// Decides nothing: every thread is left to the system, which runs them in the order they come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Nothing;

impl Policy for Nothing {
    fn happen(&mut self, _: Event, _: &Thread, _: u32, _: u64, _: u64) -> Option<Decision> {
        None
    }

    fn take_out(&mut self, _: &Thread) {}

    fn forget(&mut self, _: &Thread) {}

    fn occupy(&mut self, _: u32) {}

    fn waiting(&self) -> Vec<u32> {
        Vec::new()
    }

    fn hint(&mut self, _: u32, _: u32, _: u64) -> bool {
        false
    }

    fn write(&mut self, _: u32, _: &[u8], _: &[u8]) -> bool {
        false
    }

    fn read(&self, _: u32, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// A map whose key is a thread and whose value is one number: what an application can mark.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HintMap {
    /// Its number in the module.
    pub map: u32,
    /// Its name.
    pub name: String,
    /// Bytes of its value.
    pub value_bytes: u32,
}

impl HintMap {
    /// The maps of a module that applications can mark threads in.
    pub fn all(module: &Module) -> Vec<HintMap> {
        let maps = (0..).zip(&module.maps).filter(|(_, map)| {
            let is_by_key = matches!(map.kind, MapKind::Hash | MapKind::LruHash);
            is_by_key && map.key.size() == 4 && map.value.size() <= 8
        });
        maps.map(|(at, map)| HintMap {
            map: at,
            name: map.name.to_string(),
            value_bytes: map.value.size(),
        })
        .collect()
    }
}

/// Why a module cannot be an agent's policy, in one sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused(pub String);

/// Whether an agent can carry out what a module decides: it is over threads, and its executors
/// are one set of cores.
///
/// # Errors
/// What is in the way.
pub fn supported(module: &Module) -> Result<(), Refused> {
    let name = &module.name;
    if !module.funcs.iter().any(|func| func.event() == Some(Event::Runnable)) {
        return Err(Refused(format!(
            "`{name}` is no policy over threads: it has no `on runnable`"
        )));
    }
    match module.sets.as_slice() {
        [set] if set.kind == ExecutorKind::Core => {}
        [set] => {
            let message = format!("`{}` are no cores: declare them as `core[N]`", set.name);
            return Err(Refused(message));
        }
        sets => {
            let n = sets.len();
            return Err(Refused(format!("`{name}` uses {n} executor sets; an agent has one")));
        }
    }
    let percpu = module.maps.iter().find(|map| map.kind == MapKind::Log);
    match percpu {
        Some(map) => Err(Refused(format!("`{}` is a log, which an agent does not keep", map.name))),
        None => Ok(()),
    }
}

/// The weight of a nice value, 100 for 0 and a quarter more or less for each step, as the kernel's
/// own table has it (`sched_prio_to_weight`, kernel/sched/core.c, scaled from 1024 to 100).
pub fn weight_of_nice(nice: i32) -> u64 {
    let nice = nice.clamp(-20, 19);
    let mut scaled: u64 = THREAD_WEIGHT * 1_000_000;
    for _ in 0..nice.unsigned_abs() {
        scaled = if nice < 0 { scaled * 5 / 4 } else { scaled * 4 / 5 };
    }
    (scaled / 1_000_000).clamp(1, THREAD_WEIGHT_MAX)
}

/// Draws of a policy: splitmix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn draw(&mut self, below: Option<u32>) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let any = ((z ^ (z >> 31)) >> 32) as u32;
        below.map_or(any, |below| ((u64::from(any) * u64::from(below)) >> 32) as u32)
    }
}

/// What a policy sees of the outside for one event.
pub(crate) struct Outside<'d> {
    pub(crate) now_ns: u64,
    pub(crate) draws: &'d mut Draws,
}

impl syrup_ir::interp::World for Outside<'_> {
    fn now(&mut self) -> u64 {
        self.now_ns
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        self.draws.draw(below)
    }

    /// An agent decides for all CPUs on one: per-CPU values have one copy.
    fn cpu(&mut self) -> u32 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::weight_of_nice;

    #[test]
    fn weights() {
        let nices = [0, 1, -1, 19, -20, 100, -100];
        assert_eq!(nices.map(weight_of_nice), [100, 80, 125, 1, 8673, 1, 8673]);
    }
}
