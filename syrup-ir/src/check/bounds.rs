//! Bounds: every load lies inside its view, every access to a cell inside the map's value.
//!
//! In: a function whose ids, graph and types hold. Out: violations. Claim: no access outside a
//! view or a cell is expressible. Argument: a view value is bound by a `view` terminator, with its
//! `len`, or passed along edges; its provable length is the smallest over all edges that give it,
//! the greatest solution of those equations, which every real run obeys because each view begins
//! at a terminator. Offsets into cells are constants and the map's value has one size.

use super::types::cell_bytes;
use super::{Report, Violation};
use crate::graph::Graph;
use crate::{Block, Func, Inst, Module, Op, Term, Ty, Value};
use syrup_diag::limits::FIELD_BYTES_MAX;

/// The farthest byte of a packet an offset may name: IPv4 and IPv6 datagrams end there.
const PACKET_BYTES_MAX: u32 = 1 << 16;

/// All accesses of a function.
pub(super) fn bounds(module: &Module, func: &Func, graph: &Graph) -> Vec<Violation> {
    let lens = view_lens(func, graph);
    let mut report = Report::new(func);
    for block in func.block_ids() {
        if let Term::View { offset, len, .. } = func.block(block).term {
            view(&mut report, block, offset, len);
        }
        for inst in &func.block(block).insts {
            let problem = match &inst.op {
                Op::Load { view, offset, .. } => load(func, inst, *offset, lens[view.idx()]),
                Op::Read { cell, offset } => {
                    inst.result.and_then(|to| access(module, func, *cell, *offset, to))
                }
                Op::Write { cell, offset, value } | Op::Atomic { cell, offset, value, .. } => {
                    access(module, func, *cell, *offset, *value)
                }
                _ => None,
            };
            if let Some(text) = problem {
                report.inst(block, inst, text);
            }
        }
    }
    report.done()
}

/// The bytes that each view is known to have; `u32::MAX` for values that are no views.
fn view_lens(func: &Func, graph: &Graph) -> Vec<u32> {
    let mut lens = vec![u32::MAX; func.values.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for &block in &graph.order {
            for (param, len) in passed(func, block, &lens) {
                changed |= len < lens[param.idx()];
                lens[param.idx()] = lens[param.idx()].min(len);
            }
        }
    }
    lens
}

/// The parameters that the edges of a block give views to, with the length each is known to have.
fn passed(func: &Func, block: Block, lens: &[u32]) -> Vec<(Value, u32)> {
    let mut passed = Vec::new();
    let mut pass = |args: &[Value], params: &[Value]| {
        passed.extend(args.iter().zip(params).map(|(arg, &param)| (param, lens[arg.idx()])));
    };
    let term = &func.block(block).term;
    for (edge, n_bound) in term.edges() {
        pass(&edge.args, &func.block(edge.block).params[n_bound as usize..]);
    }
    if let Term::Next { header, args } = term {
        pass(args, &func.block(*header).params[1..]);
    }
    if let Term::View { ok, len, .. } = term {
        passed.push((func.block(ok.block).params[0], *len));
    }
    passed
}

fn load(func: &Func, inst: &Inst, offset: u32, len: u32) -> Option<String> {
    let Ty::Int(bits) = func.ty(inst.result?) else { return None };
    let end = u64::from(offset) + u64::from(bits / 8);
    (end > u64::from(len)).then(|| format!("it reads to byte {end} of a view of {len}"))
}

fn access(module: &Module, func: &Func, cell: Value, offset: u32, value: Value) -> Option<String> {
    let Ty::Cell(map) = func.ty(cell) else { return None };
    let map = &module.maps[map.idx()];
    let (size, bytes) = (map.value.size(), cell_bytes(func, value));
    if u64::from(offset) + u64::from(bytes) > u64::from(size) {
        return Some(format!("{bytes} bytes at {offset} of a value of {size}"));
    }
    if let Some(lock) = map.value.lock()
        && offset < lock + crate::layout::LOCK_BYTES
        && offset + bytes > lock
    {
        return Some(format!("{bytes} bytes at {offset} belong to the lock"));
    }
    // The kernel aligns values of maps to 8 bytes, so an aligned offset is an aligned address.
    (!offset.is_multiple_of(bytes.max(1)))
        .then(|| format!("{bytes} bytes at {offset} are not aligned"))
}

fn view(report: &mut Report<'_>, block: Block, offset: u32, len: u32) {
    if len == 0 || len > FIELD_BYTES_MAX {
        report.term(block, format!("a view has 1 to {FIELD_BYTES_MAX} bytes"));
    }
    if offset > PACKET_BYTES_MAX {
        report.term(block, format!("no packet is longer than {PACKET_BYTES_MAX} bytes"));
    }
}
