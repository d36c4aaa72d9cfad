//! Less than root: what two capabilities suffice for, and what is said without them.

use crate::command::{Ended, Folder, ended, example, root, syrupc};
use crate::deploying::{AT, assert_nothing_pinned};
use crate::servers::{Server, ask_often, request};
use std::process::Command;
use syrup_load::testing::{in_namespace, skip};

/// A user who owns nothing here.
const NOBODY: u32 = 65534;

/// Runs `syrupc` as root with these capabilities only: `-all,+bpf`.
fn with_capabilities(capabilities: &str, args: &[&str]) -> Ended {
    let mut command = Command::new("setpriv");
    let bounding = format!("--bounding-set={capabilities}");
    command.args([bounding.as_str(), "--inh-caps=-all", env!("CARGO_BIN_EXE_syrupc")]).args(args);
    ended(command.current_dir(root()).output().unwrap())
}

fn setpriv_is_there(test: &str) -> bool {
    let there = Command::new("setpriv").arg("--version").output().is_ok();
    if !there {
        skip(test, "there is no setpriv");
    }
    there
}

#[test]
fn two_capabilities_suffice_to_test_and_deploy() {
    in_namespace(|| {
        if !setpriv_is_there("two_capabilities_suffice_to_test_and_deploy") {
            return;
        }
        let run = |args: &[&str]| with_capabilities("-all,+bpf,+net_admin", args);
        let mut args = vec!["test", "--engine", "ebpf"];
        let files = ["hash", "round_robin", "scan_avoid", "sita", "token", "jsq"].map(example);
        args.extend(files.iter().map(String::as_str));
        assert!(run(&args).ok().ends_with(" passed, 0 failed\n"));
        // The server has those two as well: a process may look into its like.
        let program = std::env::current_exe().unwrap();
        let server = Server::start_with("-all,+bpf,+net_admin", &program, "udp", 3);
        run(&["deploy", &example("sita"), "--at", AT, "--pid", &server.pid()]).ok();
        assert_eq!(ask_often(9, &request(2, 7)), [0; 9]);
        assert!(run(&["status"]).ok().contains("active"));
        run(&["undeploy", AT]).ok();
        assert_nothing_pinned();
    });
}

#[test]
fn both_engines_give_the_same_answer() {
    in_namespace(|| {
        for name in ["hash", "round_robin", "scan_avoid", "sita", "token", "jsq"] {
            let policy = example(name);
            for packet in ["udp()", "tcp()", "udp() / hex\"01 00 00 00 00 00 00 00\""] {
                let on = |engine| syrupc(&["eval", &policy, packet, "--engine", engine]).ok();
                assert_eq!(on("ebpf"), on("interp"), "{name} {packet}");
            }
        }
    });
}

#[test]
fn without_privilege_it_says_what_is_missing() {
    in_namespace(|| {
        if !setpriv_is_there("without_privilege_it_says_what_is_missing") {
            return;
        }
        let _server = Server::start("udp", 2);
        let policy = example("sita");
        for capabilities in ["-all", "-all,+bpf", "-all,+net_admin"] {
            for args in [
                vec!["deploy", &policy, "--at", AT],
                vec!["test", "--engine", "ebpf", &policy],
                vec!["eval", "--engine", "ebpf", &policy, "udp()"],
            ] {
                let text = with_capabilities(capabilities, &args).sentence(2);
                assert!(text.contains("may not load policies"), "{args:?}: {text}");
                assert!(text.contains("CAP_BPF and CAP_NET_ADMIN"), "{args:?}: {text}");
            }
            assert_nothing_pinned();
        }
        // What needs no kernel works without.
        with_capabilities("-all", &["test", &policy]).ok();
        with_capabilities("-all", &["compile", &policy, "--target", "host", "--emit", "asm"]).ok();
    });
}

#[test]
fn processes_of_others_are_not_looked_into() {
    in_namespace(|| {
        if !setpriv_is_there("processes_of_others_are_not_looked_into") {
            return;
        }
        let folder = Folder::new("others");
        let program = folder.path("server");
        std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        let server = Server::start_as(NOBODY, &program, "udp", 2);
        let run = |args: &[&str]| with_capabilities("-all,+bpf,+net_admin", args);
        let deploy = ["deploy", &example("sita"), "--at", AT];
        let text = run(&deploy).sentence(2);
        assert!(text.contains("belong to user 65534") && text.contains("as root"), "{text}");
        let text = run(&[&deploy[..], &["--pid", &server.pid()]].concat()).sentence(2);
        assert!(text.contains(&server.pid()) && text.contains("root"), "{text}");
        assert_nothing_pinned();
        // Root may.
        syrupc(&deploy).ok();
        syrupc(&["undeploy", AT]).ok();
        assert_nothing_pinned();
    });
}

#[test]
fn another_user_is_told_to_be_root() {
    in_namespace(|| {
        use std::os::unix::process::CommandExt;
        let folder = Folder::new("nobody");
        let program = folder.path("syrupc");
        std::fs::copy(env!("CARGO_BIN_EXE_syrupc"), &program).unwrap();
        std::fs::copy(root().join(example("sita")), folder.path("policy.syr")).unwrap();
        let _server = Server::start("udp", 2);
        let policy = folder.path("policy.syr");
        let run = |args: &[&str]| {
            let mut command = Command::new(&program);
            ended(command.args(args).current_dir("/").uid(NOBODY).gid(NOBODY).output().unwrap())
        };
        let text = run(&["deploy", &policy, "--at", AT]).sentence(2);
        assert!(text.contains("run it as root"), "{text}");
        syrupc(&["deploy", &example("sita"), "--at", AT]).ok();
        for args in [vec!["status"], vec!["undeploy", AT], vec!["map", "dump", "a/b"]] {
            let text = run(&args).sentence(2);
            assert!(text.contains("run it as root"), "{args:?}: {text}");
        }
        assert_eq!(ask_often(9, &request(2, 7)), [0; 9]);
    });
}
