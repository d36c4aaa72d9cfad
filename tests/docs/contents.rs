//! The table of contents lists every page once, and the index of errors every code.
//!
//! In: `docs`. Out: a failure, or with `SYRUP_BLESS=1` the part of `SUMMARY.md` below its heading
//! `Reference`, and the index of errors, written anew: these follow from what is there.

use crate::{ERRORS, compare};
use std::collections::BTreeSet;
use std::fmt::Write;
use syrup_diag::ALL_CODES;
use syrup_tests::markdown::{Page, links, pages};

/// The table of contents.
const SUMMARY: &str = "SUMMARY.md";
/// Where the part begins that is made from the folders.
const REFERENCE: &str = "# Reference\n";
/// The page of all error codes, in their folder.
const INDEX: &str = "README.md";
/// The folders whose pages stand in that part, in order of their names.
const FOLDERS: [(&str, &str); 2] = [("", "reference/"), ("\n# Inside\n\n", "internals/")];

/// The number from which codes of a group count, and what the group is about.
const GROUPS: [(u32, &str); 9] = [
    (0, "Text and syntax"),
    (100, "Names and structure"),
    (200, "Matching"),
    (300, "What may be missing"),
    (400, "Numbers and types"),
    (500, "Several CPUs"),
    (600, "Hooks, targets and cost"),
    (700, "Deployment"),
    (800, "Tests in policy files"),
];

fn title(page: &Page) -> &str {
    let first = page.text.lines().next().unwrap_or_default();
    first.strip_prefix("# ").unwrap_or(first)
}

/// The table of contents with its second half made from the folders.
fn summary(text: &str, pages: &[Page]) -> String {
    let (head, _) = text.split_once(REFERENCE).expect("the table has a part `Reference`");
    let mut summary = format!("{head}{REFERENCE}\n");
    for (heading, folder) in FOLDERS {
        summary += heading;
        for page in pages.iter().filter(|page| page.path.starts_with(folder)) {
            let _ = writeln!(summary, "- [{}]({})", title(page), page.path);
        }
    }
    summary += "\n# Errors\n\n";
    let _ = writeln!(summary, "- [Error codes]({ERRORS}{INDEX})");
    for code in ALL_CODES {
        let _ = writeln!(summary, "  - [{code}: {}]({ERRORS}{code}.md)", code.title());
    }
    summary
}

#[test]
fn the_table_of_contents_lists_every_page_once() {
    let pages = pages();
    let text = &pages.iter().find(|page| page.path == SUMMARY).expect("there is one").text;
    compare(SUMMARY, &summary(text, &pages));
    let mut listed = BTreeSet::new();
    for (line, target) in links(text) {
        assert!(listed.insert(target), "{SUMMARY}:{line} lists {target} a second time");
    }
    let missing = pages.iter().map(|page| page.path.as_str());
    let missing: Vec<_> =
        missing.filter(|path| *path != SUMMARY && !listed.contains(path)).collect();
    assert!(missing.is_empty(), "{SUMMARY} lacks {missing:?}");
}

#[test]
fn the_index_lists_every_code() {
    let mut page = "# Error codes

Each page shows a policy that gets the error, the policy as it should be, and why.
`syrupc explain E0301` prints one, `syrupc explain` lists all.
A code keeps its meaning for ever.
"
    .to_owned();
    let number = |code: &syrup_diag::Code| code.as_str()[1..].parse::<u32>().unwrap_or(u32::MAX);
    let mut n_listed = 0;
    for (at, (first, name)) in GROUPS.iter().enumerate() {
        let end = GROUPS.get(at + 1).map_or(u32::MAX, |row| row.0);
        let _ = write!(page, "\n## {name}\n\n| code | about |\n| --- | --- |\n");
        for code in ALL_CODES.iter().filter(|code| (*first..end).contains(&number(code))) {
            n_listed += 1;
            let _ = writeln!(page, "| [{code}]({code}.md) | {} |", code.title());
        }
    }
    assert_eq!(n_listed, ALL_CODES.len());
    compare(&format!("{ERRORS}{INDEX}"), &page);
}
