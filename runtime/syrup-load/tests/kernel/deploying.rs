//! Deploying to another process' sockets and back again, UDP and TCP.

use crate::artifacts::{self, assert_nothing_left, by_byte, without_executors};
use crate::servers::{Server, ask_tcp, ask_udp, local};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use syrup_load::testing::{error_of, in_namespace};
use syrup_load::{
    At, DeployRequest, Deployment, DeploymentState, LoadError, PIN_ROOT, Protocol, deploy, list,
    open_map, open_pinned, undeploy,
};
use syrup_wire::artifact::CounterSpec;
use syrup_wire::record::ExecutorRecord;

pub fn root() -> &'static Path {
    Path::new(PIN_ROOT)
}

pub fn request(protocol: Protocol, port: u16) -> DeployRequest {
    DeployRequest {
        at: At { protocol, port },
        pid: None,
        params: Vec::new(),
        replace: false,
        pin_root: root().to_owned(),
        source_hash: 42,
    }
}

pub fn deploy_by_byte(server: &Server, port: u16) -> Deployment {
    let pid = Some(server.pid());
    deploy(&by_byte(), &DeployRequest { pid, ..request(Protocol::Udp, port) }).unwrap()
}

/// Every file under the root, by path.
pub fn pins() -> BTreeSet<PathBuf> {
    fn walk(path: &Path, found: &mut BTreeSet<PathBuf>) {
        for entry in std::fs::read_dir(path).into_iter().flatten() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), found);
            } else {
                found.insert(entry.path().strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(root(), &mut found);
    found
}

/// Asks with the same byte from many ports: the kernel's own choice spreads them.
pub fn spread(port: u16) -> usize {
    (0..64).map(|_| ask_udp(port, 0)).collect::<BTreeSet<u8>>().len()
}

fn pid_of(executor: &ExecutorRecord) -> u32 {
    match executor {
        ExecutorRecord::Socket { pid, .. } => *pid,
        ExecutorRecord::Core { cpu } => panic!("core {cpu} is no socket"),
        ExecutorRecord::Xsk { pid, .. } => panic!("an AF_XDP socket of {pid}"),
    }
}

#[test]
fn udp_of_another_process_is_steered_and_given_back() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        assert!(spread(9000) > 1);
        let deployment = deploy_by_byte(&server, 9000);
        assert_eq!(deployment.id, "socket_select-udp-9000");
        assert!(deployment.verified_insns > 0 && !deployment.replaced);
        for byte in 0..32 {
            assert_eq!(ask_udp(9000, byte), byte % 4);
        }
        let sockets = &deployment.record.executors[0];
        let pids: Vec<u32> = sockets.iter().map(pid_of).collect();
        assert_eq!(pids, [server.pid(); 4]);
        let gone = undeploy(root(), &deployment.id).unwrap();
        assert!(gone.detached && gone.record == deployment.record);
        assert!(spread(9000) > 1);
        assert_eq!(pins(), BTreeSet::new());
        assert_nothing_left();
    });
}

#[test]
fn tcp_of_another_process_is_steered_and_given_back() {
    in_namespace(|| {
        let _server = Server::start(Protocol::Tcp, 9000, 4);
        for shift in 0..4 {
            let params = vec![0, shift];
            let request = DeployRequest { params, replace: true, ..request(Protocol::Tcp, 9000) };
            deploy(&by_byte(), &request).unwrap();
            for _ in 0..8 {
                assert_eq!(u64::from(ask_tcp(9000)), shift);
            }
        }
        undeploy(root(), "socket_select-tcp-9000").unwrap();
        let answers: BTreeSet<u8> = (0..64).map(|_| ask_tcp(9000)).collect();
        assert!(answers.len() > 1);
        assert_nothing_left();
    });
}

#[test]
fn the_pins_are_what_the_book_says() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 2);
        let id = deploy_by_byte(&server, 9000).id;
        let own = ["socks", "doing"].map(|name| format!("{}_{name}", artifacts::prefix()));
        let ours = ["@sets", "@params", "@counters"].map(str::to_owned);
        let names = own.iter().chain(&ours);
        let mut wanted: BTreeSet<PathBuf> =
            names.map(|name| format!("{id}/maps/{name}").into()).collect();
        wanted.extend([format!("{id}/policy").into(), format!("{id}/record").into()]);
        wanted.extend(["maps/app/doing".into(), "layouts/app/doing".into()]);
        assert_eq!(pins(), wanted);
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(root()).unwrap().permissions().mode() & 0o777, 0o700);
    });
}

#[test]
fn status_shows_executors_and_counters() {
    in_namespace(|| {
        assert_eq!(list(root()).unwrap(), []);
        let server = Server::start(Protocol::Udp, 9000, 3);
        let deployment = deploy_by_byte(&server, 9000);
        for byte in 0..5 {
            // Slot 3 holds nothing, so that byte goes where the kernel likes.
            ask_udp(9000, byte);
        }
        let status = list(root()).unwrap().remove(0);
        assert_eq!((&status.id, &status.record), (&deployment.id, &deployment.record));
        assert_eq!(status.state, DeploymentState::Active);
        let slots = &status.executors[0];
        assert_eq!(slots.len(), 3);
        for (slot, known) in slots.iter().zip(&deployment.record.executors[0]) {
            let ExecutorRecord::Socket { cookie, .. } = known else { panic!("{known:?}") };
            assert_eq!(slot.cookie, Some(*cookie));
            assert_ne!(slot.generation, 0);
        }
        let steered = CounterSpec::Steered { set: 0, slot: 0 };
        assert_eq!(status.counters, [(CounterSpec::Pass, 0), (steered, 5)]);
        assert_eq!(status.program.verified_insns, deployment.verified_insns);
    });
}

