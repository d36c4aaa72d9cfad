//! `match`: what each arm covers, what it binds, and what no arm covers.

use super::body::Body;
use super::facts::{Facts, intersect, name_of};
use super::items::{error_expr, full};
use super::scope::Def;
use crate::hir::{Arm, Expr, ExprKind, Layer, LocalId, Match, Row, TakeCase, Type};
use crate::syntax::ast::{self, LitKind, PatternKind};
use std::collections::BTreeSet;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::Interval;
impl Body<'_, '_> {
    pub(crate) fn match_expr(
        &mut self,
        span: Span,
        expr: &ast::Match,
        want: Option<&Type>,
    ) -> Expr {
        let scrutinee = self.expr(&expr.scrutinee, None);
        let n_guards = self.guards.len();
        let from = self.depends(&scrutinee);
        self.guards.extend(from.iter().copied());
        let before = self.facts.clone();
        let mut after = Facts::dead();
        let mut leaves = false;
        let mut arms = Vec::new();
        for arm in &expr.arms {
            self.facts = before.clone();
            // A literal in a later arm is as wide as the first.
            let first = arms.first().map(|arm: &Arm| &arm.body.ty);
            let like_first = first.filter(|ty| ty.bits(&self.cx.program).is_some()).cloned();
            if let Some(arm) = self.arm(arm, &scrutinee, want.or(like_first.as_ref())) {
                arms.push(arm);
            }
            leaves |= self.facts.dead;
            after = after.join(std::mem::take(&mut self.facts));
        }
        self.facts = after;
        self.guards.truncate(n_guards);
        if leaves {
            self.guards.extend(from);
        }
        if scrutinee.ty == Type::Error {
            return error_expr(span);
        }
        if arms.len() == expr.arms.len() {
            self.total(&scrutinee, &arms, &expr.arms, want);
        }
        let mut ty = Type::Never;
        let mut range = full(64);
        let mut last: Option<Expr> = None;
        for arm in &arms {
            let body = arm.body.clone();
            if let Some(last) = &last {
                (ty, range) = self.join_types(span, last, &body);
            } else {
                (ty, range) = (body.ty.clone(), body.range);
            }
            last = Some(Expr { ty: ty.clone(), range, ..body });
        }
        Expr { ty, range, span, kind: ExprKind::Match(Box::new(Match { scrutinee, arms })) }
    }

    fn arm(&mut self, arm: &ast::Arm, scrutinee: &Expr, want: Option<&Type>) -> Option<Arm> {
        self.scoped(|body| {
            let first_local = body.locals.len();
            let outer = body.name_headers(arm);
            let mut rows = Vec::new();
            let mut whole = true;
            for stack in &arm.pattern.stacks {
                match body.row(stack, &scrutinee.ty, first_local) {
                    Some(row) => rows.push(row),
                    None => {
                        whole = false;
                        body.bind_broken(stack);
                    }
                }
            }
            let binds: Vec<_> =
                (first_local..body.locals.len()).map(|n| LocalId(n as u32)).collect();
            if whole {
                body.same_binds(arm, &rows, &binds);
                body.same_part(&rows);
            }
            let rows = body.spread(rows, arm.pattern.span);
            if let ([Row::Numbers(ranges)], Some(name)) = (rows.as_slice(), name_of(scrutinee)) {
                let hull = ranges.iter().copied().reduce(super::facts::hull);
                let known = body.facts.range(name, scrutinee.range);
                if let Some(range) = hull.and_then(|hull| intersect(hull, known)) {
                    body.facts.set(name, range);
                }
            }
            let guard = arm.guard.as_ref().map(|guard| {
                let was = body.read_only.replace("a guard");
                let guard = body.expr(guard, Some(&Type::Bool));
                body.read_only = was;
                let guard = body.coerce(guard, &Type::Bool);
                body.facts.refine(&guard, true);
                guard
            });
            let value = body.expr(&arm.body, want);
            body.wholes = outer;
            whole.then_some(Arm { rows, guard, body: value, binds, span: arm.pattern.span })
        })
    }

    /// The names that a broken pattern would have bound: their uses in the arm stay silent.
    fn bind_broken(&mut self, stack: &ast::Stack) {
        for atom in &stack.layers {
            let PatternKind::Named { fields: Some(fields), .. } = &atom.kind else { continue };
            for field in fields.iter().filter(|field| field.pattern.is_none()) {
                self.declare(&field.name, Type::Error, full(64));
            }
        }
    }

