//! `map get`, `set` and `dump`: reading what a policy keeps, and changing what it decides.

use crate::command::{self, example, syrupc};
use crate::deploying::{AT, counters};
use crate::servers::{Server, ask, ask_often, request, send};
use serde_json::json;
use syrup_load::testing::in_namespace;

/// Waits until the policy has dropped `n` datagrams, which nobody answers.
fn wait_for_drops(n: u64) {
    let is_drop = |one: &(serde_json::Value, u64)| one.0 == json!({"is": "drop"});
    while counters().iter().find(|one| is_drop(one)).unwrap().1 < n {
        std::thread::yield_now();
    }
}

#[test]
fn tokens_that_are_given_are_spent() {
    in_namespace(|| {
        let _server = Server::start("udp", 2);
        syrupc(&["deploy", &example("token"), "--at", AT]).ok();
        let map = |args: &[&str]| syrupc(&[&["map"], args].concat());
        assert_eq!(map(&["dump", "app/tokens"]).ok(), "");
        let silent = send(&request(1, 7));
        wait_for_drops(1);
        assert_eq!(map(&["set", "app/tokens", "7", "2"]).ok(), "");
        ask_often(2, &request(1, 7));
        let silent_too = send(&request(1, 7));
        wait_for_drops(2);
        for client in [silent, silent_too] {
            client.set_nonblocking(true).unwrap();
            assert!(client.recv(&mut [0]).is_err(), "a dropped datagram was answered");
        }
        assert_eq!(map(&["get", "app/tokens", "7"]).ok(), "0\n");
        assert_eq!(map(&["dump", "app/tokens"]).ok(), "7  0\n");
        // By deployment and name it is the same map.
        assert_eq!(map(&["get", "socket_select-udp-9000:tokens", "7"]).ok(), "0\n");
        let (code, value) = command::json(&["map", "get", "app/tokens", "7"]);
        assert_eq!(
            (code, value),
            (0, json!({"format": 1, "map": "tokens", "key": "7", "value": "0"}))
        );
        let (code, value) = command::json(&["map", "dump", "app/tokens"]);
        let entries = json!([{"key": "7", "value": "0"}]);
        assert_eq!((code, value), (0, json!({"format": 1, "map": "tokens", "entries": entries})));
    });
}

#[test]
fn a_worker_said_to_be_busy_is_shunned() {
    in_namespace(|| {
        // All draws hit the one busy worker of 60 once in 60^7 datagrams.
        let _server = Server::start("udp", 60);
        syrupc(&["deploy", &example("scan_avoid"), "--at", AT]).ok();
        syrupc(&["map", "set", "rocksdb/doing", "5", "SCAN"]).ok();
        assert_eq!(syrupc(&["map", "get", "rocksdb/doing", "5"]).ok(), "SCAN\n");
        assert!(!ask_often(100, b"x").contains(&5));
        let rows = syrupc(&["map", "dump", "rocksdb/doing"]).ok();
        assert!(rows.lines().count() == 64 && rows.contains("5  SCAN\n"), "{rows}");
    });
}

#[test]
fn a_state_cell_is_read_and_written() {
    in_namespace(|| {
        let _server = Server::start("udp", 3);
        syrupc(&["deploy", &example("round_robin"), "--at", AT]).ok();
        let cell = "socket_select-udp-9000:turn";
        assert_eq!(ask_often(4, b"x"), [0, 1, 2, 0]);
        assert_eq!(syrupc(&["map", "get", cell]).ok(), "4\n");
        syrupc(&["map", "set", cell, "2"]).ok();
        assert_eq!(ask(b"x"), 2);
        assert_eq!(syrupc(&["map", "dump", cell]).ok(), "3\n");
    });
}

#[test]
fn what_cannot_be_read_or_written_is_told() {
    in_namespace(|| {
        let _server = Server::start("udp", 2);
        let at = |name: &str| format!("socket_select-udp-9000:{name}");
        syrupc(&["deploy", &example("scan_avoid"), "--at", AT]).ok();
        for (args, part) in [
            (vec!["get", "rocksdb/other", "1"], "no map is pinned as `rocksdb/other`"),
            (vec!["get", "rocksdb/doing"], "which key of `doing`?"),
            (vec!["get", "rocksdb/doing", "x"], "key of `doing`: `x` is no number"),
            (vec!["get", "rocksdb/doing", "64"], "`doing` has no entry 64"),
            (vec!["set", "rocksdb/doing", "1"], "which key of `doing`?"),
            (vec!["set", "rocksdb/doing", "64", "GET"], "`doing` has no room for 64: it holds 64"),
            (vec!["set", "rocksdb/doing", "1", "PUT"], "`PUT` is no case of Op; there are: GET"),
            (vec!["set", &at("workers"), "1", "1"], "belongs to Syrup itself"),
            (vec!["dump", &at("nothing")], "has no map `nothing`"),
            (vec!["dump", "elsewhere:doing"], "there is no deployment `elsewhere`"),
        ] {
            let text = syrupc(&[&["map"], &args[..]].concat()).sentence(2);
            assert!(text.contains(part), "{args:?}: {text}");
        }
    });
}
