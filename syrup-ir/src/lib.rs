//! The Syrup IR. This text is its specification; everything else follows from it.
//!
//! # What a module is
//!
//! A [`Module`] is one policy lowered for one hook. It owns executor [sets](Set), [maps](Map),
//! [queues](Queue) of threads, [parameters](Param) and [functions](Func). A policy over packets has
//! one function; a policy over threads has one for each [event](Event) it handles.
//!
//! A function is a control-flow graph of [blocks](BlockData) in SSA form. A block has parameters
//! instead of phi nodes, a list of [instructions](Inst) and exactly one [terminator](Term).
//! A value is defined once, by a block parameter or an instruction, and may be used wherever its
//! definition dominates. Block `b0` is the entry: its parameters are the function's inputs, which
//! are integers or executors, or what its event gives, and nothing jumps to it. Every block is
//! reachable. Ids are dense: `v0..`, `b0..`. The span of an instruction's result is the
//! instruction's.
//!
//! # Values and types
//!
//! An integer [`Ty::Int`]`(n)` holds `0 ..= 2^n - 1`, for `n` in `1..=64`; `u1` is the boolean.
//! There are no signed integers. [`Ty::Exec`] is an executor of one set, [`Ty::View`] the proof
//! that a stretch of packet is present, [`Ty::Cell`] a reference to one value of a map,
//! [`Ty::Task`] the thread an event is about.
//! Views, cells and threads live in registers only: they cannot be stored, compared, selected or
//! returned. They may be passed along edges.
//!
//! # Evaluation
//!
//! `eval(function, input, S, M, t, r)` gives a verdict and effects. `S` is a snapshot of every
//! set (its length and the generation of each slot), read once. `M` are the maps. `t` is one time
//! sample: every `now` of one evaluation gives the same number. `r` is a stream of draws: every
//! `random` takes the next. An evaluation stays on one CPU. Other evaluations and user space may
//! change `M` meanwhile; each operation on a cell sees some value that was written whole.
//!
//! Every operation is total and deterministic given these:
//!
//! - `const` is its number, cut to the type. `add sub mul` and `shl` wrap modulo `2^n`;
//!   `add_sat sub_sat mul_sat` clamp to the type's range. `x / 0 = 0` and `x % 0 = x` (RFC 9669,
//!   section 4.1). A shift by `n` or more gives 0.
//! - `convert` zero-extends or cuts. `byteswap` takes `u16`, `u32` or `u64`. `select` and the
//!   comparisons for equality also take executors, which are equal when their slots are.
//! - `reduce h, n` is `(h * n) >> 32` over `u32`, so it is below `n` unless `n` is 0.
//! - `random n` is below `n`; `random` of 0 takes a draw like any other and gives 0.
//! - `load v, o` reads whole bytes of the view `v` from byte `o` on, in the stated byte order; the
//!   check proves that they lie inside.
//! - A cell operation acts on the map's value at a constant byte offset, a multiple of its width.
//!   `read` and `write` are single little-endian accesses of the bytes that the scalar's type
//!   takes in memory: 1, 2, 4 or 8. A `u1` or `u13` that is read is cut to its bits; one that is
//!   written is zero-extended. `atomic` operations act on `u32` and `u64`, are indivisible,
//!   sequentially consistent, and give the old value.
//! - A value may begin with a lock. Between `lock c` and `unlock c` no other evaluation has the
//!   same value locked, and user space reads or writes it as a whole or not at all. The check
//!   proves that an evaluation has one value locked at most, that it only computes and reads and
//!   writes this value meanwhile, and that it unlocks it on every path. No read, write or `insert`
//!   touches the bytes of the lock itself; accesses without the lock see some value of each scalar.
//! - `insert` creates or replaces an entry and gives 1, or gives 0 where the map is full. Bytes
//!   between the pieces of a key or value are zero. `remove` gives 1 where there was an entry.
//! - `generation s, i` is the generation of slot `i` of set `s`, 0 where the slot holds nothing or
//!   does not exist. A slot that is filled again has another generation than before.
//! - `executor s, i` names slot `i` of set `s`. Whether the slot holds anything is asked when the
//!   verdict is carried out.
//!
//! # Packet access
//!
//! The terminator [`Term::View`] asks whether `len` bytes, 1 to 255, exist at an offset from one
//! of the packet's [bases](Base). The offset is the sum of a constant and perhaps a `u32`, without
//! wrapping. Its `ok` edge binds the view to the first parameter of the target block; only there
//! can a `load` name it. So an access without a proof is not expressible, and no pass can move one
//! above its proof. A view that comes by several edges has as many bytes as the shortest of them.
//! A view speaks of the whole packet as the application would receive it, not of the part a kernel
//! keeps in linear memory.
//!
//! # Map access
//!
//! [`Term::Lookup`] binds a cell on its `found` edge. Operations on a cell name the value that was
//! bound, so a missing entry cannot be read. When the entry is replaced, removed or forgotten
//! after that, the cell keeps the value it was bound to, which nobody else will see.
//!
//! | kind | cells | `lookup` | `insert`, `remove` |
//! | --- | --- | --- | --- |
//! | `state` | one, always there ([`Op::StateCell`]) | no | no |
//! | `array` | one for each key below its size | misses at or beyond its size | no |
//! | `hash` | one for each entry | misses where there is none | a full map refuses |
//! | `lru_hash` | one for each entry | the same, and marks it as used | a full map forgets one |
//! | `per_cpu_state`, `per_cpu_array` | one copy for each CPU | as `state`, `array` | no |
//! | `per_task` | one for each live thread (the key), zero at first | never misses | no |
//! | `maglev` | as `array`; policies only read | as `array` | no |
//! | `lpm` | one for each prefix | gives the longest that matches | yes |
//! | `log` | none | no | `insert` appends a record; no key, no `remove` |
//!
//! The key of an `lpm` map begins with a `u32` number of bits, the bits follow most significant
//! first. The size of a `log` is in bytes; a record takes 8 more than its own, rounded up to 8,
//! and all records together take less than the size.
//!
//! # Loops and termination
//!
//! A block that ends in [`Term::Loop`] is a loop header: its first parameter is a `u32` index. The
//! body runs while the index is below `end` and below the constant `max`, which is not 0. An edge
//! into the header passes the first index like any argument. [`Term::Next`] is the only edge that
//! may go to a block that dominates it; it goes to a header and passes index + 1, which it does
//! not name, before its arguments. The exit of a loop does not lead back to a `next` of it. All
//! other edges together form no cycle. So each loop ends after at most `max` trips, by
//! construction, and every graph is reducible.
//!
//! # Verdicts
//!
//! [`Term::Return`] ends an evaluation. `steer e` chooses an executor: if its slot is empty when
//! the verdict is carried out, the set's declared `else` verdict is taken instead. The [`Cause`]
//! says which part of the source ended the evaluation; it never changes the meaning.
//!
//! # Threads
//!
//! A function with the name of an [event](Event) handles it. What the event gives is its inputs;
//! what is known of the thread ([`TaskField`]) and which cores it may use was sampled when the
//! event happened. Durations are cut to one hour before they are given, weights lie in 1 to 10,000.
//! An event without a handler is answered `pass`.
//!
//! | event | inputs | when | answers besides `pass` |
//! | --- | --- | --- | --- |
//! | `runnable` | thread | it wants to run and has no core | `steer`, `enqueue`, `preempt` |
//! | `available` | core | it has nothing to run | `pop`, `idle` |
//! | `start` | thread, core | the thread begins to run there | `keep` |
//! | `stop` | thread, `u64` | it no longer runs, and ran so many nanoseconds | `keep` |
//! | `tick` | thread, core | it has run there for another tick | `keep`, `enqueue` |
//! | `enable` | thread | the policy gets it, before any other event of it | `keep` |
//! | `hint` | thread | it waits or runs, and an entry about it changed | `keep` and as `runnable` |
//!
//! Events of one thread come one after the other, those of two threads may come at once on two
//! CPUs. So the cell of a thread in a `per_task` map is its own.
//!
//! **Cores.** A core is idle or busy. It becomes idle by the verdict `idle` on it, and is idle when
//! the policy is loaded. It becomes busy when a `claim` of it gives 1, when a thread is placed on
//! it, and before the handlers of its `available` and of a `start` on it run. `claim e` is one step
//! that cannot be divided: of all CPUs that claim an idle core at once, one gets 1. Only events
//! that place a thread claim. A core that was claimed, and that the verdict does not give the
//! thread, is idle again when the evaluation ends; `available` may come for an idle core.
//! `is_idle e` only reads. `allowed t, e` says whether a thread may use a core.
//!
//! **Queues.** A queue holds at most its capacity. A `fifo` queue takes a thread at its end. An
//! `ordered` queue takes one in front of the first thread whose key its own key is before, else at
//! its end: `a` is before `b` where `a - b`, modulo `2^64`, is `2^63` or more. Keys that lie within
//! `2^63` of each other are so in order, and equal ones in the order they came. A backend may order
//! keys that lie farther apart in another way, so no policy may rest on it.
//! [`Term::Pop`] takes the first thread that may use the core, and the core runs it: nothing stands
//! between the two, so a thread that leaves a queue always has a core. `queue_len q` is the number
//! of threads in a queue.
//!
//! **Verdicts.** Each thread is in one place: on a core, in one queue, or left to the system. A
//! verdict that places the thread of an event takes it from where it was.
//!
//! - `steer e`: it runs on the core as soon as that is free, before any queue is asked. The core it
//!   ran on becomes available.
//! - `preempt e`: it runs on the core at once; the thread that ran there becomes runnable.
//! - `enqueue q`, `enqueue q at k`: it waits in the queue; the core it ran on becomes available. A
//!   full queue takes nothing, and the verdict is `pass`.
//! - `keep`: it stays where it is.
//! - `idle`: the core of the event has nothing to run until a thread is placed on it.
//! - `pass`: the system's own scheduler has the thread until it is next runnable, or the core until
//!   it is next available; on `tick` and `hint`, and where nothing is asked, it is `keep`.
//!
//! A thread cannot be refused: `drop` answers no event, and no set of such a module has it as its
//! `else`. Where `steer` or `preempt` names an empty slot, or a core that the thread may not use,
//! the verdict is the set's `else`.
//!
//! # Facts
//!
//! [`check`](check::check) proves structure and types, computes an interval for each value, a trip
//! count for each loop, the worst path and the capabilities used, and is the only maker of
//! [`Checked`]. An interval is a promise about every evaluation; the interpreter can be asked to
//! test each promise as it runs. Parameters are trusted to be in their range, which the loader
//! enforces; what is read from a map is not, because user space can write anything there.
//!
//! Steps are counted by a table: each operation and terminator has a number that does not depend
//! on operands ([`Op::info`], [`Term::steps`]). They bound work; they are no measure of time.
//!
//! # Where things are
//!
//! [`FuncBuilder`] makes functions, [`text`] prints and parses modules, [`check`] proves and
//! refuses, [`opt`] improves, [`interp`] evaluates. The language's own limits are in
//! `syrup_diag::limits`.

pub mod builder;
pub mod check;
pub mod graph;
mod ids;
pub mod interp;
mod layout;
mod module;
mod op;
pub mod opt;
mod renumber;
mod target;
mod term;
pub mod text;
mod thread;

pub use builder::FuncBuilder;
pub use check::{Checked, Facts, Interval};
pub use ids::{Block, MapId, ParamId, QueueId, SetId, Value};
pub use layout::{EnumInfo, Field, Layout, Piece, Scalar, ScalarKind, max_of};
pub use module::{
    Access, Base, BlockData, Budget, Else, ExecutorKind, Func, HookInfo, Inst, Map, MapKind, Meta,
    Module, Param, Set, Ty, ValueData, ValueDef,
};
pub use op::{AtomicOp, BinOp, CmpOp, Effects, Op, OpInfo, Order};
pub use target::{Cap, Caps, Profile};
pub use term::{Cause, Edge, Term, Verdict};
pub use thread::{
    Answer, Event, EventInfo, Given, Queue, QueueOrder, TaskField, ThreadOp, ThreadVerdict,
};
