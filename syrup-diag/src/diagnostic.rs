//! What a phase tells the author of a policy.

use crate::{Code, Span};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Severity {
    /// The policy compiles; this is for information.
    Note,
    /// The policy compiles and is probably wrong.
    Warning,
    /// The policy does not compile.
    Error,
}

/// A place in the source with what to know about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What, in a few words; may be empty.
    pub text: String,
}

/// One replacement of source text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The bytes to replace; empty for an insertion.
    pub span: Span,
    /// What to write instead.
    pub text: String,
}

/// Something the author can write to resolve a diagnostic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, shown to the author.
    pub title: String,
    /// The edits, all or none; empty when only a person can write it.
    pub edits: Vec<Edit>,
}

/// One finding: a message that stands alone, the places that explain it, and what to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The code with its page.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One lowercase line without a final period.
    pub message: String,
    /// What is wrong.
    pub primary: Label,
    /// Why.
    pub secondary: Vec<Label>,
    /// Further sentences.
    pub notes: Vec<String>,
    /// At most three.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// Sets the text under the primary span.
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.primary.text = text.into();
        self
    }

    /// Adds a secondary place.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds a sentence.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// Adds a fix that a tool can apply.
    pub fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>) -> Diagnostic {
        self.fixes.push(Fix { title: title.into(), edits });
        self
    }

    /// Adds a fix of one replacement.
    pub fn replace(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.fix(title, vec![Edit { span, text: text.into() }])
    }

    /// Adds a suggestion that only the author can write.
    pub fn help(self, title: impl Into<String>) -> Diagnostic {
        self.fix(title, Vec::new())
    }
}

/// Collects diagnostics: one cause gives one, and a flood is cut off.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    n_dropped: u32,
}

impl Diagnostics {
    /// An empty collection.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one, unless the same code already stands at the same place or the list is full.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let again =
            |d: &Diagnostic| d.code == diagnostic.code && d.primary.span == diagnostic.primary.span;
        if self.list.iter().any(again) {
            return;
        }
        if self.list.len() >= crate::limits::DIAGNOSTICS_MAX {
            self.n_dropped += 1;
            return;
        }
        self.list.push(diagnostic);
    }

    /// Forgets those that are not to be kept.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(keep);
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// How many were cut off.
    pub fn n_dropped(&self) -> u32 {
        self.n_dropped
    }

    /// All that were kept, in the order of their report.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many were kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The list itself, sorted by place.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|d| (d.primary.span, d.code));
        self.list
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<T: IntoIterator<Item = Diagnostic>>(&mut self, iter: T) {
        for diagnostic in iter {
            self.push(diagnostic);
        }
    }
}
