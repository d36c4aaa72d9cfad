//! The figures of one run, and their medians over several.
//!
//! In: measured runs. Out: [`Summary`], the `default` and `syrup` objects of the JSON form.

use serde::Serialize;

use super::{ClassMeasured, Measured};
use crate::{
    latency::{Percentiles, median},
    request::{GET, SCAN},
};

/// The figures of one run, or medians of several.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Latencies of GETs, if any was answered.
    pub get: Option<Percentiles>,
    /// Latencies of SCANs, if any was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan: Option<Percentiles>,
    /// Requests that were never answered, of all sent.
    pub dropped_pct: f64,
    /// The part of them that found a full queue.
    pub queue_dropped_pct: f64,
    /// The part of them that still waited when the run was over.
    pub unserved_pct: f64,
    /// Requests sent.
    pub sent: f64,
    /// Requests that each worker served.
    pub per_worker: Vec<f64>,
    /// SCANs that each worker served.
    pub per_worker_scan: Vec<f64>,
    /// How late the load generator sent 99 % of the requests at most.
    pub lateness_p99_us: f64,
    /// The figures of each user, if there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserSummary>,
}

/// The figures of one user's requests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UserSummary {
    /// The user's number in the requests.
    pub user: u32,
    /// The name that the scenario gives the user.
    pub label: &'static str,
    /// Requests sent.
    pub sent: f64,
    /// Requests that were never answered, of those sent.
    pub dropped_pct: f64,
    /// Latencies of the answered ones.
    pub latency: Option<Percentiles>,
}

impl Summary {
    /// The figures of one run.
    pub(crate) fn of(run: &Measured) -> Self {
        let sent: u64 = run.classes.iter().map(|class| class.n_sent).sum();
        let answered: u64 = run.classes.iter().map(|class| class.latencies.count()).sum();
        let several = run.classes.iter().any(|c| c.class.user != run.classes[0].class.user);
        let users = run.classes.iter().filter(|_| several).map(UserSummary::of);
        Self {
            get: run.latencies(|class| class.op == GET).percentiles(),
            scan: run.latencies(|class| class.op == SCAN).percentiles(),
            dropped_pct: percent(sent.saturating_sub(answered + run.n_replies_lost), sent),
            queue_dropped_pct: percent(run.queue_drops, sent),
            unserved_pct: percent(run.unserved, sent),
            sent: sent as f64,
            per_worker: run.workers.iter().map(|w| (w.n_get + w.n_scan) as f64).collect(),
            per_worker_scan: run.workers.iter().map(|w| w.n_scan as f64).collect(),
            lateness_p99_us: run.lateness.quantile_us(0.99),
            users: users.collect(),
        }
    }

    /// Each figure's median; those of no runs are 0.
    pub(crate) fn median(runs: &[Self]) -> Self {
        let of = |field: fn(&Self) -> f64| median_of(runs, field);
        let n_workers = runs.iter().map(|run| run.per_worker.len()).max().unwrap_or(0);
        let n_users = runs.iter().map(|run| run.users.len()).min().unwrap_or(0);
        let user = |i: usize| {
            let runs: Vec<&UserSummary> = runs.iter().map(|run| &run.users[i]).collect();
            UserSummary::median(&runs)
        };
        Self {
            get: Percentiles::median(&runs.iter().filter_map(|run| run.get).collect::<Vec<_>>()),
            scan: Percentiles::median(&runs.iter().filter_map(|run| run.scan).collect::<Vec<_>>()),
            dropped_pct: of(|run| run.dropped_pct),
            queue_dropped_pct: of(|run| run.queue_dropped_pct),
            unserved_pct: of(|run| run.unserved_pct),
            sent: of(|run| run.sent),
            per_worker: elementwise(runs, n_workers, |run| &run.per_worker),
            per_worker_scan: elementwise(runs, n_workers, |run| &run.per_worker_scan),
            lateness_p99_us: of(|run| run.lateness_p99_us),
            users: (0..n_users).map(user).collect(),
        }
    }
}

impl UserSummary {
    fn of(class: &ClassMeasured) -> Self {
        let lost = class.n_sent.saturating_sub(class.latencies.count());
        Self {
            user: class.class.user,
            label: class.class.label,
            sent: class.n_sent as f64,
            dropped_pct: percent(lost, class.n_sent),
            latency: class.latencies.percentiles(),
        }
    }

    fn median(runs: &[&Self]) -> Self {
        let latencies: Vec<Percentiles> = runs.iter().filter_map(|run| run.latency).collect();
        Self {
            user: runs[0].user,
            label: runs[0].label,
            sent: median_of(runs, |run| run.sent),
            dropped_pct: median_of(runs, |run| run.dropped_pct),
            latency: Percentiles::median(&latencies),
        }
    }
}

fn median_of<T>(runs: &[T], field: impl Fn(&T) -> f64) -> f64 {
    median(runs.iter().map(field).collect()).unwrap_or(0.0)
}

fn elementwise(runs: &[Summary], n: usize, field: fn(&Summary) -> &Vec<f64>) -> Vec<f64> {
    let at = |i: usize| median_of(runs, |run| field(run).get(i).copied().unwrap_or(0.0));
    (0..n).map(at).collect()
}

/// Percent to three places.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 / whole as f64 * 1e5).round() / 1e3
}
