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

/// Bytes of a message between a client and the daemon: a policy's source is at most 1 MiB
/// (`SOURCE_BYTES_MAX`), and JSON escapes some of it.
pub const MESSAGE_BYTES_MAX: usize = 2 << 20;

/// Descriptors in one message: `SCM_MAX_FD` of include/net/scm.h.
pub const MESSAGE_FDS_MAX: usize = 253;

/// Milliseconds a client has to send its request, and to take the reply.
pub const CLIENT_MS_MAX: u64 = 3_000;

/// Connections that one user may have open: a client has one.
pub const CONNECTIONS_PER_USER_MAX: usize = 32;

/// Connections of all users together: each takes a thread.
pub const CONNECTIONS_MAX: usize = 256;

/// Requests of one user in a burst; as many are given back each ten seconds.
pub const REQUESTS_BURST_MAX: u32 = 256;

/// Deployments of one user in a burst; four are given back each second.
pub const DEPLOYS_BURST_MAX: u32 = 16;

/// Deployments that one user is given back each second.
pub const DEPLOYS_PER_SECOND: u32 = 4;

/// Deployments of one user in one network: each is a program.
pub const TENANT_DEPLOYMENTS_MAX: usize = 16;

/// Maps of one user in one network, those that Syrup adds included: a policy has a dozen.
pub const TENANT_MAPS_MAX: usize = 256;

/// Bytes of maps of one user in one network, by keys, values and entries.
pub const TENANT_MAP_BYTES_MAX: u64 = 64 << 20;

/// Seconds of processor time that compiling one policy may take; the examples take 2 ms.
pub const COMPILE_CPU_S_MAX: u64 = 2;

/// Milliseconds by the clock that compiling one policy may take.
pub const COMPILE_MS_MAX: u64 = 6_000;

/// Bytes of address space of the compiler.
pub const COMPILE_BYTES_MAX: u64 = 512 << 20;

/// Bytes of a job for a loading process: 32,768 instructions in JSON, with their types and lines.
pub const JOB_BYTES_MAX: usize = 32 << 20;

/// Milliseconds by the clock after which a loading process is killed: it waits up to 5 s for
/// another one of the same tenant.
pub const LOADER_MS_MAX: u64 = 8_000;