    /// Every alternative of an arm must bind the same names.
    fn same_binds(&mut self, arm: &ast::Arm, rows: &[Row], binds: &[LocalId]) {
        let hidden = binds.iter().flat_map(|local| &self.locals[local.idx()].parts);
        let hidden: BTreeSet<_> = hidden.copied().collect();
        let all: BTreeSet<_> = binds.iter().filter(|id| !hidden.contains(id)).copied().collect();
        for (row, stack) in rows.iter().zip(&arm.pattern.stacks) {
            let missing = all.difference(&row_binds(row)).next().copied();
            if let Some(local) = missing {
                let name = self.locals[local.idx()].name.clone();
                let message = format!("this alternative does not bind `{name}`");
                let diagnostic = Diagnostic::error(Code::E0202, stack.span, message);
                self.report(diagnostic.also(self.locals[local.idx()].span, "bound here"));
            }
        }
    }

    /// One alternative of a pattern.
    fn row(&mut self, stack: &ast::Stack, ty: &Type, first_local: usize) -> Option<Row> {
        if let [ast::PatternAtom { kind: PatternKind::Any, .. }] = stack.layers.as_slice() {
            return Some(Row::Any);
        }
        match ty {
            Type::Error => None,
            Type::Packet => self.layers(stack, first_local),
            Type::Take => self.take_row(stack),
            Type::Option(inner) => self.option_row(stack, inner),
            ty if ty.bits(&self.cx.program).is_some() => {
                let pattern = ast::Pattern { span: stack.span, stacks: vec![stack.clone()] };
                self.numbers(&pattern, ty).map(Row::Numbers)
            }
            ty => {
                let ty = ty.display(&self.cx.program);
                let message = format!("{ty} cannot be matched");
                self.report(Diagnostic::error(Code::E0202, stack.span, message));
                None
            }
        }
    }

    fn take_row(&mut self, stack: &ast::Stack) -> Option<Row> {
        let name = match stack.layers.as_slice() {
            [ast::PatternAtom { kind: PatternKind::Named { path, .. }, .. }] => {
                path.parts.last().map_or("", |part| part.text.as_str())
            }
            _ => "",
        };
        match name {
            "Taken" => Some(Row::Take(TakeCase::Taken)),
            "Empty" => Some(Row::Take(TakeCase::Empty)),
            "Missing" => Some(Row::Take(TakeCase::Missing)),
            _ => {
                let message = "`take` gives Taken, Empty or Missing";
                self.report(Diagnostic::error(Code::E0202, stack.span, message));
                None
            }
        }
    }

    fn option_row(&mut self, stack: &ast::Stack, inner: &Type) -> Option<Row> {
        if let [ast::PatternAtom { kind: PatternKind::Named { path, fields, .. }, .. }] =
            stack.layers.as_slice()
        {
            match (path.parts[0].text.as_str(), fields.as_deref()) {
                ("none", None) => return Some(Row::None),
                ("some", Some([ast::PatternField { name, pattern: None, .. }])) => {
                    let range = super::access::value_range(inner, &self.cx.program);
                    let local = self.declare(name, inner.clone(), range);
                    self.explode_bytes(local);
                    return Some(Row::Some(Some(local)));
                }
                _ => {}
            }
        }
        let message = "a value that may be missing is matched by `some(name)` and `none`";
        let mut diagnostic = Diagnostic::error(Code::E0202, stack.span, message);
        if let [ast::PatternAtom { kind: PatternKind::Named { path, .. }, .. }] =
            stack.layers.as_slice()
        {
            let word = path.parts[0].text.to_lowercase();
            if matches!(word.as_str(), "some" | "none") && word != path.parts[0].text {
                let title = format!("write `{word}`");
                diagnostic = diagnostic.replace(title, path.parts[0].span, word);
            }
        }
        self.report(diagnostic);
        None
    }

    /// `udp / Request(op: SCAN, user)`
    fn layers(&mut self, stack: &ast::Stack, first_local: usize) -> Option<Row> {
        let mut layers = Vec::new();
        for atom in &stack.layers {
            let PatternKind::Named { path, index, fields, bind } = &atom.kind else {
                if !matches!(atom.kind, PatternKind::Error) {
                    let message = "a packet is matched by headers";
                    self.report(
                        Diagnostic::error(Code::E0202, atom.span, message)
                            .help("write `udp / Request(op: SCAN) => ...`, or `_ => ...`"),
                    );
                }
                return None;
            };
            let header = match self.cx.resolve(self.unit, path)? {
                Def::Header(header) => header,
                other => {
                    let message = format!("this is {}, not a header", other.noun());
                    self.report(Diagnostic::error(Code::E0202, path.span, message));
                    return None;
                }
            };
            let arg = self.header_arg(header, path.span, index.as_deref())?;
            let mut found = Vec::new();
            let n_before = self.locals.len();
            if let Some(bind) = bind {
                found.extend(self.whole_header(header, bind, first_local)?);
            }
            for field in fields.iter().flatten() {
                found.push(self.field_pattern(header, field, first_local)?);
            }
            self.bound_ranges(header, arg, &found, n_before);
            layers.push(Layer { header, arg, fields: found, span: atom.span });
        }
        Some(Row::Layers(layers))
    }

