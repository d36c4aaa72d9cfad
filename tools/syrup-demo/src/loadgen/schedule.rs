//! The arrivals of a run: a Poisson process, each arrival with its class and flow.
//!
//! In: a plan and the time of its start. Out: requests in the order of their times, the same for
//! the same seed whatever the server does.

use super::Plan;
use crate::{random::Random, request::Request};

/// One request to send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Arrival {
    /// Index into the plan's classes.
    pub(crate) class: usize,
    /// Index of the socket it leaves by.
    pub(crate) flow: usize,
    pub(crate) request: Request,
}

/// An iterator over the arrivals.
pub(crate) struct Schedule<'a> {
    plan: &'a Plan,
    random: Random,
    start_ns: u64,
    /// Time since the start, with the fractions that rounding would lose.
    at_ns: f64,
    mean_gap_ns: f64,
    seq: u64,
}

impl<'a> Schedule<'a> {
    /// The arrivals of `plan` when it starts at `start_ns`.
    pub(crate) fn new(plan: &'a Plan, start_ns: u64) -> Self {
        let random = Random::new(plan.seed);
        let mean_gap_ns = 1e9 / plan.load.rate_rps;
        Self { plan, random, start_ns, at_ns: 0.0, mean_gap_ns, seq: 0 }
    }

    fn class(&mut self) -> usize {
        let mut rest = self.random.unit();
        let last = self.plan.classes.len().saturating_sub(1);
        for (i, class) in self.plan.classes.iter().enumerate() {
            rest -= class.share;
            if rest < 0.0 {
                return i;
            }
        }
        // Shares that add up to a little less than 1 leave this rest.
        last
    }
}

impl Iterator for Schedule<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        self.at_ns += self.random.exponential_ns(self.mean_gap_ns);
        if self.at_ns >= self.plan.duration_ns as f64 {
            return None;
        }
        let class = self.class();
        let flow = self.random.below(u64::from(self.plan.n_flows)) as usize;
        let &super::PlanClass { op, user, share: _ } = self.plan.classes.get(class)?;
        let key_hash = self.random.bits();
        let intended_ns = self.start_ns + self.at_ns as u64;
        let request = Request { op, user, key_hash, seq: self.seq, intended_ns };
        self.seq += 1;
        Some(Arrival { class, flow, request })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{loadgen::PlanClass, scenario::SCENARIOS};

    fn plan(seed: u64) -> Plan {
        let scenario = &SCENARIOS[0];
        let class = |c: &crate::Class| PlanClass { op: c.op, user: c.user, share: c.share };
        Plan {
            port: 1,
            seed,
            n_flows: 50,
            duration_ns: 10_000_000_000,
            load: scenario.load(30.0),
            classes: scenario.classes.iter().map(class).collect(),
            parent: 0,
        }
    }

    #[test]
    fn a_seed_fixes_all_arrivals() {
        let take = |seed, start_ns| {
            let arrivals: Vec<Arrival> = Schedule::new(&plan(seed), start_ns).collect();
            arrivals
        };
        assert_eq!(take(5, 0), take(5, 0));
        assert_ne!(take(5, 0), take(6, 0));
        let (early, late) = (take(5, 0), take(5, 1_000));
        assert_eq!(early.len(), late.len());
        assert!(early.iter().zip(&late).all(|(a, b)| {
            a.request.intended_ns + 1_000 == b.request.intended_ns && a.flow == b.flow
        }));
    }

    #[test]
    fn rate_mix_and_flows_are_those_of_the_plan() {
        let arrivals: Vec<Arrival> = Schedule::new(&plan(1), 0).collect();
        let n = arrivals.len() as f64;
        assert!((n / 66_667.0 - 1.0).abs() < 0.02, "{n}");
        let n_scan = arrivals.iter().filter(|arrival| arrival.class == 1).count() as f64;
        assert!((n_scan / n / 0.005 - 1.0).abs() < 0.2, "{n_scan}");
        let mut per_flow = [0u32; 50];
        for arrival in &arrivals {
            per_flow[arrival.flow] += 1;
        }
        assert!(per_flow.iter().all(|&n| (1_100..1_600).contains(&n)), "{per_flow:?}");
    }

    #[test]
    fn times_rise_and_numbers_count() {
        let arrivals: Vec<Arrival> = Schedule::new(&plan(2), 7).collect();
        let mut last_ns = 7;
        for (seq, arrival) in (0..).zip(&arrivals) {
            assert_eq!(arrival.request.seq, seq);
            assert!(arrival.request.intended_ns >= last_ns);
            last_ns = arrival.request.intended_ns;
        }
        assert!(last_ns < 7 + 10_000_000_000);
    }
}
