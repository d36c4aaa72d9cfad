//! Order on numbers that wrap: `before(a, b)` and `later(a, b)`.
//!
//! In: two numbers of one width. Of two that lie less than half a turn apart, one is before the
//! other, wherever zero lies. At half a turn exactly, each is before the other.

use super::body::Body;
use super::facts::hull;
use super::items::{error_expr, full};
use crate::hir::{Expr, ExprKind, Type, WrapOrder};
use crate::syntax::ast;
use syrup_diag::Span;

impl Body<'_, '_> {
    /// `before(a, b)`, `later(a, b)`
    pub(super) fn wrap_order(
        &mut self,
        span: Span,
        name: &str,
        args: &[ast::Arg],
        want: Option<&Type>,
    ) -> Expr {
        if !self.n_args(span, name, args, 2) {
            return error_expr(span);
        }
        let order = if name == "before" { WrapOrder::Before } else { WrapOrder::Later };
        let want =
            want.filter(|ty| order == WrapOrder::Later && matches!(ty, Type::Int(_) | Type::Time));
        let literal = matches!(args[0].value.kind, ast::ExprKind::Lit(_));
        let (first, second) = if literal { (1, 0) } else { (0, 1) };
        let a = self.expr(&args[first].value, want);
        let ty = a.ty.clone();
        let b = self.expr(&args[second].value, Some(&ty));
        if a.ty == Type::Error || b.ty == Type::Error {
            return error_expr(span);
        }
        if !matches!(ty, Type::Int(_) | Type::Time) {
            return self.not_a_number(a);
        }
        let b = self.coerce(b, &ty);
        let (a, b) = if literal { (b, a) } else { (a, b) };
        let (ty, range) = match order {
            WrapOrder::Before => (Type::Bool, full(1)),
            WrapOrder::Later => (ty, hull(a.range, b.range)),
        };
        Expr { ty, range, span, kind: ExprKind::Wrapping(order, Box::new(a), Box::new(b)) }
    }
}
