//! Seeds of single programs.
//!
//! In: the seed of a run and a number. Out: a seed, the same on every machine.

use syrupc::testing::Rng;

/// The seed of a program of a run.
pub fn of(run: u64, program: u64) -> u64 {
    Rng::new(run.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ program).next_u64()
}

/// A seed that differs from run to run: the time, in nanoseconds. What uses it prints it.
pub fn fresh() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(1, |since| Rng::new(since.as_nanos() as u64).next_u64() >> 32)
}
