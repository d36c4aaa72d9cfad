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

/// The list. Keep it short: splitting a file is usually the better answer.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        check: "file_lines",
        path: "syrupc/src/syntax/ast.rs",
        about: "",
        reason: "the syntax tree is one set of declarations that refer to each other",
    },
    Exception {
        check: "file_lines",
        path: "syrupc/src/hir.rs",
        about: "",
        reason: "the analysed policy is one set of declarations that refer to each other",
    },
];
