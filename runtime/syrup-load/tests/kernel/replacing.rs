//! Replacing a policy: what is kept, and that no input meets neither policy.

use crate::artifacts::{self, assert_nothing_left, by_byte, map, without_executors};
use crate::deploying::{deploy_by_byte, pins, request, root};
use crate::servers::{Server, ask_udp, local};
use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use syrup_load::testing::{error_of, in_namespace, objects_named};
use syrup_load::{
    DeployRequest, LoadError, Protocol, Update, deploy, list, open_map, open_pinned, undeploy,
};
use syrup_wire::artifact::Artifact;

fn replace(artifact: &Artifact, shift: u64) -> Result<syrup_load::Deployment, LoadError> {
    let params = vec![1, shift];
    deploy(artifact, &DeployRequest { params, replace: true, ..request(Protocol::Udp, 9000) })
}

#[test]
fn maps_of_the_same_layout_are_kept() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        deploy_by_byte(&server, 9000);
        let before = objects_named(&artifacts::prefix()).unwrap();
        let (doing, _) = open_pinned(root(), "app/doing").unwrap();
        doing.update(&[5, 0, 0, 0], &[&[7; 8]], Update::Any).unwrap();
        drop(doing);
        assert_eq!(ask_udp(9000, 0), 0);
        let deployment = replace(&by_byte(), 1).unwrap();
        assert!(deployment.replaced);
        let kept = ["socks", "sets", "doing"].map(|name| format!("{}_{name}", artifacts::prefix()));
        assert_eq!(deployment.kept_maps, kept);
        assert_eq!(ask_udp(9000, 0), 1);
        let (doing, _) = open_pinned(root(), "app/doing").unwrap();
        assert_eq!(doing.lookup(&[5, 0, 0, 0]).unwrap().unwrap(), [[7; 8]]);
        let status = list(root()).unwrap().remove(0);
        assert_eq!((status.counters[1].1, status.record.params), (1, vec![1, 1]));
        // Only the program, its parameters and its counts are new.
        let after = objects_named(&artifacts::prefix()).unwrap();
        let new: Vec<_> = after.difference(&before).collect();
        assert_eq!(new.len(), 3, "{new:?}");
        drop(doing);
        undeploy(root(), &status.id).unwrap();
        assert_nothing_left();
    });
}

#[test]
fn no_input_meets_neither_policy() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        deploy_by_byte(&server, 9000);
        let done = AtomicBool::new(false);
        let (n_asked, n_shifted) = std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let (mut n_asked, mut n_shifted) = (0u32, 0u32);
                while !done.load(Ordering::Relaxed) {
                    let byte = (n_asked % 4) as u8;
                    let slot = ask_udp(9000, byte);
                    // The policies put a byte here or one further; the kernel would spread them.
                    let shift = (4 + slot - byte) % 4;
                    assert!(shift <= 1, "byte {byte} came to slot {slot}");
                    n_asked += 1;
                    n_shifted += u32::from(shift);
                }
                (n_asked, n_shifted)
            });
            for i in 0..100 {
                replace(&by_byte(), i % 2).unwrap();
            }
            done.store(true, Ordering::Relaxed);
            asking.join().unwrap()
        });
        assert!(n_asked > 0, "asked {n_asked}, of which the second policy answered {n_shifted}");
    });
}

#[test]
fn a_map_of_another_layout_is_new() {
    in_namespace(|| {
        let _server = Server::start(Protocol::Udp, 9000, 4);
        let doing = map::DOING as usize;
        let mut artifact = by_byte();
        artifact.maps[doing].pin = None;
        let id = replace(&artifact, 0).unwrap().id;
        let keys = |artifact: &Artifact| {
            let (map, _) = open_map(root(), &id, &artifact.maps[doing].name).unwrap();
            map.keys().unwrap().len()
        };
        let (map, _) = open_map(root(), &id, &artifact.maps[doing].name).unwrap();
        map.update(&[5, 0, 0, 0], &[&[7; 8]], Update::Any).unwrap();
        assert_eq!(replace(&artifact, 0).unwrap().kept_maps.len(), 3);
        assert_eq!(keys(&artifact), 1);
        artifact.maps[doing].layout_hash = 77;
        assert_eq!(replace(&artifact, 0).unwrap().kept_maps.len(), 2);
        assert_eq!(keys(&artifact), 0);
    });
}

