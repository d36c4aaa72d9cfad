//! Declarations: first every name gets an id, then every declaration gets its meaning.

use super::Analyzer;
use super::body::{Body, Mode};
use super::scope::Def;
use crate::hir::{self, ConstId, EnumId, HeaderId, MapId, ParamId, SetId, StructId, Type};
use crate::syntax::ast::{self, ItemKind};
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{EnumInfo, Interval};
/// Where declarations stand, by id: unit and item.
#[derive(Default)]
pub(crate) struct Origins {
    pub(super) consts: Vec<(usize, usize, Progress)>,
    pub(super) enums: Vec<(usize, usize, Progress)>,
    pub(super) structs: Vec<(usize, usize)>,
    pub(super) headers: Vec<(usize, usize)>,
    pub(super) fns: Vec<(usize, usize, Progress)>,
    pub(super) policies: Vec<(usize, usize)>,
    pub(super) sets: Vec<(usize, usize)>,
    pub(super) params: Vec<(usize, usize)>,
    pub(super) maps: Vec<(usize, usize)>,
    pub(super) queues: Vec<(usize, usize)>,
}

/// How far a declaration that others may need early has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Todo,
    Busy,
    Done,
}

/// The interval of everything a type of `bits` bits holds.
pub(crate) fn full(bits: u8) -> Interval {
    Interval { lo: 0, hi: if bits >= 64 { u64::MAX } else { (1 << bits) - 1 } }
}

