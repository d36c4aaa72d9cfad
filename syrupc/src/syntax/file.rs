//! A whole file: its edition line and its declarations.
//!
//! In: a text. Out: its tree. Each declaration is cut out and parsed on its own.

use super::ast::{Edition, Expr, File, Item, ItemKind};
use super::balance::stray_closer;
use super::layout::Layout;
use super::lex::{Lexed, lex};
use super::make::Root;
use super::piece::{Entry, Piece, Terminal, span_of};
use super::repair;
use super::site::Text;
use super::split::{ChunkKind, is_item_word, skip_prefix, split};
use super::token::{Token, TokenKind};
use super::word::{did_you_mean, nearest};
use std::cell::Cell;
use syrup_diag::{Code, Diagnostic, Diagnostics, FileId, Span, limits};

/// Pieces that may be parsed to try repairs in one file: some hundred errors in an ordinary
/// file, and below a second of work in the largest.
const REPAIR_PIECES_MAX: usize = 400_000;

/// The edition this compiler knows.
const EDITION: u64 = 2026;

/// Parses a file.
pub fn parse(id: FileId, text: &str, diags: &mut Diagnostics) -> File {
    let mut file = File { id, tokens: Vec::new(), edition: None, items: Vec::new() };
    let Some(lexed) = tokens_of(id, text, diags) else {
        let span = Span::new(id, 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        file.tokens.push(Token { kind: TokenKind::Error, span });
        return file;
    };
    let pieces = pieces_of(&lexed);
    file.tokens = lexed.tokens;
    let text = Text { file: id, text, budget: Cell::new(REPAIR_PIECES_MAX) };
    let layout = Layout::new(text.text, &pieces);
    let chunks = split(&pieces, &layout);
    let mut parser = Parser { text, file, diags, edition_lines: 0, last: Last::Good };
    // What means nothing was reported and does not count as a declaration before the edition.
    let first = pieces.iter().position(|piece| !piece.damaged).unwrap_or(0);
    for chunk in chunks {
        let indent = layout.indent(chunk.range.start);
        let place = Place { indent, is_first: chunk.range.start <= first };
        parser.chunk(&pieces[chunk.range.clone()], chunk.kind, place);
    }
    parser.check_edition(&pieces);
    parser.file
}

/// Parses one expression, as `syrupc eval` takes it; nothing where it has an error.
pub fn parse_expr(id: FileId, text: &str, diags: &mut Diagnostics) -> Option<Expr> {
    let mut found = Diagnostics::new();
    let expr = tokens_of(id, text, &mut found).and_then(|lexed| {
        let pieces = pieces_of(&lexed);
        let text = Text { file: id, text, budget: Cell::new(REPAIR_PIECES_MAX) };
        match repair::parse(&text, Entry::Expr, &pieces, &mut found).root {
            Some(Root::Expr(expr)) => Some(*expr),
            Some(Root::Item(_) | Root::Edition(_)) | None => None,
        }
    });
    let failed = found.has_errors();
    diags.extend(found.into_sorted());
    expr.filter(|_| !failed)
}

/// The tokens of a text; nothing where it is too large.
fn tokens_of(id: FileId, text: &str, diags: &mut Diagnostics) -> Option<Lexed> {
    if text.len() <= limits::SOURCE_BYTES_MAX {
        return Some(lex(id, text, diags));
    }
    let max = limits::SOURCE_BYTES_MAX;
    let message = format!("this file has more than {max} bytes");
    diags.push(Diagnostic::error(Code::E0006, Span::new(id, 0, 0), message));
    None
}

/// The tokens that the parser sees.
fn pieces_of(lexed: &Lexed) -> Vec<Piece> {
    let seen = lexed.tokens.iter().filter(|token| !token.kind.is_trivia());
    let mut pieces: Vec<Piece> = seen.map(|&token| Piece::token(token)).collect();
    for start in &lexed.faulty {
        if let Ok(at) = pieces.binary_search_by_key(start, |piece| piece.span.start) {
            pieces[at].damaged = true;
        }
    }
    pieces
}

/// How the chunk before ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// It was a declaration with its brackets in balance.
    Good,
    /// What follows may belong to it.
    Broken,
}

/// Where a chunk stands.
#[derive(Clone, Copy)]
struct Place {
    /// Columns before it.
    indent: u32,
    /// Whether no other declaration comes before it.
    is_first: bool,
}

struct Parser<'a> {
    text: Text<'a>,
    file: File,
    diags: &'a mut Diagnostics,
    /// Edition lines so far, broken ones included.
    edition_lines: usize,
    last: Last,
}

