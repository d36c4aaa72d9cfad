//! A bound on what the kernel's verifier will do, in processed instructions.
//!
//! In: placed blocks. Out: the bound, and the source of the block that weighs most.
//!
//! Claim: the verifier walks each path of the program at most once, and a prefix that several paths
//! share once (`do_check`, kernel/bpf/verifier.c); our programs have no loops. Without CAP_PERFMON it
//! walks the untaken side of a decided branch too, so every edge counts.

use crate::insn::{Insn, Reg};
use crate::layout::{End, Placed};
use syrup_diag::Span;

/// The verifier's work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cost {
    /// Processed instructions, at most.
    pub insns: u64,
    /// Where most of them are.
    pub worst: Span,
}

/// Bounds the work of a program.
pub fn bound(blocks: &[Placed]) -> Cost {
    let n = blocks.len();
    let order = topological(blocks);
    let mut visits = vec![0u64; n];
    if let Some(first) = visits.first_mut() {
        *first = 1;
    }
    let mut cost = Cost { insns: 0, worst: Span::default() };
    let mut most = 0;
    for &idx in &order {
        let block = &blocks[idx];
        let work = visits[idx].saturating_mul(steps(block));
        cost.insns = cost.insns.saturating_add(work);
        if work > most {
            most = work;
            cost.worst = block.span;
        }
        for next in successors(blocks, idx) {
            visits[next] = visits[next].saturating_add(visits[idx]);
        }
    }
    cost
}

fn steps(block: &Placed) -> u64 {
    let end = match block.end {
        End::Fall => 0,
        End::Goto(_) | End::If(..) | End::Exit => 1,
        End::IfElse(..) => 2,
    };
    block.insns.iter().map(|(insn, _)| processed(insn)).sum::<u64>() + end
}

/// Two-word loads count once.
fn processed(insn: &Insn<Reg>) -> u64 {
    match insn {
        Insn::LoadImm64 { .. } | Insn::LoadMap { .. } => 1,
        _ => crate::emit::n_words(insn).into(),
    }
}

fn successors(blocks: &[Placed], idx: usize) -> Vec<usize> {
    match &blocks[idx].end {
        End::Fall => vec![idx + 1],
        End::Goto(to) => vec![*to as usize],
        End::If(_, to) => vec![*to as usize, idx + 1],
        End::IfElse(_, yes, no) => vec![*yes as usize, *no as usize],
        End::Exit => vec![],
    }
}

fn topological(blocks: &[Placed]) -> Vec<usize> {
    let n = blocks.len();
    let mut waiting = vec![0usize; n];
    for idx in 0..n {
        for next in successors(blocks, idx) {
            waiting[next] += 1;
        }
    }
    let mut ready: Vec<usize> = (0..n).filter(|&idx| waiting[idx] == 0).collect();
    let mut order = Vec::with_capacity(n);
    while let Some(idx) = ready.pop() {
        order.push(idx);
        for next in successors(blocks, idx) {
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(next);
            }
        }
    }
    order
}
