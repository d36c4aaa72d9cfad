//! Every example with datagrams, over IPv4 and IPv6, for the oldest target and this machine's.

use crate::group::{FAMILIES, GET, Group, SCAN, TARGETS, request, steered};
use std::net::{IpAddr, UdpSocket};
use syrup_load::Update;
use syrup_load::testing::in_namespace;
use syrup_tests::emit::example;
use syrup_wire::artifact::CounterSpec;

/// Runs a body on a group of `n` sockets with an example, for each target and family.
fn with_groups(name: &str, params: &[u64], n: usize, body: impl Fn(&Group<UdpSocket>)) {
    for target in TARGETS {
        let artifact = example(name, target);
        for ip in FAMILIES {
            body(&Group::udp(&artifact, params, ip, n));
        }
    }
}

/// How many of `n_sent` datagrams, each of a flow of its own, each of `n` sockets received.
fn spread(group: &Group<UdpSocket>, n_sent: usize, bytes: &[u8]) -> Vec<u64> {
    let mut received = vec![0; group.workers.len()];
    for _ in 0..n_sent {
        received[group.ask(&group.client(), bytes)] += 1;
    }
    received
}

#[test]
fn round_robin_takes_turns() {
    in_namespace(|| {
        with_groups("round_robin", &[], 3, |group| {
            for turn in 0..12 {
                assert_eq!(group.ask(&group.client(), b"x"), turn % 3);
            }
            assert_eq!(group.state("turn"), 12);
            let counts: Vec<u64> = (0..3).map(|slot| group.count(&steered(slot))).collect();
            assert_eq!((counts, group.n_seen()), (vec![4; 3], 12));
        });
    });
}

#[test]
fn round_robin_falls_through_where_a_worker_is_gone() {
    in_namespace(|| {
        let mut group = Group::udp(&example("round_robin", "host"), &[], FAMILIES[0], 3);
        drop(group.workers.remove(1));
        // Workers 0 and 2 are left, as elements 0 and 1.
        for turn in 0..12 {
            let got = group.ask(&group.client(), b"x");
            assert!(turn % 3 == 1 || got == [0, 9, 1][turn % 3], "turn {turn}: {got}");
        }
        assert_eq!(group.count(&CounterSpec::EmptySlot { set: 0 }), 4);
        assert_eq!((group.count(&steered(1)), group.n_seen()), (0, 12));
    });
}

#[test]
fn hash_keeps_a_flow_and_spreads_flows() {
    in_namespace(|| {
        with_groups("hash", &[], 6, |group| {
            let mut received = [0u64; 6];
            for _ in 0..40 {
                let client = group.client();
                let first = group.ask(&client, b"x");
                for length in [0, 1, 9, 600] {
                    assert_eq!(group.ask(&client, &vec![7; length]), first);
                }
                received[first] += 5;
            }
            assert!(received.iter().filter(|n| **n > 0).count() > 1, "{received:?}");
            let counts: Vec<u64> = (0..6).map(|slot| group.count(&steered(slot))).collect();
            assert_eq!((counts, group.n_seen()), (received.to_vec(), 200));
        });
        with_groups("hash", &[], 1, |group| assert_eq!(spread(group, 8, b"x"), [8]));
    });
}

#[test]
fn scan_avoid_shuns_workers_that_serve_a_scan() {
    in_namespace(|| {
        // That all draws hit the one busy worker of 64 happens once in 64^7 datagrams.
        with_groups("scan_avoid", &[], 64, |group| {
            group.set_number("doing", 17, SCAN);
            group.set_number("doing", 18, GET);
            let received = spread(group, 300, b"x");
            assert_eq!(received[17], 0, "{received:?}");
            assert!(received.iter().filter(|n| **n > 0).count() > 8, "{received:?}");
        });
        // A busy worker of two is chosen once in 128 times: six draws miss the free one, and the
        // seventh too. 40 of 200 would be a chance of less than 1 in 10^40.
        with_groups("scan_avoid", &[], 2, |group| {
            group.set_number("doing", 0, SCAN);
            let received = spread(group, 200, b"x");
            assert!(received[1] > 160, "{received:?}");
            // With both busy any will do: fewer than 40 of 200 is a chance of 1 in 10^18.
            group.set_number("doing", 1, SCAN);
            let received = spread(group, 200, b"x");
            assert!(received[0] > 40 && received[1] > 40, "{received:?}");
            assert_eq!(group.n_seen(), 400);
        });
    });
}

#[test]
fn sita_gives_scans_a_worker_of_their_own() {
    in_namespace(|| {
        with_groups("sita", &[], 4, |group| {
            assert_eq!(spread(group, 10, &request(SCAN, 7)), [10, 0, 0, 0]);
            // One of three is missed by 60 draws once in 10^10 times.
            let received = spread(group, 60, &request(GET, 7));
            assert!(received[0] == 0 && !received[1..].contains(&0), "{received:?}");
            // The cases of the match are for datagrams that hold a whole request.
            let whole = request(SCAN, 7);
            for length in 0..whole.len() {
                group.ask(&group.client(), &whole[..length]);
            }
            assert_eq!(group.count(&CounterSpec::Pass), whole.len() as u64);
            let longer = [whole.clone(), vec![9; 1000]].concat();
            assert_eq!(group.ask(&group.client(), &longer), 0);
            assert_eq!(group.n_seen(), 71 + whole.len() as u64);
        });
        with_groups("sita", &[], 1, |group| {
            group.ask(&group.client(), &request(GET, 7));
            let fell_through: u64 = group
                .counters()
                .iter()
                .filter(|(spec, _)| !matches!(spec, CounterSpec::Steered { .. }))
                .map(|(_, count)| count)
                .sum();
            assert_eq!(fell_through, 1, "{:?}", group.counters());
        });
    });
}

