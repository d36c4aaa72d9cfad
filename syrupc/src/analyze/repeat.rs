//! `for`: a loop over a range whose ends are known well enough to bound its trips.
//!
//! The body is analysed once, knowing nothing of the names it assigns but their declared ranges:
//! so what holds in it holds in every trip.

use super::body::Body;
use super::facts::{Facts, Name, name_of};
use crate::hir::{Expr, LocalId, StmtKind, Type};
use crate::syntax::ast;
use crate::syntax::visit::{self, Visitor};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, limits};
use syrup_ir::Interval;

/// Collects the names that statements assign.
#[derive(Default)]
struct Assigned(BTreeSet<String>);

impl Visitor for Assigned {
    fn stmt(&mut self, stmt: &ast::Stmt) {
        if let ast::StmtKind::Assign { place, .. } = &stmt.kind {
            let base = match &place.kind {
                ast::ExprKind::Field { base, .. } => base.as_name(),
                _ => place.as_name(),
            };
            self.0.extend(base.map(str::to_owned));
        }
        visit::walk_stmt(self, stmt);
    }
}

impl Body<'_, '_> {
    /// `for i in a..b { ... }`
    pub(crate) fn for_stmt(
        &mut self,
        name: &ast::Name,
        range: &ast::Range,
        block: &ast::Block,
    ) -> Option<StmtKind> {
        let (start, end) = self.bounds(range)?;
        let trips = end.range.hi.saturating_sub(start.range.lo);
        if trips > u64::from(limits::LOOP_TRIPS_MAX) {
            let message = format!("this loop may run {trips} times");
            let most = u64::from(limits::LOOP_TRIPS_MAX);
            self.report(
                Diagnostic::error(Code::E0114, range.span, message)
                    .label(format!("at most {most} times"))
                    .help(format!("bound the end: `min(..., {most})`")),
            );
            return None;
        }
        let mut assigned = Assigned::default();
        assigned.block(block);
        let changed: Vec<LocalId> = assigned.0.iter().filter_map(|name| self.local(name)).collect();
        let changed: Vec<LocalId> = changed.iter().flat_map(|local| self.leaves(*local)).collect();
        for local in &changed {
            self.facts.forget(*local);
        }
        let before: Facts = self.facts.clone();
        let (index, body) = self.scoped(|body| {
            let hi = end.range.hi.saturating_sub(1).max(start.range.lo);
            let index = body.declare(name, Type::Int(32), Interval { lo: start.range.lo, hi });
            // The end is read once: where the body assigns it, it says nothing of later trips.
            let kept = |end: &Name| !changed.iter().any(|local| *end == Name::Local(*local));
            if let Some(end) = name_of(&end).filter(kept) {
                body.facts.note_order(Name::Local(index), end, true);
            }
            let value = body.block(block, Some(&Type::Unit));
            if !matches!(value.ty, Type::Unit | Type::Never | Type::Error) {
                let message = "the body of a loop gives no value";
                body.report(Diagnostic::error(Code::E0402, value.span, message));
            }
            (index, value)
        });
        for local in &changed {
            self.facts.forget(*local);
        }
        let after = std::mem::take(&mut self.facts);
        self.facts = before.join(after);
        Some(StmtKind::For { index, start, end, body })
    }

    /// Both ends, the second one past the last.
    fn bounds(&mut self, range: &ast::Range) -> Option<(Expr, Expr)> {
        let u32_type = Type::Int(32);
        let (Some(start), Some(end)) = (&range.start, &range.end) else {
            let message = "a loop says where it starts and where it ends";
            self.report(
                Diagnostic::error(Code::E0114, range.span, message).help("for i in 0..8 { ... }"),
            );
            return None;
        };
        let start = self.expr(start, Some(&u32_type));
        let start = self.coerce(start, &u32_type);
        let end = self.expr(end, Some(&u32_type));
        let end = self.coerce(end, &u32_type);
        if start.ty == Type::Error || end.ty == Type::Error {
            return None;
        }
        Some((start, if range.inclusive { self.one_past(end) } else { end }))
    }
}
