//! Latency distributions and the statistics taken of them.
//!
//! In: latencies in nanoseconds. Out: percentiles in microseconds, shares per interval, medians.

use hdrhistogram::Histogram;
use serde::Serialize;

/// The longest latency that is told apart from longer ones: 10 minutes.
const LATENCY_NS_MAX: u64 = 600_000_000_000;

/// A distribution of latencies, each known to three significant digits.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

/// Latencies below which 50, 90, 99 and 99.9 % of the requests stayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50_us: f64,
    /// The 90th percentile.
    pub p90_us: f64,
    /// The 99th percentile.
    pub p99_us: f64,
    /// The 99.9th percentile.
    pub p999_us: f64,
}

impl Latencies {
    /// A distribution without latencies.
    pub(crate) fn new() -> Self {
        match Histogram::new_with_bounds(1, LATENCY_NS_MAX, 3) {
            Ok(histogram) => Self(histogram),
            Err(error) => unreachable!("constant bounds are accepted: {error}"),
        }
    }

    /// Adds one latency; those out of range count as the nearest that is in it.
    pub(crate) fn record(&mut self, latency_ns: u64) {
        self.0.saturating_record(latency_ns.max(1));
    }

    /// Adds all latencies of another distribution.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (value_ns, count) in other.to_pairs() {
            self.0.saturating_record_n(value_ns, count);
        }
    }

    /// The non-empty steps as (latency, count), for another process.
    pub(crate) fn to_pairs(&self) -> Vec<(u64, u64)> {
        self.0
            .iter_recorded()
            .map(|step| (step.value_iterated_to(), step.count_at_value()))
            .collect()
    }

    /// Takes over what [`Self::to_pairs`] gave.
    pub(crate) fn from_pairs(pairs: &[(u64, u64)]) -> Self {
        let mut latencies = Self::new();
        for &(value_ns, count) in pairs {
            latencies.0.saturating_record_n(value_ns.max(1), count);
        }
        latencies
    }

    /// How many latencies there are.
    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that this part of the requests stayed at or below.
    pub(crate) fn quantile_us(&self, quantile: f64) -> f64 {
        // Three significant digits: tenths of a microsecond are the last that mean something.
        (self.0.value_at_quantile(quantile) as f64 / 100.0).round() / 10.0
    }

    /// The percentiles of the report, or nothing without latencies.
    pub(crate) fn percentiles(&self) -> Option<Percentiles> {
        (self.count() > 0).then(|| Percentiles {
            p50_us: self.quantile_us(0.5),
            p90_us: self.quantile_us(0.9),
            p99_us: self.quantile_us(0.99),
            p999_us: self.quantile_us(0.999),
        })
    }

    /// The part of all latencies in `from_ns..to_ns`.
    pub(crate) fn share_between(&self, from_ns: u64, to_ns: u64) -> f64 {
        let within = |step: &(u64, u64)| (from_ns..to_ns).contains(&step.0);
        let count: u64 = self.to_pairs().iter().filter(|step| within(step)).map(|s| s.1).sum();
        if self.count() == 0 { 0.0 } else { count as f64 / self.count() as f64 }
    }

    /// The least and the greatest latency.
    pub(crate) fn range_ns(&self) -> Option<(u64, u64)> {
        (self.count() > 0).then(|| (self.0.min(), self.0.max()))
    }
}

impl Percentiles {
    /// Each percentile's median over several runs, or nothing without runs.
    pub(crate) fn median(runs: &[Self]) -> Option<Self> {
        let of = |field: fn(&Self) -> f64| median(runs.iter().map(field).collect());
        Some(Self {
            p50_us: of(|run| run.p50_us)?,
            p90_us: of(|run| run.p90_us)?,
            p99_us: of(|run| run.p99_us)?,
            p999_us: of(|run| run.p999_us)?,
        })
    }
}

/// The middle value, or the mean of the two middle ones.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(n: u64) -> Latencies {
        let mut latencies = Latencies::new();
        for us in 1..=n {
            latencies.record(us * 1_000);
        }
        latencies
    }

    #[test]
    fn percentiles_of_a_uniform_distribution() {
        let percentiles = uniform(10_000).percentiles().expect("there are latencies");
        let near = |got: f64, expect: f64| assert!((got / expect - 1.0).abs() < 0.002, "{got}");
        near(percentiles.p50_us, 5_000.0);
        near(percentiles.p90_us, 9_000.0);
        near(percentiles.p99_us, 9_900.0);
        near(percentiles.p999_us, 9_990.0);
        assert_eq!(Latencies::new().percentiles(), None);
    }

    #[test]
    fn pairs_keep_the_distribution() {
        let latencies = uniform(5_000);
        let copy = Latencies::from_pairs(&latencies.to_pairs());
        assert_eq!(copy.count(), 5_000);
        assert_eq!(copy.to_pairs(), latencies.to_pairs());
        assert_eq!(copy.percentiles(), latencies.percentiles());
    }

    #[test]
    fn merging_adds_counts() {
        let mut all = uniform(10);
        all.merge(&uniform(100));
        assert_eq!(all.count(), 110);
        assert_eq!(all.quantile_us(1.0), uniform(100).quantile_us(1.0));
    }

    #[test]
    fn shares_cover_the_whole() {
        let latencies = uniform(1_000);
        let low = latencies.share_between(0, 500_500);
        let high = latencies.share_between(500_500, u64::MAX);
        assert!((low - 0.5).abs() < 1e-9, "{low}");
        assert!((low + high - 1.0).abs() < 1e-9);
    }

    #[test]
    fn latencies_out_of_range_saturate() {
        let mut latencies = Latencies::new();
        latencies.record(0);
        latencies.record(u64::MAX);
        assert_eq!(latencies.count(), 2);
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
