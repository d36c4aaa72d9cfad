//! Limits of what is loaded and stored, with unit, source and reason.
//!
//! Limits of the language live in `syrup-diag::limits`.

/// Version of every form in this crate; a reader refuses another.
pub const FORMAT: u32 = 1;

/// Milliseconds a kernel may take to accept one program before the loader gives up: the slowest
/// program the cost model lets through takes a tenth of it.
pub const VERIFY_MS_MAX: u64 = 2_000;

/// Bytes of the kernel's log that are kept.
pub const VERIFIER_LOG_BYTES: usize = 1 << 20;

/// Bytes of a deployment's record; it is kept in a pinned map.
pub const RECORD_BYTES_MAX: usize = 64 << 10;

/// Receive queues of a device whose packets a policy can give to AF_XDP sockets: the cards we know
/// have at most 128, and a map of executors has an entry for each queue and slot.
pub const RX_QUEUES_MAX: u32 = 128;

/// Cores that a map of executors in an object file has room for; a loader makes room for the cores
/// of its machine, because the kernel refuses more than it was built for (`NR_CPUS`).
pub const OBJECT_CORES: u32 = 64;

/// Draws that a scripted program may take.
pub const SCRIPT_DRAWS_MAX: usize = 64;
