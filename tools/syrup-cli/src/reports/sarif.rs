//! SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), as code scanning reads it.

use super::{Row, severity_name};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use syrupc::lints;

/// One run.
pub(super) fn write(rows: &[Row]) -> String {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for row in rows {
        rules.insert(&row.code, rule(row));
    }
    let index: Vec<&str> = rules.keys().copied().collect();
    let results: Vec<Value> = rows.iter().map(|row| result(row, &index)).collect();
    let rules: Vec<&Value> = rules.values().collect();
    let driver = json!({
        "name": "syrupc",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    crate::output::json(&report) + "\n"
}

fn rule(row: &Row) -> Value {
    let lint = lints::ALL.iter().find(|lint| lint.code.as_str() == row.code);
    let text = lint.map_or(row.name, |lint| lint.finds);
    let help = lint.map_or_else(
        || format!("syrupc explain {}", row.code),
        |lint| format!("{}\n\nsyrupc explain {}", lint.why, row.code),
    );
    json!({
        "id": row.code,
        "name": row.name,
        "shortDescription": { "text": text },
        "help": { "text": help },
        "defaultConfiguration": { "level": severity_name(row.severity) },
    })
}

fn result(row: &Row, index: &[&str]) -> Value {
    let text = std::iter::once(&row.message).chain(&row.details);
    let text = text.map(String::as_str).collect::<Vec<_>>().join("\n");
    let region = json!({
        "startLine": row.start.line,
        "startColumn": row.start.column,
        "endLine": row.end.line,
        "endColumn": row.end.column,
    });
    let artifact = json!({ "uri": uri(&row.file) });
    let mut result = json!({
        "ruleId": row.code,
        "ruleIndex": index.iter().position(|code| *code == row.code).unwrap_or(0),
        "level": severity_name(row.severity),
        "message": { "text": text },
        "locations": [{
            "physicalLocation": { "artifactLocation": artifact, "region": region },
        }],
        "partialFingerprints": { "syrupFinding/v1": row.fingerprint },
    });
    if !row.edits.is_empty() {
        let replacements = row.edits.iter().map(|(start, end, text)| {
            json!({
                "deletedRegion": { "byteOffset": start, "byteLength": end - start },
                "insertedContent": { "text": text },
            })
        });
        let change = json!({
            "artifactLocation": artifact,
            "replacements": replacements.collect::<Vec<_>>(),
        });
        result["fixes"] = json!([{ "artifactChanges": [change] }]);
    }
    result
}

/// A path as a relative reference (RFC 3986, section 4.2).
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out += &format!("%{byte:02X}"),
        }
    }
    out
}
