//! Capabilities: the hook and the target offer what the module uses.
//!
//! In: a well-formed module and a target. Out: the capabilities used, and a diagnostic for each
//! that is missing, in the policy's own terms, at its first use. Loops need nothing here: a
//! backend may unroll them, and says so itself where it cannot.

use crate::{
    BinOp, Cap, Caps, Func, MapId, MapKind, Module, Op, Profile, Term, Ty, Value, ValueDef,
};
use std::collections::BTreeMap;
use syrup_diag::{Code, Diagnostic, Diagnostics, Span};

/// Secondary places named in one diagnostic.
const PLACES_MAX: usize = 4;

/// The capabilities a module uses; what is missing is reported.
pub(super) fn capabilities(module: &Module, target: &Profile, found: &mut Diagnostics) -> Caps {
    let mut uses = Uses::default();
    for map in &module.maps {
        if let Some(cap) = map_cap(map.kind) {
            uses.add(cap, map.span);
        }
    }
    for func in &module.funcs {
        uses.func(func);
    }
    for (&cap, places) in &uses.places {
        if let Some(missing) = missing(module, target, cap) {
            let diagnostic = diagnostic(&missing, phrase(cap), places).help(instead(cap));
            found.push(match cap {
                Cap::AtomicFetch => diagnostic.label("needs an atomic that returns the old value"),
                _ => diagnostic,
            });
        }
    }
    // A word that is added to atomically cannot be read on such a hook either: the card keeps
    // counters apart (nfp_bpf_map_mark_used_one in the kernel's netronome/nfp/bpf/verifier.c).
    if let Some(missing) = missing(module, target, Cap::AtomicFetch) {
        for (reads, adds) in uses.read_and_added() {
            let mut diagnostic = diagnostic(&missing, phrase(Cap::AtomicFetch), reads);
            for &span in adds.iter().take(PLACES_MAX) {
                diagnostic = diagnostic.also(span, "added to here");
            }
            found.push(diagnostic.label("read here"));
        }
    }
    uses.places.keys().copied().collect()
}

/// Where capabilities are used.
#[derive(Default)]
struct Uses {
    places: BTreeMap<Cap, Vec<Span>>,
    /// Plain reads and atomic changes of each word of four bytes of the maps' values.
    reads: BTreeMap<(MapId, u32), Vec<Span>>,
    atomics: BTreeMap<(MapId, u32), Vec<Span>>,
}

impl Uses {
    fn add(&mut self, cap: Cap, span: Span) {
        self.places.entry(cap).or_default().push(span);
    }

    fn func(&mut self, func: &Func) {
        let is_used = used_values(func);
        for inst in func.blocks.iter().flat_map(|block| &block.insts) {
            let is_result_used = inst.result.is_some_and(|value| is_used[value.idx()]);
            match inst.op {
                // A divisor that is written in the source is a multiplication on any target, and
                // a remainder by a power of two is a mask.
                Op::Bin(BinOp::Div, _, by) if constant(func, by).is_some() => {}
                Op::Bin(BinOp::Rem, _, by)
                    if constant(func, by).is_some_and(u64::is_power_of_two) => {}
                _ => {
                    if let Some(cap) = inst.op.needs(is_result_used) {
                        self.add(cap, inst.span);
                    }
                }
            }
            let (table, cell, offset, value) = match inst.op {
                Op::Read { cell, offset } => (&mut self.reads, cell, offset, inst.result),
                Op::Atomic { cell, offset, value, .. } => {
                    (&mut self.atomics, cell, offset, Some(value))
                }
                _ => continue,
            };
            let bytes = value.map_or(0, |value| super::types::cell_bytes(func, value));
            if let Ty::Cell(map) = func.ty(cell) {
                for word in offset / 4..(offset + bytes).div_ceil(4) {
                    table.entry((map, word)).or_default().push(inst.span);
                }
            }
        }
        for block in &func.blocks {
            if let Term::View { at: Some(_), .. } = block.term {
                self.add(Cap::VariableOffset, block.span);
            }
        }
    }

    /// Places where a word is read and where it is changed atomically, for words with both.
    fn read_and_added(&self) -> impl Iterator<Item = (&[Span], &[Span])> {
        self.reads.iter().filter_map(|(cell, reads)| {
            let adds = self.atomics.get(cell)?;
            Some((&reads[..], &adds[..]))
        })
    }
}

