//! Consistent hashing with datagrams: who gets what is what the table says, before and after the
//! set changes.

use crate::group::{FAMILIES, Group, TARGETS};
use std::net::UdpSocket;
use std::os::fd::AsFd;
use syrup_backend::EmitOptions;
use syrup_load::Executors;
use syrup_load::testing::in_namespace;
use syrup_tests::emit::{artifact, example, target};
use syrup_wire::maglev::table;

/// Positions of the table in the policy.
const SIZE: u32 = 6469;

/// The slot of a client's flow, by the policy's own arithmetic.
fn expected(slots: &[u32], client: &UdpSocket) -> usize {
    let port = u32::from(client.local_addr().unwrap().port());
    let hash = port.wrapping_mul(0x9e37_79b1);
    let at = (u64::from(hash) * u64::from(SIZE)) >> 32;
    table(slots, SIZE)[at as usize] as usize
}

#[test]
fn known_flows_stay_when_executors_come() {
    in_namespace(|| {
        for (name, ip) in TARGETS.into_iter().zip(FAMILIES) {
            let group = Group::udp(&example("maglev", name), &[], ip, 6);
            let executors = Executors::of(&group.loaded, 0).unwrap();
            // Three of the six sockets at first; the other three come when flows are known.
            executors.state().set_len(3).unwrap();
            (3..6).for_each(|slot| executors.clear_slot(slot).unwrap());
            executors.fill_rings().unwrap();
            let clients: Vec<UdpSocket> = (0..20).map(|_| group.client()).collect();
            let before: Vec<usize> = clients.iter().map(|client| group.ask(client, b"x")).collect();
            for (slot, worker) in (0..).zip(&group.workers) {
                executors.fill_socket_slot(slot, worker.as_fd()).unwrap();
            }
            executors.state().set_len(6).unwrap();
            executors.fill_rings().unwrap();
            let after: Vec<usize> = clients.iter().map(|client| group.ask(client, b"x")).collect();
            assert_eq!(before, after);
            let fresh: Vec<usize> = (0..60).map(|_| group.ask(&group.client(), b"x")).collect();
            assert!(fresh.iter().any(|slot| *slot >= 3), "{fresh:?}");
        }
    });
}

#[test]
fn flows_follow_the_table_when_an_executor_leaves() {
    let path = syrup_tests::root().join("tests/run/maglev.syr");
    in_namespace(|| {
        for (name, ip) in TARGETS.into_iter().zip(FAMILIES) {
            let options = EmitOptions { counters: true, twin: false };
            let group = Group::udp(&artifact(&path, &target(name), options), &[], ip, 5);
            let clients: Vec<UdpSocket> = (0..30).map(|_| group.client()).collect();
            let mut reached = [false; 5];
            for client in &clients {
                let got = group.ask(client, b"x");
                assert_eq!(got, expected(&[0, 1, 2, 3, 4], client));
                reached[got] = true;
            }
            assert!(reached.iter().filter(|one| **one).count() > 2, "{reached:?}");
            let executors = Executors::of(&group.loaded, 0).unwrap();
            executors.clear_slot(2).unwrap();
            executors.fill_rings().unwrap();
            for client in &clients {
                assert_eq!(group.ask(client, b"x"), expected(&[0, 1, 3, 4], client));
            }
        }
    });
}