impl Analyzer<'_> {
    /// Declares and defines every file that `use` reached.
    pub(crate) fn declare_all(&mut self) {
        let n_units = self.units.list.len();
        for unit in (0..n_units).rev() {
            self.ensure_declared(unit);
        }
    }

    /// Analyses the bodies: functions, then the main file's policies and tests.
    pub(crate) fn define_all(&mut self) {
        self.check_queues();
        for idx in 0..self.origins.fns.len() {
            self.define_in_order(Def::Fn(hir::FnId(idx as u32)));
        }
        for idx in 0..self.origins.policies.len() {
            let (unit, item) = self.origins.policies[idx];
            let file = self.units.list[unit].file.clone();
            self.define_policy(unit, idx, &file.items[item]);
        }
        let file = self.units.list[0].file.clone();
        for item in &file.items {
            if let ItemKind::Test(test) = &item.kind {
                self.define_test(test, super::attrs::allows(item));
            }
        }
    }

    /// Declares the names of a file once, and defines what has no body.
    pub(crate) fn ensure_declared(&mut self, unit: usize) {
        if std::mem::replace(&mut self.units.list[unit].declared, true) {
            return;
        }
        let file = self.units.list[unit].file.clone();
        let (n_consts, n_enums) = (self.origins.consts.len(), self.origins.enums.len());
        for (idx, item) in file.items.iter().enumerate() {
            self.declare(unit, idx, item);
        }
        self.import(unit);
        for idx in n_consts..self.origins.consts.len() {
            self.define_in_order(Def::Const(ConstId(idx as u32)));
        }
        for idx in n_enums..self.origins.enums.len() {
            self.define_in_order(Def::Enum(EnumId(idx as u32)));
        }
        self.define_plain(unit, &file);
    }

    /// Structs, headers, sets, parameters and maps of one file, in an order that needs no search.
    fn define_plain(&mut self, unit: usize, file: &ast::File) {
        let here = |list: &[(usize, usize)]| -> Vec<(u32, usize)> {
            let with_id = list.iter().enumerate().map(|(id, &(at, item))| (id as u32, at, item));
            with_id.filter(|row| row.1 == unit).map(|row| (row.0, row.2)).collect()
        };
        let origins = &self.origins;
        let lists =
            [&origins.structs, &origins.sets, &origins.params, &origins.maps, &origins.headers]
                .map(|list| here(list));
        for (id, item) in here(&origins.queues) {
            if let ItemKind::Queue(decl) = &file.items[item].kind {
                self.define_queue(unit, hir::QueueId(id), decl);
            }
        }
        for (id, item) in lists.concat() {
            match &file.items[item].kind {
                ItemKind::Struct(decl) => self.define_struct(unit, StructId(id), decl),
                ItemKind::Header(decl) => self.define_header(unit, HeaderId(id), decl),
                ItemKind::Executors(decl) => self.define_set(unit, SetId(id), decl),
                ItemKind::Param(decl) => self.define_param(unit, ParamId(id), decl),
                _ => self.define_map(unit, MapId(id), &file.items[item]),
            }
        }
    }

    /// Evaluates a constant, on demand and once.
    pub(crate) fn define_const(&mut self, id: ConstId) {
        let (unit, item, progress) = self.origins.consts[id.idx()];
        let file = self.units.list[unit].file.clone();
        let ItemKind::Const(decl) = &file.items[item].kind else { return };
        match progress {
            Progress::Done => return,
            Progress::Busy => {
                let message = format!("`{}` is defined by itself", decl.name.text);
                self.diags.push(Diagnostic::error(Code::E0117, decl.name.span, message));
                return;
            }
            Progress::Todo => self.origins.consts[id.idx()].2 = Progress::Busy,
        }
        let (ty, range) = self.field_type(unit, &decl.ty);
        let value = self.constant(unit, &decl.value, &ty);
        if let Some(value) = value {
            self.check_range(decl.value.span, value, range, decl.ty.span);
            self.program.consts[id.idx()].value = value;
            self.program.consts[id.idx()].ty = ty;
        }
        self.origins.consts[id.idx()].2 = Progress::Done;
    }

    /// The value of an expression that must be known at compile time.
    pub(crate) fn constant(&mut self, unit: usize, expr: &ast::Expr, ty: &Type) -> Option<u64> {
        let mut body = Body::new(self, unit, Mode::Const);
        let value = body.expr(expr, Some(ty));
        let value = body.coerce(value, ty);
        if value.ty == Type::Error {
            return None;
        }
        if value.range.lo != value.range.hi {
            let message = "this must be known when the policy is compiled";
            self.diags.push(
                Diagnostic::error(Code::E0117, expr.span, message)
                    .help("use numbers and `const` names only"),
            );
            return None;
        }
        Some(value.range.lo)
    }

    /// Reports a constant outside its declared range.
    pub(crate) fn check_range(&mut self, span: Span, value: u64, range: Interval, declared: Span) {
        if value < range.lo || value > range.hi {
            let is = super::ranges::grouped(value);
            let message = format!("{is} is outside {}", super::ranges::show(range));
            self.diags.push(
                Diagnostic::error(Code::E0406, span, message)
                    .also(declared, "the range")
                    .help("a number of the range, or a wider range"),
            );
        }
    }

    /// Defines an enum, on demand and once.
    pub(crate) fn define_enum(&mut self, id: EnumId) {
        let (unit, item, progress) = self.origins.enums[id.idx()];
        if progress != Progress::Todo {
            return;
        }
        self.origins.enums[id.idx()].2 = Progress::Done;
        let file = self.units.list[unit].file.clone();
        let ItemKind::Enum(decl) = &file.items[item].kind else { return };
        let ty = self.value_type(unit, &decl.ty);
        let bits = match ty {
            Type::Int(bits) => bits,
            Type::Error => 64,
            _ => {
                let message = "an enum stands for an unsigned integer";
                self.diags.push(
                    Diagnostic::error(Code::E0402, decl.ty.span, message)
                        .help("`u8`, `u16`, `u32` or `u64`"),
                );
                64
            }
        };
        self.program.enums[id.idx()].bits = bits;
        let mut cases: Vec<(Arc<str>, u64)> = Vec::new();
        for case in &decl.cases {
            let Some(number) = self.constant(unit, &case.value, &Type::Int(bits)) else { continue };
            let clash = cases.iter().find(|(name, n)| **name == case.name.text || *n == number);
            if let Some((other, _)) = clash {
                let message = if **other == case.name.text {
                    format!("`{other}` is declared twice")
                } else {
                    format!("`{}` and `{other}` stand for the same number", case.name.text)
                };
                self.diags.push(Diagnostic::error(Code::E0102, case.span, message));
                continue;
            }
            cases.push((case.name.text.as_str().into(), number));
        }
        let name = decl.name.text.as_str().into();
        self.program.enums[id.idx()].info = Arc::new(EnumInfo { name, cases });
    }

    fn define_set(&mut self, unit: usize, id: SetId, decl: &ast::Executors) {
        let mut kinds = Vec::new();
        for kind in &decl.kinds {
            match super::records::executor_kind(&kind.text) {
                Some(found) => kinds.push(found),
                None => {
                    let message = format!("`{}` is no kind of executor", kind.text);
                    let diagnostic = Diagnostic::error(Code::E0103, kind.span, message);
                    let known = ["socket", "core", "queue"];
                    self.diags.push(super::call::near_or_all(diagnostic, kind, &known));
                }
            }
        }
        let capacity = self.constant(unit, &decl.capacity, &Type::Int(32)).unwrap_or(1);
        let max = u64::from(limits::EXECUTORS_MAX);
        if capacity == 0 || capacity > max {
            let message = format!("a set holds 1 to {max} executors, not {capacity}");
            self.diags.push(Diagnostic::error(Code::E0114, decl.capacity.span, message));
        }
        let or_else = match decl.or_else.unparenthesized().as_name() {
            Some("pass") => syrup_ir::Else::Pass,
            Some("drop") => syrup_ir::Else::Drop,
            _ => {
                let message = "the verdict for a missing executor is `pass` or `drop`";
                let diagnostic = Diagnostic::error(Code::E0402, decl.or_else.span, message);
                self.diags.push(diagnostic.replace("write `pass`", decl.or_else.span, "pass"));
                syrup_ir::Else::Pass
            }
        };
        let set = &mut self.program.sets[id.idx()];
        set.kinds = kinds;
        set.capacity = capacity.clamp(1, max) as u32;
        set.or_else = or_else;
    }

    fn define_param(&mut self, unit: usize, id: ParamId, decl: &ast::Const) {
        let (ty, range) = self.field_type(unit, &decl.ty);
        if decl.ty.range.is_none() && ty != Type::Error && ty != Type::Bool {
            let message = format!("the parameter `{}` needs a range", decl.name.text);
            self.diags.push(
                Diagnostic::error(Code::E0406, decl.ty.span, message)
                    .label("which values may it be given?")
                    .help("write `in 1..=8` behind the type"),
            );
        }
        let default = self.constant(unit, &decl.value, &ty);
        if let Some(default) = default {
            self.check_range(decl.value.span, default, range, decl.ty.span);
        }
        let param = &mut self.program.params[id.idx()];
        // A default that was refused must not reach what is built of the rest.
        let default = default.unwrap_or(range.lo).clamp(range.lo, range.hi);
        (param.ty, param.range, param.default) = (ty, range, default);
    }
}

/// An expression whose error was reported.
pub(crate) fn error_expr(span: Span) -> hir::Expr {
    hir::Expr { ty: Type::Error, range: full(64), span, kind: hir::ExprKind::Error }
}
