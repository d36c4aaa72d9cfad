//! Walks over the tree of one file and says what each name stands for.
//!
//! In: a file with the names of its scope. Out: declarations and uses in the index.

use super::{Decl, Index, Kind, Use, declared, place_of};
use crate::analyze::scope::Def;
use crate::analyze::units::Units;
use crate::hir::{Program, Type};
use crate::syntax::ast::{
    Arg, Arm, Block, Expr, ExprKind, Handler, Header, Item, ItemKind, Name, Parm, Path,
    PatternAtom, PatternField, PatternKind, PolicyBody, Stmt, StmtKind, Type as TypeNode,
};
use crate::syntax::visit::{self, Visitor};
use std::collections::BTreeMap;
use syrup_diag::Span;

/// Fields and cases of every declaration, by the place of its name.
pub(super) struct Parts(BTreeMap<Span, Vec<(String, Span)>>);

impl Parts {
    pub fn new(units: &Units) -> Parts {
        let mut parts = BTreeMap::new();
        for item in units.list.iter().flat_map(|unit| &unit.file.items) {
            let (name, list): (&Name, Vec<&Name>) = match &item.kind {
                ItemKind::Enum(def) => (&def.name, def.cases.iter().map(|c| &c.name).collect()),
                ItemKind::Header(def) => (&def.name, def.fields.iter().map(|f| &f.name).collect()),
                ItemKind::Struct(def) => (&def.name, def.fields.iter().map(|f| &f.name).collect()),
                _ => continue,
            };
            let list = list.into_iter().map(|part| (part.text.clone(), part.span));
            parts.insert(name.span, list.collect());
        }
        Parts(parts)
    }

    fn get(&self, of: Span, name: &str) -> Option<Span> {
        self.0.get(&of)?.iter().find(|part| part.0 == name).map(|part| part.1)
    }
}

/// A walk over one file.
pub(super) struct Walk<'a> {
    program: &'a Program,
    units: &'a Units,
    parts: &'a Parts,
    unit: usize,
    /// Names of bodies, from the outermost block on.
    locals: Vec<Vec<(String, Span)>>,
    index: &'a mut Index,
}

