//! The outline of a document, and a search over all open documents.

use crate::documents::{Documents, location};
use crate::place;
use lsp_types::{
    DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse, SymbolInformation, SymbolKind,
    WorkspaceSymbolParams, WorkspaceSymbolResponse,
};
use syrup_diag::Span;
use syrupc::analyze::{Kind, declared};
use syrupc::syntax::ast::{ItemKind, LitKind, PolicyBody};

fn kind_of(kind: Kind) -> SymbolKind {
    match kind {
        Kind::Const | Kind::Param => SymbolKind::CONSTANT,
        Kind::Enum => SymbolKind::ENUM,
        Kind::Case => SymbolKind::ENUM_MEMBER,
        Kind::Struct | Kind::Header => SymbolKind::STRUCT,
        Kind::Field => SymbolKind::FIELD,
        Kind::Set => SymbolKind::ARRAY,
        Kind::Map | Kind::Queue => SymbolKind::OBJECT,
        Kind::Fn | Kind::Policy => SymbolKind::FUNCTION,
        Kind::Local => SymbolKind::VARIABLE,
        Kind::File => SymbolKind::FILE,
    }
}

/// The declarations of a document, with their parts.
pub fn document(
    documents: &Documents,
    params: &DocumentSymbolParams,
) -> Option<DocumentSymbolResponse> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let text = analysed.text();
    let symbol = |name: &str, kind: SymbolKind, whole: Span, own: Span, children: Vec<_>| {
        // The protocol's own type has a field that it no longer wants.
        let value = serde_json::json!({
            "name": if name.is_empty() { "?" } else { name },
            "kind": kind,
            "range": place::range(text, whole),
            "selectionRange": place::range(text, own),
            "children": children,
        });
        serde_json::from_value::<DocumentSymbol>(value).ok()
    };
    let mut found = Vec::new();
    for item in &analysed.analysis.file.items {
        if let ItemKind::Test(test) = &item.kind {
            let LitKind::Str(name) = &test.name.kind else { continue };
            found.extend(symbol(name, SymbolKind::EVENT, item.span, test.name.span, Vec::new()));
            continue;
        }
        let Some((name, kind)) = declared(item) else { continue };
        let leaf = |kind, name: &str, whole, own| symbol(name, kind, whole, own, Vec::new());
        let children: Vec<DocumentSymbol> = match &item.kind {
            ItemKind::Enum(def) => {
                let cases = def.cases.iter();
                let leaf = |case: &syrupc::syntax::ast::EnumCase| {
                    leaf(SymbolKind::ENUM_MEMBER, &case.name.text, case.span, case.name.span)
                };
                cases.filter_map(leaf).collect()
            }
            ItemKind::Header(syrupc::syntax::ast::Header { fields, .. })
            | ItemKind::Struct(syrupc::syntax::ast::Struct { fields, .. }) => {
                let leaf = |field: &syrupc::syntax::ast::Field| {
                    leaf(SymbolKind::FIELD, &field.name.text, field.span, field.name.span)
                };
                fields.iter().filter_map(leaf).collect()
            }
            ItemKind::Policy(def) => match &def.body {
                PolicyBody::Events(handlers) => {
                    let leaf = |handler: &syrupc::syntax::ast::Handler| {
                        let event = &handler.event;
                        leaf(SymbolKind::EVENT, &event.text, handler.span, event.span)
                    };
                    handlers.iter().filter_map(leaf).collect()
                }
                PolicyBody::Function { .. } => Vec::new(),
            },
            _ => Vec::new(),
        };
        found.extend(symbol(&name.text, kind_of(kind), item.span, name.span, children));
    }
    Some(DocumentSymbolResponse::Nested(found))
}

/// Declarations of all open documents and of what they use, whose name holds the query.
pub fn workspace(
    documents: &Documents,
    params: &WorkspaceSymbolParams,
) -> Option<WorkspaceSymbolResponse> {
    /// More than anybody reads.
    const SYMBOLS_MAX: usize = 200;
    let query = params.query.to_lowercase();
    let mut found: Vec<SymbolInformation> = Vec::new();
    for uri in documents.uris() {
        let Some(analysed) = documents.analysed(&uri) else { continue };
        for decl in analysed.index.decls.values() {
            let part = matches!(decl.kind, Kind::Local | Kind::File | Kind::Field | Kind::Case);
            let library = analysed.sources().get(decl.place.file).name().starts_with("std/");
            if part || library || !decl.name.to_lowercase().contains(&query) {
                continue;
            }
            let Some(location) = location(&analysed, decl.place) else { continue };
            let value = serde_json::json!({
                "name": decl.name, "kind": kind_of(decl.kind), "location": location,
            });
            let Ok(symbol) = serde_json::from_value::<SymbolInformation>(value) else { continue };
            if !found.contains(&symbol) && found.len() < SYMBOLS_MAX {
                found.push(symbol);
            }
        }
    }
    Some(WorkspaceSymbolResponse::Flat(found))
}
