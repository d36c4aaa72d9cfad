//! Hostile clients: what they send is refused in a sentence, costs the daemon nothing that stays,
//! and does not touch what others deployed.

use super::{ALICE, BOB, Daemon, pins};
use crate::command::ended;
use crate::deploying::AT;
use crate::library::is_there;
use crate::servers::{Server, ask_often, request};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use syrup_load::frame;
use syrup_load::testing::{in_namespace, reuseport_udp};
use syrup_wire::limits::{FORMAT, MESSAGE_BYTES_MAX};
use syrup_wire::protocol::{Call, Deploy, FailureKind, Outcome, Reply, Request};

/// Tells a process which daemon to ask as another user, with a socket as standard input.
const ASKS: &str = "SYRUP_TEST_ASKS";

fn answer(stream: &UnixStream) -> Outcome {
    let soon = Instant::now() + Duration::from_secs(20);
    let frame = frame::read(stream, MESSAGE_BYTES_MAX, soon).unwrap();
    serde_json::from_slice::<Reply>(&frame.body).unwrap().outcome
}

fn failure(outcome: Outcome) -> (FailureKind, String) {
    match outcome {
        Outcome::Failed { kind, message } => (kind, message),
        other => panic!("{other:?}"),
    }
}

/// Sends one body with no sockets.
fn tell(daemon: &Daemon, body: &[u8]) -> (FailureKind, String) {
    let stream = UnixStream::connect(daemon.socket()).unwrap();
    frame::write(&stream, body, &[]).unwrap();
    failure(answer(&stream))
}

fn deploy_of(sources: BTreeMap<String, String>, main: &str) -> Deploy {
    Deploy {
        at: AT.to_owned(),
        main: main.to_owned(),
        sources,
        policy: None,
        params: BTreeMap::new(),
        replace: false,
        counters: true,
        check: false,
        holders: Vec::new(),
    }
}

fn body(call: Call) -> Vec<u8> {
    serde_json::to_vec(&Request { format: FORMAT, call }).unwrap()
}

fn one_file(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("policy.syr".to_owned(), text.to_owned())])
}

fn n_descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// Waits until both processes of the daemon hold as many descriptors as before.
fn assert_descriptors(daemon: &Daemon, before: (usize, usize)) {
    let started = Instant::now();
    let now = || (n_descriptors(daemon.pid()), n_descriptors(daemon.front()));
    // A connection of before may have been open still when they were counted.
    while now().0 > before.0 || now().1 > before.1 {
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}, before {before:?}", now());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_is_no_request_is_refused_and_leaves_nothing() {
    in_namespace(|| {
        let daemon = Daemon::start("no-request", &[]);
        daemon.syrupc(ALICE, &["status"]).ok();
        let before = (n_descriptors(daemon.pid()), n_descriptors(daemon.front()));
        for text in [
            "",
            "{",
            "[]",
            "{\"format\":1}",
            "{\"format\":1,\"call\":{\"do\":\"become_root\"}}",
            "{\"format\":1,\"call\":{\"do\":\"status\",\"uid\":0}}",
            "{\"format\":2,\"call\":{\"do\":\"status\"}}",
            &"[".repeat(100_000),
        ] {
            let (kind, message) = tell(&daemon, text.as_bytes());
            assert_eq!(kind, FailureKind::Protocol, "{text:.40}: {message}");
        }
        let (kind, _) = tell(&daemon, &[0xff, 0xfe]);
        assert_eq!(kind, FailureKind::Protocol);
        // Half a message, none at all, a length that is too much, descriptors without a request.
        let mut silent = Vec::new();
        for n_bytes in 0..4 {
            let mut stream = UnixStream::connect(daemon.socket()).unwrap();
            stream.write_all(&[9, 0, 0, 0][..n_bytes]).unwrap();
            silent.push(stream);
        }
        drop(silent);
        let mut stream = UnixStream::connect(daemon.socket()).unwrap();
        stream.write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert_eq!(failure(answer(&stream)).0, FailureKind::Protocol);
        let file = std::fs::File::open("/proc/self/stat").unwrap();
        for _ in 0..8 {
            let stream = UnixStream::connect(daemon.socket()).unwrap();
            let many = [file.as_fd(); 253];
            frame::write(&stream, b"{}", &many).unwrap();
            assert_eq!(failure(answer(&stream)).0, FailureKind::Protocol);
        }
        assert_descriptors(&daemon, before);
        daemon.syrupc(ALICE, &["status"]).ok();
    });
}

