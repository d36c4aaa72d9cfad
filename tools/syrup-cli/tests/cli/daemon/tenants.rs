//! Tenants: what one may do with its own sockets, and with those of others.

use super::{ALICE, BOB, Daemon, pins};
use crate::command::Folder;
use crate::deploying::AT;
use crate::library::{Steps, compile_c, is_there};
use crate::servers::{Server, ask_often, request, send};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::Command;
use syrup_load::testing::in_namespace;

#[test]
fn a_tenant_deploys_replaces_rolls_back_and_undeploys() {
    in_namespace(|| {
        let daemon = Daemon::start("lifecycle", &[]);
        let _server = Server::start_as(ALICE, &daemon.program(), "udp", 3);
        let alice = |args: &[&str]| daemon.syrupc(ALICE, args);
        assert_eq!(alice(&["status"]).ok(), "nothing is deployed\n");
        let (sita, scan) = (daemon.example("sita"), daemon.example("scan_avoid"));
        let plan = alice(&["deploy", &sita, "--at", AT, "--check"]).ok();
        assert!(plan.starts_with("would deploy sita at socket_select:udp:9000: 3"), "{plan}");
        assert_eq!(pins(), Vec::<String>::new());
        let text = alice(&["deploy", &sita, "--at", AT]).ok();
        assert!(text.starts_with("deployed sita at socket_select:udp:9000: 3 sockets"), "{text}");
        assert_eq!(ask_often(9, &request(2, 7)), [0; 9]);
        let text = alice(&["deploy", &scan, "--at", AT]).sentence(2);
        assert!(text.contains("`sita`") && text.contains("`--replace`"), "{text}");
        alice(&["deploy", &scan, "--at", AT, "--replace"]).ok();
        alice(&["map", "set", "rocksdb/doing", "1", "SCAN"]).ok();
        assert_eq!(alice(&["map", "get", "rocksdb/doing", "1"]).ok(), "SCAN\n");
        let text = alice(&["rollback", AT]).ok();
        assert!(text.starts_with("deployed sita"), "{text}");
        assert_eq!(ask_often(9, &request(2, 7)), [0; 9]);
        let text = alice(&["status"]).ok();
        assert!(text.contains("3 of 3 sockets") && text.contains("9  inputs in all"), "{text}");
        let text = alice(&["undeploy", AT]).ok();
        assert!(text.starts_with("undeployed sita from socket_select:udp:9000"), "{text}");
        assert_eq!(pins(), Vec::<String>::new());
        let text = alice(&["rollback", AT]).sentence(2);
        assert!(text.contains("no version before"), "{text}");
        let log = std::fs::read_to_string(daemon.folder.path("state/audit.log")).unwrap();
        let words = ["\"what\":\"deploy\"", "\"what\":\"rollback\"", "\"failed\":\"busy\""];
        assert!(words.iter().all(|word| log.contains(word)), "{log}");
    });
}

#[test]
fn a_killed_daemon_leaves_policies_working_and_the_next_picks_them_up() {
    in_namespace(|| {
        let mut daemon = Daemon::start("killed", &[]);
        let _server = Server::start_as(ALICE, &daemon.program(), "udp", 3);
        let sita = daemon.example("sita");
        daemon.syrupc(ALICE, &["deploy", &sita, "--at", AT]).ok();
        for _ in 0..3 {
            daemon.kill();
            assert_eq!(ask_often(9, &request(2, 7)), [0; 9]);
            daemon.start_again();
            let text = daemon.syrupc(ALICE, &["status"]).ok();
            assert!(text.contains("sita at socket_select:udp:9000, active"), "{text}");
        }
        // A front that is killed is started again by the supervisor.
        let front = daemon.front().to_string();
        assert!(Command::new("kill").args(["-9", &front]).status().unwrap().success());
        while daemon.front().to_string() == front {
            std::thread::yield_now();
        }
        daemon.syrupc(ALICE, &["undeploy", AT]).ok();
        assert_eq!(pins(), Vec::<String>::new());
    });
}

