//! What policies are for: latencies of a simulated server.

use super::{Subject, example};
use syrup_sim::{Class, Report, ServerSpec, Steering};

fn classes() -> Vec<Class> {
    let class = |name: &str, share, service_us: u64| Class {
        name: name.to_owned(),
        share,
        service_ns: service_us * 1000,
    };
    vec![class("GET", 0.5, 10), class("SCAN", 0.5, 700)]
}

/// Serves 8,000 requests on 4 cores at a share of what they can do.
pub fn serve(subject: &Subject, load: f64) -> Report {
    let spec = ServerSpec {
        rate: load * 4.0 * 1e9 / 355_000.0,
        classes: classes(),
        n_threads: 64,
        n_requests: 8_000,
        n_warm: 800,
        mark: subject.maps.first().copied(),
        steering: Steering::Shared,
    };
    let mut make = |n_cores, n_threads| subject.native(n_cores, n_threads, 1);
    let report = syrup_sim::serve(&mut make, spec, 5, 1);
    assert!(report.outcome.violations.is_empty(), "{:?}", report.outcome.violations);
    report
}

/// Nobody is ever interrupted.
const FIRST_COME: &str = "edition 2026;
executors cores: core[64] else pass;
queue runq: Fifo<4096>;
@hooks(thread)
policy first_come -> cores {
    on runnable(t) { pick c from cores where c.idle else runq }
    on available(c) { runq.pop() else idle }
}
";

#[test]
fn every_request_is_served() {
    assert_eq!(serve(&example("fifo"), 0.6).n_served, 8_000);
}

#[test]
fn short_requests_do_not_wait_behind_long_ones() {
    let p99_us = |subject: &Subject| serve(subject, 0.7).latencies[0].per_mille(990) / 1000;
    let first_come = p99_us(&Subject::of_text(FIRST_COME));
    let (sliced, get_first) = (p99_us(&example("fifo")), p99_us(&example("get_first")));
    assert!(first_come > 600, "GETs wait for a whole SCAN: {first_come} us");
    assert!(sliced * 3 < first_come, "slices help: {sliced} us against {first_come} us");
    assert!(get_first * 10 < first_come, "{get_first} us against {first_come} us");
}
