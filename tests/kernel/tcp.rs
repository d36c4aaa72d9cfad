//! Examples with TCP connections: which listener accepts.

use crate::group::{FAMILIES, Group, TARGETS, steered};
use std::net::TcpListener;
use syrup_load::testing::in_namespace;
use syrup_tests::emit::example;
use syrup_wire::artifact::CounterSpec;

fn with_groups(name: &str, n: usize, body: impl Fn(&Group<TcpListener>)) {
    for target in TARGETS {
        let artifact = example(name, target);
        for ip in FAMILIES {
            body(&Group::tcp(&artifact, &[], ip, n));
        }
    }
}

#[test]
fn round_robin_gives_connections_in_turn() {
    in_namespace(|| {
        with_groups("round_robin", 3, |group| {
            for turn in 0..9 {
                assert_eq!(group.connect(), turn % 3);
            }
            // The policy is asked once for each connection.
            assert_eq!((group.state("turn"), group.n_seen()), (9, 9));
        });
    });
}

#[test]
fn hash_spreads_connections() {
    in_namespace(|| {
        with_groups("hash", 6, |group| {
            let mut accepted = [0u64; 6];
            for _ in 0..40 {
                accepted[group.connect()] += 1;
            }
            assert!(accepted.iter().filter(|n| **n > 0).count() > 1, "{accepted:?}");
            let counts: Vec<u64> = (0..6).map(|slot| group.count(&steered(slot))).collect();
            assert_eq!((counts, group.n_seen()), (accepted.to_vec(), 40));
        });
    });
}

#[test]
fn policies_about_datagrams_let_connections_pass() {
    in_namespace(|| {
        for name in ["sita", "token"] {
            with_groups(name, 4, |group| {
                for n in 1..=8 {
                    group.connect();
                    assert_eq!((group.count(&CounterSpec::Pass), group.n_seen()), (n, n));
                }
            });
        }
    });
}

#[test]
fn connections_go_to_whoever_has_the_fewest() {
    in_namespace(|| {
        with_groups("jsq_connections", 3, |group| {
            let mut open = [4u64, 0, 2];
            (0..).zip(open).for_each(|(slot, n)| group.set_number("open", slot, n));
            for _ in 0..9 {
                let fewest = (0..3).min_by_key(|slot| open[*slot]).unwrap();
                assert_eq!(group.connect(), fewest, "{open:?}");
                open[fewest] += 1;
            }
            let counted: Vec<u64> =
                (0..3).map(|slot| group.number("open", slot).unwrap()).collect();
            assert_eq!(counted, open);
        });
    });
}

#[test]
fn jsq_and_scan_avoid_choose_for_connections_too() {
    in_namespace(|| {
        with_groups("jsq", 3, |group| {
            let mut accepted = [0u64; 3];
            for _ in 0..12 {
                accepted[group.connect()] += 1;
            }
            let load: Vec<u64> = (0..3).map(|slot| group.number("load", slot).unwrap()).collect();
            assert_eq!(load, accepted);
        });
        with_groups("scan_avoid", 64, |group| {
            group.set_number("doing", 5, crate::group::SCAN);
            for _ in 0..40 {
                assert_ne!(group.connect(), 5);
            }
        });
    });
}
