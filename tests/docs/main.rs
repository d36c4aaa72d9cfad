//! The book: every `syrup` block of it compiles and its tests hold, every link leads somewhere,
//! every page is in the table of contents, and the README shows a policy that is an example's.
//!
//! In: `docs`, README.md. Out: a failure with the page and line. What the pages tell a reader to
//! type is run by the tests of `syrup-cli`.
//!
//! A `syrup` block is a whole file. `rejected` behind its language says that it must not compile,
//! a name that other blocks of the page `use` it or that commands name it.

mod contents;
mod links;

use std::collections::BTreeMap;
use syrup_diag::{RenderOptions, render};
use syrup_tests::markdown::{Block, Page, blocks, pages};
use syrup_tests::memory::Memory;
use syrupc::testing::{Interp, run_tests};

/// The folder of error pages, whose blocks have tests of their own.
const ERRORS: &str = "errors/";

/// Compares a page with what it should say, or rewrites it when `SYRUP_BLESS=1`.
fn compare(path: &str, expected: &str) {
    let path = syrup_tests::root().join("docs").join(path);
    if std::env::var_os("SYRUP_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(path, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{}: SYRUP_BLESS=1 rewrites it", path.display());
}

/// The name under which other blocks know a block.
fn name(block: &Block) -> Option<&str> {
    block.words.iter().map(String::as_str).find(|word| word.ends_with(".syr"))
}

/// What is wrong with a block, if anything.
fn fault(page: &Page, block: &Block, beside: &Memory) -> Option<String> {
    let place = format!("{}:{}", page.path, block.line);
    let is_rejected = block.words.iter().any(|word| word == "rejected");
    let file = name(block).unwrap_or("policy.syr");
    let mut analysis = syrupc::analyze(file, &block.text, beside);
    if is_rejected != analysis.diags.has_errors() {
        let found = syrup_tests::rendered(&analysis);
        let wanted = if is_rejected { "is not rejected" } else { "has errors" };
        return Some(format!("{place} {wanted}\n{found}"));
    }
    if is_rejected {
        return None;
    }
    let ready = syrup_tests::build_named(&mut analysis, 0);
    let results = run_tests(&analysis.program, &ready, &mut Interp);
    let failed = results.into_iter().find_map(|result| Some((result.name, result.failure?)));
    let (name, failure) = failed?;
    let text = render(&failure, &analysis.sources, RenderOptions::default());
    Some(format!("{place}: {name}\n{text}"))
}

#[test]
fn every_block_compiles_and_holds() {
    let mut faults = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages().iter().filter(|page| !page.path.starts_with(ERRORS)) {
        let found: Vec<_> =
            blocks(&page.text).into_iter().filter(|block| block.language == "syrup").collect();
        let mut beside = Memory::default();
        for block in &found {
            faults.extend(fault(page, block, &beside));
            beside.0.extend(name(block).map(|name| (name.to_owned(), block.text.clone())));
        }
        *counts.entry(page.path.split('/').next().unwrap_or_default().to_owned()).or_default() +=
            found.len();
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(counts["reference"] >= 4 && counts["guide"] >= 4, "blocks that were found: {counts:?}");
}

#[test]
fn the_readme_shows_an_example_as_it_is() {
    let readme = std::fs::read_to_string(syrup_tests::root().join("README.md")).unwrap();
    let example =
        std::fs::read_to_string(syrup_tests::root().join("examples/sita/policy.syr")).unwrap();
    let shown: Vec<_> =
        blocks(&readme).into_iter().filter(|block| block.language == "syr").collect();
    assert!(!shown.is_empty(), "the README shows no policy");
    for block in shown {
        let line = block.line;
        assert!(example.contains(block.text.trim()), "README.md:{line} differs from the example");
    }
}
