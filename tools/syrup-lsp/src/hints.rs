//! Inlay hints and code lenses: what the text does not say itself.
//!
//! A `let` without a type gets its type and range, a choice by index the verdict that a slot
//! without an executor gives, a test a way to run it, a map the number of policies that use it.

use crate::documents::{Analysed, Documents, uri_of};
use crate::{hover, place};
use lsp_types::{
    CodeLens, CodeLensParams, Command, InlayHint, InlayHintKind, InlayHintLabel, InlayHintParams,
    InlayHintTooltip,
};
use syrup_diag::Span;
use syrupc::analyze::Kind;
use syrupc::hir::{Choice, ExprKind, Policy};
use syrupc::syntax::ast::{Block, ItemKind, LitKind, StmtKind};
use syrupc::syntax::visit::{self, Visitor};

/// Names that `let` and `var` bind without a type.
#[derive(Default)]
struct Untyped(Vec<Span>);

impl Visitor for Untyped {
    fn block(&mut self, node: &Block) {
        for stmt in &node.stmts {
            if let StmtKind::Let(def) | StmtKind::Var(def) = &stmt.kind
                && def.ty.is_none()
            {
                self.0.push(def.name.span);
            }
        }
        visit::walk_block(self, node);
    }
}

/// Hints in a range.
pub fn inlay(documents: &Documents, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let text = analysed.text();
    let start = place::offset(text, params.range.start);
    let end = place::offset(text, params.range.end);
    let mut found = Vec::new();
    let mut untyped = Untyped::default();
    visit::walk_file(&mut untyped, &analysed.analysis.file);
    for name in untyped.0 {
        let Some(value) = analysed.index.value(name) else { continue };
        let label = format!(": {}", hover::of_value(&analysed, value));
        found.push((name.end, label, InlayHintKind::TYPE, "found by the compiler".to_owned()));
    }
    found.extend(exits(&analysed));
    found.retain(|hint| start <= hint.0 && hint.0 <= end);
    found.sort_by_key(|hint| hint.0);
    found.dedup();
    let hint = |(at, label, kind, why): (u32, String, InlayHintKind, String)| InlayHint {
        position: place::position(text, at),
        label: InlayHintLabel::String(label),
        kind: Some(kind),
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(why)),
        padding_left: Some(kind != InlayHintKind::TYPE),
        padding_right: None,
        data: None,
    };
    Some(found.into_iter().map(hint).collect())
}

/// Where a policy answers what the set's declaration says, because a slot has no executor.
fn exits(analysed: &Analysed) -> Vec<(u32, String, InlayHintKind, String)> {
    let program = &analysed.analysis.program;
    let mut found = Vec::new();
    for body in program.policies.iter().flat_map(Policy::bodies) {
        syrupc::analyze::each(body, &mut |expr| {
            let ExprKind::Choose(set, Choice::At(_)) = &expr.kind else { return };
            if expr.span.file != analysed.main() {
                return;
            }
            let Some(decl) = program.sets.get(set.set.idx()) else { return };
            let verdict = match decl.or_else {
                syrupc::hir::Verdict::Pass => "pass",
                syrupc::hir::Verdict::Drop => "drop",
            };
            let why = format!("where `{}` has no executor in this slot", decl.name);
            let label = format!("\u{21b5} {verdict}");
            found.push((expr.span.end, label, InlayHintKind::PARAMETER, why));
        });
    }
    found
}

/// Lenses over tests and maps.
pub fn lenses(documents: &Documents, params: &CodeLensParams) -> Option<Vec<CodeLens>> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let text = analysed.text();
    let uri = uri_of(&analysed, analysed.main());
    let uri = uri.map_or(String::new(), |uri| uri.as_str().to_owned());
    let lens = |span: Span, title: String, command: &str, args: Vec<serde_json::Value>| CodeLens {
        range: place::range(text, span),
        command: Some(Command::new(title, command.to_owned(), Some(args))),
        data: None,
    };
    let mut found = Vec::new();
    for item in &analysed.analysis.file.items {
        match &item.kind {
            ItemKind::Test(test) => {
                let LitKind::Str(name) = &test.name.kind else { continue };
                let args = vec![uri.as_str().into(), name.as_str().into()];
                found.push(lens(test.name.span, "run test".to_owned(), "syrup.runTest", args));
            }
            ItemKind::Policy(def) => {
                let args = vec![uri.as_str().into(), def.name.text.as_str().into()];
                let title = "evaluate with a packet".to_owned();
                found.push(lens(def.name.span, title, "syrup.evaluate", args));
            }
            ItemKind::Map(_) | ItemKind::State(_) | ItemKind::Queue(_) => {
                let Some((name, _)) = syrupc::analyze::declared(item) else { continue };
                let n = users(&analysed, name.span);
                let title = match n {
                    1 => "used by 1 policy or function".to_owned(),
                    n => format!("used by {n} policies and functions"),
                };
                found.push(lens(name.span, title, "", Vec::new()));
            }
            _ => {}
        }
    }
    Some(found)
}

/// How many policies and functions mention a declaration.
fn users(analysed: &Analysed, decl: Span) -> usize {
    let bodies = analysed.index.decls.values();
    let bodies = bodies.filter(|decl| matches!(decl.kind, Kind::Policy | Kind::Fn));
    let uses: Vec<Span> = analysed.index.uses_of(decl).map(|found| found.place).collect();
    bodies.filter(|body| uses.iter().any(|place| body.whole.contains(*place))).count()
}
