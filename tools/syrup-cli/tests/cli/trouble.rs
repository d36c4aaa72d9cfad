//! Bad luck outside: one sentence that says what and what to do, and nothing left behind.

use crate::command::{Ended, Folder, example, syrupc};
use crate::deploying::{AT, assert_nothing_pinned};
use crate::servers::{Server, ask_often};
use std::collections::BTreeSet;
use syrup_load::testing::in_namespace;

fn deploy(args: &[&str]) -> Ended {
    syrupc(&[&["deploy", &example("round_robin")], args].concat())
}

/// A deployment that fails with a sentence and leaves nothing.
fn refused(args: &[&str], parts: &[&str]) {
    let text = deploy(args).sentence(2);
    for part in parts {
        assert!(text.contains(part), "{args:?}: `{part}` is not in: {text}");
    }
    assert_nothing_pinned();
}

#[test]
fn places_that_cannot_be_are_told() {
    in_namespace(|| {
        for at in ["", "x", "tc:eth0", "socket_select:udp:0", "socket_select:udp:65536"] {
            refused(&["--at", at], &["write `socket_select:udp:PORT`"]);
        }
        refused(&["--at", AT], &["nobody receives on udp port 9000", "start the application"]);
        let tcp = "socket_select:tcp:9000";
        refused(&["--at", tcp], &["nobody listens on tcp port 9000"]);
        refused(&["--at", AT, "--pid", "4194304"], &["there is no process 4194304"]);
        let _server = Server::start("udp", 2);
        refused(&["--at", tcp], &["nobody listens on tcp port 9000"]);
        let me = std::process::id().to_string();
        refused(&["--at", AT, "--pid", &me], &["does not hold the sockets", "`--pid`"]);
        refused(&["--at", AT, "--policy", "x"], &["there is no policy `x`"]);
        refused(&["--at", AT, "--target", "x"], &["there is no target `x`"]);
    });
}

#[test]
fn sockets_without_reuseport_are_told() {
    in_namespace(|| {
        let _server = Server::start("plain", 1);
        refused(&["--at", AT], &["without SO_REUSEPORT: set it before bind()"]);
    });
}

#[test]
fn more_sockets_than_slots_are_told() {
    in_namespace(|| {
        let _server = Server::start("udp", 65);
        refused(&["--at", AT], &["65 sockets", "`workers` has 64 slots", "socket[65]"]);
        // The kernel goes on to choose.
        assert!(ask_often(64, b"x").into_iter().collect::<BTreeSet<_>>().len() > 1);
    });
}

#[test]
fn several_processes_are_told_apart() {
    in_namespace(|| {
        let (one, other) = (Server::start("udp", 2), Server::start("udp", 3));
        refused(&["--at", AT], &["several processes", "`--pid`", &one.pid(), &other.pid()]);
        let text = deploy(&["--at", AT, "--pid", &other.pid()]).ok();
        assert!(text.contains("3 sockets"), "{text}");
    });
}

#[test]
fn a_place_without_a_bpf_file_system_is_told() {
    in_namespace(|| {
        let _server = Server::start("udp", 2);
        let folder = Folder::new("no-bpffs");
        let pins = folder.path("syrup");
        refused(&["--at", AT, "--pin-root", &pins], &["no BPF file system", "mount -t bpf bpf"]);
        assert_eq!(folder.names(), Vec::<String>::new());
        // Looking there finds nothing.
        assert_eq!(syrupc(&["status", "--pin-root", &pins]).ok(), "nothing is deployed\n");
        let text = syrupc(&["undeploy", "x", "--pin-root", &pins]).sentence(2);
        assert!(text.contains("there is no deployment `x`"), "{text}");
    });
}

#[test]
fn a_policy_for_other_executors_is_told() {
    in_namespace(|| {
        let _server = Server::start("udp", 2);
        let folder = Folder::new("cores");
        let text = std::fs::read_to_string(crate::command::root().join(example("hash"))).unwrap();
        let file = folder.file("cores.syr", text.replace("socket | core | queue", "core"));
        let run = syrupc(&["deploy", &file, "--at", AT]);
        assert!([1, 2].contains(&run.code) && run.out.is_empty(), "{run:?}");
        assert!(run.err.contains("core"), "{run:?}");
        assert_nothing_pinned();
    });
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    in_namespace(|| {
        for name in ["../x", "..", "/", "a/b", "maps", "", "\u{1b}[31m"] {
            let text = syrupc(&["undeploy", name]).sentence(2);
            assert!(!text.contains('\u{1b}'), "{text:?}");
        }
        for name in ["../x", "a/../../b", "", "a:../b", "a/b/c"] {
            syrupc(&["map", "dump", name]).sentence(2);
        }
    });
}
