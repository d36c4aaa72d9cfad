//! Diagnostics as people read them.
//!
//! Everything that came from a source file is filtered: control characters never reach the
//! terminal, so a hostile policy cannot write escape sequences into an operator's log.

use crate::{Diagnostic, Severity, Sources};
use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::SimpleFiles;
use codespan_reporting::term;

/// How to render.
#[derive(Clone, Copy, Debug, Default)]
pub struct RenderOptions {
    /// Whether to colour with ANSI escapes.
    pub color: bool,
}

/// Bytes of a line beyond which it is not shown: a screen has room for a few of its own.
const LINE_BYTES_MAX: usize = 512;

/// One diagnostic, with source excerpts, fixes, and where to read more.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, options: RenderOptions) -> String {
    render_all([diagnostic], sources, options)
}

/// All of them, one after the other, each followed by an empty line.
pub fn render_all<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &Sources,
    options: RenderOptions,
) -> String {
    let mut files = SimpleFiles::new();
    for (_, source) in sources.iter() {
        files.add(printable(source.name()), printable(source.text()));
    }
    let render = |diagnostic| render_one(diagnostic, sources, &files, options);
    diagnostics.into_iter().map(render).collect()
}

fn render_one(
    diagnostic: &Diagnostic,
    sources: &Sources,
    files: &SimpleFiles<String, String>,
    options: RenderOptions,
) -> String {
    let config = term::Config::default();
    let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let report = if labels().all(|label| can_be_shown(label, sources)) {
        to_codespan(diagnostic)
    } else {
        let places = labels().map(|label| place_of(label, sources));
        without_excerpts(diagnostic, places.collect())
    };
    let mut buffer = if options.color {
        term::termcolor::Buffer::ansi()
    } else {
        term::termcolor::Buffer::no_color()
    };
    if term::emit_to_write_style(&mut buffer, &config, files, &report).is_err() {
        return format!("{}\n", printable(&diagnostic.message));
    }
    String::from_utf8_lossy(buffer.as_slice()).into_owned()
}

/// Whether the lines at both ends of a label are short enough.
fn can_be_shown(label: &crate::Label, sources: &Sources) -> bool {
    let text = sources.get(label.span.file).text().as_bytes();
    let is_short = |at: u32| {
        let (before, behind) = text.split_at((at as usize).min(text.len()));
        let is_end = |byte: &u8| *byte == b'\n';
        let n_before = before.iter().rev().take(LINE_BYTES_MAX).take_while(|b| !is_end(b)).count();
        let n_behind = behind.iter().take(LINE_BYTES_MAX).take_while(|b| !is_end(b)).count();
        n_before + n_behind < LINE_BYTES_MAX
    };
    is_short(label.span.start) && is_short(label.span.end)
}

/// A label as a note: where it is and what it says.
fn place_of(label: &crate::Label, sources: &Sources) -> String {
    let source = sources.get(label.span.file);
    let at = source.position(label.span.start);
    let place = format!("{}:{}:{}", printable(source.name()), at.line, at.column);
    match label.text.as_str() {
        "" => format!("at {place}"),
        text => format!("at {place}: {}", printable(text)),
    }
}

fn without_excerpts(diagnostic: &Diagnostic, places: Vec<String>) -> codespan::Diagnostic<usize> {
    let report = to_codespan(diagnostic);
    let notes = [places, report.notes].concat();
    codespan::Diagnostic { labels: Vec::new(), notes, ..report }
}

fn to_codespan(diagnostic: &Diagnostic) -> codespan::Diagnostic<usize> {
    let severity = match diagnostic.severity {
        Severity::Note => codespan::Severity::Note,
        Severity::Warning => codespan::Severity::Warning,
        Severity::Error => codespan::Severity::Error,
    };
    let label = |style, label: &crate::Label| {
        let range = label.span.start as usize..label.span.end as usize;
        codespan::Label::new(style, label.span.file.0 as usize, range)
            .with_message(printable(&label.text))
    };
    let primary = label(codespan::LabelStyle::Primary, &diagnostic.primary);
    let secondary = diagnostic.secondary.iter().map(|l| label(codespan::LabelStyle::Secondary, l));
    codespan::Diagnostic::new(severity)
        .with_code(diagnostic.code.to_string())
        .with_message(printable(&diagnostic.message))
        .with_labels(std::iter::once(primary).chain(secondary).collect())
        .with_notes(notes(diagnostic))
}

/// Notes, then numbered fixes, then the page.
fn notes(diagnostic: &Diagnostic) -> Vec<String> {
    let mut notes: Vec<String> = diagnostic.notes.iter().map(|n| printable(n)).collect();
    let many = diagnostic.fixes.len() > 1;
    for (idx, fix) in diagnostic.fixes.iter().enumerate() {
        let title = printable(&fix.title);
        let prefix = if many { format!("fix {}", idx + 1) } else { "fix".to_owned() };
        notes.push(format!("{prefix}: {title}"));
    }
    notes.push(format!("more: syrupc explain {}", diagnostic.code));
    notes
}

/// Replaces control characters (but tab and line feed) by one-column marks.
///
/// Each is replaced by as many bytes as it had, so spans stay right.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c {
            '\n' | '\t' => [c].into_iter().cycle().take(1),
            '\r' => [' '].into_iter().cycle().take(1),
            c if c.is_control() || is_bidi(c) => ['?'].into_iter().cycle().take(c.len_utf8()),
            c => [c].into_iter().cycle().take(1),
        })
        .collect()
}

/// Characters that reorder text on screen (Unicode annex 9, "Trojan Source").
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Span};

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        let mut sources = Sources::new();
        let file = sources.add("a\x1b[31m.syr", "let x\x1b[2J = 1;\n");
        let diagnostic = Diagnostic::error(Code::E0102, Span::new(file, 0, 5), "bad \x1b[0m thing");
        let text = render(&diagnostic, &sources, RenderOptions::default());
        assert!(!text.contains('\x1b'), "{text}");
        assert!(text.contains("error[E0102]"), "{text}");
    }

    #[test]
    fn a_line_that_no_screen_holds_is_not_shown() {
        let mut sources = Sources::new();
        let file = sources.add("long.syr", format!("short\n{}\nshort", "x".repeat(1 << 20)));
        let shown = |start, end| {
            let diagnostic = Diagnostic::error(Code::E0102, Span::new(file, start, end), "bad");
            render(&diagnostic.label("here"), &sources, RenderOptions::default())
        };
        let text = shown(1000, 1001);
        assert!(text.len() < 500 && text.contains("at long.syr:2:995: here"), "{text}");
        for (start, end) in [(0, 5), (7 + (1 << 20), 9 + (1 << 20))] {
            let text = shown(start, end);
            assert!(text.contains("short\n") && !text.contains("xxx"), "{text}");
        }
    }
}
