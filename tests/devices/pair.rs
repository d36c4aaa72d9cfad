//! A pair of virtual devices, frames to send through it, and policies to put there.
//!
//! In: numbers of queues, the text of a policy. Out: devices `v0` and `v1`, artifacts, requests.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{RenderOptions, render_all};
use syrup_ir::opt::Passes;
use syrup_load::{DeviceAt, DeviceRequest, PIN_ROOT, Status, XdpMode, list, testing};
use syrup_wire::artifact::{Artifact, CounterSpec};
use syrupc::hir::PolicyId;

/// How long something may take that must happen.
const LIMIT: Duration = Duration::from_secs(20);

/// The port that policies of these tests look at.
pub const PORT: u16 = 9000;

/// Runs `ip` with arguments.
pub fn ip(args: &str) {
    let done = Command::new("ip").args(args.split_whitespace()).output();
    let done = done.unwrap_or_else(|error| panic!("the command `ip` is needed: {error}"));
    assert!(done.status.success(), "ip {args}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Makes devices `v0`, where policies are, and `v1`, which frames are sent out of.
pub fn make(queues: u32) {
    let each = format!("numrxqueues {queues} numtxqueues {queues}");
    ip(&format!("link add v0 {each} type veth peer name v1 {each}"));
    ip("link set v0 address 02:00:00:00:00:01 arp off up");
    ip("link set v1 address 02:00:00:00:00:02 arp off up");
}

/// Sends frames to `v0`, from a CPU.
pub fn send(cpu: u32, frames: &[Vec<u8>]) {
    let interface = testing::device_index("v1").expect("the device is there");
    testing::send_frames(interface, cpu, frames).unwrap();
}

/// A UDP datagram over IPv4 from 10.0.0.2 to 10.0.0.1, as a frame to `v0`; checksums are left out
/// where that is allowed.
pub fn datagram(from_port: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00];
    let total = (28 + payload.len()) as u16;
    let mut header = vec![0x45, 0];
    header.extend(total.to_be_bytes());
    header.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1]);
    let sum: u32 =
        header.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    frame.extend(header);
    frame.extend(from_port.to_be_bytes());
    frame.extend(PORT.to_be_bytes());
    frame.extend((8 + payload.len() as u16).to_be_bytes());
    frame.extend([0, 0]);
    frame.extend(payload);
    frame
}

/// Compiles the only policy of a text for a hook.
pub fn compile(text: &str, hook: &str) -> Artifact {
    let mut analysis = syrupc::analyze("policy.syr", text, &syrupc::NoFiles);
    assert!(analysis.diags.is_empty(), "{}", syrup_tests::rendered(&analysis));
    let target = syrupc::profile(syrupc::DEFAULT_TARGET).expect("the default target exists");
    let hook = analysis.hook(hook).expect("the hook exists");
    let options = EmitOptions { counters: true, twin: false };
    let built = syrupc::build(&analysis.program, PolicyId(0), &hook, &target, Passes::ALL);
    let emitted = built
        .and_then(|policy| syrup_ebpf::Ebpf.emit(&policy, &target, options, &analysis.sources));
    match emitted {
        Ok(artifact) => artifact,
        Err(list) => panic!("{}", render_all(&list, &analysis.sources, RenderOptions::default())),
    }
}

/// A request for a place.
pub fn request(at: &str) -> DeviceRequest {
    DeviceRequest {
        at: at.parse::<DeviceAt>().unwrap(),
        mode: XdpMode::Any,
        pid: None,
        cores: Vec::new(),
        params: Vec::new(),
        replace: false,
        pin_root: PathBuf::from(PIN_ROOT),
        source_hash: 1,
    }
}

/// The one deployment there is.
pub fn status() -> Status {
    let mut all = list(PIN_ROOT.as_ref()).unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// A counter of the one deployment.
pub fn count(wanted: &CounterSpec) -> u64 {
    let counters = status().counters;
    counters.iter().find(|(spec, _)| spec == wanted).map_or(0, |(_, count)| *count)
}

/// The steered count of a slot.
pub fn steered(slot: u32) -> u64 {
    count(&CounterSpec::Steered { set: 0, slot })
}

/// Waits until something holds.
pub fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < LIMIT, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(1));
    }
}
