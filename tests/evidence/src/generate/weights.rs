//! What is generated how often: rare constructs are preferred, and each policy leaves some out.
//!
//! In: how often each construct was used so far, a policy's seed. Out: weights. A policy that
//! leaves constructs out goes deeper into the others (swarm testing: Groce and others, ISSTA 2012).

use std::collections::BTreeMap;

/// How often each construct was offered a place, and took it.
#[derive(Clone, Default, Debug)]
pub struct Weights {
    counts: BTreeMap<&'static str, u64>,
}

impl Weights {
    /// Adds what a policy used. Constructs that were only offered count 0 and are kept as rows.
    pub fn learn(&mut self, used: &BTreeMap<&'static str, u64>) {
        for (name, n) in used {
            *self.counts.entry(name).or_insert(0) += n;
        }
    }

    /// Every construct that was offered, with its uses.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.counts.iter().map(|(name, n)| (*name, *n))
    }

    /// The weight of a construct in a policy: what its author gave it, more where it is rare among
    /// all policies so far, nothing where this policy leaves it out.
    pub(crate) fn of(&self, name: &'static str, base: u64, seed: u64) -> u64 {
        let swarm = match spread(name, seed) % 8 {
            0 => return 0,
            1 => 4,
            _ => 1,
        };
        let rare = match self.counts.get(name).copied() {
            Some(0..20) => 6,
            Some(20..200) => 3,
            Some(200..1000) => 2,
            Some(_) | None => 1,
        };
        base * swarm * rare * 16
    }
}

/// A number that depends on a name and a seed, the same on every machine (FNV-1a).
fn spread(name: &str, seed: u64) -> u64 {
    let bytes = name.bytes().chain(seed.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::Weights;
    use std::collections::BTreeMap;

    #[test]
    fn rare_constructs_weigh_more() {
        let mut weights = Weights::default();
        weights.learn(&BTreeMap::from([("rare", 0), ("common", 5000)]));
        let sum = |name| (0..1000).map(|seed| weights.of(name, 1, seed)).sum::<u64>();
        assert!(sum("rare") > 3 * sum("common"), "{} {}", sum("rare"), sum("common"));
    }

    #[test]
    fn some_policies_leave_a_construct_out() {
        let weights = Weights::default();
        let n_without = (0..1000).filter(|seed| weights.of("for", 1, *seed) == 0).count();
        assert!((60..200).contains(&n_without), "{n_without}");
    }
}
