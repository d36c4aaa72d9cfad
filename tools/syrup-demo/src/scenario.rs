//! The six scenarios: which load, which feedback, what to expect.
//!
//! In: a name. Out: a [`Scenario`], and its [`Load`] at a stretch of time.
//! Times and rates are stated at scale 1, the scale of the Syrup paper (GET 10 us, SCAN 700 us).

use serde::{Deserialize, Serialize};

use crate::request::{GET, SCAN};

/// Workers of the server, each an executor slot: the six of the Syrup paper's evaluation.
pub const N_WORKERS: u32 = 6;

/// How long a GET takes at scale 1.
const GET_SERVICE_NS: f64 = 10_000.0;

/// How long a SCAN takes at scale 1.
const SCAN_SERVICE_NS: f64 = 700_000.0;

/// One kind of request in a load.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// What the report calls it.
    pub label: &'static str,
    /// [`GET`] or [`SCAN`].
    pub op: u64,
    /// The user it belongs to.
    pub user: u32,
    /// Its part of all requests; the shares of a scenario add up to 1.
    pub share: f64,
}

/// Tokens that a user gets at the start of each epoch; what is left over expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The user.
    pub user: u32,
    /// Requests the user may send in the epoch.
    pub tokens: u64,
}

/// Which of its maps a policy expects the application to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// None: the policy decides by the datagram and its own state.
    Nothing,
    /// `doing[slot]` holds the operation being served, 0 when idle.
    Doing,
    /// `load[slot]` was raised by the policy and is lowered when a request is done or lost.
    Load,
    /// `tokens[user]` is set anew every epoch.
    Tokens,
}

/// A workload, and what its policy needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenario {
    /// The policy's name, as in `examples/<name>`.
    pub name: &'static str,
    /// One sentence: what the load is and what to expect of the policy.
    pub expect: &'static str,
    /// Requests per second at scale 1.
    pub rate_rps: f64,
    /// The kinds of requests.
    pub classes: &'static [Class],
    /// The feedback that the policy works from.
    pub needs: Needs,
    /// Tokens per user and epoch, for [`Needs::Tokens`].
    pub budgets: &'static [Budget],
    /// Length of an epoch at scale 1, 0 without epochs.
    pub epoch_ns: f64,
}

/// A scenario's figures at one stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Requests per second.
    pub rate_rps: f64,
    /// How long a GET takes.
    pub get_ns: u64,
    /// How long a SCAN takes.
    pub scan_ns: u64,
    /// Time between two refills, 0 without epochs.
    pub epoch_ns: u64,
}

const GET_AND_SCAN: &[Class] = &[
    Class { label: "GET", op: GET, user: 1, share: 0.995 },
    Class { label: "SCAN", op: SCAN, user: 1, share: 0.005 },
];

const ONLY_GET: &[Class] = &[Class { label: "GET", op: GET, user: 1, share: 1.0 }];

/// The modest user offers 20 % of the workers' capacity and may have 40 %; the greedy one offers
/// 80 % and may have 20 %.
const TWO_USERS: &[Class] = &[
    Class { label: "modest", op: GET, user: 1, share: 0.2 },
    Class { label: "greedy", op: GET, user: 2, share: 0.8 },
];

/// 45 % of the six workers' capacity: the mean service time is 0.995 * 10 us + 0.005 * 700 us.
const MIXED_RPS: f64 = 200_000.0;

