//! One finding a line, without drawings: for `grep` and for screen readers.

use super::{Row, severity_name};

/// `file:line:column: warning[L0101] message`, details indented below.
pub(super) fn write(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let Row { file, start, code, message, .. } = row;
        let severity = severity_name(row.severity);
        let (line, column) = (start.line, start.column);
        out += &format!("{file}:{line}:{column}: {severity}[{code}] {message}\n");
        for detail in &row.details {
            out += &format!("    {detail}\n");
        }
    }
    out
}
