//! The reference interpreter: slow, obvious, and the meaning of the IR.
//!
//! In: a checked module, its state, a packet and the answers of the outside. Out: the verdict as
//! it is carried out, the state after it, and the steps taken. Time, draws and the CPU come from
//! a [`World`], so that every engine can be shown the same ones.

mod cells;
mod eval;
mod maps;
mod ops;
#[cfg(test)]
mod tests;
mod threads;

use crate::{Cause, Checked, Module, QueueId, SetId};

pub use maps::MapState;
pub use threads::{Happening, QueueState, Task, ThreadState};

/// Everything that lives longer than one evaluation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// Each executor set.
    pub sets: Vec<SetState>,
    /// Each map.
    pub maps: Vec<MapState>,
    /// Queues of threads, and the cores that are idle.
    pub threads: ThreadState,
    /// The value of each parameter.
    pub params: Vec<u64>,
}

/// The slots of an executor set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SetState {
    /// The generation of each slot; 0 for a slot that holds nothing. Its length is the set's.
    pub generations: Vec<u32>,
}

/// An input packet.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Packet {
    /// The whole frame from the link-layer header on.
    pub frame: Vec<u8>,
    /// Bytes to the network header.
    pub net: u32,
    /// Bytes to the transport header.
    pub transport: u32,
    /// The EtherType after any VLAN tags.
    pub eth_protocol: u16,
    /// The transport protocol.
    pub ip_protocol: u8,
    /// The flow's hash.
    pub flow_hash: u32,
    /// The receive queue.
    pub rx_queue: u32,
    /// The interface.
    pub interface: u32,
}

/// What the outside answers.
pub trait World {
    /// The time in nanoseconds; asked once an evaluation at most.
    fn now(&mut self) -> u64;
    /// A draw below `below`, which is not 0, or any `u32`.
    fn random(&mut self, below: Option<u32>) -> u32;
    /// The CPU; asked once an evaluation at most.
    fn cpu(&mut self) -> u32;
}

/// What an evaluation gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The verdict as it is carried out: an empty slot already became the set's `else`.
    pub decision: Decision,
    /// What in the source ended the evaluation.
    pub cause: Cause,
    /// IR steps taken.
    pub steps: u64,
}

/// A verdict carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// The default of the system decides.
    Pass,
    /// The input is refused.
    Drop,
    /// The executor in a slot of a set.
    Slot(SetId, u32),
    /// The thread waits in a queue.
    Enqueued(QueueId),
    /// The thread takes the place of what runs on the core in a slot of a set.
    Preempt(SetId, u32),
    /// Everything stays as it is.
    Keep,
    /// The core is idle.
    Idle,
    /// The core runs the thread of this id.
    Run(u32),
}

impl State {
    /// Maps zeroed or initial, parameters at their defaults, sets empty.
    pub fn new(module: &Module) -> State {
        State {
            sets: vec![SetState::default(); module.sets.len()],
            maps: module.maps.iter().map(MapState::new).collect(),
            threads: ThreadState::new(module),
            params: module.params.iter().map(|param| param.default).collect(),
        }
    }
}

impl SetState {
    /// `n` slots that all hold an executor.
    pub fn full(n: u32) -> SetState {
        SetState { generations: vec![1; n as usize] }
    }
}

/// Evaluates the handler of an event; nothing where the policy has none, and then everything stays
/// as it is: a runnable thread is left to the system, a core is idle.
pub fn run_event(
    policy: &Checked,
    state: &mut State,
    happening: &Happening,
    world: &mut dyn World,
) -> Option<Outcome> {
    let packet = Packet::default();
    let machine = eval::Machine::of_event(policy, state, &packet, happening, world, false)?;
    Some(machine.run())
}

/// Evaluates like [`run_event`] and stops with `bug!` where a fact that `check` proved does not
/// hold.
pub fn run_event_checking_facts(
    policy: &Checked,
    state: &mut State,
    happening: &Happening,
    world: &mut dyn World,
) -> Option<Outcome> {
    let packet = Packet::default();
    let machine = eval::Machine::of_event(policy, state, &packet, happening, world, true)?;
    Some(machine.run())
}

/// Evaluates like [`run_event`], and also gives which blocks of the handler were entered, by block.
pub fn run_event_tracing(
    policy: &Checked,
    state: &mut State,
    happening: &Happening,
    world: &mut dyn World,
) -> Option<(Outcome, Vec<bool>)> {
    let packet = Packet::default();
    let mut machine = eval::Machine::of_event(policy, state, &packet, happening, world, false)?;
    let outcome = machine.run_through();
    Some((outcome, machine.entered))
}

/// Evaluates the first function of a module, which takes a packet.
pub fn run(policy: &Checked, state: &mut State, packet: &Packet, world: &mut dyn World) -> Outcome {
    eval::Machine::new(policy, 0, state, packet, world, false).run()
}

/// Evaluates like [`run`] and stops with `bug!` where a fact that `check` proved does not hold:
/// an interval, a block that is never reached, a trip count.
pub fn run_checking_facts(
    policy: &Checked,
    state: &mut State,
    packet: &Packet,
    world: &mut dyn World,
) -> Outcome {
    eval::Machine::new(policy, 0, state, packet, world, true).run()
}

/// Evaluates like [`run`], and also gives which blocks of the function were entered, by block.
pub fn run_tracing(
    policy: &Checked,
    state: &mut State,
    packet: &Packet,
    world: &mut dyn World,
) -> (Outcome, Vec<bool>) {
    let mut machine = eval::Machine::new(policy, 0, state, packet, world, false);
    let outcome = machine.run_through();
    (outcome, machine.entered)
}
