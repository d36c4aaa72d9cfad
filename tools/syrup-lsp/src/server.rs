//! The loop: messages in, answers out.
//!
//! Requests that the editor took back are answered so without any work, and of several changes that
//! wait only the last is diagnosed.

use crate::documents::Documents;
use crate::{actions, complete, hints, hover, navigate, place, problems, shape, symbols, tokens};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification as _,
    PublishDiagnostics,
};
use lsp_types::request as r;
use lsp_types::{
    CancelParams, CodeActionProviderCapability, CodeLensOptions, CompletionOptions,
    FoldingRangeProviderCapability, HoverProviderCapability, InitializeParams, NumberOrString,
    OneOf, PublishDiagnosticsParams, RenameOptions, SelectionRangeProviderCapability,
    SemanticTokensFullOptions, SemanticTokensOptions, ServerCapabilities, SignatureHelpOptions,
    TextDocumentSyncCapability, TextDocumentSyncKind, Uri, WorkDoneProgressOptions,
};
use serde_json::Value;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the server can do.
fn capabilities() -> ServerCapabilities {
    let none = WorkDoneProgressOptions::default;
    let words = |list: &[&str]| Some(list.iter().map(|word| (*word).to_owned()).collect());
    ServerCapabilities {
        text_document_sync: Some(TextDocumentSyncCapability::Kind(
            TextDocumentSyncKind::INCREMENTAL,
        )),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: words(&[".", "(", ":", "@", ","]),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: words(&["(", ","]),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: none(),
        })),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        semantic_tokens_provider: Some(
            SemanticTokensOptions {
                legend: tokens::legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            }
            .into(),
        ),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        code_action_provider: Some(CodeActionProviderCapability::Simple(true)),
        ..ServerCapabilities::default()
    }
}

/// Serves one editor until it says goodbye or is gone.
///
/// # Errors
/// One sentence where the connection breaks before that.
pub fn serve(connection: &Connection) -> Result<(), String> {
    let capabilities = serde_json::to_value(capabilities()).map_err(|error| error.to_string())?;
    let Ok(params) = connection.initialize(capabilities) else {
        // The editor went before it said hello.
        return Ok(());
    };
    let _: Option<InitializeParams> = serde_json::from_value(params).ok();
    let mut server = Server { connection, documents: Documents::default(), queue: VecDeque::new() };
    while let Some(message) = server.next() {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request).unwrap_or(true) {
                    return Ok(());
                }
                let response = server.answer(request);
                server.send(Message::Response(response));
            }
            Message::Notification(notification) => server.note(notification),
            Message::Response(_) => {}
        }
    }
    Ok(())
}

struct Server<'c> {
    connection: &'c Connection,
    documents: Documents,
    /// Messages that were received and not dealt with.
    queue: VecDeque<Message>,
}

