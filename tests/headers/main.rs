//! The standard headers: the tests in their files hold, and what is written about them is so.
//!
//! In: `stdlib/headers`. Out: a failure where a test in a file fails, where the diagram in a
//! header's documentation differs from its declaration, or where the page of the reference differs
//! from both. `SYRUP_BLESS=1` rewrites diagrams and page.

mod page;

use std::fs;
use syrup_diag::{RenderOptions, render};
use syrupc::Analysis;
use syrupc::doc::diagram;
use syrupc::testing::{Interp, run_tests};

/// Hooks that one policy of a header's file names at most.
const HOOKS_MAX: usize = 2;

/// A file of the standard library as itself.
fn analyze(name: &str, text: &str) -> Analysis {
    let path = format!("std/headers/{name}.syr");
    let analysis = syrupc::analyze(&path, text, &syrupc::NoFiles);
    assert!(analysis.diags.is_empty(), "{}", syrup_tests::rendered(&analysis));
    analysis
}

fn blesses() -> bool {
    std::env::var_os("SYRUP_BLESS").is_some_and(|value| value == "1")
}

#[test]
fn the_tests_of_every_header_hold_at_each_hook_they_name() {
    let mut failures = Vec::new();
    for (name, text) in syrup_stdlib::folder("headers") {
        for nth_hook in 0..HOOKS_MAX {
            let mut analysis = analyze(name, text);
            let ready = syrup_tests::build_named(&mut analysis, nth_hook);
            let results = run_tests(&analysis.program, &ready, &mut Interp);
            assert!(!results.is_empty(), "{name} has no test");
            for result in results {
                if let Some(failure) = result.failure {
                    let text = render(&failure, &analysis.sources, RenderOptions::default());
                    failures.push(format!("{name}: {}\n{text}", result.name));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The text of a file whose headers carry their diagrams as the end of their documentation.
fn with_diagrams(analysis: &Analysis, text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut in_diagram = false;
    for line in text.lines() {
        if line == "/// ```text" {
            in_diagram = true;
            if lines.last().is_some_and(|line| line == "///") {
                lines.pop();
            }
        }
        let is_last = in_diagram && line == "/// ```";
        if in_diagram {
            in_diagram = !is_last;
            continue;
        }
        let name = line.strip_prefix("pub header ").and_then(|rest| rest.split([' ', '[']).next());
        if let Some(name) = name {
            let program = &analysis.program;
            let header = program.headers.iter().find(|header| *header.name == *name);
            let header = header.unwrap_or_else(|| panic!("{name} is not declared"));
            lines.extend(["///".to_owned(), "/// ```text".to_owned()]);
            lines.extend(diagram(header).iter().map(|row| format!("/// {row}")));
            lines.push("/// ```".to_owned());
        }
        lines.push(line.to_owned());
    }
    lines.join("\n") + "\n"
}

#[test]
fn every_diagram_is_that_of_its_declaration() {
    for (name, text) in syrup_stdlib::folder("headers") {
        let expected = with_diagrams(&analyze(name, text), text);
        if expected != text && blesses() {
            let path = syrup_tests::root().join(format!("stdlib/headers/{name}.syr"));
            fs::write(path, &expected).unwrap();
        } else {
            assert_eq!(text, expected, "{name}: SYRUP_BLESS=1 rewrites it");
        }
    }
}

#[test]
fn the_page_lists_every_header() {
    let path = syrup_tests::root().join("docs/reference/headers.md");
    let files: Vec<_> = syrup_stdlib::folder("headers").collect();
    let expected = page::page(
        &files.iter().map(|(name, text)| (analyze(name, text), *text)).collect::<Vec<_>>(),
    );
    if blesses() {
        fs::write(path, &expected).unwrap();
        return;
    }
    let page = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(page, expected, "SYRUP_BLESS=1 rewrites it");
}
