//! Cuts a file into declarations before any of them is parsed.
//!
//! In: the pieces of a file. Out: ranges that cover them, each parsed on its own, so that a
//! broken declaration cannot swallow the next one.
//! Rests on two facts of the grammar: no declaration stands inside another, and no place inside
//! a declaration has a keyword of a declaration followed by a name.

use super::layout::Layout;
use super::piece::Piece;
use super::token::TokenKind;
use std::ops::Range;

/// One cut of a file.
pub(super) struct Chunk {
    /// Which pieces.
    pub range: Range<usize>,
    /// What they look like.
    pub kind: ChunkKind,
}

/// What a chunk looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ChunkKind {
    /// A declaration or the edition line, perhaps broken.
    Item,
    /// Something that starts like no declaration.
    Junk,
    /// Closing brackets that nothing opened.
    Closers,
    /// Semicolons on their own.
    Semicolons,
}

/// The open brackets at a place.
#[derive(Default)]
pub(super) struct Open {
    stack: Vec<TokenKind>,
    n_braces: usize,
}

/// Levels that a `)` or `]` looks down for its opener: bounds the work on hostile input.
const CLOSE_LEVELS_MAX: usize = 64;

impl Open {
    pub fn depth(&self) -> usize {
        self.stack.len()
    }

    pub fn push(&mut self, opener: TokenKind) {
        self.n_braces += usize::from(opener == TokenKind::LBrace);
        self.stack.push(opener);
    }

    /// Closes the innermost levels.
    pub fn pop_levels(&mut self, n: usize) {
        for _ in 0..n {
            let opener = self.stack.pop();
            self.n_braces -= usize::from(opener == Some(TokenKind::LBrace));
        }
    }

    /// How many levels a closer ends, its own included; nothing where it closes nothing.
    ///
    /// A `}` ends parentheses inside of its braces; a `)` never ends braces.
    pub fn levels_closed(&self, closer: TokenKind) -> Option<usize> {
        let opener = opener_of(closer)?;
        if opener == TokenKind::LBrace && self.n_braces == 0 {
            return None;
        }
        for (idx, &open) in self.stack.iter().rev().enumerate() {
            if open == opener {
                return Some(idx + 1);
            }
            if opener != TokenKind::LBrace && (open == TokenKind::LBrace || idx >= CLOSE_LEVELS_MAX)
            {
                return None;
            }
        }
        None
    }

    /// How many parentheses and square brackets are open inside of the innermost braces.
    pub fn parens(&self) -> usize {
        self.stack.iter().rev().take_while(|&&open| open != TokenKind::LBrace).count()
    }
}

/// The opening bracket of a closing one.
pub(super) fn opener_of(closer: TokenKind) -> Option<TokenKind> {
    match closer {
        TokenKind::RParen => Some(TokenKind::LParen),
        TokenKind::RBracket => Some(TokenKind::LBracket),
        TokenKind::RBrace => Some(TokenKind::LBrace),
        _ => None,
    }
}

/// The closing bracket of an opening one.
pub(super) fn closer_of(opener: TokenKind) -> Option<TokenKind> {
    match opener {
        TokenKind::LParen => Some(TokenKind::RParen),
        TokenKind::LBracket => Some(TokenKind::RBracket),
        TokenKind::LBrace => Some(TokenKind::RBrace),
        _ => None,
    }
}

/// Whether a statement starts here and nowhere else: parentheses cannot be open before it.
pub(super) fn is_statement_word(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Let | TokenKind::Var | TokenKind::For | TokenKind::Expect)
}

/// Whether it starts a declaration wherever it stands.
pub(super) fn is_hard_item_word(kind: TokenKind) -> bool {
    use TokenKind::{Const, Edition, Enum, Executors, Fn, Param, Policy, Struct, Use};
    matches!(kind, Edition | Use | Const | Param | Enum | Struct | Executors | Fn | Policy)
}

/// Whether a declaration may start with it.
pub(super) fn is_item_word(kind: TokenKind) -> bool {
    use TokenKind::{Header, Map, Queue, State, Test};
    is_hard_item_word(kind) || matches!(kind, Header | Map | Queue | State | Test)
}

/// Whether the declaration ends with `;` and may hold braces before it.
fn ends_with_semicolon(kind: TokenKind) -> bool {
    use TokenKind::{Const, Edition, Executors, Map, Param, Queue, State, Use};
    matches!(kind, Edition | Use | Const | Param | Map | State | Executors | Queue)
}

/// Cuts a file into chunks.
pub(super) fn split(pieces: &[Piece], layout: &Layout) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let run = |test: fn(TokenKind) -> bool| {
            let rest = pieces[at..].iter();
            at + rest.take_while(|piece| piece.kind().is_some_and(test)).count()
        };
        let closers_end = run(|kind| opener_of(kind).is_some());
        let semicolons_end = run(|kind| kind == TokenKind::Semi);
        let (end, kind) = if closers_end > at {
            (closers_end, ChunkKind::Closers)
        } else if semicolons_end > at {
            (semicolons_end, ChunkKind::Semicolons)
        } else {
            let head = skip_prefix(pieces, at);
            let end = item_end(pieces, layout, at, head).max(at + 1);
            (end, if is_head(pieces, head) { ChunkKind::Item } else { ChunkKind::Junk })
        };
        chunks.push(Chunk { range: at..end, kind });
        at = end;
    }
    chunks
}

