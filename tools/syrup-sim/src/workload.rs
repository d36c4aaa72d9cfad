//! What tasks do when they run.

mod chaos;
mod server;

pub use chaos::{Chaos, ChaosSpec};
pub use server::{Class, ClassLatencies, Server, ServerSpec, Steering};

use crate::machine::Machine;
use std::any::Any;

/// What a task does next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// It goes on for so long.
    Work {
        /// Nanoseconds.
        ns: u64,
    },
    /// It sleeps, and wakes by itself or not.
    Sleep {
        /// Nanoseconds.
        wake_in_ns: Option<u64>,
    },
    /// It lets others run, and then goes on for so long.
    Yield {
        /// Nanoseconds.
        work_ns: u64,
    },
    /// It ends.
    Exit,
}

/// Decides what tasks do, and what else happens on a machine.
pub trait Workload: Any {
    /// The machine begins.
    fn start(&mut self, machine: &mut Machine);

    /// A task did what it was to do.
    fn done(&mut self, machine: &mut Machine, task: usize) -> After;

    /// What was asked for with [`Machine::call_in`].
    fn call(&mut self, machine: &mut Machine, code: u64);

    /// Whether nothing new will come.
    fn is_over(&self, machine: &Machine) -> bool;

    /// For its results.
    fn as_any(&self) -> &dyn Any;
}
