//! Evidence that policies mean the same on every engine: generated policies, inputs made for each,
//! and engines that must agree.
//!
//! In: seeds. Out: counts, coverage and disagreements, made small. `cargo xtask evidence` runs the
//! binary of this crate; `docs/internals/evidence.md` says what the figures mean.

pub mod accept;
pub mod args;
pub mod broken;
pub mod differ;
pub mod engines;
pub mod events;
pub mod frames;
pub mod generate;
pub mod hooks;
pub mod inputs;
pub mod minimise;
pub mod record;
pub mod report;
pub mod robust;
pub mod seeds;
