//! Events for an agent that has the instance to itself: without locks, and without memory that
//! is allocated on the way.
//!
//! In: an event of a thread that has a place in the agent's own table. Out: what the code decided,
//! not yet carried out: who waits and which core is idle is the agent's. Values of per-thread maps
//! are found by the thread's place alone.

use super::Instance;
use crate::abi::{self, Answer, Question};
use crate::layout::MapPlace;
use crate::memory::{Answered, Arena, Evaluation, Runtime, evaluate};
use crate::tables::Tables;
use std::sync::PoisonError;
use syrup_diag::{bug, limits};
use syrup_ir::interp::{Decision, Packet, Task, World};
use syrup_ir::{Event, MapKind, Module};

/// Answers what handlers ask about threads, cores and queues.
pub trait Threads {
    /// The answer, as [`Question`] says it; the set or queue is `which`.
    fn answer(&mut self, question: Question, which: u32, slot: u32) -> u64;
}

/// An event for a handler.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The function, from [`Instance::handler`].
    pub handler: usize,
    /// What the event gives, in the order of the IR's table.
    pub inputs: &'a [u64],
    /// The thread; its cores are asked by [`Question::Allowed`].
    pub task: &'a Task,
    /// The thread's place in the agent's table, below [`limits::NATIVE_TASKS_MAX`].
    pub place: u32,
}

impl Instance {
    /// The function that handles an event, if the policy has one.
    pub fn handler(&self, event: Event) -> Option<usize> {
        self.module().funcs.iter().position(|func| func.event() == Some(event))
    }

    /// Evaluates a handler; gives the verdict, and the key where it is for an ordered queue.
    ///
    /// What the policy inserts into a table may take memory; everything else takes none.
    pub fn decide(
        &mut self,
        asked: &Asked<'_>,
        world: &mut dyn World,
        threads: &mut dyn Threads,
    ) -> (Decision, u64) {
        let Instance { program, arena, tables, asks, .. } = self;
        let Asked { handler, inputs, task, place } = *asked;
        if place >= limits::NATIVE_TASKS_MAX {
            bug!("a thread has place {place}");
        }
        let now_ns = if asks[handler].now { world.now() } else { 0 };
        let cpu = if asks[handler].cpu { world.cpu() } else { 0 };
        let cpu = cpu.min(program.layout().n_cpus - 1);
        let packet = Packet::default();
        let evaluation =
            Evaluation { func: handler, inputs, cpu, now_ns, packet: &packet, task: Some(task) };
        let tables = tables.get_mut().unwrap_or_else(PoisonError::into_inner);
        let began = tables.begin();
        let (module, places) = (program.policy().module(), &program.layout().maps);
        let mut session = Alone { module, places, arena, tables, world, threads, task, place };
        let Answered { answer, key, .. } =
            evaluate(program.code(), session.arena, &evaluation, &mut session);
        session.tables.end(began);
        match abi::decode(answer) {
            Some(Answer::Decided(decision, _)) => (decision, key),
            other => bug!("{} answered {answer:#x}: {other:?}", module.name),
        }
    }

    /// Zeroes the values that per-thread maps have for a place, for the next thread there.
    pub fn clear_place(&mut self, place: u32) {
        let maps = self.program.policy().module().maps.iter().zip(&self.program.layout().maps);
        for (_, at) in maps.filter(|(map, _)| map.kind == MapKind::PerTask) {
            let start = at.start + at.stride * u64::from(place);
            (start..start + at.stride).step_by(8).for_each(|word| self.arena.store(word, 8, 0));
        }
    }

    /// Writes an entry, or an element of an array, as user space would; whether there was room.
    pub fn put_entry(&mut self, map: usize, key: &[u8], value: &[u8]) -> bool {
        let decl = &self.module().maps[map];
        match decl.kind {
            MapKind::State | MapKind::Array => {
                let index = key.first_chunk().map_or(0, |index| u32::from_le_bytes(*index));
                let place = self.layout().maps[map];
                let is_there = index < place.n_values && value.len() as u64 <= place.stride;
                if is_there {
                    self.arena.write(place.start + place.stride * u64::from(index), value);
                }
                is_there
            }
            MapKind::Hash | MapKind::LruHash | MapKind::Lpm => self.rewrite(map, key, value),
            MapKind::PerCpuState
            | MapKind::PerCpuArray
            | MapKind::PerTask
            | MapKind::Maglev(_)
            | MapKind::Log => false,
        }
    }

    /// Replaces the value of an entry in its place, so that it takes no memory, or inserts one.
    fn rewrite(&mut self, map: usize, key: &[u8], value: &[u8]) -> bool {
        let tables = self.tables.get_mut().unwrap_or_else(PoisonError::into_inner);
        let there = tables.table(map).and_then(|table| table.get(key));
        match there {
            // Nobody evaluates meanwhile, because the agent has the instance to itself.
            Some(offset) => self.arena.write(offset, value),
            None => return self.put(map, key, value),
        }
        true
    }

    /// The value of a state cell or of an element of an array, or of an entry; for reports.
    pub fn value_of(&self, map: usize, key: &[u8]) -> Option<Vec<u8>> {
        let decl = &self.module().maps[map];
        let n_bytes = decl.value.size() as usize;
        let place = self.layout().maps[map];
        let index = key.first_chunk().map_or(0, |index| u32::from_le_bytes(*index));
        match decl.kind {
            MapKind::State | MapKind::Array if index < place.n_values => {
                let offset = place.start + place.stride * u64::from(index);
                Some(self.arena.read(offset, n_bytes))
            }
            MapKind::Hash | MapKind::LruHash => {
                let offset = self.tables().table(map)?.get(key)?;
                Some(self.arena.read(offset, n_bytes))
            }
            _ => None,
        }
    }
}

/// One evaluation's side of the imports, with everything to itself.
struct Alone<'s> {
    module: &'s Module,
    places: &'s [MapPlace],
    arena: &'s Arena,
    tables: &'s mut Tables,
    world: &'s mut dyn World,
    threads: &'s mut dyn Threads,
    task: &'s Task,
    place: u32,
}

impl Runtime for Alone<'_> {
    fn sizes(&self, map: u32) -> (usize, usize) {
        let map = &self.module.maps[map as usize];
        (map.key.size() as usize, map.value.size() as usize)
    }

    fn lookup(&mut self, map: u32, key: &[u8]) -> Option<u64> {
        let map = map as usize;
        if self.module.maps[map].kind != MapKind::PerTask {
            return self.tables.table(map)?.lookup(key);
        }
        // Views of threads cannot be stored, so the one an event is about is the only one.
        if key != self.task.id.to_le_bytes() {
            bug!("{} asks for another thread than the event's", self.module.name);
        }
        let at = self.places[map];
        Some(at.start + at.stride * u64::from(self.place))
    }

    fn insert(&mut self, map: u32, key: &[u8], value: &[u8]) -> bool {
        let map = map as usize;
        if let Some(log) = self.tables.log(map) {
            return log.push(value);
        }
        let Some(offset) = self.tables.insert(map, key) else { return false };
        self.arena.write(offset, value);
        true
    }

    fn remove(&mut self, map: u32, key: &[u8]) -> bool {
        self.tables.remove(map as usize, key)
    }

    fn random(&mut self, below: u64) -> u64 {
        let below = u32::try_from(below).ok().filter(|below| *below != 0);
        self.world.random(below).into()
    }

    fn thread(&mut self, question: Question, which: u32, slot: u32) -> u64 {
        self.threads.answer(question, which, slot)
    }
}
