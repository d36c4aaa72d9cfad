//! One evaluation.

use super::threads::or_else;
use super::{Decision, Happening, Outcome, Packet, State, World};
use crate::check::FuncFacts;
use crate::graph::Graph;
use crate::{Block, Cause, Checked, Edge, Func, MapId, Module, SetId, Term, Ty, Value, Verdict};
use std::collections::BTreeMap;
use syrup_diag::bug;

/// A value while it runs.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Val {
    Int(u64),
    Exec(SetId, u32),
    /// The thread of the event.
    Task,
    /// The first byte of the stretch in the frame.
    View(usize),
    Cell(Cell),
}

impl Val {
    /// What an interval speaks of: integers, and executors by their slot.
    fn number(&self) -> Option<u64> {
        match self {
            Val::Int(number) => Some(*number),
            Val::Exec(_, slot) => Some(u64::from(*slot)),
            Val::Task | Val::View(_) | Val::Cell(_) => None,
        }
    }
}

/// A reference to a value of a map.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell {
    /// It is in the map.
    Bound { map: MapId, key: Vec<u8> },
    /// Its entry was replaced, removed or forgotten after it was bound; the value lives on for
    /// this evaluation only.
    Gone { at: usize },
}

/// The state of one evaluation.
pub(super) struct Machine<'a> {
    pub(super) module: &'a Module,
    pub(super) func: &'a Func,
    facts: &'a FuncFacts,
    pub(super) state: &'a mut State,
    pub(super) packet: &'a Packet,
    /// The event, for a function that handles one.
    pub(super) happening: Option<Happening>,
    pub(super) world: &'a mut dyn World,
    /// The graph for asking facts; nothing where they are not checked.
    graph: Option<Graph>,
    pub(super) values: Vec<Option<Val>>,
    /// The values of entries that cells still name and maps no longer hold.
    pub(super) gone: Vec<Vec<u8>>,
    pub(super) now_ns: Option<u64>,
    pub(super) cpu: Option<u32>,
    /// Cores that were idle and that this evaluation claimed.
    pub(super) claimed: Vec<(SetId, u32)>,
    /// Trips of each loop since it was entered.
    trips: BTreeMap<Block, u32>,
    /// Which blocks were entered.
    pub(super) entered: Vec<bool>,
    steps: u64,
}

