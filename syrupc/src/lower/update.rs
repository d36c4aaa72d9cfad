//! `update`: an entry is locked, its fields become locals, and on every way out those that changed
//! are written back and the entry is released.

use super::expr::Exit;
use super::{Low, Lower};
use crate::hir::{Expr, ExprKind, LocalId, Place, Type, Update};
use std::collections::BTreeMap;
use syrup_diag::Span;
use syrup_ir::{Block, Layout, Op, Ty, Value};

/// The entry that is locked here.
#[derive(Clone)]
pub(super) struct Held {
    cell: Value,
    place: Place,
    layout: Layout,
    /// The locals of its fields, and what they held when it was locked.
    fields: Vec<(LocalId, Option<Low>)>,
}

/// Lowers what a block ends with, once the entry is released.
type Tail<'b, 'a> = &'b mut dyn FnMut(&mut Lower<'a>, Option<&Expr>);

impl<'a> Lower<'a> {
    /// An update whose value is used.
    pub(super) fn update_value(&mut self, expr: &Expr, update: &Update) -> Option<Low> {
        let mut exits = Vec::new();
        let before = self.env.clone();
        let missing = self.locked_body(update, expr.span, &mut |lower, tail| {
            let low = match tail {
                Some(tail) => lower.expr(tail),
                None => Some(Low::Unit),
            };
            exits.extend(lower.exit_here(low));
        })?;
        if let (Some(missing), Some(otherwise)) = (missing, &update.otherwise) {
            self.env = before;
            self.f.switch_to(missing);
            let low = self.expr(otherwise);
            exits.extend(self.exit_here(low));
        }
        let ty = self.ir_ty(expr);
        self.join(without(exits, update.local), ty, expr.span)
    }

    /// An update whose value is the policy's answer.
    pub(super) fn update_answer(&mut self, span: Span, update: &Update) {
        let before = self.env.clone();
        let missing = self.locked_body(update, span, &mut |lower, tail| {
            if let Some(tail) = tail {
                lower.answer(tail);
            }
        });
        if let (Some(Some(missing)), Some(otherwise)) = (missing, &update.otherwise) {
            self.env = before;
            self.f.switch_to(missing);
            self.answer(otherwise);
        }
    }

    /// Locks, runs the body, and releases on every way; gives the block where the entry is missing.
    fn locked_body(
        &mut self,
        update: &Update,
        span: Span,
        tail: Tail<'_, 'a>,
    ) -> Option<Option<Block>> {
        let missing = update.otherwise.as_ref().map(|_| self.f.block());
        let cell = self.cell(&update.place, missing)?;
        let mut asks_time = false;
        super::inline::walk_deep(self.program, &update.body, &mut |inner| {
            asks_time |= matches!(inner.kind, ExprKind::Now);
        });
        if asks_time {
            // It is one value for the evaluation, and asking for it is a call.
            self.now = Some(self.f.op(Op::Now, Ty::U64, span));
        }
        self.f.effect(Op::Lock(cell), span);
        let (layout, offset) = self.shape(&update.place);
        let mut values = Vec::new();
        self.read_parts(cell, &layout, offset, &update.place, &mut values);
        let low = self.parts(values);
        self.bind(update.local, low);
        let leaves = self.leaves(update.local).into_iter();
        let fields = leaves.map(|leaf| (leaf, self.env.get(&leaf).copied())).collect();
        self.held = Some(Held { cell, place: update.place.clone(), layout, fields });
        self.until_released(&update.body, tail);
        self.held = None;
        self.now = None;
        Some(missing)
    }

    /// Goes to what a block ends with, releases the entry there, and lowers it.
    fn until_released(&mut self, expr: &Expr, last: Tail<'_, 'a>) {
        match &expr.kind {
            ExprKind::Block(stmts, value) => {
                for stmt in stmts {
                    if self.stmt(stmt).is_none() {
                        return;
                    }
                }
                match value {
                    Some(value) => self.until_released(value, last),
                    None => self.released(expr.span, |lower| last(lower, None)),
                }
            }
            ExprKind::If(cond, then, otherwise) => {
                let (yes, no) = (self.f.block(), self.f.block());
                self.cond(cond, yes, no);
                let before = self.env.clone();
                self.f.switch_to(yes);
                self.until_released(then, last);
                self.env = before;
                self.f.switch_to(no);
                match otherwise {
                    Some(otherwise) => self.until_released(otherwise, last),
                    None => self.released(expr.span, |lower| last(lower, None)),
                }
            }
            ExprKind::Match(inner) if inner.scrutinee.ty != Type::Packet => {
                self.match_arms(inner, expr.span, &mut |lower, body| {
                    lower.until_released(body, last)
                });
            }
            ExprKind::Return(value) => self.released(expr.span, |lower| lower.answer(value)),
            // A statement gives nothing and may change the entry.
            ExprKind::SetLocal(..) => {
                if self.expr(expr).is_some() {
                    self.released(expr.span, |lower| last(lower, None));
                }
            }
            _ => self.released(expr.span, |lower| last(lower, Some(expr))),
        }
    }

    /// Writes back and releases what is locked, then goes on without it. Other ways out of the
    /// body still have it locked.
    pub(super) fn released(&mut self, span: Span, rest: impl FnOnce(&mut Self)) {
        let held = self.held.take();
        let now = self.now;
        if let Some(held) = &held {
            self.release(held, span);
        }
        rest(self);
        self.held = held;
        self.now = now;
    }

    fn release(&mut self, held: &Held, span: Span) {
        let changed =
            |(leaf, before): &(LocalId, Option<Low>)| self.env.get(leaf) != before.as_ref();
        let changed: Vec<bool> = held.fields.iter().map(changed).collect();
        let values: Vec<Value> = held
            .fields
            .iter()
            .filter_map(|(leaf, _)| match self.env.get(leaf) {
                Some(Low::Value(value)) => Some(*value),
                _ => None,
            })
            .collect();
        let (mut values, mut changed) = (values.into_iter(), changed.into_iter());
        for field in held.layout.fields() {
            // A run of bytes has several numbers; it is written whole where one of them changed.
            let n = field.layout.pieces().len();
            let mine: Vec<Value> = values.by_ref().take(n).collect();
            let is_changed = changed.by_ref().take(n).fold(false, |any, one| any | one);
            if is_changed {
                let mut mine = mine.into_iter();
                self.write_parts(
                    held.cell,
                    &field.layout,
                    field.offset,
                    &mut mine,
                    held.place.span,
                );
            }
        }
        self.f.effect(Op::Unlock(held.cell), span);
    }

    /// A block that releases what is locked and goes to `exit`.
    pub(super) fn released_exit(&mut self, exit: Block, span: Span) -> Block {
        let Some(held) = self.held.clone() else { return exit };
        let was = self.f.current();
        let block = self.f.block();
        self.f.switch_to(block);
        self.f.effect(Op::Unlock(held.cell), span);
        self.f.jump(exit, Vec::new(), span);
        self.f.switch_to(was);
        block
    }
}

/// Ways out without the locals of the body.
fn without(mut exits: Vec<Exit>, local: LocalId) -> Vec<Exit> {
    for exit in &mut exits {
        let env: BTreeMap<LocalId, Low> = std::mem::take(&mut exit.env);
        exit.env = env.into_iter().filter(|(id, _)| *id < local).collect();
    }
    exits
}