#[test]
fn names_are_names_and_never_paths_or_options() {
    in_namespace(|| {
        let daemon = Daemon::start("names", &[]);
        let text = std::fs::read_to_string(daemon.example("sita")).unwrap();
        for name in ["/etc/passwd", "../x.syr", "--output=x", "-", ".", "a\u{1b}[2J", "a\nb", ""] {
            let sources = BTreeMap::from([(name.to_owned(), text.clone())]);
            let (kind, message) = tell(&daemon, &body(Call::Deploy(deploy_of(sources, name))));
            assert_eq!(kind, FailureKind::Invalid, "{name:?}: {message}");
            assert!(!message.contains(['\u{1b}', '\n']), "{message:?}");
        }
        for policy in ["--counters", "a b", "../x"] {
            let mut call = deploy_of(one_file(&text), "policy.syr");
            call.policy = Some(policy.to_owned());
            assert_eq!(tell(&daemon, &body(Call::Deploy(call))).0, FailureKind::Invalid);
        }
        for id in ["..", "../1000-1/x", "a/b", "maps", "x@new", "a\u{1b}b", ""] {
            let call = Call::Undeploy { deployment: id.to_owned() };
            let (kind, message) = tell(&daemon, &body(call));
            assert!(
                matches!(kind, FailureKind::Invalid | FailureKind::NotFound),
                "{id:?} {kind:?}"
            );
            assert!(!message.contains('\u{1b}'), "{message:?}");
            let (kind, _) = tell(&daemon, &body(Call::OpenMap { map: id.to_owned() }));
            assert!(
                matches!(kind, FailureKind::Invalid | FailureKind::NotFound),
                "{id:?} {kind:?}"
            );
        }
        assert_eq!(pins(), Vec::<String>::new());
    });
}

#[test]
fn sources_that_are_bombs_are_refused_while_others_are_served() {
    in_namespace(|| {
        let daemon = Daemon::start("bombs", &[]);
        let _server = Server::start_as(ALICE, &daemon.program(), "udp", 3);
        let sita = daemon.example("sita");
        daemon.syrupc(ALICE, &["deploy", &sita, "--at", AT]).ok();
        let deep = format!(
            "edition 2026;\npolicy p(pkt: Packet) {{ {} }}",
            "if pkt.len > 1 { ".repeat(50_000)
        );
        let names: String =
            (0..20_000).map(|i| format!("const C{i}: u64 = C{} + C{};\n", i + 1, i + 1)).collect();
        let arms: String = (0..40_000).map(|i| format!("udp(dst_port: {i}) => pass,\n")).collect();
        let arms = format!("edition 2026;\npolicy p(pkt: Packet) {{ match pkt {{ {arms} }} }}");
        for text in [&deep, &names, &arms, "\0\u{202e}\u{1b}]0;x\u{7}", ""] {
            let call = Call::Deploy(deploy_of(one_file(text), "policy.syr"));
            let (kind, message) = tell(&daemon, &body(call));
            let refused = [FailureKind::Policy, FailureKind::Budget, FailureKind::NotFound];
            assert!(refused.contains(&kind), "{text:.30}: {kind:?} {message}");
            assert!(!message.contains('\u{1b}'), "{message:?}");
        }
        assert_eq!(ask_often(6, &request(2, 7)), [0; 6]);
        let big = "edition 2026;\nexecutors workers: socket[4] else pass;\n\
                   map big: Hash<u64, u64, 16_000_000>;\npolicy p(pkt: Packet) -> workers {\n    \
                   if (big[1] else 0) == 7 { return drop; }\n    workers[0]\n}\n";
        std::fs::create_dir_all(daemon.folder.path("big")).unwrap();
        let big = daemon.folder.file("big/policy.syr", big);
        let run = daemon.syrupc(ALICE, &["deploy", &big, "--at", AT, "--replace"]);
        assert!(run.code == 2 && run.err.contains("bytes of maps"), "{run:?}");
        assert_eq!(ask_often(6, &request(2, 7)), [0; 6]);
        let text = daemon.syrupc(ALICE, &["status"]).ok();
        assert!(text.contains("sita at") && text.contains("active"), "{text}");
        daemon.syrupc(ALICE, &["undeploy", AT]).ok();
    });
}

#[test]
fn too_many_requests_of_one_user_leave_others_served() {
    in_namespace(|| {
        let daemon = Daemon::start("many", &[]);
        let call = Call::Undeploy { deployment: "x".to_owned() };
        let hostile = body(call);
        let mut refused = 0;
        for _ in 0..400 {
            let stream = UnixStream::connect(daemon.socket()).unwrap();
            // A refused connection may be closed before the request is written.
            if frame::write(&stream, &hostile[..4], &[]).is_err()
                || failure(answer(&stream)).0 == FailureKind::Quota
            {
                refused += 1;
            }
        }
        assert!(refused > 0, "nothing was refused");
        assert_eq!(daemon.syrupc(ALICE, &["status"]).ok(), "nothing is deployed\n");
    });
}

