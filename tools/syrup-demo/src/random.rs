//! Seeded random numbers and the gaps of a Poisson process.
//!
//! In: a seed. Out: the same stream on every machine, so that two runs see the same arrivals.
//! The generator is xoshiro256** seeded by splitmix64 (Blackman and Vigna, "Scrambled Linear
//! Pseudorandom Number Generators", 2018). It is not for secrets.

/// A stream of pseudo-random numbers.
pub(crate) struct Random {
    state: [u64; 4],
}

impl Random {
    /// Starts the stream of one seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut mix = seed;
        Self { state: std::array::from_fn(|_| splitmix64(&mut mix)) }
    }

    /// The next 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let c = c ^ a;
        let d = d ^ b;
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number in `0.0..1.0` of 53 random bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number in `0..bound`; the bias is below `bound / 2^64`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// A gap between two arrivals of a Poisson process with this mean.
    pub(crate) fn exponential_ns(&mut self, mean_ns: f64) -> f64 {
        // `unit` may be 0 and never 1: the logarithm is taken of a number in (0, 1].
        -(1.0 - self.unit()).ln() * mean_ns
    }
}

fn splitmix64(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitmix_matches_its_published_stream() {
        let mut state = 1_234_567;
        assert_eq!(splitmix64(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(splitmix64(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn a_seed_fixes_the_stream() {
        let take = |seed| {
            let mut random = Random::new(seed);
            [random.bits(), random.bits(), random.bits()]
        };
        assert_eq!(take(7), take(7));
        assert_ne!(take(7), take(8));
    }

    #[test]
    fn below_stays_below_and_reaches_all() {
        let mut random = Random::new(3);
        let mut seen = [0u32; 6];
        for _ in 0..6_000 {
            seen[random.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1_150).contains(&n)), "{seen:?}");
    }

    #[test]
    fn gaps_have_the_mean_and_the_variance_of_an_exponential() {
        let mut random = Random::new(1);
        let n = 100_000;
        let gaps: Vec<f64> = (0..n).map(|_| random.exponential_ns(150_000.0)).collect();
        let mean = gaps.iter().sum::<f64>() / f64::from(n);
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!((mean / 150_000.0 - 1.0).abs() < 0.02, "mean {mean}");
        assert!((variance.sqrt() / 150_000.0 - 1.0).abs() < 0.03, "deviation {}", variance.sqrt());
        assert!(gaps.iter().all(|gap| gap.is_finite() && *gap >= 0.0));
    }

    #[test]
    fn counts_per_window_are_poisson() {
        // Index of dispersion (variance over mean) of a Poisson count is 1.
        let mut random = Random::new(11);
        let (mut at, mut counts) = (0.0, vec![0u32; 5_000]);
        loop {
            at += random.exponential_ns(1.0);
            let window = (at / 10.0) as usize;
            if window >= counts.len() {
                break;
            }
            counts[window] += 1;
        }
        let n = counts.len() as f64;
        let mean = counts.iter().map(|&c| f64::from(c)).sum::<f64>() / n;
        let variance = counts.iter().map(|&c| (f64::from(c) - mean).powi(2)).sum::<f64>() / n;
        assert!((variance / mean - 1.0).abs() < 0.1, "dispersion {}", variance / mean);
    }
}
