//! Hostile and half-right policies: the whole front end, from text to a run, keeps its promises.
//!
//! In: texts from a generator with fixed seeds, so every run is the same. Out: a failure that
//! shows the text. `SYRUP_FUZZ_ROUNDS=50` does fifty times the work, with other seeds each time.
//! Tests run on threads with 2 MiB of stack, the default of Rust, unoptimized: the worst case.

mod change;
mod grammar;
mod imports;
mod large;
mod policies;

use std::panic::{AssertUnwindSafe, catch_unwind};
use syrup_tests::memory::Memory;

/// How often the work of a test is done, each time with other seeds.
fn rounds() -> u64 {
    let text = std::env::var("SYRUP_FUZZ_ROUNDS").unwrap_or_default();
    text.parse().unwrap_or(1)
}

/// Analyses a text, builds and runs what is accepted; shows the text where that panics. Gives
/// whether it was accepted and built.
fn survives(text: &str, files: &Memory) -> bool {
    let run = || syrup_tests::sound::check(&mut syrupc::analyze("fuzz.syr", text, files));
    let result = catch_unwind(AssertUnwindSafe(run));
    let shown: String = text.chars().take(4000).collect();
    result.unwrap_or_else(|_| panic!("this text is the cause:\n{shown}"))
}
