//! Blocks under construction, and the edges of the IR as edges of the machine.
//!
//! In: edges with what their terminator binds. Out: targets with arguments; blocks opened, filled
//! and closed.

use super::{Bound, CellAddr, Selector};
use crate::defect::{Defect, has};
use crate::insn::{BasicBlock, Insn, Target, Term, VReg};
use syrup_ir::{Block, Edge, Ty, Value};

impl Selector<'_> {
    /// The machine target of an edge. On one of two ways, arguments are computed in a block of
    /// their own, so that the other way does not pay for them.
    pub(super) fn target(&mut self, edge: &Edge, bound: Bound, one_of_two: bool) -> Target<VReg> {
        let func = self.func;
        let params = &func.block(edge.block).params;
        let start = self.start(edge.block);
        let n_bound = match bound {
            Bound::Nothing => 0,
            Bound::View(_) | Bound::Cell(_) => 1,
        };
        if self.analysis.order.preds[edge.block.idx()].len() < 2 {
            match (bound, params.first()) {
                (Bound::View(regs), Some(&param)) => {
                    self.views.insert(param, regs);
                }
                (Bound::Cell(reg), Some(&param)) => {
                    self.cells[param.idx()] = Some(CellAddr { reg, offset: 0 });
                }
                _ => {}
            }
            return Target::to(start);
        }
        let back = self.current;
        if one_of_two && !edge.args.is_empty() {
            self.current = self.new_block();
        }
        let mut args = Vec::new();
        if let Some(&param) = params.first().filter(|&&param| self.analysis.is_live(param)) {
            match bound {
                Bound::Nothing => {}
                Bound::View(regs) => {
                    args.extend(self.analysis.slots(param).iter().map(|slot| regs[slot]));
                }
                Bound::Cell(reg) => args.push(reg),
            }
        }
        for (&param, &arg) in params.iter().skip(n_bound).zip(&edge.args) {
            if self.stands_on_stack(edge.block, param) {
                self.store_slot(arg);
            } else if self.analysis.is_live(param) {
                self.pass(param, arg, &mut args);
            }
        }
        if has(Defect::ArgumentsExchanged) && args.len() > 1 {
            args.swap(0, 1);
        }
        let target = Target { block: start, args };
        if self.current == back {
            return target;
        }
        let own = self.current;
        self.close(Term::Jump(target));
        self.current = back;
        Target::to(own)
    }

    pub(super) fn pass(&mut self, param: Value, arg: Value, args: &mut Vec<VReg>) {
        match self.func.ty(param) {
            Ty::View => {
                let regs = &self.views[&self.analysis.resolve(arg)];
                args.extend(self.analysis.slots(param).iter().map(|slot| regs[slot]));
            }
            Ty::Cell(_) => args.push(self.cell_reg(arg)),
            Ty::Task => {
                syrup_diag::bug!("{param} is a thread; `emit` refuses policies over threads")
            }
            Ty::Int(_) | Ty::Exec(_) => args.push(self.reg(arg)),
        }
    }

    pub(super) fn start(&self, block: Block) -> u32 {
        self.starts[block.idx()]
    }

    pub(super) fn new_block(&mut self) -> u32 {
        self.blocks.push(BasicBlock {
            params: Vec::new(),
            insns: Vec::new(),
            // Replaced by `close`; a block that is never closed would loop, which no test survives.
            term: Term::Jump(Target::to(self.blocks.len() as u32)),
            span: self.span,
            cold: false,
        });
        self.blocks.len() as u32 - 1
    }

    pub(super) fn new_cold_block(&mut self) -> u32 {
        let block = self.new_block();
        self.blocks[block as usize].cold = true;
        block
    }

    pub(super) fn vreg(&mut self) -> VReg {
        self.n_vregs += 1;
        VReg(self.n_vregs - 1)
    }

    pub(super) fn emit(&mut self, insn: Insn<VReg>) {
        let span = self.span;
        self.blocks[self.current as usize].insns.push((insn, span));
    }

    pub(super) fn def(&mut self, make: impl FnOnce(VReg) -> Insn<VReg>) -> VReg {
        let dst = self.vreg();
        self.emit(make(dst));
        dst
    }

    pub(super) fn close(&mut self, term: Term<VReg>) {
        let span = self.span;
        let block = &mut self.blocks[self.current as usize];
        block.term = term;
        block.span = span;
    }

    pub(super) fn bind(&mut self, result: Option<Value>, reg: VReg) {
        if let Some(result) = result {
            self.regs[result.idx()] = Some(reg);
        }
    }
}
