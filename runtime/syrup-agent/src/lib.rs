//! Thread policies at work: an agent that decides, for an enclave of CPUs, which thread runs where.
//!
//! In: messages of a kernel about threads, and a policy. Out: transactions that run threads on
//! CPUs. The kernel's side is an [`Enclave`]; a simulated one is the crate `syrup-sim`. The
//! policy's side is a [`Policy`]: native code ([`NativePolicy`]) or the interpreter
//! ([`InterpretedPolicy`]).
//!
//! The [`Engine`] stands between them. It owns everything that a policy must not get wrong: what
//! state a thread is in, sequence numbers, retries, the CPUs that a thread may use, CPUs that
//! something more important has, threads that are gone. A policy only decides. Nothing in the
//! engine's loop allocates, locks or waits. `docs/internals/agent.md` tells the whole.

pub mod abi;
mod cpus;
mod defect;
mod enclave;
mod engine;
mod lists;
mod memory;
mod policy;
mod shared;

pub use cpus::{CoreSet, CpuSet};
pub use defect::{Chosen, Defect};
pub use enclave::{Enclave, Gone, Hint};
pub use engine::{Config, Counters, Engine, Fault, Next, PolicySlot, TaskReport};
pub use memory::Region;
pub use policy::{
    HintMap, InterpretedPolicy, NativePolicy, Nothing, Policy, Refused, Thread, supported,
    weight_of_nice,
};
pub use shared::{MessageQueue, Peeked, Request, Shared, Txns, Word, Words};
