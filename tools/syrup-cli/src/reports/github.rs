//! Commands for GitHub's runner, which shows them beside the lines (GitHub, "Workflow commands for
//! GitHub Actions").

use super::Row;
use syrup_diag::Severity;

/// `::warning file=...,line=...::message`
pub(super) fn write(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let command = match row.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let title = format!("{} {}", row.code, row.name);
        let text = std::iter::once(&row.message).chain(&row.details);
        let text = text.map(String::as_str).collect::<Vec<_>>().join("\n");
        out += &format!(
            "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
            property(&row.file),
            row.start.line,
            row.start.column,
            row.end.line,
            row.end.column,
            property(&title),
            data(&text),
        );
    }
    out
}

/// Text that ends a line would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Commas and colons end a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
