//! `match` on numbers, options and the results of `take`; packets go to the decision tree.

use super::run::{Run, Source};
use super::spot::FieldRun;
use super::tree::Key;
use super::{ArmKind, Low, Lower};
use crate::hir::{Arm, Expr, ExprKind, LocalId, Match, Row, TakeCase};
use std::collections::BTreeMap;
use syrup_diag::{Span, bug};
use syrup_ir::{Base, Block, CmpOp, Interval, Ty, Value};

/// Lowers the body of an arm.
pub(super) type Body<'b, 'a> = &'b mut dyn FnMut(&mut Lower<'a>, &Expr);

impl<'a> Lower<'a> {
    /// Lowers a match; `body` is called once for each arm, in a block of its own.
    pub(super) fn match_arms(&mut self, inner: &Match, span: Span, body: Body<'_, 'a>) {
        // A guard may match again while the places of this match are in use.
        let outer = (std::mem::take(&mut self.spots), std::mem::take(&mut self.layers));
        let is_packet = inner.scrutinee.ty == crate::hir::Type::Packet;
        let rows = if is_packet { self.tree_rows(inner) } else { Vec::new() };
        let mut binds: Vec<Vec<_>> = vec![Vec::new(); inner.arms.len()];
        rows.iter().for_each(|row| binds[row.arm].push(&row.binds));
        let arms = inner.arms.iter().zip(&binds).map(|(arm, binds)| self.arm_block(arm, binds));
        let arms: Vec<ArmBlock> = arms.collect();
        for (arm, block) in inner.arms.iter().zip(&arms) {
            let takes_rest = arm.guard.is_none() && arm.rows.iter().all(|r| matches!(r, Row::Any));
            let kind = if takes_rest { ArmKind::Rest } else { ArmKind::Pattern };
            self.arm(kind, arm.span, block.block);
        }
        let env = self.env.clone();
        let dispatched = match (&inner.scrutinee.kind, &inner.scrutinee.ty) {
            (_, crate::hir::Type::Packet) => {
                self.packet_tree(inner, &arms, rows, span);
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
        (self.spots, self.layers) = outer;
        if dispatched.is_none() {
            return;
        }
        for (arm, block) in inner.arms.iter().zip(&arms) {
            self.env = env.clone();
            self.f.switch_to(block.block);
            self.bind_arm(block);
            body(self, &arm.body);
        }
        self.env = env;
    }

    /// The block of an arm's body, with parameters for each local that the pattern binds.
    fn arm_block(&mut self, arm: &Arm, rows: &[&Vec<(LocalId, Bind)>]) -> ArmBlock {
        let block = self.f.block();
        let mut binds = BTreeMap::new();
        for &local in &arm.binds {
            let runs: Vec<FieldRun> = rows
                .iter()
                .flat_map(|row| row.iter().filter(|(bound, _)| *bound == local))
                .filter_map(|(_, bind)| match bind {
                    Bind::Run(run) => Some(*run),
                    Bind::Number(_) => None,
                })
                .collect();
            let decl = &self.locals[local.idx()];
            if !decl.parts.is_empty() || decl.ty == crate::hir::Type::Unit {
                continue;
            }
            let bound = match (&decl.ty, runs.as_slice()) {
                (crate::hir::Type::Exec(set), _) => {
                    Bound::Value(self.f.param(block, Ty::Exec(self.used.set(*set)), decl.span))
                }
                (_, [first, ..]) => {
                    let shape = self.run_shape(*first, &runs);
                    let span = decl.span;
                    let at = shape.has_at.then(|| self.f.param(block, Ty::U32, span));
                    let len = shape.len.is_none().then(|| self.f.param(block, Ty::U32, span));
                    Bound::Run { shape, at, len, span }
                }
                (ty, []) => match ty.bits(self.program) {
                    Some(bits) => Bound::Value(self.f.param(block, Ty::Int(bits), decl.span)),
                    None => bug!("`{}` cannot be bound", decl.name),
                },
            };
            binds.insert(local, bound);
        }
        ArmBlock { block, binds }
    }

    /// What an arm's block is told of a run: of one alternative, only what is not known here.
    fn run_shape(&self, first: FieldRun, runs: &[FieldRun]) -> Shape {
        let base = self.spots[first.spot as usize].base;
        let is_moved = self.run_at(first.spot).is_some() || self.base_start(base).is_some();
        let base = self.own_base(base);
        let alone = runs.iter().all(|run| *run == first);
        Shape {
            base,
            offset: alone.then_some((first.spot, first.offset)),
            has_at: !alone || is_moved,
            len: (alone && first.end.is_none()).then_some(first.max),
            min: runs.iter().map(|run| run.min).min().unwrap_or(0),
            max: runs.iter().map(|run| run.max).max().unwrap_or(0),
        }
    }

    /// The arguments for an arm's block.
    pub(super) fn arm_args(
        &mut self,
        block: &ArmBlock,
        lows: &BTreeMap<LocalId, Low>,
        span: Span,
    ) -> Vec<Value> {
        let mut args = Vec::new();
        for (local, bound) in &block.binds {
            match (bound, lows.get(local)) {
                (Bound::Value(_), Some(Low::Value(value))) => args.push(*value),
                (Bound::Run { shape, .. }, Some(Low::Run(at))) => {
                    let run = self.runs[*at];
                    if shape.has_at {
                        args.push(self.run_position(&run, span));
                    }
                    if shape.len.is_none() {
                        args.push(run.len);
                    }
                }
                (_, other) => bug!("{other:?} is bound at {span:?}"),
            }
        }
        args
    }

    /// Gives the locals of an arm their values, at the start of its block.
    fn bind_arm(&mut self, block: &ArmBlock) {
        for (local, bound) in &block.binds {
            let low = match *bound {
                Bound::Value(value) => Low::Value(value),
                Bound::Run { shape, at, len, span } => {
                    let len = match (len, shape.len) {
                        (Some(len), _) => len,
                        (None, Some(len)) => self.f.constant(u64::from(len), 32, span),
                        (None, None) => bug!("a run without its length at {span:?}"),
                    };
                    let offset = match (at, shape.offset) {
                        (None, Some((_, offset))) => offset,
                        _ => 0,
                    };
                    let source = Source::Packet { base: shape.base, offset, at };
                    let (min, max) = (shape.min, shape.max);
                    self.run_low(Run { source, len, min, max, lower: false })
                }
            };
            self.env.insert(*local, low);
        }
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

    /// Finds the first arms by halving where they are many, and tests the others in order.
    fn match_number(&mut self, inner: &Match, arms: &[ArmBlock], span: Span) -> Option<()> {
        let value = self.value(&inner.scrutinee)?;
        let n_switched = self.number_switch(inner, arms, value, span);
        for (arm, block) in inner.arms.iter().zip(arms).skip(n_switched) {
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

/// What a row binds a local to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bind {
    Number(Key),
    Run(FieldRun),
}

/// The block of an arm and what it binds.
pub(super) struct ArmBlock {
    pub block: Block,
    pub binds: BTreeMap<LocalId, Bound>,
}

/// A local of an arm: the parameters of its block that say what it is.
#[derive(Clone, Copy)]
pub(super) enum Bound {
    Value(Value),
    Run {
        shape: Shape,
        /// Where it starts, counted from the base.
        at: Option<Value>,
        len: Option<Value>,
        span: Span,
    },
}

/// What is known of a run in every alternative that binds it.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    base: Base,
    /// The spot and offset, where there is one alternative.
    offset: Option<(u16, u32)>,
    has_at: bool,
    len: Option<u32>,
    min: u32,
    max: u32,
}

/// The arm for a result of `take`: the first that names it without a guard.
fn take_arm(inner: &Match, case: TakeCase) -> Option<usize> {
    inner.arms.iter().position(|arm| {
        arm.rows
            .iter()
            .any(|row| matches!(row, Row::Any) || matches!(row, Row::Take(c) if *c == case))
    })
}
