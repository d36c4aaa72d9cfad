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
//! definition dominates. Block `b0` is the entry; nothing jumps to it.
//!
//! # Values and types
//!
//! An integer [`Ty::Int`]`(n)` holds `0 ..= 2^n - 1`, for `n` in `1..=64`; `u1` is the boolean.
//! There are no signed integers. [`Ty::Exec`] is an executor of one set, [`Ty::View`] the proof
//! that a stretch of packet is present, [`Ty::Cell`] a reference to one value of a map.
//! Views and cells live in registers only: they cannot be stored, compared or returned.
//!
//! # Evaluation
//!
//! `eval(function, input, S, M, t, r)` gives a verdict and effects. `S` is a snapshot of every
//! set (its length and the generation of each slot), read once. `M` are the maps. `t` is one time
//! sample: every `now` of one evaluation gives the same number. `r` is a stream of draws: every
//! `random` takes the next.
//!
//! Every operation is total and deterministic given these:
//!
//! - `add sub mul` and `shl` wrap modulo `2^n`; `add_sat sub_sat mul_sat` clamp to the type's
//!   range. `x / 0 = 0` and `x % 0 = x` (RFC 9669, section 4.1). A shift by `n` or more gives 0.
//! - `convert` zero-extends or cuts. `reduce h, n` is `(h * n) >> 32` over `u32`, so it is below
//!   `n` unless `n` is 0.
//! - `load v, o` reads the view `v` at byte `o` in the stated byte order; the check proves that it
//!   lies inside.
//! - A cell operation acts on the map's value at a constant byte offset. Plain `read` and `write`
//!   are single accesses of the stated width; `atomic` operations are indivisible, sequentially
//!   consistent and give the old value.
//! - `insert` creates or replaces an entry and gives 1, or gives 0 where the map is full.
//! - `executor s, i` names slot `i` of set `s`. Whether the slot holds anything is asked when the
//!   verdict is carried out.
//!
//! # Packet access
//!
//! The terminator [`Term::View`] asks whether `len` bytes exist at an offset from one of the
//! packet's [bases](Base). Its `ok` edge binds the view to the first parameter of the target block;
//! only there can a `load` name it. So an access without a proof is not expressible, and no pass
//! can move one above its proof. A view speaks of the whole packet as the application would
//! receive it, not of the part a kernel keeps in linear memory.
//!
//! # Map access
//!
//! [`Term::Lookup`] binds a cell on its `found` edge. Operations on a cell name the value that was
//! bound, so a missing entry cannot be read. A lookup in an `array` with a key at or beyond its
//! size takes the `missing` edge. The entry of a `state` map is always there ([`Op::StateCell`]).
//!
//! # Loops and termination
//!
//! A block that ends in [`Term::Loop`] is a loop header: its first parameter is a `u32` index. The
//! body runs while the index is below `end` and below the constant `max`. [`Term::Next`] is the
//! only edge that may go to a block that dominates it; it goes to a header and passes index + 1.
//! So each loop ends after at most `max` trips, by construction.
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
//! test each promise as it runs.

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
