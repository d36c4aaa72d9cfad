//! A name by itself as a value.

use super::body::{Body, Mode};
use super::facts::Name;
use super::items::{error_expr, full};
use super::scope::Def;
use crate::hir::{self, Expr, ExprKind, Type};
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::{Interval, MapKind};

impl Body<'_, '_> {
    /// A name by itself.
    pub(super) fn name(&mut self, span: Span, name: &str, want: Option<&Type>) -> Expr {
        if let Some(message) = self.is_whole(name) {
            let diagnostic = Diagnostic::error(Code::E0402, span, message);
            return self.fail(diagnostic.help(format!("name one of its fields: `{name}.field`")));
        }
        if let Some(local) = self.local(name) {
            let decl = &self.locals[local.idx()];
            let range = self.facts.range(local, decl.range);
            return Expr { ty: decl.ty.clone(), range, span, kind: ExprKind::Local(local) };
        }
        if let Some(Type::Enum(id)) = want
            && let Some(number) = self.cx.case(*id, name)
        {
            return self.number(span, number, Type::Enum(*id));
        }
        match self.cx.lookup(self.unit, name) {
            Some(def) => self.def(span, name, def),
            None => self.free_name(span, name, want),
        }
    }

    /// A name that no scope declares: a case of an enum in scope, or a word of the language.
    fn free_name(&mut self, span: Span, name: &str, want: Option<&Type>) -> Expr {
        match name {
            "pass" | "drop" => {
                let verdict =
                    if name == "pass" { syrup_ir::Else::Pass } else { syrup_ir::Else::Drop };
                let kind = ExprKind::Verdict(verdict);
                return Expr { ty: Type::Verdict, range: full(64), span, kind };
            }
            "none" if self.mode == Mode::Test || matches!(want, Some(Type::Option(_))) => {
                let ty = Type::Option(Box::new(Type::Never));
                return Expr { ty, range: full(64), span, kind: ExprKind::None };
            }
            "idle" | "keep" => return self.thread_word(span, name),
            _ => {}
        }
        match self.cx.enums_with_case(self.unit, name).as_slice() {
            [] => {
                let message = format!("there is no `{name}` here");
                let mut near = None;
                if !self.cx.units.list[self.unit].scope.contains_key(name) {
                    let locals = self.scopes.iter().flat_map(|s| s.keys().map(String::as_str));
                    near = super::names::nearest(name, locals);
                }
                if let Some(near) = near {
                    let title = format!("did you mean `{near}`?");
                    self.report(
                        Diagnostic::error(Code::E0101, span, message).replace(title, span, near),
                    );
                } else {
                    self.cx.unknown(self.unit, Code::E0101, span, message, name);
                }
                error_expr(span)
            }
            [id] => {
                let id = *id;
                let number = self.cx.case(id, name).unwrap_or(0);
                self.number(span, number, Type::Enum(id))
            }
            [first, second, ..] => {
                let enum_name =
                    |id: &hir::EnumId| self.cx.program.enums[id.idx()].info.name.clone();
                let message = format!(
                    "`{name}` is a case of both `{}` and `{}`",
                    enum_name(first),
                    enum_name(second)
                );
                let (a, b) = (enum_name(first), enum_name(second));
                self.fail(
                    Diagnostic::error(Code::E0101, span, message)
                        .help(format!("say which is meant by a type: `let x: {a} = {name}`"))
                        .help(format!("rename one of them, in `{a}` or in `{b}`")),
                )
            }
        }
    }

    /// A declared name as a value.
    pub(super) fn def(&mut self, span: Span, name: &str, def: Def) -> Expr {
        match def {
            Def::Const(id) => {
                self.cx.define_const(id);
                let decl = &self.cx.program.consts[id.idx()];
                let (value, ty) = (decl.value, decl.ty.clone());
                if ty == Type::Error { error_expr(span) } else { self.number(span, value, ty) }
            }
            Def::Param(id) => {
                let decl = &self.cx.program.params[id.idx()];
                let (ty, range) = (decl.ty.clone(), decl.range);
                if self.mode == Mode::Const {
                    let message = format!("`{name}` is known only when the policy is loaded");
                    return self.fail(Diagnostic::error(Code::E0117, span, message));
                }
                // A test may give the parameter another value at any line.
                let range = match self.mode {
                    Mode::Test => range,
                    _ => self.facts.range(Name::Param(id), range),
                };
                Expr { ty, range, span, kind: ExprKind::Param(id) }
            }
            Def::Map(id) if self.cx.program.maps[id.idx()].kind == MapKind::Log => {
                self.records(span, name, id)
            }
            Def::Map(id) if self.cx.program.maps[id.idx()].key == Type::Unit => {
                self.read_place(hir::Place { map: id, key: None, field: None, span })
            }
            Def::Header(_) if self.mode == Mode::Test => self.packet_name(span, name),
            Def::Queue(id) => self.queue_name(span, id),
            Def::Map(_) | Def::Set(_) => {
                let example = if matches!(def, Def::Set(_)) { "[0]" } else { "[key]" };
                let message =
                    format!("`{name}` is {}; it needs `{example}` or a method", def.noun());
                self.fail(Diagnostic::error(Code::E0402, span, message))
            }
            Def::Enum(_)
            | Def::Struct(_)
            | Def::Header(_)
            | Def::Fn(_)
            | Def::Policy(_)
            | Def::Unit(_) => {
                let message = format!("`{name}` is {}, not a value", def.noun());
                self.fail(Diagnostic::error(Code::E0402, span, message))
            }
        }
    }

    /// A number of a type.
    pub(crate) fn number(&self, span: Span, value: u64, ty: Type) -> Expr {
        let range = Interval { lo: value, hi: value };
        Expr { ty, range, span, kind: ExprKind::Int(value) }
    }
}
