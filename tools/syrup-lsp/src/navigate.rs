//! Definitions, references, highlights and renaming.

use crate::documents::{Analysed, Documents, location, uri_of};
use crate::place;
use lsp_types::{
    DocumentHighlight, DocumentHighlightParams, GotoDefinitionParams, GotoDefinitionResponse,
    Location, PrepareRenameResponse, ReferenceParams, RenameParams, TextDocumentPositionParams,
    TextEdit, Uri, WorkspaceEdit,
};
use std::collections::BTreeMap;
use std::rc::Rc;
use syrup_diag::Span;
use syrupc::analyze::{Kind, Use};

/// The name at a position, with the analysis that knows it.
pub fn name_at(
    documents: &Documents,
    params: &TextDocumentPositionParams,
) -> Option<(Rc<Analysed>, Use)> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let offset = place::offset(analysed.text(), params.position);
    let found = analysed.index.use_at(analysed.main(), offset)?;
    Some((analysed, found))
}

/// Where a name is declared.
pub fn definition(
    documents: &Documents,
    params: &GotoDefinitionParams,
) -> Option<GotoDefinitionResponse> {
    let (analysed, found) = name_at(documents, &params.text_document_position_params)?;
    location(&analysed, found.decl).map(GotoDefinitionResponse::Scalar)
}

/// Every place of a declaration's name in the open documents and the files they use.
fn places(documents: &Documents, analysed: &Analysed, decl: Span) -> Vec<(Uri, Span, String)> {
    let Some(target) = location(analysed, decl) else { return Vec::new() };
    let mut found = BTreeMap::new();
    for uri in documents.uris() {
        let Some(other) = documents.analysed(&uri) else { continue };
        // A span means something only together with its analysis.
        let same = other.index.decls.keys().find(|place| {
            place.len() == decl.len() && location(&other, **place).as_ref() == Some(&target)
        });
        let Some(same) = same else { continue };
        for name in other.index.uses_of(*same) {
            let Some(uri) = uri_of(&other, name.place.file) else { continue };
            let text = other.sources().get(name.place.file).text().to_owned();
            let key = (uri.as_str().to_owned(), name.place.start, name.place.end);
            found.insert(key, (uri, name.place, text));
        }
    }
    found.into_values().collect()
}

/// Every place where a name is used.
pub fn references(documents: &Documents, params: &ReferenceParams) -> Option<Vec<Location>> {
    let (analysed, found) = name_at(documents, &params.text_document_position)?;
    let target = location(&analysed, found.decl);
    let list = places(documents, &analysed, found.decl).into_iter();
    let list = list.map(|(uri, span, text)| Location::new(uri, place::range(&text, span)));
    let wanted =
        |place: &Location| params.context.include_declaration || Some(place) != target.as_ref();
    Some(list.filter(wanted).collect())
}

/// Every place of a name in its document.
pub fn highlight(
    documents: &Documents,
    params: &DocumentHighlightParams,
) -> Option<Vec<DocumentHighlight>> {
    let (analysed, found) = name_at(documents, &params.text_document_position_params)?;
    let own = analysed.index.uses_of(found.decl).filter(|name| name.place.file == analysed.main());
    let range = |name: Use| place::range(analysed.text(), name.place);
    Some(own.map(|name| DocumentHighlight { range: range(name), kind: None }).collect())
}

/// Whether the name at a position can be renamed.
fn renamable(analysed: &Analysed, found: Use) -> Result<(), String> {
    let source = analysed.sources().get(found.decl.file);
    if source.name().starts_with("std/") {
        return Err("the standard library keeps its names".to_owned());
    }
    match analysed.index.decls.get(&found.decl).map(|decl| decl.kind) {
        Some(Kind::File) => Err("rename the file itself".to_owned()),
        Some(_) => Ok(()),
        None => Err("nothing is declared here".to_owned()),
    }
}

/// The name that would be renamed.
pub fn prepare(
    documents: &Documents,
    params: &TextDocumentPositionParams,
) -> Result<Option<PrepareRenameResponse>, String> {
    let Some((analysed, found)) = name_at(documents, params) else { return Ok(None) };
    renamable(&analysed, found)?;
    Ok(Some(PrepareRenameResponse::Range(place::range(analysed.text(), found.place))))
}

/// The edits that rename a name everywhere.
pub fn rename(
    documents: &Documents,
    params: &RenameParams,
) -> Result<Option<WorkspaceEdit>, String> {
    let Some((analysed, found)) = name_at(documents, &params.text_document_position) else {
        return Ok(None);
    };
    renamable(&analysed, found)?;
    let name = &params.new_name;
    if !is_name(name) {
        return Err(format!("`{}` cannot be a name", name.escape_default()));
    }
    let taken = analysed.index.scope.iter().any(|(other, _)| other == name);
    let is_local = analysed.index.decls.get(&found.decl).is_some_and(|d| d.kind == Kind::Local);
    if taken && !is_local {
        return Err(format!("`{name}` is declared already"));
    }
    let places = places(documents, &analysed, found.decl).into_iter();
    let edits = places
        .map(|(uri, span, text)| (uri, TextEdit::new(place::range(&text, span), name.clone())));
    Ok(Some(place::edit(edits)))
}

/// Whether a word can be a name: letters, digits and `_`, and no keyword.
fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    let starts = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let keyword = syrupc::syntax::token::TokenKind::WORDS.iter().any(|(_, text)| *text == word);
    starts && letters.all(|c| c.is_ascii_alphanumeric() || c == '_') && !keyword
}
