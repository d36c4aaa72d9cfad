//! `cpu_redirect`: which core handles a packet.

use crate::pair::{self, PORT, compile, datagram, request, steered, wait_for};
use std::net::UdpSocket;
use std::time::Duration;
use syrup_load::testing::{self, in_namespace};
use syrup_load::{DeploymentState, PIN_ROOT, deploy_at_device, undeploy};

/// The first byte of a request names the slot.
const BY_BYTE: &str = "edition 2026;
executors cores: core[8] else drop;
header Request { slot: u8 }
@hooks(cpu_redirect)
policy to_core(pkt: Packet) -> cores {
    match pkt {
        udp(dst_port: 9000) / Request(slot) => cores[u32(slot)],
        _ => pass,
    }
}";

/// A socket that receives what is sent to `v0` from 10.0.0.2.
fn receiver(from_port: u16) -> UdpSocket {
    let socket = UdpSocket::bind(("10.0.0.1", PORT)).unwrap();
    socket.connect(("10.0.0.2", from_port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket
}

fn prepare() {
    pair::make(2);
    pair::ip("address add 10.0.0.1/24 dev v0");
    pair::ip("neighbour add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0");
}

fn steers() {
    let artifact = compile(BY_BYTE, "cpu_redirect");
    let done = deploy_at_device(&artifact, &request("cpu_redirect:v0")).unwrap();
    assert!(done.native);
    assert!(done.deployment.verified_insns > 0);
    assert!(u64::from(done.deployment.verified_insns) <= artifact.verifier_insns);
    let socket = receiver(7);
    let cores = syrup_load::device::online_cores().unwrap();
    for (slot, core) in (0u8..).zip(&cores).take(8) {
        let before = steered(slot.into());
        // Sent by another core than the one that is chosen, where there is one.
        let sender = cores.iter().find(|other| *other != core).unwrap_or(core);
        pair::send(*sender, &[datagram(7, &[slot, 42])]);
        let mut bytes = [0; 16];
        assert_eq!(socket.recv(&mut bytes).unwrap(), 2);
        assert_eq!(bytes[..2], [slot, 42]);
        assert_eq!(testing::incoming_cpu(&socket).unwrap(), *core, "slot {slot}");
        assert_eq!(steered(slot.into()), before + 1);
    }
    // A slot that holds nothing: the set's `else`, which is to drop.
    pair::send(0, &[datagram(7, &[8])]);
    let empty = syrup_wire::artifact::CounterSpec::NoSlot { set: 0 };
    wait_for("a fall-through", || pair::count(&empty) == 1);
    assert_eq!(pair::status().state, DeploymentState::Active);
    undeploy(PIN_ROOT.as_ref(), "cpu_redirect-v0").unwrap();
    testing::assert_no_objects("to_core");
}

#[test]
fn the_chosen_core_handles_the_packet() {
    in_namespace(|| {
        prepare();
        steers();
    });
}

#[test]
fn tags_options_and_large_frames_are_read() {
    in_namespace(|| {
        prepare();
        pair::ip("link set v0 mtu 9000");
        pair::ip("link set v1 mtu 9000");
        deploy_at_device(&compile(BY_BYTE, "cpu_redirect"), &request("cpu_redirect:v0")).unwrap();
        let plain = datagram(7, &[0, 1]);
        let mut tagged = plain.clone();
        tagged.splice(12..12, [0x81, 0x00, 0, 5, 0x81, 0x00, 0, 6]);
        let mut with_options = plain.clone();
        with_options.splice(34..34, [1; 8]);
        with_options[14] = 0x47;
        with_options[17] += 8;
        let large = datagram(7, &[&[0][..], &vec![7; 8000]].concat());
        for (n, frame) in (1..).zip([plain, tagged, with_options, large]) {
            pair::send(0, &[frame]);
            wait_for("the frame's way", || steered(0) == n);
        }
    });
}
