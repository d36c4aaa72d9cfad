//! Handlers of events: their inputs, their verdicts, claims of idle cores.
//!
//! In: a policy over threads. Out: one function for each event it handles.

use super::{ArmKind, Low, Lower};
use crate::hir::{Expr, ExprKind, Handler, Pick, ThreadExpr, Type};
use syrup_diag::{Span, bug};
use syrup_ir::{Block, Cause, Edge, Given, Op, Term, ThreadOp, ThreadVerdict, Ty, Value, Verdict};

impl Lower<'_> {
    /// A whole handler; the inputs are the first thing its function has.
    pub(super) fn handler(&mut self, handler: &Handler) {
        let gives = handler.event.info().gives;
        for (local, given) in handler.params.iter().zip(gives) {
            let span = handler.locals[local.idx()].span;
            let ty = match (given, &handler.locals[local.idx()].ty) {
                (Given::Task, _) => Ty::Task,
                (Given::Core, Type::Exec(set)) => Ty::Exec(self.used.set(*set)),
                (Given::Core, ty) => bug!("a core is {ty:?}"),
                (Given::Ran, _) => Ty::U64,
            };
            let value = self.f.param(Block(0), ty, span);
            match ty {
                Ty::Task if handler.event.places() => self.placed = Some(value),
                Ty::Exec(_) => self.core = Some(value),
                _ => {}
            }
            self.env.insert(*local, Low::Value(value));
        }
        self.entry();
        if handler.body.ty == Type::Unit {
            if self.expr(&handler.body).is_some() {
                self.end(Verdict::Thread(ThreadVerdict::Keep), handler.span);
            }
        } else {
            self.answer(&handler.body);
        }
    }

    fn end(&mut self, verdict: Verdict, span: Span) {
        self.f.terminate(Term::Return { verdict, cause: Cause::Written }, span);
    }

    /// An expression about threads that has a value.
    pub(super) fn thread_value(&mut self, inner: &ThreadExpr, span: Span) -> Option<Value> {
        let op = match inner {
            ThreadExpr::Field(field, task) => ThreadOp::Field(*field, self.value(task)?),
            ThreadExpr::IsIdle(core) => ThreadOp::IsIdle(self.value(core)?),
            ThreadExpr::QueueLen(queue) => ThreadOp::QueueLen(self.used.queue(*queue)),
            ThreadExpr::Pop(_) | ThreadExpr::Enqueue { .. } | ThreadExpr::Preempt(_) => {
                bug!("a verdict is no value at {span:?}")
            }
            ThreadExpr::Keep | ThreadExpr::Idle => bug!("a verdict is no value at {span:?}"),
            ThreadExpr::Task(_) | ThreadExpr::Happen(..) => bug!("a test is lowered at {span:?}"),
        };
        Some(self.f.op(Op::Thread(op), op.ty(), span))
    }

    /// A verdict of threads that is always there.
    pub(super) fn thread_answer(&mut self, inner: &ThreadExpr, span: Span) {
        let verdict = match inner {
            ThreadExpr::Keep => ThreadVerdict::Keep,
            ThreadExpr::Idle => ThreadVerdict::Idle,
            ThreadExpr::Preempt(core) => match self.value(core) {
                Some(core) => ThreadVerdict::Preempt(core),
                None => return,
            },
            ThreadExpr::Enqueue { queue, key, again: _ } => {
                let key = match key {
                    None => None,
                    Some(key) => match self.value(key) {
                        Some(key) => Some(key),
                        None => return,
                    },
                };
                ThreadVerdict::Enqueue { queue: self.used.queue(*queue), key }
            }
            ThreadExpr::Pop(_) | ThreadExpr::Field(..) | ThreadExpr::IsIdle(_) => {
                bug!("no verdict at {span:?}")
            }
            ThreadExpr::QueueLen(_) | ThreadExpr::Task(_) | ThreadExpr::Happen(..) => {
                bug!("no verdict at {span:?}")
            }
        };
        self.end(Verdict::Thread(verdict), span);
    }

    /// An answer that may be missing: ends the policy where it is there, goes to `none` where not.
    ///
    /// `whole` is what the source gives as the answer.
    pub(super) fn answer_or(&mut self, expr: &Expr, whole: &Expr, none: Block) {
        match &expr.kind {
            ExprKind::Else(first, second) => {
                let first_none = self.f.block();
                self.arm(ArmKind::Else, second.span, first_none);
                let before = self.env.clone();
                self.answer_or(first, whole, first_none);
                self.env = before;
                self.f.switch_to(first_none);
                self.answer_or(second, whole, none);
            }
            ExprKind::Thread(inner) => match &**inner {
                ThreadExpr::Pop(queue) => {
                    let core = self.own_core(expr.span);
                    let (queue, empty) = (self.used.queue(*queue), Edge::to(none));
                    self.f.terminate(Term::Pop { queue, core, empty }, expr.span);
                }
                ThreadExpr::Preempt(core) => {
                    if let Some(Low::Value(core)) = self.option(core, none) {
                        self.end(Verdict::Thread(ThreadVerdict::Preempt(core)), expr.span);
                    }
                }
                _ => self.thread_answer(inner, expr.span),
            },
            _ => {
                if let Some(found) = self.option(expr, none) {
                    self.steer(found, whole);
                }
            }
        }
    }

    /// The core of the event.
    fn own_core(&self, span: Span) -> Value {
        match self.core {
            Some(core) => core,
            None => bug!("an event without a core takes a thread from a queue at {span:?}"),
        }
    }

    /// Where a candidate cannot be used by the thread that is placed, goes to `next`.
    pub(super) fn allowed_or(&mut self, candidate: Value, next: Block, span: Span) {
        let Some(task) = self.placed else { return };
        let op = ThreadOp::Allowed(task, candidate);
        let allowed = self.f.op(Op::Thread(op), op.ty(), span);
        let rest = self.f.block();
        self.f.branch(allowed, rest, next, span);
        self.f.switch_to(rest);
    }

    /// Claims a candidate whose condition asked for an idle core; goes to `next` where another CPU
    /// was first.
    ///
    /// Claim: a core that is chosen for being idle is chosen once. The condition only read; of all
    /// CPUs that come here for one core, the claim lets one go on.
    pub(super) fn claimed_or(&mut self, pick: &Pick, candidate: Value, next: Block, span: Span) {
        let claims = pick.filter.as_ref().is_some_and(|filter| asks_idle(filter, pick));
        if self.placed.is_none() || !claims {
            return;
        }
        let op = ThreadOp::Claim(candidate);
        let claimed = self.f.op(Op::Thread(op), op.ty(), span);
        let rest = self.f.block();
        self.f.branch(claimed, rest, next, span);
        self.f.switch_to(rest);
    }
}

/// Whether a condition holds only where the candidate is idle.
fn asks_idle(cond: &Expr, pick: &Pick) -> bool {
    match &cond.kind {
        ExprKind::Logic { and: true, left, right } => {
            asks_idle(left, pick) || asks_idle(right, pick)
        }
        ExprKind::Thread(inner) => match &**inner {
            ThreadExpr::IsIdle(core) => {
                matches!(core.kind, ExprKind::Local(local) if local == pick.local)
            }
            _ => false,
        },
        _ => false,
    }
}
