//! Semantic tokens: every token of a document, with what its name stands for.

use crate::documents::Documents;
use crate::place;
use lsp_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend,
    SemanticTokensParams, SemanticTokensResult,
};
use std::collections::HashMap;
use syrup_diag::Span;
use syrupc::analyze::Kind;
use syrupc::syntax::token::TokenKind;

/// Types of tokens, by number.
const TYPES: [&str; 16] = [
    "comment",
    "keyword",
    "number",
    "string",
    "operator",
    "variable",
    "parameter",
    "property",
    "enum",
    "enumMember",
    "struct",
    "function",
    "namespace",
    "type",
    "decorator",
    "macro",
];

/// Arithmetic that wraps or stops at the end, for themes that show it.
const WRAPPING: u32 = 1;

/// The names of types and modifiers.
pub fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: TYPES.iter().map(|name| SemanticTokenType::new(name)).collect(),
        token_modifiers: ["wrapping", "declaration", "readonly"]
            .map(SemanticTokenModifier::new)
            .to_vec(),
    }
}

fn number(name: &str) -> u32 {
    TYPES.iter().position(|own| *own == name).unwrap_or(0) as u32
}

/// The type of a name.
fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Const | Kind::Param => "macro",
        Kind::Enum => "enum",
        Kind::Case => "enumMember",
        Kind::Struct | Kind::Header => "struct",
        Kind::Field => "property",
        Kind::Set | Kind::Map | Kind::Queue => "parameter",
        Kind::Fn | Kind::Policy => "function",
        Kind::Local => "variable",
        Kind::File => "namespace",
    }
}

/// Every token of a document.
pub fn full(documents: &Documents, params: &SemanticTokensParams) -> Option<SemanticTokensResult> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let text = analysed.text();
    let index = &analysed.index;
    let names: HashMap<Span, Kind> = index
        .uses
        .iter()
        .filter_map(|found| Some((found.place, index.decls.get(&found.decl)?.kind)))
        .collect();
    let mut data = Vec::new();
    let (mut line, mut start) = (0, 0);
    let mut before = TokenKind::White;
    for token in &analysed.analysis.file.tokens {
        let kind = token.kind;
        let (name, modifiers) = match kind {
            TokenKind::White | TokenKind::Error => continue,
            TokenKind::Comment | TokenKind::Doc | TokenKind::BlockComment => ("comment", 0),
            TokenKind::Int | TokenKind::Duration => ("number", 0),
            TokenKind::Str | TokenKind::Bytes | TokenKind::Hex => ("string", 0),
            TokenKind::PlusWrap | TokenKind::MinusWrap | TokenKind::StarWrap => {
                ("operator", WRAPPING)
            }
            TokenKind::PlusSat | TokenKind::MinusSat => ("operator", WRAPPING),
            kind => match names.get(&token.span) {
                Some(kind) => (of_kind(*kind), 0),
                None if kind.is_word() => ("keyword", 0),
                None if kind == TokenKind::Ident && before == TokenKind::At => ("decorator", 0),
                None if kind == TokenKind::Ident && before == TokenKind::Dot => ("function", 0),
                None if kind == TokenKind::Ident => ("type", 0),
                None => {
                    before = kind;
                    continue;
                }
            },
        };
        before = kind;
        let at = place::position(text, token.span.start);
        let slice = analysed.sources().slice(token.span);
        let length = slice.encode_utf16().count() as u32;
        let delta_line = at.line - line;
        let delta_start = if delta_line == 0 { at.character - start } else { at.character };
        (line, start) = (at.line, at.character);
        data.push(SemanticToken {
            delta_line,
            delta_start,
            length,
            token_type: number(name),
            token_modifiers_bitset: modifiers,
        });
    }
    Some(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data }))
}
