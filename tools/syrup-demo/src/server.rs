//! The key-value server: six workers on one port.
//!
//! In: a port, the load's service times, who steers. Out: what each worker served, and drops.
//!
//! With the kernel's default and with kernel steering each worker receives from its own
//! SO_REUSEPORT socket. When the server steers by itself one thread receives and fills the
//! workers' queues (`dispatch`). Workers, counts and feedback are the same.

mod dispatch;
mod queue;
mod sockets;
mod worker;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use crate::{
    error::Error,
    options::Executor,
    scenario::{Budget, Load},
    steering::{Decide, Feedback},
    sys,
};
use dispatch::Dispatcher;
use queue::Queue;
use worker::{Inbox, Worker};

pub(crate) use sockets::Sockets;
pub(crate) use worker::Served;

/// Requests that a worker's queue holds when the server steers by itself: as many datagrams of
/// the demo's size as fit the kernel's receive queue of 212,992 bytes (measured, Linux 6.18).
const QUEUE_REQUESTS_MAX: usize = 256;

/// The longest time a thread goes without a look at whether the run is over.
const LOOK_NS: u64 = 20_000_000;

/// Scheduling priority of the server's threads in SCHED_FIFO.
const PRIORITY: i32 = 1;

/// What the workers need to know about the run.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) load: Load,
    pub(crate) executor: Executor,
    pub(crate) feedback: Option<Arc<dyn Feedback>>,
    pub(crate) budgets: &'static [Budget],
}

/// A server whose threads run; they end when it is stopped or dropped.
pub(crate) struct Server {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<Served>>,
    dispatcher: Option<JoinHandle<()>>,
    epochs: Option<JoinHandle<()>>,
    queues: Vec<Arc<Queue>>,
}

/// What a server counted.
pub(crate) struct Counts {
    pub(crate) workers: Vec<Served>,
    /// Requests lost because a queue was full, in the kernel or in this process.
    pub(crate) queue_drops: u64,
    /// Requests that still waited when the run was over.
    pub(crate) unserved: u64,
}

/// What all threads of a server look at.
#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    failure: Mutex<Option<String>>,
}

impl Server {
    /// Starts the threads. `policy` steers if the sockets are a single one.
    pub(crate) fn start(
        sockets: &Sockets,
        job: &Job,
        policy: Option<Box<dyn Decide>>,
    ) -> Result<Self, Error> {
        if let Some(feedback) = &job.feedback {
            feedback.epoch(job.budgets).map_err(Error::Steering)?;
        }
        let mut server = Self {
            shared: Arc::default(),
            workers: Vec::new(),
            dispatcher: None,
            epochs: None,
            queues: Vec::new(),
        };
        let inboxes = server.inboxes(sockets, job, policy)?;
        for (slot, (inbox, reply)) in (0u32..).zip(inboxes) {
            let shared = Arc::clone(&server.shared);
            let worker = Worker { slot, inbox, reply, job: job.clone(), shared };
            server.workers.push(spawn(&format!("worker-{slot}"), move || worker.run())?);
        }
        if job.load.epoch_ns > 0 && job.feedback.is_some() {
            let (shared, job) = (Arc::clone(&server.shared), job.clone());
            server.epochs = Some(spawn("epochs", move || run_epochs(&shared, &job))?);
        }
        Ok(server)
    }

    /// Gives each worker its socket, or a queue that a dispatcher fills by the policy.
    fn inboxes(
        &mut self,
        sockets: &Sockets,
        job: &Job,
        policy: Option<Box<dyn Decide>>,
    ) -> Result<Vec<(Inbox, std::net::UdpSocket)>, Error> {
        let Some(policy) = policy else {
            let own = |socket: std::net::UdpSocket| {
                let reply = sockets::share(&socket)?;
                Ok((Inbox::Socket { socket, n_dropped: 0 }, reply))
            };
            return sockets.share_all()?.into_iter().map(own).collect();
        };
        self.queues =
            (0..crate::N_WORKERS).map(|_| Arc::new(Queue::new(QUEUE_REQUESTS_MAX))).collect();
        let single = sockets.share_first()?;
        let mut inboxes = Vec::new();
        for queue in &self.queues {
            inboxes.push((Inbox::Queue(Arc::clone(queue)), sockets::share(&single)?));
        }
        let dispatcher = Dispatcher {
            socket: single,
            port: sockets.port,
            queues: self.queues.clone(),
            policy,
            feedback: job.feedback.clone(),
            shared: Arc::clone(&self.shared),
        };
        self.dispatcher = Some(spawn("dispatcher", move || dispatcher.run())?);
        Ok(inboxes)
    }

    /// The first thing that went wrong in a thread.
    pub(crate) fn failure(&self) -> Option<String> {
        self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the threads, each after the request it serves, and adds up.
    pub(crate) fn stop(mut self, sockets: &Sockets) -> Result<Counts, Error> {
        let served = self.end_threads();
        if let Some(failure) = self.failure() {
            return Err(Error::Steering(failure));
        }
        let refused: u64 = self.queues.iter().map(|queue| queue.n_refused()).sum();
        let queued: u64 = self.queues.iter().map(|queue| queue.n_waiting()).sum();
        Ok(Counts {
            workers: served,
            queue_drops: sockets.n_dropped()? + refused,
            unserved: sockets.discard_waiting()? + queued,
        })
    }

    fn end_threads(&mut self) -> Vec<Served> {
        self.shared.stop.store(true, Ordering::Relaxed);
        for helper in [self.dispatcher.take(), self.epochs.take()].into_iter().flatten() {
            self.shared.check_end(helper.join());
        }
        let mut served = Vec::new();
        for worker in self.workers.drain(..) {
            served.extend(self.shared.check_end(worker.join()));
        }
        served
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end_threads();
    }
}

impl Shared {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Keeps the first failure and ends the run.
    fn fail(&self, what: String) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(what);
        self.stop.store(true, Ordering::Relaxed);
    }

    fn check(&self, result: Result<(), String>) {
        if let Err(what) = result {
            self.fail(what);
        }
    }

    fn check_end<T>(&self, result: std::thread::Result<T>) -> Option<T> {
        if result.is_err() {
            self.fail("a thread of the server panicked".to_owned());
        }
        result.ok()
    }
}

/// Announces epochs at their times, without drift, until the run is over.
fn run_epochs(shared: &Shared, job: &Job) {
    sys::be_punctual(PRIORITY);
    let mut next_ns = sys::now_ns() + job.load.epoch_ns;
    while !shared.stopped() {
        let look_ns = sys::now_ns() + LOOK_NS;
        sys::sleep_until(next_ns.min(look_ns));
        if sys::now_ns() < next_ns {
            continue;
        }
        next_ns += job.load.epoch_ns;
        if let Some(feedback) = &job.feedback {
            shared.check(feedback.epoch(job.budgets));
        }
    }
}

fn spawn<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|error| Error::Server("start a thread".to_owned(), error))
}
