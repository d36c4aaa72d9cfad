//! Deployments that fail or are cut off: everything is as it was.

use crate::artifacts::{assert_nothing_left, by_byte, not_for_sockets, refused};
use crate::deploying::{deploy_by_byte, pins, request, root, spread};
use crate::servers::{Server, ask_udp};
use std::collections::BTreeSet;
use syrup_load::testing::{error_of, in_namespace};
use syrup_load::{DeployRequest, DeploymentState, LoadError, Protocol, deploy, list, undeploy};
use syrup_wire::artifact::Artifact;

#[test]
fn nothing_is_left_when_the_kernel_refuses() {
    in_namespace(|| {
        let _server = Server::start(Protocol::Udp, 9000, 4);
        for artifact in [refused(), not_for_sockets()] {
            let error = error_of(deploy(&artifact, &request(Protocol::Udp, 9000)));
            assert!(matches!(error, LoadError::Refused(_) | LoadError::Io { .. }), "{error}");
            assert_eq!(pins(), BTreeSet::new());
            assert_eq!(list(root()).unwrap(), []);
            assert_nothing_left();
        }
        assert!(spread(9000) > 1);
    });
}

#[test]
fn the_old_policy_stays_when_the_new_one_cannot_be_attached() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 3);
        deploy_by_byte(&server, 9000);
        for artifact in [refused(), not_for_sockets()] {
            let before = (pins(), list(root()).unwrap());
            let request = DeployRequest { replace: true, ..request(Protocol::Udp, 9000) };
            error_of(deploy(&artifact, &request));
            assert_eq!((pins(), list(root()).unwrap()), before);
            assert_eq!((ask_udp(9000, 1), ask_udp(9000, 2)), (1, 2));
        }
    });
}

#[test]
fn requests_that_cannot_be_are_told() {
    in_namespace(|| {
        let at = request(Protocol::Udp, 9000);
        let told = |artifact: &Artifact, request: &DeployRequest, part: &str| {
            let text = error_of(deploy(artifact, request)).to_string();
            assert!(text.contains(part), "{part}: {text}");
            assert_eq!(pins(), BTreeSet::new());
        };
        told(&by_byte(), &at, "nobody receives on udp port 9000");
        let _server = Server::start(Protocol::Udp, 9000, 5);
        told(&by_byte(), &at, "has 5 sockets and executor set `workers` has 4 slots");
        told(&by_byte(), &DeployRequest { params: vec![1, 9], ..at.clone() }, "takes 0 to 3");
        let xdp = Artifact { hook: "xdp".to_owned(), ..by_byte() };
        told(&xdp, &at, "compiled for hook `xdp`");
        let mut roomy = by_byte();
        roomy.sets.push(roomy.sets[0].clone());
        told(&roomy, &at, "several executor sets");
        let _small = Server::start(Protocol::Udp, 9001, 1);
        let elsewhere = DeployRequest { pin_root: "/tmp/syrup".into(), ..at.clone() };
        let port = syrup_load::At { port: 9001, ..at.at };
        told(&by_byte(), &DeployRequest { at: port, ..elsewhere }, "no BPF file system at /tmp");
    });
}

#[test]
fn what_a_crash_leaves_is_swept_or_settled() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        let id = deploy_by_byte(&server, 9000).id;
        let (place, new) = (root().join(&id), root().join(format!("{id}@new")));
        // Before the directory was put in place: not shown, and swept by the next writer.
        std::fs::create_dir_all(new.join("maps")).unwrap();
        assert_eq!(list(root()).unwrap().len(), 1);
        deploy(&by_byte(), &DeployRequest { replace: true, ..request(Protocol::Udp, 9000) })
            .unwrap();
        assert!(!new.exists());
        // After it was put in place: shown as interrupted, and settled either way.
        let interrupt = || std::fs::rename(place.join("record"), place.join("intent")).unwrap();
        interrupt();
        assert_eq!(list(root()).unwrap()[0].state, DeploymentState::Interrupted);
        let text = error_of(deploy(&by_byte(), &request(Protocol::Udp, 9000))).to_string();
        assert!(text.contains("interrupted"), "{text}");
        deploy(&by_byte(), &DeployRequest { replace: true, ..request(Protocol::Udp, 9000) })
            .unwrap();
        assert_eq!(list(root()).unwrap()[0].state, DeploymentState::Active);
        interrupt();
        assert!(undeploy(root(), &id).unwrap().detached);
        assert!(spread(9000) > 1);
        assert_eq!(pins(), BTreeSet::new());
        assert_nothing_left();
    });
}

#[test]
fn sockets_of_another_policy_are_not_taken() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 2);
        deploy_by_byte(&server, 9000);
        // Another root knows nothing of the first deployment, but the kernel does.
        let pin_root = root().with_file_name("other");
        let request = DeployRequest { pin_root: pin_root.clone(), ..request(Protocol::Udp, 9000) };
        let error = error_of(deploy(&by_byte(), &request));
        assert!(matches!(error, LoadError::Busy(_)), "{error}");
        assert_eq!(list(&pin_root).unwrap(), []);
        assert_eq!(ask_udp(9000, 1), 1);
    });
}

#[test]
fn an_ordinary_user_is_told_what_to_do() {
    in_namespace(|| {
        use std::os::unix::process::CommandExt;
        let server = Server::start(Protocol::Udp, 9000, 2);
        let id = deploy_by_byte(&server, 9000).id;
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["failures::ordinary_process", "--exact", "--ignored", "--nocapture"])
            .env("SYRUP_TEST_ORDINARY", id)
            .uid(65534)
            .gid(65534)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        for what in ["load", "deploy", "list", "undeploy"] {
            let line = text.lines().find(|line| line.starts_with(&format!("{what}: ")));
            let line = line.unwrap_or_else(|| panic!("{what}: {text}"));
            assert!(line.contains("run it as root"), "{line}");
        }
        assert_eq!(ask_udp(9000, 1), 1);
    });
}

/// Tries everything and prints what went wrong; not a test.
#[test]
#[ignore = "a process that a test starts"]
fn ordinary_process() {
    let Ok(id) = std::env::var("SYRUP_TEST_ORDINARY") else { return };
    println!("load: {}", error_of(syrup_load::load(&by_byte(), &Default::default())));
    println!("deploy: {}", error_of(deploy(&by_byte(), &request(Protocol::Udp, 9000))));
    println!("list: {}", error_of(list(root())));
    println!("undeploy: {}", error_of(undeploy(root(), &id)));
}