impl<'a> Walk<'a> {
    pub fn new(
        program: &'a Program,
        units: &'a Units,
        parts: &'a Parts,
        unit: usize,
        index: &'a mut Index,
    ) -> Walk<'a> {
        Walk { program, units, parts, unit, locals: Vec::new(), index }
    }

    /// Walks over the file.
    pub fn file(mut self) {
        let file = self.units.list[self.unit].file.clone();
        let place = Span::new(file.id, 0, 0);
        let name = self.units.list[self.unit].path.clone();
        let decl = Decl { name, kind: Kind::File, place, whole: place, public: true };
        self.index.decls.insert(place, decl);
        visit::walk_file(&mut self, &file);
    }

    fn declare(&mut self, name: &Name, kind: Kind, whole: Span, public: bool) {
        let (text, place) = (name.text.clone(), name.span);
        self.index.decls.insert(place, Decl { name: text, kind, place, whole, public });
        self.used(place, place);
    }

    fn used(&mut self, place: Span, decl: Span) {
        self.index.uses.push(Use { place, decl });
    }

    /// A name of the innermost block.
    fn local(&mut self, name: &Name) {
        self.declare(name, Kind::Local, name.span, false);
        self.bind(&name.text, name.span);
    }

    fn bind(&mut self, name: &str, place: Span) {
        if let Some(scope) = self.locals.last_mut() {
            scope.push((name.to_owned(), place));
        }
    }

    fn within(&mut self, walk: impl FnOnce(&mut Self)) {
        self.locals.push(Vec::new());
        walk(self);
        self.locals.pop();
    }

    fn find_local(&self, name: &str) -> Option<Span> {
        let all = self.locals.iter().rev().flat_map(|scope| scope.iter().rev());
        all.into_iter().find(|local| local.0 == name).map(|local| local.1)
    }

    /// What a name of a file means there.
    fn member(&self, unit: usize, name: &str) -> Option<Span> {
        let symbol = self.units.list.get(unit)?.scope.get(name)?;
        place_of(self.program, self.units, symbol.def)
    }

    /// What a name means: a local, a declaration, a standard header, a case of an enum.
    fn find(&self, name: &str) -> Option<Span> {
        if let Some(place) = self.find_local(name).or_else(|| self.member(self.unit, name)) {
            return Some(place);
        }
        let path = format!("std/headers/{name}.syr");
        let standard = self.units.list.iter().position(|unit| unit.path == path);
        if let Some(place) = standard.and_then(|unit| self.member(unit, name)) {
            return Some(place);
        }
        let scope = &self.units.list[self.unit].scope;
        let enums = scope.values().filter(|symbol| matches!(symbol.def, Def::Enum(_)));
        enums
            .filter_map(|symbol| place_of(self.program, self.units, symbol.def))
            .find_map(|place| self.parts.get(place, name))
    }

    fn name_used(&mut self, name: &str, place: Span) -> Option<Span> {
        let decl = self.find(name)?;
        self.used(place, decl);
        Some(decl)
    }

    /// The unit that a name stands for.
    fn unit_named(&self, name: &str) -> Option<usize> {
        match self.units.list[self.unit].scope.get(name)?.def {
            Def::Unit(unit) if self.find_local(name).is_none() => Some(unit),
            _ => None,
        }
    }

    /// A dotted path: what its last part stands for.
    fn path_used(&mut self, path: &Path) -> Option<Span> {
        let (first, rest) = path.parts.split_first()?;
        let mut unit = self.unit_named(&first.text);
        let mut found = self.name_used(&first.text, first.span);
        for part in rest {
            found = unit.and_then(|unit| self.member(unit, &part.text));
            unit = None;
            self.used(part.span, found?);
        }
        found
    }

    /// The type that analysis found for an expression.
    fn type_of(&self, expr: &Expr) -> Option<&Type> {
        self.index.value(expr.span).map(|value| &value.ty)
    }

    /// `base.name`
    fn field_used(&mut self, base: &Expr, name: &Name) -> Option<Span> {
        let found = match base.as_name().and_then(|text| self.unit_named(text)) {
            Some(unit) => self.member(unit, &name.text),
            None => {
                let ty = match self.type_of(base)? {
                    Type::Option(inner) => inner,
                    ty => ty,
                };
                let Type::Struct(id) = ty else { return None };
                let place = self.program.structs.get(id.idx())?.span;
                self.parts.get(place, &name.text)
            }
        };
        self.used(name.span, found?);
        found
    }

    /// `callee(name: value)`: the names are fields where the callee is a header or struct.
    fn call(&mut self, callee: &Expr, args: &[Arg]) {
        self.expr(callee);
        let last = match &callee.kind {
            ExprKind::Name(_) => callee.span,
            ExprKind::Field { base: _, name } => name.span,
            ExprKind::Index { base, .. } => base.span,
            _ => Span::default(),
        };
        let made = self.index.uses.iter().rev().find(|found| found.place == last);
        let made = made.map(|found| found.decl);
        for arg in args {
            let field = arg.name.as_ref().zip(made);
            if let Some((name, made)) = field
                && let Some(field) = self.parts.get(made, &name.text)
            {
                self.used(name.span, field);
            }
            self.expr(&arg.value);
        }
    }

    fn header(&mut self, def: &Header) {
        def.after.iter().for_each(|stack| self.stack(stack));
        self.within(|walk| {
            def.params.iter().for_each(|parm| walk.parm(parm));
            for field in &def.fields {
                walk.declare(&field.name, Kind::Field, field.span, false);
                field.attrs.iter().for_each(|attr| walk.attr(attr));
                walk.field_type(&field.ty);
                field.equals.iter().for_each(|value| walk.expr(value));
                walk.bind(&field.name.text, field.name.span);
            }
        });
    }
}

