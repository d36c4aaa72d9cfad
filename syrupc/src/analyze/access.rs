//! Maps and cells: which access can miss, which changes race, and what to write instead.

use super::body::{Body, Mode};
use super::facts::Facts;
use super::items::{error_expr, full};
use super::scope::Def;
use crate::hir::{Expr, ExprKind, MapId, Place, StructField, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Edit, Span};
use syrup_ir::MapKind;
impl Body<'_, '_> {
    /// `m[k]`, `turn`: the cell an expression names, where it names one.
    pub(crate) fn place(&mut self, expr: &ast::Expr) -> Option<Result<Place, ()>> {
        match &expr.kind {
            ast::ExprKind::Paren(inner) => self.place(inner),
            ast::ExprKind::Name(_) | ast::ExprKind::Field { .. } => {
                let map = self.map_named(expr)?;
                let decl = &self.cx.program.maps[map.idx()];
                if decl.value == Type::Error {
                    return Some(Err(()));
                }
                let cell = decl.key == Type::Unit && decl.kind != MapKind::Log;
                let place = Place { map, key: None, field: None, span: expr.span };
                cell.then_some(Ok(place))
            }
            ast::ExprKind::Index { base, index } => {
                let map = self.map_named(base)?;
                let ast::Index::At(key) = &**index else { return Some(Err(())) };
                Some(self.cell(expr.span, map, key).ok_or(()))
            }
            _ => None,
        }
    }

