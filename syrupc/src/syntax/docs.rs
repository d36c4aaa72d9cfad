//! Documentation comments.
//!
//! In: a file and the span of a declaration, field or entry. Out: the `///` lines before it.

use super::ast::File;
use super::token::TokenKind;
use syrup_diag::Span;

/// The text of the `///` lines right before a node, without the slashes; nothing where there
/// are none. Blank lines may stand between, other comments may not.
pub fn docs_before(file: &File, text: &str, node: Span) -> Option<String> {
    let at = file.tokens.partition_point(|token| token.span.start < node.start);
    let before = file.tokens[..at].iter().rev();
    let docs = before
        .take_while(|token| matches!(token.kind, TokenKind::White | TokenKind::Doc))
        .filter(|token| token.kind == TokenKind::Doc);
    let mut lines: Vec<&str> = docs
        .map(|token| {
            let line = text.get(token.span.start as usize..token.span.end as usize).unwrap_or("");
            let line = line.trim_start_matches("///").trim_end();
            line.strip_prefix(' ').unwrap_or(line)
        })
        .collect();
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::ast::ItemKind;
    use syrup_diag::{Diagnostics, FileId};

    #[test]
    fn items_fields_and_entries() {
        let text = "edition 2026;
/// One.
///  Two.

struct S {
    /// A field.
    a: u8,
    // no docs
    b: u8,
}
hook h {
    /// An entry.
    x: 1,
}
";
        let mut diags = Diagnostics::new();
        let file = crate::syntax::parse(FileId(0), text, &mut diags);
        assert!(diags.is_empty());
        let docs = |span| docs_before(&file, text, span);
        assert_eq!(docs(file.items[0].span).as_deref(), Some("One.\n Two."));
        let ItemKind::Struct(item) = &file.items[0].kind else { panic!("no struct") };
        assert_eq!(docs(item.fields[0].span).as_deref(), Some("A field."));
        assert_eq!(docs(item.fields[1].span), None);
        let ItemKind::Record(record) = &file.items[1].kind else { panic!("no record") };
        assert_eq!(docs(record.entries[0].span).as_deref(), Some("An entry."));
    }
}
