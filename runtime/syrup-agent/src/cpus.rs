//! Sets of CPUs, and sets of the cores of a policy, both of a fixed size.

use std::fmt;

/// Words of a kernel's `cpu_set_t`: 1024 CPUs.
const CPU_WORDS: usize = 16;

/// CPUs by their number, as the kernel's `cpu_set_t` has them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuSet(pub [u64; CPU_WORDS]);

/// Words of a set of cores: as many as an executor set has slots.
const CORE_WORDS: usize = 4;

/// Cores by their slot in the policy's executor set.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct CoreSet(pub [u64; CORE_WORDS]);

macro_rules! set {
    ($name:ident, $words:expr) => {
        impl $name {
            /// The most members.
            pub const CAPACITY: u32 = 64 * $words as u32;

            /// None.
            pub const fn empty() -> $name {
                $name([0; $words])
            }

            /// The first `n`.
            pub fn first(n: u32) -> $name {
                (0..n.min($name::CAPACITY)).collect()
            }

            /// Adds one; a number beyond the capacity is in no set.
            pub fn insert(&mut self, member: u32) {
                if let Some(word) = self.0.get_mut(member as usize / 64) {
                    *word |= 1 << (member % 64);
                }
            }

            /// Takes one out.
            pub fn remove(&mut self, member: u32) {
                if let Some(word) = self.0.get_mut(member as usize / 64) {
                    *word &= !(1 << (member % 64));
                }
            }

            /// Whether one is in it.
            pub fn contains(&self, member: u32) -> bool {
                self.0.get(member as usize / 64).is_some_and(|word| word >> (member % 64) & 1 == 1)
            }

            /// How many there are.
            pub fn len(&self) -> u32 {
                self.0.iter().map(|word| word.count_ones()).sum()
            }

            /// Whether there is none.
            pub fn is_empty(&self) -> bool {
                self.0.iter().all(|word| *word == 0)
            }

            /// The members, the smallest first.
            pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
                (0..$name::CAPACITY).filter(|member| self.contains(*member))
            }
        }

        impl FromIterator<u32> for $name {
            fn from_iter<I: IntoIterator<Item = u32>>(members: I) -> $name {
                let mut set = $name::empty();
                members.into_iter().for_each(|member| set.insert(member));
                set
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_set().entries(self.iter()).finish()
            }
        }
    };
}

set!(CpuSet, CPU_WORDS);
set!(CoreSet, CORE_WORDS);

impl CpuSet {
    /// Reads a list as the kernel and ghOSt's tools write it: `1-4,6`.
    ///
    /// # Errors
    /// What is wrong with it, in one sentence.
    pub fn parse(list: &str) -> Result<CpuSet, String> {
        let wrong = || format!("`{list}` is no list of CPUs; write for instance 1-4,6");
        let mut set = CpuSet::empty();
        for part in list.trim().split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let from: u32 = from.trim().parse().map_err(|_| wrong())?;
            let to: u32 = to.trim().parse().map_err(|_| wrong())?;
            if from > to || to >= CpuSet::CAPACITY {
                return Err(wrong());
            }
            (from..=to).for_each(|cpu| set.insert(cpu));
        }
        Ok(set)
    }

    /// Writes it as [`CpuSet::parse`] reads it.
    pub fn list(&self) -> String {
        let mut parts: Vec<(u32, u32)> = Vec::new();
        for cpu in self.iter() {
            match parts.last_mut() {
                Some((_, to)) if *to + 1 == cpu => *to = cpu,
                _ => parts.push((cpu, cpu)),
            }
        }
        let part = |(from, to): &(u32, u32)| match from == to {
            true => from.to_string(),
            false => format!("{from}-{to}"),
        };
        parts.iter().map(part).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::{CoreSet, CpuSet};

    #[test]
    fn lists_come_back() {
        for list in ["1-4,6", "0", "1023", "0-1023", "3,5,7-9"] {
            assert_eq!(CpuSet::parse(list).map(|set| set.list()), Ok(list.to_owned()));
        }
        assert_eq!(CpuSet::parse("4-2,x").ok(), None);
        for list in ["", "4-2", "1024", "1,,2", "a", "1-"] {
            assert!(CpuSet::parse(list).is_err(), "{list}");
        }
    }

    #[test]
    fn members() {
        let mut set = CoreSet::first(65);
        assert_eq!((set.len(), set.contains(64), set.contains(65)), (65, true, false));
        set.remove(64);
        set.insert(900);
        assert_eq!(set.iter().last(), Some(63));
        assert!(!set.is_empty() && CoreSet::empty().is_empty());
    }
}
