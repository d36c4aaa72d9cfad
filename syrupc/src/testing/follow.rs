//! Packets for a policy outside of its tests, as `forall` makes them: for fuzzers and other
//! engines.
//!
//! In: a program, a policy, a generator. Out: packets; every second one follows a pattern of the
//! policy.

use super::hints::Hints;
use super::packet;
use super::sample::{self, Rng};
use crate::hir::{PolicyId, Program};
use std::collections::BTreeMap;
use syrup_ir::interp::Packet;

/// What makes packets for one policy.
pub struct Samples<'p> {
    program: &'p Program,
    hints: Hints,
}

impl<'p> Samples<'p> {
    /// From the patterns of a policy and the numbers that it compares with.
    pub fn of(program: &'p Program, policy: PolicyId) -> Samples<'p> {
        Samples { program, hints: Hints::of_policies(program, [policy]) }
    }

    /// The numbers that the policy names, in order.
    pub fn numbers(&self) -> &[u64] {
        &self.hints.numbers
    }

    /// A packet; even cases follow a pattern, in turn. Nothing where the fields that were drawn
    /// make no packet.
    pub fn packet(&self, case: u32, rng: &mut Rng) -> Option<Packet> {
        let layers = sample::packet(self.program, &self.hints, case, rng);
        packet::build(self.program, &layers, &BTreeMap::new()).ok()
    }
}