/// Where the attributes and `pub` before a declaration end.
pub(super) fn skip_prefix(pieces: &[Piece], mut at: usize) -> usize {
    let is = |at: usize, kind| pieces.get(at).is_some_and(|piece: &Piece| piece.is(kind));
    loop {
        if is(at, TokenKind::Pub) {
            at += 1;
        } else if is(at, TokenKind::At) {
            at += 1 + usize::from(is(at + 1, TokenKind::Ident));
            if is(at, TokenKind::LParen) {
                at = skip_parens(pieces, at);
            }
        } else {
            return at;
        }
    }
}

/// Where a parenthesis that opens at `at` ends; before a declaration's keyword at the latest.
fn skip_parens(pieces: &[Piece], mut at: usize) -> usize {
    let mut depth = 0usize;
    while let Some(piece) = pieces.get(at) {
        match piece.kind() {
            Some(TokenKind::LParen) => depth += 1,
            Some(TokenKind::RParen) => depth -= 1,
            Some(kind) if is_hard_item_word(kind) || kind == TokenKind::Semi => return at,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    at
}

/// Whether a declaration starts here: a keyword, or a word before a name as of a record.
fn is_head(pieces: &[Piece], head: usize) -> bool {
    match pieces.get(head).and_then(Piece::kind) {
        Some(TokenKind::Ident) => {
            let next = pieces.get(head + 1).and_then(Piece::kind);
            matches!(next, Some(TokenKind::Ident | TokenKind::Str | TokenKind::Int))
        }
        Some(kind) => is_item_word(kind),
        None => head >= pieces.len(),
    }
}

/// Where the chunk that starts at `at` with its keyword at `head` ends.
fn item_end(pieces: &[Piece], layout: &Layout, at: usize, head: usize) -> usize {
    let head_kind = pieces.get(head).and_then(Piece::kind);
    let needs_semicolon = head_kind.is_some_and(ends_with_semicolon);
    let mut open = Open::default();
    let body = if head_kind.is_some_and(is_item_word) { head + 1 } else { head };
    for idx in body..pieces.len() {
        let Some(kind) = pieces[idx].kind() else { continue };
        if idx > at && starts_next(pieces, layout, at, idx, open.depth()) {
            return prefix_start(pieces, body, idx);
        }
        match kind {
            TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace => open.push(kind),
            TokenKind::Semi => {
                open.pop_levels(open.parens());
                if open.depth() == 0 {
                    return idx + 1;
                }
            }
            TokenKind::RParen | TokenKind::RBracket | TokenKind::RBrace => {
                let closed = open.levels_closed(kind);
                open.pop_levels(closed.unwrap_or(0));
                let is_brace = kind == TokenKind::RBrace;
                if is_brace && closed.is_none() && idx > at {
                    return idx;
                }
                if is_brace && open.depth() == 0 && !needs_semicolon {
                    return idx + 1;
                }
            }
            _ => {}
        }
    }
    pieces.len()
}

/// Whether the next declaration starts at `idx`, `depth` levels inside of the one from `at`.
fn starts_next(pieces: &[Piece], layout: &Layout, at: usize, idx: usize, depth: usize) -> bool {
    let Some(kind) = pieces[idx].kind() else { return false };
    let next = pieces.get(idx + 1).and_then(Piece::kind);
    if depth == 0 && matches!(kind, TokenKind::At | TokenKind::Pub) {
        return true;
    }
    if !is_item_word(kind) {
        return false;
    }
    let named = match kind {
        TokenKind::Test => next == Some(TokenKind::Str),
        TokenKind::Edition => next == Some(TokenKind::Int),
        kind if is_hard_item_word(kind) => {
            depth == 0 || next.is_some_and(|next| next == TokenKind::Ident || next.is_word())
        }
        _ => next == Some(TokenKind::Ident),
    };
    // Inside of open brackets only a declaration that is not indented starts anew; one that is
    // stands in the wrong place, and the parser says so.
    let start = prefix_start(pieces, at, idx);
    let is_outside = layout.first_on_line(start) && layout.indent(start) <= layout.indent(at);
    // Behind a dot it is a name, unless somebody stopped typing there.
    named && (is_outside || depth == 0 && !pieces[idx - 1].is(TokenKind::Dot))
}

/// Where the attributes and `pub` before the keyword at `idx` start; not before `least`.
fn prefix_start(pieces: &[Piece], least: usize, idx: usize) -> usize {
    let is = |at: usize, kind| at > least && pieces[at - 1].is(kind);
    let mut start = idx;
    loop {
        if is(start, TokenKind::Pub) {
            start -= 1;
        } else if is(start, TokenKind::Ident) && is(start - 1, TokenKind::At) {
            start -= 2;
        } else if is(start, TokenKind::RParen) {
            let Some(open) = attr_open(pieces, least, start - 1) else { return start };
            start = open;
        } else {
            return start;
        }
    }
}

/// Where the attribute that ends with the `)` at `close` starts.
fn attr_open(pieces: &[Piece], least: usize, close: usize) -> Option<usize> {
    /// Pieces of one attribute's arguments.
    const ARGUMENT_PIECES_MAX: usize = 64;
    let mut depth = 0usize;
    for at in (least..=close).rev().take(ARGUMENT_PIECES_MAX) {
        match pieces[at].kind() {
            Some(TokenKind::RParen) => depth += 1,
            Some(TokenKind::LParen) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let is_attr = at >= least + 2
                && pieces[at - 1].is(TokenKind::Ident)
                && pieces[at - 2].is(TokenKind::At);
            return is_attr.then(|| at - 2);
        }
    }
    None
}
