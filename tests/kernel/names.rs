//! The examples that read runs of bytes, on real sockets: QUIC's connection ids, names of DNS.

use crate::group::{FAMILIES, Group, TARGETS, steered};
use std::net::UdpSocket;
use syrup_load::testing::in_namespace;
use syrup_tests::emit::example;
use syrup_wire::artifact::CounterSpec;

/// A QUIC packet with a short header and an id that names a worker.
fn short(id_bytes: usize, worker: u8) -> Vec<u8> {
    let mut packet = vec![0x40; 1 + id_bytes + 20];
    packet[2] = worker;
    packet
}

/// A QUIC packet with a long header: version, type bits and an id that names a worker.
fn long(version: u32, bits: u8, id_bytes: u8, worker: u8) -> Vec<u8> {
    let mut id = vec![0xaa; id_bytes.into()];
    if let Some(byte) = id.get_mut(1) {
        *byte = worker;
    }
    let start = [0xc0 | bits << 4];
    let parts = [&start[..], &version.to_be_bytes(), &[id_bytes], &id, &[0], &[0; 40]];
    parts.concat()
}

/// A DNS query for a name of labels.
fn query(labels: &[&str], kind: u16, flags: u16) -> Vec<u8> {
    let mut packet = vec![0xdb, 0x42];
    packet.extend(flags.to_be_bytes());
    packet.extend([0, 1, 0, 0, 0, 0, 0, 0]);
    for label in labels {
        packet.push(label.len() as u8);
        packet.extend(label.as_bytes());
    }
    packet.push(0);
    packet.extend(kind.to_be_bytes());
    packet.extend([0, 1]);
    packet
}

fn groups(name: &str, params: &[u64], n: usize, body: impl Fn(&Group<UdpSocket>)) {
    for target in TARGETS {
        let artifact = example(name, target);
        for ip in FAMILIES {
            body(&Group::udp(&artifact, params, ip, n));
        }
    }
}

#[test]
fn a_connection_keeps_its_worker_from_any_address() {
    in_namespace(|| {
        groups("quic", &[8], 6, |group| {
            for worker in 0..6u8 {
                for _ in 0..3 {
                    assert_eq!(group.ask(&group.client(), &short(8, worker)), usize::from(worker));
                }
                assert_eq!(group.ask(&group.client(), &long(1, 2, 8, worker)), usize::from(worker));
                assert_eq!(
                    group.ask(&group.client(), &long(9, 0, 20, worker)),
                    usize::from(worker)
                );
            }
            // The first packets go by the flow, whatever worker their id names.
            let client = group.client();
            let first = group.ask(&client, &long(1, 0, 8, 1));
            for (version, bits) in [(1, 0), (1, 1), (0x6b33_43cf, 1), (0x6b33_43cf, 2)] {
                assert_eq!(group.ask(&client, &long(version, bits, 8, 5)), first);
            }
            // No worker of this number, an id that is too short, a packet that is cut.
            let before = group.count(&CounterSpec::Pass);
            group.ask(&group.client(), &short(8, 1)[..8]);
            group.ask(&group.client(), &long(9, 0, 7, 1));
            group.ask(&group.client(), &long(9, 0, 20, 1)[..20]);
            assert_eq!(group.count(&CounterSpec::Pass), before + 3);
        });
        let group = Group::udp(&example("quic", "host"), &[20], FAMILIES[0], 4);
        assert_eq!(group.ask(&group.client(), &short(20, 3)), 3);
        assert_eq!(group.count(&steered(3)), 1);
    });
}

#[test]
fn a_name_keeps_its_resolver() {
    in_namespace(|| {
        groups("dns", &[], 8, |group| {
            let mut used = std::collections::BTreeSet::new();
            let label = "x".repeat(63);
            let most = [&label[..], &label, &label, &label[..61]];
            let names: [&[&str]; 6] =
                [&["www", "example", "com"], &["a"], &["b"], &["c", "d", "e"], &most, &[]];
            for name in names {
                let small = group.ask(&group.client(), &query(name, 1, 0x100));
                let capitals: Vec<String> = name.iter().map(|l| l.to_uppercase()).collect();
                let capitals: Vec<&str> = capitals.iter().map(String::as_str).collect();
                assert_eq!(group.ask(&group.client(), &query(&capitals, 28, 0)), small);
                used.insert(small);
            }
            assert!(used.len() > 1, "{used:?}");
            // Responses, and questions for everything.
            group.ask_dropped(&group.client(), &query(&["a"], 1, 0x8180));
            group.ask_dropped(&group.client(), &query(&["a"], 255, 0x100));
            // A name that does not end, and one that is a byte too long.
            let whole = query(&["www", "example", "com"], 1, 0x100);
            for length in 0..whole.len() {
                group.ask(&group.client(), &whole[..length]);
            }
            let too_long = query(&[&label, &label, &label, &label[..62]], 1, 0x100);
            group.ask(&group.client(), &too_long);
            let n_passed = whole.len() as u64 + 1;
            assert_eq!(group.count(&CounterSpec::Pass), n_passed);
            assert_eq!(group.n_seen(), 12 + 2 + n_passed);
        });
    });
}
