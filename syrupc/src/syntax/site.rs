//! The place of a syntax error, and trials of what would repair it.
//!
//! In: balanced pieces and where the parser stopped. Out: answers about the surroundings (which
//! group, which statement or entry of a list) and whether the parser gets past a change.
//! A fix that is offered as an edit was tried here first.

use super::make::{Maker, Root};
use super::piece::{Entry, Piece, Terminal};
use super::split::{closer_of, is_statement_word, opener_of};
use super::token::TokenKind;
use super::{grammar, piece::Hole};
use lalrpop_util::ParseError;
use std::cell::Cell;
use std::ops::Range;
use syrup_diag::{FileId, Span};

/// Where the parser stopped.
pub(super) struct Failure {
    /// The piece it could not take; the number of pieces at the end.
    pub at: usize,
    /// The terminals it could have taken.
    pub expected: Vec<String>,
}

/// A text that is parsed, and how much work may still go into repairs.
pub(super) struct Text<'a> {
    /// The file.
    pub file: FileId,
    /// Its text.
    pub text: &'a str,
    /// Pieces that may still be parsed to try repairs.
    pub budget: Cell<usize>,
}

/// One run of the parser.
pub(super) fn attempt(
    text: &Text<'_>,
    entry: Entry,
    pieces: &[Piece],
) -> (Result<Root, Failure>, Option<Span>) {
    let maker = Maker { file: text.file, text: text.text, pieces, too_deep: Cell::new(None) };
    let start = std::iter::once((0, Terminal::Entry(entry), 0));
    let rest = pieces.iter().enumerate();
    let rest = rest.map(|(idx, piece)| (idx as u32, piece.term, idx as u32 + 1));
    let result = grammar::RootParser::new().parse(&maker, start.chain(rest));
    let result = result.map_err(|error| match error {
        ParseError::UnrecognizedToken { token, expected } => {
            Failure { at: token.0 as usize, expected }
        }
        ParseError::UnrecognizedEof { location: _, expected } => {
            Failure { at: pieces.len(), expected }
        }
        ParseError::ExtraToken { token } => Failure { at: token.0 as usize, expected: Vec::new() },
        // There are no other errors: the tokens are ours and no action fails.
        ParseError::InvalidToken { .. } | ParseError::User { error: () } => {
            Failure { at: 0, expected: Vec::new() }
        }
    });
    (result, maker.too_deep.get())
}

/// What a group of brackets holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Group {
    /// Statements.
    Block,
    /// Arms of a `match`.
    Arms,
    /// Handlers of a policy.
    Handlers,
    /// Fields, cases, entries, arguments: parted by commas.
    List,
}

/// The place of an error.
pub(super) struct Site<'a> {
    /// The text.
    pub text: &'a Text<'a>,
    /// What is parsed.
    pub entry: Entry,
    /// The pieces; brackets are balanced.
    pub pieces: &'a [Piece],
    /// The partner of each bracket.
    pub partner: Vec<usize>,
    /// The piece that could not be taken.
    pub at: usize,
    /// The terminals that could.
    pub expected: Vec<String>,
}

impl<'a> Site<'a> {
    /// The site of a failure.
    pub fn new(text: &'a Text<'a>, entry: Entry, pieces: &'a [Piece], failure: Failure) -> Self {
        let mut partner: Vec<usize> = (0..pieces.len()).collect();
        let mut open = Vec::new();
        for (idx, piece) in pieces.iter().enumerate() {
            let Some(kind) = piece.kind() else { continue };
            if closer_of(kind).is_some() {
                open.push(idx);
            } else if opener_of(kind).is_some()
                && let Some(opener) = open.pop()
            {
                partner[idx] = opener;
                partner[opener] = idx;
            }
        }
        let mut expected = failure.expected;
        expected.iter_mut().for_each(|name| *name = name.trim_matches('"').to_owned());
        Site { text, entry, pieces, partner, at: failure.at, expected }
    }

    /// Whether the parser could have taken this terminal.
    pub fn expects(&self, terminal: &str) -> bool {
        self.expected.iter().any(|name| name == terminal)
    }

    /// Whether an operand could have followed.
    pub fn wants_expr(&self) -> bool {
        self.expects("#expr") && self.expects("int")
    }

    /// The token at a place.
    pub fn kind(&self, at: usize) -> Option<TokenKind> {
        self.pieces.get(at).and_then(Piece::kind)
    }

    /// The token some places before the error.
    pub fn before(&self, distance: usize) -> Option<TokenKind> {
        self.at.checked_sub(distance).and_then(|at| self.kind(at))
    }

