//! Datagrams whose bytes a program cannot read directly, because the kernel keeps them in
//! fragments behind a short linear part: the policy must read them all the same.
//!
//! Two ways lead there on loopback (`__ip_append_data`, net/ipv4/ip_output.c, and its twin for
//! IPv6): a datagram of more than `SKB_MAX_ALLOC`, about 16 KiB, of which only the UDP header is
//! linear; and one sent in parts, of which the first is. A program that compares with `data_end`
//! shows first that it is so.

use crate::group::{FAMILIES, GET, Group, SCAN, TARGETS, request};
use crate::linear;
use std::net::{IpAddr, UdpSocket};
use syrup_backend::EmitOptions;
use syrup_ebpf::{Manner, PacketAccess};
use syrup_load::testing::{in_namespace, send_more};
use syrup_tests::emit::{self, example};
use syrup_wire::artifact::{Artifact, CounterSpec};

/// A datagram, and how it is sent.
struct Sent {
    /// Its bytes.
    bytes: Vec<u8>,
    /// How many of them go out in a first part.
    first: usize,
    /// How many of the lengths of [`linear::REACHES`] lie in its linear part.
    n_reached: u32,
}

impl Sent {
    /// Sends it and gives the slot of the socket that receives it whole.
    fn ask(&self, group: &Group<UdpSocket>) -> usize {
        self.send(&group.client());
        group.receiver(&self.bytes)
    }

    fn send(&self, client: &UdpSocket) {
        if self.first > 0 {
            send_more(client, &self.bytes[..self.first]).unwrap();
        }
        let rest = &self.bytes[self.first..];
        assert_eq!(client.send(rest).unwrap(), rest.len());
    }
}

/// A request at the start of datagrams of every kind.
fn kinds(op: u64, user: u32) -> Vec<Sent> {
    let request = request(op, user);
    let large = |length: usize| {
        let mut bytes = request.clone();
        bytes.resize(length, 0xaa);
        bytes
    };
    let sent = |bytes: &Vec<u8>, first, n_reached| Sent { bytes: bytes.clone(), first, n_reached };
    vec![
        // As a control of the control: all of it is linear.
        sent(&request, 0, 4),
        sent(&large(1000), 0, 4),
        // Only the UDP header is.
        sent(&large(20_000), 0, 1),
        sent(&large(60_000), 0, 1),
        // The operation is cut.
        sent(&request, 1, 2),
        sent(&request, 7, 2),
        // The operation is whole, the request is cut behind it and in its last byte.
        sent(&request, 8, 3),
        sent(&request, 19, 3),
        sent(&large(9000), 8, 3),
    ]
}

/// Shows that each kind is what it says.
fn assert_kinds(ip: IpAddr) {
    for sent in kinds(SCAN, 7) {
        let group = Group::udp(&linear::artifact(), &[], ip, 2);
        sent.ask(&group);
        let reached = (0..=4).find(|n| group.number("reach", *n) == Some(1));
        let (n_bytes, first) = (sent.bytes.len(), sent.first);
        assert_eq!(reached, Some(sent.n_reached), "{n_bytes} bytes, {first} first");
    }
}

/// Sends every kind to a program of the policy `sita`.
fn assert_steered(artifact: &Artifact, ip: IpAddr) {
    let group = Group::udp(artifact, &[], ip, 4);
    let mut n_sent = 0;
    for _ in 0..4 {
        for sent in kinds(SCAN, 7) {
            assert_eq!(sent.ask(&group), 0, "{} bytes", sent.bytes.len());
            n_sent += 1;
        }
        for sent in kinds(GET, 7) {
            assert_ne!(sent.ask(&group), 0, "{} bytes", sent.bytes.len());
            n_sent += 1;
        }
    }
    // None was taken for a truncated one.
    assert_eq!((group.count(&CounterSpec::Pass), group.n_seen()), (0, n_sent));
}

#[test]
fn bytes_in_fragments_are_read() {
    in_namespace(|| {
        for ip in FAMILIES {
            assert_kinds(ip);
            for target in TARGETS {
                assert_steered(&example("sita", target), ip);
            }
        }
    });
}

#[test]
fn the_helper_alone_reads_the_same() {
    in_namespace(|| {
        let path = syrup_tests::root().join("examples/sita/policy.syr");
        let target = emit::target("host");
        let (policy, sources) = emit::build(&path, &target);
        let options = EmitOptions { counters: true, twin: false };
        let manner = Manner { access: PacketAccess::HelperOnly, ..Manner::default() };
        let artifact = syrup_ebpf::emit_with(&policy, &target, options, &sources, manner).unwrap();
        FAMILIES.into_iter().for_each(|ip| assert_steered(&artifact, ip));
    });
}

#[test]
fn a_datagram_that_ends_early_is_truncated_wherever_its_bytes_lie() {
    in_namespace(|| {
        let group = Group::udp(&example("sita", "host"), &[], FAMILIES[0], 4);
        let whole = request(SCAN, 7);
        for length in [2, 8, 9, 19] {
            for first in [0, 1, length - 1] {
                let sent = Sent { bytes: whole[..length].to_vec(), first, n_reached: 0 };
                let before = group.count(&CounterSpec::Pass);
                sent.ask(&group);
                assert_eq!(group.count(&CounterSpec::Pass), before + 1);
            }
        }
    });
}

#[test]
fn tokens_are_spent_by_requests_in_fragments() {
    in_namespace(|| {
        for ip in FAMILIES {
            let group = Group::udp(&example("token", "host"), &[], ip, 2);
            let n_kinds = kinds(GET, 7).len() as u64;
            group.set_number("tokens", 7, n_kinds);
            for sent in kinds(GET, 7) {
                sent.ask(&group);
            }
            assert_eq!(group.number("tokens", 7), Some(0));
            for (n, sent) in (1..).zip(kinds(GET, 7)) {
                sent.send(&group.client());
                while group.count(&CounterSpec::Drop) < n {
                    std::thread::yield_now();
                }
                assert!(group.take().is_none());
            }
        }
    });
}
