//! Completion and signature help, from the tokens before the cursor: they are there when nothing
//! parses yet.

use crate::documents::{Analysed, Documents};
use crate::{hover, place};
use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionParams, CompletionResponse, Documentation,
    InsertTextFormat, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel,
    SignatureHelp, SignatureHelpParams, SignatureInformation,
};
use syrup_diag::Span;
use syrupc::analyze::{Decl, Kind};
use syrupc::hir::Type;
use syrupc::syntax::token::{Token, TokenKind};

/// Attributes with what they take.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("hooks", "hooks(${1:socket_select})"),
    ("pin", "pin(\"${1:app}/${2:name}\")"),
    ("user", "user(${1|read,write,add|})"),
    ("budget", "budget(insns: ${1:4000})"),
    ("allow", "allow(${1:lint}, \"${2:why}\")"),
    ("licence", "licence(\"${1:GPL}\")"),
];

/// Words that stand for values and functions everywhere.
const PRELUDE: [&str; 12] = [
    "pass", "drop", "some", "none", "now", "random", "min", "max", "low32", "high32", "hash",
    "mul_sat",
];

/// What a set of executors has.
const OF_SET: [&str; 5] = ["hash", "wrap", "random", "sample", "len"];

/// What a packet has.
const OF_PACKET: [&str; 8] =
    ["flow_hash", "len", "flow", "eth_protocol", "ip_protocol", "rx_queue", "interface", "index"];

/// What a map or a cell has.
const OF_MAP: [&str; 9] =
    ["add", "sub", "fetch_add", "take", "raise_to", "exchange", "load", "insert", "remove"];

/// The tokens before the cursor, the one being typed left out.
struct Before<'a> {
    analysed: &'a Analysed,
    tokens: Vec<Token>,
}

impl<'a> Before<'a> {
    fn new(analysed: &'a Analysed, offset: u32) -> Before<'a> {
        let seen = analysed.analysis.file.tokens.iter().filter(|token| !token.kind.is_trivia());
        let mut tokens: Vec<Token> =
            seen.take_while(|token| token.span.start < offset).copied().collect();
        let typed = |token: &Token| {
            token.span.end >= offset && (token.kind == TokenKind::Ident || token.kind.is_word())
        };
        if tokens.last().is_some_and(typed) {
            tokens.pop();
        }
        Before { analysed, tokens }
    }

    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| self.analysed.sources().slice(token.span))
    }

    /// The text of the token so many before the cursor; 0 is the last.
    fn back(&self, n: usize) -> &'a str {
        self.tokens.len().checked_sub(n + 1).map_or("", |at| self.text(at))
    }

    /// Where the innermost bracket that is open stands, and how many commas follow it.
    fn open(&self) -> Option<(usize, u32)> {
        let (mut depth, mut commas) = (0, 0);
        for at in (0..self.tokens.len()).rev() {
            match self.tokens[at].kind {
                TokenKind::RParen | TokenKind::RBracket | TokenKind::RBrace => depth += 1,
                TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace if depth > 0 => {
                    depth -= 1;
                }
                TokenKind::LParen => return Some((at, commas)),
                TokenKind::LBracket | TokenKind::LBrace => return None,
                TokenKind::Comma if depth == 0 => commas += 1,
                _ => {}
            }
        }
        None
    }

    /// The declaration of the name that ends at a token: `dns.Header` or `Request`.
    fn named(&self, at: usize) -> Option<&'a Decl> {
        let index = &self.analysed.index;
        let span = self.tokens.get(at)?.span;
        if let Some(found) = index.uses.iter().find(|found| found.place == span) {
            return index.decls.get(&found.decl);
        }
        let name = self.text(at);
        if let Some((_, place)) = index.scope.iter().find(|row| row.0 == name) {
            return index.decls.get(place);
        }
        let mut all = index.decls.values();
        all.find(|decl| decl.name == name && decl.kind != Kind::Local)
    }

    /// Fields or cases of a declaration.
    fn parts(&self, of: &Decl) -> Vec<&'a Decl> {
        let own = |decl: &&Decl| {
            matches!(decl.kind, Kind::Field | Kind::Case) && of.whole.contains(decl.whole)
        };
        self.analysed.index.decls.values().filter(own).collect()
    }
}

/// What can stand at the cursor.
pub fn complete(documents: &Documents, params: &CompletionParams) -> Option<CompletionResponse> {
    let at = &params.text_document_position;
    let analysed = documents.analysed(&at.text_document.uri)?;
    let offset = place::offset(analysed.text(), at.position);
    let before = Before::new(&analysed, offset);
    Some(CompletionResponse::Array(items(&before, offset)))
}