impl Server<'_> {
    /// The next message; nothing when the editor is gone.
    fn next(&mut self) -> Option<Message> {
        if self.queue.is_empty() {
            self.queue.push_back(self.connection.receiver.recv().ok()?);
        }
        self.queue.extend(self.connection.receiver.try_iter());
        self.queue.pop_front()
    }

    fn send(&self, message: Message) {
        // An editor that is gone ends the loop when it is asked for the next message.
        let _ = self.connection.sender.send(message);
    }

    /// Whether the editor took a request back.
    fn is_cancelled(&self, id: &RequestId) -> bool {
        self.queue.iter().any(|message| {
            let Message::Notification(note) = message else { return false };
            let params = serde_json::from_value::<CancelParams>(note.params.clone());
            note.method == Cancel::METHOD
                && params.is_ok_and(|params| match params.id {
                    NumberOrString::Number(number) => RequestId::from(number) == *id,
                    NumberOrString::String(text) => RequestId::from(text) == *id,
                })
        })
    }

    fn answer(&self, request: Request) -> Response {
        let Request { id, method, params } = request;
        if self.is_cancelled(&id) {
            let code = ErrorCode::RequestCanceled as i32;
            return Response::new_err(id, code, "taken back".to_owned());
        }
        let documents = &self.documents;
        let found = catch_unwind(AssertUnwindSafe(|| dispatch(documents, &method, params)));
        match found {
            Ok(Ok(value)) => Response::new_ok(id, value),
            Ok(Err((code, message))) => Response::new_err(id, code as i32, message),
            Err(_) => {
                let message = format!("a bug of ours in {method}; please report it");
                Response::new_err(id, ErrorCode::InternalError as i32, message)
            }
        }
    }

    fn note(&mut self, note: Notification) {
        let Notification { method, params } = note;
        match method.as_str() {
            DidOpenTextDocument::METHOD => {
                if let Ok(params) = serde_json::from_value(params) {
                    let lsp_types::DidOpenTextDocumentParams { text_document: doc } = params;
                    self.documents.set(doc.uri, doc.text, doc.version);
                    self.diagnose();
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Ok(params) = serde_json::from_value(params) {
                    let params: lsp_types::DidChangeTextDocumentParams = params;
                    let doc = params.text_document;
                    self.documents.change(&doc.uri, doc.version, params.content_changes);
                    self.diagnose();
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Ok(params) = serde_json::from_value(params) {
                    let params: lsp_types::DidCloseTextDocumentParams = params;
                    self.documents.close(&params.text_document.uri);
                    self.publish(params.text_document.uri, Vec::new(), None);
                }
            }
            _ => {}
        }
    }

    /// Tells what is wrong with the open documents, unless another change waits.
    fn diagnose(&mut self) {
        self.queue.extend(self.connection.receiver.try_iter());
        let waits = self.queue.iter().any(|message| match message {
            Message::Notification(note) => note.method == DidChangeTextDocument::METHOD,
            Message::Request(_) | Message::Response(_) => false,
        });
        if waits {
            return;
        }
        for uri in self.documents.uris() {
            let documents = &self.documents;
            let found = catch_unwind(AssertUnwindSafe(|| problems::diagnose(documents, &uri)));
            let list = found.ok().flatten().unwrap_or_default();
            let version = self.documents.get(&uri).map(|document| document.version);
            self.publish(uri, list, version);
        }
    }

    fn publish(&self, uri: Uri, diagnostics: Vec<lsp_types::Diagnostic>, version: Option<i32>) {
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        let note = Notification::new(PublishDiagnostics::METHOD.to_owned(), params);
        self.send(Message::Notification(note));
    }
}

/// An answer, or why there is none.
type Answer = Result<Value, (ErrorCode, String)>;

/// Reads the parameters of a request and writes its answer.
fn reply<R: r::Request>(
    params: Value,
    answer: impl FnOnce(R::Params) -> Result<R::Result, String>,
) -> Answer {
    let params = serde_json::from_value(params)
        .map_err(|error| (ErrorCode::InvalidParams, error.to_string()))?;
    let result = answer(params).map_err(|why| (ErrorCode::RequestFailed, why))?;
    serde_json::to_value(result).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

fn dispatch(documents: &Documents, method: &str, params: Value) -> Answer {
    use r::Request;
    match method {
        r::HoverRequest::METHOD => {
            reply::<r::HoverRequest>(params, |p| Ok(hover::hover(documents, &p)))
        }
        r::Completion::METHOD => {
            reply::<r::Completion>(params, |p| Ok(complete::complete(documents, &p)))
        }
        r::SignatureHelpRequest::METHOD => {
            reply::<r::SignatureHelpRequest>(params, |p| Ok(complete::signature(documents, &p)))
        }
        r::GotoDefinition::METHOD => {
            reply::<r::GotoDefinition>(params, |p| Ok(navigate::definition(documents, &p)))
        }
        r::References::METHOD => {
            reply::<r::References>(params, |p| Ok(navigate::references(documents, &p)))
        }
        r::DocumentHighlightRequest::METHOD => {
            reply::<r::DocumentHighlightRequest>(params, |p| Ok(navigate::highlight(documents, &p)))
        }
        r::PrepareRenameRequest::METHOD => {
            reply::<r::PrepareRenameRequest>(params, |p| navigate::prepare(documents, &p))
        }
        r::Rename::METHOD => reply::<r::Rename>(params, |p| navigate::rename(documents, &p)),
        r::DocumentSymbolRequest::METHOD => {
            reply::<r::DocumentSymbolRequest>(params, |p| Ok(symbols::document(documents, &p)))
        }
        r::WorkspaceSymbolRequest::METHOD => {
            reply::<r::WorkspaceSymbolRequest>(params, |p| Ok(symbols::workspace(documents, &p)))
        }
        r::SemanticTokensFullRequest::METHOD => {
            reply::<r::SemanticTokensFullRequest>(params, |p| Ok(tokens::full(documents, &p)))
        }
        r::FoldingRangeRequest::METHOD => {
            reply::<r::FoldingRangeRequest>(params, |p| Ok(shape::folding(documents, &p)))
        }
        r::SelectionRangeRequest::METHOD => {
            reply::<r::SelectionRangeRequest>(params, |p| Ok(shape::selection(documents, &p)))
        }
        r::Formatting::METHOD => reply::<r::Formatting>(params, |p| {
            let Some(document) = documents.get(&p.text_document.uri) else { return Ok(None) };
            let formatted = syrupc::fmt::format("document", &document.text)
                .map_err(|_| "the document has errors and stays as it is".to_owned())?;
            let start = lsp_types::Position::new(0, 0);
            let end = place::position(&document.text, document.text.len() as u32);
            let range = lsp_types::Range::new(start, end);
            Ok(Some(vec![lsp_types::TextEdit::new(range, formatted)]))
        }),
        r::InlayHintRequest::METHOD => {
            reply::<r::InlayHintRequest>(params, |p| Ok(hints::inlay(documents, &p)))
        }
        r::CodeLensRequest::METHOD => {
            reply::<r::CodeLensRequest>(params, |p| Ok(hints::lenses(documents, &p)))
        }
        r::CodeActionRequest::METHOD => {
            reply::<r::CodeActionRequest>(params, |p| Ok(actions::actions(documents, &p)))
        }
        _ => Err((ErrorCode::MethodNotFound, format!("there is no {method}"))),
    }
}