#[test]
fn maps_are_opened_by_deployment_and_by_pin() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 2);
        let id = deploy_by_byte(&server, 9000).id;
        let name = format!("{}_doing", artifacts::prefix());
        let (map, spec) = open_map(root(), &id, &name).unwrap();
        assert_eq!(spec.pin.as_deref(), Some("app/doing"));
        map.update(&[1, 0, 0, 0], &[&[9; 8]], syrup_load::Update::Any).unwrap();
        let (same, layout) = open_pinned(root(), "app/doing").unwrap();
        assert_eq!(same.lookup(&[1, 0, 0, 0]).unwrap().unwrap(), [[9; 8]]);
        assert_eq!(layout.unwrap().name, name);
        let text = error_of(open_map(root(), &id, "nothing")).to_string();
        assert!(text.contains("has no map `nothing`: it has") && text.contains(&name), "{text}");
        assert!(error_of(open_map(root(), "x", "y")).to_string().contains("no deployment `x`"));
        assert!(error_of(open_pinned(root(), "a/b")).to_string().contains("pinned as `a/b`"));
        assert!(matches!(error_of(open_pinned(root(), "../x")), LoadError::Invalid(_)));
        assert!(matches!(error_of(undeploy(root(), "../x")), LoadError::Invalid(_)));
        assert!(matches!(error_of(undeploy(root(), "maps")), LoadError::Invalid(_)));
        assert!(matches!(error_of(undeploy(root(), "x")), LoadError::NotFound(_)));
    });
}

#[test]
fn a_deployment_outlives_its_process_only_as_pins() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 2);
        let id = deploy_by_byte(&server, 9000).id;
        drop(server);
        let status = list(root()).unwrap().remove(0);
        assert_eq!(status.state, DeploymentState::Gone);
        assert!(status.executors[0].iter().all(|slot| slot.cookie.is_none()));
        // The application starts again: no need to say `--replace`.
        let server = Server::start(Protocol::Udp, 9000, 4);
        let deployment = deploy_by_byte(&server, 9000);
        assert!(!deployment.replaced);
        assert_eq!(ask_udp(9000, 3), 3);
        drop(server);
        assert!(!undeploy(root(), &id).unwrap().detached);
        assert_eq!(pins(), BTreeSet::new());
        assert_nothing_left();
    });
}

#[test]
fn sockets_that_were_handed_on_are_found_again() {
    in_namespace(|| {
        let socket = syrup_load::testing::reuseport_udp(local(9000)).unwrap();
        let handed_on = socket.try_clone().unwrap();
        let deployment = deploy(&by_byte(), &request(Protocol::Udp, 9000)).unwrap();
        // The descriptor of the record is closed, the socket lives on under another.
        drop(socket);
        assert_eq!(list(root()).unwrap()[0].state, DeploymentState::Active);
        assert!(undeploy(root(), &deployment.id).unwrap().detached);
        drop(handed_on);
        assert_nothing_left();
    });
}

#[test]
fn the_record_names_the_socket_of_each_slot() {
    in_namespace(|| {
        let mut sockets: Vec<_> =
            (0..3).map(|_| syrup_load::testing::reuseport_udp(local(9000)).unwrap()).collect();
        let first = deploy(&by_byte(), &request(Protocol::Udp, 9000)).unwrap().record.executors;
        sockets.remove(1);
        let again = DeployRequest { replace: true, ..request(Protocol::Udp, 9000) };
        let second = deploy(&by_byte(), &again).unwrap().record.executors;
        let nothing = ExecutorRecord::Socket { pid: 0, fd: 0, cookie: 0 };
        assert_eq!(second[0], [first[0][0].clone(), nothing, first[0][2].clone()]);
        let slots = list(root()).unwrap().remove(0).executors.remove(0);
        assert!(slots.len() == 3 && slots[1].cookie.is_none() && slots[1].generation == 0);
    });
}

#[test]
fn a_policy_without_executors_is_deployed_and_taken_away() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 2);
        let deployment = deploy(&without_executors(), &request(Protocol::Udp, 9000)).unwrap();
        assert_eq!(list(root()).unwrap()[0].state, DeploymentState::Active);
        assert!(list(root()).unwrap()[0].executors.is_empty());
        assert!(undeploy(root(), &deployment.id).unwrap().detached);
        deploy(&without_executors(), &request(Protocol::Udp, 9000)).unwrap();
        drop(server);
        assert_eq!(list(root()).unwrap()[0].state, DeploymentState::Gone);
        assert!(!undeploy(root(), &deployment.id).unwrap().detached);
        assert_nothing_left();
    });
}

#[test]
fn sockets_are_complete_while_others_come_and_go() {
    in_namespace(|| {
        let server = Server::start(Protocol::Udp, 9000, 4);
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let _short = std::net::UdpSocket::bind(local(0)).unwrap();
                }
            });
            for _ in 0..300 {
                let found = syrup_load::find_reuseport_sockets(None, Protocol::Udp, 9000).unwrap();
                assert!(found.len() == 4 && found[0].pid == server.pid());
            }
            done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    });
}