    /// Whether nothing stands between this piece and the one before.
    pub fn touches_previous(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.pieces.get(before));
        let (Some(before), Some(piece)) = (before, self.pieces.get(at)) else { return false };
        before.span.end == piece.span.start
    }

    /// The text of some pieces.
    pub fn slice(&self, range: Range<usize>) -> &'a str {
        let (Some(first), Some(last)) = (
            self.pieces.get(range.start),
            range.end.checked_sub(1).and_then(|l| self.pieces.get(l)),
        ) else {
            return "";
        };
        self.text.text.get(first.span.start as usize..last.span.end as usize).unwrap_or("")
    }

    /// The span of a piece; the end of the text past the last.
    pub fn span(&self, at: usize) -> Span {
        match self.pieces.get(at) {
            Some(piece) => piece.span,
            None => self.insertion(at),
        }
    }

    /// Where something missing before a piece goes: right after the piece before it.
    pub fn insertion(&self, at: usize) -> Span {
        match at.checked_sub(1).and_then(|before| self.pieces.get(before)) {
            Some(before) => before.span.after(),
            None => self
                .pieces
                .first()
                .map_or(Span::new(self.text.file, 0, 0), |first| first.span.before()),
        }
    }

    /// Whether the piece is the first of its line.
    pub fn starts_line(&self, at: usize) -> bool {
        let gap = self.insertion(at).end as usize..self.span(at).start as usize;
        self.text.text.get(gap).is_some_and(|gap| gap.contains('\n'))
    }

    /// The opener of the innermost group around the gap before a piece.
    pub fn enclosing(&self, at: usize) -> Option<usize> {
        let mut idx = at.min(self.pieces.len());
        while let Some(before) = idx.checked_sub(1) {
            let kind = self.kind(before);
            if kind.is_some_and(|kind| closer_of(kind).is_some()) {
                return Some(before);
            }
            idx = self.partner[before].min(before);
        }
        None
    }

    /// What the group of an opener holds.
    pub fn group(&self, opener: usize) -> Group {
        if self.kind(opener) != Some(TokenKind::LBrace) {
            return Group::List;
        }
        if self.enclosing(opener).is_none() {
            return self.item_group(opener);
        }
        match self.brace_head(opener) {
            Some(TokenKind::Match) => Group::Arms,
            _ => Group::Block,
        }
    }

    /// The word that the braces at `opener` belong to, where they belong to `match` or `if`.
    pub fn brace_head(&self, opener: usize) -> Option<TokenKind> {
        let mut idx = opener;
        while let Some(before) = idx.checked_sub(1) {
            match self.kind(before) {
                Some(word @ (TokenKind::Match | TokenKind::If)) => return Some(word),
                Some(TokenKind::RBrace | TokenKind::Semi | TokenKind::Comma) => return None,
                Some(TokenKind::FatArrow | TokenKind::Return) => return None,
                Some(kind) if closer_of(kind).is_some() => return None,
                _ => idx = self.partner[before].min(before),
            }
        }
        None
    }

    /// What the outermost braces of a declaration hold.
    fn item_group(&self, opener: usize) -> Group {
        let head = super::split::skip_prefix(self.pieces, 0);
        match self.kind(head) {
            Some(TokenKind::Fn | TokenKind::Test) => Group::Block,
            Some(TokenKind::Policy) => match self.kind(head + 2) {
                Some(TokenKind::Arrow) => Group::Handlers,
                _ => Group::Block,
            },
            Some(TokenKind::Const | TokenKind::Param | TokenKind::State) => {
                match self.brace_head(opener) {
                    Some(TokenKind::Match) => Group::Arms,
                    _ => Group::Block,
                }
            }
            _ => Group::List,
        }
    }

    /// The next piece on the same level.
    pub fn next(&self, at: usize) -> usize {
        self.partner.get(at).map_or(at, |&partner| partner.max(at)) + 1
    }

    /// The statement, arm or entry around a place, its `;` included and its `,` not, within a
    /// group of the given kind that reaches from `start` to `end`.
    pub fn unit(&self, group: Group, start: usize, end: usize, at: usize) -> Range<usize> {
        let mut unit_start = start;
        let mut idx = start;
        while idx < end {
            let next = self.next(idx).min(end);
            let is_comma = self.kind(idx) == Some(TokenKind::Comma);
            let ends = match group {
                Group::Arms | Group::List => is_comma,
                Group::Handlers => self.kind(next) == Some(TokenKind::On),
                Group::Block => self.statement_ends(idx, next),
            };
            if ends && next > at {
                return unit_start..if is_comma && group != Group::Block { idx } else { next };
            }
            if ends {
                unit_start = next;
            }
            idx = next;
        }
        unit_start..end
    }

    /// Whether a statement ends with the piece or group at `idx`, before `next`.
    fn statement_ends(&self, idx: usize, next: usize) -> bool {
        use TokenKind::{Expect, For, Given, Ident, If, Let, Match, Pick, Return, Update, Var};
        let is_brace = self.kind(idx) == Some(TokenKind::LBrace);
        match self.kind(next) {
            _ if self.kind(idx) == Some(TokenKind::Semi) => true,
            Some(kind) if is_statement_word(kind) => true,
            Some(Let | Var | Return | If | Match | For | Expect | Given | Update | Pick) => {
                is_brace
            }
            Some(Ident) => is_brace,
            _ => false,
        }
    }

    /// Where the parser must get after a repair at `at`: the end of what stands there.
    fn horizon(&self, at: usize) -> usize {
        let mut idx = at;
        while idx < self.pieces.len() {
            let kind = self.kind(idx);
            let is_closer = kind.is_some_and(|kind| opener_of(kind).is_some());
            let ends = matches!(kind, Some(TokenKind::Semi | TokenKind::Comma)) || is_closer;
            idx = if is_closer { idx + 1 } else { self.next(idx) };
            if ends {
                break;
            }
        }
        idx
    }

    /// Whether the parser gets `distance` pieces past `range` when that is replaced, or past
    /// the end of what follows.
    pub fn passes(&self, range: Range<usize>, with: &[Terminal], distance: usize) -> bool {
        let horizon = self.horizon(range.end);
        let mut pieces = Vec::with_capacity(horizon + with.len());
        pieces.extend_from_slice(&self.pieces[..range.start]);
        pieces.extend(self.replacement(&range, with));
        pieces.extend_from_slice(&self.pieces[range.end..horizon]);
        let budget = self.text.budget.get();
        if budget < pieces.len() {
            return false;
        }
        self.text.budget.set(budget - pieces.len());
        let goal = range.start + with.len() + (horizon - range.end).min(distance);
        match attempt(self.text, self.entry, &pieces).0 {
            Ok(_) => true,
            // Taking something away at the end proves nothing.
            Err(failure) => failure.at >= goal && goal > range.start,
        }
    }

    /// The pieces that stand for `with` in the place of `range`.
    pub fn replacement(&self, range: &Range<usize>, with: &[Terminal]) -> Vec<Piece> {
        let whole = match self.pieces.get(range.clone()) {
            Some([first, .., last]) => first.span.to(last.span),
            Some([only]) => only.span,
            _ => self.insertion(range.start),
        };
        let spans = std::iter::once(whole).chain(std::iter::repeat(whole.after()));
        with.iter().zip(spans).map(|(&term, span)| Piece::repaired(term, span)).collect()
    }

    /// Whether something in the same statement or entry was reported already.
    pub fn is_damaged(&self) -> bool {
        let mut at = self.at;
        loop {
            let opener = self.enclosing(at);
            let unit = match opener {
                Some(open) => self.unit(self.group(open), open + 1, self.partner[open], at),
                None => 0..self.pieces.len(),
            };
            let mut idx = unit.start;
            while idx < unit.end.max(at + 1).min(self.pieces.len()) {
                if self.pieces[idx].damaged {
                    return true;
                }
                idx = self.next(idx);
            }
            let Some(opener) = opener.filter(|&open| self.kind(open) != Some(TokenKind::LBrace))
            else {
                return false;
            };
            if self.pieces[self.partner[opener]].damaged {
                return true;
            }
            at = opener;
        }
    }

    /// The closing bracket that was put in for the innermost group around the error, where the
    /// error is a better place for it: the parser gets past the error with it.
    pub fn misplaced_closer(&self) -> Option<usize> {
        let opener = self.enclosing(self.at)?;
        let closer = self.partner[opener];
        let piece = self.pieces[closer];
        let put_in = piece.damaged && piece.span.is_empty();
        if !put_in || closer <= self.at || self.kind(opener) == Some(TokenKind::LBrace) {
            return None;
        }
        let after = self.pieces[self.at..closer].iter().take(2);
        let pieces: Vec<Piece> =
            self.pieces[..self.at].iter().chain([&piece]).chain(after).copied().collect();
        let fits = match attempt(self.text, self.entry, &pieces).0 {
            Ok(_) => true,
            Err(failure) => failure.at >= pieces.len(),
        };
        fits.then_some(closer)
    }
}

/// Shorthand for the holes.
pub(super) const EXPR: Terminal = Terminal::Hole(Hole::Expr);
