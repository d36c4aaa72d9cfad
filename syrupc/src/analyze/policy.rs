//! Whole policies, functions and tests: what surrounds a body.

use super::Analyzer;
use super::attrs;
use super::body::{Body, Mode};
use crate::hir::{self, Expr, SetId, Stmt, StmtKind, Type};
use crate::syntax::ast::{self, ItemKind};
use std::collections::BTreeSet;
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic, Span};

impl Analyzer<'_> {
    pub(crate) fn define_policy(&mut self, unit: usize, idx: usize, item: &ast::Item) {
        let ItemKind::Policy(decl) = &item.kind else { return };
        let hooks = self.policy_hooks(item);
        let (param, block) = match &decl.body {
            ast::PolicyBody::Function { param, body } => (param, body),
            ast::PolicyBody::Events(_) => return self.define_events(unit, idx, item, decl, hooks),
        };
        let result = self.policy_result(unit, &decl.result);
        let set = result.unwrap_or(None);
        let mut body = Body::new(self, unit, Mode::Policy);
        body.answer = set;
        body.sets.extend(set);
        let (ty, range) = body.cx.field_type(unit, &param.ty);
        if !matches!(ty, Type::Packet | Type::Error) {
            let message = "the input of a policy is a `Packet`";
            body.report(Diagnostic::error(Code::E0402, param.ty.span, message));
        }
        let input = body.declare(&param.name, ty, range);
        let want = if result.is_ok() { Type::Verdict } else { Type::Error };
        let value = body.block(block, Some(&want));
        let value = if result.is_err() {
            super::items::error_expr(value.span)
        } else if matches!(value.ty, Type::Unit) {
            let message = format!("`{}` can end without a verdict", decl.name.text);
            let end = Span::new(block.span.file, block.span.end.saturating_sub(1), block.span.end);
            body.fail(
                Diagnostic::error(Code::E0118, end, message)
                    .label("which verdict here?")
                    .help("end the body with an executor, `pass` or `drop`"),
            )
        } else {
            body.answer_of(value)
        };
        let (locals, sets) = (std::mem::take(&mut body.locals), std::mem::take(&mut body.sets));
        let broken = self.is_broken(item.span, &value);
        let policy = &mut self.program.policies[idx];
        policy.set = set;
        policy.sets = sets.into_iter().collect();
        policy.input = input;
        policy.body = value;
        policy.locals = locals;
        policy.budget = attrs::policy_budget(item);
        policy.licence = attrs::licence(item);
        policy.broken = broken;
        policy.hooks = hooks;
        self.check_hooks(idx);
    }

    /// Whether a policy cannot be compiled: an error stands in its text or in that of a function it
    /// reaches, or it names something whose declaration has one.
    pub(super) fn is_broken(&self, item: Span, body: &Expr) -> bool {
        let fault = |span: Span| {
            self.diags
                .iter()
                .any(|d| d.severity == syrup_diag::Severity::Error && span.contains(d.primary.span))
        };
        let mut broken = fault(item);
        let mut open = Vec::new();
        let mut headers = BTreeSet::new();
        let mut look =
            |expr: &Expr, open: &mut Vec<hir::FnId>, headers: &mut BTreeSet<_>| match &expr.kind {
                hir::ExprKind::Call(id, _) => open.push(*id),
                hir::ExprKind::Match(inner) => {
                    for row in inner.arms.iter().flat_map(|arm| &arm.rows) {
                        if let hir::Row::Layers(layers) = row {
                            headers.extend(layers.iter().map(|layer| layer.header));
                        }
                    }
                }
                _ => broken |= expr.ty == Type::Error,
            };
        super::walk::walk(body, &mut |expr| look(expr, &mut open, &mut headers));
        let (mut seen, mut computed) = (BTreeSet::new(), BTreeSet::new());
        loop {
            if let Some(id) = open.pop() {
                if seen.insert(id) {
                    let decl = &self.program.fns[id.idx()];
                    super::walk::walk(&decl.body, &mut |e| look(e, &mut open, &mut headers));
                }
            } else if let Some(&id) = headers.difference(&computed).next() {
                // What a header computes calls functions too.
                computed.insert(id);
                let id: hir::HeaderId = id;
                for formula in crate::lower::formulas_of(&self.program.headers[id.idx()]) {
                    let visit = &mut |e: &Expr| look(e, &mut open, &mut headers);
                    super::walk::walk(&formula.expr, visit);
                }
            } else {
                break;
            }
        }
        let of_item = |unit: usize, item: usize| self.units.list[unit].file.items[item].span;
        let of_fn = |id: &hir::FnId| {
            let (unit, item, _) = self.origins.fns[id.idx()];
            fault(of_item(unit, item))
        };
        let of_header = |id: &hir::HeaderId| {
            let (unit, item) = self.origins.headers[id.idx()];
            fault(of_item(unit, item))
        };
        broken || seen.iter().any(of_fn) || headers.iter().any(of_header)
    }

    /// The set a policy answers from; none for `-> verdict`.
    pub(super) fn policy_result(
        &mut self,
        unit: usize,
        ty: &ast::Type,
    ) -> Result<Option<SetId>, ()> {
        match self.value_type(unit, ty) {
            Type::Exec(set) => Ok(Some(set)),
            Type::Verdict => Ok(None),
            Type::Error => Err(()),
            _ => {
                let message = "a policy answers from an executor set, or `-> verdict`";
                self.diags.push(Diagnostic::error(Code::E0402, ty.span, message));
                Err(())
            }
        }
    }

    /// The hooks a policy names, those that exist.
    fn policy_hooks(&mut self, item: &ast::Item) -> Vec<(Arc<str>, Span)> {
        let mut found = Vec::new();
        for (name, span) in attrs::hooks(item) {
            if self.hook(&name).is_some() {
                found.push((name.as_str().into(), span));
                continue;
            }
            let known: Vec<_> = syrup_stdlib::folder("hooks").map(|(name, _)| name).collect();
            let message = format!("there is no hook `{name}`");
            let mut diagnostic = Diagnostic::error(Code::E0109, span, message);
            diagnostic = match super::names::nearest(&name, known.iter().copied()) {
                Some(near) => diagnostic.replace(format!("did you mean `{near}`?"), span, near),
                None => diagnostic.note(format!("there are: {}", known.join(", "))),
            };
            self.diags.push(diagnostic);
        }
        found
    }

    pub(crate) fn define_test(&mut self, test: &ast::Test, allows: Vec<String>) {
        let ast::LitKind::Str(name) = &test.name.kind else { return };
        let mut body = Body::new(self, 0, Mode::Test);
        let mut forall = Vec::new();
        for parm in &test.forall {
            let (ty, range) = body.cx.field_type(0, &parm.ty);
            let samples =
                ty.bits(&body.cx.program).is_some() || matches!(ty, Type::Packet | Type::Bytes(_));
            if !samples && ty != Type::Error {
                let message = "a property holds for numbers, bytes and packets";
                body.report(Diagnostic::error(Code::E0402, parm.ty.span, message));
            }
            forall.push(body.declare(&parm.name, ty, range));
        }
        let mut stmts = body.stmts(&test.body.stmts);
        if let Some(value) = &test.body.value {
            let expr = body.expr(value, None);
            stmts.push(Stmt { span: expr.span, kind: StmtKind::Expr(expr) });
        }
        let locals = std::mem::take(&mut body.locals);
        let (name, span) = (name.clone(), test.name.span);
        self.program.tests.push(hir::Test { name, forall, body: stmts, locals, allows, span });
    }
}
