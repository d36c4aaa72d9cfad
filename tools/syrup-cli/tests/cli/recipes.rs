//! Servers that know nothing of Syrup, as Debian ships them: a policy is put in front of one under
//! load, replaced and taken away, and no request fails.
//!
//! In: nginx and unbound, where they are installed; skipped with a reason where not. Out: answers
//! to every request, and where they came from.

use crate::command::{Folder, example, json, root, syrupc};
use crate::deploying::assert_nothing_pinned;
use crate::servers::PORT;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use syrup_load::testing::{in_namespace, skip};

/// A server that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // A master passes the signal on to its workers, which SIGKILL would orphan.
        let pid = self.0.id().to_string();
        let _asked = Command::new("kill").args(["-TERM", &pid]).status();
        let _ended = self.0.wait();
    }
}

fn start(test: &str, program: &str, args: &[&str]) -> Option<Running> {
    let mut command = Command::new(program);
    command.args(args).current_dir(root()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(child) => Some(Running(child)),
        Err(_) => {
            skip(test, &format!("there is no {program}"));
            None
        }
    }
}

/// Waits until something answers.
fn until_answered(ask: &dyn Fn() -> Option<String>) {
    let started = Instant::now();
    while ask().is_none() {
        assert!(started.elapsed() < Duration::from_secs(20), "the server does not answer");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// One request by a connection of its own; what the server answered.
fn http() -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.trim().to_owned())
}

/// One question for a name; the address in the answer.
fn dns(name: &str) -> Option<String> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let mut query = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        query.push(label.len() as u8);
        query.extend(label.bytes());
    }
    query.extend([0, 0, 1, 0, 1]);
    socket.send_to(&query, (Ipv4Addr::LOCALHOST, PORT)).ok()?;
    let mut answer = [0; 512];
    let n = socket.recv(&mut answer).ok()?;
    let address: [u8; 4] = answer.get(n.checked_sub(4)?..n)?.try_into().ok()?;
    (answer[3] & 15 == 0).then(|| Ipv4Addr::from(address).to_string())
}

/// Tells those who ask to end, when it goes out of scope.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Requests without a pause while `change` runs; how many were answered. All must be.
fn under_load(ask: &(dyn Fn() -> Option<String> + Sync), change: &dyn Fn()) -> u64 {
    let (done, answered, failed) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let counter = if ask().is_some() { &answered } else { &failed };
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        // Also when the change fails, those who ask must end.
        let _until_here = Done(&done);
        let before = answered.load(Ordering::SeqCst);
        change();
        // Some requests follow the last change.
        while answered.load(Ordering::SeqCst) < before + 50 && failed.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
    });
    assert_eq!(failed.load(Ordering::SeqCst), 0, "requests failed");
    answered.load(Ordering::SeqCst)
}

#[test]
fn nginx_under_load_loses_no_request() {
    in_namespace(|| {
        let folder = Folder::new("nginx");
        let config = root().join("examples/round_robin/nginx.conf").canonicalize().unwrap();
        let (prefix, config) = (folder.path(""), config.display().to_string());
        let args = ["-p", &prefix, "-e", "stderr", "-c", &config];
        let Some(_nginx) = start("nginx_under_load_loses_no_request", "nginx", &args) else {
            return;
        };
        until_answered(&http);
        let at = "socket_select:tcp:9000";
        let deploy = |name: &str| syrupc(&["deploy", &example(name), "--at", at, "--replace"]).ok();
        let answered = under_load(&http, &|| {
            for _ in 0..6 {
                deploy("round_robin");
            }
        });
        assert!(answered >= 50, "{answered}");
        // With nobody else asking, the workers take turns.
        let pids: Vec<String> = (0..6).map(|_| http().unwrap()).collect();
        assert!(pids[0] != pids[1] && pids[0] == pids[2] && pids[1] == pids[3], "{pids:?}");
        under_load(&http, &|| drop(syrupc(&["undeploy", at]).ok()));
        assert_nothing_pinned();
    });
}

#[test]
fn unbound_under_load_loses_no_question() {
    in_namespace(|| {
        let args = ["-d", "-c", "examples/dns/unbound.conf"];
        let Some(_unbound) = start("unbound_under_load_loses_no_question", "unbound", &args) else {
            return;
        };
        let ask = || dns("www.example.com");
        until_answered(&ask);
        assert_eq!(ask().as_deref(), Some("192.0.2.1"));
        let at = "socket_select:udp:9000";
        let deploy = |name: &str| syrupc(&["deploy", &example(name), "--at", at, "--replace"]).ok();
        under_load(&ask, &|| {
            for _ in 0..6 {
                deploy("dns");
            }
        });
        // One name is one thread's, whoever asks.
        deploy("dns");
        (0..10).for_each(|_| assert!(ask().is_some()));
        let (_, status) = json(&["status"]);
        let counters = status["deployments"][0]["counters"].as_array().unwrap();
        let steered = counters.iter().filter(|one| one["counter"]["is"] == "steered");
        let counts: Vec<u64> = steered.filter_map(|one| one["count"].as_u64()).collect();
        assert_eq!(counts.iter().filter(|count| **count > 0).count(), 1, "{counts:?}");
        under_load(&ask, &|| drop(syrupc(&["undeploy", at]).ok()));
        assert_nothing_pinned();
    });
}
