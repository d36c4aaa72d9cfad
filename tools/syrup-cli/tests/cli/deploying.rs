//! A policy to another process' sockets and back: default, deployed, replaced, default again.

use crate::command::{Folder, example, json, syrupc};
use crate::servers::{Server, ask, ask_often, connect, request};
use serde_json::Value;
use std::collections::BTreeSet;
use syrup_load::testing::in_namespace;

/// Where deployments are kept.
const PINS: &str = "/sys/fs/bpf/syrup";
/// Where the server's UDP sockets are.
pub const AT: &str = "socket_select:udp:9000";
const ID: &str = "socket_select-udp-9000";

fn n_chosen(answers: &[u8]) -> usize {
    answers.iter().collect::<BTreeSet<_>>().len()
}

/// Succeeds when no pin is left.
pub fn assert_nothing_pinned() {
    fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => found.extend(files(&path)),
                path => found.push(path),
            }
        }
        found
    }
    assert_eq!(files(std::path::Path::new(PINS)), Vec::<std::path::PathBuf>::new());
}

/// The counters of the only deployment: what is counted, and how often.
pub fn counters() -> Vec<(Value, u64)> {
    let (code, value) = json(&["status"]);
    assert_eq!((code, &value["format"]), (0, &1.into()));
    let [deployment] = value["deployments"].as_array().unwrap().as_slice() else {
        panic!("{value}")
    };
    let counters = deployment["counters"].as_array().unwrap();
    counters.iter().map(|one| (one["counter"].clone(), one["count"].as_u64().unwrap())).collect()
}