/// The scenarios, the default first.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "scan_avoid",
        expect: "GETs keep away from workers that serve a SCAN: expect a GET p90 at least 4 times \
                 lower than the default's.",
        rate_rps: MIXED_RPS,
        classes: GET_AND_SCAN,
        needs: Needs::Doing,
        budgets: &[],
        epoch_ns: 0.0,
    },
    Scenario {
        name: "hash",
        expect: "the policy hashes the flow as the kernel's default does: expect no difference but \
                 in which flows share a worker.",
        rate_rps: MIXED_RPS,
        classes: GET_AND_SCAN,
        needs: Needs::Nothing,
        budgets: &[],
        epoch_ns: 0.0,
    },
    Scenario {
        name: "round_robin",
        expect: "GETs at 90 % load: expect the default, which overloads workers with many flows, \
                 to drop over 1 %, and taking turns under 0.5 %.",
        // 90 % of 6 workers / 10 us.
        rate_rps: 540_000.0,
        classes: ONLY_GET,
        needs: Needs::Nothing,
        budgets: &[],
        epoch_ns: 0.0,
    },
    Scenario {
        name: "sita",
        expect: "SCANs get worker 0 to themselves: expect a GET p99 at least 10 times lower than \
                 the default's.",
        rate_rps: MIXED_RPS,
        classes: GET_AND_SCAN,
        needs: Needs::Nothing,
        budgets: &[],
        epoch_ns: 0.0,
    },
    Scenario {
        name: "token",
        expect: "two users offer 100 % load, the greedy one four times its budget: expect it to \
                 lose about 75 %, and the modest one to lose nearly none and wait less.",
        // 100 % of 6 workers / 10 us.
        rate_rps: 600_000.0,
        classes: TWO_USERS,
        needs: Needs::Tokens,
        // Of the 400 requests of an epoch the modest user sends 80 and the greedy one 320. Budgets
        // are room for a late refill on the one hand, short bursts on the other.
        budgets: &[Budget { user: 1, tokens: 160 }, Budget { user: 2, tokens: 80 }],
        epoch_ns: 1_000_000_000.0 / 1_500.0,
    },
    Scenario {
        name: "jsq",
        expect: "each request takes the shorter of two random queues: expect GETs to meet a SCAN \
                 far less often than with the default.",
        rate_rps: MIXED_RPS,
        classes: GET_AND_SCAN,
        needs: Needs::Load,
        budgets: &[],
        epoch_ns: 0.0,
    },
];

impl Scenario {
    /// The scenario of a policy.
    pub fn find(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }

    /// The figures when all times are stretched by `scale`: services longer, arrivals rarer.
    pub fn load(&self, scale: f64) -> Load {
        Load {
            rate_rps: self.rate_rps / scale,
            get_ns: (GET_SERVICE_NS * scale).round() as u64,
            scan_ns: (SCAN_SERVICE_NS * scale).round() as u64,
            epoch_ns: (self.epoch_ns * scale).round() as u64,
        }
    }
}

impl Load {
    /// How long one operation takes.
    pub(crate) fn service_ns(&self, op: u64) -> u64 {
        if op == SCAN { self.scan_ns } else { self.get_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offered work over the capacity of all workers.
    fn load_factor(scenario: &Scenario) -> f64 {
        let load = scenario.load(1.0);
        let mean_ns: f64 = scenario
            .classes
            .iter()
            .map(|class| class.share * load.service_ns(class.op) as f64)
            .sum();
        scenario.rate_rps * mean_ns / 1e9 / f64::from(N_WORKERS)
    }

    #[test]
    fn shares_add_up_and_loads_are_the_documented_ones() {
        let expect = [0.448, 0.448, 0.9, 0.448, 1.0, 0.448];
        for (scenario, expect) in SCENARIOS.iter().zip(expect) {
            let shares: f64 = scenario.classes.iter().map(|class| class.share).sum();
            assert!((shares - 1.0).abs() < 1e-9, "{}", scenario.name);
            assert!((load_factor(scenario) - expect).abs() < 0.001, "{}", scenario.name);
        }
    }

    #[test]
    fn thirty_fold_is_the_default_of_the_documentation() {
        let load = SCENARIOS[0].load(30.0);
        assert_eq!((load.get_ns, load.scan_ns), (300_000, 21_000_000));
        assert_eq!(load.rate_rps.round(), 6_667.0);
        let token = Scenario::find("token").map(|scenario| scenario.load(30.0).epoch_ns);
        assert_eq!(token, Some(20_000_000));
    }

    #[test]
    fn budgets_go_with_the_need_for_tokens() {
        for scenario in SCENARIOS {
            let tokens = scenario.needs == Needs::Tokens;
            assert_eq!(tokens, !scenario.budgets.is_empty(), "{}", scenario.name);
            assert_eq!(tokens, scenario.epoch_ns > 0.0, "{}", scenario.name);
        }
    }
}
