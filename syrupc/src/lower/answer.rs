//! Expressions that end the policy: each way through them ends in a verdict.

use super::{ArmKind, Low, Lower};
use crate::hir::{Expr, ExprKind};
use syrup_ir::{Cause, Else, Term, Verdict};

impl Lower<'_> {
    /// Lowers an expression whose value is the policy's answer.
    pub(super) fn answer(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Verdict(verdict) => {
                let verdict = match verdict {
                    Else::Pass => Verdict::Pass,
                    Else::Drop => Verdict::Drop,
                };
                let cause = Cause::Written;
                self.f.terminate(Term::Return { verdict, cause }, expr.span);
            }
            ExprKind::Return(value) => self.answer(value),
            ExprKind::Update(update) => self.update_answer(expr.span, update),
            ExprKind::Thread(inner) => self.thread_answer(inner, expr.span),
            ExprKind::Block(stmts, value) => {
                for stmt in stmts {
                    if self.stmt(stmt).is_none() {
                        return;
                    }
                }
                if let Some(value) = value {
                    self.answer(value);
                }
            }
            ExprKind::If(cond, then, Some(otherwise)) => {
                let (yes, no) = (self.f.block(), self.f.block());
                self.cond(cond, yes, no);
                self.arm(ArmKind::Then, then.span, yes);
                self.arm(ArmKind::Else, otherwise.span, no);
                let before = self.env.clone();
                self.f.switch_to(yes);
                self.answer(then);
                self.env = before;
                self.f.switch_to(no);
                self.answer(otherwise);
            }
            ExprKind::Else(value, fallback) => {
                let none = self.f.block();
                self.arm(ArmKind::Else, fallback.span, none);
                let before = self.env.clone();
                self.answer_or(value, expr, none);
                self.env = before;
                self.f.switch_to(none);
                self.answer(fallback);
            }
            ExprKind::Match(inner) => {
                self.match_arms(inner, expr.span, &mut |lower, body| lower.answer(body));
            }
            _ => {
                if let Some(low) = self.expr(expr) {
                    self.steer(low, expr);
                }
            }
        }
    }

    pub(super) fn steer(&mut self, low: Low, expr: &Expr) {
        let Low::Value(executor) = low else {
            syrup_diag::bug!("a policy answers with no executor at {:?}", expr.span)
        };
        let term = Term::Return { verdict: Verdict::Steer(executor), cause: Cause::Written };
        self.f.terminate(term, expr.span);
    }
}
