//! Folding and selection, from the tree.

use crate::documents::Documents;
use crate::place;
use lsp_types::{
    FoldingRange, FoldingRangeKind, FoldingRangeParams, SelectionRange, SelectionRangeParams,
};
use syrup_diag::Span;
use syrupc::syntax::ast::{Arm, Block, Expr, ExprKind, Handler, Item, PatternAtom, Stmt};
use syrupc::syntax::token::TokenKind;
use syrupc::syntax::visit::{self, Visitor};

/// Every node of a tree that a person would select.
#[derive(Default)]
struct Nodes {
    all: Vec<Span>,
    /// Those that can be folded.
    foldable: Vec<Span>,
}

impl Visitor for Nodes {
    fn item(&mut self, node: &Item) {
        self.all.push(node.span);
        self.foldable.push(node.span);
        visit::walk_item(self, node);
    }

    fn handler(&mut self, node: &Handler) {
        self.all.push(node.span);
        visit::walk_handler(self, node);
    }

    fn block(&mut self, node: &Block) {
        self.all.push(node.span);
        self.foldable.push(node.span);
        visit::walk_block(self, node);
    }

    fn stmt(&mut self, node: &Stmt) {
        self.all.push(node.span);
        visit::walk_stmt(self, node);
    }

    fn arm(&mut self, node: &Arm) {
        self.all.push(node.span);
        visit::walk_arm(self, node);
    }

    fn atom(&mut self, node: &PatternAtom) {
        self.all.push(node.span);
        visit::walk_atom(self, node);
    }

    fn expr(&mut self, node: &Expr) {
        self.all.push(node.span);
        if matches!(node.kind, ExprKind::Match(_)) {
            self.foldable.push(node.span);
        }
        visit::walk_expr(self, node);
    }
}

/// What can be folded: declarations, blocks, matches and runs of comments.
pub fn folding(documents: &Documents, params: &FoldingRangeParams) -> Option<Vec<FoldingRange>> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let text = analysed.text();
    let mut nodes = Nodes::default();
    visit::walk_file(&mut nodes, &analysed.analysis.file);
    let fold = |span: Span, kind: Option<FoldingRangeKind>| {
        let (start, end) = (place::position(text, span.start), place::position(text, span.end));
        (end.line > start.line).then(|| FoldingRange {
            start_line: start.line,
            end_line: end.line,
            kind,
            ..FoldingRange::default()
        })
    };
    let mut found: Vec<FoldingRange> =
        nodes.foldable.into_iter().filter_map(|span| fold(span, None)).collect();
    let mut run: Option<Span> = None;
    for token in &analysed.analysis.file.tokens {
        match token.kind {
            TokenKind::Comment | TokenKind::Doc => {
                run = Some(run.map_or(token.span, |run| run.to(token.span)));
            }
            TokenKind::White => {}
            _ => {
                let comments =
                    run.take().and_then(|run| fold(run, Some(FoldingRangeKind::Comment)));
                found.extend(comments);
            }
        }
    }
    found.dedup();
    Some(found)
}

/// For each position the nodes around it, from the smallest.
pub fn selection(
    documents: &Documents,
    params: &SelectionRangeParams,
) -> Option<Vec<SelectionRange>> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let text = analysed.text();
    let mut nodes = Nodes::default();
    visit::walk_file(&mut nodes, &analysed.analysis.file);
    let select = |position: &lsp_types::Position| {
        let at = place::offset(text, *position);
        let tokens = analysed.analysis.file.tokens.iter().map(|token| token.span);
        let around = |span: &Span| span.start <= at && at <= span.end;
        let mut spans: Vec<Span> = nodes.all.iter().copied().chain(tokens).filter(around).collect();
        spans.sort_by_key(|span| std::cmp::Reverse(span.len()));
        spans.dedup();
        let mut found: Option<SelectionRange> = None;
        for span in spans {
            // Each lies within the one before.
            let range = place::range(text, span);
            let fits = found.as_ref().is_none_or(|outer| {
                outer.range.start <= range.start && range.end <= outer.range.end
            });
            if fits {
                found = Some(SelectionRange { range, parent: found.map(Box::new) });
            }
        }
        let empty = lsp_types::Range::new(*position, *position);
        found.unwrap_or(SelectionRange { range: empty, parent: None })
    };
    Some(params.positions.iter().map(select).collect())
}