#[test]
fn a_pinned_map_of_another_layout_is_refused_with_both() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        deploy_by_byte(&server, 9000);
        let before = pins();
        let mut other = by_byte();
        other.maps[map::DOING as usize].entries = 32;
        other.maps[map::DOING as usize].layout_hash = 78;
        let error = error_of(replace(&other, 0));
        assert!(matches!(error, LoadError::Layout(_)), "{error}");
        let text = error.to_string();
        assert!(text.contains("`app/doing`"), "{text}");
        assert!(text.contains("wants Hash<u32, Atomic<u64>, 32>"), "{text}");
        assert!(text.contains("there is Hash<u32, Atomic<u64>, 16>"), "{text}");
        assert_eq!(pins(), before);
    });
}

#[test]
fn executors_come_and_go_with_the_policies() {
    in_namespace(|| {
        let _server = Server::start(Protocol::Udp, 9000, 4);
        let id = replace(&by_byte(), 0).unwrap().id;
        for _ in 0..5 {
            let without = DeployRequest { replace: true, ..request(Protocol::Udp, 9000) };
            assert!(deploy(&without_executors(), &without).unwrap().replaced);
            assert!(list(root()).unwrap()[0].executors.is_empty());
            assert!(replace(&by_byte(), 1).unwrap().replaced);
            assert_eq!((ask_udp(9000, 0), ask_udp(9000, 3)), (1, 0));
        }
        assert!(undeploy(root(), &id).unwrap().detached);
        assert_nothing_left();
    });
}

#[test]
fn executors_of_another_layout_cannot_be_replaced_in_place() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        deploy_by_byte(&server, 9000);
        let mut other = by_byte();
        other.maps[map::EXECUTORS as usize].entries = 8;
        other.maps[map::EXECUTORS as usize].layout_hash = 79;
        let error = error_of(replace(&other, 0));
        assert!(matches!(error, LoadError::Layout(_)), "{error}");
        assert!(error.to_string().contains("undeploy socket_select-udp-9000 first"), "{error}");
        assert_eq!(ask_udp(9000, 3), 3);
    });
}

#[test]
fn a_policy_that_is_there_is_not_replaced_unasked() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        deploy_by_byte(&server, 9000);
        let before = pins();
        let error = error_of(deploy(&by_byte(), &request(Protocol::Udp, 9000)));
        assert!(matches!(error, LoadError::Busy(_)), "{error}");
        assert!(error.to_string().contains("`--replace`"), "{error}");
        assert_eq!((ask_udp(9000, 2), pins()), (2, before));
    });
}

#[test]
fn sockets_that_came_later_get_slots() {
    in_namespace(|| {
        let sockets: Vec<UdpSocket> =
            (0..2).map(|_| syrup_load::testing::reuseport_udp(local(9000)).unwrap()).collect();
        replace(&by_byte(), 0).unwrap();
        let before = list(root()).unwrap().remove(0).executors.remove(0);
        assert_eq!(before.len(), 2);
        let third = syrup_load::testing::reuseport_udp(local(9000)).unwrap();
        replace(&by_byte(), 0).unwrap();
        let after = list(root()).unwrap().remove(0).executors.remove(0);
        assert_eq!(after[..2], before);
        assert!(after.len() == 3 && after[2].cookie.is_some());
        drop(third);
        replace(&by_byte(), 0).unwrap();
        let last = list(root()).unwrap().remove(0).executors.remove(0);
        assert_eq!(last, before);
        let client = UdpSocket::bind(local(0)).unwrap();
        client.send_to(&[1], local(9000)).unwrap();
        sockets[1].recv(&mut [0]).unwrap();
    });
}

#[test]
fn a_pin_that_two_policies_share_goes_with_the_last() {
    in_namespace(|| {
        let (one, two) =
            (Server::start(Protocol::Udp, 9000, 2), Server::start(Protocol::Udp, 9001, 2));
        let (one, two) = (deploy_by_byte(&one, 9000).id, {
            let deployment = deploy_by_byte(&two, 9001);
            assert_eq!(deployment.kept_maps.len(), 1);
            deployment.id
        });
        let shared = std::path::Path::new("maps/app/doing");
        undeploy(root(), &one).unwrap();
        assert!(pins().contains(shared));
        undeploy(root(), &two).unwrap();
        assert_eq!(pins(), BTreeSet::new());
    });
}
