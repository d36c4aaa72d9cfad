//! `xdp`: which AF_XDP socket gets a packet, by whichever queue it came.

use crate::pair::{self, compile, datagram, request, steered, wait_for};
use syrup_load::testing::{self, XskQueue, error_of, in_namespace};
use syrup_load::{PIN_ROOT, XdpMode, deploy_at_device, undeploy};
use syrup_wire::record::ExecutorRecord;

/// The key's first byte names the worker.
const BY_BYTE: &str = "edition 2026;
executors workers: socket[8] else pass;
header Request { slot: u8 }
@hooks(xdp)
policy to_worker(pkt: Packet) -> workers {
    match pkt {
        udp(dst_port: 9000) / Request(slot) => workers[u32(slot)],
        _ => pass,
    }
}";

/// Sockets of workers on each queue of `v0`.
fn queues(n_queues: u32, n_workers: usize) -> Vec<XskQueue> {
    let interface = testing::device_index("v0").expect("the device is there");
    (0..n_queues).map(|queue| XskQueue::new(interface, queue, n_workers).unwrap()).collect()
}

/// Waits until a worker has a frame, on any of some queues.
fn receives(queues: &[XskQueue], worker: usize, wanted: &[u8]) {
    wait_for("a frame", || match queues.iter().find_map(|queue| queue.receive(worker)) {
        Some(frame) => {
            assert_eq!(frame, wanted);
            true
        }
        None => false,
    });
}

fn steers(mode: XdpMode) {
    const WORKERS: usize = 3;
    pair::make(2);
    let queues = queues(2, WORKERS);
    let mut wanted = request("xdp:v0");
    wanted.mode = mode;
    let done = deploy_at_device(&compile(BY_BYTE, "xdp"), &wanted).unwrap();
    assert_eq!(done.native, mode != XdpMode::Generic);
    let found = &done.deployment.record.executors[0];
    assert_eq!(found.len(), WORKERS);
    for executor in found {
        let ExecutorRecord::Xsk { pid, fds } = executor else { panic!("{executor:?}") };
        assert_eq!((*pid, fds.len()), (std::process::id(), 2));
    }
    for round in 0..3u8 {
        for worker in 0..WORKERS {
            for (cpu, queue) in (0..).zip(&queues) {
                let frame = datagram(7, &[worker as u8, round]);
                pair::send(cpu, std::slice::from_ref(&frame));
                // Behind the driver the kernel may have forgotten the queue.
                let by = if done.native { std::slice::from_ref(queue) } else { &queues[..] };
                receives(by, worker, &frame);
            }
        }
    }
    assert_eq!((0..3).map(steered).collect::<Vec<_>>(), [6, 6, 6]);
    // Nobody got what was meant for another.
    for (queue, worker) in queues.iter().flat_map(|queue| (0..WORKERS).map(move |w| (queue, w))) {
        assert_eq!(queue.receive(worker), None);
    }
    undeploy(PIN_ROOT.as_ref(), "xdp-v0").unwrap();
    testing::assert_no_objects("to_worker");
}

#[test]
fn the_chosen_worker_gets_the_frame_from_every_queue() {
    in_namespace(|| steers(XdpMode::Native));
}

#[test]
fn the_chosen_worker_gets_the_frame_behind_the_driver() {
    in_namespace(|| steers(XdpMode::Generic));
}

#[test]
fn a_closed_socket_leaves_its_slot_empty() {
    in_namespace(|| {
        pair::make(1);
        let mut queues = queues(1, 1);
        deploy_at_device(&compile(BY_BYTE, "xdp"), &request("xdp:v0")).unwrap();
        let frame = datagram(7, &[0]);
        pair::send(0, std::slice::from_ref(&frame));
        receives(&queues, 0, &frame);
        queues.clear();
        let empty = syrup_wire::artifact::CounterSpec::EmptySlot { set: 0 };
        wait_for("the slot to empty", || {
            pair::send(0, std::slice::from_ref(&frame));
            pair::count(&empty) > 0
        });
    });
}

#[test]
fn a_queue_without_a_socket_is_told() {
    in_namespace(|| {
        pair::make(2);
        let artifact = compile(BY_BYTE, "xdp");
        let nobody = error_of(deploy_at_device(&artifact, &request("xdp:v0"))).to_string();
        assert!(nobody.contains("no process has an AF_XDP socket on v0"), "{nobody}");
        let interface = testing::device_index("v0").expect("the device is there");
        let _first = XskQueue::new(interface, 0, 2).unwrap();
        let text = error_of(deploy_at_device(&artifact, &request("xdp:v0"))).to_string();
        assert!(text.contains("queue 1 of v0 has 0 AF_XDP sockets of process"), "{text}");
        assert!(text.contains("ethtool -L v0 combined 1"), "{text}");
        let _second = XskQueue::new(interface, 1, 2).unwrap();
        deploy_at_device(&artifact, &request("xdp:v0")).unwrap();
    });
}
