//! The order in which constants and enums become known: what one names comes before it.
//!
//! In: a declaration. Out: it and all it rests on, defined. The way is kept in a list instead of
//! in calls, so that a long chain of constants cannot exhaust the stack.

use super::Analyzer;
use super::items::Progress;
use super::scope::Def;
use crate::syntax::ast::{self, ItemKind};
use crate::syntax::visit::{self, Visitor};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic};

/// Collects the first word of each name.
#[derive(Default)]
struct Names(Vec<String>);

impl Visitor for Names {
    fn expr(&mut self, expr: &ast::Expr) {
        if let Some(name) = expr.as_name() {
            self.0.push(name.to_owned());
        }
        visit::walk_expr(self, expr);
    }

    fn path(&mut self, path: &ast::Path) {
        self.0.extend(path.parts.first().map(|part| part.text.clone()));
    }
}

impl Analyzer<'_> {
    /// Defines a constant or an enum after everything it names.
    pub(crate) fn define_in_order(&mut self, first: Def) {
        let mut open = vec![first];
        let mut entered = BTreeSet::new();
        while let Some(&def) = open.last() {
            if !self.is_todo(def) {
                open.pop();
                continue;
            }
            if entered.insert(def) {
                let before = self.named_by(def);
                let (again, new): (Vec<Def>, Vec<Def>) =
                    before.into_iter().partition(|def| entered.contains(def));
                if !again.is_empty() {
                    self.circle(def);
                }
                open.extend(new);
                continue;
            }
            match def {
                Def::Const(id) => self.define_const(id),
                Def::Enum(id) => self.define_enum(id),
                _ => {}
            }
            open.pop();
        }
    }

    fn progress(&mut self, def: Def) -> Option<&mut (usize, usize, Progress)> {
        match def {
            Def::Const(id) => self.origins.consts.get_mut(id.idx()),
            Def::Enum(id) => self.origins.enums.get_mut(id.idx()),
            _ => None,
        }
    }

    fn is_todo(&mut self, def: Def) -> bool {
        self.progress(def).is_some_and(|origin| origin.2 == Progress::Todo)
    }

    /// The constants and enums that a declaration names and that are not known yet.
    fn named_by(&mut self, def: Def) -> Vec<Def> {
        let Some(&mut (unit, item, _)) = self.progress(def) else { return Vec::new() };
        let file = self.units.list[unit].file.clone();
        let mut names = Names::default();
        visit::walk_item(&mut names, &file.items[item]);
        let scope = &self.units.list[unit].scope;
        let found = names.0.iter().filter_map(|name| scope.get(name));
        let mut found: Vec<Def> = found.map(|symbol| symbol.def).collect();
        found.retain(|&def| self.is_todo(def));
        found
    }

    /// Reports a declaration that rests on itself; it keeps no value.
    fn circle(&mut self, def: Def) {
        let Some(origin) = self.progress(def) else { return };
        origin.2 = Progress::Done;
        let (unit, item, _) = *origin;
        let file = self.units.list[unit].file.clone();
        let name = match &file.items[item].kind {
            ItemKind::Const(decl) => &decl.name,
            ItemKind::Enum(decl) => &decl.name,
            _ => return,
        };
        let message = format!("`{}` is defined by itself", name.text);
        self.diags.push(Diagnostic::error(Code::E0117, name.span, message));
    }
}