impl<'a> Machine<'a> {
    /// Before the first step of an event's handler; nothing where there is none.
    pub(super) fn of_event(
        policy: &'a Checked,
        state: &'a mut State,
        packet: &'a Packet,
        happening: &Happening,
        world: &'a mut dyn World,
        is_checking_facts: bool,
    ) -> Option<Machine<'a>> {
        let is_handler = |func: &Func| func.event() == Some(happening.event);
        let at = policy.module().funcs.iter().position(is_handler)?;
        let mut machine = Machine::new(policy, at, state, packet, world, is_checking_facts);
        machine.happening = Some(happening.within_ranges());
        machine.take_inputs();
        Some(machine)
    }

    /// Before the first step of a function.
    pub(super) fn new(
        policy: &'a Checked,
        at: usize,
        state: &'a mut State,
        packet: &'a Packet,
        world: &'a mut dyn World,
        is_checking_facts: bool,
    ) -> Machine<'a> {
        let module = policy.module();
        let (Some(func), Some(facts)) = (module.funcs.get(at), policy.facts().funcs.get(at)) else {
            bug!("{} has no function to run", module.name);
        };
        let values = vec![None; func.values.len()];
        let (now_ns, cpu, trips) = (None, None, BTreeMap::new());
        let gone = Vec::new();
        let steps = 0;
        Machine {
            module,
            func,
            facts,
            state,
            packet,
            happening: None,
            world,
            graph: is_checking_facts.then(|| Graph::new(func)),
            values,
            gone,
            now_ns,
            cpu,
            claimed: Vec::new(),
            trips,
            entered: vec![false; func.blocks.len()],
            steps,
        }
    }

    /// Runs to the verdict.
    pub(super) fn run(mut self) -> Outcome {
        self.run_through()
    }

    /// The same, leaving behind what was entered.
    pub(super) fn run_through(&mut self) -> Outcome {
        let func = self.func;
        let mut block = Block(0);
        loop {
            self.enter(block);
            let data = func.block(block);
            for inst in &data.insts {
                self.count(inst.op.info().steps);
                self.check_uses(block, inst.op.uses());
                self.inst(inst);
            }
            self.count(data.term.steps(&self.module.maps));
            self.check_uses(block, data.term.uses());
            let ended = match data.term {
                Term::Return { verdict, cause } => Some((self.carry_out(verdict), cause)),
                Term::Pop { queue, core, .. } => {
                    self.pop(queue, core).map(|decision| (decision, Cause::Written))
                }
                _ => None,
            };
            if let Some((decision, cause)) = ended {
                self.state.threads.release(&self.claimed, decision);
                return Outcome { decision, cause, steps: self.steps };
            }
            block = self.term(block, &data.term);
        }
    }

    /// Steps are bounded by what `check` proved; running over is a bug of the cost check.
    fn count(&mut self, steps: u32) {
        self.steps += u64::from(steps);
        if self.steps > self.facts.steps_max {
            bug!("{} took more than the {} steps proved", self.func.name, self.facts.steps_max);
        }
    }

    fn enter(&mut self, block: Block) {
        self.entered[block.idx()] = true;
        if self.graph.is_some() && !self.facts.reached[block.idx()] {
            bug!("{}: {block} was proved to be unreachable", self.func.name);
        }
    }

    /// What a block uses lies in what is known there.
    fn check_uses(&self, block: Block, uses: impl Iterator<Item = Value>) {
        let Some(graph) = &self.graph else { return };
        for value in uses {
            let range = self.facts.range_at(graph, value, block);
            let number = self.val(value).number();
            if number.is_some_and(|number| !range.contains(number)) {
                bug!("{}: {value} is {number:?} in {block}, proved {range}", self.func.name);
            }
        }
    }

    pub(super) fn set(&mut self, value: Value, val: Val) {
        if let (Some(_), Some(number)) = (&self.graph, val.number()) {
            let range = self.facts.ranges[value.idx()];
            if !range.contains(number) {
                bug!("{}: {value} is {number}, proved to be {range}", self.func.name);
            }
        }
        self.values[value.idx()] = Some(val);
    }

    pub(super) fn val(&self, value: Value) -> &Val {
        match &self.values[value.idx()] {
            Some(val) => val,
            None => bug!("{}: {value} is read before it is made", self.func.name),
        }
    }

    pub(super) fn int(&self, value: Value) -> u64 {
        match self.val(value) {
            Val::Int(number) => *number,
            other => bug!("{value} is {other:?}, not an integer"),
        }
    }

    pub(super) fn exec(&self, value: Value) -> (SetId, u32) {
        match self.val(value) {
            Val::Exec(set, slot) => (*set, *slot),
            other => bug!("{value} is {other:?}, not an executor"),
        }
    }

    pub(super) fn cell(&self, value: Value) -> Cell {
        match self.val(value) {
            Val::Cell(cell) => cell.clone(),
            other => bug!("{value} is {other:?}, not a cell"),
        }
    }

    pub(super) fn bits(&self, value: Value) -> u8 {
        match self.func.ty(value) {
            Ty::Int(bits) => bits,
            other => bug!("{value} is {other:?}, not an integer"),
        }
    }

    /// Takes a terminator other than a verdict; gives the next block.
    fn term(&mut self, block: Block, term: &Term) -> Block {
        match term {
            Term::Jump(edge) => self.follow(edge, None),
            Term::Branch { cond, yes, no } => {
                let edge = if self.int(*cond) == 1 { yes } else { no };
                self.follow(edge, None)
            }
            Term::View { base, offset, at, len, ok, short } => {
                let at = at.map_or(0, |at| self.int(at));
                let start = self.base(*base) + u64::from(*offset) + at;
                if start + u64::from(*len) <= self.packet.frame.len() as u64 {
                    self.follow(ok, Some(Val::View(start as usize)))
                } else {
                    self.follow(short, None)
                }
            }
            Term::Lookup { map, key, found, missing } => {
                let key = self.key(*map, key);
                let cpu = self.cpu_of(*map);
                match self.state.maps[map.idx()].lookup(&key, cpu) {
                    Some(key) => {
                        self.follow(found, Some(Val::Cell(Cell::Bound { map: *map, key })))
                    }
                    None => self.follow(missing, None),
                }
            }
            Term::Loop { end, max, body, exit } => {
                let index = self.int(self.func.block(block).params[0]);
                if index < self.int(*end) && index < u64::from(*max) {
                    self.count_trip(block);
                    self.follow(body, None)
                } else {
                    self.follow(exit, None)
                }
            }
            Term::Next { header, args } => {
                let index = self.func.block(*header).params[0];
                let next = self.int(index) + 1;
                let trips = self.trips.get(header).copied();
                let args = args.iter().map(|&arg| self.val(arg).clone());
                let args = std::iter::once(Val::Int(next)).chain(args).collect();
                let target = self.pass(*header, args);
                self.trips.extend(trips.map(|trips| (*header, trips)));
                target
            }
            Term::Pop { empty, .. } => self.follow(empty, None),
            Term::Return { .. } => bug!("a verdict has no next block"),
        }
    }

    fn count_trip(&mut self, header: Block) {
        let trips = self.trips.entry(header).or_insert(0);
        *trips += 1;
        let most = self.facts.trips.get(&header).copied().unwrap_or(0);
        if self.graph.is_some() && *trips > most {
            bug!("{}: the loop at {header} took more than {most} trips", self.func.name);
        }
    }

    fn follow(&mut self, edge: &Edge, bound: Option<Val>) -> Block {
        let args = edge.args.iter().map(|&arg| self.val(arg).clone());
        let args = bound.into_iter().chain(args).collect();
        self.pass(edge.block, args)
    }

    /// Sets the parameters of a block all at once.
    fn pass(&mut self, block: Block, args: Vec<Val>) -> Block {
        let func = self.func;
        self.trips.remove(&block);
        for (&param, val) in func.block(block).params.iter().zip(args) {
            self.set(param, val);
        }
        block
    }

    /// Whether a slot holds an executor.
    pub(super) fn holds(&self, set: SetId, slot: u32) -> bool {
        let generations = &self.state.sets[set.idx()].generations;
        generations.get(slot as usize).is_some_and(|&generation| generation != 0)
    }

    fn carry_out(&mut self, verdict: Verdict) -> Decision {
        match verdict {
            Verdict::Pass => Decision::Pass,
            Verdict::Drop => Decision::Drop,
            Verdict::Steer(executor) => {
                let (set, slot) = self.exec(executor);
                if self.holds(set, slot) {
                    self.place(set, slot, Decision::Slot(set, slot))
                } else {
                    or_else(self.module, set)
                }
            }
            Verdict::Thread(verdict) => self.carry_out_thread(verdict),
        }
    }
}