    /// Constants and ranges of a number's type; a bare name is always a constant.
    pub(super) fn numbers(&mut self, pattern: &ast::Pattern, ty: &Type) -> Option<Vec<Interval>> {
        let mut ranges = Vec::new();
        for stack in &pattern.stacks {
            let [atom] = stack.layers.as_slice() else {
                let message = "a number is not made of layers";
                self.report(Diagnostic::error(Code::E0202, stack.span, message));
                return None;
            };
            ranges.push(match &atom.kind {
                PatternKind::Any => full(ty.bits(&self.cx.program).unwrap_or(64)),
                PatternKind::Lit(lit) => {
                    let value = self.literal(lit.span, &lit.kind, Some(ty));
                    let value = self.coerce(value, ty);
                    if value.ty == Type::Error {
                        return None;
                    }
                    value.range
                }
                PatternKind::Range { start, end, inclusive } => {
                    let (LitKind::Int(lo), LitKind::Int(hi)) = (&start.kind, &end.kind) else {
                        let message = "a range goes from a number to a number";
                        self.report(Diagnostic::error(Code::E0202, atom.span, message));
                        return None;
                    };
                    let hi = if *inclusive { Some(*hi) } else { hi.checked_sub(1) };
                    let all = full(ty.bits(&self.cx.program).unwrap_or(64)).hi;
                    match hi {
                        Some(hi) if *lo <= hi && hi <= all => Interval { lo: *lo, hi },
                        _ => {
                            let message = "this range is empty or too large for its type";
                            self.report(
                                Diagnostic::error(Code::E0406, atom.span, message)
                                    .help("the smaller end first, both within the type"),
                            );
                            return None;
                        }
                    }
                }
                PatternKind::Named { path, index: None, fields: None, bind: None } => {
                    self.constant_name(path, ty)?
                }
                PatternKind::Named { .. } => {
                    let message = "a number or a constant belongs here";
                    self.report(Diagnostic::error(Code::E0202, atom.span, message));
                    return None;
                }
                PatternKind::Error => return None,
            });
        }
        Some(ranges)
    }

    fn constant_name(&mut self, path: &ast::Path, ty: &Type) -> Option<Interval> {
        let last = path.parts.last()?;
        if let Type::Enum(id) = ty {
            if let Some(number) = self.cx.case(*id, &last.text) {
                return Some(Interval { lo: number, hi: number });
            }
            let info = self.cx.program.enums[id.idx()].info.clone();
            let message = format!("`{}` is no case of `{}`", last.text, info.name);
            let cases = || info.cases.iter().map(|(name, _)| &**name);
            let mut diagnostic = Diagnostic::error(Code::E0202, last.span, message)
                .note("a bare name behind a colon is always a constant, never a new name");
            if let Some(near) = super::names::nearest(&last.text, cases()) {
                let title = format!("did you mean `{near}`?");
                diagnostic = diagnostic.replace(title, last.span, near);
            } else {
                let known: Vec<_> = cases().collect();
                diagnostic = diagnostic.note(format!("it has: {}", known.join(", ")));
            }
            self.report(diagnostic);
            return None;
        }
        match self.cx.resolve(self.unit, path)? {
            Def::Const(id) => {
                self.cx.define_const(id);
                let decl = &self.cx.program.consts[id.idx()];
                let expr = self.number(path.span, decl.value, decl.ty.clone());
                let expr = self.coerce(expr, ty);
                (expr.ty != Type::Error).then_some(expr.range)
            }
            other => {
                let message = format!("a constant belongs here, not {}", other.noun());
                self.report(Diagnostic::error(Code::E0202, path.span, message));
                None
            }
        }
    }
}

fn row_binds(row: &Row) -> BTreeSet<LocalId> {
    match row {
        Row::Layers(layers) => {
            layers.iter().flat_map(|layer| &layer.fields).filter_map(|field| field.bind).collect()
        }
        Row::Some(local) => local.iter().copied().collect(),
        Row::Any | Row::Numbers(_) | Row::Take(_) | Row::None => BTreeSet::new(),
    }
}
