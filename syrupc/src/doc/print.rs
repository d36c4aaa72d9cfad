//! Pages as text.
//!
//! In: the parts of a page. Out: Markdown, or one HTML file that needs no other. What authors
//! wrote is escaped, so no documentation can add tags to the page.

use super::Part;
use std::fmt::Write;

/// The style of an HTML page: dark where the reader's system is.
const STYLE: &str = "body{max-width:52rem;margin:2rem auto;padding:0 1rem;\
font:16px/1.5 system-ui,sans-serif;color-scheme:light dark}\
pre{overflow-x:auto;padding:.8rem;border:1px solid #8884;border-radius:4px;line-height:1.2}\
table{border-collapse:collapse}td,th{border:1px solid #8884;padding:.3rem .6rem;text-align:left}";

/// A page as Markdown.
pub fn markdown(page: &[Part]) -> String {
    let mut text = String::new();
    for part in page {
        if !text.is_empty() {
            text.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = match part {
            Part::Heading(level, heading) => {
                writeln!(text, "{} {heading}", "#".repeat(usize::from(*level)))
            }
            Part::Text(lines) => writeln!(text, "{lines}"),
            Part::Code(lines) => {
                // A fence that is longer than any within.
                let fence = if lines.contains("```") { "~~~~" } else { "```" };
                writeln!(text, "{fence}text\n{lines}\n{fence}")
            }
            Part::Table(rows) => {
                for (at, row) in rows.iter().enumerate() {
                    let cells: Vec<_> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
                    let _ = writeln!(text, "| {} |", cells.join(" | "));
                    if at == 0 {
                        let _ = writeln!(text, "|{}", " --- |".repeat(row.len()));
                    }
                }
                Ok(())
            }
            Part::List(entries) => entries.iter().try_for_each(|entry| writeln!(text, "- {entry}")),
        };
    }
    text
}

/// A page as HTML.
pub fn html(page: &[Part]) -> String {
    let title = page.iter().find_map(|part| match part {
        Part::Heading(_, heading) => Some(heading.as_str()),
        _ => None,
    });
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n\
         <style>{STYLE}</style>\n",
        escaped(title.unwrap_or_default())
    );
    for part in page {
        let _ = match part {
            Part::Heading(level, heading) => {
                writeln!(text, "<h{level}>{}</h{level}>", inline(heading))
            }
            Part::Text(lines) => writeln!(text, "<p>{}</p>", inline(lines)),
            Part::Code(lines) => writeln!(text, "<pre>{}</pre>", escaped(lines)),
            Part::Table(rows) => {
                let rows = rows.iter().enumerate().map(|(at, row)| {
                    let tag = if at == 0 { "th" } else { "td" };
                    let cells = row.iter().map(|cell| format!("<{tag}>{}</{tag}>", inline(cell)));
                    format!("<tr>{}</tr>\n", cells.collect::<String>())
                });
                writeln!(text, "<table>\n{}</table>", rows.collect::<String>())
            }
            Part::List(entries) => {
                let rows = entries.iter().map(|entry| format!("<li>{}</li>\n", inline(entry)));
                writeln!(text, "<ul>\n{}</ul>", rows.collect::<String>())
            }
        };
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Prose, with what stands between backticks as code; one backtick alone is itself.
fn inline(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        let closes = at + 1 < parts.len();
        match (at % 2 == 1, closes) {
            (true, true) => _ = write!(out, "<code>{}</code>", escaped(part)),
            (true, false) => _ = write!(out, "`{}", escaped(part)),
            (false, _) => out += &escaped(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authors_write_adds_no_tags() {
        let page = [
            Part::Heading(1, "a `b<c>`".to_owned()),
            Part::Text("<script>x</script> `y & z` ` alone".to_owned()),
            Part::Table(vec![vec!["a|b".to_owned()], vec!["<td>".to_owned()]]),
            Part::Code("</pre>\n```".to_owned()),
            Part::List(vec!["one".to_owned()]),
        ];
        let text = html(&page);
        assert!(text.contains("<h1>a <code>b&lt;c&gt;</code></h1>"), "{text}");
        assert!(text.contains("<p>&lt;script&gt;x&lt;/script&gt; <code>y &amp; z</code> ` alone"));
        assert!(text.contains("<pre>&lt;/pre&gt;\n```</pre>"), "{text}");
        assert_eq!(
            markdown(&page),
            "# a `b<c>`\n\n<script>x</script> `y & z` ` alone\n\n| a\\|b |\n| --- |\n| <td> |\n\n\
             ~~~~text\n</pre>\n```\n~~~~\n\n- one\n"
        );
    }
}
