//! What a header computes from its own numbers: lengths of runs, and fields that take no bytes.
//!
//! In: an expression over the fields before it, the header's parameter, constants and functions
//! without effects. Out: a formula that lowering evaluates where the header is matched, and a test
//! where one is built.

use super::Analyzer;
use super::body::{Body, Mode};
use super::headers::Building;
use super::walk::walk;
use crate::hir::{Expr, ExprKind, Formula, HeaderField, Input, LocalId, RunLen, Type, Wire};
use crate::syntax::ast;
use crate::syntax::visit::{self, Visitor};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::Interval;

/// Collects the names of an expression.
#[derive(Default)]
struct Names(Vec<(String, Span)>);

impl Visitor for Names {
    fn expr(&mut self, expr: &ast::Expr) {
        if let Some(name) = expr.as_name() {
            self.0.push((name.to_owned(), expr.span));
        }
        visit::walk_expr(self, expr);
    }
}

fn names(expr: &ast::Expr) -> Vec<(String, Span)> {
    let mut names = Names::default();
    names.expr(expr);
    names.0
}

impl Analyzer<'_> {
    /// Whether a field takes no bytes: its type has no place on the wire, and its value is computed
    /// from other fields.
    pub(super) fn is_derived(&mut self, field: &ast::Field, to: &Building) -> bool {
        let ty = &field.ty.ty;
        let takes_bits = |name: &str| {
            let bits = name.strip_prefix('u').and_then(|bits| bits.parse::<u8>().ok());
            bits.is_some_and(|bits| !matches!(bits, 16 | 32 | 64))
        };
        let placed = match ty.path.parts.as_slice() {
            [name] => matches!(&*name.text, "be" | "le" | "bytes") || takes_bits(&name.text),
            _ => false,
        };
        let Some(equals) = field.equals.as_ref().filter(|_| !placed) else { return false };
        let known = |name: &str| to.fields.iter().any(|field| &*field.name == name);
        names(equals).iter().any(|(name, _)| known(name))
    }

    /// `kind: Kind == packet_kind(version, bits)`
    pub(super) fn derived_field(
        &mut self,
        unit: usize,
        field: &ast::Field,
        to: &Building,
    ) -> Option<(Type, Wire, Interval, u32)> {
        let (ty, range) = self.field_type(unit, &field.ty);
        if ty == Type::Error {
            return None;
        }
        if ty.bits(&self.program).is_none() {
            let message = "a field that takes no bytes is a number or an enum";
            self.diags.push(Diagnostic::error(Code::E0205, field.ty.span, message));
            return None;
        }
        let formula = self.formula(unit, field.equals.as_ref()?, &ty, to, false)?;
        Some((ty, Wire::Derived(Box::new(formula)), range, 0))
    }

    /// The length of a run of bytes, and the values it may have.
    pub(super) fn run_len(
        &mut self,
        unit: usize,
        field: &ast::Field,
        to: &Building,
    ) -> Option<(RunLen, Interval)> {
        let ty = &field.ty.ty;
        let len = match ty.index.as_deref() {
            Some(ast::Index::At(len)) => len,
            Some(ast::Index::Range(_)) | None => {
                let max = self.bytes_max(unit, ty)?;
                return Some((RunLen::Rest { max }, Interval { lo: 0, hi: u64::from(max) }));
            }
        };
        if let ast::ExprKind::Call { callee, args } = &len.kind
            && callee.as_name() == Some("until")
        {
            return self.until(unit, len.span, args);
        }
        let formula = self.formula(unit, len, &Type::Int(32), to, true)?;
        let most = u64::from(limits::FIELD_BYTES_MAX);
        let range = formula.expr.range;
        if range.hi > most {
            let message = format!("this length can reach {}", range.hi);
            self.diags.push(
                Diagnostic::error(Code::E0114, len.span, message)
                    .label(format!("a field has at most {most} bytes"))
                    .help("give the field it comes from a range"),
            );
            return None;
        }
        Some((RunLen::Formula(Box::new(formula)), range))
    }

    /// `until(0, 255)`
    fn until(&mut self, unit: usize, span: Span, args: &[ast::Arg]) -> Option<(RunLen, Interval)> {
        let [byte, max] = args else {
            let message = "`until` takes the last byte and the most bytes";
            let diagnostic = Diagnostic::error(Code::E0110, span, message);
            self.diags.push(diagnostic.help("write `until(0, 255)`"));
            return None;
        };
        let byte = self.constant(unit, &byte.value, &Type::Int(8))?;
        let most = u64::from(limits::FIELD_BYTES_MAX);
        let span = max.span;
        let max = self.constant(unit, &max.value, &Type::Int(32))?;
        if max == 0 || max > most {
            let message = format!("a field has 1 to {most} bytes");
            self.diags.push(Diagnostic::error(Code::E0114, span, message));
            return None;
        }
        let len = RunLen::Until { byte: byte as u8, max: max as u32 };
        Some((len, Interval { lo: 1, hi: max }))
    }

    /// An expression over what stands before it; as lengths are computed, each number is a `u32`.
    fn formula(
        &mut self,
        unit: usize,
        written: &ast::Expr,
        ty: &Type,
        to: &Building,
        wide: bool,
    ) -> Option<Formula> {
        let is_run = |field: &HeaderField| matches!(field.ty, Type::Bytes(_) | Type::Error);
        for (name, span) in names(written) {
            let Some(field) = to.fields.iter().find(|field| *field.name == *name) else { continue };
            if field.ty == Type::Error {
                return None;
            }
            if is_run(field) {
                let message = format!("`{name}` is a run of bytes; a header counts with numbers");
                self.diags.push(Diagnostic::error(Code::E0205, span, message));
                return None;
            }
        }
        let mut body = Body::new(self, unit, Mode::Fn);
        let mut inputs = Vec::new();
        let mut declare = |body: &mut Body<'_, '_>, name: &str, span, ty: &Type, range, input| {
            let ty = match ty.bits(&body.cx.program) {
                Some(bits) if wide && bits <= 32 => Type::Int(32),
                _ => ty.clone(),
            };
            let name = ast::Name { text: name.to_owned(), span };
            inputs.push((body.declare(&name, ty, range), input));
        };
        if let Some(param) = &to.param {
            declare(&mut body, &param.name, param.span, &param.ty, param.range, Input::Param);
        }
        for (at, field) in to.fields.iter().enumerate().filter(|(_, field)| !is_run(field)) {
            let input = Input::Field(at as u32);
            declare(&mut body, &field.name, field.span, &field.ty, field.range, input);
        }
        let expr = body.expr(written, Some(ty));
        let expr = body.coerce(expr, ty);
        let locals = std::mem::take(&mut body.locals);
        if expr.ty == Type::Error || !self.is_pure(&expr) {
            return None;
        }
        let mut used = BTreeSet::new();
        walk(&expr, &mut |expr| {
            if let ExprKind::Local(local) = expr.kind {
                used.insert(local);
            }
        });
        inputs.retain(|(local, _)| used.contains(local));
        Some(Formula { expr, inputs, locals })
    }

    /// Whether an expression rests on its inputs only; reports what does not.
    fn is_pure(&mut self, expr: &Expr) -> bool {
        let mut other = None;
        crate::lower::walk_deep(&self.program, expr, &mut |expr| match &expr.kind {
            ExprKind::Read(_)
            | ExprKind::CellOp(..)
            | ExprKind::Take(..)
            | ExprKind::Assign(..)
            | ExprKind::Insert(..)
            | ExprKind::Records(_)
            | ExprKind::Update(_)
            | ExprKind::Remove(_) => other = Some((expr.span, "a map")),
            ExprKind::Now => other = Some((expr.span, "the time")),
            ExprKind::Random => other = Some((expr.span, "a draw")),
            ExprKind::Thread(_) => other = Some((expr.span, "threads")),
            ExprKind::Meta(_) | ExprKind::Flow => other = Some((expr.span, "the packet")),
            ExprKind::SetLen(_) | ExprKind::Choose(..) | ExprKind::Pick(_) => {
                other = Some((expr.span, "executors"));
            }
            _ => {}
        });
        let Some((span, what)) = other else { return true };
        let message = format!("a header is computed from its own fields, not from {what}");
        let diagnostic = match expr.span.contains(span) {
            true => Diagnostic::error(Code::E0503, span, message),
            false => Diagnostic::error(Code::E0503, expr.span, message).also(span, "here"),
        };
        self.diags.push(diagnostic.help("a formula of fields before it, numbers and constants"));
        false
    }
}

/// The interval of a formula when some of its inputs are known better than by their declarations.
pub(super) fn interval(expr: &Expr, of: &dyn Fn(LocalId) -> Option<Interval>) -> Interval {
    let found = match &expr.kind {
        ExprKind::Local(local) => of(*local),
        ExprKind::Convert(inner) => Some(interval(inner, of)),
        ExprKind::Binary(op, a, b) => {
            let bits = match expr.ty {
                Type::Int(bits) => bits,
                _ => 64,
            };
            Some(super::ranges::result(op.op, interval(a, of), interval(b, of), bits).0)
        }
        _ => None,
    };
    found.and_then(|found| super::facts::intersect(found, expr.range)).unwrap_or(expr.range)
}
