//! The order in which constants, enums and functions become known: what one names comes before it.
//!
//! In: a declaration. Out: it and all it rests on, defined. The way is kept in a list instead of
//! in calls, so that a long chain of declarations cannot exhaust the stack.

use super::Analyzer;
use super::items::Progress;
use super::scope::Def;
use crate::syntax::ast::{self, ItemKind};
use crate::syntax::visit::{self, Visitor};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Span};

/// Collects the first word of each name.
#[derive(Default)]
struct Names(Vec<(String, Span)>);

impl Visitor for Names {
    fn expr(&mut self, expr: &ast::Expr) {
        if let Some(name) = expr.as_name() {
            self.0.push((name.to_owned(), expr.span));
        }
        visit::walk_expr(self, expr);
    }

    fn path(&mut self, path: &ast::Path) {
        self.0.extend(path.parts.first().map(|part| (part.text.clone(), part.span)));
    }
}

/// Collects what is called: a local may have the name of a function, and cannot be called.
#[derive(Default)]
struct Calls(Vec<(String, Span)>);

impl Visitor for Calls {
    fn expr(&mut self, expr: &ast::Expr) {
        if let ast::ExprKind::Call { callee, .. } = &expr.kind
            && let Some(name) = callee.as_name()
        {
            self.0.push((name.to_owned(), expr.span));
        }
        visit::walk_expr(self, expr);
    }
}

impl Analyzer<'_> {
    /// Defines a constant, an enum or a function after everything it names.
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
                let again = before.iter().find(|(def, _)| entered.contains(def));
                if let Some(&(back, span)) = again {
                    self.circle(def, back, span);
                }
                let new = before.into_iter().map(|(def, _)| def);
                open.extend(new.filter(|def| !entered.contains(def)));
                continue;
            }
            match def {
                Def::Const(id) => self.define_const(id),
                Def::Enum(id) => self.define_enum(id),
                Def::Fn(id) => self.define_fn(id),
                _ => {}
            }
            open.pop();
        }
    }

    fn progress(&mut self, def: Def) -> Option<&mut (usize, usize, Progress)> {
        match def {
            Def::Const(id) => self.origins.consts.get_mut(id.idx()),
            Def::Enum(id) => self.origins.enums.get_mut(id.idx()),
            Def::Fn(id) => self.origins.fns.get_mut(id.idx()),
            _ => None,
        }
    }

    fn is_todo(&mut self, def: Def) -> bool {
        self.progress(def).is_some_and(|origin| origin.2 == Progress::Todo)
    }

    /// What a declaration names and is not known yet, and where it does.
    fn named_by(&mut self, def: Def) -> Vec<(Def, Span)> {
        let Some(&mut (unit, item, _)) = self.progress(def) else { return Vec::new() };
        let file = self.units.list[unit].file.clone();
        let names = if let Def::Fn(_) = def {
            let mut calls = Calls::default();
            visit::walk_item(&mut calls, &file.items[item]);
            calls.0
        } else {
            let mut names = Names::default();
            visit::walk_item(&mut names, &file.items[item]);
            names.0
        };
        let scope = &self.units.list[unit].scope;
        let found = names.iter().filter_map(|(name, span)| Some((scope.get(name)?.def, *span)));
        let mut found: Vec<(Def, Span)> = found.collect();
        found.retain(|&(def, _)| self.is_todo(def));
        found
    }

    /// Reports a declaration that rests on itself through another; it keeps no value.
    fn circle(&mut self, def: Def, back: Def, span: Span) {
        let Some(origin) = self.progress(def) else { return };
        origin.2 = Progress::Done;
        let (unit, item, _) = *origin;
        let file = self.units.list[unit].file.clone();
        let name = match &file.items[item].kind {
            ItemKind::Const(decl) => &decl.name,
            ItemKind::Enum(decl) => &decl.name,
            ItemKind::Fn(_) => {
                let Def::Fn(back) = back else { return };
                let callee = &self.program.fns[back.idx()];
                let message = format!("`{}` calls itself, directly or through others", callee.name);
                let diagnostic = Diagnostic::error(Code::E0108, span, message);
                let diagnostic = diagnostic.also(callee.span, "declared here");
                self.diags.push(diagnostic.help("repeat with `for` over a range"));
                return;
            }
            _ => return,
        };
        let message = format!("`{}` is defined by itself", name.text);
        let diagnostic = Diagnostic::error(Code::E0117, name.span, message);
        self.diags.push(diagnostic.also(span, "this leads back to it"));
    }
}
