//! The demo with its second process: the whole course, in a fraction of a second.
//!
//! This test has no harness: the load generator is started as this program with an argument, as
//! the command line starts itself.

use std::{
    os::fd::{AsRawFd, BorrowedFd},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use syrup_demo::{
    Attached, Decision, Error, KernelSteering, LoadgenCommand, N_WORKERS, NoFeedback, Options,
    ProcessSteering, Report, Scenario, Started, Steering, run,
};

/// The argument that turns this program into the load generator.
const LOADGEN: &str = "be-the-load-generator";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(LOADGEN) {
        return syrup_demo::loadgen_main();
    }
    both_runs_are_measured_and_add_up();
    kernel_steering_gets_the_sockets_and_its_guard_is_dropped();
    a_refused_attachment_is_reported_before_any_load();
    a_missing_load_generator_is_an_error();
    a_program_that_is_no_load_generator_is_an_error();
    println!("5 tests passed");
    ExitCode::SUCCESS
}

fn options() -> Options {
    let loadgen = LoadgenCommand::this_program([LOADGEN]).expect("this program has a path");
    Options { seconds: 0.2, n_seeds: 2, progress: false, ..Options::new(loadgen) }
}

fn scenario(name: &str) -> &'static Scenario {
    Scenario::find(name).expect("it is one of ours")
}

/// Hands datagrams to workers in turn, without the kernel.
struct RoundRobin;

impl ProcessSteering for RoundRobin {
    fn start(&mut self, n_workers: u32) -> Result<Started, String> {
        let mut turn = 0;
        let policy = move |_: &[u8], _: u32| {
            turn = (turn + 1) % n_workers;
            Ok(Decision::Slot(turn))
        };
        Ok(Started { policy: Box::new(policy), feedback: Arc::new(NoFeedback) })
    }
}

fn both_runs_are_measured_and_add_up() {
    let report = run(scenario("scan_avoid"), Steering::Process(&mut RoundRobin), &options());
    let report = report.expect("the demo runs");
    for summary in [report.default_summary(), report.syrup_summary()] {
        assert!(summary.sent > 500.0, "{summary:?}");
        assert!(summary.get.is_some());
    }
    let json = report.to_json();
    for run in json["runs"].as_array().expect("runs are listed") {
        assert_eq!(run["default"]["sent"], run["syrup"]["sent"], "same arrivals");
        assert_served_in_turn(&run["syrup"]);
    }
    assert!(report.to_text().starts_with("scan_avoid in the server's process"));
}

/// Taking turns, workers differ by at most one request, but for what was dropped.
fn assert_served_in_turn(summary: &serde_json::Value) {
    let count = |value: &serde_json::Value| value.as_f64().expect("a number");
    let per_worker: Vec<f64> =
        summary["per_worker"].as_array().expect("a list").iter().map(count).collect();
    assert_eq!(per_worker.len(), N_WORKERS as usize);
    if count(&summary["dropped_pct"]) == 0.0 {
        let most = per_worker.iter().copied().fold(0.0, f64::max);
        let least = per_worker.iter().copied().fold(f64::INFINITY, f64::min);
        assert!(most - least <= 1.0, "{per_worker:?}");
        assert_eq!(per_worker.iter().sum::<f64>(), count(&summary["sent"]));
    }
}

/// Attaches nothing, and counts what it is asked to do.
#[derive(Default)]
struct Watching {
    n_attached: u32,
    n_dropped: Arc<AtomicU32>,
}

struct Guard(Arc<AtomicU32>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl KernelSteering for Watching {
    fn attach(&mut self, sockets: &[BorrowedFd<'_>]) -> Result<Attached, String> {
        assert_eq!(sockets.len(), N_WORKERS as usize);
        let mut fds: Vec<i32> = sockets.iter().map(AsRawFd::as_raw_fd).collect();
        fds.dedup();
        assert_eq!(fds.len(), sockets.len(), "one socket a slot");
        self.n_attached += 1;
        let guard = Box::new(Guard(Arc::clone(&self.n_dropped)));
        Ok(Attached { guard, feedback: Arc::new(NoFeedback) })
    }
}

fn kernel_steering_gets_the_sockets_and_its_guard_is_dropped() {
    let mut watching = Watching::default();
    let report = run(scenario("hash"), Steering::Kernel(&mut watching), &options());
    let report: Report = report.expect("the demo runs");
    // Once as a rehearsal and once for each of the two seeds.
    assert_eq!(watching.n_attached, 3);
    assert_eq!(watching.n_dropped.load(Ordering::Relaxed), 3);
    assert_eq!(report.to_json()["place"], "kernel");
}

struct Refusing;

impl KernelSteering for Refusing {
    fn attach(&mut self, _: &[BorrowedFd<'_>]) -> Result<Attached, String> {
        Err("no privilege".to_owned())
    }
}

fn a_refused_attachment_is_reported_before_any_load() {
    // Without a load generator: the refusal must come first.
    let mut options = options();
    options.loadgen.program = "/nonexistent/loadgen".into();
    match run(scenario("hash"), Steering::Kernel(&mut Refusing), &options) {
        Err(Error::Steering(what)) => assert_eq!(what, "no privilege"),
        other => panic!("{other:?}"),
    }
}

fn a_missing_load_generator_is_an_error() {
    let mut options = options();
    options.loadgen.program = "/nonexistent/loadgen".into();
    let result = run(scenario("hash"), Steering::Process(&mut RoundRobin), &options);
    assert!(matches!(result, Err(Error::Loadgen(_))), "{result:?}");
}

fn a_program_that_is_no_load_generator_is_an_error() {
    let mut options = options();
    options.loadgen.program = "/bin/cat".into();
    options.loadgen.args.clear();
    let result = run(scenario("hash"), Steering::Process(&mut RoundRobin), &options);
    assert!(matches!(result, Err(Error::Loadgen(_))), "{result:?}");
}
