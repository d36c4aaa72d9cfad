//! A log with datagrams: user space reads what the policy wrote, in order, and makes room by it.

use crate::group::{FAMILIES, Group, TARGETS};
use std::net::UdpSocket;
use syrup_backend::EmitOptions;
use syrup_load::Records;
use syrup_load::testing::in_namespace;
use syrup_tests::emit::{artifact, target};

#[test]
fn records_reach_user_space_in_order() {
    let path = syrup_tests::root().join("tests/run/log.syr");
    in_namespace(|| {
        for (name, ip) in TARGETS.into_iter().zip(FAMILIES) {
            let options = EmitOptions { counters: true, twin: false };
            let group = Group::udp(&artifact(&path, &target(name), options), &[], ip, 2);
            let mut log = Records::of(group.loaded.map_named("refused").unwrap()).unwrap();
            let mut wanted = Vec::new();
            // Twice around the buffer: a record takes 16 of its 4096 bytes.
            for turn in 0..600 {
                let client: UdpSocket = group.client();
                let port = client.local_addr().unwrap().port();
                if port % 2 == 1 {
                    group.ask_dropped(&client, b"x");
                    wanted.push(port.to_le_bytes().to_vec());
                } else {
                    group.ask(&client, b"x");
                }
                if turn % 150 == 149 {
                    assert_eq!(log.peek().unwrap(), wanted);
                    assert_eq!(log.take(1).unwrap(), wanted[..1]);
                    assert_eq!(log.take(usize::MAX).unwrap(), wanted[1..]);
                    wanted.clear();
                }
            }
            assert_eq!((log.peek().unwrap(), group.state("lost")), (vec![], 0));
        }
    });
}
