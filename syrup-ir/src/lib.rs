//! The Syrup IR. This text is its specification; everything else follows from it.
//!
//! # What a module is
//!
//! A [`Module`] is one policy lowered for one hook. It owns executor [sets](Set), [maps](Map),
//! [parameters](Param) and [functions](Func). A policy over packets has one function; a policy
//! over threads has one for each event it handles.
//!
//! A function is a control-flow graph of [blocks](BlockData) in SSA form. A block has parameters
//! instead of phi nodes, a list of [instructions](Inst) and exactly one [terminator](Term).
//! A value is defined once, by a block parameter or an instruction, and may be used wherever its
//! definition dominates. Block `b0` is the entry: its parameters are the function's inputs, which
//! are integers or executors, and nothing jumps to it. Every block is reachable. Ids are dense:
//! `v0..`, `b0..`. The span of an instruction's result is the instruction's.
//!
//! # Values and types
//!
//! An integer [`Ty::Int`]`(n)` holds `0 ..= 2^n - 1`, for `n` in `1..=64`; `u1` is the boolean.
//! There are no signed integers. [`Ty::Exec`] is an executor of one set, [`Ty::View`] the proof
//! that a stretch of packet is present, [`Ty::Cell`] a reference to one value of a map.
//! Views and cells live in registers only: they cannot be stored, compared, selected or returned.
//! They may be passed along edges.
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
//! - `insert` creates or replaces an entry and gives 1, or gives 0 where the map is full. Bytes
//!   between the pieces of a key or value are zero. `remove` gives 1 where there was an entry.
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
//! | `per_task` | one for each live thread, zero at first | never misses | no |
//! | `maglev` | as `array`; policies only read | as `array` | no |
//! | `lpm` | one for each prefix | gives the longest that matches | yes |
//! | `log` | none | no | `insert` appends a record; no key, no `remove` |
//!
//! The key of an `lpm` map begins with a `u32` number of bits, the bits follow most significant
//! first. The size of a `log` is in bytes; a record takes 8 more than its own, rounded up to 8.
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

pub use builder::FuncBuilder;
pub use check::{Checked, Facts, Interval};
pub use ids::{Block, MapId, ParamId, SetId, Value};
pub use layout::{EnumInfo, Field, Layout, Piece, Scalar, ScalarKind};
pub use module::{
    Access, Base, BlockData, Else, ExecutorKind, Func, HookInfo, Inst, Map, MapKind, Meta, Module,
    Param, Set, Ty, ValueData, ValueDef,
};
pub use op::{AtomicOp, BinOp, CmpOp, Effects, Op, OpInfo, Order};
pub use target::{Cap, Caps, Profile};
pub use term::{Cause, Edge, Term, Verdict};
