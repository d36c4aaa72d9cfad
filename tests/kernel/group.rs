//! A reuseport group with a policy: send to it, see which of its sockets got what.
//!
//! In: an artifact, how many sockets, an address. Out: the slot that received, and what is in the
//! policy's maps. One input is under way at a time, so nothing rests on timing: a test waits for
//! the socket or the counter that must change, and a limit only ends one that hangs.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
use syrup_load::{At, Executors, LoadOptions, Loaded, Protocol, Update, attach, testing};
use syrup_wire::artifact::{Artifact, CounterSpec, MapRole, ProgramRole};

/// How long something may take that must happen.
const LIMIT: Duration = Duration::from_secs(20);

/// Both families of addresses of this machine.
pub const FAMILIES: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Targets whose programs any kernel that tests run on takes.
pub const TARGETS: [&str; 2] = ["kernel-6.1", "host"];

/// The port of every group: each test has a network of its own.
const PORT: u16 = 9000;

/// Sockets of one port, and the policy that chooses among them.
pub struct Group<S> {
    /// What was loaded.
    pub loaded: Loaded,
    /// The sockets by slot.
    pub workers: Vec<S>,
    address: SocketAddr,
}

impl<S: AsFd> Group<S> {
    fn attach(artifact: &Artifact, params: &[u64], protocol: Protocol, workers: Vec<S>) -> Group<S>
    where
        S: Bound,
    {
        let options = LoadOptions { params, ..LoadOptions::default() };
        let loaded = syrup_load::load(artifact, &options).unwrap_or_else(|error| panic!("{error}"));
        if !artifact.sets.is_empty() {
            let executors = Executors::of(&loaded, 0).unwrap();
            for (slot, worker) in (0..).zip(&workers) {
                executors.fill_socket_slot(slot, worker.as_fd()).unwrap();
            }
            executors.state().set_len(workers.len() as u32).unwrap();
            executors.fill_rings().unwrap();
        }
        let address = workers[0].address();
        let program = loaded.program(ProgramRole::Policy).unwrap();
        let at = At { protocol, port: address.port() };
        attach(at, workers[0].as_fd(), program.as_fd()).unwrap();
        Group { loaded, workers, address }
    }

    /// Where inputs are sent.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was counted.
    pub fn counters(&self) -> Vec<(CounterSpec, u64)> {
        let map = self.loaded.map_by(|role| *role == MapRole::Counters).unwrap();
        syrup_load::status::sum_counters(map, &self.loaded.artifact.counters).unwrap()
    }

    /// How often something was counted.
    pub fn count(&self, what: &CounterSpec) -> u64 {
        let counters = self.counters();
        let found = counters.iter().find(|(spec, _)| spec == what);
        found.unwrap_or_else(|| panic!("{what:?} is not counted: {counters:?}")).1
    }

    /// How many inputs the policy has seen: each is counted once.
    pub fn n_seen(&self) -> u64 {
        self.counters().iter().map(|(_, count)| count).sum()
    }

