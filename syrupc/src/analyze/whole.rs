//! Names for whole headers: `ipv4 as ip / udp => ... ip.src ...`.
//!
//! Such a name binds the fields that its arm mentions, and no others: what nobody reads is not
//! loaded. A field is a local whose name has a dot in it, which no author can write.

use super::body::Body;
use super::items::error_expr;
use crate::hir::{Expr, ExprKind, FieldPattern, HeaderId};
use crate::syntax::ast::{self, PatternKind};
use crate::syntax::visit::{self, Visitor};
use std::collections::BTreeMap;
use syrup_diag::Span;

/// A name for a whole header.
#[derive(Clone, Debug)]
pub(crate) struct Whole {
    /// The fields that its arm mentions, each where it does so first.
    fields: Vec<ast::Name>,
    /// How many scopes there are around what is declared in its arm.
    depth: usize,
}

/// Collects what is asked of the names of headers.
struct Mentioned<'w>(&'w mut BTreeMap<String, Whole>);

impl Visitor for Mentioned<'_> {
    fn expr(&mut self, expr: &ast::Expr) {
        if let ast::ExprKind::Field { base, name } = &expr.kind
            && let Some(whole) = base.as_name().and_then(|base| self.0.get_mut(base))
            && !whole.fields.iter().any(|field| field.text == name.text)
        {
            whole.fields.push(name.clone());
        }
        visit::walk_expr(self, expr);
    }
}

impl Body<'_, '_> {
    /// Notes the headers that an arm names; gives the names as they were before.
    pub(super) fn name_headers(&mut self, arm: &ast::Arm) -> BTreeMap<String, Whole> {
        let outer = self.wholes.clone();
        let mut found = BTreeMap::new();
        for atom in arm.pattern.stacks.iter().flat_map(|stack| &stack.layers) {
            if let PatternKind::Named { bind: Some(name), .. } = &atom.kind {
                let depth = self.scopes.len();
                found.insert(name.text.clone(), Whole { fields: Vec::new(), depth });
            }
        }
        if !found.is_empty() {
            let mut mentioned = Mentioned(&mut found);
            arm.guard.iter().for_each(|guard| mentioned.expr(guard));
            mentioned.expr(&arm.body);
            self.wholes.extend(found);
        }
        outer
    }

    /// Binds the fields of a header that are mentioned behind its name.
    pub(super) fn whole_header(
        &mut self,
        header: HeaderId,
        bind: &ast::Name,
        first_local: usize,
    ) -> Option<Vec<FieldPattern>> {
        let fields = self.wholes.get(&bind.text).map(|whole| whole.fields.clone());
        let mut found = Vec::new();
        for field in fields.unwrap_or_default() {
            let (idx, _) = self.cx.field_of(header, &field)?;
            let name = ast::Name { text: format!("{}.{}", bind.text, field.text), span: bind.span };
            let local = self.bind_field(header, idx, &name, first_local)?;
            let (ranges, bytes, span) = (Vec::new(), Vec::new(), bind.span);
            found.push(FieldPattern { field: idx, ranges, bytes, bind: Some(local), span });
        }
        Some(found)
    }

    /// `ip.src`, where `ip` names a header.
    pub(super) fn whole_field(
        &mut self,
        span: Span,
        base: &ast::Expr,
        name: &ast::Name,
    ) -> Option<Expr> {
        let base = base.as_name()?;
        self.is_whole(base)?;
        // What cannot be bound was reported at the pattern.
        let Some(local) = self.local(&format!("{base}.{}", name.text)) else {
            return Some(error_expr(span));
        };
        let decl = &self.locals[local.idx()];
        let range = self.facts.range(local, decl.range);
        Some(Expr { ty: decl.ty.clone(), range, span, kind: ExprKind::Local(local) })
    }

    /// What to say where the name of a header stands for a value; nothing where it is none.
    pub(super) fn is_whole(&self, name: &str) -> Option<String> {
        let whole = self.wholes.get(name)?;
        let hidden = self.scopes.iter().skip(whole.depth).any(|scope| scope.contains_key(name));
        (!hidden).then(|| format!("`{name}` is a header, not a value"))
    }
}
