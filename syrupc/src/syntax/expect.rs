//! What the parser expected, as a sentence.
//!
//! In: the place of an error, and what was found to be missing there. Out: a diagnostic with an
//! edit where what to write is certain.

use super::piece::{Hole, Terminal};
use super::site::{Group, Site};
use super::token::TokenKind;
use syrup_diag::{Code, Diagnostic};

/// Reports that something is missing before the error.
pub(super) fn missing(site: &Site<'_>, with: &[Terminal]) -> Diagnostic {
    if let [Terminal::Token(TokenKind::Semi)] = with
        && !may_start_statement(site)
    {
        return unexpected(site);
    }
    let what = missing_what(site, with);
    let place = site.insertion(site.at);
    let before = match site.at.checked_sub(1) {
        Some(before) => format!(" after {}", quoted(site.slice(before..before + 1))),
        None => String::new(),
    };
    let at_end = site.at >= site.pieces.len() || site.starts_line(site.at);
    let ends_unit = matches!(with, [Terminal::Token(TokenKind::Semi | TokenKind::Comma)]);
    let message =
        if ends_unit { format!("expected {what}") } else { format!("expected {what}{before}") };
    // Something missing is shown where it goes. Where the next word stands on the same line,
    // that word shows better what the parser met instead.
    let error = Diagnostic::error(Code::E0002, place, message);
    let error = if at_end || ends_unit {
        error.label("here")
    } else {
        error.label(format!("before {}", quoted(site.slice(site.at..site.at + 1))))
    };
    match with {
        [Terminal::Token(kind)] => {
            let text = kind.fixed_text().unwrap_or_default();
            let spaced = match kind {
                TokenKind::Semi | TokenKind::Comma | TokenKind::Colon => text.to_owned(),
                _ => format!(" {text}"),
            };
            error.replace(format!("insert `{text}`"), place, spaced)
        }
        _ => error,
    }
}

/// Whether the piece at the error looks like the start of the next statement.
fn may_start_statement(site: &Site<'_>) -> bool {
    use TokenKind::{Expect, For, If, Let, Match, RBrace, Return, Update, Var};
    match site.kind(site.at) {
        None => true,
        Some(Let | Var | For | Expect | If | Match | Return | Update | RBrace) => true,
        Some(_) => site.starts_line(site.at),
    }
}

/// What is missing, in words.
fn missing_what(site: &Site<'_>, with: &[Terminal]) -> String {
    use TokenKind::{Arrow, Colon, Comma, Else, Eq, FatArrow, LBrace, LBracket, LParen, Semi};
    let opener = site.enclosing(site.at);
    let text = match with {
        [Terminal::Token(Semi)] => match opener {
            Some(_) => "`;` after this statement",
            None => "`;` after this declaration",
        },
        [Terminal::Token(Comma)] => return format!("`,` after this {}", entry_name(site, opener)),
        [Terminal::Token(Colon), Terminal::Hole(_), ..] => "`:` and a type",
        [Terminal::Token(Eq), Terminal::Hole(_), ..] => "`=` and a value",
        [Terminal::Token(Arrow), Terminal::Hole(_), ..] => "`->` and a type",
        [Terminal::Token(FatArrow), Terminal::Hole(_), ..] => "`=>` and what this arm gives",
        [Terminal::Token(Else), Terminal::Hole(_), ..] => "`else` and a verdict for an empty set",
        [Terminal::Token(LBracket), ..] => "the capacity in square brackets",
        [Terminal::Token(LParen), ..] => "the names it binds, in parentheses,",
        [Terminal::Token(LBrace), ..] => "a block in braces",
        [Terminal::Token(kind), ..] => {
            return format!("`{}`", kind.fixed_text().unwrap_or_default());
        }
        [Terminal::Hole(Hole::Expr), Terminal::Token(FatArrow), ..] => "at least one arm",
        [Terminal::Hole(Hole::Expr), ..] if site.expects("_") => "a pattern",
        [Terminal::Hole(Hole::Expr), ..] => "an expression",
        [Terminal::Hole(Hole::Type), ..] => "a type",
        [Terminal::Hole(Hole::Name), ..] => "a name",
        [Terminal::Hole(Hole::Node), ..] => {
            return format!("at least one {}", entry_name(site, opener));
        }
        [Terminal::Entry(_), ..] | [] => "more",
    };
    text.to_owned()
}

