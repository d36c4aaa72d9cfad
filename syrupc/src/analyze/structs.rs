//! Structs as values: literals, fields, and the hidden locals that hold the parts of a name.
//!
//! A local of struct type is as many hidden locals as it has fields, and one that may be missing is
//! whether it is there and its value. So facts, joins and assignment know plain numbers only.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use crate::hir::{self, Expr, ExprKind, LocalId, Place, StructField, StructId, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::{Interval, Layout};

impl Body<'_, '_> {
    /// Gives a local its hidden parts. Tests keep whole values and need none.
    pub(super) fn explode(&mut self, local: LocalId) {
        if self.mode == Mode::Test {
            return;
        }
        let decl = self.locals[local.idx()].clone();
        let part = |name: String, ty: Type, range: Interval| hir::Local {
            name: name.as_str().into(),
            ty,
            range,
            parts: Vec::new(),
            ..decl.clone()
        };
        let parts = match &decl.ty {
            Type::Struct(id) => {
                let fields = self.cx.program.structs[id.idx()].fields.clone();
                let hidden = |field: &StructField| {
                    let ty = self.cx.program.read_type(&field.ty);
                    part(format!("{}.{}", decl.name, field.name), ty, field.range)
                };
                fields.iter().map(hidden).collect()
            }
            Type::Option(inner) => {
                let range = match **inner {
                    Type::Bytes(_) => super::access::value_range(inner, &self.cx.program),
                    _ => decl.range,
                };
                vec![
                    part(format!("{} is there", decl.name), Type::Bool, full(1)),
                    part(decl.name.to_string(), (**inner).clone(), range),
                ]
            }
            _ => return,
        };
        for hidden in parts {
            let id = LocalId(self.locals.len() as u32);
            self.locals.push(hidden);
            self.locals[local.idx()].parts.push(id);
            self.explode(id);
            self.explode_bytes(id);
        }
    }

    /// The pieces of a run of bytes of one length: numbers of up to eight bytes.
    pub(super) fn explode_bytes(&mut self, local: LocalId) {
        let decl = self.locals[local.idx()].clone();
        let Type::Bytes(len) = decl.ty else { return };
        let known = Interval { lo: u64::from(len), hi: u64::from(len) };
        if self.mode == Mode::Test || decl.range != known {
            return;
        }
        for piece in Layout::Bytes(len).pieces() {
            let id = LocalId(self.locals.len() as u32);
            let (ty, range) = (Type::Int(piece.bits), full(piece.bits));
            self.locals.push(hir::Local { ty, range, parts: Vec::new(), ..decl.clone() });
            self.locals[local.idx()].parts.push(id);
        }
    }

    /// The plain numbers that a local is made of, itself where it is one.
    pub(super) fn leaves(&self, local: LocalId) -> Vec<LocalId> {
        let parts = &self.locals[local.idx()].parts;
        if parts.is_empty() {
            return vec![local];
        }
        parts.iter().flat_map(|part| self.leaves(*part)).collect()
    }

    /// Says whether a local and its parts can be assigned.
    pub(super) fn set_mutable(&mut self, local: LocalId, mutable: bool) {
        self.locals[local.idx()].mutable = mutable;
        for part in self.locals[local.idx()].parts.clone() {
            self.set_mutable(part, mutable);
        }
    }

    /// Notes what is known of each part of a local that gets a value.
    pub(super) fn learn(&mut self, local: LocalId, value: &Expr) {
        if value.ty.bits(&self.cx.program).is_some() || matches!(value.ty, Type::Bytes(_)) {
            return self.facts.set(local, value.range);
        }
        let parts = self.locals[local.idx()].parts.clone();
        match &value.kind {
            ExprKind::Struct(fields) => {
                for (part, field) in parts.iter().zip(fields) {
                    self.learn(*part, field);
                }
            }
            ExprKind::Local(other) => {
                for (to, from) in self.leaves(local).into_iter().zip(self.leaves(*other)) {
                    let range = self.facts.range(from, self.locals[from.idx()].range);
                    self.facts.set(to, range);
                }
            }
            _ => {}
        }
    }

    /// `Bucket(rate: 1000, burst: 2)`: fields that are not given are zero.
    pub(super) fn struct_literal(&mut self, span: Span, id: StructId, args: &[ast::Arg]) -> Expr {
        let decl = self.cx.program.structs[id.idx()].clone();
        let mut given: Vec<Option<Expr>> = vec![None; decl.fields.len()];
        let mut broken = decl.fields.iter().any(|field| field.ty == Type::Error);
        for arg in args {
            let Some(name) = &arg.name else {
                let message = format!("the fields of `{}` are given by name", decl.name);
                let diagnostic = Diagnostic::error(Code::E0110, arg.span, message);
                return self.fail(diagnostic.help("write `field: value`"));
            };
            let Some((idx, field)) = self.field_named(id, name) else {
                self.expr(&arg.value, Some(&Type::Error));
                broken = true;
                continue;
            };
            let ty = self.cx.program.read_type(&field.ty);
            let value = self.expr(&arg.value, Some(&field.ty));
            let value = self.coerce(value, &ty);
            self.fits_field(&value, &field);
            broken |= value.ty == Type::Error;
            let twice = given[idx as usize].replace(value).is_some();
            if twice {
                let message = format!("`{}` is given twice", name.text);
                self.report(Diagnostic::error(Code::E0110, name.span, message));
            }
        }
        if broken {
            return error_expr(span);
        }
        let mut values = Vec::new();
        for (value, field) in given.into_iter().zip(&decl.fields) {
            values.push(match value {
                Some(value) => value,
                None => self.zero_field(span, field),
            });
        }
        Expr { ty: Type::Struct(id), range: full(64), span, kind: ExprKind::Struct(values) }
    }

