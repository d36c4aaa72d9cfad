//! Parses one declaration, and repairs it until that succeeds.
//!
//! In: the pieces of a chunk. Out: its tree, and one report for each cause of an error.
//! Where the parser stops, changes are tried from the smallest to the largest: a known slip
//! (`habit`), something put in, something taken out, then larger and larger parts replaced by a
//! hole. The first change that the parser gets past is made, so the next error has another cause.

use super::balance::{balance, missing_closer, too_deep};
use super::expect;
use super::habit;
use super::make::Root;
use super::piece::{Entry, Hole, Piece, Terminal};
use super::site::{EXPR, Failure, Group, Site, Text, attempt};
use super::token::TokenKind;
use std::ops::Range;
use syrup_diag::{Diagnostic, Diagnostics, limits};

/// Repairs of one declaration: who left more errors than this in one reads the first ones first.
const REPAIRS_MAX: usize = 16;

/// A change of the pieces and what to say about it.
pub(super) struct Repair {
    /// What is replaced.
    pub range: Range<usize>,
    /// By what.
    pub with: Vec<Terminal>,
    /// What to report.
    pub diagnostic: Diagnostic,
}

/// A parsed chunk.
pub(super) struct Parsed {
    /// The tree; nothing where nothing could be saved.
    pub root: Option<Root>,
    /// Whether the brackets were wrong, so that what follows the chunk may belong to it.
    pub broken: bool,
}

/// Parses the pieces of one declaration or expression.
pub(super) fn parse(
    text: &Text<'_>,
    entry: Entry,
    pieces: &[Piece],
    diags: &mut Diagnostics,
) -> Parsed {
    let balanced = balance(text.text, pieces);
    let mut run = Run {
        text,
        entry,
        pieces: balanced.pieces,
        found: balanced.faults,
        guess_from: balanced.guess_from.unwrap_or(usize::MAX),
        broken: balanced.guess_from.is_some(),
    };
    let n_known = diags.len();
    for _ in 0..REPAIRS_MAX {
        match attempt(text, entry, &run.pieces) {
            (Ok(root), deep) => {
                run.found.extend(deep.filter(|_| !balanced.too_deep).map(too_deep));
                diags.extend(run.found);
                return Parsed { root: Some(root), broken: run.broken };
            }
            (Err(failure), _) => {
                // Where the list is full nobody sees a further report, and repairs are work.
                let full = n_known + run.found.len() >= limits::DIAGNOSTICS_MAX;
                if full || !run.repair(failure) {
                    break;
                }
            }
        }
    }
    diags.extend(run.found);
    Parsed { root: None, broken: run.broken }
}

/// One declaration under repair.
struct Run<'a> {
    text: &'a Text<'a>,
    entry: Entry,
    pieces: Vec<Piece>,
    /// What to report.
    found: Vec<Diagnostic>,
    /// From here on errors follow from what was reported.
    guess_from: usize,
    broken: bool,
}

impl Run<'_> {
    /// Repairs one error; gives whether that was possible.
    fn repair(&mut self, failure: Failure) -> bool {
        let budget = self.text.budget.get();
        self.text.budget.set(budget.saturating_sub(self.pieces.len()));
        let site = Site::new(self.text, self.entry, &self.pieces, failure);
        if let Some(closer) = site.misplaced_closer() {
            self.move_closer(closer, site.at, site.partner[closer]);
            return true;
        }
        let silent = site.at >= self.guess_from || site.is_damaged() || habit::is_repeated(&site);
        // Without its opening brace, the body of a declaration looks like anything.
        let is_headless = site.enclosing(site.at).is_none()
            && (site.expects("{") || site.starts_line(site.at) && ends_with_brace(&site));
        let repair = find(&site);
        let diagnostic = match &repair {
            Some(repair) => repair.diagnostic.clone(),
            None => expect::unexpected(&site),
        };
        if !silent {
            self.found.push(diagnostic);
        }
        if is_headless || repair.is_none() {
            self.guess_from = 0;
        }
        let missing_brace = repair.as_ref().is_some_and(|repair| {
            repair.with == EMPTY_BLOCK || site.expects("{") && site.starts_line(site.at)
        });
        if missing_brace {
            self.guess_from = self.guess_from.min(site.at);
        }
        self.broken |= is_headless || repair.is_none() || missing_brace;
        let Some(repair) = repair else { return false };
        let with = site.replacement(&repair.range, &repair.with);
        self.pieces.splice(repair.range, with);
        true
    }

    /// Moves a closing bracket that was put in, and its report, to the place of the error.
    fn move_closer(&mut self, closer: usize, at: usize, opener: usize) {
        let mut piece = self.pieces.remove(closer);
        let (old, open) = (piece.span, self.pieces[opener]);
        let place = self.pieces[at - 1].span.after();
        piece.span = place;
        self.pieces.insert(at, piece);
        let is_its_report = |fault: &&mut Diagnostic| {
            fault.primary.span == old && fault.secondary.iter().any(|label| label.span == open.span)
        };
        if let (Some(fault), Some(kind)) = (self.found.iter_mut().find(is_its_report), open.kind())
        {
            *fault = missing_closer(kind, open.span, place);
        }
    }
}

