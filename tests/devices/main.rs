//! Policies at network devices: virtual pairs, the running kernel, private namespaces.
//!
//! In: policies, frames. Out: which core or AF_XDP socket got what, what was counted, and what is
//! left behind. Without the privilege for it tests are skipped, or fail when `SYRUP_REQUIRE` says
//! so. Each test waits for what must happen; a limit only ends one that hangs.

mod pair;

mod cores;
mod layers;
mod replacing;
mod trouble;
mod workers;