#[test]
fn token_spends_what_there_is() {
    in_namespace(|| {
        with_groups("token", &[], 3, |group| {
            for (user, n) in [(7, 3), (9, 0), (10, u64::MAX >> 1)] {
                group.set_number("tokens", user, n);
            }
            let ask = |user| group.ask(&group.client(), &request(GET, user));
            let dropped = |user| group.ask_dropped(&group.client(), &request(SCAN, user));
            for _ in 0..3 {
                ask(7);
            }
            for user in [7, 7, 8, 9] {
                dropped(user);
            }
            ask(10);
            group.set_number("tokens", 7, 1);
            ask(7);
            dropped(7);
            let left = [7, 8, 9, 10].map(|user| group.number("tokens", user));
            assert_eq!(left, [Some(0), None, Some(0), Some((u64::MAX >> 1) - 1)]);
            // Without a whole request there is nothing to pay for.
            group.ask(&group.client(), &request(GET, 8)[..19]);
            let counts = [CounterSpec::Pass, CounterSpec::Drop].map(|what| group.count(&what));
            assert_eq!((counts, group.n_seen()), ([6, 5], 11));
        });
    });
}

#[test]
fn allow_list_serves_the_networks_it_names() {
    in_namespace(|| {
        with_groups("allow_list", &[], 2, |group| {
            let allowed = group.loaded.map_named("allowed").unwrap();
            let served = group.address().is_ipv4();
            let refused = |n| {
                group.ask_dropped(&group.client(), b"x");
                assert_eq!(group.state("refused"), n);
            };
            refused(1);
            let prefix = |n_bits: u32, address: [u8; 4]| [n_bits.to_le_bytes(), address].concat();
            allowed.update(&prefix(8, [127, 0, 0, 0]), &[&[1]], Update::Any).unwrap();
            if served {
                group.ask(&group.client(), b"x");
                allowed.update(&prefix(31, [127, 0, 0, 1]), &[&[0]], Update::Any).unwrap();
            }
            refused(2);
        });
    });
}

#[test]
fn weighted_gives_each_worker_its_part() {
    in_namespace(|| {
        with_groups("weighted", &[], 4, |group| {
            // Without weights it is a plain hash: 80 flows miss one of four workers by a chance of
            // less than 1 in 10^9.
            assert!(spread(group, 80, b"x").iter().all(|n| *n > 0));
            group.set_number("weights", 1, 30);
            group.set_number("weights", 3, 10);
            // 200 flows of a chance of 3/4 are between 110 and 190 but for 1 in 10^9.
            let received = spread(group, 200, b"x");
            assert_eq!((received[0], received[2]), (0, 0), "{received:?}");
            assert!((110..190).contains(&received[1]), "{received:?}");
        });
    });
}

#[test]
fn jsq_counts_what_it_gives_and_looks_for_the_shortest() {
    in_namespace(|| {
        with_groups("jsq", &[8], 4, |group| {
            let given = [1_000_000, 1_000_000, 0, 1_000_000];
            for (worker, load) in (0..).zip(given) {
                group.set_number("load", worker, load);
            }
            let received = spread(group, 400, b"x");
            for (worker, load) in (0..).zip(given) {
                let now = group.number("load", worker).unwrap();
                assert_eq!(now - load, received[worker as usize], "{received:?}");
            }
            // Eight draws of four miss the shortest queue once in ten times; 120 of 400 times is
            // a chance of less than 1 in 10^20.
            assert!(received[2] > 280, "{received:?}");
            assert_eq!(group.n_seen(), 400);
        });
        // With one choice it is a draw: fewer than 40 of 400 for one of four is a chance of less
        // than 1 in 10^12.
        let group = Group::udp(&example("jsq", "host"), &[1], FAMILIES[0], 4);
        group.set_number("load", 0, 1_000_000);
        assert!(spread(&group, 400, b"x").iter().all(|n| *n > 40));
    });
}

#[test]
fn the_default_comes_back_with_the_last_reference() {
    in_namespace(|| {
        let artifact = example("sita", "host");
        let address = |ip: IpAddr| (ip, 9000).into();
        let group = Group::udp(&artifact, &[], FAMILIES[0], 4);
        assert_eq!(spread(&group, 8, &request(SCAN, 1)), [8, 0, 0, 0]);
        let at = syrup_load::At { protocol: syrup_load::Protocol::Udp, port: 9000 };
        assert!(syrup_load::detach(at, std::os::fd::AsFd::as_fd(&group.workers[2])).unwrap());
        // 64 flows of the kernel's own hash on one of four sockets: a chance of 1 in 10^37.
        let received = spread(&group, 64, &request(SCAN, 1));
        assert!(received[0] < 64, "{received:?}");
        assert_eq!((group.n_seen(), group.address()), (8, address(FAMILIES[0])));
    });
}