/// Whether the declaration ends with a body in braces.
fn ends_with_brace(site: &Site<'_>) -> bool {
    use TokenKind::{Enum, Fn, Header, Policy, Struct, Test};
    let head = super::split::skip_prefix(site.pieces, 0);
    matches!(site.kind(head), Some(Enum | Fn | Header | Policy | Struct | Test))
}

/// The smallest change that gets the parser past the error.
fn find(site: &Site<'_>) -> Option<Repair> {
    habit::find(site)
        .or_else(|| insertion(site, insertions()))
        .or_else(|| before_block(site))
        .or_else(|| insertion(site, vec![EMPTY_BLOCK.to_vec()]))
        .or_else(|| deletion(site))
        .or_else(|| larger(site, habit::explain(site).unwrap_or_else(|| expect::unexpected(site))))
}

/// Pieces that the parser must get past what was put in: two, so that a guess is no accident.
const TRIAL_PIECES: usize = 2;

const fn token(kind: TokenKind) -> Terminal {
    Terminal::Token(kind)
}

/// What is tried where something is missing, in this order.
fn insertions() -> Vec<Vec<Terminal>> {
    use TokenKind::{Arrow, Colon, Comma, Else, Eq, FatArrow, From, In, Semi};
    use TokenKind::{LBracket, LParen, RBracket, RParen};
    let (name, ty, node) =
        (Terminal::Hole(Hole::Name), Terminal::Hole(Hole::Type), Terminal::Hole(Hole::Node));
    let mut all: Vec<Vec<Terminal>> =
        [Semi, Comma, FatArrow, Colon, Eq, Arrow, In, From].map(|kind| vec![token(kind)]).into();
    for hole in [EXPR, name, ty] {
        all.push(vec![hole]);
        all.push(vec![hole, token(Semi)]);
        all.push(vec![hole, token(Comma)]);
    }
    all.extend([
        vec![ty, token(Eq)],
        vec![ty, token(Eq), EXPR],
        vec![token(Eq), EXPR],
        vec![token(Eq), EXPR, token(Semi)],
        vec![token(Colon), ty],
        vec![token(Colon), ty, token(Semi)],
        vec![token(Arrow), ty],
        vec![token(Else), EXPR],
        vec![token(Else), EXPR, token(Semi)],
        vec![token(LBracket), EXPR, token(RBracket)],
        vec![token(LParen), token(RParen)],
        vec![token(FatArrow), EXPR],
        vec![token(FatArrow), EXPR, token(Comma)],
        vec![EXPR, token(FatArrow), EXPR],
        vec![node],
    ]);
    all
}

/// Something that is missing before the error.
fn insertion(site: &Site<'_>, list: Vec<Vec<Terminal>>) -> Option<Repair> {
    let with = list.into_iter().find(|with| {
        let first = with.first().copied();
        // Where any name fits, a keyword would fit as a name.
        let is_word = matches!(first, Some(Terminal::Token(kind)) if kind.is_soft_word());
        let first = first.filter(|_| !is_word || !site.expects("#name"));
        let first = first.filter(|&term| term != token(TokenKind::Comma) || comma_may_follow(site));
        first.and_then(terminal_name).is_some_and(|first| site.expects(first))
            && site.passes(site.at..site.at, with, TRIAL_PIECES)
    })?;
    let diagnostic = expect::missing(site, &with);
    Some(Repair { range: site.at..site.at, with, diagnostic })
}

/// Whether the next arm may start at the error: arms stand on lines of their own.
fn comma_may_follow(site: &Site<'_>) -> bool {
    let in_arms = site.enclosing(site.at).is_some_and(|open| site.group(open) == Group::Arms);
    !in_arms || site.starts_line(site.at) || site.before(1) == Some(TokenKind::RBrace)
}

/// The name of a terminal in the grammar.
fn terminal_name(term: Terminal) -> Option<&'static str> {
    match term {
        Terminal::Token(kind) => kind.fixed_text(),
        Terminal::Hole(Hole::Expr) => Some("#expr"),
        Terminal::Hole(Hole::Type) => Some("#type"),
        Terminal::Hole(Hole::Name) => Some("#name"),
        Terminal::Hole(Hole::Node) => Some("#node"),
        Terminal::Entry(_) => None,
    }
}

/// A block where one is missing.
const EMPTY_BLOCK: [Terminal; 2] = [token(TokenKind::LBrace), token(TokenKind::RBrace)];

