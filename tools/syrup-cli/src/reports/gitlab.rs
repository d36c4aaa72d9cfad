//! GitLab's code quality report (GitLab, "Code Quality", "Code Quality report format").

use super::Row;
use serde_json::json;
use syrup_diag::Severity;

/// A list of findings.
pub(super) fn write(rows: &[Row]) -> String {
    let list = rows.iter().map(|row| {
        let severity = match row.severity {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Note => "info",
        };
        json!({
            "description": row.message,
            "check_name": format!("{} {}", row.code, row.name),
            "fingerprint": row.fingerprint,
            "severity": severity,
            "location": {
                "path": row.file,
                "lines": { "begin": row.start.line, "end": row.end.line },
            },
        })
    });
    crate::output::json(&list.collect::<Vec<_>>()) + "\n"
}
