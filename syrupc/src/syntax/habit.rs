//! Slips with a known cause: habits from C and other languages, misspelt keywords, chained
//! comparisons.
//!
//! In: the place of an error. Out: a repair whose message says what to write. Every repair was
//! tried, so the message is right about the cause.

use super::expect::quoted;
use super::piece::Terminal;
use super::repair::Repair;
use super::site::{EXPR, Group, Site};
use super::token::TokenKind;
use super::word;
use std::ops::Range;
use syrup_diag::{Code, Diagnostic, Edit};

/// Pieces that the parser must get past a repair.
const TRIAL_PIECES: usize = 2;

/// The first known slip that explains the error.
pub(super) fn find(site: &Site<'_>) -> Option<Repair> {
    let known: [fn(&Site<'_>) -> Option<Repair>; 14] = [
        chained_comparison,
        block_in_condition,
        arrow_for_dot,
        compound_assignment,
        increment,
        pointer,
        assignment_for_comparison,
        fraction,
        path_colons,
        empty_statement,
        wrong_mark,
        word::misspelt,
        word::foreign_declaration,
        cast,
    ];
    known.iter().find_map(|slip| slip(site))
}

fn token(kind: TokenKind) -> Terminal {
    Terminal::Token(kind)
}

fn tried(
    site: &Site<'_>,
    range: Range<usize>,
    with: Vec<Terminal>,
    diagnostic: impl FnOnce() -> Diagnostic,
) -> Option<Repair> {
    site.passes(range.clone(), &with, TRIAL_PIECES).then(|| Repair {
        range,
        with,
        diagnostic: diagnostic(),
    })
}

fn is_comparison(kind: Option<TokenKind>) -> bool {
    use TokenKind::{EqEq, Ge, Gt, Le, Lt, Ne};
    matches!(kind, Some(EqEq | Ne | Lt | Le | Gt | Ge))
}

/// `a < b < c`
fn chained_comparison(site: &Site<'_>) -> Option<Repair> {
    if !is_comparison(site.kind(site.at)) || site.wants_expr() {
        return None;
    }
    let mut first = site.at;
    while !is_comparison(site.kind(first)) || first == site.at {
        let before = first.checked_sub(1)?;
        first = site.partner[before].min(before);
        if matches!(site.kind(first), Some(TokenKind::LBrace | TokenKind::Semi)) {
            return None;
        }
    }
    let middle = site.slice(first + 1..site.at);
    let place = site.insertion(site.at);
    tried(site, site.at..site.at, vec![token(TokenKind::AndAnd), EXPR], || {
        Diagnostic::error(Code::E0008, site.span(site.at), "comparisons do not chain")
            .label("the second comparison")
            .also(site.span(first), "the first")
            .replace(format!("compare {} twice", quoted(middle)), place, format!(" && {middle}"))
    })
}

/// `if x else { 0 } { ... }`
fn block_in_condition(site: &Site<'_>) -> Option<Repair> {
    let is_block = site.kind(site.at) == Some(TokenKind::LBrace);
    if !is_block || site.before(1) != Some(TokenKind::Else) || !site.wants_expr() {
        return None;
    }
    let word = site.brace_head(site.at)?.fixed_text()?;
    let group = site.at..site.partner[site.at] + 1;
    tried(site, group, vec![EXPR], || {
        let message = format!("no block can follow `else` in what `{word}` asks");
        Diagnostic::error(Code::E0002, site.span(site.at), message)
            .label("the block of `else`, or of the condition?")
            .help("give the value a name first: `let x = ... else { ... };`")
    })
}

/// `a->b`
fn arrow_for_dot(site: &Site<'_>) -> Option<Repair> {
    let span = site.span(site.at);
    if site.kind(site.at) != Some(TokenKind::Arrow) || !site.expects(".") || site.expects("->") {
        return None;
    }
    tried(site, site.at..site.at + 1, vec![token(TokenKind::Dot)], || {
        Diagnostic::error(Code::E0009, span, "fields are read with `.`")
            .label("there are no pointers")
            .replace("write `.`", span, ".")
    })
}

fn is_arithmetic(kind: TokenKind) -> bool {
    use TokenKind::{
        And, AndAnd, Caret, Minus, MinusSat, MinusWrap, Or, OrOr, Percent, Plus, PlusSat, PlusWrap,
        Shl, Shr, Slash, Star, StarWrap,
    };
    let bits = matches!(kind, And | Or | Caret | Shl | Shr | AndAnd | OrOr);
    bits || matches!(
        kind,
        Plus | Minus
            | PlusWrap
            | MinusWrap
            | PlusSat
            | MinusSat
            | Star
            | Slash
            | Percent
            | StarWrap
    )
}

/// The statement around the error.
fn statement(site: &Site<'_>) -> Option<Range<usize>> {
    let opener = site.enclosing(site.at)?;
    (site.group(opener) == Group::Block)
        .then(|| site.unit(Group::Block, opener + 1, site.partner[opener], site.at))
}

/// `x += 1`
fn compound_assignment(site: &Site<'_>) -> Option<Repair> {
    let operator = site.before(1).filter(|&kind| is_arithmetic(kind))?;
    let is_assignment = site.kind(site.at) == Some(TokenKind::Eq) && site.wants_expr();
    if !is_assignment || !site.touches_previous(site.at) {
        return None;
    }
    let op = operator.fixed_text()?;
    let range = site.at - 1..site.at + 1;
    let with = vec![token(TokenKind::Eq), EXPR, token(operator)];
    tried(site, range, with, || {
        let span = site.span(site.at - 1).to(site.span(site.at));
        let error = Diagnostic::error(Code::E0009, span, format!("there is no `{op}=`"));
        let unit = statement(site).unwrap_or(site.at..site.at);
        let place = site.slice(unit.start..site.at - 1);
        let value = site.at + 1..unit.end.max(site.at + 2) - 1;
        if place.is_empty() || value.is_empty() || place.contains('\n') {
            return error.help(format!("write `x = x {op} ...`"));
        }
        let mut edits = vec![Edit { span, text: format!("= {place} {op}") }];
        if value.len() > 1 {
            edits[0].text.push_str(" (");
            let end = site.span(value.end - 1).after();
            edits.push(Edit { span: end, text: ")".to_owned() });
            edits[0].span = span.to(site.span(value.start).before());
        }
        error.fix(format!("write `{place} = {place} {op} ...`"), edits)
    })
}

/// `x++`, `--x`
fn increment(site: &Site<'_>) -> Option<Repair> {
    let is_step = |at: usize| {
        let kind = site.kind(at);
        matches!(kind, Some(TokenKind::Plus | TokenKind::Minus))
            && kind == site.kind(at + 1)
            && site.touches_previous(at + 1)
    };
    let starts = [Some(site.at), site.at.checked_sub(1), site.at.checked_sub(2)];
    let at = starts.into_iter().flatten().find(|&at| is_step(at))?;
    let kind = site.kind(at)?;
    let op = kind.fixed_text()?;
    let span = site.span(at).to(site.span(at + 1));
    let report = || Diagnostic::error(Code::E0009, span, format!("there is no `{op}{op}`"));
    if at == site.at {
        let help = format!("write `x = x {op} 1` as a statement of its own");
        return tried(site, at..at + 2, vec![], || report().help(help));
    }
    tried(site, at..at + 2, vec![token(kind), EXPR], || {
        let unit = statement(site).unwrap_or(at..at);
        let place = site.slice(unit.start..at);
        let is_whole = site.kind(at + 2) == Some(TokenKind::Semi) && !place.is_empty();
        if is_whole && !place.contains('=') {
            let text = format!(" = {place} {op} 1");
            let title = format!("write `{place} = {place} {op} 1`");
            report().replace(title, span, text)
        } else {
            report().help(format!("write `x = x {op} 1` as a statement of its own"))
        }
    })
}

/// `&map`, `*entry`
fn pointer(site: &Site<'_>) -> Option<Repair> {
    use TokenKind::{And, AndAnd, Star};
    let kind = site.kind(site.at).filter(|kind| matches!(kind, And | AndAnd | Star))?;
    let span = site.span(site.at);
    let next_touches = site.touches_previous(site.at + 1);
    if !site.wants_expr() || !next_touches {
        return None;
    }
    tried(site, site.at..site.at + 1, vec![], || {
        let text = kind.fixed_text().unwrap_or_default();
        Diagnostic::error(Code::E0009, span, format!("there are no pointers to make with `{text}`"))
            .label("a name stands for the thing itself")
            .replace("remove it", span, "")
    })
}

/// `if a = b`
fn assignment_for_comparison(site: &Site<'_>) -> Option<Repair> {
    use TokenKind::{AndAnd, Expect, If, Match, OrOr, Where};
    let span = site.span(site.at);
    if site.kind(site.at) != Some(TokenKind::Eq) || !site.expects("==") {
        return None;
    }
    let asks = |kind: Option<TokenKind>| {
        matches!(kind, Some(If | Match | Expect | Where | AndAnd | OrOr | TokenKind::LParen))
    };
    let mut at = site.at;
    while !asks(site.kind(at)) {
        let before = at.checked_sub(1)?;
        at = site.partner[before].min(before);
        if at == before && matches!(site.kind(at), Some(TokenKind::LBrace | TokenKind::Semi)) {
            return None;
        }
    }
    tried(site, site.at..site.at + 1, vec![token(TokenKind::EqEq)], || {
        Diagnostic::error(Code::E0009, span, "`=` assigns, `==` compares")
            .label("in a comparison")
            .replace("write `==`", span, "==")
    })
}

/// `1.5`
fn fraction(site: &Site<'_>) -> Option<Repair> {
    use TokenKind::{Dot, Duration, Int};
    let is_fraction = matches!(site.kind(site.at), Some(Int | Duration))
        && site.before(1) == Some(Dot)
        && site.before(2) == Some(Int)
        && site.touches_previous(site.at)
        && site.touches_previous(site.at - 1);
    if !is_fraction {
        return None;
    }
    tried(site, site.at - 1..site.at + 1, vec![], || {
        let span = site.span(site.at - 2).to(site.span(site.at));
        Diagnostic::error(Code::E0002, span, "numbers are whole")
            .label("there are no fractions")
            .help("use a smaller unit: `1500us` for one and a half milliseconds")
    })
}

/// `a::b`
fn path_colons(site: &Site<'_>) -> Option<Repair> {
    let is_pair = |at: usize| {
        site.kind(at) == Some(TokenKind::Colon)
            && site.kind(at + 1) == Some(TokenKind::Colon)
            && site.touches_previous(at + 1)
    };
    let starts = [Some(site.at), site.at.checked_sub(1)];
    let at = starts.into_iter().flatten().find(|&at| is_pair(at))?;
    let span = site.span(at).to(site.span(at + 1));
    tried(site, at..at + 2, vec![token(TokenKind::Dot)], || {
        Diagnostic::error(Code::E0002, span, "the parts of a name are joined by `.`").replace(
            "write `.`",
            span,
            ".",
        )
    })
}

/// `};` and `;;` inside of a block
fn empty_statement(site: &Site<'_>) -> Option<Repair> {
    let span = site.span(site.at);
    if site.kind(site.at) != Some(TokenKind::Semi) || !site.expects("let") {
        return None;
    }
    tried(site, site.at..site.at + 1, vec![], || {
        let after_brace = site.before(1) == Some(TokenKind::RBrace);
        let (code, message) = if after_brace {
            (Code::E0009, "no `;` follows this `}`")
        } else {
            (Code::E0002, "a `;` too many")
        };
        Diagnostic::error(code, span, message).label("ends nothing").replace("remove it", span, "")
    })
}

/// One mark in the place of another: `=` for `:`, `;` for `,`, `=>` for `->`.
fn wrong_mark(site: &Site<'_>) -> Option<Repair> {
    use TokenKind::{Arrow, Colon, Comma, Eq, FatArrow, Semi};
    const PAIRS: [(TokenKind, TokenKind); 8] = [
        (FatArrow, Arrow),
        (Colon, Arrow),
        (Arrow, FatArrow),
        (Colon, FatArrow),
        (Eq, Colon),
        (Colon, Eq),
        (Semi, Comma),
        (Comma, Semi),
    ];
    let found = site.kind(site.at)?;
    let span = site.span(site.at);
    let right = PAIRS.iter().filter(|pair| pair.0 == found).find_map(|&(_, right)| {
        let text = right.fixed_text()?;
        let fits =
            site.expects(text) && site.passes(site.at..site.at + 1, &[token(right)], TRIAL_PIECES);
        fits.then_some(right)
    })?;
    let (wrong, text) = (found.fixed_text()?, right.fixed_text()?);
    let message = format!("expected `{text}`, found `{wrong}`");
    let mut diagnostic = Diagnostic::error(Code::E0002, span, message);
    if found == Semi
        && let Some(opener) = site.enclosing(site.at)
    {
        let edits = list_semicolons(site, opener);
        let title = if edits.len() == 1 { "write `,`" } else { "write `,` after each" };
        diagnostic = diagnostic.label("`,` stands between the entries").fix(title, edits);
    } else {
        diagnostic = diagnostic.replace(format!("write `{text}`"), span, text);
    }
    Some(Repair { range: site.at..site.at + 1, with: vec![token(right)], diagnostic })
}

/// Edits that make commas of the semicolons between the entries of a group.
fn list_semicolons(site: &Site<'_>, opener: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = opener + 1;
    while at < site.partner[opener] {
        if site.kind(at) == Some(TokenKind::Semi) {
            edits.push(Edit { span: site.span(at), text: ",".to_owned() });
        }
        at = site.next(at);
    }
    edits
}

/// Whether a semicolon between entries was reported already: the others are the same slip.
pub(super) fn is_repeated(site: &Site<'_>) -> bool {
    let Some(opener) = site.enclosing(site.at) else { return false };
    let mut at = opener + 1;
    while site.kind(site.at) == Some(TokenKind::Semi) && at < site.at {
        let piece = &site.pieces[at];
        if piece.is(TokenKind::Comma) && piece.damaged && !piece.span.is_empty() {
            return true;
        }
        at = site.next(at);
    }
    false
}

/// `x as u32`
fn cast(site: &Site<'_>) -> Option<Repair> {
    let is_cast = site.kind(site.at) == Some(TokenKind::As)
        && site.kind(site.at + 1) == Some(TokenKind::Ident)
        && site.expects("+");
    if !is_cast {
        return None;
    }
    tried(site, site.at..site.at + 2, vec![], || {
        let span = site.span(site.at).to(site.span(site.at + 1));
        let ty = site.slice(site.at + 1..site.at + 2);
        Diagnostic::error(Code::E0002, span, "a value is converted by calling the type")
            .help(format!("write `{ty}(...)` around the value"))
    })
}

/// What to say about an error whose cause is known but whose repair is not.
pub(super) fn explain(site: &Site<'_>) -> Option<Diagnostic> {
    let span = site.span(site.at);
    if site.kind(site.at) == Some(TokenKind::Question) && site.expects("+") {
        let error = Diagnostic::error(Code::E0009, span, "there is no `? :`")
            .help("write `if a { b } else { c }`");
        return Some(error);
    }
    word::explain(site)
}