    /// What a field holds that a literal does not give.
    fn zero_field(&mut self, span: Span, field: &StructField) -> Expr {
        let ty = self.cx.program.read_type(&field.ty);
        if ty.bits(&self.cx.program).is_some() {
            if field.range.lo > 0 {
                let range = super::ranges::show(field.range);
                let message = format!("`{}` must be given: it is {range}", field.name);
                let help = format!("`{}: {}`", field.name, field.range.lo);
                let diagnostic = Diagnostic::error(Code::E0406, span, message).help(help);
                return self.fail(diagnostic.also(field.span, "declared here"));
            }
            return self.number(span, 0, ty);
        }
        // Missing executors are none, missing bytes are zeros.
        let kind = match &ty {
            Type::Bytes(len) => {
                let zeros = Layout::Bytes(*len).pieces();
                let zeros = zeros.iter().map(|p| self.number(span, 0, Type::Int(p.bits)));
                ExprKind::Struct(zeros.collect())
            }
            _ => ExprKind::None,
        };
        Expr { ty, range: field.range, span, kind }
    }

    fn fits_field(&mut self, value: &Expr, field: &StructField) {
        // A test asserts instead of proving: only a number that is known is refused.
        if self.mode != Mode::Test || value.range.lo == value.range.hi {
            self.fits(value, field.range, field.span);
        }
    }

    /// A field by name: its index and declaration.
    fn field_named(&mut self, id: StructId, name: &ast::Name) -> Option<(u32, StructField)> {
        let decl = &self.cx.program.structs[id.idx()];
        let found = decl.fields.iter().position(|field| *field.name == name.text);
        if let Some(at) = found {
            return Some((at as u32, decl.fields[at].clone()));
        }
        let message = format!("`{}` has no field `{}`", decl.name, name.text);
        let known: Vec<String> = decl.fields.iter().map(|f| f.name.to_string()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let diagnostic = Diagnostic::error(Code::E0104, name.span, message);
        self.report(super::call::near_or_all(diagnostic, name, &known));
        None
    }

    /// `value.name` of a struct.
    pub(super) fn struct_field(&mut self, span: Span, value: Expr, name: &ast::Name) -> Expr {
        let Type::Struct(id) = value.ty else { return error_expr(span) };
        let Some((idx, field)) = self.field_named(id, name) else { return error_expr(span) };
        let ty = self.cx.program.read_type(&field.ty);
        if ty == Type::Error {
            return error_expr(span);
        }
        match value.kind {
            ExprKind::Local(local) if !self.locals[local.idx()].parts.is_empty() => {
                let part = self.locals[local.idx()].parts[idx as usize];
                let range = self.facts.range(part, field.range);
                Expr { ty, range, span, kind: ExprKind::Local(part) }
            }
            ExprKind::Read(place) if place.field.is_none() => {
                self.read_place(Place { field: Some(idx), span, ..*place })
            }
            _ => {
                let kind = ExprKind::Field(Box::new(value), idx);
                Expr { ty, range: field.range, span, kind }
            }
        }
    }

    /// `b.level = v`, `m[k].level = v`; nothing where the base is no struct.
    pub(super) fn assign_field(
        &mut self,
        span: Span,
        base: &ast::Expr,
        name: &ast::Name,
        value: &ast::Expr,
    ) -> Option<Expr> {
        if let Some(local) = base.as_name().and_then(|name| self.local(name)) {
            let Type::Struct(id) = self.locals[local.idx()].ty else { return None };
            let Some((idx, field)) = self.field_named(id, name) else {
                self.expr(value, Some(&Type::Error));
                return Some(error_expr(span));
            };
            let part = self.locals[local.idx()].parts.get(idx as usize).copied();
            let Some(part) = part else {
                let message = "a test replaces a struct as a whole";
                return Some(self.fail(Diagnostic::error(Code::E0115, span, message)));
            };
            return Some(self.assign_local(span, part, value, field.span));
        }
        let place = match self.place(base)? {
            Ok(place) => place,
            Err(()) => return Some(error_expr(span)),
        };
        let Type::Struct(id) = self.cx.program.maps[place.map.idx()].value else { return None };
        let Some((idx, _)) = self.field_named(id, name) else {
            self.expr(value, Some(&Type::Error));
            return Some(error_expr(span));
        };
        let place = Place {
            field: Some(idx),
            span: Span::new(span.file, base.span.start, name.span.end),
            ..place
        };
        Some(self.assign_place(span, place, value))
    }
}
