//! The load generator: open-loop Poisson arrivals over many flows.
//!
//! In: a [`Plan`], as JSON on standard input. Out: an [`Outcome`] or what stood in its way, as JSON
//! on standard output.
//!
//! It runs in a process of its own, so that the server's threads and its own do not share locks
//! or an allocator, and never waits for replies before it sends: a slow server meets the same
//! arrivals as a fast one. Latency counts from the intended send time.

mod flows;
mod schedule;

use std::{
    io::Read,
    net::{Ipv4Addr, SocketAddrV4, UdpSocket},
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};

use crate::{
    latency::Latencies,
    request::{REPLY_BYTES, Reply},
    scenario::Load,
    sys::{self, Poll},
};
use schedule::Schedule;

/// Scheduling priority of the sending thread in SCHED_FIFO: above the server's, because an
/// arrival must not wait for a worker to go to sleep.
const SENDER_PRIORITY: i32 = 3;

/// Scheduling priority of the receiving thread. The kernel stamps replies, so it may be late.
const RECEIVER_PRIORITY: i32 = 1;

/// Time from the start of the threads to the first arrival.
const LEAD_NS: u64 = 20_000_000;

/// How far behind its schedule the load generator may fall before it gives up.
const LATE_NS_MAX: u64 = 2_000_000_000;

/// Time between two looks at the replies: few enough to fit the flows' receive queues, which hold
/// 256 replies each, even at 1,000,000 requests per second.
const COLLECT_NS: u64 = 2_000_000;

/// Silence after which unanswered requests count as dropped: at least this, and at least
/// [`QUIET_SCANS`] SCANs long, so that a worker may finish a row of them.
const QUIET_NS_MIN: u64 = 300_000_000;

/// See [`QUIET_NS_MIN`].
const QUIET_SCANS: u64 = 20;

/// One load on one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// The server's port on the loopback address.
    pub(crate) port: u16,
    pub(crate) seed: u64,
    /// Source ports, each a flow.
    pub(crate) n_flows: u32,
    pub(crate) duration_ns: u64,
    pub(crate) load: Load,
    pub(crate) classes: Vec<PlanClass>,
    /// The process that started this one, which it must not outlive.
    pub(crate) parent: u32,
}

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlanClass {
    pub(crate) op: u64,
    pub(crate) user: u32,
    pub(crate) share: f64,
}

/// What the load generator saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// One for each class of the plan, in its order.
    pub(crate) classes: Vec<ClassOutcome>,
    /// How late requests were sent, as (nanoseconds, count).
    pub(crate) lateness: Vec<(u64, u64)>,
    /// Replies that this process lost because a receive queue was full.
    pub(crate) n_replies_lost: u64,
    /// Whether the scheduler granted the real-time class.
    pub(crate) realtime: bool,
}

/// What became of the requests of one class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClassOutcome {
    pub(crate) n_sent: u64,
    /// Latencies of the answered ones, as (nanoseconds, count).
    pub(crate) latencies: Vec<(u64, u64)>,
}

/// What the sending and the receiving thread tell each other.
#[derive(Default)]
struct Progress {
    n_sent: AtomicU64,
    sending_ended: AtomicBool,
}

struct Sent {
    n_per_class: Vec<u64>,
    lateness: Latencies,
    realtime: bool,
}

