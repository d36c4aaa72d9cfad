//! A discrete-event kernel with ghOSt's shared memory and calls, for thread policies.
//!
//! In: a policy behind the agent's engine, a workload, a seed. Out: what the oracles noticed, and
//! how long requests took. The queue, the status words and the transactions are byte for byte those
//! of the real interface, and the engine's own code reads and writes them; before each of its
//! accesses the simulated kernel may go on. One seed always gives the same run.
//!
//! It shows a part of what a kernel can do, and nothing that a kernel cannot.

mod machine;
mod oracle;
mod rng;
mod run;
mod workload;

pub use machine::{Machine, Races, Spec};
pub use oracle::Violation;
pub use rng::Rng;
pub use run::{Outcome, Report, chaos, serve};
pub use workload::{
    After, Chaos, ChaosSpec, Class, ClassLatencies, Server, ServerSpec, Steering, Workload,
};
