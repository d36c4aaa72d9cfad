//! Findings in the forms that other programs read.
//!
//! In: findings with their places. Out: text. Each form is one file; `--format` chooses.

mod github;
mod gitlab;
mod junit;
mod plain;
mod rdjson;
mod sarif;

use syrup_diag::{Diagnostic, Fix, Position, Severity, Sources, Span};

/// One finding, ready to be written.
#[derive(Clone, Debug)]
pub struct Row {
    /// The file, relative to where the program runs where it is below that.
    pub file: String,
    /// Where it starts; columns count code points.
    pub start: Position,
    /// One past where it ends.
    pub end: Position,
    /// The code: `L0101`, or `E0301`.
    pub code: String,
    /// The name of the lint, or what the error is about.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// Further sentences: labels, notes and what to write.
    pub details: Vec<String>,
    /// What a tool can write, as (start, end, text) in bytes of the file.
    pub edits: Vec<(u32, u32, String)>,
    /// Lines and columns of the edits in bytes, both from 1, as `rdjson` wants them.
    pub byte_places: Vec<[(u32, u32); 2]>,
    /// The same for the finding, through edits elsewhere in the file.
    pub fingerprint: String,
}

/// The forms besides those of every command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A line each, for screen readers and `grep`.
    Plain,
    /// Commands for GitHub's runner.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// The diagnostic format of reviewdog.
    Rdjson,
}

/// Rows in a form.
pub fn write(form: Form, rows: &[Row], files: &[String]) -> String {
    match form {
        Form::Plain => plain::write(rows),
        Form::Github => github::write(rows),
        Form::Gitlab => gitlab::write(rows),
        Form::Junit => junit::write(rows, files),
        Form::Sarif => sarif::write(rows),
        Form::Rdjson => rdjson::write(rows),
    }
}

/// Makes a row of each diagnostic of one analysis.
pub fn rows(list: &[Diagnostic], sources: &Sources) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for diagnostic in list {
        let span = diagnostic.primary.span;
        let source = sources.get(span.file);
        let (start, end) = (source.position(span.start), source.position(span.end));
        let file = relative(source.name());
        let key = [
            file.as_str(),
            diagnostic.code.as_str(),
            &diagnostic.message,
            source.line(start.line).trim(),
        ]
        .join("\0");
        let n_before = seen.iter().filter(|other| **other == key).count();
        let fingerprint = fingerprint(&format!("{key}\0{n_before}"));
        seen.push(key);
        let edits = diagnostic.fixes.iter().find(|fix| !fix.edits.is_empty());
        let edits = edits.into_iter().flat_map(|fix| &fix.edits);
        let edits: Vec<_> = edits.filter(|edit| edit.span.file == span.file).collect();
        rows.push(Row {
            file,
            start,
            end,
            code: diagnostic.code.to_string(),
            name: diagnostic.code.title(),
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            details: details(diagnostic, sources),
            byte_places: std::iter::once(span)
                .chain(edits.iter().map(|edit| edit.span))
                .map(|span| byte_places(span, sources))
                .collect(),
            edits: edits.iter().map(|e| (e.span.start, e.span.end, e.text.clone())).collect(),
            fingerprint,
        });
    }
    rows
}

fn details(diagnostic: &Diagnostic, sources: &Sources) -> Vec<String> {
    let label = |label: &syrup_diag::Label| {
        let source = sources.get(label.span.file);
        let at = source.position(label.span.start);
        format!("{}:{}:{}: {}", relative(source.name()), at.line, at.column, label.text)
    };
    let own = (!diagnostic.primary.text.is_empty()).then(|| diagnostic.primary.text.clone());
    let fix = |fix: &Fix| format!("fix: {}", fix.title);
    let labels = diagnostic.secondary.iter().map(label);
    let notes = diagnostic.notes.iter().cloned();
    own.into_iter().chain(labels).chain(notes).chain(diagnostic.fixes.iter().map(fix)).collect()
}

/// Line and column in bytes, from 1, of both ends.
fn byte_places(span: Span, sources: &Sources) -> [(u32, u32); 2] {
    let source = sources.get(span.file);
    [span.start, span.end].map(|at| {
        let line = source.line_starts().partition_point(|start| *start <= at) as u32;
        let start = source.line_starts().get(line as usize - 1).copied().unwrap_or(0);
        (line, at - start + 1)
    })
}

/// A path below the current directory without that, with `/` between its parts.
pub fn relative(name: &str) -> String {
    let path = std::path::Path::new(name);
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().into_owned()
}

/// FNV-1a, 64 bits (RFC 9923), twice with different starts: findings of one file are few.
fn fingerprint(text: &str) -> String {
    let hash = |start: u64| {
        text.bytes().fold(start, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    };
    format!("{:016x}{:016x}", hash(0xcbf2_9ce4_8422_2325), hash(0x9ae1_6a3b_2f90_404f))
}

/// `error`, `warning` or `note`.
pub fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