impl Visitor for Walk<'_> {
    fn item(&mut self, item: &Item) {
        if let Some((name, kind)) = declared(item) {
            self.declare(name, kind, item.span, item.public.is_some());
        }
        item.attrs.iter().for_each(|attr| self.attr(attr));
        match &item.kind {
            ItemKind::Use(path) => {
                if let Some(last) = path.parts.last() {
                    self.name_used(&last.text, last.span);
                }
            }
            ItemKind::Enum(def) => {
                self.ty(&def.ty);
                for case in &def.cases {
                    self.declare(&case.name, Kind::Case, case.span, false);
                    self.expr(&case.value);
                }
            }
            ItemKind::Header(def) => self.header(def),
            ItemKind::Struct(def) => {
                for field in &def.fields {
                    self.declare(&field.name, Kind::Field, field.span, false);
                    self.field_type(&field.ty);
                }
            }
            ItemKind::Fn(def) => self.within(|walk| {
                def.params.iter().for_each(|parm| walk.parm(parm));
                def.result.iter().for_each(|ty| walk.ty(ty));
                walk.block(&def.body);
            }),
            ItemKind::Policy(def) => {
                self.ty(&def.result);
                self.within(|walk| match &def.body {
                    PolicyBody::Function { param, body } => {
                        walk.parm(param);
                        walk.block(body);
                    }
                    PolicyBody::Events(handlers) => handlers.iter().for_each(|h| walk.handler(h)),
                });
            }
            ItemKind::Test(def) => self.within(|walk| {
                def.forall.iter().for_each(|parm| walk.parm(parm));
                walk.block(&def.body);
            }),
            ItemKind::Const(_) | ItemKind::Param(_) | ItemKind::Map(_) | ItemKind::Queue(_) => {
                visit::walk_item(self, item);
            }
            ItemKind::State(_) | ItemKind::Executors(_) => visit::walk_item(self, item),
            ItemKind::Record(_) | ItemKind::Error => {}
        }
    }

    // The arguments of attributes are words of the language.
    fn attr(&mut self, _attr: &crate::syntax::ast::Attr) {}

    fn parm(&mut self, parm: &Parm) {
        self.field_type(&parm.ty);
        self.local(&parm.name);
    }

    fn handler(&mut self, handler: &Handler) {
        self.within(|walk| {
            handler.params.iter().for_each(|name| walk.local(name));
            walk.block(&handler.body);
        });
    }

    fn ty(&mut self, ty: &TypeNode) {
        self.path_used(&ty.path);
        for arg in &ty.args {
            if let crate::syntax::ast::TypeArg::Type(inner) = arg {
                self.ty(inner);
            }
        }
        ty.index.iter().for_each(|index| visit::walk_index(self, index));
    }

    fn block(&mut self, block: &Block) {
        self.within(|walk| visit::walk_block(walk, block));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let(def) | StmtKind::Var(def) => {
                def.ty.iter().for_each(|ty| self.field_type(ty));
                self.expr(&def.value);
                self.local(&def.name);
            }
            StmtKind::For { name, range, body } => {
                self.range(range);
                self.within(|walk| {
                    walk.local(name);
                    walk.block(body);
                });
            }
            StmtKind::Given { name, value } => {
                self.name_used(&name.text, name.span);
                self.expr(value);
            }
            StmtKind::Expr(_) | StmtKind::Expect(_) | StmtKind::Assign { .. } => {
                visit::walk_stmt(self, stmt);
            }
            StmtKind::Error => {}
        }
    }

    fn arm(&mut self, arm: &Arm) {
        self.within(|walk| visit::walk_arm(walk, arm));
    }

    fn atom(&mut self, atom: &PatternAtom) {
        let PatternKind::Named { path, index, fields, bind } = &atom.kind else { return };
        let named = self.path_used(path);
        index.iter().for_each(|index| self.expr(index));
        for PatternField { name, pattern, .. } in fields.iter().flatten() {
            let field = named.and_then(|named| self.parts.get(named, &name.text));
            match (field, pattern) {
                (Some(field), Some(pattern)) => {
                    self.used(name.span, field);
                    self.pattern(pattern);
                }
                (None, Some(pattern)) => self.pattern(pattern),
                // The binding has the field's name, so both are renamed together.
                (Some(field), None) => {
                    self.used(name.span, field);
                    self.bind(&name.text, field);
                }
                (None, None) => self.local(name),
            }
        }
        bind.iter().for_each(|name| self.local(name));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => _ = self.name_used(name, expr.span),
            ExprKind::Field { base, name } => {
                self.expr(base);
                self.field_used(base, name);
            }
            ExprKind::Call { callee, args } => self.call(callee, args),
            ExprKind::Pick(pick) => {
                self.expr(&pick.from);
                self.within(|walk| {
                    walk.local(&pick.name);
                    pick.filter.iter().for_each(|filter| walk.expr(filter));
                    pick.order.iter().for_each(|(_, key)| walk.expr(key));
                });
            }
            ExprKind::Update(node) => {
                self.expr(&node.place);
                self.within(|walk| {
                    walk.local(&node.name);
                    walk.block(&node.body);
                });
                node.otherwise.iter().for_each(|block| self.block(block));
            }
            _ => visit::walk_expr(self, expr),
        }
    }
}
