//! An editor: it sends messages and waits for answers.

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::thread::JoinHandle;
use std::time::Duration;

/// An editor.
pub struct Editor {
    /// Its end of the connection.
    pub connection: Connection,
    /// The other end, running.
    pub server: Option<JoinHandle<Result<(), String>>>,
    n_requests: i32,
}

impl Editor {
    /// An editor that has said hello.
    pub fn new() -> Editor {
        let (connection, server) = Connection::memory();
        let server = std::thread::spawn(move || syrup_lsp::serve(&server));
        let mut editor = Editor { connection, server: Some(server), n_requests: 0 };
        let hello = editor.ask("initialize", json!({ "capabilities": {} }));
        assert_eq!(hello["capabilities"]["hoverProvider"], true);
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&self, message: Message) {
        self.connection.sender.send(message).expect("the server listens");
    }

    fn next(&self) -> Message {
        let wait = Duration::from_secs(60);
        self.connection.receiver.recv_timeout(wait).expect("the server answers")
    }

    /// Sends a notification.
    pub fn tell(&self, method: &str, params: Value) {
        self.send(Message::Notification(Notification { method: method.to_owned(), params }));
    }

    /// Sends a request.
    pub fn request(&mut self, method: &str, params: Value) -> RequestId {
        self.n_requests += 1;
        let id = RequestId::from(self.n_requests);
        self.send(Message::Request(Request { id: id.clone(), method: method.to_owned(), params }));
        id
    }

    /// The result, or the error as `{"error": ...}`.
    pub fn answer(&self, id: &RequestId) -> Value {
        loop {
            if let Message::Response(response) = self.next()
                && response.id == *id
            {
                let value = serde_json::to_value(response).expect("an answer is JSON");
                let error = &value["error"]["message"];
                return match error.is_null() {
                    true => value["result"].clone(),
                    false => json!({ "error": error }),
                };
            }
        }
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer(&id)
    }

    /// The codes of the next diagnostics of a document.
    pub fn diagnostics(&self) -> Vec<String> {
        loop {
            if let Message::Notification(note) = self.next()
                && note.method == "textDocument/publishDiagnostics"
            {
                let list = note.params["diagnostics"].as_array().cloned().unwrap_or_default();
                return list.iter().map(|d| d["code"].as_str().unwrap().to_owned()).collect();
            }
        }
    }

    /// Opens a document, and gives the codes of its diagnostics.
    pub fn open(&self, uri: &str, text: &str) -> Vec<String> {
        let document = json!({ "uri": uri, "languageId": "syrup", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics()
    }

    /// Ends the session.
    pub fn goodbye(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        let server = self.server.take().expect("it runs");
        assert_eq!(server.join().expect("it did not panic"), Ok(()));
    }
}
