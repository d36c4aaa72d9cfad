//! Executor sets: ranges, the ways to choose one, `pick`.

use super::{Low, Lower};
use crate::hir::{Choice, Pick, SetExpr};
use crate::syntax::ast::PickOrder;
use syrup_diag::{Span, limits};
use syrup_ir::{BinOp, Block, Cause, CmpOp, Edge, Op, Term, Ty, Value};

impl Lower<'_> {
    /// The first slot of a set expression, if it is not the set's first, and how many slots it has.
    pub(super) fn set_range(&mut self, set: &SetExpr) -> Option<(Option<Value>, Value)> {
        let len = self.lens[&set.set];
        let start = match &set.start {
            Some(start) => Some(self.value(start)?),
            None => None,
        };
        let end = match &set.end {
            Some(end) => {
                let end = self.value(end)?;
                self.binary(BinOp::Min, end, len, set.span)
            }
            None => len,
        };
        let count = match start {
            Some(start) => self.binary(BinOp::SubSat, end, start, set.span),
            None => end,
        };
        Some((start, count))
    }

    /// The same, where at least one slot is needed: an empty range answers with the set's `else`.
    fn set_range_filled(&mut self, set: &SetExpr) -> Option<(Option<Value>, Value)> {
        let (start, count) = self.set_range(set)?;
        if set.start.is_some() || set.end.is_some() {
            let zero = self.f.constant(0, 32, set.span);
            let empty = self.compare(CmpOp::Eq, count, zero, set.span);
            let rest = self.f.block();
            let exit = self.set_exit(set.set, Cause::NoSlot(self.used.set(set.set)));
            self.f.branch(empty, exit, rest, set.span);
            self.f.switch_to(rest);
        }
        Some((start, count))
    }

    pub(super) fn choose(&mut self, set: &SetExpr, choice: &Choice, span: Span) -> Option<Value> {
        let id = self.used.set(set.set);
        let (start, slot) = match choice {
            Choice::At(at) => {
                let (start, count) = self.set_range(set)?;
                let slot = self.value(at)?;
                // The set is never empty inside a body, so its slot 0 needs no test.
                let whole = set.start.is_none() && set.end.is_none();
                if !(whole && at.range.hi == 0) {
                    self.require_below(set.set, slot, count, span);
                }
                (start, slot)
            }
            Choice::There(_) => {
                syrup_diag::bug!("a choice that may find nothing is no value at {span:?}")
            }
            Choice::Hash(hash) => {
                let (start, count) = self.set_range_filled(set)?;
                let hash = self.value(hash)?;
                (start, self.f.op(Op::Reduce(hash, count), Ty::U32, span))
            }
            Choice::Wrap(number) => {
                let (start, count) = self.set_range_filled(set)?;
                let number = self.value(number)?;
                (start, self.binary(BinOp::Rem, number, count, span))
            }
            Choice::Random => {
                let (start, count) = self.set_range_filled(set)?;
                (start, self.f.op(Op::Random(Some(count)), Ty::U32, span))
            }
        };
        let slot = self.offset_slot(start, slot, span);
        Some(self.f.op(Op::Executor(id, slot), Ty::Exec(id), span))
    }

    /// `workers.at(i)`: goes on with the executor of a slot, or to `none`.
    pub(super) fn there(
        &mut self,
        set: &SetExpr,
        slot: &crate::hir::Expr,
        none: Block,
        span: Span,
    ) -> Option<Value> {
        let id = self.used.set(set.set);
        let (start, count) = self.set_range(set)?;
        let slot = self.value(slot)?;
        let (inside, filled) = (self.f.block(), self.f.block());
        let is_inside = self.compare(CmpOp::Lt, slot, count, span);
        self.f.branch(is_inside, inside, none, span);
        self.f.switch_to(inside);
        let slot = self.offset_slot(start, slot, span);
        let generation = self.f.op(Op::Generation(id, slot), Ty::U32, span);
        let zero = self.f.constant(0, 32, span);
        let is_filled = self.compare(CmpOp::Ne, generation, zero, span);
        self.f.branch(is_filled, filled, none, span);
        self.f.switch_to(filled);
        Some(self.f.op(Op::Executor(id, slot), Ty::Exec(id), span))
    }

    /// Answers with the set's `else` unless a slot is below a count.
    fn require_below(&mut self, set: crate::hir::SetId, slot: Value, count: Value, span: Span) {
        let inside = self.compare(CmpOp::Lt, slot, count, span);
        let rest = self.f.block();
        let exit = self.set_exit(set, Cause::NoSlot(self.used.set(set)));
        self.f.branch(inside, rest, exit, span);
        self.f.switch_to(rest);
    }

    /// The executor of a slot that user space wrote somewhere.
    pub(super) fn slot_checked(
        &mut self,
        set: crate::hir::SetId,
        slot: Value,
        span: Span,
    ) -> Value {
        self.require_below(set, slot, self.lens[&set], span);
        let id = self.used.set(set);
        self.f.op(Op::Executor(id, slot), Ty::Exec(id), span)
    }

    /// `pick` that always finds: the set is not empty and nothing filters.
    pub(super) fn pick_total(&mut self, pick: &Pick, span: Span) -> Option<Value> {
        let none = self.set_exit(pick.set.set, Cause::NoSlot(self.used.set(pick.set.set)));
        self.pick(pick, none, span)
    }

    /// `pick`: goes on with the executor it found, or to `none`.
    pub(super) fn pick(&mut self, pick: &Pick, none: Block, span: Span) -> Option<Value> {
        let set = self.used.set(pick.set.set);
        let (start, count) = self.set_range_filled(&pick.set)?;
        let capacity = self.program.sets[pick.set.set.idx()].capacity;
        let (end, max) = match &pick.sample {
            Some(n) => {
                let max = n.range.hi.min(u64::from(limits::LOOP_TRIPS_MAX)) as u32;
                (self.value(n)?, max)
            }
            None => (count, capacity),
        };
        let scan = Scan { pick, set, start, count, end, max, span };
        match &pick.order {
            None => self.first_that(&scan, none),
            Some((order, by)) => self.best_of(&scan, *order, by, none),
        }
    }

    /// The candidate of a trip.
    fn candidate(&mut self, scan: &Scan, index: Value) -> Value {
        let slot = match scan.pick.sample {
            Some(_) => self.f.op(Op::Random(Some(scan.count)), Ty::U32, scan.span),
            None => index,
        };
        let slot = self.offset_slot(scan.start, slot, scan.span);
        let executor = self.f.op(Op::Executor(scan.set, slot), Ty::Exec(scan.set), scan.span);
        self.env.insert(scan.pick.local, Low::Value(executor));
        executor
    }

    /// `pick w from set where ...`
    fn first_that(&mut self, scan: &Scan, none: Block) -> Option<Value> {
        let span = scan.span;
        let (header, body, next, found) =
            (self.f.block(), self.f.block(), self.f.block(), self.f.block());
        let index = self.f.param(header, Ty::U32, span);
        let result = self.f.param(found, Ty::Exec(scan.set), span);
        let first = self.f.constant(0, 32, span);
        self.f.jump(header, vec![first], span);
        self.f.switch_to(header);
        self.f.terminate(
            Term::Loop { end: scan.end, max: scan.max, body: Edge::to(body), exit: Edge::to(none) },
            span,
        );
        self.f.switch_to(body);
        let candidate = self.candidate(scan, index);
        let hit = self.f.block();
        self.allowed_or(candidate, next, span);
        match &scan.pick.filter {
            Some(filter) => self.cond(filter, hit, next),
            None => self.f.jump(hit, Vec::new(), span),
        }
        self.f.switch_to(hit);
        self.claimed_or(scan.pick, candidate, next, span);
        self.f.jump(found, vec![candidate], span);
        self.f.switch_to(next);
        self.f.terminate(Term::Next { header, args: Vec::new() }, span);
        self.env.remove(&scan.pick.local);
        self.f.switch_to(found);
        Some(result)
    }

    /// `pick w from set [where ...] least ...`: the first of the best.
    fn best_of(
        &mut self,
        scan: &Scan,
        order: PickOrder,
        by: &crate::hir::Expr,
        none: Block,
    ) -> Option<Value> {
        let span = scan.span;
        let key_ty = Ty::Int(self.bits(by));
        let exec_ty = Ty::Exec(scan.set);
        let (header, body, next) = (self.f.block(), self.f.block(), self.f.block());
        let index = self.f.param(header, Ty::U32, span);
        let found = self.f.param(header, Ty::BOOL, span);
        let best_key = self.f.param(header, key_ty, span);
        let best = self.f.param(header, exec_ty, span);
        let next_params = [Ty::BOOL, key_ty, exec_ty].map(|ty| self.f.param(next, ty, span));
        let zero = self.f.constant(0, 32, span);
        let no = self.f.constant(0, 1, span);
        let Ty::Int(key_bits) = key_ty else { return None };
        let no_key = self.f.constant(0, key_bits, span);
        let nobody = self.f.op(Op::Executor(scan.set, zero), exec_ty, span);
        self.f.jump(header, vec![zero, no, no_key, nobody], span);
        let done = self.f.block();
        self.f.switch_to(header);
        self.f.terminate(
            Term::Loop { end: scan.end, max: scan.max, body: Edge::to(body), exit: Edge::to(done) },
            span,
        );
        self.f.switch_to(body);
        let candidate = self.candidate(scan, index);
        let keep = self.f.block();
        self.allowed_or(candidate, keep, span);
        if let Some(filter) = &scan.pick.filter {
            let passed = self.f.block();
            self.cond(filter, passed, keep);
            self.f.switch_to(passed);
        }
        let key = self.value(by)?;
        let (better, replace) = (self.f.block(), self.f.block());
        self.f.branch(found, better, replace, span);
        self.f.switch_to(better);
        let wins = match order {
            PickOrder::Least => self.compare(CmpOp::Lt, key, best_key, span),
            PickOrder::Most => self.compare(CmpOp::Lt, best_key, key, span),
        };
        self.f.branch(wins, replace, keep, span);
        self.f.switch_to(replace);
        let yes = self.f.constant(1, 1, span);
        self.f.jump(next, vec![yes, key, candidate], span);
        self.f.switch_to(keep);
        self.f.jump(next, vec![found, best_key, best], span);
        self.f.switch_to(next);
        self.f.terminate(Term::Next { header, args: next_params.to_vec() }, span);
        self.env.remove(&scan.pick.local);
        self.f.switch_to(done);
        let rest = self.f.block();
        self.f.branch(found, rest, none, span);
        self.f.switch_to(rest);
        self.claimed_or(scan.pick, best, none, span);
        Some(best)
    }
}

/// The parts of a `pick` that its loop needs.
struct Scan<'p> {
    pick: &'p Pick,
    set: syrup_ir::SetId,
    start: Option<Value>,
    count: Value,
    end: Value,
    max: u32,
    span: Span,
}
