//! Entries that a policy makes and removes.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use crate::hir::{Expr, ExprKind, MapId, Place, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Edit, Span};
use syrup_ir::MapKind;

impl Body<'_, '_> {
    /// `m.insert(k, v) else return pass`
    pub(crate) fn insert(&mut self, span: Span, map: MapId, args: &[ast::Arg]) -> Expr {
        let n_args = if self.is_prefixed(map) { 3 } else { 2 };
        if !self.has_entries(span, map, "insert") || !self.n_args(span, "insert", args, n_args) {
            return error_expr(span);
        }
        self.effect(span);
        let ty = self.cx.program.maps[map.idx()].value.clone();
        let place = self.entry(span, map, args);
        let value = self.expr(&args[n_args - 1].value, Some(&ty));
        let ty = self.cx.program.read_type(&ty);
        let value = self.coerce(value, &ty);
        let declared = self.cx.program.maps[map.idx()].span;
        self.fits_value(&value, &ty, declared);
        let Some(place) = place else { return error_expr(span) };
        if value.ty == Type::Error {
            return error_expr(span);
        }
        self.check_guard(map, span);
        let kind = ExprKind::Insert(Box::new(place), Box::new(value));
        // A test stops where its map is full, so there is nothing to answer.
        let ty = match self.mode {
            Mode::Test => Type::Unit,
            Mode::Policy | Mode::Fn | Mode::Const => Type::Option(Box::new(Type::Unit)),
        };
        Expr { ty, range: full(64), span, kind }
    }

    /// `events.append(record) else return pass`
    pub(crate) fn append(&mut self, span: Span, map: MapId, args: &[ast::Arg]) -> Expr {
        let decl = &self.cx.program.maps[map.idx()];
        let (kind, ty, declared) = (decl.kind, decl.value.clone(), decl.span);
        if kind != MapKind::Log {
            let message = format!("`{}` is no log", decl.name);
            let diagnostic = Diagnostic::error(Code::E0112, span, message);
            return self.fail(diagnostic.also(declared, "declared here"));
        }
        if self.mode == Mode::Test {
            let message = "a log is written by policies only";
            let help = "call the policy, then compare: `expect events == [1, 2]`";
            return self.fail(Diagnostic::error(Code::E0116, span, message).help(help));
        }
        if ty == Type::Error || !self.n_args(span, "append", args, 1) {
            return error_expr(span);
        }
        self.effect(span);
        let value = self.expr(&args[0].value, Some(&ty));
        let value = self.coerce(value, &ty);
        if value.ty == Type::Error {
            return error_expr(span);
        }
        self.fits_value(&value, &ty, declared);
        let place = Place { map, key: None, field: None, span };
        let kind = ExprKind::Insert(Box::new(place), Box::new(value));
        let ty = Type::Option(Box::new(Type::Unit));
        Expr { ty, range: full(64), span, kind }
    }

    /// A log by itself: in a test, its records.
    pub(super) fn records(&mut self, span: Span, name: &str, map: MapId) -> Expr {
        if self.mode != Mode::Test {
            let message = format!("`{name}` is a log: policies write it and user space reads it");
            let help = format!("{name}.append(record) else ...");
            return self.fail(Diagnostic::error(Code::E0402, span, message).help(help));
        }
        let ty = Type::List(Box::new(self.cx.program.maps[map.idx()].value.clone()));
        Expr { ty, range: full(64), span, kind: ExprKind::Records(map) }
    }

    /// `m.remove(k)`
    pub(crate) fn remove(&mut self, span: Span, map: MapId, args: &[ast::Arg]) -> Expr {
        let n_args = if self.is_prefixed(map) { 2 } else { 1 };
        if !self.has_entries(span, map, "remove") || !self.n_args(span, "remove", args, n_args) {
            return error_expr(span);
        }
        self.effect(span);
        let Some(place) = self.entry(span, map, args) else { return error_expr(span) };
        let place = Place { span, ..place };
        let kind = ExprKind::Remove(Box::new(place));
        Expr { ty: Type::Unit, range: full(64), span, kind }
    }

    fn is_prefixed(&self, map: MapId) -> bool {
        self.cx.program.maps[map.idx()].kind == MapKind::Lpm
    }

    /// The entry that the first arguments name: a key, or an address and how many bits count.
    fn entry(&mut self, span: Span, map: MapId, args: &[ast::Arg]) -> Option<Place> {
        let place = self.cell(span, map, &args[0].value)?;
        if !self.is_prefixed(map) {
            return Some(place);
        }
        let n_bits = self.expr(&args[1].value, Some(&Type::Int(32)));
        let n_bits = self.coerce(n_bits, &Type::Int(32));
        let address = place.key?;
        if n_bits.ty == Type::Error {
            return None;
        }
        let most = match address.ty {
            Type::Bytes(n) => u64::from(n) * 8,
            ref ty => u64::from(ty.bits(&self.cx.program).unwrap_or(0)),
        };
        if n_bits.range.hi > most {
            let is = super::ranges::show(n_bits.range);
            let message = format!("an address of this map has {most} bits");
            let edits = vec![
                Edit { span: n_bits.span.before(), text: "min(".to_owned() },
                Edit { span: n_bits.span.after(), text: format!(", {most})") },
            ];
            self.report(
                Diagnostic::error(Code::E0406, n_bits.span, message)
                    .label(format!("is {is}"))
                    .fix(format!("clamp it: `min(..., {most})`"), edits),
            );
            return None;
        }
        let (ty, range, key_span) = (address.ty.clone(), address.range, address.span);
        let kind = ExprKind::Prefix { address: Box::new(address), n_bits: Box::new(n_bits) };
        Some(Place { key: Some(Expr { ty, range, span: key_span, kind }), ..place })
    }

    /// Whether entries of a map come and go.
    fn has_entries(&mut self, span: Span, map: MapId, method: &str) -> bool {
        let decl = &self.cx.program.maps[map.idx()];
        if matches!(decl.kind, MapKind::Hash | MapKind::LruHash | MapKind::Lpm) {
            return true;
        }
        let message = format!("`{}` has no `{method}`: its cells are always there", decl.name);
        let declared = decl.span;
        self.report(Diagnostic::error(Code::E0112, span, message).also(declared, "declared here"));
        false
    }
}
