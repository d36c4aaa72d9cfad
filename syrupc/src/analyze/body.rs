//! Bodies of functions, policies and tests: statements, names, blocks, `if`.
//!
//! One walk in the order of evaluation: each expression gets its type and, from the facts at that
//! point, its interval.

use super::Analyzer;
use super::facts::{Facts, hull};
use super::items::{error_expr, full};
use crate::hir::{self, Expr, ExprKind, LocalId, MapId, SetId, Stmt, StmtKind, Type};
use crate::syntax::ast::{self};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::Interval;
/// What a body belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// A number known at compile time.
    Const,
    /// A function.
    Fn,
    /// A policy.
    Policy,
    /// A test: arithmetic is asserted instead of proved, packets and policies are values.
    Test,
}

/// The analysis of one body.
pub(crate) struct Body<'a, 'b> {
    pub cx: &'a mut Analyzer<'b>,
    pub unit: usize,
    pub mode: Mode,
    pub locals: Vec<hir::Local>,
    pub scopes: Vec<BTreeMap<String, LocalId>>,
    pub facts: Facts,
    /// The set a policy answers from.
    pub answer: Option<SetId>,
    /// The event that a handler is for.
    pub event: Option<syrup_ir::Event>,
    /// Every set that is mentioned.
    pub sets: BTreeSet<SetId>,
    /// Names of whole headers, by name.
    pub wholes: BTreeMap<String, super::whole::Whole>,
    /// Where only reading is allowed: a guard, `where`, `least`.
    pub read_only: Option<&'static str>,
    /// Shared cells whose value a local came from.
    pub sources: BTreeMap<LocalId, BTreeSet<MapId>>,
    /// Locals whose value may be missing: where the value stands, and whether it is a choice.
    pub optional: BTreeMap<LocalId, (Span, bool)>,
    /// Shared cells that conditions around this point depend on, with where they were read.
    pub guards: Vec<(MapId, Span)>,
}

