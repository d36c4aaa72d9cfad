//! What a hook and a target offer, as data: `stdlib/hooks` and `stdlib/targets` fill these.

use std::sync::Arc;

/// Something a policy may need that not every hook or target has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Cap {
    /// Plain stores to map values.
    Store,
    /// Insertion into and removal from maps.
    Insert,
    /// Atomic addition whose old value is not used.
    AtomicAdd,
    /// Atomics that give the old value.
    AtomicFetch,
    /// Division by anything.
    Divide,
    /// Remainder by anything.
    Modulo,
    /// The time.
    Time,
    /// Random draws.
    Random,
    /// A lock in a map value.
    Lock,
    /// Reading packet bytes at computed offsets.
    VariableOffset,
    /// Loops that are not unrolled.
    Loop,
    /// Hash maps.
    HashMap,
    /// Least-recently-used maps.
    LruMap,
    /// Longest-prefix maps.
    LpmMap,
    /// Records to user space.
    Log,
}

impl Cap {
    /// Every capability with its name in profiles.
    pub const ALL: &'static [(Cap, &'static str)] = &[
        (Cap::Store, "store"),
        (Cap::Insert, "insert"),
        (Cap::AtomicAdd, "atomic_add"),
        (Cap::AtomicFetch, "atomic_fetch"),
        (Cap::Divide, "divide"),
        (Cap::Modulo, "modulo"),
        (Cap::Time, "time"),
        (Cap::Random, "random"),
        (Cap::Lock, "lock"),
        (Cap::VariableOffset, "variable_offset"),
        (Cap::Loop, "loop"),
        (Cap::HashMap, "hash_map"),
        (Cap::LruMap, "lru_map"),
        (Cap::LpmMap, "lpm_map"),
        (Cap::Log, "log"),
    ];

    /// Its name in profiles.
    pub fn name(self) -> &'static str {
        Cap::ALL[self as usize].1
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Caps(u32);

impl Caps {
    /// None of them.
    pub const NONE: Caps = Caps(0);
    /// All of them.
    pub const ALL: Caps = Caps(u32::MAX);

    /// With one more.
    pub const fn with(self, cap: Cap) -> Caps {
        Caps(self.0 | 1 << cap as u32)
    }

    /// Whether it is in the set.
    pub const fn has(self, cap: Cap) -> bool {
        self.0 & (1 << cap as u32) != 0
    }

    /// Those in both.
    pub const fn and(self, other: Caps) -> Caps {
        Caps(self.0 & other.0)
    }

    /// Those in either.
    pub const fn or(self, other: Caps) -> Caps {
        Caps(self.0 | other.0)
    }

    /// Its members in order.
    pub fn iter(self) -> impl Iterator<Item = Cap> {
        Cap::ALL.iter().map(|&(cap, _)| cap).filter(move |&cap| self.has(cap))
    }
}

impl FromIterator<Cap> for Caps {
    fn from_iter<T: IntoIterator<Item = Cap>>(iter: T) -> Caps {
        iter.into_iter().fold(Caps::NONE, Caps::with)
    }
}

/// A target: a kernel version, this machine, or a card, as measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Its name: `kernel-6.1`.
    pub name: Arc<str>,
    /// What it offers.
    pub caps: Caps,
    /// The eBPF instruction set, 1 to 4 (RFC 9669 conformance groups as clang's -mcpu).
    pub isa: u8,
    /// Whether `may_goto` exists (Linux 6.9).
    pub may_goto: bool,
    /// Verifier work above which a policy is refused, in processed instructions.
    pub verifier_insns_max: u64,
}
