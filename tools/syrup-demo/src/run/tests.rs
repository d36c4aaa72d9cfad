//! A short run of server and load generator: the counts must add up, times are not looked at.

use std::sync::{
    Mutex,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use super::*;
use crate::{
    Executor, LoadgenCommand, N_WORKERS,
    loadgen::generate,
    request::{GET, SCAN},
    scenario::Budget,
    steering::{Decide, Decision},
};

/// Counts calls, and requests in service per worker.
#[derive(Default)]
struct Counting {
    begun: AtomicU64,
    ended: AtomicU64,
    scans: AtomicU64,
    overflown: AtomicU64,
    epochs: AtomicU64,
    in_service: [AtomicI64; N_WORKERS as usize],
    most_in_service: AtomicI64,
    budgets: Mutex<Vec<Budget>>,
}

impl Feedback for Counting {
    fn begin(&self, slot: u32, op: u64) -> Result<(), String> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.scans.fetch_add(u64::from(op == SCAN), Ordering::Relaxed);
        let n = self.in_service[slot as usize].fetch_add(1, Ordering::Relaxed) + 1;
        self.most_in_service.fetch_max(n, Ordering::Relaxed);
        Ok(())
    }
    fn end(&self, slot: u32, _op: u64) -> Result<(), String> {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.in_service[slot as usize].fetch_sub(1, Ordering::Relaxed);
        Ok(())
    }
    fn overflow(&self, _slot: u32, count: u32) -> Result<(), String> {
        self.overflown.fetch_add(u64::from(count), Ordering::Relaxed);
        Ok(())
    }
    fn epoch(&self, budgets: &[Budget]) -> Result<(), String> {
        self.epochs.fetch_add(1, Ordering::Relaxed);
        *self.budgets.lock().map_err(|_| "a test panicked")? = budgets.to_vec();
        Ok(())
    }
}

fn options(seconds: f64) -> Options {
    let command = LoadgenCommand { program: "unused".into(), args: Vec::new() };
    Options { seconds, progress: false, ..Options::new(command) }
}

/// One run with the load generator in this process.
fn short_run(
    name: &str,
    sockets: &Sockets,
    policy: Option<Box<dyn Decide>>,
) -> (Measured, Arc<Counting>) {
    let scenario = Scenario::find(name).expect("it is one of ours");
    let options = options(0.25);
    let counting = Arc::new(Counting::default());
    let job = Job {
        load: scenario.load(options.scale),
        executor: options.executor,
        feedback: Some(counting.clone()),
        budgets: scenario.budgets,
    };
    let server = Server::start(sockets, &job, policy).expect("threads start");
    let outcome =
        generate(&plan(scenario, &options, 4, sockets.port)).expect("the load is generated");
    let counts = server.stop(sockets).expect("nothing failed");
    (combine(scenario, &outcome, &counts), counting)
}

fn totals(run: &Measured) -> (u64, u64, u64) {
    let sent = run.classes.iter().map(|class| class.n_sent).sum();
    let answered = run.classes.iter().map(|class| class.latencies.count()).sum();
    let served = run.workers.iter().map(|worker| worker.n_get + worker.n_scan).sum();
    (sent, answered, served)
}

#[test]
fn with_the_kernels_default_every_request_is_accounted_for() {
    let sockets = Sockets::per_worker(None).expect("sockets can be bound");
    let (run, counting) = short_run("scan_avoid", &sockets, None);
    let (sent, answered, served) = totals(&run);
    assert!(sent > 1_000, "{sent}");
    assert_eq!(sent, served + run.queue_drops + run.unserved);
    // Replies that came after the load generator had given up are in neither count.
    assert!(served >= answered + run.n_replies_lost && answered > 0);
    assert!(run.workers.iter().filter(|worker| worker.n_get > 0).count() >= 4, "50 flows spread");
    assert_eq!(counting.begun.load(Ordering::Relaxed), served);
    assert_eq!(counting.ended.load(Ordering::Relaxed), served);
    assert_eq!(counting.most_in_service.load(Ordering::Relaxed), 1);
    let scans: u64 = run.workers.iter().map(|worker| worker.n_scan).sum();
    assert_eq!(counting.scans.load(Ordering::Relaxed), scans);
    assert_eq!(counting.epochs.load(Ordering::Relaxed), 1, "only the first, there are no budgets");
}

#[test]
fn a_policy_in_the_process_decides_each_datagram() {
    let sockets = Sockets::single(None).expect("a socket can be bound");
    let port = sockets.port;
    // SITA: SCANs to worker 0, GETs to the others in turn.
    let mut turn = 0;
    let sita = move |datagram: &[u8], _hash: u32| {
        assert_eq!(datagram.len(), 8 + crate::REQUEST_BYTES);
        assert_eq!(datagram[2..4], port.to_be_bytes());
        turn += 1;
        let scan = datagram[8] == SCAN as u8;
        Ok(Decision::Slot(if scan { 0 } else { 1 + turn % (N_WORKERS - 1) }))
    };
    let (run, _) = short_run("sita", &sockets, Some(Box::new(sita)));
    let (sent, answered, served) = totals(&run);
    assert_eq!(sent, served + run.queue_drops + run.unserved);
    // Replies that came after the load generator had given up are in neither count.
    assert!(served >= answered + run.n_replies_lost && answered > 0);
    assert_eq!(run.workers[0].n_get, 0);
    assert!(run.workers[1..].iter().all(|worker| worker.n_scan == 0 && worker.n_get > 0));
    let scans = run.classes.iter().filter(|c| c.class.op == SCAN).map(|c| c.n_sent).sum::<u64>();
    assert!(run.workers[0].n_scan <= scans);
}

#[test]
fn what_the_policy_drops_is_dropped() {
    let sockets = Sockets::single(None).expect("a socket can be bound");
    let only_user_1 = |datagram: &[u8], _hash: u32| {
        Ok(if datagram[16] == 1 { Decision::Pass } else { Decision::Drop })
    };
    let (run, counting) = short_run("token", &sockets, Some(Box::new(only_user_1)));
    let [modest, greedy] = run.classes.as_slice() else { panic!("two users") };
    assert!(greedy.n_sent > modest.n_sent);
    assert_eq!(greedy.latencies.count(), 0);
    let served: u64 = run.workers.iter().map(|worker| worker.n_get + worker.n_scan).sum();
    assert_eq!(modest.n_sent, served + run.queue_drops + run.unserved);
    assert!(modest.latencies.count() > 0);
    assert_eq!(modest.class.op, GET);
    assert!(counting.epochs.load(Ordering::Relaxed) >= 1);
    assert_eq!(counting.budgets.lock().expect("nobody panicked").len(), 2);
}

#[test]
fn a_policy_that_fails_ends_the_run() {
    let sockets = Sockets::single(None).expect("a socket can be bound");
    let job = Job {
        load: Scenario::find("hash").expect("it is one of ours").load(30.0),
        executor: Executor::Emulated,
        feedback: None,
        budgets: &[],
    };
    let broken = |_: &[u8], _: u32| Err("no such map".to_owned());
    let server = Server::start(&sockets, &job, Some(Box::new(broken))).expect("threads start");
    let client = sys::bind_loopback(0, false).expect("loopback is there");
    client.send_to(b"anything", ("127.0.0.1", sockets.port)).expect("loopback is up");
    // The dispatcher has stopped itself once the failure is there; look until it is.
    while server.failure().is_none() {
        std::thread::yield_now();
    }
    match server.stop(&sockets) {
        Err(Error::Steering(what)) => assert_eq!(what, "no such map"),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("the failure is lost"),
    }
}
