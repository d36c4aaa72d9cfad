//! Every exception from a convention, in one place and with its reason.

use super::Finding;

/// One file that a check leaves alone.
pub struct Exception {
    /// The check's name.
    pub check: &'static str,
    /// The file.
    pub path: &'static str,
    /// Words of the finding, to except one thing of a file only; empty for all of it.
    pub about: &'static str,
    /// Why the convention does not help here.
    #[expect(dead_code, reason = "written for the reader of this list")]
    pub reason: &'static str,
}

impl Exception {
    /// Whether it speaks of this finding of this check.
    pub fn covers(&self, check: &str, finding: &Finding) -> bool {
        self.check == check && self.path == finding.path && finding.message.contains(self.about)
    }
}

/// A function that is one match with an arm for every kind of node.
const fn one_match(path: &'static str, about: &'static str) -> Exception {
    let reason = "one match with an arm for every kind of node, which the compiler keeps complete";
    Exception { check: "function_lines", path, about, reason }
}

/// The list. Keep it short: splitting a file or a function is usually the better answer.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        check: "title",
        path: "docs/SUMMARY.md",
        about: "a second title",
        reason: "mdbook makes the parts of a book from titles",
    },
    one_match("syrupc/src/analyze/declare.rs", "`declare`"),
    one_match("syrupc/src/analyze/walk.rs", "`each_child`"),
    one_match("syrupc/src/lower/expr.rs", "`expr`"),
    one_match("syrupc/src/testing/eval.rs", "`expr`"),
];