#[test]
fn the_kernels_choice_gives_way_and_comes_back() {
    in_namespace(|| {
        let (scan, get) = (request(2, 7), request(1, 7));
        assert_eq!(syrupc(&["status"]).ok(), "nothing is deployed\n");
        let server = Server::start("udp", 4);
        // 64 flows on one of four sockets by the kernel's own hash: a chance of 1 in 10^37.
        assert!(n_chosen(&ask_often(64, &scan)) > 1);
        let text = syrupc(&["deploy", &example("sita"), "--at", AT]).ok();
        assert!(text.starts_with("deployed sita at socket_select:udp:9000: 4 sockets"), "{text}");
        assert!(text.contains(&format!("of process {}", server.pid())), "{text}");
        assert_eq!(ask_often(20, &scan), [0; 20]);
        assert!(!ask_often(20, &get).contains(&0));
        ask(b"short");
        let counters = counters();
        let count = |what: Value| counters.iter().find(|one| one.0 == what).unwrap().1;
        let to = |slot: u32| serde_json::json!({"is": "steered", "set": 0, "slot": slot});
        assert_eq!(count(to(0)), 20);
        assert_eq!((1..4).map(|slot| count(to(slot))).sum::<u64>(), 20);
        assert_eq!(count(serde_json::json!({"is": "pass"})), 1);
        assert_eq!(counters.iter().map(|one| one.1).sum::<u64>(), 41);
        let text = syrupc(&["status"]).ok();
        for part in
            [ID, "sita at socket_select:udp:9000, active", "4 of 4 sockets", "41  inputs", "20  to"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = syrupc(&["undeploy", AT]).ok();
        assert!(text.starts_with("undeployed sita from socket_select:udp:9000"), "{text}");
        assert!(n_chosen(&ask_often(64, &scan)) > 1);
        assert_eq!(syrupc(&["status"]).ok(), "nothing is deployed\n");
        assert_nothing_pinned();
    });
}

#[test]
fn a_policy_is_replaced_only_when_asked_to() {
    in_namespace(|| {
        let _server = Server::start("udp", 3);
        syrupc(&["deploy", &example("sita"), "--at", AT]).ok();
        let deploy = ["deploy", &example("round_robin"), "--at", AT];
        let text = syrupc(&deploy).sentence(2);
        assert!(text.contains("`sita`") && text.contains("`--replace`"), "{text}");
        assert_eq!(ask_often(6, &request(2, 7)), [0; 6]);
        let text = syrupc(&[&deploy[..], &["--replace"]].concat()).ok();
        let wanted = "deployed round_robin at socket_select:udp:9000 in place of what was there: 3";
        assert!(text.starts_with(wanted) && !text.contains("syrup_"), "{text}");
        assert_eq!(ask_often(6, &request(2, 7)), [0, 1, 2, 0, 1, 2]);
        let (code, value) = json(&["undeploy", ID]);
        let wanted = serde_json::json!({
            "format": 1, "id": ID, "policy": "round_robin", "detached": true,
        });
        assert_eq!((code, value), (0, wanted));
        for name in [ID, AT] {
            assert!(syrupc(&["undeploy", name]).sentence(2).contains("there is no deployment"));
        }
        assert_nothing_pinned();
    });
}

#[test]
fn connections_are_steered_too() {
    in_namespace(|| {
        let server = Server::start("tcp", 3);
        let at = "socket_select:tcp:9000";
        let (code, value) =
            json(&["deploy", &example("round_robin"), "--at", at, "--pid", &server.pid()]);
        assert_eq!((code, &value["format"], &value["at"]), (0, &1.into(), &at.into()));
        let sockets = value["executors"][0].as_array().unwrap();
        assert!(sockets.len() == 3 && sockets.iter().all(|one| one["is"] == "socket"), "{value}");
        let accepted: Vec<u8> = (0..6).map(|_| connect()).collect();
        assert_eq!(accepted, [0, 1, 2, 0, 1, 2]);
        syrupc(&["undeploy", at]).ok();
        assert_nothing_pinned();
    });
}

#[test]
fn what_outlives_its_process_is_shown_and_removed() {
    in_namespace(|| {
        let server = Server::start("udp", 2);
        syrupc(&["deploy", &example("hash"), "--at", AT]).ok();
        drop(server);
        let text = syrupc(&["status"]).ok();
        assert!(
            text.contains("gone: its sockets are closed or its device is gone, undeploy it"),
            "{text}"
        );
        assert_eq!(json(&["status"]).1["deployments"][0]["state"], "gone");
        let text = syrupc(&["undeploy", ID]).ok();
        assert!(text.starts_with("removed by_flow: its sockets or its device were gone"), "{text}");
        assert_nothing_pinned();
    });
}

#[test]
fn parameters_are_given_when_deploying() {
    in_namespace(|| {
        let _server = Server::start("udp", 2);
        let deploy = ["deploy", &example("jsq"), "--at", AT];
        for (set, part) in [
            ("choices=x", "parameter `choices`: `x` is no number"),
            ("choices=", "parameter `choices`: `` is no number"),
            ("choices", "write --set PARAM=VALUE, not `choices`"),
            ("other=1", "the policy has no parameter `other`; it has: choices"),
        ] {
            let text = syrupc(&[&deploy[..], &["--set", set]].concat()).sentence(2);
            assert_eq!(text, part);
            assert_nothing_pinned();
        }
        for number in ["9", "0"] {
            let set = format!("choices={number}");
            let run = syrupc(&[&deploy[..], &["--set", &set]].concat());
            let part = format!("error[E0701]: `choices` is 1 to 8, not {number}");
            assert!(run.code == 1 && run.out.is_empty() && run.err.contains(&part), "{run:?}");
            assert_nothing_pinned();
        }
        syrupc(&[&deploy[..], &["--set", "choices=8"]].concat()).ok();
        assert_eq!(json(&["status"]).1["deployments"][0]["params"], serde_json::json!([8]));
        assert!(syrupc(&["status"]).ok().contains("choices = 8"));
    });
}

#[test]
fn a_pinned_map_of_another_layout_is_not_taken_over() {
    in_namespace(|| {
        let _server = Server::start("udp", 2);
        let _other = Server::start("tcp", 2);
        let folder = Folder::new("layout");
        let policy = |value: &str| {
            format!(
                "edition 2026;\nexecutors workers: socket[8] else pass;\n\
                 @pin(\"app/load\")\nmap load: Hash<u32, Atomic<{value}>, 100>;\n\
                 policy p(pkt: Packet) -> workers {{\n    \
                 let x = load[pkt.len] else return pass;\n    workers[0]\n}}\n"
            )
        };
        let old = folder.file("old.syr", policy("u32"));
        let new = folder.file("new.syr", policy("u64"));
        syrupc(&["deploy", &old, "--at", AT]).ok();
        let run = syrupc(&["deploy", &new, "--at", "socket_select:tcp:9000"]);
        for part in [
            "error[E0704]: `app/load` is already there with another layout",
            "map load: Hash<u32, Atomic<u64>, 100>",
            "this policy: Hash<u32, Atomic<u64>, 100>",
            "there:       Hash<u32, Atomic<u32>, 100>",
            "undeploy the policies that use it",
        ] {
            assert!(run.err.contains(part), "{part}: {run:?}");
        }
        assert_eq!((run.code, run.out.as_str()), (1, ""));
        syrupc(&["undeploy", AT]).ok();
        syrupc(&["deploy", &new, "--at", AT]).ok();
        syrupc(&["undeploy", AT]).ok();
        assert_nothing_pinned();
    });
}
