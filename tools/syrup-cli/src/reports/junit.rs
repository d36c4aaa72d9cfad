//! JUnit's XML, which most systems that run tests read: a case for each file.

use super::{Row, severity_name};

/// One suite.
pub(super) fn write(rows: &[Row], files: &[String]) -> String {
    let failing = files.iter().filter(|file| rows.iter().any(|row| row.file == **file)).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = format!("tests=\"{}\" failures=\"{failing}\"", files.len());
    out += &format!("<testsuites name=\"syrupc lint\" {counts}>\n");
    out += &format!("  <testsuite name=\"syrupc lint\" {counts}>\n");
    for file in files {
        let own: Vec<&Row> = rows.iter().filter(|row| row.file == *file).collect();
        let name = escaped(file);
        if own.is_empty() {
            out += &format!("    <testcase classname=\"{name}\" name=\"{name}\"/>\n");
            continue;
        }
        out += &format!("    <testcase classname=\"{name}\" name=\"{name}\">\n");
        // Readers take one failure a case.
        let first = escaped(&own[0].message);
        let kind = severity_name(own[0].severity);
        let lines: String = own.iter().map(|row| super::plain::write(&[(*row).clone()])).collect();
        let lines = escaped(&lines);
        out += &format!("      <failure message=\"{first}\" type=\"{kind}\">{lines}</failure>\n");
        out += "    </testcase>\n";
    }
    out + "  </testsuite>\n</testsuites>\n"
}

/// Text between or within tags; characters that XML 1.0 does not allow are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