fn items(before: &Before<'_>, offset: u32) -> Vec<CompletionItem> {
    if before.back(0) == "@" {
        return ATTRIBUTES.iter().map(|(name, text)| snippet(name, text)).collect();
    }
    if before.back(0) == "." {
        return members(before);
    }
    if before.back(0) == "from" {
        return declared(before, |kind| kind == Kind::Set);
    }
    if let Some((open, _)) = before.open() {
        if before.text(open.saturating_sub(1)) == "hooks" {
            return syrup_stdlib::folder("hooks")
                .map(|(name, _)| word(name, CompletionItemKind::EVENT))
                .collect();
        }
        let named = open.checked_sub(1).and_then(|at| before.named(at));
        let named = named.filter(|decl| matches!(decl.kind, Kind::Header | Kind::Struct));
        if let Some(decl) = named {
            let fields = before.parts(decl);
            if before.back(0) == ":" {
                let field = fields.iter().find(|field| field.name == before.back(1));
                let cases = field.map(|field| cases_of(before, field)).unwrap_or_default();
                if !cases.is_empty() {
                    return cases;
                }
            } else {
                return fields.into_iter().map(|field| item(before.analysed, field)).collect();
            }
        }
    }
    let mut found = declared(before, |_| true);
    found.extend(locals(before, offset));
    let names = before.analysed.index.scope.iter().map(|row| row.0.as_str()).collect::<Vec<_>>();
    let headers = syrup_stdlib::folder("headers").filter(|(name, _)| !names.contains(name));
    found.extend(headers.map(|(name, _)| word(name, CompletionItemKind::STRUCT)));
    found.extend(PRELUDE.iter().map(|text| word(text, CompletionItemKind::FUNCTION)));
    let words = TokenKind::WORDS.iter().filter(|row| row.1 != "_");
    found.extend(words.map(|(_, text)| word(text, CompletionItemKind::KEYWORD)));
    found
}

/// The cases of the enum that a field holds.
fn cases_of(before: &Before<'_>, field: &Decl) -> Vec<CompletionItem> {
    let index = &before.analysed.index;
    let inside = index.uses.iter().filter(|found| field.whole.contains(found.place));
    let mut decls = inside.filter_map(|found| index.decls.get(&found.decl));
    let Some(of) = decls.find(|decl| decl.kind == Kind::Enum) else { return Vec::new() };
    before.parts(of).into_iter().map(|case| item(before.analysed, case)).collect()
}

/// What stands behind a dot.
fn members(before: &Before<'_>) -> Vec<CompletionItem> {
    let at = before.tokens.len().saturating_sub(2);
    let methods = |list: &[&str]| {
        list.iter().map(|name| word(name, CompletionItemKind::METHOD)).collect::<Vec<_>>()
    };
    let index = &before.analysed.index;
    if let Some(decl) = before.named(at) {
        match decl.kind {
            Kind::Set => return methods(&OF_SET),
            Kind::Map => return methods(&OF_MAP),
            Kind::Queue => return methods(&["pop", "at", "len"]),
            Kind::File => {
                let public = index.decls.values().filter(|other| {
                    other.public && other.place.file == decl.place.file && other.kind != Kind::File
                });
                return public.map(|other| item(before.analysed, other)).collect();
            }
            _ => {}
        }
    }
    let last = before.tokens.get(at).map(|token| token.span).unwrap_or_default();
    let local = before.named(at).and_then(|decl| index.value(decl.place));
    let value = index.values.iter().filter(|value| value.place.end == last.end);
    let value = value.max_by_key(|value| value.place.len()).or(local);
    match value.map(|value| &value.ty) {
        Some(Type::Packet) => methods(&OF_PACKET),
        Some(Type::Exec(_)) => methods(&["index", "idle"]),
        Some(Type::Bytes(_)) => methods(&["len", "lower", "starts_with"]),
        Some(Type::Duration) => methods(&["ns", "us", "ms", "s"]),
        Some(Type::Task) => methods(&["id", "ran", "weight"]),
        Some(Type::Struct(id)) => {
            let program = &before.analysed.analysis.program;
            let decl = program.structs.get(id.idx()).and_then(|def| index.decls.get(&def.span));
            let fields = decl.map(|decl| before.parts(decl)).unwrap_or_default();
            fields.into_iter().map(|field| item(before.analysed, field)).collect()
        }
        _ if before.back(1) == "]" => methods(&OF_MAP),
        _ => Vec::new(),
    }
}