    /// The map a name stands for, unless a local hides it.
    pub(crate) fn map_named(&mut self, expr: &ast::Expr) -> Option<MapId> {
        match self.named(expr)? {
            Def::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The cell of a key, with the proof that an array's index is inside.
    pub(super) fn cell(&mut self, span: Span, map: MapId, key: &ast::Expr) -> Option<Place> {
        let decl = &self.cx.program.maps[map.idx()];
        if decl.value == Type::Error {
            return None;
        }
        let (kind, entries, ty) = (decl.kind, u64::from(decl.entries), decl.key.clone());
        if kind == MapKind::Log {
            let message = format!("`{}` is a log; it has no keys", decl.name);
            let help = format!("{}.append(record) else ...", decl.name);
            self.report(Diagnostic::error(Code::E0402, span, message).help(help));
            return None;
        }
        if ty == Type::Unit {
            let message = format!("`{}` is one cell; it has no entries", decl.name);
            self.report(Diagnostic::error(Code::E0402, span, message));
            return None;
        }
        let key_expr = self.expr(key, Some(&ty));
        let key_expr = self.coerce(key_expr, &ty);
        if key_expr.ty == Type::Error {
            return None;
        }
        let declared = self.cx.program.maps[map.idx()].span;
        self.fits_value(&key_expr, &ty, declared);
        if matches!(kind, MapKind::Array | MapKind::PerCpuArray)
            && ty == Type::Int(32)
            && key_expr.range.hi >= entries
        {
            let name = self.cx.program.maps[map.idx()].name.clone();
            let is = super::ranges::show(key_expr.range);
            let message = format!("this index is not proved to be inside `{name}`");
            let edits = vec![
                Edit { span: key_expr.span.before(), text: "min(".to_owned() },
                Edit { span: key_expr.span.after(), text: format!(", {})", entries - 1) },
            ];
            self.report(
                Diagnostic::error(Code::E0203, key_expr.span, message)
                    .label(format!("is {is}; the last index is {}", entries - 1))
                    .also(self.cx.program.maps[map.idx()].span, format!("{entries} entries"))
                    .fix(format!("clamp it: `min(..., {})`", entries - 1), edits)
                    .help("test it before: `if i < ... { ... }`"),
            );
            return None;
        }
        Some(Place { map, key: Some(key_expr), field: None, span })
    }

    /// Reads a cell: an option where the entry may be missing.
    pub(crate) fn read_place(&mut self, place: Place) -> Expr {
        let decl = &self.cx.program.maps[place.map.idx()];
        let field = self.place_field(&place);
        let kept = field.as_ref().map_or(&decl.value, |field| &field.ty);
        let read = self.cx.program.read_type(kept);
        let ty = match (decl.kind, read) {
            // The table follows its set, so that what stands there is never gone.
            (MapKind::Maglev(_), _) => kept.clone(),
            (_, read @ Type::Option(_)) => read,
            (MapKind::Hash | MapKind::LruHash | MapKind::Lpm, read) => Type::Option(Box::new(read)),
            (_, read) => read,
        };
        let all = value_range(&decl.value, &self.cx.program);
        let range = field.map_or(all, |field| field.range);
        let span = place.span;
        if let MapKind::Maglev(set) = decl.kind {
            self.sets.insert(crate::hir::SetId(set.0));
            if self.mode == Mode::Test {
                let message = format!("`{}` is filled when a policy runs", decl.name);
                return self.fail(
                    Diagnostic::error(Code::E0116, span, message)
                        .help("call the policy and look at its verdict"),
                );
            }
        }
        Expr { ty, range, span, kind: ExprKind::Read(Box::new(place)) }
    }

    /// Reports bytes of another length than a map keeps.
    pub(super) fn fits_value(&mut self, value: &Expr, ty: &Type, declared: Span) {
        if matches!((&value.ty, ty), (Type::Bytes(_), Type::Bytes(_))) {
            let range = value_range(ty, &self.cx.program);
            self.fits_bytes(value, range, declared);
        }
    }

    /// The field that a place names, if it names one.
    pub(super) fn place_field(&self, place: &Place) -> Option<StructField> {
        match (&self.cx.program.maps[place.map.idx()].value, place.field) {
            (Type::Struct(id), Some(at)) => {
                self.cx.program.structs[id.idx()].fields.get(at as usize).cloned()
            }
            _ => None,
        }
    }

    /// `base[index]`
    pub(crate) fn index(&mut self, span: Span, base: &ast::Expr, index: &ast::Index) -> Expr {
        if let Some(map) = self.map_named(base) {
            let decl = &self.cx.program.maps[map.idx()];
            if decl.key == Type::Unit && matches!(decl.value, Type::Bytes(_)) {
                let place = Place { map, key: None, field: None, span: base.span };
                let run = self.read_place(place);
                return self.index_bytes(span, run, index);
            }
            let ast::Index::At(key) = index else {
                let message = "a map has no ranges";
                return self.fail(Diagnostic::error(Code::E0402, span, message));
            };
            return match self.cell(span, map, key) {
                Some(place) => self.read_place(place),
                None => error_expr(span),
            };
        }
        if let Some(set) = self.set_expr(base) {
            let Ok(set) = set else { return error_expr(span) };
            return self.index_set(span, set, index);
        }
        let base = self.expr(base, None);
        if matches!(base.ty, Type::Bytes(_)) {
            return self.index_bytes(span, base, index);
        }
        if base.ty != Type::Error {
            let ty = base.ty.display(&self.cx.program);
            let message = format!("{ty} cannot be indexed");
            let mut diagnostic = Diagnostic::error(Code::E0402, base.span, message);
            if base.ty == Type::Packet {
                diagnostic = diagnostic
                    .help("read a header's field with `match pkt { udp(dst_port) => ... }`");
            }
            self.report(diagnostic);
        }
        error_expr(span)
    }

    /// `value else fallback`
    pub(crate) fn else_expr(
        &mut self,
        span: Span,
        value: &ast::Expr,
        fallback: &ast::Expr,
        want: Option<&Type>,
    ) -> Expr {
        let value = self.expr(value, want);
        let inner = match &value.ty {
            Type::Option(inner) => (**inner).clone(),
            Type::Error => {
                self.expr(fallback, want);
                return error_expr(span);
            }
            _ => {
                let message = "this is never missing, so its `else` is never taken";
                let rest = Span::new(span.file, value.span.end, span.end);
                return self.fail(Diagnostic::error(Code::E0402, value.span, message).replace(
                    "remove the `else`",
                    rest,
                    "",
                ));
            }
        };
        let before: Facts = self.facts.clone();
        let fallback = self.expr(fallback, Some(&inner));
        let after = std::mem::replace(&mut self.facts, before.clone());
        self.facts = before.join(after);
        let found = Expr { ty: inner, ..value.clone() };
        let (ty, range) = match &fallback.ty {
            Type::Option(_) => {
                let rest = Expr { ty: unwrap(&fallback.ty), ..fallback.clone() };
                let (ty, range) = self.join_types(span, &found, &rest);
                (Type::Option(Box::new(ty)), range)
            }
            _ => self.join_types(span, &found, &fallback),
        };
        Expr { ty, range, span, kind: ExprKind::Else(Box::new(value), Box::new(fallback)) }
    }
}

/// What a value of a map may be; of a run of bytes, its length.
pub(super) fn value_range(ty: &Type, program: &crate::hir::Program) -> syrup_ir::Interval {
    match ty {
        Type::Bytes(n) => syrup_ir::Interval { lo: u64::from(*n), hi: u64::from(*n) },
        ty => full(ty.bits(program).unwrap_or(64)),
    }
}

fn unwrap(ty: &Type) -> Type {
    match ty {
        Type::Option(inner) => (**inner).clone(),
        other => other.clone(),
    }
}
