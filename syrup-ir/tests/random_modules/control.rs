//! Statements that branch, ask or turn.

use crate::generate::span;
use crate::walk::{WIDTHS, Walk};
use syrup_ir::{Base, Block, Cause, Edge, Layout, MapId, Op, Term, Ty, Value, Verdict};

impl Walk {
    /// A choice by a `u1`.
    pub fn branch(&mut self, depth: u32) -> bool {
        let cond = self.value(Ty::BOOL);
        let (yes, no) = (self.f.block(), self.f.block());
        let span = self.span();
        self.f.branch(cond, yes, no, span);
        self.join(depth, yes, no)
    }

    /// A question for bytes of the packet.
    pub fn view(&mut self, depth: u32) -> bool {
        let base = self.rng.pick(&[Base::Frame, Base::Net, Base::Net, Base::Transport]);
        let offset = self.rng.pick(&[0, 0, 2, 8]);
        let at = if self.rng.once_in(4) { Some(self.value(Ty::U32)) } else { None };
        let len = self.rng.pick(&[1, 4, 7, 8, 12, 16]);
        let (ok, short) = (self.f.block(), self.f.block());
        let span = self.span();
        let view = self.f.param(ok, Ty::View, span);
        let (ok_edge, short_edge) = (Edge::to(ok), Edge::to(short));
        let term = Term::View { base, offset, at, len, ok: ok_edge, short: short_edge };
        self.f.terminate(term, span);
        self.views.push((view, len));
        self.join(depth, ok, short)
    }

    /// A question for an entry of a map.
    pub fn lookup(&mut self, depth: u32) -> bool {
        let n_kinds = if self.task.is_some() { 5 } else { 4 };
        let map = MapId(self.rng.pick(&[1, 2, 3, 5, 6][..n_kinds]));
        let bits = match self.maps[map.idx()].key {
            Layout::Scalar(ref scalar) => scalar.bits,
            Layout::Bytes(_) | Layout::Struct { .. } => unreachable!("keys are numbers here"),
        };
        let key = match self.task.filter(|_| map == MapId(6)) {
            Some(task) => vec![task],
            None => vec![self.value(Ty::Int(bits))],
        };
        let (found, missing) = (self.f.block(), self.f.block());
        let span = self.span();
        let cell = self.f.param(found, Ty::Cell(map), span);
        let (found_edge, missing_edge) = (Edge::to(found), Edge::to(missing));
        let term = Term::Lookup { map, key, found: found_edge, missing: missing_edge };
        self.f.terminate(term, span);
        self.cells.push(cell);
        self.join(depth, found, missing)
    }

    /// Fills two blocks and brings them together; what was bound last is only in the first.
    fn join(&mut self, depth: u32, first: Block, second: Block) -> bool {
        let bits = self.rng.pick(&WIDTHS);
        let ty = Ty::Int(bits);
        let after = self.f.block();
        let mut n_joined = 0;
        let mark = self.mark();
        // Sometimes a view or a cell comes by both edges, as long as the shorter of them.
        let f = &self.f;
        let is_outer = |value: &Value| !f.is_param_of(*value, first);
        let passes_view = self.views.iter().any(|(v, _)| is_outer(v)) && self.rng.once_in(3);
        let outer_cell = self.cells.iter().copied().find(is_outer).filter(|_| bits == 32);
        let cell_ty = outer_cell.map(|cell| self.f.ty(cell));
        let mut passed_len = u32::MAX;
        for (at, block) in [first, second].into_iter().enumerate() {
            self.f.switch_to(block);
            if at == 1 {
                let f = &self.f;
                let own = |value: &Value| f.is_param_of(*value, first);
                self.views.retain(|(view, _)| !own(view));
                self.cells.retain(|cell| !own(cell));
            }
            let mark = self.mark();
            if !self.statements(depth) {
                if self.rng.once_in(6) {
                    self.digest();
                }
                let mut args = vec![self.value(ty)];
                if passes_view {
                    let (view, len) = self.rng.pick(&self.views);
                    passed_len = passed_len.min(len);
                    args.push(view);
                }
                if let Some(cell_ty) = cell_ty {
                    let f = &self.f;
                    let alike = self.cells.iter().copied().filter(|&cell| f.ty(cell) == cell_ty);
                    args.push(self.rng.pick(&alike.collect::<Vec<_>>()));
                }
                let span = self.span();
                self.f.jump(after, args, span);
                n_joined += 1;
            }
            self.restore(mark);
        }
        self.restore((mark.0, self.views.len().min(mark.1), self.cells.len().min(mark.2)));
        if n_joined == 0 {
            // Nothing leads there; it still needs an end.
            self.f.switch_to(after);
            let verdict = Verdict::Pass;
            self.f.terminate(Term::Return { verdict, cause: Cause::Unreachable }, span(1));
            return true;
        }
        let span = self.span();
        let param = self.f.param(after, ty, span);
        self.visible.push(param);
        if passes_view {
            let view = self.f.param(after, Ty::View, span);
            self.views.push((view, passed_len));
        }
        if let Some(cell_ty) = cell_ty {
            let cell = self.f.param(after, cell_ty, span);
            self.cells.push(cell);
        }
        self.f.switch_to(after);
        false
    }

    /// A loop that carries a value and may leave early.
    pub fn looping(&mut self, depth: u32) -> bool {
        let (header, body, exit, after) =
            (self.f.block(), self.f.block(), self.f.block(), self.f.block());
        let first = self.rng.below(3);
        let index = if self.rng.once_in(4) {
            self.value(Ty::U32)
        } else {
            self.op(Op::Const(first), Ty::U32)
        };
        let bits = self.rng.pick(&WIDTHS);
        let ty = Ty::Int(bits);
        let start = self.value(ty);
        let span = self.span();
        self.f.jump(header, vec![index, start], span);
        let index = self.f.param(header, Ty::U32, span);
        let carried = self.f.param(header, ty, span);
        let result = self.f.param(after, ty, span);
        let mark = self.mark();
        self.f.switch_to(header);
        self.visible.extend([index, carried]);
        if self.rng.once_in(2) {
            self.computation();
        }
        let end = if self.rng.once_in(2) {
            let end = self.rng.below(6);
            self.op(Op::Const(end), Ty::U32)
        } else {
            self.value(Ty::U32)
        };
        let max = 1 + self.rng.below(5) as u32;
        let term = Term::Loop { end, max, body: Edge::to(body), exit: Edge::to(exit) };
        self.f.terminate(term, span);
        let inner = self.mark();
        self.f.switch_to(body);
        if !self.statements(depth) {
            if self.rng.once_in(4) {
                self.digest();
            }
            let next = self.value(ty);
            if self.rng.once_in(3) {
                let (leave, stay) = (self.f.block(), self.f.block());
                let cond = self.value(Ty::BOOL);
                self.f.branch(cond, leave, stay, span);
                self.f.switch_to(leave);
                self.f.jump(after, vec![next], span);
                self.f.switch_to(stay);
            }
            self.f.terminate(Term::Next { header, args: vec![next] }, span);
        }
        self.restore(inner);
        self.f.switch_to(exit);
        // What the header defines is visible after the loop, by dominance.
        let passed = self.value(ty);
        self.f.jump(after, vec![passed], span);
        let from_exit = self.mark();
        self.restore((inner.0.min(from_exit.0), mark.1, mark.2));
        self.visible.push(result);
        self.f.switch_to(after);
        false
    }
}
