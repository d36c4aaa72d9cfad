//! A worker's bounded queue, for a server that steers by itself.
//!
//! In: requests from the dispatcher. Out: the same in order, to one worker; a full queue refuses
//! and counts, as a full receive queue of the kernel does.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::worker::Arrived;

/// A first-in first-out queue with a bound.
pub(crate) struct Queue {
    inner: Mutex<Inner>,
    filled: Condvar,
    n_max: usize,
}

struct Inner {
    requests: VecDeque<Arrived>,
    n_refused: u64,
}

impl Queue {
    /// An empty queue that holds at most `n_max` requests.
    pub(crate) fn new(n_max: usize) -> Self {
        let inner = Inner { requests: VecDeque::with_capacity(n_max), n_refused: 0 };
        Self { inner: Mutex::new(inner), filled: Condvar::new(), n_max }
    }

    /// Appends a request; says whether there was room.
    pub(crate) fn push(&self, request: Arrived) -> bool {
        let mut inner = self.lock();
        if inner.requests.len() >= self.n_max {
            inner.n_refused += 1;
            return false;
        }
        inner.requests.push_back(request);
        self.filled.notify_one();
        true
    }

    /// Takes the oldest request, or nothing if none came in time.
    pub(crate) fn pop(&self, timeout: Duration) -> Option<Arrived> {
        let inner = self.lock();
        let waited = self.filled.wait_timeout_while(inner, timeout, |i| i.requests.is_empty());
        let (mut inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        inner.requests.pop_front()
    }

    /// How many requests found the queue full.
    pub(crate) fn n_refused(&self) -> u64 {
        self.lock().n_refused
    }

    /// How many requests nobody has taken.
    pub(crate) fn n_waiting(&self) -> u64 {
        self.lock().requests.len() as u64
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{GET, Request};
    use std::net::{Ipv4Addr, SocketAddrV4};

    fn request(seq: u64) -> Arrived {
        let request = Request { op: GET, user: 1, key_hash: 0, seq, intended_ns: 0 };
        Arrived { request, from: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 1), arrival_ns: 0 }
    }

    #[test]
    fn order_is_kept_and_the_bound_holds() {
        let queue = Queue::new(2);
        assert_eq!([1, 2, 3].map(|seq| queue.push(request(seq))), [true, true, false]);
        assert_eq!(queue.n_refused(), 1);
        let pop = || queue.pop(Duration::ZERO).map(|arrived| arrived.request.seq);
        assert_eq!([pop(), pop(), pop()], [Some(1), Some(2), None]);
    }
}
