//! What the parser reads: tokens without trivia, and the marks that repair puts among them.

use super::token::{Token, TokenKind};
use syrup_diag::{FileId, Span};

/// A terminal of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terminal {
    /// A token of the text.
    Token(TokenKind),
    /// A place where something is missing or was cut out.
    Hole(Hole),
    /// The first terminal: which sentence of the language follows.
    Entry(Entry),
}

/// What belongs into a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hole {
    /// An expression or pattern.
    Expr,
    /// A type.
    Type,
    /// A name after a dot.
    Name,
    /// A statement, field, case or handler.
    Node,
}

/// The sentences of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A declaration or the edition line.
    Item,
    /// An expression.
    Expr,
}

/// A terminal and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Which terminal.
    pub term: Terminal,
    /// Where; empty for what is missing.
    pub span: Span,
    /// Whether what it stands for was reported already: errors next to it stay silent.
    pub damaged: bool,
}

impl Piece {
    /// A token that stands in the text.
    pub fn token(token: Token) -> Piece {
        if token.kind == TokenKind::Error {
            return Piece { term: Terminal::Hole(Hole::Expr), span: token.span, damaged: true };
        }
        Piece { term: Terminal::Token(token.kind), span: token.span, damaged: false }
    }

    /// A terminal that repair puts in the place of `span`.
    pub fn repaired(term: Terminal, span: Span) -> Piece {
        Piece { term, span, damaged: true }
    }

    /// The token it is, unless it is a mark of repair.
    pub fn kind(&self) -> Option<TokenKind> {
        match self.term {
            Terminal::Token(kind) => Some(kind),
            Terminal::Hole(_) | Terminal::Entry(_) => None,
        }
    }

    /// Whether it is this token.
    pub fn is(&self, kind: TokenKind) -> bool {
        self.term == Terminal::Token(kind)
    }
}

/// The span from the first to the last of some pieces.
pub(super) fn span_of(file: FileId, pieces: &[Piece]) -> Span {
    match pieces {
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
        [] => Span::new(file, 0, 0),
    }
}
