//! Calls of functions: the body, with the arguments bound to its parameters.

use super::{Low, Lower};
use crate::hir::{Expr, ExprKind, FnId, Program};
use syrup_diag::Span;
use syrup_diag::limits::CALLS_MAX;

impl Lower<'_> {
    /// Lowers a function's body where it is called.
    pub(super) fn inline(&mut self, id: FnId, args: &[Expr], span: Span) -> Option<Low> {
        self.n_calls += 1;
        if self.n_calls > CALLS_MAX {
            let message = format!("this policy expands to more than {CALLS_MAX} calls");
            self.too_large = Some((span, message));
            let exit = self.unreachable(span);
            self.f.jump(exit, Vec::new(), span);
            return None;
        }
        let decl = &self.program.fns[id.idx()];
        let mut lows = Vec::new();
        for arg in args {
            lows.push(self.expr(arg)?);
        }
        let outer_env = std::mem::take(&mut self.env);
        let outer_locals = std::mem::replace(&mut self.locals, &decl.locals);
        for (param, low) in decl.params.iter().zip(lows) {
            self.bind(*param, low);
        }
        let result = self.expr(&decl.body);
        self.env = outer_env;
        self.locals = outer_locals;
        result
    }
}

/// Visits an expression and everything it is made of, bodies of called functions included.
pub(crate) fn walk_deep(program: &Program, expr: &Expr, visit: &mut impl FnMut(&Expr)) {
    let mut called = Vec::new();
    let mut done = std::collections::BTreeSet::new();
    let mut note = |expr: &Expr, called: &mut Vec<FnId>| {
        if let ExprKind::Call(id, _) = &expr.kind {
            called.push(*id);
        }
        visit(expr);
    };
    crate::analyze::walk(expr, &mut |e| note(e, &mut called));
    while let Some(id) = called.pop() {
        if done.insert(id) {
            crate::analyze::walk(&program.fns[id.idx()].body, &mut |e| note(e, &mut called));
        }
    }
}
