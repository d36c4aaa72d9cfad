//! Whether a formatted text still says the same.
//!
//! In: a file, its text and the formatted text. Out: the first difference in tokens, comments or
//! trees. Only a comma behind the last entry of a list may come or go.

use crate::syntax::ast::File;
use crate::syntax::token::TokenKind;
use crate::syntax::{dump_ast, parse};
use syrup_diag::Diagnostics;

/// The first difference.
pub(super) fn difference(file: &File, text: &str, formatted: &str) -> Option<String> {
    let mut diags = Diagnostics::new();
    let again = parse(file.id, formatted, &mut diags);
    if let Some(first) = diags.iter().next() {
        return Some(format!("the formatted text is broken: {}", first.message));
    }
    let first = |what: &str, before: Vec<String>, after: Vec<String>| {
        let n_same = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
        let show = |list: &[String]| list.get(n_same).cloned().unwrap_or_default();
        (before != after).then(|| format!("{what} `{}` became `{}`", show(&before), show(&after)))
    };
    first("the token", words(file, text), words(&again, formatted))
        .or_else(|| first("the comment", comments(file, text), comments(&again, formatted)))
        .or_else(|| first("the node", nodes(file), nodes(&again)))
}

/// Tokens that mean something.
fn words(file: &File, text: &str) -> Vec<String> {
    let seen = file.tokens.iter().filter(|token| !token.kind.is_trivia());
    let mut words: Vec<String> = Vec::new();
    for token in seen {
        let closes = matches!(
            token.kind,
            TokenKind::RParen | TokenKind::RBracket | TokenKind::RBrace | TokenKind::Gt
        );
        if closes && words.last().is_some_and(|word| word == ",") {
            words.pop();
        }
        words.push(text[token.span.start as usize..token.span.end as usize].to_owned());
    }
    words
}

fn comments(file: &File, text: &str) -> Vec<String> {
    let notes = file.tokens.iter().filter(|token| {
        matches!(token.kind, TokenKind::Comment | TokenKind::Doc | TokenKind::BlockComment)
    });
    let texts = notes.map(|token| &text[token.span.start as usize..token.span.end as usize]);
    texts.map(|text| text.trim_end().to_owned()).collect()
}

/// Nodes of the tree without their places.
fn nodes(file: &File) -> Vec<String> {
    let dump = dump_ast(file);
    dump.lines().map(|line| line.rsplit_once(' ').map_or(line, |row| row.0).to_owned()).collect()
}
