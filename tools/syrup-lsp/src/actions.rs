//! Code actions: the fixes of diagnostics, errors and lints alike.

use crate::documents::{Documents, uri_of};
use crate::{place, problems};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse, TextEdit,
};

/// What can be done about the diagnostics that touch a range.
pub fn actions(documents: &Documents, params: &CodeActionParams) -> Option<CodeActionResponse> {
    let analysed = documents.analysed(&params.text_document.uri)?;
    let text = analysed.text();
    let start = place::offset(text, params.range.start);
    let end = place::offset(text, params.range.end);
    let mut found = Vec::new();
    for diagnostic in problems::found(&analysed) {
        let span = diagnostic.primary.span;
        if span.end < start || end < span.start {
            continue;
        }
        let fixes = diagnostic.fixes.iter().filter(|fix| !fix.edits.is_empty());
        for (at, fix) in fixes.enumerate() {
            let edits = fix.edits.iter().filter_map(|edit| {
                let source = analysed.sources().get(edit.span.file);
                let range = place::range(source.text(), edit.span);
                let uri = uri_of(&analysed, edit.span.file)?;
                Some((uri, TextEdit::new(range, edit.text.clone())))
            });
            found.push(CodeActionOrCommand::CodeAction(CodeAction {
                title: fix.title.clone(),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![problems::shown(&analysed, &diagnostic)]),
                edit: Some(place::edit(edits)),
                is_preferred: Some(at == 0),
                ..CodeAction::default()
            }));
        }
    }
    Some(found)
}