impl Parser<'_> {
    fn chunk(&mut self, pieces: &[Piece], kind: ChunkKind, place: Place) {
        let span = span_of(self.text.file, pieces);
        match kind {
            ChunkKind::Item => self.item(pieces, span, place.is_first),
            ChunkKind::Junk => self.junk(pieces, span, place.indent > 0),
            ChunkKind::Closers => {
                if self.last == Last::Good {
                    let text = pieces.first().and_then(Piece::kind);
                    let text = text.and_then(TokenKind::fixed_text).unwrap_or_default();
                    self.diags.push(stray_closer(span, text));
                }
                self.last = Last::Broken;
            }
            ChunkKind::Semicolons => {
                if self.last == Last::Good {
                    let error = Diagnostic::error(Code::E0009, span, "no `;` stands here");
                    let error = error.label("ends nothing").replace("remove it", span, "");
                    self.diags.push(error);
                }
            }
        }
    }

    fn item(&mut self, pieces: &[Piece], span: Span, is_first: bool) {
        let mut pieces = pieces.to_vec();
        self.restore_keyword(&mut pieces, is_first);
        let head = skip_prefix(&pieces, 0);
        let is_edition = pieces.get(head).is_some_and(|piece| piece.is(TokenKind::Edition));
        if is_edition {
            self.edition_lines += 1;
        }
        if self.diags.len() >= limits::DIAGNOSTICS_MAX {
            // Nobody sees a further report, and what would be parsed is never used.
            return self.error_item(span);
        }
        let parsed = repair::parse(&self.text, Entry::Item, &pieces, self.diags);
        self.last = if parsed.broken { Last::Broken } else { Last::Good };
        match parsed.root {
            Some(Root::Item(item)) => self.file.items.push(*item),
            Some(Root::Edition(edition)) => self.edition(edition, pieces[head].span, is_first),
            Some(Root::Expr(_)) => syrup_diag::bug!("an expression in the place of an item"),
            None if is_edition => {}
            None => self.error_item(span),
        }
    }

    fn error_item(&mut self, span: Span) {
        let item = Item { span, attrs: Vec::new(), public: None, kind: ItemKind::Error };
        self.file.items.push(item);
    }

    /// Reads a misspelt keyword as the one it was meant to be.
    fn restore_keyword(&mut self, pieces: &mut [Piece], is_first: bool) {
        /// Words that start the data of the standard library.
        const RECORD_WORDS: [&str; 2] = ["hook", "target"];
        let head = skip_prefix(pieces, 0);
        let Some(piece) = pieces.get_mut(head).filter(|piece| piece.is(TokenKind::Ident)) else {
            return;
        };
        let range = piece.span.start as usize..piece.span.end as usize;
        let text = self.text.text.get(range).unwrap_or("");
        let words = TokenKind::WORDS
            .iter()
            .filter(|(kind, _)| is_item_word(*kind) && (is_first || *kind != TokenKind::Edition));
        let words: Vec<_> = words.copied().collect();
        if RECORD_WORDS.contains(&text) {
            return;
        }
        let Some(kind) = nearest(text, &words) else { return };
        self.diags.push(did_you_mean(piece.span, text, kind.fixed_text().unwrap_or_default()));
        piece.term = Terminal::Token(kind);
    }

    /// Text that starts like no declaration.
    fn junk(&mut self, pieces: &[Piece], span: Span, indented: bool) {
        let damaged = pieces.iter().any(|piece| piece.damaged);
        if self.last == Last::Good && !damaged {
            let first = pieces.get(skip_prefix(pieces, 0)).or(pieces.first());
            let place = first.map_or(span, |piece| piece.span);
            let range = place.start as usize..place.end as usize;
            let text = super::expect::quoted(self.text.text.get(range).unwrap_or(""));
            let error = Diagnostic::error(Code::E0002, place, format!("unexpected {text}"))
                .label("expected a declaration");
            let error = if indented && !self.file.items.is_empty() {
                error.note("there may be a `}` too many before it")
            } else {
                error.note("statements stand inside of a policy, function or test")
            };
            self.diags.push(error);
        }
        self.last = Last::Broken;
        self.error_item(span);
    }

    /// An edition line that could be read.
    fn edition(&mut self, edition: Edition, keyword: Span, is_first: bool) {
        if !is_first {
            let message = if self.edition_lines > 1 {
                "the edition is given twice"
            } else {
                "the edition line comes before everything else"
            };
            let error = Diagnostic::error(Code::E0007, edition.span, message);
            self.diags.push(error.label("move it to the first line, or remove it"));
        } else if edition.year != EDITION {
            let place = Span::new(keyword.file, keyword.end, edition.span.end);
            let message = format!("edition {} is unknown", edition.year);
            let error = Diagnostic::error(Code::E0007, edition.span, message)
                .label(format!("this compiler knows edition {EDITION}"))
                .replace(format!("write `edition {EDITION};`"), place, format!(" {EDITION};"));
            self.diags.push(error);
        }
        self.file.edition.get_or_insert(edition);
    }

    fn check_edition(&mut self, pieces: &[Piece]) {
        if self.edition_lines > 0 {
            return;
        }
        let start = Span::new(self.text.file, 0, 0);
        let place = pieces.first().map_or(start, |piece| piece.span.before());
        let error = Diagnostic::error(Code::E0007, place, "the edition is missing")
            .label(format!("expected `edition {EDITION};` before this"))
            .note("the edition fixes what the words of a policy mean")
            .replace(
                format!("insert `edition {EDITION};` as the first line"),
                start,
                format!("edition {EDITION};\n"),
            );
        self.diags.push(error);
    }
}