/// Something too much before a block: `if a b { ... }`.
fn before_block(site: &Site<'_>) -> Option<Repair> {
    if !site.expects("{") {
        return None;
    }
    let mut end = site.at;
    while !matches!(site.kind(end)?, TokenKind::LBrace) {
        let kind = site.kind(end)?;
        if kind == TokenKind::Semi || super::split::opener_of(kind).is_some() {
            return None;
        }
        end = site.next(end);
    }
    let range = site.at..end;
    (end > site.at && site.passes(range.clone(), &[], TRIAL_PIECES)).then(|| Repair {
        range,
        with: Vec::new(),
        diagnostic: habit::explain(site).unwrap_or_else(|| expect::unexpected(site)),
    })
}

/// One piece too many.
fn deletion(site: &Site<'_>) -> Option<Repair> {
    let is_bracket = site.partner.get(site.at).is_some_and(|&partner| partner != site.at);
    if site.at >= site.pieces.len() || is_bracket {
        return None;
    }
    let range = site.at..site.at + 1;
    site.passes(range.clone(), &[], TRIAL_PIECES).then(|| Repair {
        range,
        with: Vec::new(),
        diagnostic: habit::explain(site).unwrap_or_else(|| expect::unexpected(site)),
    })
}

/// The smallest part around the error that can be replaced by a hole.
pub(super) fn larger(site: &Site<'_>, diagnostic: Diagnostic) -> Option<Repair> {
    let mut at = site.at;
    loop {
        let opener = site.enclosing(at);
        let found = cuts(site, opener, at)
            .into_iter()
            .find(|(range, with)| range.start <= range.end && site.passes(range.clone(), with, 1));
        if let Some((range, with)) = found {
            return Some(Repair { range, with, diagnostic });
        }
        at = opener?;
    }
}

/// What may be replaced in the group of `opener`, from the smallest to the largest part, so that
/// the error at `at` goes with it. Outside of any group there is the whole.
fn cuts(site: &Site<'_>, opener: Option<usize>, at: usize) -> Vec<(Range<usize>, Vec<Terminal>)> {
    let (node, ty) = (Terminal::Hole(Hole::Node), Terminal::Hole(Hole::Type));
    let Some(opener) = opener else {
        return match site.entry {
            Entry::Expr => vec![(0..site.pieces.len(), vec![EXPR])],
            Entry::Item => item_cuts(site, at),
        };
    };
    let (start, end) = (opener + 1, site.partner[opener]);
    let group = site.group(opener);
    let unit = site.unit(group, start, end, at);
    let (marks, after) = marks(site, &unit, at);
    let ends_with_semicolon = unit.end > unit.start
        && site.kind(unit.end - 1) == Some(TokenKind::Semi)
        && group == Group::Block;
    let content_end = unit.end - usize::from(ends_with_semicolon);
    let mut cuts = Vec::new();
    for mark in marks.into_iter().rev() {
        if mark < content_end {
            cuts.push((mark + 1..content_end, vec![EXPR]));
            cuts.push((mark + 1..content_end, vec![ty]));
        }
    }
    if let Some(arrow) = after {
        cuts.push((unit.start..arrow, vec![EXPR]));
    }
    if group != Group::Block || unit.end == end {
        cuts.push((unit.clone(), vec![EXPR]));
    }
    cuts.push((unit, vec![node]));
    if site.kind(opener) != Some(TokenKind::LBrace) {
        cuts.push((at.min(end)..end, vec![]));
    }
    cuts.extend([(start..end, vec![EXPR]), (start..end, vec![node]), (start..end, vec![])]);
    cuts
}

/// Cuts of a declaration outside of its braces: from the last `:`, `=` or `->` to the error.
fn item_cuts(site: &Site<'_>, at: usize) -> Vec<(Range<usize>, Vec<Terminal>)> {
    let unit = 0..at.max(site.at).min(site.pieces.len());
    let (marks, _) = marks(site, &unit, at);
    let mut cuts = Vec::new();
    for mark in marks.into_iter().rev().take(2) {
        // To the next brace, semicolon or `=`.
        let mut end = mark + 1;
        while end < site.pieces.len() {
            match site.kind(end) {
                Some(TokenKind::LBrace | TokenKind::Semi) => break,
                Some(TokenKind::Eq) if end > at => break,
                _ => end = site.next(end),
            }
        }
        cuts.push((mark + 1..end, vec![Terminal::Hole(Hole::Type)]));
        cuts.push((mark + 1..end, vec![EXPR]));
    }
    cuts
}

/// The marks on the level of a unit that part a name from what it is: those before a place, and
/// the `=>` after it.
fn marks(site: &Site<'_>, unit: &Range<usize>, at: usize) -> (Vec<usize>, Option<usize>) {
    use TokenKind::{Arrow, Colon, Eq, FatArrow};
    let (mut before, mut after) = (Vec::new(), None);
    let mut idx = unit.start;
    while idx < unit.end {
        match site.kind(idx) {
            Some(FatArrow | Colon | Eq | Arrow) if idx < at => before.push(idx),
            Some(FatArrow) if after.is_none() => after = Some(idx),
            _ => {}
        }
        idx = site.next(idx);
    }
    (before, after)
}
