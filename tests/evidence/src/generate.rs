//! Policies made from a seed: well typed by construction, over the whole language.
//!
//! In: a seed, a size, what earlier policies used. Out: the text of a policy file and its
//! constructs. The generator knows each expression's type and interval, so that it writes exact
//! arithmetic only where the compiler can prove it, and which maps a value comes from, so that it
//! writes no race. It shares no code with the compiler: what it thinks is right and the compiler
//! refuses is a finding about one of the two, and is counted.

mod bytes;
mod choice;
mod condition;
mod declare;
mod headers;
mod maker;
mod memory;
mod number;
mod packet;
mod statement;
mod threads;
mod update;
mod verdict;
mod weights;

pub use weights::Weights;

use maker::Maker;
use std::collections::BTreeMap;

/// What a policy is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// Packets, at `socket_select` and perhaps `xdp`.
    Packets,
    /// Threads and cores.
    Threads,
}

/// A generated policy file: one policy, named `p`, and what it needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// The text, ready for `syrupc::analyze`.
    pub source: String,
    /// What it is over.
    pub over: Over,
    /// The seed it was made from.
    pub seed: u64,
    /// Each construct that had a chance, with how often it was used.
    pub used: BTreeMap<&'static str, u64>,
}

/// The sizes that make sense: about so many expressions and statements.
pub const SIZE_MIN: u32 = 4;

/// The size beyond which most policies cost more than a hook allows.
pub const SIZE_MAX: u32 = 800;

/// A policy over packets or, once in eight seeds, over threads. The same seed and size give the
/// same text.
pub fn policy(seed: u64, size: u32) -> Policy {
    policy_with(seed, size, &Weights::default())
}

/// The same, preferring what earlier policies used rarely.
pub fn policy_with(seed: u64, size: u32, weights: &Weights) -> Policy {
    let over = if size_seed(seed) % 8 == 7 { Over::Threads } else { Over::Packets };
    policy_over(over, seed, size, weights)
}

/// A policy over packets or threads, as asked.
pub fn policy_over(over: Over, seed: u64, size: u32, weights: &Weights) -> Policy {
    let mut maker = Maker::new(seed, size, weights);
    let source = match over {
        Over::Packets => maker.packet_file(),
        Over::Threads => maker.thread_file(),
    };
    Policy { source, over, seed, used: maker.used }
}

/// A size for a seed: small ones as often as large ones, on a logarithmic scale.
pub fn size_of(seed: u64) -> u32 {
    let number = size_seed(seed ^ 0x5157);
    let steps = f64::from((number >> 40) as u32) / f64::from(1u32 << 24);
    let (low, high) = (f64::from(SIZE_MIN), f64::from(SIZE_MAX));
    (low * (high / low).powf(steps)) as u32
}

fn size_seed(seed: u64) -> u64 {
    syrupc::testing::Rng::new(seed).next_u64()
}

#[cfg(test)]
mod tests {
    use super::{Over, policy, size_of};

    #[test]
    fn a_seed_gives_one_text_and_most_are_taken() {
        let (mut n_refused, mut n_threads) = (0, 0);
        for seed in 1000..1200 {
            let made = policy(seed, size_of(seed).min(150));
            assert_eq!(made, policy(seed, size_of(seed).min(150)));
            n_threads += u64::from(made.over == Over::Threads);
            n_refused += u64::from(crate::accept::analyzed(&made.source).is_err());
        }
        assert!(n_refused <= 10, "{n_refused} of 200 were refused");
        assert!(n_threads >= 10, "only {n_threads} of 200 are over threads");
    }
}
