//! Applications that know nothing of Syrup: processes with reuseport sockets that answer each
//! input with the number of the socket it came to.
//!
//! In: protocol, port, number of sockets. Out: a running process; questions to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use syrup_load::Protocol;
use syrup_load::testing;

const SPEC: &str = "SYRUP_TEST_SERVER";

/// A server; it ends when this goes out of scope.
pub struct Server {
    child: Child,
}

impl Server {
    /// Starts a server with `n` sockets and waits until they are bound.
    pub fn start(protocol: Protocol, port: u16, n: usize) -> Server {
        let program = std::env::current_exe().expect("the test program knows its path");
        let mut child = Command::new(program)
            .args(["servers::server_process", "--exact", "--ignored", "--nocapture"])
            .env(SPEC, format!("{protocol} {port} {n}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server starts");
        let out = child.stdout.take().expect("its output is piped");
        let is_ready = |line: String| line.contains("server-ready");
        let ready = BufReader::new(out).lines().map_while(Result::ok).any(is_ready);
        assert!(ready, "the server did not start");
        Server { child }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        assert!(ended.is_ok() || std::thread::panicking(), "the server ends: {ended:?}");
    }
}

/// The number of the socket that a datagram with this byte comes to, from a new source port.
pub fn ask_udp(port: u16, byte: u8) -> u8 {
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    // Only a lost answer waits this long.
    client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    client.send_to(&[byte], (Ipv4Addr::LOCALHOST, port)).unwrap();
    let mut answer = [0xff];
    client.recv_from(&mut answer).expect("the server answers");
    answer[0]
}

/// The number of the socket that a new connection comes to.
pub fn ask_tcp(port: u16) -> u8 {
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let mut answer = [0xff];
    client.read_exact(&mut answer).expect("the server answers");
    answer[0]
}

/// `127.0.0.1:port`.
pub fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// The server itself; not a test.
#[test]
#[ignore = "a process that tests start"]
fn server_process() {
    let Ok(spec) = std::env::var(SPEC) else { return };
    let words: Vec<&str> = spec.split(' ').collect();
    let [protocol, port, n] = words.as_slice() else { panic!("a server is told three things") };
    let (port, n): (u16, u8) = (port.parse().unwrap(), n.parse().unwrap());
    for i in 0..n {
        if *protocol == "udp" {
            let socket = testing::reuseport_udp(local(port)).unwrap();
            std::thread::spawn(move || answer_datagrams(&socket, i));
        } else {
            let socket = testing::reuseport_tcp(local(port)).unwrap();
            std::thread::spawn(move || answer_connections(&socket, i));
        }
    }
    println!("server-ready");
    // The end of the input is the end of the test.
    let _ended = std::io::stdin().read_to_end(&mut Vec::new());
}

fn answer_datagrams(socket: &UdpSocket, i: u8) {
    let mut buffer = [0; 64];
    while let Ok((_, from)) = socket.recv_from(&mut buffer) {
        if socket.send_to(&[i], from).is_err() {
            return;
        }
    }
}

fn answer_connections(socket: &TcpListener, i: u8) {
    for stream in socket.incoming() {
        if stream.and_then(|mut stream| stream.write_all(&[i])).is_err() {
            return;
        }
    }
}
