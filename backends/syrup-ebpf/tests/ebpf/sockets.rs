//! The hook itself: real datagrams on the loopback, and which socket got them.
//!
//! Twins have no sockets and their packets are linear, so this is where `bpf_sk_select_reuseport`
//! and the slow path behind a short linear part are seen at work.

use crate::common;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;
use syrup_backend::EmitOptions;
use syrup_ir::Module;
use syrup_load::{At, Executors, LoadOptions, Loaded};
use syrup_wire::artifact::{CounterSpec, MapRole};

const PORT: u16 = 9100;

/// Steers by two bytes at 15,000 of the payload: the second is the slot where the first is 7.
const DEEP: &str = r#"module deep
hook socket_select window transport caps store
licence "Proprietary"
set s0 workers: socket[4] else drop

func packet {
b0:
    view transport + 15008 len 2, b1 else b2
b1(v0: view):
    v1: u8 = load v0 + 0 le
    v2: u8 = const 7
    v3: u1 = eq v1, v2
    br v3, b3, b2
b2:
    return pass
b3:
    v4: u8 = load v0 + 1 le
    v5: u32 = convert v4
    v6: exec s0 = executor s0, v5
    return steer v6
}
"#;

/// Steers by the last byte of the sender's address, read before the window.
const NET: &str = r#"module by_address
hook socket_select window transport caps store
licence "Proprietary"
set s0 workers: socket[4] else drop

func packet {
b0:
    view net + 12 len 4, b1 else b2
b1(v0: view):
    v1: u32 = load v0 + 0 be
    v2: u32 = const 2130706432
    v3: u32 = sub v1, v2
    v4: exec s0 = executor s0, v3
    return steer v4
b2:
    return pass
}
"#;

struct Group {
    sockets: Vec<UdpSocket>,
    loaded: Loaded,
}

/// Three sockets in slots 0 to 2 of four, with the policy attached.
fn group(text: &str) -> Group {
    let module: Module = syrup_ir::text::parse(text).expect("the policy is well-formed");
    let options = EmitOptions { counters: true, twin: false };
    let artifact = common::emit(&common::optimized(module), options);
    let loaded = syrup_load::load(&artifact, &LoadOptions::default()).expect("the kernel takes it");
    let address = SocketAddr::from(([127, 0, 0, 1], PORT));
    let sockets: Vec<UdpSocket> = (0..3)
        .map(|_| syrup_load::testing::reuseport_udp(address).expect("a socket can be bound"))
        .collect();
    let executors = Executors::of(&loaded, 0).expect("the set is there");
    for (slot, socket) in (0..).zip(&sockets) {
        socket.set_read_timeout(Some(Duration::from_millis(2000))).expect("a timeout can be set");
        executors.fill_socket_slot(slot, socket.as_fd()).expect("the slot can be filled");
    }
    executors.state().set_len(3).expect("the length fits");
    let program = loaded.program(syrup_wire::artifact::ProgramRole::Policy).expect("it is there");
    let at: At = format!("socket_select:udp:{PORT}").parse().expect("a place");
    syrup_load::attach(at, sockets[0].as_fd(), program.as_fd()).expect("it can be attached");
    Group { sockets, loaded }
}

impl Group {
    fn counted(&self, wanted: &CounterSpec) -> u64 {
        let artifact = &self.loaded.artifact;
        let at = artifact.counters.iter().position(|counter| counter == wanted);
        let key = (at.expect("it is counted") as u32).to_ne_bytes();
        let map = self.loaded.map_by(|role| *role == MapRole::Counters).expect("it is there");
        let cpus = map.lookup(&key).expect("it can be read").unwrap_or_default();
        let number = |bytes: &Vec<u8>| u64::from_ne_bytes(bytes[..8].try_into().unwrap_or([0; 8]));
        cpus.iter().map(number).sum()
    }
}

fn send(from: [u8; 4], payload: &[u8]) {
    let sender = UdpSocket::bind(SocketAddr::from((from, 0))).expect("a sender");
    let to = SocketAddr::from(([127, 0, 0, 1], PORT));
    sender.send_to(payload, to).expect("the datagram can be sent");
}

#[test]
fn bytes_behind_the_linear_part_are_read() {
    syrup_load::testing::in_namespace(|| {
        let group = group(DEEP);
        let mut buffer = vec![0; 65536];
        // A datagram of 20,000 bytes has little but its header in linear memory; one of 15,100
        // bytes is all linear.
        for (len, slot) in [(20_000, 2), (20_000, 0), (15_100, 1), (60_000, 1), (15_002, 2)] {
            let mut payload = vec![0u8; len];
            payload[15_000] = 7;
            payload[15_001] = slot;
            send([127, 0, 0, 1], &payload);
            let got = group.sockets[usize::from(slot)].recv(&mut buffer).expect("it arrives");
            assert_eq!(got, len, "slot {slot}");
        }
        let steered = CounterSpec::Steered { set: 0, slot: 1 };
        assert_eq!(group.counted(&steered), 2);
        // One byte too short: passed to whom the kernel likes.
        let mut payload = vec![0u8; 15_001];
        payload[15_000] = 7;
        send([127, 0, 0, 1], &payload);
        // Slot 3 is beyond the set: dropped and counted.
        let mut payload = vec![7u8; 20_000];
        payload[15_001] = 3;
        send([127, 0, 0, 1], &payload);
        // Datagrams of one sender's CPU arrive in order: when this one is there, those were judged.
        let mut payload = vec![7u8; 20_000];
        payload[15_001] = 2;
        send([127, 0, 0, 1], &payload);
        while group.sockets[2].recv(&mut buffer).expect("it arrives") != 20_000 {}
        assert_eq!(group.counted(&CounterSpec::Pass), 1);
        assert_eq!(group.counted(&CounterSpec::EmptySlot { set: 0 }), 1);
    });
}

#[test]
fn addresses_before_the_window_are_read() {
    syrup_load::testing::in_namespace(|| {
        let group = group(NET);
        let mut buffer = [0; 16];
        for last in [2u8, 1, 2] {
            send([127, 0, 0, last], &[last; 4]);
            let got = group.sockets[usize::from(last)].recv(&mut buffer).expect("it arrives");
            assert_eq!(&buffer[..got], [last; 4]);
        }
    });
}
