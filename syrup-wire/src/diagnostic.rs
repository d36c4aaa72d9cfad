//! Diagnostics for machines: `--format json`.

use serde::{Deserialize, Serialize};

/// The outcome of one command over one policy file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// [`crate::limits::FORMAT`].
    pub format: u32,
    /// Every finding, by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Diagnostic {
    /// `E0301`.
    pub code: String,
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// One sentence that stands alone.
    pub message: String,
    /// What is wrong, then why.
    pub labels: Vec<Label>,
    /// Further sentences.
    pub notes: Vec<String>,
    /// What to write.
    pub fixes: Vec<Fix>,
}

/// A place with what to know about it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Label {
    /// Whether it is the place that is wrong.
    pub primary: bool,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What, may be empty.
    pub text: String,
}

/// A stretch of a file. Lines and columns count from 1, columns in code points.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The file's name as given.
    pub file: String,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Line of the first byte.
    pub line: u32,
    /// Column of the first byte.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column of the end.
    pub end_column: u32,
}

/// What to write; edits apply together.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// The edits; empty when only a person can write it.
    pub edits: Vec<Edit>,
}

/// One replacement of text.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Edit {
    /// The text to replace.
    #[serde(flatten)]
    pub place: Place,
    /// What to write instead.
    pub replacement: String,
}