/// The load generator's process: reads a plan, runs it, writes the outcome.
///
/// A command line calls this from a hidden subcommand that [`crate::LoadgenCommand`] names.
#[must_use]
pub fn loadgen_main() -> ExitCode {
    let result = run_as_process();
    let ended_well = result.is_ok();
    match serde_json::to_string(&result) {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("cannot write the outcome: {error}"),
    }
    if ended_well { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

fn run_as_process() -> Result<Outcome, String> {
    sys::die_with_parent().map_err(|error| format!("it cannot follow this process: {error}"))?;
    let mut text = String::new();
    let stdin = std::io::stdin().read_to_string(&mut text);
    stdin.map_err(|error| format!("it cannot read its plan: {error}"))?;
    let plan: Plan =
        serde_json::from_str(&text).map_err(|error| format!("it was given no plan: {error}"))?;
    if std::os::unix::process::parent_id() != plan.parent {
        return Err("the process that started it has ended".to_owned());
    }
    generate(&plan)
}

/// Runs a plan in two threads of this process.
pub(crate) fn generate(plan: &Plan) -> Result<Outcome, String> {
    let flows = flows::bind(plan.seed, plan.n_flows)
        .map_err(|error| format!("cannot bind the flows' sockets: {error}"))?;
    let progress = Progress::default();
    let (sent, received) = std::thread::scope(|scope| {
        let receiver = scope.spawn(|| receive(plan, &flows, &progress));
        let sender = scope.spawn(|| {
            let sent = send(plan, &flows, &progress);
            progress.sending_ended.store(true, Ordering::Release);
            sent
        });
        (sender.join(), receiver.join())
    });
    let panicked = |_| "a thread panicked".to_owned();
    let (sent, received) = (sent.map_err(panicked)??, received.map_err(panicked)??);
    let lost: Result<u64, _> = flows.iter().map(|f| sys::dropped(f).map(u64::from)).sum();
    let classes = sent.n_per_class.iter().zip(&received);
    Ok(Outcome {
        classes: classes
            .map(|(&n_sent, latencies)| ClassOutcome { n_sent, latencies: latencies.to_pairs() })
            .collect(),
        lateness: sent.lateness.to_pairs(),
        n_replies_lost: lost.map_err(|error| format!("cannot read drop counts: {error}"))?,
        realtime: sent.realtime,
    })
}

/// Sends every arrival at its time, or as soon after it as this thread runs.
fn send(plan: &Plan, flows: &[UdpSocket], progress: &Progress) -> Result<Sent, String> {
    let realtime = sys::be_punctual(SENDER_PRIORITY);
    let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, plan.port);
    let mut n_per_class = vec![0; plan.classes.len()];
    let mut lateness = Latencies::new();
    let start_ns = sys::now_ns() + LEAD_NS;
    for arrival in Schedule::new(plan, start_ns) {
        let mut now_ns = sys::now_ns();
        if now_ns < arrival.request.intended_ns {
            sys::sleep_until(arrival.request.intended_ns);
            now_ns = sys::now_ns();
        }
        let late_ns = now_ns - arrival.request.intended_ns;
        if late_ns > LATE_NS_MAX {
            return Err(format!(
                "it cannot send {:.0} requests/s on this machine: it fell {} s behind; stretch \
                 the times (a larger scale)",
                plan.load.rate_rps,
                late_ns / 1_000_000_000
            ));
        }
        lateness.record(late_ns);
        // Counted before it is sent: the receiver must never see more replies than requests.
        progress.n_sent.fetch_add(1, Ordering::Release);
        n_per_class[arrival.class] += 1;
        flows[arrival.flow]
            .send_to(&arrival.request.encode(), server)
            .map_err(|error| format!("cannot send a request: {error}"))?;
    }
    Ok(Sent { n_per_class, lateness, realtime })
}

/// Receives until everything is answered, or nothing came for a while after the last arrival.
fn receive(
    plan: &Plan,
    flows: &[UdpSocket],
    progress: &Progress,
) -> Result<Vec<Latencies>, String> {
    sys::be_punctual(RECEIVER_PRIORITY);
    let quiet_ns = QUIET_NS_MIN.max(QUIET_SCANS * plan.load.scan_ns);
    let mut per_class = vec![Latencies::new(); plan.classes.len()];
    let mut n_received = 0;
    let mut heard_ns = sys::now_ns();
    let mut poll = Poll::new(flows.iter());
    loop {
        // Not woken for each reply: with its time stamp it can wait, and the processor is needed
        // for the workers.
        sys::sleep_until(sys::now_ns() + COLLECT_NS);
        let ready = poll.wait(0).map_err(|error| format!("cannot wait for replies: {error}"))?;
        if !ready.is_empty() || !progress.sending_ended.load(Ordering::Acquire) {
            heard_ns = sys::now_ns();
        }
        for flow in ready {
            n_received += receive_all(plan, &flows[flow], &mut per_class)?;
        }
        if progress.sending_ended.load(Ordering::Acquire)
            && (n_received == progress.n_sent.load(Ordering::Acquire)
                || sys::now_ns() - heard_ns > quiet_ns)
        {
            return Ok(per_class);
        }
    }
}

/// Takes all replies that one flow's socket holds; says how many.
fn receive_all(plan: &Plan, flow: &UdpSocket, per_class: &mut [Latencies]) -> Result<u64, String> {
    let mut n = 0;
    let mut buffer = [0; REPLY_BYTES + 1];
    loop {
        let received = match sys::receive(flow, &mut buffer) {
            Ok(received) => received,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(n),
            Err(error) => return Err(format!("cannot receive a reply: {error}")),
        };
        let Some(Reply { request, worker: _ }) = Reply::decode(&buffer[..received.n_bytes]) else {
            continue;
        };
        let same = |class: &PlanClass| (class.op, class.user) == (request.op, request.user);
        if let Some(class) = plan.classes.iter().position(same) {
            per_class[class].record(received.arrival_ns.saturating_sub(request.intended_ns));
            n += 1;
        }
    }
}
