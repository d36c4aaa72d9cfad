//! Aligns comments.

use super::doc::COLUMNS_MAX;

/// Aligns comments that end lines right below each other, where they still fit.
pub(super) fn align(text: &str, comments: &[usize]) -> String {
    let mut lines: Vec<(&str, Option<&str>)> = Vec::new();
    let mut start = 0;
    let mut comments = comments.iter().copied().peekable();
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let comment = comments.next_if(|&at| at < end);
        let at = comment.map(|at| line.split_at(at - start));
        lines.push(at.map_or((line, None), |(code, comment)| (code, Some(comment))));
        start = end;
    }
    let columns = |line: &str| line.trim_end().chars().count();
    let mut out = String::with_capacity(text.len());
    let opens = |line: &str| line.trim_end().ends_with(['{', '(', '[']);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let together = |a: &(&str, Option<&str>), b: &(&str, Option<&str>)| {
        a.1.is_some() && b.1.is_some() && indent(a.0) == indent(b.0) && !opens(a.0) && !opens(b.0)
    };
    for run in lines.chunk_by(together) {
        let widest = run.iter().map(|line| columns(line.0)).max().unwrap_or(0);
        let fits = |line: &(&str, Option<&str>)| {
            line.1.is_none_or(|comment| widest + 1 + columns(comment) <= COLUMNS_MAX)
        };
        let aligned = run.iter().all(fits);
        for (code, comment) in run {
            out.push_str(code);
            if let Some(comment) = comment {
                let n_blanks = if aligned { widest - columns(code) } else { 0 };
                out.extend(std::iter::repeat_n(' ', n_blanks));
                out.push_str(comment);
            }
        }
    }
    out
}