    /// The number under a key of a map.
    pub fn number(&self, map: &str, key: u32) -> Option<u64> {
        let map = self.loaded.map_named(map).unwrap();
        let value = map.lookup(&key.to_ne_bytes()).unwrap()?.remove(0);
        Some(value.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// Writes the number under a key of a map.
    pub fn set_number(&self, map: &str, key: u32, number: u64) {
        let map = self.loaded.map_named(map).unwrap();
        let value = &number.to_le_bytes()[..map.info().value_bytes as usize];
        map.update(&key.to_ne_bytes(), &[value], Update::Any).unwrap();
    }

    /// A state cell.
    pub fn state(&self, name: &str) -> u64 {
        let is_state = |role: &MapRole| matches!(role, MapRole::State { .. });
        let (_, spec) = self.loaded.artifact.map_by(is_state).unwrap();
        let MapRole::State { cells } = &spec.role else { panic!("{spec:?}") };
        let cell = cells.iter().find(|cell| cell.name == name).unwrap();
        let map = self.loaded.map_by(is_state).unwrap();
        let bytes = map.read_range(cell.offset as usize, 4).unwrap();
        u64::from(u32::from_ne_bytes(bytes.try_into().unwrap()))
    }
}

impl Group<UdpSocket> {
    /// `n` UDP sockets.
    pub fn udp(artifact: &Artifact, params: &[u64], ip: IpAddr, n: usize) -> Group<UdpSocket> {
        let bind = || {
            let socket = testing::reuseport_udp((ip, PORT).into()).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        };
        let workers = (0..n).map(|_| bind()).collect();
        Group::attach(artifact, params, Protocol::Udp, workers)
    }

    /// A client with a flow of its own.
    pub fn client(&self) -> UdpSocket {
        let any = match self.address.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        let client = UdpSocket::bind((any, 0)).unwrap();
        client.connect(self.address).unwrap();
        client
    }

    /// Sends a datagram and gives the slot of the socket that receives it.
    pub fn ask(&self, client: &UdpSocket, bytes: &[u8]) -> usize {
        assert_eq!(client.send(bytes).unwrap(), bytes.len());
        self.receiver(bytes)
    }

    /// The slot of the socket that receives these bytes, which are under way.
    pub fn receiver(&self, bytes: &[u8]) -> usize {
        let (slot, found) = wait(|| self.take());
        assert!(found == bytes, "{} bytes came, not the {} sent", found.len(), bytes.len());
        slot
    }

    /// Sends a datagram that the policy drops.
    pub fn ask_dropped(&self, client: &UdpSocket, bytes: &[u8]) {
        let before = self.count(&CounterSpec::Drop);
        client.send(bytes).unwrap();
        wait(|| (self.count(&CounterSpec::Drop) > before).then_some(()));
        assert!(self.take().is_none(), "a dropped datagram was received");
    }

    /// A datagram that some socket has.
    pub fn take(&self) -> Option<(usize, Vec<u8>)> {
        let mut buffer = vec![0; 1 << 16];
        self.workers.iter().enumerate().find_map(|(slot, worker)| match worker.recv(&mut buffer) {
            Ok(n) => Some((slot, buffer[..n].to_vec())),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        })
    }
}

impl Group<TcpListener> {
    /// `n` listening TCP sockets.
    pub fn tcp(artifact: &Artifact, params: &[u64], ip: IpAddr, n: usize) -> Group<TcpListener> {
        let bind = || {
            let socket = testing::reuseport_tcp((ip, PORT).into()).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        };
        let workers = (0..n).map(|_| bind()).collect();
        Group::attach(artifact, params, Protocol::Tcp, workers)
    }

    /// Connects and gives the slot of the listener that accepts.
    pub fn connect(&self) -> usize {
        let client = TcpStream::connect(self.address).unwrap();
        let (slot, peer) = wait(|| {
            let mut workers = self.workers.iter().enumerate();
            workers.find_map(|(slot, worker)| match worker.accept() {
                Ok((_, peer)) => Some((slot, peer)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => None,
                Err(error) => panic!("{error}"),
            })
        });
        assert_eq!(peer, client.local_addr().unwrap());
        slot
    }
}

/// Sockets that know where they are bound.
pub trait Bound {
    /// The address.
    fn address(&self) -> SocketAddr;
}

impl Bound for UdpSocket {
    fn address(&self) -> SocketAddr {
        self.local_addr().unwrap()
    }
}

impl Bound for TcpListener {
    fn address(&self) -> SocketAddr {
        self.local_addr().unwrap()
    }
}

/// Waits for what must happen.
pub fn wait<T>(mut happens: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = happens() {
            return found;
        }
        assert!(started.elapsed() < LIMIT, "it does not happen");
        std::thread::yield_now();
    }
}

/// A request as the examples read it: `Request { op: le<u64>, user: le<u32>, key_hash: le<u64> }`.
pub fn request(op: u64, user: u32) -> Vec<u8> {
    [&op.to_le_bytes()[..], &user.to_le_bytes(), &7u64.to_le_bytes()].concat()
}

/// The operation that reads one key.
pub const GET: u64 = 1;
/// The operation that reads a range of keys.
pub const SCAN: u64 = 2;

/// The counter of inputs steered to a slot.
pub fn steered(slot: usize) -> CounterSpec {
    CounterSpec::Steered { set: 0, slot: slot as u32 }
}
