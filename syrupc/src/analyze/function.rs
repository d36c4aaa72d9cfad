//! Functions: analysed once by themselves, expanded where they are called.
//!
//! A function is checked for every value its parameters may have, so a call needs only arguments
//! that fit, and a message never points into a function that somebody else called.

use super::Analyzer;
use super::body::{Body, Mode};
use super::items::{Progress, error_expr, full};
use super::walk::walk;
use crate::hir::{Expr, ExprKind, FnId, MapId, Type};
use crate::syntax::ast::{self, ItemKind};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Span, limits};

impl Analyzer<'_> {
    /// Analyses a function, on demand and once.
    pub(crate) fn define_fn(&mut self, id: FnId) {
        let (unit, item, progress) = self.origins.fns[id.idx()];
        if progress != Progress::Todo {
            return;
        }
        self.origins.fns[id.idx()].2 = Progress::Busy;
        self.open_fns.push(id);
        let file = self.units.list[unit].file.clone();
        if let ItemKind::Fn(decl) = &file.items[item].kind {
            self.define_fn_body(unit, id, decl);
        }
        self.open_fns.pop();
        self.origins.fns[id.idx()].2 = Progress::Done;
    }

    fn define_fn_body(&mut self, unit: usize, id: FnId, decl: &ast::Fn) {
        let result = match &decl.result {
            Some(ty) => self.value_type(unit, ty),
            None => Type::Unit,
        };
        let mut body = Body::new(self, unit, Mode::Fn);
        let mut params = Vec::new();
        for parm in &decl.params {
            let (ty, range) = body.cx.field_type(unit, &parm.ty);
            params.push(body.declare(&parm.name, ty, range));
        }
        let value = body.block(&decl.body, Some(&result));
        let value = match (&value.ty, &result) {
            (Type::Unit, result) if *result != Type::Unit && *result != Type::Error => {
                let span = decl.body.span;
                let end = Span::new(span.file, span.end.saturating_sub(1), span.end);
                let message = format!("`{}` can end without a value", decl.name.text);
                body.fail(
                    Diagnostic::error(Code::E0402, end, message)
                        .also(decl.name.span, format!("gives {}", result.display(&body.cx.program)))
                        .help("end the body with a value"),
                )
            }
            _ => body.coerce(value, &result),
        };
        let locals = std::mem::take(&mut body.locals);
        let mut depth = 0;
        walk(&value, &mut |expr| {
            if let ExprKind::Call(callee, _) = &expr.kind {
                depth = depth.max(self.fn_depths.get(callee).copied().unwrap_or(0));
            }
        });
        self.fn_depths.insert(id, depth + 1);
        let decl = &mut self.program.fns[id.idx()];
        decl.params = params;
        decl.result = result;
        decl.body = value;
        decl.locals = locals;
    }

    /// The maps a function reads, and those it changes, its callees included.
    pub(crate) fn fn_effects(&self, id: FnId) -> FnEffects {
        let mut effects = FnEffects::default();
        let mut open = vec![id];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            walk(&self.program.fns[id.idx()].body, &mut |expr| match &expr.kind {
                ExprKind::Read(place) => {
                    effects.reads.insert(place.map);
                }
                ExprKind::CellOp(_, place, _)
                | ExprKind::Take(place, _)
                | ExprKind::Insert(place, _)
                | ExprKind::Remove(place)
                | ExprKind::Assign(place, _) => {
                    effects.changes.insert(place.map);
                }
                ExprKind::Update(update) => {
                    effects.changes.insert(update.place.map);
                }
                ExprKind::Call(callee, _) => open.push(*callee),
                ExprKind::Thread(_) => effects.threads = effects.threads.or(Some(expr.span)),
                _ => {}
            });
        }
        effects
    }
}

/// What calling a function does to maps.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct FnEffects {
    pub reads: BTreeSet<MapId>,
    pub changes: BTreeSet<MapId>,
    /// Where it asks about threads, cores or queues.
    pub threads: Option<Span>,
}

impl Body<'_, '_> {
    /// `clamp(x, 7)`
    pub(crate) fn call_fn(&mut self, span: Span, id: FnId, args: &[ast::Arg]) -> Expr {
        let name = self.cx.program.fns[id.idx()].name.clone();
        if self.cx.open_fns.contains(&id) {
            let message = format!("`{name}` calls itself, directly or through others");
            let declared = self.cx.program.fns[id.idx()].span;
            return self.fail(
                Diagnostic::error(Code::E0108, span, message)
                    .also(declared, "declared here")
                    .help("repeat with `for` over a range"),
            );
        }
        if self.cx.open_fns.len() >= limits::CALL_DEPTH_MAX as usize {
            let message =
                format!("functions call each other more than {} deep", limits::CALL_DEPTH_MAX);
            return self.fail(Diagnostic::error(Code::E0114, span, message));
        }
        self.cx.define_fn(id);
        let depth = self.cx.fn_depths.get(&id).copied().unwrap_or(0);
        if depth > limits::CALL_DEPTH_MAX {
            let message =
                format!("functions call each other more than {} deep", limits::CALL_DEPTH_MAX);
            return self.fail(Diagnostic::error(Code::E0114, span, message));
        }
        let decl = &self.cx.program.fns[id.idx()];
        if decl.result == Type::Error {
            return error_expr(span);
        }
        let params: Vec<_> =
            decl.params.iter().map(|local| decl.locals[local.idx()].clone()).collect();
        let (result, range) = (decl.result.clone(), decl.body.range);
        if !self.n_args(span, &name, args, params.len()) {
            return error_expr(span);
        }
        let mut values = Vec::new();
        for (arg, param) in args.iter().zip(&params) {
            let value = self.expr(&arg.value, Some(&param.ty));
            let value = self.coerce(value, &param.ty);
            self.fits(&value, param.range, param.span);
            values.push(value);
        }
        let effects = self.cx.fn_effects(id);
        if !effects.changes.is_empty() {
            self.effect(span);
        }
        for map in &effects.changes {
            self.check_guard(*map, span);
        }
        if let Some(asked) = effects.threads {
            self.calls_threads(span, &name, asked);
        }
        self.collect_sets(id);
        let bits = result.bits(&self.cx.program);
        let counted = bits.is_some() || matches!(result, Type::Bytes(_));
        let range = if counted { range } else { full(64) };
        Expr { ty: result, range, span, kind: ExprKind::Call(id, values) }
    }

    /// Reports a call of a function that asks about threads where there are none.
    fn calls_threads(&mut self, span: Span, name: &str, asked: Span) {
        if self.mode == Mode::Policy && self.event.is_none() {
            let message = format!("`{name}` belongs in a handler of a policy over threads");
            let diagnostic = Diagnostic::error(Code::E0116, span, message);
            self.report(
                diagnostic
                    .also(asked, "it asks about threads here")
                    .help("`on runnable(t) { ... }` is such a handler"),
            );
        }
    }

    /// The sets a function mentions count as mentioned by its caller.
    fn collect_sets(&mut self, id: FnId) {
        let mut sets = BTreeSet::new();
        walk(&self.cx.program.fns[id.idx()].body, &mut |expr| match &expr.kind {
            ExprKind::SetLen(set) | ExprKind::Choose(set, _) => {
                sets.insert(set.set);
            }
            ExprKind::Pick(pick) => {
                sets.insert(pick.set.set);
            }
            _ => {}
        });
        self.sets.extend(sets);
    }
}
