//! Whether the project's promises hold, asked in ways that do not trust the compiler.
//!
//! In: policies, the running kernel. Out: counts for `docs/internals/evidence.md`, one JSON line a
//! command, and what broke.

pub mod accept;
pub mod agree;
pub mod checks;
pub mod corpus;
#[cfg(feature = "defects")]
pub mod defects;
pub mod judge;
pub mod lints;
pub mod mutate;
