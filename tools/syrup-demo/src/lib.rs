//! The demo: the same load on a small key-value server, steered by the kernel and by a policy.
//!
//! In: a [`Scenario`], a way to steer ([`Steering`]) that the caller brings, [`Options`].
//! Out: a [`Report`] with latencies, drops and per-worker counts side by side.
//! Compiling the policy, loading it and writing its maps are the caller's work; this crate knows
//! neither the language nor bpf(2).
//!
//! # Parts
//!
//! ```text
//! this process                                    a second process
//! server: 6 workers, one UDP socket each  <---->  load generator: 50 flows, open loop
//!    | begin, end, overflow, epoch
//!    v
//! Feedback (the caller writes the policy's maps)
//! ```
//!
//! Each seed gives two runs of the same arrivals from the same source ports to the same server
//! port: first with the kernel's default (a hash of the flow), then with the policy.
//!
//! # What the figures mean
//!
//! - **Latency** runs from the *intended* send time, so a load generator that falls behind does
//!   not hide the wait (coordinated omission), to the moment the reply reached the client's
//!   socket (kernel time stamp).
//! - **Executors are emulated** unless [`Executor::Spin`] is chosen: a request ends at
//!   `max(arrival, previous end) + service time`, the thread sleeps until then and replies. No
//!   processor time is burnt, so six executors fit on two cores. The price is that the host's
//!   timer lateness is part of each latency, and so times are stretched ([`Options::scale`]).
//! - On small virtual machines idle-priority threads keep the processors awake meanwhile, because
//!   a halted one comes back late.
//! - **Dropped** is what was sent and never answered. `queue_drops` of these were refused by full
//!   receive queues (the kernel's own count, `SO_MEMINFO`); the policy refused the others.

mod awake;
mod error;
mod latency;
mod loadgen;
mod options;
mod process;
mod random;
mod report;
mod request;
mod run;
mod scenario;
mod server;
mod steering;
mod sys;

pub use error::Error;
pub use latency::Percentiles;
pub use loadgen::loadgen_main;
pub use options::{Executor, LoadgenCommand, Options};
pub use report::{Place, Report, Summary, UserSummary};
pub use request::{GET, REQUEST_BYTES, SCAN};
pub use run::run;
pub use scenario::{Budget, Class, Load, N_WORKERS, Needs, SCENARIOS, Scenario};
pub use steering::{
    Attached, Decide, Decision, Feedback, KernelSteering, NoFeedback, ProcessSteering, Started,
    Steering,
};
