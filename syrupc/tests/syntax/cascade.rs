//! One cause gives one diagnostic.
//!
//! In: the corpus, with one token taken out, doubled or followed by junk, or the rest of a line
//! or file missing. Checks how often more than one diagnostic comes of it.

use crate::tree::corpus;
use syrup_diag::{Diagnostics, FileId};
use syrupc::syntax;

/// Every n-th token of the corpus: a prime, so that all kinds of tokens come up.
const STEP: usize = 23;

/// How many of the changed texts give no, one, two and more diagnostics.
fn counts(change: impl Fn(&str, usize, usize) -> String) -> [usize; 4] {
    let mut counts = [0; 4];
    for (_, text) in corpus() {
        let mut diags = Diagnostics::new();
        let file = syntax::parse(FileId(0), &text, &mut diags);
        let tokens = file.tokens.iter().filter(|token| !token.kind.is_trivia());
        // The first three are the edition line.
        for token in tokens.skip(3).step_by(STEP) {
            let changed = change(&text, token.span.start as usize, token.span.end as usize);
            let mut diags = Diagnostics::new();
            syntax::parse(FileId(0), &changed, &mut diags);
            counts[diags.len().min(3)] += 1;
        }
    }
    counts
}

#[track_caller]
fn check(counts: [usize; 4], more_than_one_per_cent_max: usize) {
    let total: usize = counts.iter().sum();
    let more = counts[2] + counts[3];
    assert!(total > 100, "{counts:?}");
    assert!(more * 100 <= total * more_than_one_per_cent_max, "{counts:?}");
}

#[test]
fn a_file_that_ends_early() {
    check(counts(|text, _, end| text[..end].to_owned()), 0);
}

#[test]
fn a_missing_token() {
    check(counts(|text, start, end| [&text[..start], &text[end..]].concat()), 3);
}

#[test]
fn a_doubled_token() {
    check(counts(|text, start, end| [&text[..end], " ", &text[start..]].concat()), 2);
}

#[test]
fn junk_after_a_token() {
    check(counts(|text, _, end| [&text[..end], " = ", &text[end..]].concat()), 2);
}

#[test]
fn a_line_that_ends_early() {
    let rest = |text: &str, end| text[end..].find('\n').map_or(text.len(), |at| end + at);
    check(counts(|text, start, end| [&text[..start], &text[rest(text, end)..]].concat()), 4);
}
