//! What lints ask of a policy file.
//!
//! In: an analysis without errors. Out: its own policies, what they evaluate, what they answer.

use crate::analyze::{Analysis, walk, walk_stmts};
use crate::hir::{
    Arm, Choice, Expr, ExprKind, FnId, Layer, MapId, Match, Place, Policy, PolicyId, Program, Row,
    StmtKind, ThreadExpr, Type,
};
use crate::syntax::ast::{self, ItemKind};
use std::collections::BTreeSet;
use syrup_diag::{FileId, Span};
use syrup_ir::Base;

/// A policy file and what it means.
pub(super) struct Context<'a> {
    /// What analysis found.
    pub analysis: &'a Analysis,
    /// What the file means.
    pub program: &'a Program,
    /// Its tree.
    pub file: &'a ast::File,
    /// Its text.
    pub text: &'a str,
}

/// How a policy uses a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    /// Its value matters.
    Reads,
    /// It changes, and its value before that does not matter.
    Writes,
    /// Both.
    Changes,
}

impl<'a> Context<'a> {
    pub fn new(analysis: &'a Analysis) -> Context<'a> {
        let text = analysis.sources.get(analysis.main).text();
        Context { analysis, program: &analysis.program, file: &analysis.file, text }
    }

    /// Whether a place is in the file itself.
    pub fn is_own(&self, span: Span) -> bool {
        span.file == self.analysis.main
    }

    /// The text of a place.
    pub fn slice(&self, span: Span) -> &'a str {
        self.analysis.sources.slice(span)
    }

    /// The name of the file that a place is in.
    pub fn file_name(&self, id: FileId) -> &'a str {
        self.analysis.sources.get(id).name()
    }

    /// The file's own policies.
    pub fn policies(&self) -> impl Iterator<Item = (PolicyId, &'a Policy)> {
        let all = self.program.policies.iter().enumerate();
        let main = self.analysis.main;
        all.filter(move |(_, policy)| policy.span.file == main && !policy.broken)
            .map(|(at, policy)| (PolicyId(at as u32), policy))
    }

    /// The file's own policies over packets.
    pub fn packet_policies(&self) -> impl Iterator<Item = &'a Policy> {
        self.policies().map(|row| row.1).filter(|policy| !policy.is_thread())
    }

    /// The file's own policies over threads.
    pub fn thread_policies(&self) -> impl Iterator<Item = &'a Policy> {
        self.policies().map(|row| row.1).filter(|policy| policy.is_thread())
    }

    /// Everything that an expression evaluates, functions included.
    pub fn reach(&self, expr: &'a Expr) -> Vec<&'a Expr> {
        let (mut found, mut called) = (Vec::new(), BTreeSet::new());
        let mut open = vec![expr];
        while let Some(next) = open.pop() {
            let mut calls: Vec<FnId> = Vec::new();
            walk(next, &mut |expr| {
                found.push(expr);
                if let ExprKind::Call(id, _) = &expr.kind {
                    calls.push(*id);
                }
            });
            let new = calls.into_iter().filter(|id| called.insert(*id)).collect::<Vec<_>>();
            open.extend(new.iter().map(|id| &self.program.fns[id.idx()].body));
        }
        found
    }

    /// Everything that a policy evaluates, functions included.
    pub fn evaluated(&self, policy: &'a Policy) -> Vec<&'a Expr> {
        policy.bodies().flat_map(|body| self.reach(body)).collect()
    }

    /// Everything that any policy evaluates.
    pub fn all_evaluated(&self) -> Vec<&'a Expr> {
        self.program.policies.iter().flat_map(|policy| self.evaluated(policy)).collect()
    }

    /// Everything that the tests of the file evaluate themselves.
    pub fn in_tests(&self) -> Vec<&'a Expr> {
        let mut found = Vec::new();
        for test in &self.program.tests {
            walk_stmts(&test.body, &mut |expr| found.push(expr));
        }
        found
    }

    /// What a policy may answer.
    pub fn answers(&self, policy: &'a Policy) -> Vec<&'a Expr> {
        let mut found = Vec::new();
        for body in policy.bodies() {
            self.tails(body, body, &mut found);
            walk(body, &mut |expr| {
                if let ExprKind::Return(value) = &expr.kind {
                    self.tails(value, body, &mut found);
                }
            });
        }
        found
    }

    /// The expressions that an expression's value comes from.
    fn tails(&self, expr: &'a Expr, body: &'a Expr, found: &mut Vec<&'a Expr>) {
        match &expr.kind {
            ExprKind::Block(_, Some(value)) | ExprKind::Some(value) => {
                self.tails(value, body, found)
            }
            // Its value is counted with the others that `return` gives.
            ExprKind::Return(_) | ExprKind::Block(_, None) => {}
            ExprKind::Else(value, fallback) => {
                self.tails(value, body, found);
                self.tails(fallback, body, found);
            }
            ExprKind::If(_, then, otherwise) => {
                self.tails(then, body, found);
                otherwise.iter().for_each(|other| self.tails(other, body, found));
            }
            ExprKind::Match(inner) => {
                inner.arms.iter().for_each(|arm| self.tails(&arm.body, body, found));
            }
            ExprKind::Update(update) => {
                self.tails(&update.body, body, found);
                update.otherwise.iter().for_each(|other| self.tails(other, body, found));
            }
            ExprKind::Call(id, _) => {
                let called = &self.program.fns[id.idx()].body;
                self.tails(called, called, found);
            }
            ExprKind::Local(local) => match definition(body, *local) {
                Some(value) if !matches!(value.kind, ExprKind::Local(_)) => {
                    self.tails(value, body, found);
                }
                _ => found.push(expr),
            },
            _ => found.push(expr),
        }
    }

    /// The matches of a policy on a packet.
    pub fn packet_matches(&self, policy: &'a Policy) -> Vec<&'a Match> {
        let matches = self.evaluated(policy).into_iter().filter_map(|expr| match &expr.kind {
            ExprKind::Match(inner) if inner.scrutinee.ty == Type::Packet => Some(&**inner),
            _ => None,
        });
        matches.collect()
    }

    /// Each alternative of each arm of these matches that is made of layers.
    pub fn stacks(&self, policy: &'a Policy) -> Vec<(&'a Arm, &'a [Layer])> {
        let mut found = Vec::new();
        for arm in self.packet_matches(policy).into_iter().flat_map(|inner| &inner.arms) {
            for row in &arm.rows {
                if let Row::Layers(layers) = row {
                    found.push((arm, &layers[..]));
                }
            }
        }
        found
    }

    /// The name of a layer's header.
    pub fn layer_name(&self, layer: &Layer) -> &'a str {
        &self.program.headers[layer.header.idx()].name
    }

    /// Whether a layer's header is the standard one of a name.
    pub fn is_standard(&self, layer: &Layer, name: &str) -> bool {
        let header = &self.program.headers[layer.header.idx()];
        &*header.name == name && self.file_name(header.span.file).starts_with("std/")
    }

    /// The first hook that a policy names and that sees whole frames, with the place of its name.
    pub fn frame_hook(&self, policy: &'a Policy) -> Option<(&'a str, Span)> {
        let named = policy.hooks.iter().find(|(name, _)| {
            self.program.hook(name).is_some_and(|hook| hook.packet && hook.begins == Base::Frame)
        });
        named.map(|(name, span)| (&**name, *span))
    }

    /// The declaration of a name in the file.
    pub fn item(&self, name: &str) -> Option<&'a ast::Item> {
        self.file.items.iter().find(|item| declared(item).is_some_and(|own| own.text == name))
    }

    /// The place of a cell that an expression uses, and how.
    pub fn place(&self, expr: &'a Expr) -> Option<(&'a Place, Use)> {
        use crate::hir::CellOp;
        match &expr.kind {
            ExprKind::Read(place) => Some((place, Use::Reads)),
            ExprKind::CellOp(CellOp::FetchAdd | CellOp::Exchange, place, _) => {
                Some((place, Use::Changes))
            }
            ExprKind::CellOp(CellOp::Add | CellOp::Sub | CellOp::RaiseTo, place, _) => {
                Some((place, Use::Writes))
            }
            ExprKind::Take(place, _) => Some((place, Use::Changes)),
            ExprKind::Assign(place, _) | ExprKind::Insert(place, _) => Some((place, Use::Writes)),
            ExprKind::Remove(place) => Some((place, Use::Writes)),
            ExprKind::Update(update) => Some((&update.place, Use::Changes)),
            _ => None,
        }
    }

    /// How often each use of a map occurs among expressions.
    pub fn uses(&self, map: MapId, among: &[&'a Expr]) -> Vec<Use> {
        let places = among.iter().filter_map(|expr| self.place(expr));
        places.filter(|(place, _)| place.map == map).map(|row| row.1).collect()
    }
}

