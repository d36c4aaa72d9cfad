//! The conventions of the repository, as checks.
//!
//! In: every text file of the repository. Out: findings with file and line. Each check is one
//! function in a file below; what a file may do against a check stands in `exceptions.rs`, with
//! its reason, and an exception that nothing needs is a finding itself.

mod documents;
mod exceptions;
mod places;
mod rust;
mod size;
mod source;
mod tree;
mod words;

pub use places::is_code;
pub use tree::Tree;

use exceptions::{EXCEPTIONS, Exception};
use std::fmt;

/// One place that goes against a convention.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The file, from the repository's root.
    path: String,
    /// The line, from 1; 0 speaks of the whole file.
    line: usize,
    /// What is wrong and what to do.
    message: String,
}

impl Finding {
    /// A finding about one line.
    fn new(path: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}

/// Looks at the whole repository for one convention.
type Check = fn(&Tree) -> Vec<Finding>;

/// Every check by the name that exceptions use.
const CHECKS: &[(&str, Check)] = &[
    ("opening", rust::opening),
    ("module_file", rust::module_file),
    ("unsafe_place", rust::unsafe_place),
    ("unfinished_macro", rust::unfinished_macro),
    ("lint_exception", rust::lint_exception),
    ("workspace_lints", rust::workspace_lints),
    ("file_lines", size::file_lines),
    ("function_lines", size::function_lines),
    ("columns", size::columns),
    ("title", documents::title),
    ("named_documents", documents::named_documents),
    ("links", documents::links),
    ("readme_commands", documents::readme_commands),
    ("error_pages", places::error_pages),
    ("stdlib_docs", places::stdlib_docs),
    ("stdlib_policies", places::stdlib_policies),
    ("examples", places::examples),
    ("words", words::words),
    ("open_work", words::open_work),
    ("machine_paths", words::machine_paths),
];

/// Runs every check on the repository.
pub fn check(tree: &Tree) -> Vec<String> {
    run(tree, CHECKS, EXCEPTIONS)
}

/// Runs checks, drops what is excepted, and reports exceptions that nothing needs.
fn run(tree: &Tree, checks: &[(&str, Check)], exceptions: &[Exception]) -> Vec<String> {
    let mut used = vec![false; exceptions.len()];
    let mut lines = Vec::new();
    for (name, check) in checks {
        for finding in check(tree) {
            let excepted = exceptions.iter().position(|row| row.covers(name, &finding));
            match excepted {
                Some(at) => used[at] = true,
                None => lines.push(format!("{finding} [{name}]")),
            }
        }
    }
    for (row, _) in exceptions.iter().zip(used).filter(|(_, used)| !used) {
        lines.push(format!("{}: nothing needs its exception from [{}]", row.path, row.check));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{CHECKS, Exception, Finding, Tree, run};
    use std::collections::BTreeSet;

    fn one_finding(_: &Tree) -> Vec<Finding> {
        vec![Finding::new("a.rs", 3, "function `f` is long")]
    }

    const EXCEPTED: Exception =
        Exception { check: "c", path: "a.rs", about: "`f`", reason: "a test" };

    #[test]
    fn findings_name_place_and_check() {
        let lines = run(&Tree::of(&[]), &[("c", one_finding)], &[]);
        assert_eq!(lines, ["a.rs:3: function `f` is long [c]"]);
    }

    #[test]
    fn an_exception_covers_its_check_file_and_subject_only() {
        let tree = Tree::of(&[]);
        assert!(run(&tree, &[("c", one_finding)], &[EXCEPTED]).is_empty());
        for other in [
            Exception { check: "d", ..EXCEPTED },
            Exception { path: "b.rs", ..EXCEPTED },
            Exception { about: "`g`", ..EXCEPTED },
        ] {
            assert_eq!(run(&tree, &[("c", one_finding)], &[other]).len(), 2);
        }
    }

    #[test]
    fn names_are_distinct() {
        let names: BTreeSet<&str> = CHECKS.iter().map(|row| row.0).collect();
        assert_eq!(names.len(), CHECKS.len());
    }
}
