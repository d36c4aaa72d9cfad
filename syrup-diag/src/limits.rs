//! Every limit of the language and of the compiler, with unit, source and reason.
//!
//! Limits of the daemon and of the loader live in `syrup-wire::limits`, next to what they guard.

/// Bytes of one source file: 1 MiB holds any policy a person writes, and bounds all later work.
pub const SOURCE_BYTES_MAX: usize = 1 << 20;

/// Levels of nesting of syntax: recursion over syntax counts against it, so that no input can
/// exhaust a 2 MiB stack, the default of a Rust thread.
pub const NESTING_MAX: u32 = 64;

/// Diagnostics kept for one compilation: a person reads the first few, a broken file has thousands.
pub const DIAGNOSTICS_MAX: usize = 100;

/// Files one policy may reach through `use`: far above any real policy, far below a resource.
pub const FILES_MAX: usize = 64;

/// Executors in one set: the slot must fit the tables the kernel holds for it (SPEC section 4).
pub const EXECUTORS_MAX: u32 = 256;

/// Entries of one map: 2^24 entries of 8 bytes are 128 MiB, more than a policy should own.
pub const MAP_ENTRIES_MAX: u32 = 1 << 24;

/// Bytes of a log, at least: the kernel takes whole pages (`ringbuf_map_alloc`,
/// kernel/bpf/ringbuf.c), and a page is 4096 bytes on the machines we know.
pub const LOG_BYTES_MIN: u64 = 4096;

/// Bytes of a log, at most: 16 MiB hold a second of a million records a second.
pub const LOG_BYTES_MAX: u64 = 1 << 24;

/// Bytes of a map's value: values are copied through the stack.
pub const MAP_VALUE_BYTES_MAX: u32 = 256;

/// Bytes of a map's key: keys are built on the stack.
pub const MAP_KEY_BYTES_MAX: u32 = 128;

/// Maps, queues and cells of one policy: the kernel allows 64 maps a program (`MAX_USED_MAPS`,
/// include/linux/bpf_verifier.h) and we keep some for parameters, executors and counters.
pub const MAPS_MAX: usize = 48;

/// Bytes of stack a program for the kernel may use: `MAX_BPF_STACK`, include/linux/filter.h.
pub const STACK_BYTES_MAX: u32 = 512;

/// Bytes of a header at fixed offsets that one match may prove present.
pub const VIEW_BYTES_MAX: u32 = 128;

/// Bytes of a variable-length field that a policy may read: a DNS name is at most 255.
pub const FIELD_BYTES_MAX: u32 = 255;

/// Parts of a header, each behind a run of bytes of computed length: QUIC's long header has three.
pub const HEADER_SEGMENTS_MAX: usize = 8;

/// Alternatives of one pattern when runs of bytes are written out: each is a way of its own through
/// the match.
pub const PATTERN_ROWS_MAX: usize = 64;

/// Decisions that the tree of a small match may take. Larger ones may take four for each test: a
/// tree may repeat what arms share, and then its arms are asked one after the other instead.
pub const TREE_DECISIONS: usize = 512;

/// Arms looked at while the tree of a match is built, once for each decision: a few tenths of a
/// second.
pub const TREE_ROWS_MAX: usize = 1 << 22;

/// VLAN tags that a policy looks behind at a hook that sees them: a customer's and a provider's
/// (IEEE 802.1ad).
pub const VLAN_TAGS_MAX: usize = 2;

/// IPv6 extension headers that a policy looks behind: each kind at most once, the second
/// destination options left out (RFC 8200, section 4.1); each costs a step of every packet.
pub const IPV6_EXTENSIONS_MAX: usize = 4;

/// Iterations of one loop.
pub const LOOP_TRIPS_MAX: u32 = 4096;

/// IR operations on the worst path, loops multiplied out.
pub const PATH_STEPS_MAX: u64 = 65_536;