/// The name that a declaration declares.
pub(super) fn declared(item: &ast::Item) -> Option<&ast::Name> {
    match &item.kind {
        ItemKind::Const(def) | ItemKind::Param(def) => Some(&def.name),
        ItemKind::Enum(def) => Some(&def.name),
        ItemKind::Header(def) => Some(&def.name),
        ItemKind::Struct(def) => Some(&def.name),
        ItemKind::Map(def) | ItemKind::Queue(def) => Some(&def.name),
        ItemKind::State(def) => Some(&def.name),
        ItemKind::Executors(def) => Some(&def.name),
        ItemKind::Fn(def) => Some(&def.name),
        ItemKind::Policy(def) => Some(&def.name),
        ItemKind::Record(def) => Some(&def.name),
        ItemKind::Use(_) | ItemKind::Test(_) | ItemKind::Error => None,
    }
}

/// The value that `let` gives a local.
fn definition(body: &Expr, local: crate::hir::LocalId) -> Option<&Expr> {
    let mut found = None;
    walk(body, &mut |expr| {
        if let ExprKind::Block(stmts, _) = &expr.kind {
            for stmt in stmts {
                if let StmtKind::Let(id, value) = &stmt.kind
                    && *id == local
                {
                    found = Some(value);
                }
            }
        }
    });
    found
}

/// The only number that an expression can be.
pub(super) fn constant(expr: &Expr) -> Option<u64> {
    (expr.range.lo == expr.range.hi).then_some(expr.range.lo)
}

/// The slot of an executor that is chosen by a constant.
pub(super) fn constant_slot(expr: &Expr) -> Option<u64> {
    match &expr.kind {
        ExprKind::Choose(set, Choice::At(at)) if set.start.is_none() => constant(at),
        _ => None,
    }
}

/// The question about a thread, core or queue that an expression is.
pub(super) fn thread(expr: &Expr) -> Option<&ThreadExpr> {
    match &expr.kind {
        ExprKind::Thread(inner) => Some(inner),
        _ => None,
    }
}
