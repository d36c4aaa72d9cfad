//! `match` on numbers, options and the results of `take`; packets go to the decision tree.

use super::{ArmKind, Low, Lower};
use crate::hir::{Arm, Expr, ExprKind, LocalId, Match, Row, TakeCase};
use std::collections::BTreeMap;
use syrup_diag::{Span, bug};
use syrup_ir::{Block, CmpOp, Interval, Ty, Value};

/// Lowers the body of an arm.
pub(super) type Body<'b, 'a> = &'b mut dyn FnMut(&mut Lower<'a>, &Expr);

impl<'a> Lower<'a> {
    /// Lowers a match; `body` is called once for each arm, in a block of its own.
    pub(super) fn match_arms(&mut self, inner: &Match, span: Span, body: Body<'_, 'a>) {
        let arms: Vec<ArmBlock> = inner.arms.iter().map(|arm| self.arm_block(arm)).collect();
        for (arm, block) in inner.arms.iter().zip(&arms) {
            let takes_rest = arm.guard.is_none() && arm.rows.iter().all(|r| matches!(r, Row::Any));
            let kind = if takes_rest { ArmKind::Rest } else { ArmKind::Pattern };
            self.arm(kind, arm.span, block.block);
        }
        let env = self.env.clone();
        let dispatched = match (&inner.scrutinee.kind, &inner.scrutinee.ty) {
            (_, crate::hir::Type::Packet) => {
                self.packet_tree(inner, &arms, span);
                Some(())
            }
            (ExprKind::Take(place, amount), _) => {
                let find = |case: TakeCase| take_arm(inner, case);
                let blocks = [TakeCase::Taken, TakeCase::Empty, TakeCase::Missing]
                    .map(|case| find(case).map(|at| arms[at].block));
                let [taken, empty, missing] =
                    blocks.map(|block| block.unwrap_or_else(|| self.unreachable(span)));
                self.take(place, amount, taken, empty, missing, span)
            }
            (_, crate::hir::Type::Option(_)) => self.match_option(inner, &arms, span),
            _ => self.match_number(inner, &arms, span),
        };
        if dispatched.is_none() {
            return;
        }
        for (arm, block) in inner.arms.iter().zip(&arms) {
            self.env = env.clone();
            for (local, value) in &block.binds {
                self.env.insert(*local, Low::Value(*value));
            }
            self.f.switch_to(block.block);
            body(self, &arm.body);
        }
        self.env = env;
    }

    /// The block of an arm's body, with a parameter for each local that the pattern binds.
    fn arm_block(&mut self, arm: &Arm) -> ArmBlock {
        let block = self.f.block();
        let mut binds = BTreeMap::new();
        for &local in &arm.binds {
            let decl = &self.locals[local.idx()];
            if !decl.parts.is_empty() || decl.ty == crate::hir::Type::Unit {
                continue;
            }
            let ty = match &decl.ty {
                crate::hir::Type::Exec(set) => Ty::Exec(self.used.set(*set)),
                ty => match ty.bits(self.program) {
                    Some(bits) => Ty::Int(bits),
                    None => bug!("`{}` cannot be bound", decl.name),
                },
            };
            binds.insert(local, self.f.param(block, ty, decl.span));
        }
        ArmBlock { block, binds }
    }

    fn match_option(&mut self, inner: &Match, arms: &[ArmBlock], span: Span) -> Option<()> {
        let at = |found: &dyn Fn(&Row) -> bool| {
            inner.arms.iter().position(|arm| {
                arm.guard.is_none() && arm.rows.iter().any(|r| found(r) || matches!(r, Row::Any))
            })
        };
        let none = match at(&|row| matches!(row, Row::None)) {
            Some(at) => arms[at].block,
            None => self.unreachable(span),
        };
        let low = self.option(&inner.scrutinee, none)?;
        let some = at(&|row| matches!(row, Row::Some(_)))?;
        let args = match arms[some].binds.is_empty() {
            true => Vec::new(),
            false => self.numbers(low),
        };
        self.f.jump(arms[some].block, args, span);
        Some(())
    }

    /// Tests the arms one after the other.
    fn match_number(&mut self, inner: &Match, arms: &[ArmBlock], span: Span) -> Option<()> {
        let value = self.value(&inner.scrutinee)?;
        for (arm, block) in inner.arms.iter().zip(arms) {
            let next = self.f.block();
            let hit = if arm.guard.is_some() { self.f.block() } else { block.block };
            let mut always = false;
            for row in &arm.rows {
                match row {
                    Row::Any => {
                        self.f.jump(hit, Vec::new(), arm.span);
                        always = true;
                        break;
                    }
                    Row::Numbers(ranges) => self.in_ranges(value, ranges, hit, arm.span),
                    Row::Layers(_) | Row::Take(_) | Row::Some(_) | Row::None => {
                        bug!("a number is matched by something else at {:?}", arm.span)
                    }
                }
            }
            if !always {
                self.f.jump(next, Vec::new(), arm.span);
            }
            if let Some(guard) = &arm.guard {
                self.f.switch_to(hit);
                self.guard_of(arm.span, hit);
                self.cond(guard, block.block, next);
            } else if always {
                return Some(());
            }
            self.f.switch_to(next);
        }
        let exit = self.unreachable(span);
        self.f.jump(exit, Vec::new(), span);
        Some(())
    }

    /// Goes to `hit` where a value lies in one of the ranges, and on where it does not.
    pub(super) fn in_ranges(&mut self, value: Value, ranges: &[Interval], hit: Block, span: Span) {
        let Ty::Int(bits) = self.f.ty(value) else { bug!("no number at {span:?}") };
        for range in ranges {
            let rest = self.f.block();
            if range.lo == range.hi {
                let number = self.f.constant(range.lo, bits, span);
                let same = self.compare(CmpOp::Eq, value, number, span);
                self.f.branch(same, hit, rest, span);
            } else {
                if range.lo > 0 {
                    let above = self.f.block();
                    let lo = self.f.constant(range.lo, bits, span);
                    let is_above = self.compare(CmpOp::Le, lo, value, span);
                    self.f.branch(is_above, above, rest, span);
                    self.f.switch_to(above);
                }
                let hi = self.f.constant(range.hi, bits, span);
                let below = self.compare(CmpOp::Le, value, hi, span);
                self.f.branch(below, hit, rest, span);
            }
            self.f.switch_to(rest);
        }
    }
}

/// The block of an arm and what it binds.
pub(super) struct ArmBlock {
    pub block: Block,
    pub binds: BTreeMap<LocalId, Value>,
}

/// The arm for a result of `take`: the first that names it without a guard.
fn take_arm(inner: &Match, case: TakeCase) -> Option<usize> {
    inner.arms.iter().position(|arm| {
        arm.rows
            .iter()
            .any(|row| matches!(row, Row::Any) || matches!(row, Row::Take(c) if *c == case))
    })
}
