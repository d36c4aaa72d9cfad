//! How long a file, a function and a line may be.
//!
//! In: Rust files, and policies for the width. Out: findings, with the length found.

use super::source::{code_only, functions};
use super::{Finding, Tree};

/// Lines of a file: what a reader keeps in mind at once.
const FILE_LINES_MAX: usize = 400;

/// Lines of a function, from `fn` to its closing brace: a screen.
const FUNCTION_LINES_MAX: usize = 70;

/// Columns of a line, as in `rustfmt.toml` and in the format of policies.
const COLUMNS_MAX: usize = 100;

/// Every file stays below the limit.
pub fn file_lines(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension(&["rs"]) {
        let n_lines = text.lines().count();
        if n_lines >= FILE_LINES_MAX {
            let message = format!("{n_lines} lines; a file stays below {FILE_LINES_MAX}");
            findings.push(Finding::new(path, 0, message));
        }
    }
    findings
}

/// Every function stays below the limit.
pub fn function_lines(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension(&["rs"]) {
        for found in functions(&code_only(text)) {
            if found.n_lines >= FUNCTION_LINES_MAX {
                let (name, n_lines) = (found.name, found.n_lines);
                let message = format!(
                    "`{name}` has {n_lines} lines; a function stays below {FUNCTION_LINES_MAX}"
                );
                findings.push(Finding::new(path, found.line, message));
            }
        }
    }
    findings
}

/// Every line of Rust, and of the policies that people read, fits.
pub fn columns(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension(&["rs", "lalrpop", "syr"]) {
        // The inputs of the compiler's own tests may be as wide as the test needs.
        if path.ends_with(".syr") && path.starts_with("tests/") {
            continue;
        }
        for (line, content) in (1..).zip(text.lines()) {
            let n_columns = content.chars().count();
            if n_columns > COLUMNS_MAX {
                let message = format!("{n_columns} columns, {COLUMNS_MAX} are the most");
                findings.push(Finding::new(path, line, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Finding, Tree};

    /// The place and message of each finding in one file.
    fn check(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, expect: &[(usize, &str)]) {
        let findings = check(&Tree::of(&[(path, text)]));
        let found: Vec<_> = findings.iter().map(|f| (f.line, f.message.as_str())).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn file_lines() {
        check(super::file_lines, "a.rs", &"\n".repeat(399), &[]);
        let message = "400 lines; a file stays below 400";
        check(super::file_lines, "a.rs", &"\n".repeat(400), &[(0, message)]);
        check(super::file_lines, "a.txt", &"\n".repeat(400), &[]);
    }

    #[test]
    fn function_lines() {
        let function = |n| format!("fn a() {{}}\nfn b() {{{}}}\nfn c() {{}}\n", "\n".repeat(n));
        check(super::function_lines, "a.rs", &function(68), &[]);
        let message = "`b` has 70 lines; a function stays below 70";
        check(super::function_lines, "a.rs", &function(69), &[(2, message)]);
    }

    #[test]
    fn columns_are_characters() {
        check(super::columns, "a.rs", &"\u{e9}".repeat(100), &[]);
        let message = "101 columns, 100 are the most";
        check(super::columns, "a.rs", &format!("\n{}", "a".repeat(101)), &[(2, message)]);
        check(super::columns, "examples/a/policy.syr", &"a".repeat(101), &[(1, message)]);
        check(super::columns, "tests/ui/a.syr", &"a".repeat(101), &[]);
        check(super::columns, "a.md", &"a".repeat(101), &[]);
    }
}
