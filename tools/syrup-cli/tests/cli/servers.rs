//! Applications that know nothing of Syrup: processes whose sockets answer each input with their
//! number.
//!
//! In: protocol, port, number and kind of sockets. Out: a running process; questions to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use syrup_load::testing;

const SPEC: &str = "SYRUP_TEST_SERVER";

/// The port of every server: each test has a network of its own.
pub const PORT: u16 = 9000;

/// A server; it ends when this goes out of scope.
pub struct Server {
    child: Child,
}

impl Server {
    /// A server of a kind, `udp`, `tcp` or `plain` for UDP without `SO_REUSEPORT`, with `n`
    /// sockets, bound when this returns.
    pub fn start(kind: &str, n: usize) -> Server {
        let program = std::env::current_exe().expect("the test program knows its path");
        Server::run(&mut Command::new(program), kind, n)
    }

    /// The same as another user, from a copy of this program which that user can read.
    pub fn start_as(user: u32, program: &str, kind: &str, n: usize) -> Server {
        Server::run(Command::new(program).uid(user).gid(user), kind, n)
    }

    /// The same as root with these capabilities only.
    pub fn start_with(capabilities: &str, program: &Path, kind: &str, n: usize) -> Server {
        let bounding = format!("--bounding-set={capabilities}");
        let mut command = Command::new("setpriv");
        command.args([bounding.as_str(), "--inh-caps=-all"]).arg(program);
        Server::run(&mut command, kind, n)
    }

    fn run(command: &mut Command, kind: &str, n: usize) -> Server {
        let mut child = command
            .args(["servers::server_process", "--exact", "--ignored", "--nocapture"])
            .env(SPEC, format!("{kind} {n}"))
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

    /// Its process, as text.
    pub fn pid(&self) -> String {
        self.child.id().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        assert!(ended.is_ok() || std::thread::panicking(), "the server ends: {ended:?}");
    }
}

/// Sends a datagram from a port of its own, to which nobody may answer.
pub fn send(bytes: &[u8]) -> UdpSocket {
    let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    // Only a lost answer waits this long.
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    client.send_to(bytes, (Ipv4Addr::LOCALHOST, PORT)).unwrap();
    client
}

/// The number of the socket that a datagram comes to.
pub fn ask(bytes: &[u8]) -> u8 {
    let mut answer = [0xff];
    send(bytes).recv_from(&mut answer).expect("the server answers");
    answer[0]
}

/// The numbers of the sockets that `n` datagrams come to, each from a port of its own.
pub fn ask_often(n: usize, bytes: &[u8]) -> Vec<u8> {
    (0..n).map(|_| ask(bytes)).collect()
}

/// The number of the socket that a new connection comes to.
pub fn connect() -> u8 {
    let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).unwrap();
    let mut answer = [0xff];
    client.read_exact(&mut answer).expect("the server answers");
    answer[0]
}

/// A request as the examples read it.
pub fn request(op: u64, user: u32) -> Vec<u8> {
    [&op.to_le_bytes()[..], &user.to_le_bytes(), &[0; 8]].concat()
}

/// The server itself; not a test.
#[test]
#[ignore = "a process that tests start"]
fn server_process() {
    let Ok(spec) = std::env::var(SPEC) else { return };
    let (kind, n) = spec.split_once(' ').expect("a server is told two things");
    let address: SocketAddr = (Ipv4Addr::LOCALHOST, PORT).into();
    for i in 0..n.parse::<u8>().unwrap() {
        match kind {
            "tcp" => {
                let socket = testing::reuseport_tcp(address).unwrap();
                std::thread::spawn(move || answer_connections(&socket, i));
            }
            "plain" => {
                let socket = UdpSocket::from(testing::plain_udp(address).unwrap());
                std::thread::spawn(move || answer_datagrams(&socket, i));
            }
            _ => {
                let socket = testing::reuseport_udp(address).unwrap();
                std::thread::spawn(move || answer_datagrams(&socket, i));
            }
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
