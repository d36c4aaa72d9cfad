//! A policy running in this process: code, arena, tables.
//!
//! In: a compiled policy, packets, what the outside answers. Out: outcomes, and the state between
//! evaluations. Several threads may evaluate one instance at once; each evaluation then sees maps
//! as the IR's text says, and counts as one on the CPU it names.

mod agent;
mod exchange;
mod threads;

pub use agent::{Asked, Threads};

use crate::abi::{self, Answer, Question};
use crate::layout::Layout;
use crate::memory::{Answered, Arena, Evaluation, Runtime, evaluate};
use crate::program::{Asks, Program};
use crate::tables::Tables;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use syrup_diag::bug;
use syrup_ir::interp::{Happening, Outcome, Packet, Task, ThreadState, World};
use syrup_ir::{Checked, MapKind, Module, SetId};

/// A policy with a state of its own.
pub struct Instance {
    program: Arc<Program>,
    arena: Arena,
    tables: Mutex<Tables>,
    /// The threads that wait, and the cores that are busy.
    threads: Mutex<ThreadState>,
    /// Whether evaluations must be known to the tables.
    has_entries: bool,
    /// What each function asks of the world.
    asks: Vec<Asks>,
}

impl Instance {
    /// With the state that a policy begins with: sets empty, parameters at their defaults.
    ///
    /// # Errors
    /// The system has no room.
    pub fn new(program: Arc<Program>) -> io::Result<Instance> {
        let module = program.policy().module();
        let arena = Arena::new(program.layout().bytes)?;
        let tables = Tables::new(module, program.layout());
        let has_entries = tables.has_entries();
        let asks = (0..module.funcs.len()).map(|func| Asks::new(module, func)).collect();
        let tables = Mutex::new(tables);
        let threads = Mutex::new(ThreadState::new(module));
        let instance = Instance { program, arena, tables, threads, has_entries, asks };
        instance.reset();
        Ok(instance)
    }

    /// The policy as it was checked.
    pub fn policy(&self) -> &Checked {
        self.program.policy()
    }

    /// Its module.
    pub fn module(&self) -> &Module {
        self.program.policy().module()
    }

    /// Where everything lies in the arena.
    pub fn layout(&self) -> &Layout {
        self.program.layout()
    }

    /// The memory of sets, parameters and values.
    pub fn arena(&self) -> &Arena {
        &self.arena
    }

    /// Evaluates the first function, which takes a packet.
    ///
    /// A CPU beyond those the code was made for counts as the last one.
    pub fn run(&self, packet: &Packet, world: &mut dyn World) -> Outcome {
        self.evaluate(0, &[], packet, None, world).outcome
    }

    /// Evaluates the handler of an event and carries out its verdict; nothing where the policy has
    /// no such handler.
    pub fn run_event(&self, happening: &Happening, world: &mut dyn World) -> Option<Outcome> {
        let funcs = &self.module().funcs;
        let func = funcs.iter().position(|func| func.event() == Some(happening.event))?;
        let happening = happening.within_ranges();
        let inputs = self.take_inputs(func, &happening);
        let packet = Packet::default();
        let Evaluated { outcome, key, claimed } =
            self.evaluate(func, &inputs, &packet, Some(&happening), world);
        let decision = self.carry_out(func, &happening, outcome.decision, key);
        self.threads().release(&claimed, decision);
        Some(Outcome { decision, ..outcome })
    }

    /// The outcome as the code gives it.
    fn evaluate(
        &self,
        func: usize,
        inputs: &[u64],
        packet: &Packet,
        happening: Option<&Happening>,
        world: &mut dyn World,
    ) -> Evaluated {
        let asks = &self.asks[func];
        let now_ns = if asks.now { world.now() } else { 0 };
        let cpu = if asks.cpu { world.cpu() } else { 0 };
        let cpu = cpu.min(self.layout().n_cpus - 1);
        let task = happening.map(|happening| &happening.task);
        let evaluation = Evaluation { func, inputs, cpu, now_ns, packet, task };
        let began = self.has_entries.then(|| self.tables().begin());
        let mut session = Session { instance: self, world, task, claimed: Vec::new() };
        let code = self.program.code();
        let Answered { answer, steps, key } =
            evaluate(code, &self.arena, &evaluation, &mut session);
        if let Some(began) = began {
            self.tables().end(began);
        }
        match abi::decode(answer) {
            Some(Answer::Decided(decision, cause)) => {
                let outcome = Outcome { decision, cause, steps };
                Evaluated { outcome, key, claimed: session.claimed }
            }
            other => bug!("{} answered {answer:#x}: {other:?}", self.module().name),
        }
    }

    /// The tables; a panic elsewhere leaves them usable, because each change is one step.
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn threads(&self) -> MutexGuard<'_, ThreadState> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The arena offset of a value for a policy; a thread that is new gets one.
    fn find(&self, map: usize, key: &[u8]) -> Option<u64> {
        let mut tables = self.tables();
        let found = tables.table(map)?.lookup(key);
        let decl = &self.module().maps[map];
        if found.is_some() || decl.kind != MapKind::PerTask {
            return found;
        }
        let offset = tables.insert(map, key)?;
        self.arena.write(offset, &exchange::first(decl));
        Some(offset)
    }

    /// Creates or replaces an entry, or appends a record; whether there was room.
    fn put(&self, map: usize, key: &[u8], value: &[u8]) -> bool {
        let mut tables = self.tables();
        if let Some(log) = tables.log(map) {
            return log.push(value);
        }
        let Some(offset) = tables.insert(map, key) else { return false };
        // The tables are still locked: nobody can find the entry before its value is whole.
        self.arena.write(offset, value);
        true
    }
}

/// What an evaluation gave, before its verdict is carried out.
struct Evaluated {
    outcome: Outcome,
    /// The key for an ordered queue.
    key: u64,
    /// Cores that were idle and that it claimed.
    claimed: Vec<(SetId, u32)>,
}

/// One evaluation's side of the imports.
struct Session<'s> {
    instance: &'s Instance,
    world: &'s mut dyn World,
    task: Option<&'s Task>,
    /// Cores that were idle and that this evaluation claimed.
    claimed: Vec<(SetId, u32)>,
}

impl Runtime for Session<'_> {
    fn sizes(&self, map: u32) -> (usize, usize) {
        let map = &self.instance.module().maps[map as usize];
        (map.key.size() as usize, map.value.size() as usize)
    }

    fn lookup(&mut self, map: u32, key: &[u8]) -> Option<u64> {
        self.instance.find(map as usize, key)
    }

    fn insert(&mut self, map: u32, key: &[u8], value: &[u8]) -> bool {
        self.instance.put(map as usize, key, value)
    }

    fn remove(&mut self, map: u32, key: &[u8]) -> bool {
        self.instance.tables().remove(map as usize, key)
    }

    fn random(&mut self, below: u64) -> u64 {
        let below = u32::try_from(below).ok().filter(|below| *below != 0);
        self.world.random(below).into()
    }

    fn thread(&mut self, question: Question, which: u32, slot: u32) -> u64 {
        let answer = self.instance.answer(self.task, question, which, slot);
        if question == Question::Claim && answer == 1 {
            self.claimed.push((SetId(which), slot));
        }
        answer
    }
}
