//! The diagnostic format of reviewdog (reviewdog, `proto/rdf/reviewdog.proto`); its columns count
//! bytes from 1.

use super::Row;
use serde_json::{Value, json};
use syrup_diag::Severity;

/// One result.
pub(super) fn write(rows: &[Row]) -> String {
    let list = rows.iter().map(|row| {
        let severity = match row.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        };
        let places = row.byte_places.iter().map(|place| range(*place));
        let mut places = places.collect::<Vec<_>>().into_iter();
        let own = places.next().unwrap_or(Value::Null);
        let suggestions = row.edits.iter().zip(places);
        let suggestions =
            suggestions.map(|((_, _, text), range)| json!({ "range": range, "text": text }));
        json!({
            "message": row.message,
            "location": { "path": row.file, "range": own },
            "severity": severity,
            "code": { "value": row.code },
            "suggestions": suggestions.collect::<Vec<_>>(),
        })
    });
    let list = list.collect::<Vec<_>>();
    crate::output::json(&json!({ "source": { "name": "syrupc" }, "diagnostics": list })) + "\n"
}

fn range([start, end]: [(u32, u32); 2]) -> Value {
    let place = |(line, column): (u32, u32)| json!({ "line": line, "column": column });
    json!({ "start": place(start), "end": place(end) })
}
