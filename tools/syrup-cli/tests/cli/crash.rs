//! Deployers that are killed at every system call by which they change something: what is left is
//! what was there before or what was asked for, the sockets are never without a choice, and
//! settling it leaves no pin, program or map behind.
//!
//! Without more, every third change is tried, and which third differs from run to run;
//! `SYRUP_CRASH_ROUNDS=20` tries every one that often.

use crate::command::{Folder, command, syrupc};
use crate::deploying::{AT, assert_nothing_pinned};
use crate::servers::{Server, ask_often, request};
use std::path::Path;
use std::process::Stdio;
use syrup_load::testing::{CHANGES, assert_no_objects, in_namespace, kill_at};
use syrup_load::{DeploymentState, list, recover};

const PINS: &str = "/sys/fs/bpf/syrup";

/// A policy that sends everything to one slot; its objects' names begin with `crash_`.
fn policy(folder: &Folder, slot: u32) -> String {
    let text = format!(
        "edition 2026;\nexecutors crash_to: socket[4] else pass;\n\
         @pin(\"crash/kept\") @user(write)\nmap crash_kept: Hash<u32, u64, 64>;\n\
         @hooks(socket_select)\npolicy crash_{slot}(pkt: Packet) -> crash_to {{\n    \
         if (crash_kept[9] else 0) == 7 {{ return drop; }}\n    crash_to[{slot}]\n}}\n"
    );
    folder.file(&format!("policy{slot}.syr"), text)
}

/// How often every change is tried, if that is asked for.
fn rounds() -> Option<u32> {
    std::env::var("SYRUP_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok())
}

/// Which slot every input goes to; nothing when the kernel chooses.
fn chosen() -> Option<u8> {
    let to = ask_often(24, &request(1, 7));
    to.iter().all(|one| *one == to[0]).then_some(to[0])
}

/// Settles what is left, twice, and says what is deployed then.
fn settle(what: &str) -> Option<String> {
    recover(Path::new(PINS)).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(recover(Path::new(PINS)).unwrap(), 0, "{what}: settled twice");
    let found = list(Path::new(PINS)).unwrap();
    assert!(found.len() <= 1, "{what}: {found:?}");
    found.into_iter().next().map(|one| {
        assert_eq!(one.state, DeploymentState::Active, "{what}");
        let filled = one.executors[0].iter().filter(|slot| slot.cookie.is_some()).count();
        assert_eq!(filled, 3, "{what}");
        one.record.artifact.policy
    })
}

/// Kills a command at its first change, its second, and so on until it comes to its end; checks
/// what is left after each kill. How many kills there were.
fn at_every_change(args: &[&str], prepare: &dyn Fn(), check: &dyn Fn(&str)) -> usize {
    let (first, stride) = if rounds().is_some() { (0, 1) } else { (std::process::id() % 3, 3) };
    for (kills, n) in (first as usize..).step_by(stride).enumerate() {
        prepare();
        let mut deployer = command(args);
        deployer.stdout(Stdio::null());
        let killed = kill_at(&mut deployer, CHANGES, n).unwrap();
        check(&format!("{} killed at change {n}", args[0]));
        if !killed {
            return kills;
        }
    }
    unreachable!("a command makes a bounded number of changes")
}

fn expect(what: &str, deployed: Option<&str>, to: Option<u8>) {
    let allowed = [(None, None), (Some("crash_1"), Some(1)), (Some("crash_2"), Some(2))];
    assert!(
        allowed.contains(&(deployed, to)),
        "{what}: {deployed:?} is deployed and {to:?} chosen"
    );
}

#[test]
fn a_kill_at_any_change_leaves_the_old_or_the_new() {
    in_namespace(|| {
        let folder = Folder::new("crash");
        let (first, second) = (policy(&folder, 1), policy(&folder, 2));
        let _server = Server::start("udp", 3);
        let (mut kills, undeploy) = (0, || drop(syrupc(&["undeploy", AT])));
        for _ in 0..rounds().unwrap_or(1) {
            kills += at_every_change(&["deploy", &first, "--at", AT], &undeploy, &|what| {
                let before = chosen();
                assert!(matches!(before, None | Some(1)), "{what}: {before:?}");
                let deployed = settle(what);
                expect(what, deployed.as_deref(), chosen());
            });
            let replace = ["deploy", &second, "--at", AT, "--replace"];
            let deploy_first = || {
                syrupc(&["deploy", &first, "--at", AT, "--replace"]).ok();
                syrupc(&["map", "set", "crash/kept", "3", "5"]).ok();
            };
            kills += at_every_change(&replace, &deploy_first, &|what| {
                let before = chosen();
                assert!(matches!(before, Some(1 | 2)), "{what}: {before:?}");
                let deployed = settle(what);
                assert!(deployed.is_some(), "{what}: nothing is deployed");
                expect(what, deployed.as_deref(), chosen());
                // The map that both versions have keeps what was in it.
                assert_eq!(syrupc(&["map", "get", "crash/kept", "3"]).ok(), "5\n", "{what}");
            });
            kills += at_every_change(&["undeploy", AT], &deploy_first, &|what| {
                let before = chosen();
                assert!(matches!(before, None | Some(1)), "{what}: {before:?}");
                let deployed = settle(what);
                expect(what, deployed.as_deref(), chosen());
            });
            undeploy();
            assert_nothing_pinned();
            assert_no_objects("crash_");
        }
        println!("{kills} kills");
        assert!(kills > 50, "only {kills} kills");
    });
}
