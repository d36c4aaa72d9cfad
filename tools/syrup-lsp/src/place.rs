//! Places: bytes here, lines and UTF-16 units at the editor; paths here, URIs there.

use lsp_types::{Position, Range, TextEdit, Uri, WorkspaceEdit};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use syrup_diag::Span;

/// The byte offset of a position; the end of the line, or of the text, where it is past that.
pub fn offset(text: &str, position: Position) -> u32 {
    let mut start = 0;
    for _ in 0..position.line {
        match text[start..].find('\n') {
            Some(at) => start += at + 1,
            None => return text.len() as u32,
        }
    }
    let line = text[start..].split('\n').next().unwrap_or("");
    let line = line.strip_suffix('\r').unwrap_or(line);
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= position.character {
            return (start + at) as u32;
        }
        units += c.len_utf16() as u32;
    }
    (start + line.len()) as u32
}

/// The position of a byte offset.
pub fn position(text: &str, offset: u32) -> Position {
    let mut offset = (offset as usize).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.bytes().filter(|&byte| byte == b'\n').count();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let character = before[start..].encode_utf16().count();
    Position::new(line as u32, character as u32)
}

/// The range of a span of a text.
pub fn range(text: &str, span: Span) -> Range {
    Range::new(position(text, span.start), position(text, span.end))
}

/// The path of a `file:` URI.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let mut bytes = Vec::new();
    let mut raw = rest.bytes();
    while let Some(byte) = raw.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [raw.next()?, raw.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    Some(PathBuf::from(String::from_utf8(bytes).ok()?))
}

/// The `file:` URI of a path.
pub fn uri(path: &Path) -> Option<Uri> {
    let mut out = String::from("file://");
    for byte in path.to_str()?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            byte => out += &format!("%{byte:02X}"),
        }
    }
    Uri::from_str(&out).ok()
}

/// Edits of several documents as one.
#[expect(clippy::mutable_key_type, reason = "the protocol's own type, whose text stays as it is")]
pub fn edit(rows: impl IntoIterator<Item = (Uri, TextEdit)>) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for (uri, edit) in rows {
        changes.entry(uri).or_default().push(edit);
    }
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_utf16_units() {
        let text = "a\u{e9}\u{1f36f}b\r\nzwei\n";
        for (at, line, character) in [(0, 0, 0), (1, 0, 1), (3, 0, 2), (7, 0, 4), (10, 1, 0)] {
            let found = position(text, at);
            assert_eq!((found.line, found.character), (line, character), "{at}");
            assert_eq!(offset(text, found), at);
        }
        assert_eq!(offset(text, Position::new(0, 99)), 8);
        assert_eq!(offset(text, Position::new(0, 3)), 7);
        assert_eq!(offset(text, Position::new(9, 0)), text.len() as u32);
    }

    #[test]
    fn paths_with_blanks_and_letters() {
        let own = Path::new("/a b/\u{e9}%.syr");
        let found = uri(own).unwrap();
        assert_eq!(found.as_str(), "file:///a%20b/%C3%A9%25.syr");
        assert_eq!(path(&found).as_deref(), Some(own));
        assert_eq!(path(&Uri::from_str("untitled:1").unwrap()), None);
    }
}
