//! `for`: a counted loop. Every local that its body assigns becomes a parameter of the header.

use super::{Low, Lower};
use crate::hir::{Expr, ExprKind, LocalId};
use std::collections::BTreeSet;
use syrup_ir::{BinOp, Edge, Term, Ty};

impl Lower<'_> {
    /// Lowers a loop from `start` to one before `end`.
    pub(super) fn repeat(
        &mut self,
        index: LocalId,
        start: &Expr,
        end: &Expr,
        body: &Expr,
    ) -> Option<()> {
        let span = body.span;
        let trips = end.range.hi.saturating_sub(start.range.lo);
        let max = trips.min(u64::from(u32::MAX)) as u32;
        // The header counts trips from 0; a loop that starts elsewhere adds its start to the count.
        let offset = match start.range.hi {
            0 => None,
            _ => Some(self.value(start)?),
        };
        let end = self.value(end)?;
        if max == 0 {
            return Some(());
        }
        let first = self.f.constant(0, 32, span);
        let end = match offset {
            Some(offset) => self.binary(BinOp::SubSat, end, offset, span),
            None => end,
        };
        let carried = self.carried(body);
        let (header, inside, exit) = (self.f.block(), self.f.block(), self.f.block());
        let counter = self.f.param(header, Ty::U32, span);
        let mut args = vec![first];
        let mut params = Vec::new();
        for local in &carried {
            if let Some(Low::Value(value)) = self.env.get(local).copied() {
                let ty = self.f.ty(value);
                params.push((*local, self.f.param(header, ty, span)));
                args.push(value);
            }
        }
        self.f.jump(header, args, span);
        for (local, param) in &params {
            self.env.insert(*local, Low::Value(*param));
        }
        let at_header = self.env.clone();
        self.f.switch_to(header);
        let (body_edge, exit_edge) = (Edge::to(inside), Edge::to(exit));
        self.f.terminate(Term::Loop { end, max, body: body_edge, exit: exit_edge }, span);
        self.f.switch_to(inside);
        let counter = self.offset_slot(offset, counter, span);
        self.env.insert(index, Low::Value(counter));
        if self.expr(body).is_some() {
            let next = params.iter().filter_map(|(local, _)| match self.env.get(local) {
                Some(Low::Value(value)) => Some(*value),
                _ => None,
            });
            let args = next.collect();
            self.f.terminate(Term::Next { header, args }, span);
        }
        self.env = at_header;
        self.f.switch_to(exit);
        Some(())
    }

    /// The locals from outside that a body assigns.
    fn carried(&self, body: &Expr) -> BTreeSet<LocalId> {
        let mut found = BTreeSet::new();
        crate::analyze::walk(body, &mut |expr| {
            if let ExprKind::SetLocal(local, _) = &expr.kind {
                let leaves = self.leaves(*local).into_iter();
                found.extend(leaves.filter(|leaf| self.env.contains_key(leaf)));
            }
        });
        found
    }
}
