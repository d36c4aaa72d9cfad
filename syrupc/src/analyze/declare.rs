//! Names get ids: the first pass over the declarations of a file.

use super::Analyzer;
use super::items::{Progress, error_expr, full};
use super::scope::{Def, Symbol};
use crate::hir::{self, ConstId, EnumId, HeaderId, MapId, ParamId, SetId, StructId, Type};
use crate::syntax::ast::{self, ItemKind};
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::{Access, EnumInfo, Layout, MapKind};

impl Analyzer<'_> {
    /// Gives a declaration an id and its name a place in the scope.
    pub(super) fn declare(&mut self, unit: usize, idx: usize, item: &ast::Item) {
        self.check_attrs(item);
        let span = item.span;
        let program = &mut self.program;
        let origins = &mut self.origins;
        let (name, def) = match &item.kind {
            ItemKind::Use(_) | ItemKind::Test(_) | ItemKind::Record(_) | ItemKind::Error => return,
            // What a used file keeps to itself is for its own tests.
            ItemKind::Policy(_) if unit != 0 && item.public.is_none() => return,
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
                origins.queues.push((unit, idx));
                program.queues.push(hir::Queue::placeholder(&decl.name));
                (&decl.name, Def::Queue(hir::QueueId(origins.queues.len() as u32 - 1)))
            }
            ItemKind::Fn(decl) => {
                origins.fns.push((unit, idx, Progress::Todo));
                program.fns.push(placeholder_fn(&decl.name));
                (&decl.name, Def::Fn(hir::FnId(origins.fns.len() as u32 - 1)))
            }
            // Only the tests of its own file can name it.
            ItemKind::Policy(_) if unit != 0 && item.public.is_none() => return,
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
    pub(super) fn import(&mut self, unit: usize) {
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
}

fn placeholder_param(name: &ast::Name) -> hir::Param {
    let range = full(64);
    let text = name.text.as_str().into();
    hir::Param { name: text, ty: Type::Error, range, default: 0, span: name.span }
}

fn placeholder_header(name: &ast::Name) -> hir::Header {
    hir::Header {
        name: name.text.as_str().into(),
        param: None,
        after: Vec::new(),
        fields: Vec::new(),
        segments: Vec::new(),
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
        initial: Vec::new(),
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
        handlers: Vec::new(),
        span: name.span,
        whole,
        broken: true,
    }
}
