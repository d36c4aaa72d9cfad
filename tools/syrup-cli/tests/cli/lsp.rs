//! `syrupc lsp` as a process: it says hello, answers and goes.

use crate::command::{command, ended};
use std::io::Write;
use std::process::Stdio;

/// Runs the server on a session of messages.
fn session(messages: &[&str]) -> crate::command::Ended {
    let mut child = command(&["lsp"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    for message in messages {
        write!(input, "Content-Length: {}\r\n\r\n{message}", message.len()).unwrap();
    }
    drop(input);
    ended(child.wait_with_output().unwrap())
}

const HELLO: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}"#;
const READY: &str = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;
const SHUTDOWN: &str = r#"{"jsonrpc":"2.0","id":2,"method":"shutdown"}"#;
const EXIT: &str = r#"{"jsonrpc":"2.0","method":"exit"}"#;

#[test]
fn a_session_ends_well() {
    let open = r#"{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":
        {"uri":"file:///tmp/a.syr","languageId":"syrup","version":1,"text":"edition 2026;\nfn"}}}"#;
    let run = session(&[HELLO, READY, open, SHUTDOWN, EXIT]);
    assert!(run.code == 0 && run.err.is_empty(), "{run:?}");
    assert!(run.out.contains("\"hoverProvider\":true") && run.out.contains("E0002"), "{run:?}");
}

#[test]
fn an_editor_that_is_gone_is_no_error() {
    for messages in [&[][..], &[HELLO], &[HELLO, READY]] {
        let run = session(messages);
        assert!(run.code == 0 && !run.err.contains("panicked"), "{run:?}");
    }
}
