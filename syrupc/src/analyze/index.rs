//! What stands where: an index from places in the text to declarations, types and ranges.
//!
//! In: an analysis, errors or not. Out: every name of every file that was read with the place of
//! its declaration, and what is known of the values of the main file. Editors ask it; nothing of
//! the compiler does. Names are found as scopes say, so a half-typed body still has them.

use super::scope::Def;
use super::units::Units;
use super::{Analysis, walk, walk_stmts};
use crate::hir::{self, Expr, Program, Type};
use crate::syntax::ast::{self, ItemKind};
use std::collections::BTreeMap;
use syrup_diag::{FileId, Span};
use syrup_ir::Interval;

mod names;

/// What a name declares.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A constant.
    Const,
    /// A load-time parameter.
    Param,
    /// An enum.
    Enum,
    /// A case of an enum.
    Case,
    /// A struct.
    Struct,
    /// A header.
    Header,
    /// A field of a struct or header.
    Field,
    /// An executor set.
    Set,
    /// A map or state.
    Map,
    /// A queue of threads.
    Queue,
    /// A function.
    Fn,
    /// A policy.
    Policy,
    /// A name within a body.
    Local,
    /// A file.
    File,
}

/// A declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decl {
    /// Its name.
    pub name: String,
    /// What it declares.
    pub kind: Kind,
    /// The name's place.
    pub place: Span,
    /// The whole declaration; of a local, its name.
    pub whole: Span,
    /// Whether other files may use it.
    pub public: bool,
}

/// A name that stands for a declaration, the one in the declaration among them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Use {
    /// Where it stands.
    pub place: Span,
    /// The place of the declared name.
    pub decl: Span,
}

/// What is known of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    /// Its text, or the name that is bound to it.
    pub place: Span,
    /// Its type.
    pub ty: Type,
    /// The numbers it may be.
    pub range: Interval,
}

/// The index of an analysis.
#[derive(Clone, Default, Debug)]
pub struct Index {
    /// Declarations, by place.
    pub decls: BTreeMap<Span, Decl>,
    /// Names, in order of their places.
    pub uses: Vec<Use>,
    /// Values of the main file, in order of their places.
    pub values: Vec<Value>,
    /// What the main file may write without a qualifier: name and declared place.
    pub scope: Vec<(String, Span)>,
}

impl Index {
    /// The name at an offset; at its end counts too.
    pub fn use_at(&self, file: FileId, offset: u32) -> Option<Use> {
        let at = |found: &&Use| {
            let place = found.place;
            place.file == file && place.start <= offset && offset <= place.end && !place.is_empty()
        };
        self.uses.iter().find(at).copied()
    }

    /// Every name that stands for a declaration.
    pub fn uses_of(&self, decl: Span) -> impl Iterator<Item = Use> {
        self.uses.iter().filter(move |found| found.decl == decl).copied()
    }

    /// What is known of the value with exactly this place.
    pub fn value(&self, place: Span) -> Option<&Value> {
        self.values.iter().find(|value| value.place == place)
    }

    /// The smallest value around an offset.
    pub fn value_at(&self, file: FileId, offset: u32) -> Option<&Value> {
        let around = self.values.iter().filter(|value| {
            let place = value.place;
            place.file == file && place.start <= offset && offset < place.end
        });
        around.min_by_key(|value| value.place.len())
    }
}

impl Analysis {
    /// What stands where.
    pub fn index(&self) -> Index {
        let mut index = Index { values: values(&self.program, self.main), ..Index::default() };
        let parts = names::Parts::new(&self.units);
        for unit in 0..self.units.list.len() {
            names::Walk::new(&self.program, &self.units, &parts, unit, &mut index).file();
        }
        index.uses.sort();
        index.uses.dedup();
        let own = self.units.list.first().map(|unit| &unit.scope);
        for (name, symbol) in own.into_iter().flatten() {
            if let Some(place) = place_of(&self.program, &self.units, symbol.def) {
                index.scope.push((name.clone(), place));
            }
        }
        index
    }
}

/// The place of a declared name.
fn place_of(program: &Program, units: &Units, def: Def) -> Option<Span> {
    Some(match def {
        Def::Const(id) => program.consts.get(id.idx())?.span,
        Def::Param(id) => program.params.get(id.idx())?.span,
        Def::Enum(id) => program.enums.get(id.idx())?.span,
        Def::Struct(id) => program.structs.get(id.idx())?.span,
        Def::Header(id) => program.headers.get(id.idx())?.span,
        Def::Set(id) => program.sets.get(id.idx())?.span,
        Def::Map(id) => program.maps.get(id.idx())?.span,
        Def::Queue(id) => program.queues.get(id.idx())?.span,
        Def::Fn(id) => program.fns.get(id.idx())?.span,
        Def::Policy(id) => program.policies.get(id.idx())?.span,
        Def::Unit(unit) => Span::new(units.list.get(unit)?.file.id, 0, 0),
    })
}

/// Types and ranges of the values of a file.
fn values(program: &Program, main: FileId) -> Vec<Value> {
    let mut found = Vec::new();
    let mut note = |place: Span, ty: &Type, range: Interval| {
        if place.file == main && !matches!(ty, Type::Error | Type::Never) {
            found.push(Value { place, ty: ty.clone(), range });
        }
    };
    let mut locals = |list: &[hir::Local]| {
        for local in list.iter().filter(|local| !local.span.is_empty()) {
            note(local.span, &local.ty, local.range);
        }
    };
    program.fns.iter().for_each(|def| locals(&def.locals));
    for policy in &program.policies {
        locals(&policy.locals);
        policy.handlers.iter().for_each(|handler| locals(&handler.locals));
    }
    program.tests.iter().for_each(|test| locals(&test.locals));
    let mut expr = |expr: &Expr| note(expr.span, &expr.ty, expr.range);
    program.fns.iter().for_each(|def| walk(&def.body, &mut expr));
    program.policies.iter().flat_map(hir::Policy::bodies).for_each(|body| walk(body, &mut expr));
    program.tests.iter().for_each(|test| walk_stmts(&test.body, &mut expr));
    // What was noted first of a place is what its name says.
    found.sort_by_key(|value| value.place);
    found.dedup_by_key(|value| value.place);
    found
}

/// The name that a declaration declares, and as what.
pub fn declared(item: &ast::Item) -> Option<(&ast::Name, Kind)> {
    match &item.kind {
        ItemKind::Const(def) => Some((&def.name, Kind::Const)),
        ItemKind::Param(def) => Some((&def.name, Kind::Param)),
        ItemKind::Enum(def) => Some((&def.name, Kind::Enum)),
        ItemKind::Header(def) => Some((&def.name, Kind::Header)),
        ItemKind::Struct(def) => Some((&def.name, Kind::Struct)),
        ItemKind::Map(def) => Some((&def.name, Kind::Map)),
        ItemKind::Queue(def) => Some((&def.name, Kind::Queue)),
        ItemKind::State(def) => Some((&def.name, Kind::Map)),
        ItemKind::Executors(def) => Some((&def.name, Kind::Set)),
        ItemKind::Fn(def) => Some((&def.name, Kind::Fn)),
        ItemKind::Policy(def) => Some((&def.name, Kind::Policy)),
        ItemKind::Use(_) | ItemKind::Test(_) | ItemKind::Record(_) | ItemKind::Error => None,
    }
}
