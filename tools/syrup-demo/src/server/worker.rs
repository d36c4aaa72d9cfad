//! One worker: an executor slot that serves a request at a time.
//!
//! In: requests from its socket or its queue. Out: replies, feedback, and counts.
//!
//! An emulated executor burns no processor time: a request that arrived at `a` while the one
//! before it ended at `e` ends at `max(a, e) + service`. Arrivals are the kernel's time stamps,
//! so a thread that woke late does not slow the requests behind down.

use std::{
    io::ErrorKind,
    net::{SocketAddrV4, UdpSocket},
    sync::Arc,
    time::Duration,
};

use super::{Job, LOOK_NS, PRIORITY, Shared, queue::Queue};
use crate::{
    options::Executor,
    request::{REQUEST_BYTES, Reply, Request, SCAN},
    sys::{self, Received},
};

/// A request that waits for its worker.
#[derive(Clone, Copy)]
pub(crate) struct Arrived {
    pub(crate) request: Request,
    pub(crate) from: SocketAddrV4,
    pub(crate) arrival_ns: u64,
}

/// Where a worker's requests come from.
pub(crate) enum Inbox {
    /// Its own socket, whose drop count was `n_dropped` when last seen.
    Socket { socket: UdpSocket, n_dropped: u32 },
    /// A queue that the dispatcher fills.
    Queue(Arc<Queue>),
}

/// What one worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) n_get: u64,
    pub(crate) n_scan: u64,
}

/// An executor and what it needs.
pub(crate) struct Worker {
    pub(crate) slot: u32,
    pub(crate) inbox: Inbox,
    pub(crate) reply: UdpSocket,
    pub(crate) job: Job,
    pub(crate) shared: Arc<Shared>,
}

impl Worker {
    /// Serves until the run is over.
    pub(crate) fn run(mut self) -> Served {
        if self.job.executor == Executor::Emulated {
            // A spinning real-time thread would starve the load generator; a sleeping one cannot.
            sys::be_punctual(PRIORITY);
        }
        let mut served = Served::default();
        let mut busy_until_ns = 0;
        while !self.shared.stopped() {
            let result = self.next().and_then(|arrived| match arrived {
                Some(arrived) => self.serve(&arrived, &mut busy_until_ns, &mut served),
                None => Ok(()),
            });
            self.shared.check(result);
        }
        served
    }

    /// The next request, or nothing if none came for a while or what came was none.
    fn next(&mut self) -> Result<Option<Arrived>, String> {
        let (socket, seen_dropped) = match &mut self.inbox {
            Inbox::Queue(queue) => return Ok(queue.pop(Duration::from_nanos(LOOK_NS))),
            Inbox::Socket { socket, n_dropped } => (socket, n_dropped),
        };
        // One byte more than a request, so that longer datagrams are seen to be foreign.
        let mut buffer = [0; REQUEST_BYTES + 1];
        let Some(received) = receive(socket, &mut buffer)? else { return Ok(None) };
        if let Some(n_dropped) = received.n_dropped
            && n_dropped != *seen_dropped
        {
            let count = n_dropped.wrapping_sub(*seen_dropped);
            *seen_dropped = n_dropped;
            if let Some(feedback) = &self.job.feedback {
                feedback.overflow(self.slot, count)?;
            }
        }
        let request = Request::decode(&buffer[..received.n_bytes]);
        Ok(request.map(|request| Arrived::new(request, &received)))
    }

    /// Spends the request's service time, replies, and tells the policy's maps about it.
    fn serve(
        &self,
        arrived: &Arrived,
        busy_until_ns: &mut u64,
        served: &mut Served,
    ) -> Result<(), String> {
        let op = arrived.request.op;
        if let Some(feedback) = &self.job.feedback {
            feedback.begin(self.slot, op)?;
        }
        let service_ns = self.job.load.service_ns(op);
        match self.job.executor {
            Executor::Emulated => {
                *busy_until_ns = arrived.arrival_ns.max(*busy_until_ns) + service_ns;
                sys::sleep_until(*busy_until_ns);
            }
            Executor::Spin => {
                let end_ns = sys::now_ns() + service_ns;
                while sys::now_ns() < end_ns {
                    std::hint::spin_loop();
                }
            }
        }
        let reply = Reply { request: arrived.request, worker: self.slot };
        self.reply
            .send_to(&reply.encode(), arrived.from)
            .map_err(|error| format!("a worker cannot reply: {error}"))?;
        match op {
            SCAN => served.n_scan += 1,
            _ => served.n_get += 1,
        }
        match &self.job.feedback {
            Some(feedback) => feedback.end(self.slot, op),
            None => Ok(()),
        }
    }
}

impl Arrived {
    pub(crate) fn new(request: Request, received: &Received) -> Self {
        Self { request, from: received.from, arrival_ns: received.arrival_ns }
    }
}

/// Receives a datagram, or nothing if none came in the socket's time.
pub(super) fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> Result<Option<Received>, String> {
    match sys::receive(socket, buffer) {
        Ok(received) => Ok(Some(received)),
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => Ok(None),
            _ => Err(format!("the server cannot receive: {error}")),
        },
    }
}