/// Declarations of the file and what it imports.
fn declared(before: &Before<'_>, wanted: impl Fn(Kind) -> bool) -> Vec<CompletionItem> {
    let index = &before.analysed.index;
    let mut found = Vec::new();
    for (name, place) in &index.scope {
        let Some(decl) = index.decls.get(place).filter(|decl| wanted(decl.kind)) else { continue };
        found.push(CompletionItem { label: name.clone(), ..item(before.analysed, decl) });
        if decl.kind == Kind::Enum {
            found.extend(before.parts(decl).into_iter().map(|case| item(before.analysed, case)));
        }
    }
    found
}

/// Locals that are declared before the cursor in the same declaration.
fn locals(before: &Before<'_>, offset: u32) -> Vec<CompletionItem> {
    let main = before.analysed.main();
    let items = &before.analysed.analysis.file.items;
    let around = items.iter().find(|item| item.span.start <= offset && offset <= item.span.end);
    let around = around.map_or(Span::new(main, offset, offset), |item| item.span);
    let own = before.analysed.index.decls.values().filter(|decl| {
        decl.kind == Kind::Local && around.contains(decl.place) && decl.place.end < offset
    });
    own.map(|decl| item(before.analysed, decl)).collect()
}

fn item(analysed: &Analysed, decl: &Decl) -> CompletionItem {
    let kind = match decl.kind {
        Kind::Const | Kind::Param => CompletionItemKind::CONSTANT,
        Kind::Enum => CompletionItemKind::ENUM,
        Kind::Case => CompletionItemKind::ENUM_MEMBER,
        Kind::Struct | Kind::Header => CompletionItemKind::STRUCT,
        Kind::Field => CompletionItemKind::FIELD,
        Kind::Set | Kind::Map | Kind::Queue | Kind::Local => CompletionItemKind::VARIABLE,
        Kind::Fn | Kind::Policy => CompletionItemKind::FUNCTION,
        Kind::File => CompletionItemKind::MODULE,
    };
    let detail = hover::signature(analysed, decl);
    let detail = detail.lines().next().unwrap_or("").to_owned();
    let docs = hover::documentation(analysed, decl);
    let docs = docs.map(|value| MarkupContent { kind: MarkupKind::Markdown, value });
    CompletionItem {
        label: decl.name.clone(),
        kind: Some(kind),
        detail: Some(detail),
        documentation: docs.map(Documentation::MarkupContent),
        ..CompletionItem::default()
    }
}

fn word(text: &str, kind: CompletionItemKind) -> CompletionItem {
    CompletionItem { label: text.to_owned(), kind: Some(kind), ..CompletionItem::default() }
}

fn snippet(name: &str, text: &str) -> CompletionItem {
    CompletionItem {
        insert_text: Some(text.to_owned()),
        insert_text_format: Some(InsertTextFormat::SNIPPET),
        ..word(name, CompletionItemKind::PROPERTY)
    }
}

/// What is being called, and which argument is being typed.
pub fn signature(documents: &Documents, params: &SignatureHelpParams) -> Option<SignatureHelp> {
    let at = &params.text_document_position_params;
    let analysed = documents.analysed(&at.text_document.uri)?;
    let offset = place::offset(analysed.text(), at.position);
    let before = Before::new(&analysed, offset);
    let (open, commas) = before.open()?;
    let decl = before.named(open.checked_sub(1)?)?;
    let text = hover::signature(&analysed, decl);
    let parameters: Vec<String> = match decl.kind {
        Kind::Fn | Kind::Policy => {
            let list = text.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
            let list = list.map_or("", |(list, _)| list);
            list.split(',').map(|part| part.trim().to_owned()).collect()
        }
        Kind::Header | Kind::Struct => {
            let fields = before.parts(decl).into_iter();
            fields.map(|field| hover::signature(&analysed, field)).collect()
        }
        _ => return None,
    };
    let label = match decl.kind {
        Kind::Header | Kind::Struct => format!("{}({})", decl.name, parameters.join(", ")),
        _ => text,
    };
    let parameters = parameters.into_iter().filter(|part| !part.is_empty());
    let parameters = parameters.map(|part| ParameterInformation {
        label: ParameterLabel::Simple(part),
        documentation: None,
    });
    let information = SignatureInformation {
        label,
        documentation: hover::documentation(&analysed, decl).map(Documentation::String),
        parameters: Some(parameters.collect()),
        active_parameter: Some(commas),
    };
    Some(SignatureHelp {
        signatures: vec![information],
        active_signature: Some(0),
        active_parameter: Some(commas),
    })
}
