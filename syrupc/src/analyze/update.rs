//! `update m[k] as b { ... }`: an entry that is read, changed and written back while nobody else
//! can.
//!
//! What happens while the entry is locked must be short and must need nothing of the system, so
//! only arithmetic, `if`, `match` and assignments are allowed there. The value that the block ends
//! with is computed when the entry has been released, and may be anything.

use super::body::{Body, Mode};
use super::items::{error_expr, full};
use crate::hir::{self, Expr, ExprKind, LocalId, MapId, Place, StmtKind, Type};
use crate::syntax::ast;
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::{Layout, MapKind};

impl Body<'_, '_> {
    /// `update place as name { body } else { otherwise }`
    pub(super) fn update(&mut self, span: Span, update: &ast::Update, want: Option<&Type>) -> Expr {
        let Some(place) = self.updated(span, update) else {
            // Names of the body are not looked at: what they are is not known.
            return error_expr(span);
        };
        self.effect(span);
        let decl = &self.cx.program.maps[place.map.idx()];
        let (kind, ty, name) = (decl.kind, decl.value.clone(), decl.name.clone());
        let before = self.facts.clone();
        let (local, body) = self.scoped(|body| {
            let local = body.declare(&update.name, ty, full(64));
            body.set_mutable(local, true);
            (local, body.block(&update.body, want))
        });
        self.under_lock(&body, local, true);
        let after = std::mem::replace(&mut self.facts, before.clone());
        let otherwise = update.otherwise.as_ref().map(|block| self.block(block, want));
        let missed = std::mem::replace(&mut self.facts, before);
        let may_miss = kind == MapKind::Hash;
        self.facts = if may_miss { after.join(missed) } else { after };
        match (&otherwise, &update.otherwise) {
            (Some(_), Some(block)) if !may_miss => {
                let message = format!("an entry of `{name}` is never missing");
                let rest = Span::new(span.file, update.body.span.end, span.end);
                let diagnostic = Diagnostic::error(Code::E0402, block.span, message);
                return self.fail(diagnostic.replace("remove the `else`", rest, ""));
            }
            (None, _) if may_miss => return self.update_may_miss(span, &place, &body),
            _ => {}
        }
        self.cx.lock(place.map);
        let (ty, range) = match &otherwise {
            Some(otherwise) => self.join_types(span, &body, otherwise),
            None => (body.ty.clone(), body.range),
        };
        let update = hir::Update { place, local, body, otherwise };
        Expr { ty, range, span, kind: ExprKind::Update(Box::new(update)) }
    }

    fn update_may_miss(&mut self, span: Span, place: &Place, body: &Expr) -> Expr {
        let declared = self.cx.program.maps[place.map.idx()].span;
        let rest = match body.ty {
            Type::Unit | Type::Never => " else { }",
            _ => " else { pass }",
        };
        let fits = matches!(body.ty, Type::Unit | Type::Never | Type::Verdict | Type::Exec(_));
        let mut diagnostic =
            Diagnostic::error(Code::E0301, place.span, "this entry may be missing")
                .also(declared, "a key is absent until someone writes it");
        if fits {
            let title = format!("say what happens then: `update ... {{ ... }}{rest}`");
            diagnostic = diagnostic.fix(title, super::call::append(span, rest));
        } else {
            diagnostic =
                diagnostic.help("say what happens then: `update ... { ... } else { ... }`");
        }
        self.fail(diagnostic)
    }

    /// The entry of an `update`, where it is one that can be locked.
    fn updated(&mut self, span: Span, update: &ast::Update) -> Option<Place> {
        if self.mode == Mode::Test {
            let message = "a test assigns entries; only a policy updates them";
            self.report(Diagnostic::error(Code::E0116, span, message));
            return None;
        }
        let place = match self.place(&update.place) {
            Some(place) => place.ok()?,
            None => {
                let message = "`update` changes an entry of a map";
                let diagnostic = Diagnostic::error(Code::E0504, update.place.span, message);
                self.report(diagnostic.help("update limits[user] as entry { ... } else { ... }"));
                return None;
            }
        };
        let decl = &self.cx.program.maps[place.map.idx()];
        let (name, declared) = (decl.name.clone(), decl.span);
        let fields = match &decl.value {
            Type::Struct(id) => &self.cx.program.structs[id.idx()].fields[..],
            _ => &[],
        };
        let executor = fields.iter().find(|field| matches!(field.ty, Type::Exec(_)));
        if let Some(field) = executor {
            let message = format!("`{name}` keeps executors, and `update` changes numbers only");
            let diagnostic = Diagnostic::error(Code::E0504, place.span, message);
            self.report(
                diagnostic
                    .also(field.span, "this field is an executor")
                    .help("keep executors in a map of their own"),
            );
            return None;
        }
        let has_struct = matches!(decl.value, Type::Struct(_)) && place.field.is_none();
        let why = match decl.kind {
            MapKind::Hash | MapKind::Array if has_struct => return Some(place),
            MapKind::Hash | MapKind::Array => {
                let message =
                    format!("`{name}` keeps single numbers, and `update` changes structs");
                Diagnostic::error(Code::E0504, place.span, message)
                    .help("change one number with `add`, `sub`, `take` or `exchange`")
            }
            MapKind::PerCpuState | MapKind::PerCpuArray => {
                let message = format!("nobody else changes `{name}` on this CPU: assign it");
                Diagnostic::error(Code::E0504, place.span, message).help(format!("{name} = ...;"))
            }
            _ => {
                let message = format!("an entry of `{name}` cannot be locked");
                Diagnostic::error(Code::E0504, place.span, message)
                    .help("keep it in a `Hash` or an `Array`")
            }
        };
        self.report(why.also(declared, "declared here"));
        None
    }

