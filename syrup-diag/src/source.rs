//! Source files and the spans that point into them.

use std::fmt;
use std::sync::Arc;

/// Names a file of a [`Sources`] table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The file the bytes are in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of bytes `start..end` of `file`.
    pub const fn new(file: FileId, start: u32, end: u32) -> Span {
        Span { file, start, end }
    }

    /// The smallest span that holds both; `self` when the files differ.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span::new(self.file, self.start.min(other.start), self.end.max(other.end))
    }

    /// The empty span where this one ends: where an insertion goes.
    pub const fn after(self) -> Span {
        Span::new(self.file, self.end, self.end)
    }

    /// The empty span where this one starts.
    pub const fn before(self) -> Span {
        Span::new(self.file, self.start, self.start)
    }

    /// Whether `other` lies within this span.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// Length in bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the span holds no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

/// A place a person can find: both numbers count from 1, columns count code points.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Line number.
    pub line: u32,
    /// Column in code points.
    pub column: u32,
}

/// One source file.
///
/// INVARIANT(lines): `line_starts` and `code_points` were computed from exactly this `text`.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: Arc<str>,
    line_starts: Vec<u32>,
    /// Code points before every [`MARK_BYTES`]th byte, so that a long line is not counted again
    /// for each place in it.
    code_points: Vec<u32>,
}

/// Bytes between two places whose code points are counted beforehand.
const MARK_BYTES: usize = 1024;

/// Code points that begin in some bytes: all but those that continue one.
fn count_code_points(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count() as u32
}

impl Source {
    /// The name that messages show: a path as the user gave it, or `std/...`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text, shared.
    pub fn shared_text(&self) -> Arc<str> {
        self.text.clone()
    }

    /// The byte offset at which each line starts.
    pub fn line_starts(&self) -> &[u32] {
        &self.line_starts
    }

    /// Line and column of a byte offset; offsets past the end give the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line_starts.partition_point(|&start| start as usize <= offset) - 1;
        let start = self.line_starts[line] as usize;
        let column = self.code_points_before(offset) - self.code_points_before(start);
        Position { line: line as u32 + 1, column: column + 1 }
    }

    fn code_points_before(&self, offset: usize) -> u32 {
        let mark = offset / MARK_BYTES;
        let rest = &self.text.as_bytes()[mark * MARK_BYTES..offset];
        self.code_points[mark] + count_code_points(rest)
    }

    /// The text of a line, counted from 1, without its line break.
    pub fn line(&self, line: u32) -> &str {
        let Some(&start) = self.line_starts.get(line as usize - 1) else { return "" };
        let end = self.line_starts.get(line as usize).map_or(self.text.len(), |&end| end as usize);
        self.text[start as usize..end].trim_end_matches(['\n', '\r'])
    }
}

/// All files of one compilation, in the order they were read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// An empty table.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a file; the id stays valid as long as the table.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let text: Arc<str> = text.into();
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect();
        let id = FileId(self.files.len() as u32);
        let mut code_points = vec![0];
        for part in text.as_bytes().chunks(MARK_BYTES) {
            let before = code_points[code_points.len() - 1];
            code_points.push(before + count_code_points(part));
        }
        self.files.push(Source { name: name.into(), text, line_starts, code_points });
        id
    }

    /// The file of an id that this table gave out.
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// The text a span covers; empty where the span does not fit its file.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).text().get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Every file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(idx, file)| (FileId(idx as u32), file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_counts_code_points() {
        let mut sources = Sources::new();
        let id = sources.add("a.syr", "één\nzwei\n");
        let file = sources.get(id);
        assert_eq!(file.position(5), Position { line: 1, column: 4 });
        assert_eq!(file.position(6), Position { line: 2, column: 1 });
        assert_eq!(file.position(999), Position { line: 3, column: 1 });
        assert_eq!(file.line(1), "één");
    }

    #[test]
    fn positions_in_a_long_line_count_code_points() {
        let mut sources = Sources::new();
        // Two and three bytes each, so that marks fall into the middle of one.
        let text: String = (0..5000).map(|n| if n % 2 == 0 { 'é' } else { '→' }).collect();
        let id = sources.add("a.syr", format!("x\n{text}"));
        let file = sources.get(id);
        for (n, (at, _)) in text.char_indices().enumerate() {
            let expected = Position { line: 2, column: n as u32 + 1 };
            assert_eq!(file.position(at as u32 + 2), expected);
        }
        let end = Position { line: 2, column: 5001 };
        assert_eq!(file.position(file.text().len() as u32), end);
    }
}
