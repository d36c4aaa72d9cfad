//! Names of other files as values: `load` of `use std.least_loaded` is `least_loaded.load`.
//!
//! In: a name, or a name behind that of a file. Out: the declaration it stands for. What a file
//! declares without `pub` is reported where it is used as a value, and is nothing here.

use super::body::Body;
use super::items::error_expr;
use super::scope::Def;
use crate::hir::Expr;
use crate::syntax::ast;
use syrup_diag::Span;

impl Body<'_, '_> {
    /// What a name stands for, unless a local hides it; silent where it stands for nothing.
    pub(super) fn named(&mut self, expr: &ast::Expr) -> Option<Def> {
        match &expr.kind {
            ast::ExprKind::Paren(inner) => self.named(inner),
            ast::ExprKind::Name(name) if self.local(name).is_none() => {
                Some(self.cx.units.list[self.unit].scope.get(name)?.def)
            }
            ast::ExprKind::Field { base, name } => {
                let unit = self.file_named(base)?;
                self.cx.ensure_declared(unit);
                let symbol = self.cx.units.list[unit].scope.get(&name.text)?;
                symbol.public.then_some(symbol.def)
            }
            _ => None,
        }
    }

    /// The file that a name stands for.
    fn file_named(&mut self, expr: &ast::Expr) -> Option<usize> {
        let name = expr.as_name().filter(|name| self.local(name).is_none())?;
        match self.cx.units.list[self.unit].scope.get(name)?.def {
            Def::Unit(unit) => Some(unit),
            _ => None,
        }
    }

    /// `limits.burst`: what another file declares, as a value; nothing where the base is no file.
    pub(super) fn member_value(
        &mut self,
        span: Span,
        base: &ast::Expr,
        name: &ast::Name,
    ) -> Option<Expr> {
        let unit = self.file_named(base)?;
        Some(match self.cx.member(unit, name) {
            Some(def) => self.def(span, &name.text, def),
            None => error_expr(span),
        })
    }
}