#[test]
fn sockets_of_others_are_not_deployed_among() {
    in_namespace(|| {
        let daemon = Daemon::start("others-sockets", &[]);
        let mine = reuseport_udp((Ipv4Addr::LOCALHOST, 9000).into()).unwrap();
        // Bob holds root's socket, and the daemon's word on that is the kernel's.
        let text = std::fs::read_to_string(daemon.example("sita")).unwrap();
        let request = daemon
            .folder
            .file("request", body(Call::Deploy(deploy_of(one_file(&text), "policy.syr"))));
        let mut asker = Command::new(daemon.program());
        asker.args(["daemon::hostile::asker_process", "--exact", "--ignored", "--nocapture"]);
        asker.env(ASKS, format!("{} {request}", daemon.socket())).uid(BOB).gid(BOB);
        asker.stdin(Stdio::from(OwnedFd::from(mine)));
        let out = ended(asker.output().unwrap()).out;
        assert!(out.contains("was made by user 0, and user 58002 asks"), "{out}");
        assert_eq!(pins(), Vec::<String>::new());
    });
}

/// Sends a request with standard input as its socket; not a test.
#[test]
#[ignore = "a process that tests start"]
fn asker_process() {
    let Ok(spec) = std::env::var(ASKS) else { return };
    let (socket, request) = spec.split_once(' ').unwrap();
    let stream = UnixStream::connect(socket).unwrap();
    let request = std::fs::read(request).unwrap();
    frame::write(&stream, &request, &[std::io::stdin().as_fd()]).unwrap();
    println!("{:?}", answer(&stream));
}

#[test]
fn a_full_disk_stops_changes_before_they_begin() {
    in_namespace(|| {
        let folder = crate::command::Folder::new("full-disk");
        let state = folder.path("");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", &state]);
        assert!(mount.status().unwrap().success());
        let daemon = Daemon::start("full-disk-daemon", &["--state", &state]);
        let _server = Server::start_as(ALICE, &daemon.program(), "udp", 3);
        let sita = daemon.example("sita");
        let mut filler = std::fs::File::create(folder.path("filler")).unwrap();
        while filler.write_all(&[0; 512]).is_ok() {}
        let text = daemon.syrupc(ALICE, &["deploy", &sita, "--at", AT]).sentence(2);
        assert!(text.contains("audit log cannot be written"), "{text}");
        assert_eq!(pins(), Vec::<String>::new());
        drop(filler);
        std::fs::remove_file(folder.path("filler")).unwrap();
        daemon.syrupc(ALICE, &["deploy", &sita, "--at", AT]).ok();
        assert_eq!(ask_often(6, &request(2, 7)), [0; 6]);
        daemon.syrupc(ALICE, &["undeploy", AT]).ok();
        drop(daemon);
        assert!(Command::new("umount").args(["-l", &state]).status().unwrap().success());
    });
}

/// What a compiler that was taken over would try; it says on standard error what it could do.
const PROBE: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#define TRY(what) do { if ((long)(what) != -1) fprintf(stderr, "could: %s\n", #what); } while (0)
int main(void)
{
    TRY(socket(AF_INET, SOCK_STREAM, 0));
    TRY(socket(AF_UNIX, SOCK_STREAM, 0));
    TRY(open("/etc/passwd", O_RDONLY));
    TRY(open("/proc/self/environ", O_RDONLY));
    TRY(open("/tmp/syrup-probe", O_CREAT | O_WRONLY, 0600));
    TRY(open("/sys/fs/bpf", O_RDONLY));
    TRY(fork());
    TRY(kill(getppid(), 0));
    TRY(ptrace(PTRACE_ATTACH, getppid(), 0, 0));
    TRY(mount("none", "/tmp", "tmpfs", 0, 0));
    TRY(syscall(SYS_bpf, 0, 0, 0));
    TRY(syscall(SYS_unshare, 0x10000000));
    TRY(syscall(SYS_io_uring_setup, 1, 0));
    TRY(setuid(0));
    TRY(execl("/bin/sh", "sh", "-c", "exit 0", (char *)0));
    fprintf(stderr, "memory %s\n", malloc(1ul << 31) ? "unbounded" : "bounded");
#ifdef SPIN
    for (volatile unsigned long i = 0;; i++) {}
#endif
    return 1;
}
"#;

#[test]
fn a_compiler_that_is_taken_over_can_do_nothing() {
    in_namespace(|| {
        if !is_there("cc", "a_compiler_that_is_taken_over_can_do_nothing") {
            return;
        }
        let folder = crate::command::Folder::new("probe");
        let source = folder.file("probe.c", PROBE);
        for (flag, wanted) in [
            ("-DPLAIN", (FailureKind::Policy, "memory bounded")),
            ("-DSPIN", (FailureKind::Budget, "took too much time")),
        ] {
            let probe = folder.path("probe");
            let mut cc = Command::new("cc");
            cc.args(["-O0", flag, &source, "-o", &probe]);
            assert!(cc.stderr(Stdio::null()).status().unwrap().success());
            let daemon = Daemon::start("taken-over", &["--syrupc", &probe]);
            let call = Call::Deploy(deploy_of(one_file("x"), "policy.syr"));
            let (kind, message) = tell(&daemon, &body(call));
            assert_eq!((kind, message.contains(wanted.1)), (wanted.0, true), "{message}");
            assert!(!message.contains("could:"), "{message}");
        }
    });
}