    /// Reports what cannot be done while an entry is locked. `tail` says that the expression is
    /// what the block ends with.
    fn under_lock(&mut self, expr: &Expr, local: LocalId, tail: bool) {
        match &expr.kind {
            ExprKind::Block(stmts, value) => {
                for stmt in stmts {
                    match &stmt.kind {
                        StmtKind::Let(_, value) | StmtKind::Expr(value) => {
                            self.under_lock(value, local, false);
                        }
                        StmtKind::For { .. } => self.not_under_lock(stmt.span, "this loop"),
                        StmtKind::Given(_) | StmtKind::Expect(_) => {}
                    }
                }
                if let Some(value) = value {
                    self.under_lock(value, local, tail);
                }
            }
            ExprKind::If(cond, then, otherwise) => {
                self.under_lock(cond, local, false);
                self.under_lock(then, local, tail);
                if let Some(otherwise) = otherwise {
                    self.under_lock(otherwise, local, tail);
                }
            }
            ExprKind::Match(inner) if inner.scrutinee.ty != Type::Packet => {
                self.under_lock(&inner.scrutinee, local, false);
                for arm in &inner.arms {
                    if let Some(guard) = &arm.guard {
                        self.under_lock(guard, local, false);
                    }
                    self.under_lock(&arm.body, local, tail);
                }
            }
            ExprKind::Return(_) => {}
            _ if tail => self.after_lock(expr, local),
            // How long a run is was found when it was matched.
            ExprKind::Len(run) if matches!(run.kind, ExprKind::Local(_)) => {}
            ExprKind::Local(run) if self.is_in_packet(*run) => {
                self.not_under_lock(expr.span, "a byte of the packet");
            }
            _ => match self.needs_more(expr) {
                Some(what) => self.not_under_lock(expr.span, what),
                None => {
                    let mut children = Vec::new();
                    super::walk::each_child(expr, &mut |child| children.push(child.clone()));
                    for child in &children {
                        self.under_lock(child, local, false);
                    }
                }
            },
        }
    }

    /// Whether a local is a run of bytes that is still in the packet; those of structs are kept.
    fn is_in_packet(&self, local: LocalId) -> bool {
        let decl = &self.locals[local.idx()];
        matches!(decl.ty, Type::Bytes(_)) && decl.parts.is_empty()
    }

    /// What an expression needs that a locked entry does not allow.
    fn needs_more(&self, expr: &Expr) -> Option<&'static str> {
        match &expr.kind {
            ExprKind::Random => Some("a draw"),
            ExprKind::Flow => Some("`pkt.flow`"),
            ExprKind::Choose(..) | ExprKind::Pick(_) => Some("the choice of an executor"),
            ExprKind::Read(_) => Some("the read of another cell"),
            ExprKind::CellOp(..) | ExprKind::Take(..) | ExprKind::Assign(..) => {
                Some("the change of another cell")
            }
            ExprKind::Insert(..) | ExprKind::Remove(_) => Some("the change of another entry"),
            ExprKind::Update(_) => Some("another `update`"),
            ExprKind::Match(_) => Some("a match on the packet"),
            ExprKind::Call(id, _) => {
                let mut needs = None;
                super::walk::walk(&self.cx.program.fns[id.idx()].body, &mut |inner| {
                    needs = needs.or(self.needs_more(inner));
                    if let ExprKind::Block(stmts, _) = &inner.kind
                        && stmts.iter().any(|stmt| matches!(stmt.kind, StmtKind::For { .. }))
                    {
                        needs = needs.or(Some("a function with a loop"));
                    }
                });
                needs
            }
            _ => None,
        }
    }

    fn not_under_lock(&mut self, span: Span, what: &str) {
        let message = format!("{what} does not belong into an `update`");
        self.report(
            Diagnostic::error(Code::E0504, span, message)
                .label("nobody else can use the entry meanwhile")
                .help("do it before, with `let`, or at the very end of the block"),
        );
    }

    /// What the block ends with is evaluated when the entry is released, and must not change it.
    fn after_lock(&mut self, expr: &Expr, local: LocalId) {
        let leaves = self.leaves(local);
        let mut found = None;
        super::walk::walk(expr, &mut |inner| {
            if let ExprKind::SetLocal(changed, _) = &inner.kind
                && self.leaves(*changed).iter().any(|leaf| leaves.contains(leaf))
            {
                found = found.or(Some(inner.span));
            }
        });
        if let Some(span) = found {
            let name = self.locals[local.idx()].name.clone();
            let message = format!("`{name}` was written back before this");
            self.report(
                Diagnostic::error(Code::E0504, span, message)
                    .label("the last value of the block is computed after that")
                    .help("assign it in a statement of its own"),
            );
        }
    }
}

impl super::Analyzer<'_> {
    /// Gives the entries of a map a lock.
    fn lock(&mut self, map: MapId) {
        let decl = &self.program.maps[map.idx()];
        let Layout::Struct { name, .. } = &decl.value_layout else { return };
        let (name, layout): (Arc<str>, _) = (name.clone(), &decl.value_layout);
        if layout.lock().is_some() {
            return;
        }
        let parts = layout.fields().map(|field| (field.name.clone(), field.layout.clone()));
        let locked = Layout::with_lock(name, parts.collect());
        self.program.maps[map.idx()].value_layout = locked;
    }
}
