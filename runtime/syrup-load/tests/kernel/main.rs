//! The loader against the running kernel: real maps, real verifier, real sockets.
//!
//! In: artifacts made by hand. Out: what the kernel did. Every test runs in private namespaces;
//! without the privilege for them they are skipped, or fail when `SYRUP_REQUIRE` says so.

mod artifacts;
mod btf;
mod servers;

mod deploying;
mod executors;
mod failures;
mod killed;
mod loading;
mod maps;
mod replacing;
mod sockets;
