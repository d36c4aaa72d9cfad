//! Finding sockets: of this process, of others, and all that can be wrong.

use crate::servers::{Server, local};
use std::net::{Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;
use syrup_load::testing::{
    closes_on_exec, error_of, in_namespace, plain_udp, reuseport_tcp, reuseport_udp,
};
use syrup_load::{Found, LoadError, Protocol, find_reuseport_sockets};

fn find(pid: Option<u32>, port: u16) -> Result<Vec<Found>, LoadError> {
    find_reuseport_sockets(pid, Protocol::Udp, port)
}

#[test]
fn own_sockets_are_found_in_the_order_of_their_descriptors() {
    in_namespace(|| {
        let sockets: Vec<_> = (0..3).map(|_| reuseport_udp(local(9000)).unwrap()).collect();
        let _other = reuseport_udp(local(9001)).unwrap();
        for pid in [None, Some(std::process::id())] {
            let found = find(pid, 9000).unwrap();
            let fds: Vec<u32> = found.iter().map(|found| found.fd).collect();
            let mut wanted: Vec<u32> = sockets.iter().map(|s| s.as_raw_fd() as u32).collect();
            wanted.sort_unstable();
            assert_eq!(fds, wanted);
            assert!(found.iter().all(|found| found.pid == std::process::id() && found.uid == 0));
            assert!(found.iter().all(|found| found.local == local(9000)));
            assert!(found.iter().all(|found| closes_on_exec(&found.socket).unwrap()));
        }
    });
}

#[test]
fn a_socket_with_two_descriptors_counts_once() {
    in_namespace(|| {
        let socket = reuseport_udp(local(9000)).unwrap();
        let _again = socket.try_clone().unwrap();
        assert_eq!(find(None, 9000).unwrap().len(), 1);
    });
}

#[test]
fn only_what_is_chosen_among_counts() {
    in_namespace(|| {
        let _bound = reuseport_udp(local(9000)).unwrap();
        let connected = reuseport_udp(local(9000)).unwrap();
        connected.connect(local(9009)).unwrap();
        assert_eq!(find(None, 9000).unwrap().len(), 1);
        let listener = reuseport_tcp(local(9000)).unwrap();
        let _client = std::net::TcpStream::connect(local(9000)).unwrap();
        let _accepted = listener.accept().unwrap();
        let found = find_reuseport_sockets(None, Protocol::Tcp, 9000).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].fd, listener.as_raw_fd() as u32);
    });
}

#[test]
fn v6_sockets_are_found() {
    in_namespace(|| {
        let address = SocketAddr::from((Ipv6Addr::LOCALHOST, 9000));
        let _socket = reuseport_udp(address).unwrap();
        assert_eq!(find(None, 9000).unwrap()[0].local, address);
    });
}

#[test]
fn several_addresses_are_told() {
    in_namespace(|| {
        let _v4 = reuseport_udp(local(9000)).unwrap();
        let _v6 = reuseport_udp(SocketAddr::from((Ipv6Addr::LOCALHOST, 9000))).unwrap();
        let error = error_of(find(None, 9000));
        assert!(matches!(error, LoadError::Ambiguous(_)), "{error}");
        let text = error.to_string();
        assert!(text.contains("127.0.0.1:9000") && text.contains("[::1]:9000"), "{text}");
    });
}

#[test]
fn several_processes_are_listed() {
    in_namespace(|| {
        let (a, b) = (Server::start(Protocol::Udp, 9000, 1), Server::start(Protocol::Udp, 9000, 2));
        let error = error_of(find(None, 9000));
        assert!(matches!(error, LoadError::Ambiguous(_)), "{error}");
        let text = error.to_string();
        for part in [&a.pid().to_string(), &b.pid().to_string(), "2 sockets", "--pid"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let found = find(Some(b.pid()), 9000).unwrap();
        assert!(found.len() == 2 && found.iter().all(|found| found.pid == b.pid()));
    });
}

#[test]
fn what_is_not_there_is_told() {
    in_namespace(|| {
        let text = error_of(find(None, 9000)).to_string();
        assert!(text.contains("nobody receives on udp port 9000"), "{text}");
        let text = error_of(find(Some(u32::MAX / 2), 9000)).to_string();
        assert!(text.contains("there is no process"), "{text}");
        let server = Server::start(Protocol::Udp, 9000, 1);
        let own = std::process::id();
        let text = error_of(find(Some(own), 9000)).to_string();
        assert!(
            text.contains(&format!("process {own}")) && text.contains("does not hold"),
            "{text}"
        );
        let error = error_of(find_reuseport_sockets(Some(server.pid()), Protocol::Tcp, 9000));
        assert!(error.to_string().contains("nobody listens on tcp port 9000"), "{error}");
    });
}

#[test]
fn sockets_without_reuseport_are_told() {
    in_namespace(|| {
        let _plain = plain_udp(local(9000)).unwrap();
        let error = error_of(find(None, 9000));
        assert!(matches!(error, LoadError::Invalid(_)), "{error}");
        let text = error.to_string();
        assert!(text.contains("SO_REUSEPORT") && text.contains("before bind()"), "{text}");
    });
}

#[test]
fn a_process_of_another_user_is_not_open_to_an_ordinary_one() {
    in_namespace(|| {
        use std::os::unix::process::CommandExt;
        let server = Server::start(Protocol::Udp, 9000, 1);
        let program = std::env::current_exe().unwrap();
        let output = std::process::Command::new(program)
            .args(["sockets::finder_process", "--exact", "--ignored", "--nocapture"])
            .env("SYRUP_TEST_FINDER", server.pid().to_string())
            .uid(65534)
            .gid(65534)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("by pid: process"), "{text}");
        assert!(text.contains("is not open to user 65534"), "{text}");
        assert!(text.contains("by port: the sockets on udp port 9000 belong to user 0"), "{text}");
    });
}

/// Looks for sockets and prints what went wrong; not a test.
#[test]
#[ignore = "a process that a test starts"]
fn finder_process() {
    let Ok(pid) = std::env::var("SYRUP_TEST_FINDER") else { return };
    println!("by pid: {}", error_of(find(pid.parse().ok(), 9000)));
    println!("by port: {}", error_of(find(None, 9000)));
}
