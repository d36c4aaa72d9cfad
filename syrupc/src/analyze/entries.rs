//! Entries that a policy makes and removes.

use super::body::Body;
use super::items::{error_expr, full};
use crate::hir::{Expr, ExprKind, MapId, Place, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::MapKind;

impl Body<'_, '_> {
    /// `m.insert(k, v) else return pass`
    pub(crate) fn insert(&mut self, span: Span, map: MapId, args: &[ast::Arg]) -> Expr {
        if !self.has_entries(span, map, "insert") || !self.n_args(span, "insert", args, 2) {
            return error_expr(span);
        }
        self.effect(span);
        let ty = self.cx.program.maps[map.idx()].value.clone();
        let place = self.cell(span, map, &args[0].value);
        let value = self.expr(&args[1].value, Some(&ty));
        let value = self.coerce(value, &ty);
        let Some(place) = place else { return error_expr(span) };
        if value.ty == Type::Error {
            return error_expr(span);
        }
        self.check_guard(map, span);
        let kind = ExprKind::Insert(Box::new(place), Box::new(value));
        let ty = Type::Option(Box::new(Type::Unit));
        Expr { ty, range: full(64), span, kind }
    }

    /// `m.remove(k)`
    pub(crate) fn remove(&mut self, span: Span, map: MapId, args: &[ast::Arg]) -> Expr {
        if !self.has_entries(span, map, "remove") || !self.n_args(span, "remove", args, 1) {
            return error_expr(span);
        }
        self.effect(span);
        let Some(place) = self.cell(span, map, &args[0].value) else { return error_expr(span) };
        let place = Place { span, ..place };
        let kind = ExprKind::Remove(Box::new(place));
        Expr { ty: Type::Unit, range: full(64), span, kind }
    }

    /// Whether entries of a map come and go.
    fn has_entries(&mut self, span: Span, map: MapId, method: &str) -> bool {
        let decl = &self.cx.program.maps[map.idx()];
        if matches!(decl.kind, MapKind::Hash | MapKind::LruHash) {
            return true;
        }
        let message = format!("`{}` has no `{method}`: its cells are always there", decl.name);
        let declared = decl.span;
        self.report(Diagnostic::error(Code::E0112, span, message).also(declared, "declared here"));
        false
    }
}