fn used_values(func: &Func) -> Vec<bool> {
    let mut is_used = vec![false; func.values.len()];
    for block in &func.blocks {
        let operands = block.insts.iter().flat_map(|inst| inst.op.uses());
        for value in operands.chain(block.term.uses()) {
            is_used[value.idx()] = true;
        }
    }
    is_used
}

/// The number that an instruction says a value is.
fn constant(func: &Func, value: Value) -> Option<u64> {
    match func.values[value.idx()].def {
        ValueDef::Param(..) => None,
        ValueDef::Inst(block, at) => match func.block(block).insts[at as usize].op {
            Op::Const(number) => Some(number),
            _ => None,
        },
    }
}

fn map_cap(kind: MapKind) -> Option<Cap> {
    match kind {
        MapKind::State | MapKind::Array | MapKind::PerCpuState | MapKind::PerCpuArray => None,
        MapKind::PerTask | MapKind::Maglev(_) => None,
        MapKind::Hash => Some(Cap::HashMap),
        MapKind::LruHash => Some(Cap::LruMap),
        MapKind::Lpm => Some(Cap::LpmMap),
        MapKind::Log => Some(Cap::Log),
    }
}

/// Who lacks a capability, if anyone does: its code, and its name for the message.
fn missing(module: &Module, target: &Profile, cap: Cap) -> Option<(Code, String)> {
    if !module.hook.caps.has(cap) {
        Some((Code::E0412, format!("hook {}", module.hook.name)))
    } else if !target.caps.has(cap) {
        Some((Code::E0413, format!("target {}", target.name)))
    } else {
        None
    }
}

fn diagnostic((code, who): &(Code, String), what: &str, places: &[Span]) -> Diagnostic {
    let first = places.first().copied().unwrap_or_default();
    let mut diagnostic = Diagnostic::error(*code, first, format!("{who} cannot {what}"));
    let mut others: Vec<Span> = places.iter().copied().filter(|&span| span != first).collect();
    others.dedup();
    for &span in others.iter().take(PLACES_MAX) {
        diagnostic = diagnostic.also(span, "and here");
    }
    diagnostic
}

/// What to write where a capability is missing.
fn instead(cap: Cap) -> &'static str {
    match cap {
        Cap::Store => "let user space replace the value, and read it here",
        Cap::Insert => "let user space insert and remove entries, and look them up here",
        Cap::AtomicAdd => "let user space count, or leave the count out",
        Cap::AtomicFetch => "choose by the packet: `pkt.flow_hash`; or add without reading",
        Cap::Divide => "divide by a constant",
        Cap::Modulo => "use `.hash(...)` of the set, or a mask: `n & 7`",
        Cap::Time => "let user space write what depends on the time",
        Cap::Random => "choose by the packet: `.hash(pkt.flow_hash)`",
        Cap::Lock => "keep what belongs together in one number",
        Cap::VariableOffset => "match fields at fixed places only",
        Cap::Loop => "bound the loop by a smaller constant, so that it is unrolled",
        Cap::HashMap => "use an `Array`, with some bits of the key as its index",
        Cap::LruMap => "use a `Hash`, and let user space remove old entries",
        Cap::LpmMap => "match the networks in the policy's patterns",
        Cap::Log => "count in a map that user space reads",
    }
}

/// What a policy does with a capability, to follow "cannot".
fn phrase(cap: Cap) -> &'static str {
    match cap {
        Cap::Store => "replace a value of a map",
        Cap::Insert => "insert into a map or remove from it",
        Cap::AtomicAdd => "add to a value atomically",
        Cap::AtomicFetch => "read a value that is added to atomically",
        Cap::Divide => "divide by a number that is not constant",
        Cap::Modulo => "take a remainder",
        Cap::Time => "ask for the time",
        Cap::Random => "draw random numbers",
        Cap::Lock => "lock a value of a map",
        Cap::VariableOffset => "read a packet at an offset that is computed",
        Cap::Loop => "run a loop that is not unrolled",
        Cap::HashMap => "use a `Hash` map",
        Cap::LruMap => "use an `LruHash` map",
        Cap::LpmMap => "use an `Lpm` map",
        Cap::Log => "use a `Log`",
    }
}