#[test]
fn users_see_and_change_their_own_only() {
    in_namespace(|| {
        let daemon = Daemon::start("users", &[]);
        let _server = Server::start_as(ALICE, &daemon.program(), "udp", 3);
        let sita = daemon.example("sita");
        let text = daemon.syrupc(BOB, &["deploy", &sita, "--at", AT]).sentence(2);
        assert!(text.contains(&format!("belong to user {ALICE}")), "{text}");
        daemon.syrupc(ALICE, &["deploy", &sita, "--at", AT]).ok();
        assert_eq!(daemon.syrupc(BOB, &["status"]).ok(), "nothing is deployed\n");
        let text = daemon.syrupc(BOB, &["undeploy", AT]).sentence(2);
        assert!(text.contains("there is no deployment"), "{text}");
        assert_eq!(ask_often(9, &request(2, 7)), [0; 9]);
        // The pins themselves are closed to others, and so are the directories for listing.
        let pin = pins().into_iter().find(|pin| pin.ends_with("maps/workers")).unwrap();
        for (user, may) in [(ALICE, true), (BOB, false)] {
            let mut test = Command::new("test");
            let readable = test.args(["-r", &pin]).uid(user).gid(user).status().unwrap();
            assert_eq!(readable.success(), may, "{user} {pin}");
            let listed = Command::new("ls").arg(super::PINS).uid(user).gid(user).output().unwrap();
            assert!(!listed.status.success(), "{user} lists the pins");
        }
        daemon.syrupc(ALICE, &["undeploy", AT]).ok();
        assert_eq!(pins(), Vec::<String>::new());
    });
}

#[test]
fn a_c_program_without_privilege_deploys_its_policy_and_adds_a_socket() {
    in_namespace(|| {
        if !is_there("cc", "a_c_program_without_privilege_deploys_its_policy_and_adds_a_socket") {
            return;
        }
        let daemon = Daemon::start("c-deploys", &[]);
        let policy = daemon.example("scan_avoid");
        let folder = Folder::new("c-deploys-program");
        let program = daemon.folder.path("worker");
        std::fs::copy(compile_c(&folder, false), &program).unwrap();
        let mut command = Command::new(&program);
        command.args(["9000", &policy]).env("SYRUP_SOCKET", daemon.socket());
        let mut worker = Steps::start(command.uid(ALICE).gid(ALICE));
        assert_eq!(worker.line(), "bound");
        worker.go_on();
        assert_eq!(worker.line(), "both busy, a third added");
        worker.go_on();
        (0..8).for_each(|_| drop(send(b"x")));
        let to: Vec<String> = (0..8).map(|_| worker.line()).collect();
        assert!(to.iter().filter(|line| *line == "socket 2").count() >= 4, "{to:?}");
        assert_eq!(worker.line(), "done");
        worker.go_on();
        assert!(worker.child.wait().unwrap().success());
        daemon.syrupc(ALICE, &["undeploy", AT]).ok();
        assert_eq!(pins(), Vec::<String>::new());
    });
}

#[test]
fn metrics_tell_what_was_counted() {
    in_namespace(|| {
        let daemon = Daemon::start("metrics", &["--metrics", "127.0.0.1:9464"]);
        let _server = Server::start_as(ALICE, &daemon.program(), "udp", 3);
        let sita = daemon.example("sita");
        daemon.syrupc(ALICE, &["deploy", &sita, "--at", AT]).ok();
        ask_often(5, &request(2, 7));
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, 9464)).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let deployment = format!("uid=\"{ALICE}\"");
        let line = text.lines().find(|line| line.contains("slot=\"0\"")).unwrap();
        assert!(line.contains(&deployment) && line.ends_with("} 5"), "{text}");
        assert!(text.contains("set=\"workers\"} 3"), "{text}");
        daemon.syrupc(ALICE, &["undeploy", AT]).ok();
    });
}
