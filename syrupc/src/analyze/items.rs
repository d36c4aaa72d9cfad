//! Declarations: first every name gets an id, then every declaration gets its meaning.

use super::Analyzer;
use super::body::{Body, Mode};
use super::scope::{Def, Symbol};
use crate::hir::{self, ConstId, EnumId, HeaderId, MapId, ParamId, SetId, StructId, Type};
use crate::syntax::ast::{self, ItemKind};
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Access, EnumInfo, Interval, Layout, MapKind};

/// Where declarations stand, by id: unit and item.
#[derive(Default)]
pub(crate) struct Origins {
    pub(crate) consts: Vec<(usize, usize, Progress)>,
    pub(crate) enums: Vec<(usize, usize, Progress)>,
    structs: Vec<(usize, usize)>,
    headers: Vec<(usize, usize)>,
    pub(crate) fns: Vec<(usize, usize, Progress)>,
    policies: Vec<(usize, usize)>,
    sets: Vec<(usize, usize)>,
    params: Vec<(usize, usize)>,
    maps: Vec<(usize, usize)>,
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
        for idx in 0..self.origins.fns.len() {
            self.define_fn(hir::FnId(idx as u32));
        }
        for idx in 0..self.origins.policies.len() {
            let (unit, item) = self.origins.policies[idx];
            let file = self.units.list[unit].file.clone();
            self.define_policy(unit, idx, &file.items[item]);
        }
        let file = self.units.list[0].file.clone();
        for item in &file.items {
            if let ItemKind::Test(test) = &item.kind {
                self.define_test(test);
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
            [&origins.structs, &origins.headers, &origins.sets, &origins.params, &origins.maps]
                .map(|list| here(list));
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

    /// Gives a declaration an id and its name a place in the scope.
    fn declare(&mut self, unit: usize, idx: usize, item: &ast::Item) {
        self.check_attrs(item);
        let span = item.span;
        let program = &mut self.program;
        let origins = &mut self.origins;
        let (name, def) = match &item.kind {
            ItemKind::Use(_) | ItemKind::Test(_) | ItemKind::Record(_) | ItemKind::Error => return,
            ItemKind::Const(decl) => {
                let id = ConstId(program.consts.len() as u32);
                program.consts.push(hir::Const {
                    name: decl.name.text.as_str().into(),
                    ty: Type::Error,
                    value: 0,
                    span,
                });
                origins.consts.push((unit, idx, Progress::Todo));
                (&decl.name, Def::Const(id))
            }
            ItemKind::Param(decl) => {
                origins.params.push((unit, idx));
                program.params.push(placeholder_param(&decl.name));
                (&decl.name, Def::Param(ParamId(origins.params.len() as u32 - 1)))
            }
            ItemKind::Enum(decl) => {
                origins.enums.push((unit, idx, Progress::Todo));
                let info = EnumInfo { name: decl.name.text.as_str().into(), cases: Vec::new() };
                let span = decl.name.span;
                program.enums.push(hir::Enum { info: Arc::new(info), bits: 64, span });
                (&decl.name, Def::Enum(EnumId(origins.enums.len() as u32 - 1)))
            }
            ItemKind::Struct(decl) => {
                origins.structs.push((unit, idx));
                let name = decl.name.text.as_str().into();
                let span = decl.name.span;
                program.structs.push(hir::Struct { name, fields: Vec::new(), span });
                (&decl.name, Def::Struct(StructId(origins.structs.len() as u32 - 1)))
            }
            ItemKind::Header(decl) => {
                origins.headers.push((unit, idx));
                program.headers.push(placeholder_header(&decl.name));
                (&decl.name, Def::Header(HeaderId(origins.headers.len() as u32 - 1)))
            }
            ItemKind::Executors(decl) => {
                origins.sets.push((unit, idx));
                program.sets.push(placeholder_set(&decl.name));
                (&decl.name, Def::Set(SetId(origins.sets.len() as u32 - 1)))
            }
            ItemKind::Map(decl) => {
                origins.maps.push((unit, idx));
                program.maps.push(placeholder_map(&decl.name));
                (&decl.name, Def::Map(MapId(origins.maps.len() as u32 - 1)))
            }
            ItemKind::State(decl) => {
                origins.maps.push((unit, idx));
                program.maps.push(placeholder_map(&decl.name));
                (&decl.name, Def::Map(MapId(origins.maps.len() as u32 - 1)))
            }
            ItemKind::Queue(decl) => {
                self.later(decl.name.span, "a queue of threads");
                (&decl.name, Def::Later)
            }
            ItemKind::Fn(decl) => {
                origins.fns.push((unit, idx, Progress::Todo));
                program.fns.push(placeholder_fn(&decl.name));
                (&decl.name, Def::Fn(hir::FnId(origins.fns.len() as u32 - 1)))
            }
            ItemKind::Policy(decl) => {
                origins.policies.push((unit, idx));
                program.policies.push(placeholder_policy(&decl.name, span));
                (&decl.name, Def::Policy(hir::PolicyId(origins.policies.len() as u32 - 1)))
            }
        };
        self.bind(unit, name, def, item.public.is_some());
    }

    /// Puts a name into a file's scope; a second declaration is reported and ignored.
    fn bind(&mut self, unit: usize, name: &ast::Name, def: Def, public: bool) {
        let scope = &mut self.units.list[unit].scope;
        if let Some(first) = scope.get(&name.text) {
            let message = format!("`{}` is declared twice", name.text);
            self.diags.push(
                Diagnostic::error(Code::E0102, name.span, message)
                    .label("declared again")
                    .also(first.span, "first declared here"),
            );
            return;
        }
        scope.insert(name.text.clone(), Symbol { def, span: name.span, public });
    }

    /// Brings what `use` names into scope.
    fn import(&mut self, unit: usize) {
        for used in self.units.list[unit].uses.clone() {
            self.ensure_declared(used.unit);
            let def = match &used.item {
                None => Some(Def::Unit(used.unit)),
                Some(item) => self.member(used.unit, item),
            };
            if let Some(def) = def {
                self.bind(unit, &used.name, def, false);
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
            let message = format!("{value} is outside {}..={}", range.lo, range.hi);
            self.diags
                .push(Diagnostic::error(Code::E0406, span, message).also(declared, "the range"));
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
                self.diags.push(Diagnostic::error(Code::E0402, decl.ty.span, message));
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
                    self.diags.push(diagnostic.help("the kinds are socket, core and queue"));
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
                self.diags.push(diagnostic.replace("use the default", decl.or_else.span, "pass"));
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
        (param.ty, param.range, param.default) = (ty, range, default.unwrap_or(range.lo));
    }
}

fn placeholder_param(name: &ast::Name) -> hir::Param {
    let range = full(64);
    let text = name.text.as_str().into();
    hir::Param { name: text, ty: Type::Error, range, default: 0, span: name.span }
}

fn placeholder_header(name: &ast::Name) -> hir::Header {
    hir::Header {
        name: name.text.as_str().into(),
        after: Vec::new(),
        fields: Vec::new(),
        fixed_bytes: 0,
        span: name.span,
    }
}

fn placeholder_set(name: &ast::Name) -> hir::Set {
    hir::Set {
        name: name.text.as_str().into(),
        kinds: Vec::new(),
        capacity: 1,
        or_else: syrup_ir::Else::Pass,
        span: name.span,
    }
}

fn placeholder_map(name: &ast::Name) -> hir::Map {
    hir::Map {
        name: name.text.as_str().into(),
        kind: MapKind::State,
        key: Type::Unit,
        value: Type::Error,
        atomic: false,
        taken: false,
        key_layout: Layout::Bytes(0),
        value_layout: Layout::int(64),
        entries: 1,
        initial: 0,
        pin: None,
        user: Access::None,
        span: name.span,
    }
}

fn placeholder_fn(name: &ast::Name) -> hir::Fn {
    hir::Fn {
        name: name.text.as_str().into(),
        params: Vec::new(),
        result: Type::Error,
        body: error_expr(name.span),
        locals: Vec::new(),
        span: name.span,
    }
}

fn placeholder_policy(name: &ast::Name, whole: Span) -> hir::Policy {
    hir::Policy {
        name: name.text.as_str().into(),
        set: None,
        sets: Vec::new(),
        input: hir::LocalId(0),
        hooks: Vec::new(),
        budget: None,
        licence: None,
        body: error_expr(name.span),
        locals: Vec::new(),
        span: name.span,
        whole,
        broken: true,
    }
}

/// An expression whose error was reported.
pub(crate) fn error_expr(span: Span) -> hir::Expr {
    hir::Expr { ty: Type::Error, range: full(64), span, kind: hir::ExprKind::Error }
}