/// IR operations in one function after inlining, before loops are unrolled: bounds the work of
/// every later pass.
pub const FUNCTION_OPS_MAX: usize = 32_768;

/// IR operations up to which the optimizer unrolls the loops of one function: room for the least
/// of 256 executors by a dozen operations each, and far below the 16-bit jumps of eBPF.
pub const OPTIMIZER_UNROLL_OPS_MAX: usize = 4096;

/// IR operations up to which a backend without loops unrolls what the optimizer left: about as
/// many eBPF words, and their jumps reach 32,767 of them.
pub const BACKEND_UNROLL_OPS_MAX: usize = 16_384;

/// Calls expanded in one policy: functions that call each other twice would double it each time.
pub const CALLS_MAX: usize = 1024;

/// Depth of calls from one function to another; recursion does not exist.
pub const CALL_DEPTH_MAX: u32 = 32;

/// Kernel verifier work, in processed instructions, above which a policy is refused: a tenth of
/// the kernel's own 1,000,000 (commit c04c0d2b968a), because kernels differ. A target may say less.
pub const VERIFIER_INSNS_MAX: u64 = 100_000;

/// Samples of a `forall` test, its range ends not counted.
pub const FORALL_SAMPLES: u32 = 64;

/// Runs spent on making a failing case of a `forall` smaller: a case has a handful of values, and
/// halving one of 64 bits takes 64.
pub const SHRINK_RUNS_MAX: u32 = 1024;

/// Evaluation steps of one in-file test: stops a test that loops over large ranges.
pub const TEST_STEPS_MAX: u64 = 4_000_000;

/// Bytes of a packet built in a test: a jumbo frame.
pub const TEST_PACKET_BYTES_MAX: usize = 9216;

/// Queues of threads of one policy: an agent looks at each for every free core.
pub const QUEUES_MAX: usize = 16;

/// Threads one queue holds: no 64-bit Linux has more (`PID_MAX_LIMIT`, include/linux/threads.h).
pub const QUEUE_THREADS_MAX: u32 = 4 << 20;

/// Nanoseconds a thread ran that a policy is told at most: one hour. Agents cut what is longer, so
/// that arithmetic on it can be proved.
pub const THREAD_RAN_NS_MAX: u64 = 3_600_000_000_000;

/// The largest weight of a thread (`SCHED_EXT`: 1 to 10,000, kernel/sched/ext.c; the default is
/// [`THREAD_WEIGHT`]).
pub const THREAD_WEIGHT_MAX: u64 = 10_000;

/// The weight of a thread that asked for nothing (`CGROUP_WEIGHT_DFL`, include/linux/cgroup.h).
pub const THREAD_WEIGHT: u64 = 100;

/// Bytes of the arena that native code works in: the masks of 32 bits reach no further, and no
/// policy should own more.
pub const NATIVE_ARENA_BYTES_MAX: u64 = 1 << 32;

/// CPUs that native code keeps copies of per-CPU maps for, unless told otherwise. Untouched copies
/// take no memory.
pub const NATIVE_CPUS: u32 = 64;

/// Threads that a `per_task` map of native code has room for; the kernel has 32,768 at most unless
/// told otherwise (`PID_MAX_DEFAULT`, include/linux/threads.h).
pub const NATIVE_TASKS_MAX: u32 = 1 << 16;

/// Bytes of stack that a function of native code may use: 16 times what the kernel allows, and
/// little of the 2 MiB that a Rust thread has by default.
pub const NATIVE_FRAME_BYTES_MAX: u32 = 1 << 13;

/// Rules of a card that one policy may become: cards hold some thousands for all who use them.
pub const NIC_RULES_MAX: usize = 1024;

/// Bytes of a map above which the lint `map-too-big` speaks: kernel memory is never swapped out,
/// and a policy of a service rarely needs a hundredth of a small server's.
pub const LINT_MAP_BYTES_MAX: u64 = 64 << 20;