impl<'a, 'b> Body<'a, 'b> {
    pub(crate) fn new(cx: &'a mut Analyzer<'b>, unit: usize, mode: Mode) -> Body<'a, 'b> {
        Body {
            cx,
            unit,
            mode,
            locals: Vec::new(),
            scopes: vec![BTreeMap::new()],
            facts: Facts::default(),
            answer: None,
            event: None,
            sets: BTreeSet::new(),
            wholes: BTreeMap::new(),
            read_only: None,
            sources: BTreeMap::new(),
            optional: BTreeMap::new(),
            guards: Vec::new(),
        }
    }

    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        self.cx.diags.push(diagnostic);
    }

    /// Reports, and gives an expression that stays silent from here on.
    pub(crate) fn fail(&mut self, diagnostic: Diagnostic) -> Expr {
        let span = diagnostic.primary.span;
        self.report(diagnostic);
        error_expr(span)
    }

    /// Declares a local name in the innermost scope.
    pub(crate) fn declare(&mut self, name: &ast::Name, ty: Type, range: Interval) -> LocalId {
        let id = LocalId(self.locals.len() as u32);
        let text: Arc<str> = name.text.as_str().into();
        let (mutable, parts, span) = (false, Vec::new(), name.span);
        self.locals.push(hir::Local { name: text, ty, mutable, parts, range, span });
        self.explode(id);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.text.clone(), id);
        }
        id
    }

    pub(crate) fn local(&self, name: &str) -> Option<LocalId> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name).copied())
    }

    /// Runs with an inner scope.
    pub(crate) fn scoped<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(BTreeMap::new());
        let result = f(self);
        self.scopes.pop();
        result
    }

    /// An expression, where a type is wanted if one is known.
    pub(crate) fn expr(&mut self, expr: &ast::Expr, want: Option<&Type>) -> Expr {
        use ast::ExprKind as Ast;
        match &expr.kind {
            Ast::Name(name) => self.name(expr.span, name, want),
            Ast::Lit(lit) => self.literal(expr.span, lit, want),
            Ast::Unary { op, operand } => self.unary(expr.span, *op, operand, want),
            Ast::Binary { op, op_span, left, right } => {
                self.binary(expr, *op, *op_span, left, right, want)
            }
            Ast::Else { value, fallback } => self.else_expr(expr.span, value, fallback, want),
            Ast::Pick(pick) => self.pick(expr.span, pick),
            Ast::Field { base, name } => self.field(expr, base, name),
            Ast::Call { callee, args } => self.call(expr, callee, args, want),
            Ast::Index { base, index } => self.index(expr.span, base, index),
            Ast::List(items) => self.list(expr.span, items, want),
            Ast::Paren(inner) => self.expr(inner, want),
            Ast::If(inner) => self.if_expr(expr.span, inner, want),
            Ast::Match(inner) => self.match_expr(expr.span, inner, want),
            Ast::Update(update) => self.update(expr.span, update, want),
            Ast::Return(value) => self.return_expr(expr.span, value),
            Ast::Block(block) => self.block(block, want),
            Ast::Error => error_expr(expr.span),
        }
    }

    fn return_expr(&mut self, span: Span, value: &ast::Expr) -> Expr {
        let value = self.expr(value, Some(&Type::Verdict));
        if self.mode != Mode::Policy {
            let message = "only a policy returns a verdict";
            let mut diagnostic = Diagnostic::error(Code::E0116, span, message);
            if self.mode == Mode::Fn {
                diagnostic = diagnostic.note("a function gives the value it ends with");
            }
            self.facts.dead = true;
            return self.fail(diagnostic);
        }
        let value = self.answer_of(value);
        self.facts.dead = true;
        never(span, ExprKind::Return(Box::new(value)))
    }

    /// `{ ... }`
    pub(crate) fn block(&mut self, block: &ast::Block, want: Option<&Type>) -> Expr {
        self.scoped(|body| {
            let stmts = body.stmts(&block.stmts);
            let value = block.value.as_ref().map(|value| body.expr(value, want));
            let diverges = body.facts.dead;
            let (ty, range) = match &value {
                Some(value) => (value.ty.clone(), value.range),
                None if diverges => (Type::Never, full(64)),
                None => (Type::Unit, full(64)),
            };
            let kind = ExprKind::Block(stmts, value.map(Box::new));
            Expr { ty, range, span: block.span, kind }
        })
    }

    pub(crate) fn stmts(&mut self, stmts: &[ast::Stmt]) -> Vec<Stmt> {
        let mut out = Vec::new();
        for stmt in stmts {
            if let Some(kind) = self.stmt(stmt) {
                out.push(Stmt { span: stmt.span, kind });
            }
        }
        out
    }

    fn stmt(&mut self, stmt: &ast::Stmt) -> Option<StmtKind> {
        use ast::StmtKind as Ast;
        match &stmt.kind {
            Ast::Let(decl) => self.let_stmt(decl, false),
            Ast::Var(decl) => self.let_stmt(decl, true),
            Ast::Expr(expr) => {
                let expr = self.expr(expr, Some(&Type::Unit));
                self.unused(&expr);
                Some(StmtKind::Expr(expr))
            }
            Ast::Assign { place, value } => {
                Some(StmtKind::Expr(self.assign(stmt.span, place, value)))
            }
            Ast::Given { name, value } => self.given(stmt.span, name, value),
            Ast::Expect(expr) => {
                if self.mode != Mode::Test {
                    let message = "`expect` belongs in a test";
                    self.report(Diagnostic::error(Code::E0116, stmt.span, message));
                    return None;
                }
                let expr = self.expr(expr, Some(&Type::Bool));
                Some(StmtKind::Expect(self.coerce(expr, &Type::Bool)))
            }
            Ast::For { name, range, body } => self.for_stmt(name, range, body),
            Ast::Error => None,
        }
    }

    /// A value in statement position must not be lost silently.
    fn unused(&mut self, expr: &Expr) {
        let lost = match &expr.ty {
            Type::Unit | Type::Never | Type::Error => return,
            // A test calls an event for what it does to queues and cores, too.
            _ if self.mode == Mode::Test && matches!(expr.kind, ExprKind::Thread(_)) => return,
            Type::Verdict | Type::Exec(_) => "this verdict is not returned",
            _ => match &expr.kind {
                ExprKind::CellOp(_, place, _) if matches!(expr.ty, Type::Option(_)) => {
                    return self.change_may_miss(expr, place);
                }
                ExprKind::CellOp(..) | ExprKind::Take(..) => return,
                _ => "this value is not used",
            },
        };
        let mut diagnostic = Diagnostic::error(Code::E0118, expr.span, lost);
        if matches!(expr.ty, Type::Verdict | Type::Exec(_)) {
            let edit = syrup_diag::Edit { span: expr.span.before(), text: "return ".to_owned() };
            diagnostic = diagnostic.fix("return it", vec![edit]);
        }
        self.report(diagnostic);
    }

    fn if_expr(&mut self, span: Span, expr: &ast::If, want: Option<&Type>) -> Expr {
        let cond = self.expr(&expr.cond, Some(&Type::Bool));
        let cond = self.coerce(cond, &Type::Bool);
        let n_guards = self.guards.len();
        let from = self.depends(&cond);
        self.guards.extend(from.iter().copied());
        let before = self.facts.clone();
        self.facts.refine(&cond, true);
        let then = self.block(&expr.then, want);
        let after_then = std::mem::replace(&mut self.facts, before);
        self.facts.refine(&cond, false);
        // A literal in the second branch is as wide as the first.
        let like_then = then.ty.bits(&self.cx.program).map(|_| then.ty.clone());
        let want = want.or(like_then.as_ref());
        let otherwise = expr.otherwise.as_ref().map(|e| self.expr(e, want));
        let after_else = std::mem::take(&mut self.facts);
        // Behind `if empty { return drop; }` everything still rests on the condition.
        let leaves = after_then.dead || after_else.dead;
        self.facts = after_then.join(after_else);
        self.guards.truncate(n_guards);
        if leaves {
            self.guards.extend(from);
        }
        let (ty, range) = match &otherwise {
            Some(otherwise) => self.join_types(span, &then, otherwise),
            None if matches!(then.ty, Type::Unit | Type::Never | Type::Error) => {
                (Type::Unit, full(64))
            }
            None => {
                let then = super::answer::tail(then.clone());
                let message = "without `else` this `if` gives a value only sometimes";
                let mut diagnostic = Diagnostic::error(Code::E0402, then.span, message);
                if matches!(then.ty, Type::Verdict | Type::Exec(_)) {
                    let edits = vec![
                        syrup_diag::Edit { span: then.span.before(), text: "return ".to_owned() },
                        syrup_diag::Edit { span: then.span.after(), text: ";".to_owned() },
                    ];
                    diagnostic = diagnostic.fix("return it: `return ...;`", edits);
                }
                self.report(diagnostic.help("add an `else` with the other value"));
                (Type::Error, full(64))
            }
        };
        let kind = ExprKind::If(Box::new(cond), Box::new(then), otherwise.map(Box::new));
        Expr { ty, range, span, kind }
    }

    /// The type of what is one of two values.
    pub(crate) fn join_types(&mut self, span: Span, a: &Expr, b: &Expr) -> (Type, Interval) {
        let range = hull(a.range, b.range);
        match (&a.ty, &b.ty) {
            (Type::Error, _) | (_, Type::Error) => (Type::Error, range),
            (Type::Never, _) => (b.ty.clone(), b.range),
            (_, Type::Never) => (a.ty.clone(), a.range),
            (Type::Bytes(_), Type::Bytes(_)) if range.lo == range.hi => {
                (Type::Bytes(range.lo as u32), range)
            }
            (Type::Bytes(_), Type::Bytes(_)) => {
                let message = "bytes of several lengths are not chosen by a condition";
                let help = "put the condition around what the bytes are used for, or take `b[..4]`";
                self.report(Diagnostic::error(Code::E0402, span, message).help(help));
                (Type::Error, range)
            }
            (x, y) if x == y => (x.clone(), range),
            (Type::Exec(_), Type::Verdict) | (Type::Verdict, Type::Exec(_)) => {
                (Type::Verdict, range)
            }
            (Type::Option(_), _) => {
                self.missing(a.clone());
                (Type::Error, range)
            }
            (_, Type::Option(_)) => {
                self.missing(b.clone());
                (Type::Error, range)
            }
            (x, y) => {
                let (x, y) = (x.display(&self.cx.program), y.display(&self.cx.program));
                self.report(
                    Diagnostic::error(Code::E0402, span, "the branches give different types")
                        .also(a.span, x)
                        .also(b.span, y)
                        .help("the same type in both"),
                );
                (Type::Error, range)
            }
        }
    }
}

/// An expression after which control has left.
pub(crate) fn never(span: Span, kind: ExprKind) -> Expr {
    Expr { ty: Type::Never, range: full(64), span, kind }
}
