//! `let` and `var`: a name for a value, with what is known of it, and values that must fit a range.

use super::body::Body;
use super::facts::{Name, name_of};
use super::items::full;
use crate::hir::{Expr, ExprKind, LocalId, MapId, StmtKind, Type};
use crate::syntax::ast;
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::Interval;

impl Body<'_, '_> {
    pub(super) fn let_stmt(&mut self, decl: &ast::Let, mutable: bool) -> Option<StmtKind> {
        let declared = decl.ty.as_ref().map(|ty| (self.cx.field_type(self.unit, ty), ty.span));
        let want = declared.as_ref().map(|((ty, _), _)| ty.clone());
        let mut value = self.expr(&decl.value, want.as_ref());
        if let Some(want) = &want {
            value = self.coerce(value, want);
        }
        let one_length = value.range.lo == value.range.hi;
        if matches!(value.ty, Type::Bytes(_)) && mutable && !one_length {
            let message = "a run of bytes that is assigned has one length";
            let diagnostic = Diagnostic::error(Code::E0115, decl.name.span, message);
            let is = format!("this has {} bytes", super::ranges::show(value.range));
            let diagnostic = diagnostic.also(value.span, is);
            value = self.fail(diagnostic.help("name it with `let`, or take `b[..4]` of it"));
        }
        if let Type::Bytes(_) = value.ty
            && one_length
        {
            // A local of one length is kept as numbers, whatever it was a part of.
            value.ty = Type::Bytes(value.range.lo as u32);
        }
        if self.is_verdict(&value.ty) || matches!(value.ty, Type::Unit | Type::Take) {
            let what = value.ty.display(&self.cx.program);
            let message = format!("`{}` cannot hold {what}", decl.name.text);
            value = self.fail(Diagnostic::error(Code::E0402, value.span, message));
        }
        let bits = value.ty.bits(&self.cx.program);
        let range = match &declared {
            Some(((_, range), span)) => {
                self.fits(&value, *range, *span);
                *range
            }
            None if mutable && !matches!(value.ty, Type::Bytes(_)) => full(bits.unwrap_or(64)),
            None => value.range,
        };
        let known = value.range;
        let local = self.declare(&decl.name, value.ty.clone(), range);
        if mutable {
            self.explode_bytes(local);
        }
        self.set_mutable(local, mutable);
        self.learn(local, &Expr { range: known, ..value.clone() });
        self.note_alias(local, &value);
        if matches!(value.ty, Type::Option(_)) {
            let is_choice = matches!(value.kind, ExprKind::Pick(_));
            self.optional.insert(local, (value.span, is_choice));
        }
        let from = self.depends(&value);
        if !from.is_empty() {
            let maps: BTreeSet<MapId> = from.into_iter().map(|(map, _)| map).collect();
            for leaf in self.leaves(local) {
                self.sources.insert(leaf, maps.clone());
            }
            self.sources.insert(local, maps);
        }
        Some(StmtKind::Let(local, value))
    }

    /// The order between a name and what it was made of. It ends where either is assigned.
    fn note_alias(&mut self, local: LocalId, value: &Expr) {
        let name = Name::Local(local);
        if let Some(other) = name_of(value) {
            self.facts.note_order(name, other, false);
            self.facts.note_order(other, name, false);
        }
        if let ExprKind::Binary(op, a, b) = &value.kind
            && op.op == syrup_ir::BinOp::Min
        {
            for other in [a, b].into_iter().filter_map(|side| name_of(side)) {
                self.facts.note_order(name, other, false);
            }
        }
    }

    /// Reports a value that is not proved to lie in a declared range.
    pub(super) fn fits(&mut self, value: &Expr, range: Interval, declared: Span) {
        if matches!(value.ty, Type::Bytes(_)) {
            return self.fits_bytes(value, range, declared);
        }
        let outside = value.range.lo < range.lo || value.range.hi > range.hi;
        if value.ty.bits(&self.cx.program).is_some() && outside {
            let is = super::ranges::show(value.range);
            let message = format!("this is {is}, outside {}", super::ranges::show(range));
            let mut diagnostic = Diagnostic::error(Code::E0406, value.span, message);
            if value.range.lo >= range.lo && matches!(value.ty, Type::Int(_)) {
                let edits = vec![
                    syrup_diag::Edit { span: value.span.before(), text: "min(".to_owned() },
                    syrup_diag::Edit { span: value.span.after(), text: format!(", {})", range.hi) },
                ];
                diagnostic = diagnostic.fix(format!("clamp it: `min(..., {})`", range.hi), edits);
            }
            if diagnostic.fixes.is_empty() {
                diagnostic = diagnostic.help("a value of the range, or a wider range");
            }
            self.report(diagnostic.also(declared, "the range"));
        }
    }
}
