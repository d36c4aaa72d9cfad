//! The caller's side of the demo: who picks the worker, and who is told what workers do.
//!
//! In: the server's sockets, or datagrams one by one. Out: an attachment, or decisions.

use std::{os::fd::BorrowedFd, sync::Arc};

use crate::scenario::Budget;

/// Where the policy runs.
pub enum Steering<'a> {
    /// In the kernel: the caller attaches a program to the server's sockets.
    Kernel(&'a mut dyn KernelSteering),
    /// In the server: one thread receives, asks, and hands datagrams to the workers.
    Process(&'a mut dyn ProcessSteering),
}

/// Attaches a policy to the sockets of a run.
pub trait KernelSteering {
    /// Called for each run with the policy, once its sockets are bound and before the load
    /// starts; `sockets[i]` is executor slot `i`. All maps must be as if freshly created.
    ///
    /// It is also called once before anything is measured, on sockets that are closed right
    /// away: a policy that cannot attach is then reported before the person has waited.
    fn attach(&mut self, sockets: &[BorrowedFd<'_>]) -> Result<Attached, String>;
}

/// A policy that steers the kernel's choice.
pub struct Attached {
    /// Dropped when the run ends, while the sockets are still open.
    pub guard: Box<dyn Send>,
    /// Told what the workers do.
    pub feedback: Arc<dyn Feedback>,
}

/// Provides decisions for the runs of a server that steers by itself.
pub trait ProcessSteering {
    /// Called for each run with the policy; all maps must be as if freshly created.
    fn start(&mut self, n_workers: u32) -> Result<Started, String>;
}

/// A policy that runs inside the server.
pub struct Started {
    /// Asked for each datagram.
    pub policy: Box<dyn Decide>,
    /// Told what the workers do.
    pub feedback: Arc<dyn Feedback>,
}

/// Picks the worker of a datagram.
pub trait Decide: Send {
    /// `datagram` starts at the UDP header, as at the hook `socket_select`. `flow_hash` is the
    /// same for all datagrams of a flow; its value is not the kernel's, which is keyed per boot.
    fn decide(&mut self, datagram: &[u8], flow_hash: u32) -> Result<Decision, String>;
}

impl<F> Decide for F
where
    F: FnMut(&[u8], u32) -> Result<Decision, String> + Send,
{
    fn decide(&mut self, datagram: &[u8], flow_hash: u32) -> Result<Decision, String> {
        self(datagram, flow_hash)
    }
}

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes to the worker of this slot; a slot without a worker counts as [`Self::Pass`].
    Slot(u32),
    /// It goes where the kernel's default would put it: by the hash of its flow.
    Pass,
    /// Nobody gets it.
    Drop,
}

/// Hears what the server does, from its worker threads. Runs without a policy call nothing.
///
/// An error ends the run and is reported: a policy with stale maps would be measured wrongly.
pub trait Feedback: Send + Sync {
    /// A worker starts to serve a request.
    fn begin(&self, _slot: u32, _op: u64) -> Result<(), String> {
        Ok(())
    }

    /// The worker has replied; each `begin` is followed by one `end`.
    fn end(&self, _slot: u32, _op: u64) -> Result<(), String> {
        Ok(())
    }

    /// The worker's queue was full and `count` requests that were steered to it are lost.
    fn overflow(&self, _slot: u32, _count: u32) -> Result<(), String> {
        Ok(())
    }

    /// An epoch begins: before the load starts, and then once each [`crate::Load::epoch_ns`].
    fn epoch(&self, _budgets: &[Budget]) -> Result<(), String> {
        Ok(())
    }
}

/// Feedback for policies that need none.
pub struct NoFeedback;

impl Feedback for NoFeedback {}
