//! Words that were meant as keywords: misspelt ones and those of other languages.
//!
//! In: the place of an error. Out: a repair, or what to say.

use super::piece::Terminal;
use super::repair::Repair;
use super::site::Site;
use super::token::TokenKind;
use syrup_diag::{Code, Diagnostic};

/// The keyword that a word was most likely meant to be.
pub(super) fn nearest(text: &str, candidates: &[(TokenKind, &'static str)]) -> Option<TokenKind> {
    /// Longer words are no keywords.
    const BYTES_MAX: usize = 16;
    if text.len() > BYTES_MAX || !text.is_ascii() {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let scored = candidates.iter().filter(|(_, word)| *word != "_" && *word != text);
    let scored = scored.map(|&(kind, word)| (distance(&lower, word), kind, word.len()));
    let best = scored.min_by_key(|&(distance, kind, _)| (distance, kind))?;
    let (distance, kind, length) = best;
    let allowed = match length {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    (distance <= allowed).then_some(kind)
}

/// Insertions, deletions, replacements and swaps of neighbours between two short words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(x != y)).min(rows[i][j + 1] + 1);
            best = best.min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// `retrun x;`, `pic w from`
pub(super) fn misspelt(site: &Site<'_>) -> Option<Repair> {
    // Each takes one run of the parser, and the word before is the likelier one.
    let places = [site.at.checked_sub(1), Some(site.at)];
    for at in places.into_iter().flatten() {
        if site.kind(at) != Some(TokenKind::Ident) {
            continue;
        }
        let text = site.slice(at..at + 1);
        let Some(kind) = nearest(text, TokenKind::WORDS) else { continue };
        let Some(word) = kind.fixed_text() else { continue };
        let with = vec![Terminal::Token(kind)];
        if site.passes(at..at + 1, &with, 2) {
            let diagnostic = did_you_mean(site.span(at), text, word);
            return Some(Repair { range: at..at + 1, with, diagnostic });
        }
    }
    None
}

/// Reports a misspelt keyword.
pub(super) fn did_you_mean(span: syrup_diag::Span, text: &str, word: &str) -> Diagnostic {
    let message = format!("`{text}` is no keyword: did you mean `{word}`?");
    Diagnostic::error(Code::E0002, span, message).replace(format!("write `{word}`"), span, word)
}

/// `int x = 3;`, `let mut x = 3;`
pub(super) fn foreign_declaration(site: &Site<'_>) -> Option<Repair> {
    const TYPES: [&str; 14] = [
        "u8", "u16", "u32", "u64", "int", "unsigned", "long", "char", "bool", "auto", "void",
        "__u32", "__u64", "size_t",
    ];
    let at = site.at.checked_sub(1)?;
    if site.kind(site.at) != Some(TokenKind::Ident) || site.kind(at) != Some(TokenKind::Ident) {
        return None;
    }
    let (word, name) = (site.slice(at..at + 1), site.slice(site.at..site.at + 1));
    if word == "mut" && at > 0 && site.kind(at - 1) == Some(TokenKind::Let) {
        let with = vec![Terminal::Token(TokenKind::Var)];
        let span = site.span(at - 1).to(site.span(at));
        return site.passes(at - 1..at + 1, &with, 2).then(|| Repair {
            range: at - 1..at + 1,
            with,
            diagnostic: Diagnostic::error(Code::E0002, span, "a variable is declared with `var`")
                .replace("write `var`", span, "var"),
        });
    }
    let with = vec![Terminal::Token(TokenKind::Let)];
    let fits = TYPES.contains(&word) && site.passes(at..at + 1, &with, 2);
    fits.then(|| {
        let span = site.span(at).to(site.span(site.at));
        let ty = if word.starts_with('u') && word != "unsigned" {
            format!("{name}: {word}")
        } else {
            name.to_owned()
        };
        let diagnostic =
            Diagnostic::error(Code::E0009, span, "a value is named with `let`, its type after it")
                .replace(format!("write `let {ty}`"), span, format!("let {ty}"));
        Repair { range: at..at + 1, with, diagnostic }
    })
}

/// Statements of other languages.
pub(super) fn explain(site: &Site<'_>) -> Option<Diagnostic> {
    const WORDS: [(&str, &str); 9] = [
        ("while", "a loop has a known end: `for i in a..b { ... }`"),
        ("loop", "a loop has a known end: `for i in a..b { ... }`"),
        ("do", "a loop has a known end: `for i in a..b { ... }`"),
        ("switch", "write `match x { A => ..., _ => ... }`"),
        ("case", "write `match x { A => ..., _ => ... }`"),
        ("goto", "write `match` or `if`"),
        ("break", "a loop runs to its end: put the rest under an `if`"),
        ("continue", "a loop runs to its end: put the rest under an `if`"),
        ("sizeof", "no size is ever needed: lengths are checked by the compiler"),
    ];
    let opener = site.enclosing(site.at)?;
    let unit = site.unit(site.group(opener), opener + 1, site.partner[opener], site.at);
    let places = [Some(unit.start), site.at.checked_sub(1), Some(site.at)];
    places.into_iter().flatten().filter(|&at| unit.contains(&at)).find_map(|at| {
        let text = site.slice(at..at + 1);
        let &(_, help) = WORDS.iter().find(|(word, _)| *word == text)?;
        let message = format!("there is no `{text}`");
        Some(Diagnostic::error(Code::E0009, site.span(at), message).help(help))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_keyword() {
        let check = |text: &str, word: Option<&str>| {
            let found = nearest(text, TokenKind::WORDS).and_then(TokenKind::fixed_text);
            assert_eq!(found, word, "{text}");
        };
        check("polcy", Some("policy"));
        check("retrun", Some("return"));
        check("mtach", Some("match"));
        check("Policy", Some("policy"));
        check("fro", Some("for"));
        check("x", None);
        check("request", None);
    }
}
