//! Brackets of one declaration: afterwards every one has its partner.
//!
//! In: the pieces of a chunk. Out: the pieces with missing closers put in, closers that close
//! nothing taken out and groups that are nested too deeply emptied, and a report for each.
//! The parser can then find the end of any group by counting.

use super::layout::Layout;
use super::piece::{Hole, Piece, Terminal};
use super::split::{Open, closer_of, is_hard_item_word, is_statement_word, opener_of};
use super::token::TokenKind;
use syrup_diag::{Code, Diagnostic, Span, limits};

/// Balanced pieces.
pub(super) struct Balanced {
    /// The pieces; those that were put in are marked as damaged.
    pub pieces: Vec<Piece>,
    /// What to report.
    pub faults: Vec<Diagnostic>,
    /// From where on the structure is a guess, because a brace was missing or too many: errors
    /// of the parser from here on follow from that.
    pub guess_from: Option<usize>,
    /// Whether a group was emptied because it was nested too deeply.
    pub too_deep: bool,
}

/// Balances the pieces of a chunk.
pub(super) fn balance(text: &str, pieces: &[Piece]) -> Balanced {
    let plain = Balancer::new(pieces, None).run();
    if plain.guess_from.is_none() {
        return plain;
    }
    // A brace is wrong somewhere: indentation tells where better than counting does.
    let layout = Layout::new(text, pieces);
    let guided = Balancer::new(pieces, Some(&layout)).run();
    if guided.faults.len() <= plain.faults.len() { guided } else { plain }
}

fn ends_statement(piece: &Piece) -> bool {
    matches!(piece.kind(), Some(TokenKind::Semi | TokenKind::LBrace | TokenKind::RBrace))
}

fn is_prefix(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Bang | TokenKind::Tilde | TokenKind::Minus)
}

/// An open bracket.
struct Opener {
    kind: TokenKind,
    /// Where it stands in the output.
    at: usize,
    /// Indentation of its line.
    indent: u32,
}

struct Balancer<'a> {
    input: &'a [Piece],
    layout: Option<&'a Layout>,
    out: Balanced,
    open: Open,
    openers: Vec<Opener>,
    /// The closer that was left out last.
    last_stray: Option<usize>,
    /// Whether the piece after it is damaged by it.
    damages_next: bool,
}

