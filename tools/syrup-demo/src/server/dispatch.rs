//! Steering inside the server: one thread receives and hands each datagram to a worker's queue.
//!
//! In: datagrams, and a policy that is asked for each. Out: filled queues.
//!
//! Without kernel steering there is no UDP header to show to the policy, so it is rebuilt
//! (RFC 768); its checksum field is 0, "none".

use std::{
    net::{SocketAddrV4, UdpSocket},
    sync::Arc,
};

use super::{
    PRIORITY, Shared,
    queue::Queue,
    worker::{Arrived, receive},
};
use crate::{
    request::Request,
    steering::{Decide, Decision, Feedback},
    sys,
};

/// Bytes of a UDP header (RFC 768).
const UDP_HEADER_BYTES: usize = 8;

/// Bytes of the longest datagram that is shown whole: what fits an Ethernet frame.
const DATAGRAM_BYTES_MAX: usize = 1_500;

/// The thread that steers.
pub(crate) struct Dispatcher {
    pub(crate) socket: UdpSocket,
    pub(crate) port: u16,
    pub(crate) queues: Vec<Arc<Queue>>,
    pub(crate) policy: Box<dyn Decide>,
    pub(crate) feedback: Option<Arc<dyn Feedback>>,
    pub(crate) shared: Arc<Shared>,
}

impl Dispatcher {
    /// Steers until the run is over.
    pub(crate) fn run(mut self) {
        // Above the workers: they wait for it.
        sys::be_punctual(PRIORITY + 1);
        while !self.shared.stopped() {
            let result = self.steer_one();
            self.shared.check(result);
        }
    }

    fn steer_one(&mut self) -> Result<(), String> {
        let mut buffer = [0; UDP_HEADER_BYTES + DATAGRAM_BYTES_MAX];
        let Some(received) = receive(&self.socket, &mut buffer[UDP_HEADER_BYTES..])? else {
            return Ok(());
        };
        let n_bytes = UDP_HEADER_BYTES + received.n_bytes;
        let header = udp_header(received.from.port(), self.port, n_bytes as u16);
        buffer[..UDP_HEADER_BYTES].copy_from_slice(&header);
        let datagram = &buffer[..n_bytes];

        let hash = flow_hash(received.from, self.port);
        let decision = self.policy.decide(datagram, hash)?;
        let Some(slot) = placement(decision, hash, self.queues.len()) else { return Ok(()) };
        let Some(request) = Request::decode(&datagram[UDP_HEADER_BYTES..]) else {
            return Ok(());
        };
        if self.queues[slot].push(Arrived::new(request, &received)) {
            return Ok(());
        }
        match &self.feedback {
            Some(feedback) => feedback.overflow(slot as u32, 1),
            None => Ok(()),
        }
    }
}

fn udp_header(source_port: u16, port: u16, n_bytes: u16) -> [u8; UDP_HEADER_BYTES] {
    let mut header = [0; UDP_HEADER_BYTES];
    header[0..2].copy_from_slice(&source_port.to_be_bytes());
    header[2..4].copy_from_slice(&port.to_be_bytes());
    header[4..6].copy_from_slice(&n_bytes.to_be_bytes());
    header
}

/// The queue that a decision means, or nothing to drop the datagram.
///
/// The default maps the hash to a socket by `hash * n >> 32`, as the kernel does
/// (include/linux/kernel.h, `reciprocal_scale`).
fn placement(decision: Decision, hash: u32, n_queues: usize) -> Option<usize> {
    let by_hash = ((u64::from(hash) * n_queues as u64) >> 32) as usize;
    match decision {
        Decision::Slot(slot) if (slot as usize) < n_queues => Some(slot as usize),
        Decision::Slot(_) | Decision::Pass => Some(by_hash),
        Decision::Drop => None,
    }
}

/// Mixes what tells flows apart (the finalizer of MurmurHash3, which reaches every bit).
fn flow_hash(from: SocketAddrV4, port: u16) -> u32 {
    let ports = (u32::from(from.port()) << 16) | u32::from(port);
    let mut hash = u32::from_be_bytes(from.ip().octets()).rotate_left(16) ^ ports;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn the_header_is_that_of_rfc_768() {
        assert_eq!(udp_header(0x0102, 0x0304, 44), [1, 2, 3, 4, 0, 44, 0, 0]);
    }

    #[test]
    fn decisions_become_queues() {
        let half = 1 << 31;
        assert_eq!(placement(Decision::Slot(5), 0, 6), Some(5));
        assert_eq!(placement(Decision::Slot(6), half, 6), Some(3), "an empty slot passes");
        assert_eq!(placement(Decision::Pass, half, 6), Some(3));
        assert_eq!(placement(Decision::Pass, u32::MAX, 6), Some(5));
        assert_eq!(placement(Decision::Drop, half, 6), None);
    }

    #[test]
    fn flows_spread_over_all_queues() {
        let mut n_flows = [0; 6];
        for port in 20_000..20_600 {
            let from = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
            let hash = flow_hash(from, 9_000);
            n_flows[placement(Decision::Pass, hash, 6).expect("nothing is dropped")] += 1;
        }
        assert!(n_flows.iter().all(|n| (60..140).contains(n)), "{n_flows:?}");
    }
}
