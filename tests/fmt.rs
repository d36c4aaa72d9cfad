//! The formatter: golden files, every policy of the tree, and every policy laid out anew.
//!
//! In: `tests/fmt/NAME.syr` with `NAME.expected` beside it, which `SYRUP_BLESS=1` rewrites, and all
//! `.syr` files. Out: a failure for a text that is not laid out as expected, that changes when it
//! is formatted again, or that the formatter refuses.

use std::path::Path;
use syrup_diag::{Diagnostics, FileId};
use syrup_tests::listing::policies_below;
use syrupc::fmt::{Refusal, format};
use syrupc::syntax;
use syrupc::syntax::token::TokenKind;

/// Formats twice; nothing where the text is broken.
fn formatted(path: &Path, text: &str) -> Option<String> {
    let name = path.strip_prefix(syrup_tests::root()).unwrap_or(path).display().to_string();
    let once = match format(&name, text) {
        Ok(once) => once,
        Err(Refusal::Broken(..)) => return None,
        Err(Refusal::Differs(why)) => panic!("{name}: {why}\n{text}"),
    };
    match format(&name, &once) {
        Ok(twice) => {
            let changed = once.lines().zip(twice.lines()).find(|(a, b)| a != b);
            assert_eq!(changed, None, "{name}: formatted again, it changes");
            assert_eq!(once.len(), twice.len(), "{name}: formatted again, it changes");
        }
        Err(refusal) => panic!("{name}: formatted again: {refusal:?}\n{once}"),
    }
    Some(once)
}

#[test]
fn golden_files() {
    let bless = std::env::var_os("SYRUP_BLESS").is_some_and(|value| value == "1");
    let files = policies_below("tests/fmt");
    assert!(files.len() >= 6, "only {} files", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("the file was listed");
        let found = formatted(&path, &text).expect("golden files are not broken");
        let beside = path.with_extension("expected");
        if bless {
            std::fs::write(&beside, &found).expect("the folder can be written");
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{}: expected\n{expected}\nfound\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nSYRUP_BLESS=1 rewrites", wrong.join("\n"));
}

/// Policies of the tree that are not broken, with their text.
fn policies() -> Vec<(std::path::PathBuf, String)> {
    let folders = ["examples", "stdlib", "tests"].map(policies_below);
    let texts = folders.into_iter().flatten().map(|path| {
        let text = std::fs::read_to_string(&path).expect("the file was listed");
        (path, text)
    });
    texts.collect()
}

#[test]
fn every_policy_of_the_tree() {
    let (mut n_formatted, mut n_broken) = (0, 0);
    for (path, text) in policies() {
        match formatted(&path, &text) {
            Some(_) => n_formatted += 1,
            None => n_broken += 1,
        }
    }
    assert!(n_formatted > 150 && n_broken > 20, "{n_formatted} formatted, {n_broken} broken");
}

/// Tokens of a text, blanks left out.
fn words(text: &str) -> Vec<(TokenKind, &str)> {
    let mut diags = Diagnostics::new();
    let file = syntax::parse(FileId(0), text, &mut diags);
    let seen = file.tokens.iter().filter(|token| token.kind != TokenKind::White);
    let slice = |span: syrup_diag::Span| &text[span.start as usize..span.end as usize];
    seen.map(|token| (token.kind, slice(token.span))).collect()
}

/// A sequence of numbers that looks like chance and is the same each time (Knuth, MMIX).
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// The same tokens with other blanks and further comments between them.
fn shuffled(text: &str, draws: &mut Draws, comments: u64) -> String {
    let mut out = String::new();
    for (at, (kind, word)) in words(text).into_iter().enumerate() {
        let is_comment = matches!(kind, TokenKind::Comment | TokenKind::Doc);
        out.push_str(word);
        match draws.below(12) {
            0 => out.push_str("\n\n\n"),
            1 | 2 => out.push_str("\r\n\t"),
            3 if draws.below(10) < comments => out.push_str(&format!(" // note {at}\n")),
            4 if draws.below(10) < comments => out.push_str(&format!("\n   // own {at}\n\n")),
            _ if is_comment => out.push('\n'),
            _ => out.push_str("  "),
        }
    }
    out
}

#[test]
fn policies_laid_out_anew() {
    let mut draws = Draws(7);
    let mut n_texts = 0;
    for (path, text) in policies() {
        if formatted(&path, &text).is_none() {
            continue;
        }
        for comments in [0, 5] {
            let text = shuffled(&text, &mut draws, comments);
            let found = formatted(&path, &text);
            assert!(found.is_some(), "{}: broken by blanks\n{text}", path.display());
            n_texts += 1;
        }
    }
    assert!(n_texts > 300, "only {n_texts}");
}

#[test]
fn lines_end_before_the_last_column() {
    for (path, text) in policies() {
        let Some(found) = formatted(&path, &text) else { continue };
        for line in found.lines().filter(|line| line.chars().count() > 100) {
            // One word may be wider than a line, and so may a comment.
            let code = line.split("//").next().unwrap_or(line).trim();
            let is_word = code.split('"').nth(1).is_some_and(|text| text.len() > 40);
            assert!(code.len() < 100 || is_word, "{}: {line}", path.display());
        }
    }
}

#[test]
fn a_broken_text_stays_as_it_is() {
    for text in ["edition 2026;\nfn f( {}\n", "fn f() {}\n", "edition 2026;\n/* a */\n", "\"", ""] {
        let refused = format("broken.syr", text);
        assert!(matches!(refused, Err(Refusal::Broken(_, list)) if !list.is_empty()), "{text}");
    }
}