/// What the entries of a group are called.
fn entry_name(site: &Site<'_>, opener: Option<usize>) -> &'static str {
    let Some(opener) = opener else { return "part" };
    let head = super::split::skip_prefix(site.pieces, 0);
    match (site.group(opener), site.kind(opener)) {
        (Group::Arms, _) => "arm",
        (Group::Handlers, _) => "handler",
        (Group::Block, _) => "statement",
        (Group::List, Some(TokenKind::LParen)) => "argument",
        (Group::List, Some(TokenKind::LBracket)) => "element",
        (Group::List, _) => match site.kind(head) {
            Some(TokenKind::Enum) => "case",
            Some(TokenKind::Struct | TokenKind::Header) => "field",
            _ => "entry",
        },
    }
}

/// Reports a piece that cannot stand where it does.
pub(super) fn unexpected(site: &Site<'_>) -> Diagnostic {
    let wanted = wanted(site);
    let Some(piece) = site.pieces.get(site.at) else {
        let place = site.insertion(site.at);
        let message = match &wanted {
            Some(wanted) => format!("this ends too early: expected {wanted}"),
            None => "this ends too early".to_owned(),
        };
        return Diagnostic::error(Code::E0002, place, message).label("here");
    };
    let found = quoted(site.slice(site.at..site.at + 1));
    let kind = piece.kind();
    if kind.is_some_and(super::split::is_hard_item_word) && site.expects("let") {
        return Diagnostic::error(Code::E0002, piece.span, "a declaration inside of a block")
            .label("declarations stand outside of policies, functions and tests");
    }
    let Some(wanted) = wanted else {
        return Diagnostic::error(Code::E0002, piece.span, format!("unexpected {found}"));
    };
    if kind.is_some_and(TokenKind::is_word) && wanted == A_NAME {
        let message = format!("{found} is a keyword and cannot be a name here");
        return Diagnostic::error(Code::E0002, piece.span, message).label("expected a name");
    }
    let before = site.at.checked_sub(1).map(|before| quoted(site.slice(before..before + 1)));
    let follows_word = site.before(1).is_some_and(TokenKind::is_word);
    let is_closer = kind.is_some_and(|kind| super::split::opener_of(kind).is_some());
    match before {
        // What is missing belongs to the line before.
        Some(before) if site.starts_line(site.at) || is_closer => {
            let message = format!("expected {wanted} after {before}");
            Diagnostic::error(Code::E0002, site.insertion(site.at), message).label("here")
        }
        Some(before) if follows_word => {
            let message = format!("expected {wanted} after {before}");
            Diagnostic::error(Code::E0002, piece.span, message).label(format!("found {found}"))
        }
        Some(_) | None => Diagnostic::error(Code::E0002, piece.span, format!("unexpected {found}"))
            .label(format!("expected {wanted}")),
    }
}

/// What is wanted where a name is.
const A_NAME: &str = "a name";

/// What could have stood at the error, in words; nothing where that is too much to say.
pub(super) fn wanted(site: &Site<'_>) -> Option<String> {
    const NAMES_MAX: usize = 3;
    let words = if site.expects("let") {
        "a statement"
    } else if site.expects("policy") {
        "a declaration"
    } else if site.wants_expr() && site.expects("_") {
        "a pattern"
    } else if site.wants_expr() {
        "an expression"
    } else if site.expects("#type") {
        "a type"
    } else if site.expects("ident") {
        A_NAME
    } else {
        ""
    };
    if !words.is_empty() {
        return Some(words.to_owned());
    }
    let is_mark = |name: &str| {
        matches!(name, ";" | "," | ":" | "=>" | "->" | "=" | "{" | "}" | ")" | "]")
            || matches!(name, "(" | "[") && !site.expects(".")
            || name.starts_with(|c: char| c.is_ascii_lowercase())
    };
    let mut names: Vec<String> = site
        .expected
        .iter()
        .filter(|name| !name.starts_with('#') && is_mark(name))
        .map(|name| match name.as_str() {
            "str" => "a string".to_owned(),
            "int" => "a number".to_owned(),
            name => format!("`{name}`"),
        })
        .collect();
    if site.expects("+") {
        names
            .retain(|name| matches!(name.as_str(), "`;`" | "`,`" | "`)`" | "`]`" | "`{`" | "`=>`"));
        names.push("an operator".to_owned());
    }
    match names.as_slice() {
        [only] => Some(only.clone()),
        [first @ .., last] if names.len() <= NAMES_MAX => {
            Some(format!("{} or {last}", first.join(", ")))
        }
        _ => None,
    }
}

/// A text in backticks; long ones are cut.
pub(super) fn quoted(text: &str) -> String {
    const CHARS_MAX: usize = 30;
    let line = text.lines().next().unwrap_or("");
    let mut out: String = line.chars().take(CHARS_MAX).collect();
    if out.len() < text.len() {
        out.push_str("...");
    }
    format!("`{out}`")
}
