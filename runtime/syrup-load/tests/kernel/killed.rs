//! Deployers that are killed at any moment: what is left reads as the old policy or the new one,
//! and the next deployer settles it.

use crate::artifacts::{assert_nothing_left, by_byte};
use crate::deploying::{pins, request, root, spread};
use crate::servers::{Server, ask_udp};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Duration;
use syrup_load::testing::in_namespace;
use syrup_load::{DeployRequest, Protocol, deploy, list, undeploy};
use syrup_wire::artifact::Artifact;

const DEPLOYER: &str = "SYRUP_TEST_DEPLOYER";
/// How many deployers are killed, each a little later than the one before.
const N_KILLS: u32 = 60;

#[test]
fn a_killed_deployer_leaves_the_old_policy_or_the_new() {
    in_namespace(|| {
        let _server = Server::start(Protocol::Udp, 9000, 4);
        let artifact = by_byte();
        replace(&artifact, 0);
        for i in 0..N_KILLS {
            kill_a_deployer(&artifact, Duration::from_micros(u64::from(i) * 211));
            for byte in 0..4 {
                let shift = (4 + ask_udp(9000, byte) - byte) % 4;
                assert!(shift <= 1, "kill {i}: byte {byte} was shifted by {shift}");
            }
            let found = list(root()).unwrap();
            assert_eq!(found.len(), 1, "kill {i}");
            assert!(found[0].executors[0].iter().all(|slot| slot.cookie.is_some()), "kill {i}");
        }
        replace(&artifact, 1);
        assert_eq!(ask_udp(9000, 0), 1);
        undeploy(root(), "socket_select-udp-9000").unwrap();
        assert!(spread(9000) > 1);
        assert_eq!(pins(), BTreeSet::new());
        assert_nothing_left();
    });
}

#[test]
fn a_killed_undeployer_leaves_something_to_undeploy_or_nothing() {
    in_namespace(|| {
        let _server = Server::start(Protocol::Udp, 9000, 4);
        let artifact = by_byte();
        for i in 0..N_KILLS / 3 {
            replace(&artifact, 0);
            kill_an_undeployer(Duration::from_micros(u64::from(i) * 97));
            match list(root()).unwrap().as_slice() {
                [] => {}
                [one] => assert!(undeploy(root(), &one.id).is_ok(), "kill {i}"),
                more => panic!("kill {i}: {more:?}"),
            }
            assert!(spread(9000) > 1, "kill {i}");
        }
        // The next writer sweeps what was cut off while it was removed.
        replace(&artifact, 0);
        undeploy(root(), "socket_select-udp-9000").unwrap();
        assert_eq!(pins(), BTreeSet::new());
        assert_nothing_left();
    });
}

fn replace(artifact: &Artifact, shift: u64) {
    let params = vec![1, shift];
    let request = DeployRequest { params, replace: true, ..request(Protocol::Udp, 9000) };
    deploy(artifact, &request).unwrap();
}

fn kill_a_deployer(artifact: &Artifact, after: Duration) {
    kill("deployer_process", &artifact.to_json(), after);
}

fn kill_an_undeployer(after: Duration) {
    kill("undeployer_process", "", after);
}

/// Starts a process, waits until it works, and kills it a moment later.
fn kill(process: &str, text: &str, after: Duration) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([&format!("killed::{process}"), "--exact", "--ignored", "--nocapture"])
        .env(DEPLOYER, text)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = child.stdout.take().unwrap();
    let is_ready = |line: String| line.contains("deployer-ready");
    assert!(BufReader::new(out).lines().map_while(Result::ok).any(is_ready));
    // Where the kill lands is up to chance, and right wherever that is.
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Replaces the policy again and again; not a test.
#[test]
#[ignore = "a process that a test starts"]
fn deployer_process() {
    let Ok(text) = std::env::var(DEPLOYER) else { return };
    // The names in the artifact are those of the process that waits for this one.
    let artifact = Artifact::from_json(&text).unwrap();
    println!("deployer-ready");
    for i in 0.. {
        replace(&artifact, i % 2);
    }
}

/// Undeploys and waits for its end; not a test.
#[test]
#[ignore = "a process that a test starts"]
fn undeployer_process() {
    let Ok(_) = std::env::var(DEPLOYER) else { return };
    println!("deployer-ready");
    undeploy(root(), "socket_select-udp-9000").unwrap();
    let _ended = std::io::stdin().read_to_end(&mut Vec::new());
}
