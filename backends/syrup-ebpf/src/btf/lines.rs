//! Source lines of a program, so that a verifier message names the policy's line.
//!
//! In: the span of each word. Out: a [`Line`] wherever the source line changes. The first word of a
//! program always has one: libbpf drops the whole table without it.

use super::writer::Writer;
use syrup_diag::{Source, Sources, Span};
use syrup_wire::artifact::Line;

/// Bytes of a line's text that are kept: the kernel prints them, it does not parse them.
const TEXT_BYTES_MAX: usize = 160;

/// The line table of a program.
pub fn lines(spans: &[Span], sources: &Sources, writer: &mut Writer) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (insn, span) in spans.iter().enumerate() {
        if insn > 0 && *span == spans[insn - 1] {
            continue;
        }
        let line = at(insn as u32, *span, sources, writer);
        let same = lines
            .last()
            .is_some_and(|last| (last.file_name, last.line) == (line.file_name, line.line));
        if !same {
            lines.push(line);
        }
    }
    lines
}

fn at(insn: u32, span: Span, sources: &Sources, writer: &mut Writer) -> Line {
    let Some(source) = file(span, sources) else {
        let file_name = writer.string("policy");
        return Line { insn, file_name, text: file_name, line: 1, column: 1 };
    };
    let position = source.position(span.start);
    let text = cut(source.line(position.line).trim());
    let file_name = writer.string(cut(source.name()));
    let text = writer.string(text);
    // `BPF_LINE_INFO_LINE_NUM`: 22 bits of line, 10 of column.
    let (line, column) = (position.line.min(0x3f_ffff), position.column.min(0x3ff));
    Line { insn, file_name, text, line, column }
}

fn file(span: Span, sources: &Sources) -> Option<&Source> {
    sources.iter().find(|(id, _)| *id == span.file).map(|(_, source)| source)
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
