//! Loops that were not unrolled, where the target has `may_goto`.
//!
//! In: a loop's header and its way back. Out: the header's tests: index below the end, below the
//! constant bound, and the kernel's own count of turns, which ends a loop that the verifier cannot.
//! That count is 8 million (`BPF_MAX_LOOPS`), so the language's bound always ends the loop first.

use super::values::cond;
use super::{Bound, Selector};
use crate::defect::{Defect, has};
use crate::insn::{AluOp, Rhs, Target, Term, Test, Width};
use syrup_diag::{Code, Diagnostic};
use syrup_ir::{Block, Edge, Value};

impl Selector<'_> {
    /// The header asks whether another turn is due.
    pub(super) fn turn(
        &mut self,
        header: Block,
        (end, max): (Value, u32),
        body: &Edge,
        exit: &Edge,
    ) {
        if !self.may_goto {
            let message = "this loop is too long to be unrolled for this target";
            let error = Diagnostic::error(Code::E0413, self.span, message);
            self.diagnostics.push(error.label("this loop"));
            let pass = self.pass_exit();
            return self.close(Term::Jump(pass));
        }
        self.turns = self.turns.max(self.turns_of_nest(header));
        let Some(&index) = self.func.block(header).params.first() else {
            syrup_diag::bug!("{header} has no index")
        };
        let out = self.target(exit, Bound::Nothing, true);
        let again = self.target(body, Bound::Nothing, true);
        let lhs = self.reg(index);
        let end_rhs = self.rhs(end, Width::W32);
        let test = if has(Defect::LoopOnceMore) { Test::Gt } else { Test::Ge };
        self.leave(cond(test, Width::W32, lhs, end_rhs), &out);
        if self.range(end).hi > max.into() {
            let bound = Rhs::Imm(max as i32);
            self.leave(cond(Test::Ge, Width::W32, lhs, bound), &out);
        }
        if has(Defect::LoopUncounted) {
            return self.close(Term::Jump(again));
        }
        self.close_branch(cond(Test::Exhausted, Width::W64, lhs, Rhs::Imm(0)), out, again);
    }

    /// Turns of a loop and of those around it, multiplied.
    fn turns_of_nest(&self, inner: Block) -> u64 {
        let mut product = 1u64;
        for &header in &self.analysis.order.rpo {
            if let syrup_ir::Term::Loop { max, .. } = self.func.block(header).term
                && self.analysis.order.dominates(header, inner)
                && self.goes_back(inner, header)
            {
                product = product.saturating_mul(u64::from(max).max(1));
            }
        }
        product
    }

    /// Whether control can get from a block to the next turn of a loop.
    fn goes_back(&self, from: Block, header: Block) -> bool {
        let (mut seen, mut work) = (std::collections::BTreeSet::new(), vec![from]);
        while let Some(block) = work.pop() {
            let term = &self.func.block(block).term;
            if matches!(term, syrup_ir::Term::Next { header: to, .. } if *to == header) {
                return true;
            }
            if seen.insert(block) {
                work.extend(term.successors());
            }
        }
        false
    }

    fn leave(
        &mut self,
        cond: crate::insn::Cond<crate::insn::VReg>,
        out: &Target<crate::insn::VReg>,
    ) {
        let next = self.new_block();
        self.close_branch(cond, out.clone(), Target::to(next));
        self.current = next;
    }

    /// Goes back to the header with the next index.
    pub(super) fn next_turn(&mut self, header: Block, args: &[Value]) {
        let params = &self.func.block(header).params;
        let (Some(&index), false) = (params.first(), !self.may_goto) else {
            let pass = self.pass_exit();
            return self.close(Term::Jump(pass));
        };
        let index = self.reg(index);
        let mut passed = vec![self.alu(AluOp::Add, Width::W32, index, Rhs::Imm(1))];
        for (&param, &arg) in params.iter().skip(1).zip(args) {
            if self.analysis.is_live(param) {
                self.pass(param, arg, &mut passed);
            }
        }
        let block = self.start(header);
        self.close(Term::Jump(Target { block, args: passed }));
    }
}