impl<'a> Balancer<'a> {
    fn new(input: &'a [Piece], layout: Option<&'a Layout>) -> Balancer<'a> {
        let pieces = Vec::with_capacity(input.len() + 4);
        let out = Balanced { pieces, faults: Vec::new(), guess_from: None, too_deep: false };
        Balancer {
            input,
            layout,
            out,
            open: Open::default(),
            openers: Vec::new(),
            last_stray: None,
            damages_next: false,
        }
    }

    fn run(mut self) -> Balanced {
        let mut idx = 0;
        while let Some(piece) = self.input.get(idx) {
            idx = match piece.kind() {
                Some(kind) if closer_of(kind).is_some() => self.opener(idx, kind),
                Some(kind) if opener_of(kind).is_some() => self.closer(idx, kind),
                Some(kind) if is_prefix(kind) => self.prefix(idx),
                Some(kind) => {
                    let ends_parens = kind == TokenKind::Semi
                        || is_statement_word(kind)
                        || is_hard_item_word(kind);
                    if ends_parens {
                        self.close_parens(self.open.parens());
                    }
                    self.copy(idx)
                }
                None => self.copy(idx),
            };
        }
        self.finish()
    }

    fn copy(&mut self, idx: usize) -> usize {
        let piece = self.input[idx];
        let damaged = piece.damaged || std::mem::take(&mut self.damages_next);
        self.out.pieces.push(Piece { damaged, ..piece });
        idx + 1
    }

    /// Copies a run of prefix operators; one that is too long is cut.
    fn prefix(&mut self, start: usize) -> usize {
        let run =
            self.input[start..].iter().take_while(|piece| piece.kind().is_some_and(is_prefix));
        let end = start + run.count();
        let kept = end.min(start + limits::NESTING_MAX as usize);
        self.out.pieces.extend_from_slice(&self.input[start..kept]);
        if kept < end {
            self.deep(self.input[start].span);
        }
        end
    }

    fn opener(&mut self, idx: usize, kind: TokenKind) -> usize {
        if self.openers.len() >= limits::NESTING_MAX as usize {
            return self.skip_group(idx);
        }
        let indent = self.layout.map_or(0, |layout| layout.indent(idx));
        self.openers.push(Opener { kind, at: self.out.pieces.len(), indent });
        self.open.push(kind);
        self.copy(idx)
    }

    /// Replaces a group by a hole.
    fn skip_group(&mut self, start: usize) -> usize {
        let mut depth = 0usize;
        let mut end = start;
        while let Some(piece) = self.input.get(end) {
            let kind = piece.kind();
            depth += usize::from(kind.is_some_and(|kind| closer_of(kind).is_some()));
            depth -= usize::from(kind.is_some_and(|kind| opener_of(kind).is_some()));
            end += 1;
            if depth == 0 {
                break;
            }
        }
        self.deep(self.input[start].span);
        let span = self.input[start].span.to(self.input[end - 1].span);
        self.out.pieces.push(Piece::repaired(Terminal::Hole(Hole::Expr), span));
        end
    }

    /// Reports once that something is nested too deeply.
    fn deep(&mut self, span: Span) {
        if !self.out.too_deep {
            self.out.too_deep = true;
            self.fault(too_deep(span));
        }
    }

    fn closer(&mut self, idx: usize, kind: TokenKind) -> usize {
        if kind == TokenKind::RBrace {
            self.close_deeper(idx);
        }
        let Some(levels) = self.open.levels_closed(kind) else {
            return self.stray(idx, kind);
        };
        self.close_parens(levels - 1);
        self.pop();
        self.copy(idx)
    }

    /// Leaves out a closer that closes nothing; a run of them is one mistake.
    fn stray(&mut self, idx: usize, kind: TokenKind) -> usize {
        let run_goes_on = idx > 0 && self.last_stray == Some(idx - 1);
        if !run_goes_on {
            let text = kind.fixed_text().unwrap_or_default();
            self.fault(stray_closer(self.input[idx].span, text));
        }
        self.last_stray = Some(idx);
        // An error of the parser right here has the same cause.
        if let Some(last) = self.out.pieces.last_mut().filter(|last| !ends_statement(last)) {
            last.damaged = true;
        } else {
            self.damages_next = true;
        }
        if kind == TokenKind::RBrace {
            self.guess();
        }
        idx + 1
    }

    /// Keeps a report, unless there are more already than anybody will see.
    fn fault(&mut self, fault: Diagnostic) {
        if self.out.faults.len() < limits::DIAGNOSTICS_MAX {
            self.out.faults.push(fault);
        }
    }

    /// Closes what is indented deeper than this `}`, where the braces it belongs to are open.
    fn close_deeper(&mut self, idx: usize) {
        let Some(layout) = self.layout else { return };
        let indent = layout.indent(idx);
        let fits = |opener: &Opener| opener.kind == TokenKind::LBrace && opener.indent == indent;
        if !layout.first_on_line(idx) || !self.openers.iter().any(fits) {
            return;
        }
        while let Some(opener) = self.openers.last().filter(|opener| opener.indent > indent) {
            if opener.kind == TokenKind::LBrace {
                self.unclosed_brace(1);
                self.pop_with_closer();
            } else {
                self.close_parens(1);
            }
        }
    }

    fn pop(&mut self) {
        self.open.pop_levels(1);
        self.openers.pop();
    }

    /// Puts in the closers of the innermost `n` brackets, which are no braces.
    fn close_parens(&mut self, n: usize) {
        for _ in 0..n {
            let (Some(opener), Some(last)) = (self.openers.last(), self.out.pieces.last()) else {
                return;
            };
            let opener_span = self.out.pieces[opener.at].span;
            let fault = missing_closer(opener.kind, opener_span, last.span.after());
            if !last.damaged {
                self.fault(fault);
            }
            self.pop_with_closer();
        }
    }

    fn pop_with_closer(&mut self) {
        let kind = self.openers.last().and_then(|opener| closer_of(opener.kind));
        let last = self.out.pieces.last().map(|piece| piece.span.after());
        if let (Some(kind), Some(span)) = (kind, last) {
            self.out.pieces.push(Piece::repaired(Terminal::Token(kind), span));
        }
        self.pop();
    }

    fn guess(&mut self) {
        let here = self.out.pieces.len();
        let from = self.openers.last().map_or(here, |opener| opener.at);
        self.out.guess_from = Some(self.out.guess_from.map_or(from, |old| old.min(from)));
    }

    /// Reports that the innermost brackets, `n` of them, are not closed.
    fn unclosed_brace(&mut self, n: usize) {
        self.guess();
        let (Some(opener), Some(last)) = (self.openers.last(), self.out.pieces.last()) else {
            return;
        };
        let open = self.openers.iter().rev().take(n);
        let closers = open.filter_map(|opener| closer_of(opener.kind));
        let closers: String = closers.filter_map(TokenKind::fixed_text).collect();
        let span = self.out.pieces[opener.at].span;
        let name = opener.kind.fixed_text().unwrap_or_default();
        let fault = Diagnostic::error(Code::E0002, span, format!("this `{name}` is never closed"))
            .also(last.span.after(), format!("expected `{closers}` here at the latest"))
            .replace(format!("insert `{closers}`"), last.span.after(), closers);
        self.fault(fault);
    }

    fn finish(mut self) -> Balanced {
        let n_parens = self.open.parens();
        if n_parens == self.openers.len() && n_parens > 0 {
            self.close_parens(n_parens);
        } else if !self.openers.is_empty() {
            self.unclosed_brace(self.openers.len());
        }
        while !self.openers.is_empty() {
            self.pop_with_closer();
        }
        self.out
    }
}

/// Reports syntax that is nested more deeply than the compiler follows.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    let max = limits::NESTING_MAX;
    Diagnostic::error(Code::E0004, span, "this is nested too deeply")
        .label(format!("more than {max} levels"))
        .note("each operator of a chain counts as a level")
        .help("give a part of it a name with `let`, or move it into a `fn`")
}

/// Reports that the partner of an opening bracket is missing at a place.
pub(super) fn missing_closer(opener: TokenKind, opener_span: Span, place: Span) -> Diagnostic {
    let closer = closer_of(opener).and_then(TokenKind::fixed_text).unwrap_or_default();
    Diagnostic::error(Code::E0002, place, format!("expected `{closer}`"))
        .label("here")
        .also(opener_span, "to close this")
        .replace(format!("insert `{closer}`"), place, closer)
}

/// Reports a closing bracket without an opening one.
pub(super) fn stray_closer(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(Code::E0002, span, format!("unexpected `{text}`"))
        .label("closes nothing")
        .replace("remove it", span, "")
}
