//! Benchmarks live in `benches/`; run them with `cargo bench -p syrup-bench`.
//!
//! They report, they never judge: no test fails because a machine was busy.
