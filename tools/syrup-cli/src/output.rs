//! Diagnostics and reports on the terminal or as JSON.

use crate::args::Format;
use std::io::IsTerminal;
use syrup_diag::{Diagnostic, RenderOptions, Severity, Sources, Span, render_all};
use syrup_wire::diagnostic as wire;
use syrup_wire::limits::FORMAT;

/// Writes diagnostics: for people to standard error, for programs to standard output.
pub fn diagnostics(list: &[Diagnostic], n_dropped: u32, sources: &Sources, format: Format) {
    match format {
        Format::Human => {
            let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            eprint!("{}", render_all(list, sources, RenderOptions { color }));
            if n_dropped > 0 {
                eprintln!("and {n_dropped} more");
            }
        }
        Format::Json => println!("{}", json(&report(list, sources))),
    }
}

/// Diagnostics as data.
pub fn report(list: &[Diagnostic], sources: &Sources) -> wire::Report {
    let diagnostics = list.iter().map(|d| to_wire(d, sources)).collect();
    wire::Report { format: FORMAT, diagnostics }
}

/// A value as JSON, for people to read too.
pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn to_wire(diagnostic: &Diagnostic, sources: &Sources) -> wire::Diagnostic {
    let label = |primary: bool, label: &syrup_diag::Label| wire::Label {
        primary,
        place: place(label.span, sources),
        text: label.text.clone(),
    };
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let fixes = diagnostic.fixes.iter().map(|fix| wire::Fix {
        title: fix.title.clone(),
        edits: fix
            .edits
            .iter()
            .map(|edit| wire::Edit {
                place: place(edit.span, sources),
                replacement: edit.text.clone(),
            })
            .collect(),
    });
    wire::Diagnostic {
        code: diagnostic.code.to_string(),
        severity: severity.to_owned(),
        message: diagnostic.message.clone(),
        labels: std::iter::once(label(true, &diagnostic.primary))
            .chain(diagnostic.secondary.iter().map(|l| label(false, l)))
            .collect(),
        notes: diagnostic.notes.clone(),
        fixes: fixes.collect(),
    }
}

fn place(span: Span, sources: &Sources) -> wire::Place {
    let file = sources.get(span.file);
    let (start, end) = (file.position(span.start), file.position(span.end));
    wire::Place {
        file: file.name().to_owned(),
        start: span.start,
        end: span.end,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}
