//! The server as an editor meets it: messages in, messages out.
//!
//! In: a policy in which `|` marks the cursor. Out: what the server answers there.

mod editor;

use editor::Editor;
use serde_json::{Value, json};

/// What stands in the documents of most tests.
const POLICY: &str = "edition 2026;
use std.dns;
/// Operations.
enum Op: u16 { GET = 1, SCAN = 2 }
/// A request.
header Request { op: be<Op>, user: be<u32> }
executors workers: socket[8] else pass;
@user(read)
map seen: Hash<u32, u64, 1_000>;
fn spread(x: u32) -> u32 { let half = x >> 1; half }
@hooks(socket_select)
policy steer(pkt: Packet) -> workers {
    match pkt {
        udp / Request(op: SCAN) => workers[0],
        udp / Request(user) => workers.hash(spread(user) ^ pkt.flow_hash),
        udp / dns.Header(qr: 1) => drop,
        _ => pass,
    }
}
test \"scans go first\" {
    given workers: 2;
    expect steer(udp() / Request(op: SCAN)) == workers[0];
}
";

const URI: &str = "file:///tmp/policy.syr";

/// An editor with the policy open, changed so that `|` stands where the cursor is, and the cursor.
fn at(find: &str) -> (Editor, Value) {
    let marked = find.replace('|', "");
    let start = POLICY.find(&marked).unwrap_or_else(|| panic!("`{marked}` is not there"));
    let offset = start + find.find('|').expect("a cursor");
    let line = POLICY[..offset].matches('\n').count();
    let column = offset - POLICY[..offset].rfind('\n').map_or(0, |at| at + 1);
    let editor = Editor::new();
    editor.open(URI, POLICY);
    let position = json!({ "line": line, "character": column });
    (editor, json!({ "textDocument": { "uri": URI }, "position": position }))
}

fn ask(find: &str, method: &str, more: Value) -> Value {
    let (mut editor, mut params) = at(find);
    for (key, value) in more.as_object().into_iter().flatten() {
        params[key] = value.clone();
    }
    let answer = editor.ask(method, params);
    editor.goodbye();
    answer
}

fn hover(find: &str) -> String {
    let answer = ask(find, "textDocument/hover", json!({}));
    answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn hover_says_type_range_place_and_documentation() {
    assert_eq!(
        hover("let ha|lf"),
        "```syrup\nhalf: u32 in 0..=2147483647\n```\n\n`u32 in 0..=2147483647`"
    );
    assert!(hover("udp / Req|uest(op").contains("6 bytes\n\nA request."));
    let op = hover("Request(o|p: SCAN)) ==");
    assert!(op.contains("2 bytes at byte 0, Big endian of `Request`"), "{op}");
    assert!(hover("op: SC|AN) =>").contains("SCAN = 2"));
    assert!(hover("se|en: Hash").contains("1000 entries, key 4 bytes, value 8 bytes"));
    assert!(hover("u|dp / Request(op: SCAN) =>").contains("header udp"));
    assert!(hover("spre|ad(user)").contains("fn spread(x: u32) -> u32"));
    assert!(hover("dns.Hea|der").contains("12 bytes"), "{}", hover("dns.Hea|der"));
    assert_eq!(hover("edition 20|26"), "");
}

#[test]
fn definitions_are_found_here_and_in_the_library() {
    let place = |find| ask(find, "textDocument/definition", json!({}));
    assert_eq!(place("spre|ad(user)")["range"]["start"], json!({ "line": 9, "character": 3 }));
    assert_eq!(place("SC|AN)) ==")["range"]["start"]["line"], 3);
    assert_eq!(place("ha|lf }")["range"]["start"], json!({ "line": 9, "character": 31 }));
    let library = place("u|dp / Request(op: SCAN) =>");
    let uri = library["uri"].as_str().unwrap();
    assert!(uri.ends_with("/headers/udp.syr"), "{uri}");
    let file = uri.strip_prefix("file://").unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let line = library["range"]["start"]["line"].as_u64().unwrap() as usize;
    assert!(text.lines().nth(line).unwrap().contains("header udp"));
    assert_eq!(place("edition 20|26"), Value::Null);
}

#[test]
fn references_and_renaming_reach_every_place() {
    let context = json!({ "context": { "includeDeclaration": true } });
    let found = ask("work|ers: socket", "textDocument/references", context);
    assert_eq!(found.as_array().unwrap().len(), 6, "{found}");
    let renamed = ask("us|er: be", "textDocument/rename", json!({ "newName": "client" }));
    let edits = renamed["changes"][URI].as_array().unwrap();
    // The field, the binding that has its name, and its use.
    assert_eq!(edits.len(), 3, "{renamed}");
    for (new, why) in
        [("1x", "cannot be a name"), ("match", "cannot be a name"), ("seen", "already")]
    {
        let refused = ask("work|ers: socket", "textDocument/rename", json!({ "newName": new }));
        assert!(refused["error"].as_str().unwrap().contains(why), "{new}: {refused}");
    }
    let library = ask("u|dp / Request(op", "textDocument/prepareRename", json!({}));
    assert!(library["error"].as_str().unwrap().contains("standard library"));
}

#[test]
fn a_renamed_policy_still_compiles() {
    for (find, new) in [("ste|er(pkt", "choose"), ("Re|quest {", "Ask"), ("SC|AN = 2", "WALK")] {
        let renamed = ask(find, "textDocument/rename", json!({ "newName": new }));
        let mut edits = renamed["changes"][URI].as_array().unwrap().clone();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit["range"]["start"]["line"].as_u64()));
        let mut lines: Vec<String> = POLICY.lines().map(str::to_owned).collect();
        for edit in &edits {
            let number = |end: &str, of: &str| edit["range"][end][of].as_u64().unwrap() as usize;
            let line = &mut lines[number("start", "line")];
            line.replace_range(number("start", "character")..number("end", "character"), new);
        }
        let analysis = syrupc::analyze("p.syr", &lines.join("\n"), &syrupc::NoFiles);
        assert!(!analysis.diags.has_errors(), "{find}: {}", lines.join("\n"));
        assert!(edits.len() >= 2, "{renamed}");
    }
}

fn labels(find: &str) -> Vec<String> {
    let answer = ask(find, "textDocument/completion", json!({}));
    let list = answer.as_array().cloned().unwrap_or_default();
    list.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn completion_knows_what_can_stand_there() {
    assert_eq!(labels("Request(|user)"), ["op", "user"]);
    assert_eq!(labels("op: |SCAN) =>"), ["GET", "SCAN"]);
    assert_eq!(labels("workers.|hash"), ["hash", "wrap", "random", "sample", "len"]);
    assert!(labels("dns.|Header").contains(&"Question".to_owned()));
    assert!(labels("pkt.|flow_hash").contains(&"flow_hash".to_owned()));
    assert!(labels("@hooks(|socket").contains(&"xdp".to_owned()));
    assert!(labels("@|user").contains(&"pin".to_owned()));
    let all = labels("=> |workers.hash");
    for name in ["workers", "spread", "pass", "udp", "SCAN", "match", "pkt"] {
        assert!(all.contains(&name.to_owned()), "{name}: {all:?}");
    }
}

#[test]
fn signatures_symbols_folds_and_selections() {
    let help = ask("spread(|user)", "textDocument/signatureHelp", json!({}));
    assert_eq!(help["signatures"][0]["label"], "fn spread(x: u32) -> u32");
    let symbols = ask("|edition", "textDocument/documentSymbol", json!({}));
    let names: Vec<&str> =
        symbols.as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    let expected = ["Op", "Request", "workers", "seen", "spread", "steer", "scans go first"];
    assert_eq!(names, expected);
    assert_eq!(symbols[1]["children"][1]["name"], "user");
    let found = ask("|edition", "workspace/symbol", json!({ "query": "STE" }));
    assert_eq!(found[0]["name"], "steer");
    let folds = ask("|edition", "textDocument/foldingRange", json!({}));
    assert!(folds.as_array().unwrap().iter().any(|fold| fold["startLine"] == 12));
    let (mut editor, params) = at("op: SC|AN) =>");
    let positions = json!([params["position"]]);
    let params = json!({ "textDocument": { "uri": URI }, "positions": positions });
    let mut range = &editor.ask("textDocument/selectionRange", params)[0];
    let mut n_levels = 0;
    while !range["parent"].is_null() {
        range = &range["parent"];
        n_levels += 1;
    }
    assert!(n_levels >= 5, "{n_levels}");
    editor.goodbye();
}

#[test]
fn tokens_cover_names_in_order() {
    let answer = ask("|edition", "textDocument/semanticTokens/full", json!({}));
    let data = answer["data"].as_array().unwrap();
    assert_eq!(data.len() % 5, 0);
    assert!(data.len() / 5 > 90, "{}", data.len() / 5);
    // `edition`, a keyword of seven letters, then a number on the same line.
    let first: Vec<u64> = data[..10].iter().map(|n| n.as_u64().unwrap()).collect();
    assert_eq!(first, [0, 0, 7, 1, 0, 0, 8, 4, 2, 0]);
}

#[test]
fn hints_lenses_and_formatting() {
    let end = json!({ "line": 99, "character": 0 });
    let range = json!({ "range": { "start": { "line": 0, "character": 0 }, "end": end } });
    let hints = ask("|edition", "textDocument/inlayHint", range);
    let labels: Vec<&str> =
        hints.as_array().unwrap().iter().map(|hint| hint["label"].as_str().unwrap()).collect();
    assert_eq!(labels, [": u32 in 0..=2147483647", "\u{21b5} pass"]);
    let lenses = ask("|edition", "textDocument/codeLens", json!({}));
    let titles: Vec<&str> = lenses
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["command"]["title"].as_str().unwrap())
        .collect();
    let expected = ["used by 0 policies and functions", "evaluate with a packet", "run test"];
    assert_eq!(titles, expected);
    let options = json!({ "options": { "tabSize": 4, "insertSpaces": true } });
    let edits = ask("|edition", "textDocument/formatting", options);
    let text = edits[0]["newText"].as_str().unwrap();
    assert_eq!(syrupc::fmt::format("p", POLICY).unwrap(), text);
}

#[test]
fn diagnostics_come_with_fixes() {
    let mut editor = Editor::new();
    assert_eq!(editor.open(URI, POLICY), ["L0109"]);
    let text = "edition 2026;\npolicy p(pkt: Packet) -> verdict { pss }\n";
    let other = "file:///tmp/other.syr";
    let document = json!({ "uri": other, "languageId": "syrup", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let mut codes = [editor.diagnostics(), editor.diagnostics()];
    codes.sort();
    assert_eq!(codes, [["E0101"], ["L0109"]]);
    let place = json!({ "line": 1, "character": 36 });
    let range = json!({ "start": place, "end": place });
    let params = json!({
        "textDocument": { "uri": other }, "range": range, "context": { "diagnostics": [] },
    });
    let actions = editor.ask("textDocument/codeAction", params);
    assert_eq!(actions[0]["edit"]["changes"][other][0]["newText"], "pass");
    editor.goodbye();
}

#[test]
fn changes_are_counted_in_utf16() {
    let editor = Editor::new();
    let text = "edition 2026;\n// \u{1f36f}\u{e9} x\npolicy p(pkt: Packet) -> verdict { pass }\n";
    assert_eq!(editor.open(URI, text), ["L0701"]);
    // Puts a line end behind the comment's letters, which makes `x` stand outside of it.
    let place = json!({ "line": 1, "character": 7 });
    let change = json!({ "range": { "start": place, "end": place }, "text": "\n" });
    editor.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": URI, "version": 2 }, "contentChanges": [change] }),
    );
    assert_eq!(editor.diagnostics(), ["E0002"]);
    editor.goodbye();
}

#[test]
fn bad_requests_end_nothing() {
    let (mut editor, params) = at("ste|er(pkt");
    for (method, params) in [
        ("textDocument/hover", json!(7)),
        ("textDocument/hover", json!({ "textDocument": { "uri": "not a uri" } })),
        ("textDocument/nothing", json!({})),
        ("workspace/executeCommand", json!({ "command": "x" })),
    ] {
        let answer = editor.ask(method, params);
        assert!(answer["error"].is_string(), "{method}: {answer}");
    }
    let far = json!({
        "textDocument": { "uri": URI }, "position": { "line": 9999, "character": 9999 },
    });
    assert_eq!(editor.ask("textDocument/hover", far), Value::Null);
    let closed = json!({
        "textDocument": { "uri": "file:///gone" }, "position": { "line": 0, "character": 0 },
    });
    assert_eq!(editor.ask("textDocument/hover", closed), Value::Null);
    editor.tell("textDocument/didChange", json!("nonsense"));
    editor.tell("nothing/known", Value::Null);
    assert!(editor.ask("textDocument/hover", params)["contents"].is_object());
    editor.goodbye();
}

#[test]
fn half_typed_documents_have_answers() {
    let mut editor = Editor::new();
    for cut in (0..POLICY.len()).step_by(37) {
        editor.open(URI, &POLICY[..cut]);
        let line = POLICY[..cut].matches('\n').count();
        let column = cut - POLICY[..cut].rfind('\n').map_or(0, |at| at + 1);
        let position = json!({ "line": line, "character": column });
        let params = json!({ "textDocument": { "uri": URI }, "position": position });
        for method in ["hover", "completion", "signatureHelp", "definition"] {
            let answer = editor.ask(&format!("textDocument/{method}"), params.clone());
            assert!(answer["error"].is_null(), "{method} at {cut}: {answer}");
        }
        let whole = json!({ "textDocument": { "uri": URI } });
        for method in ["documentSymbol", "semanticTokens/full", "foldingRange", "codeLens"] {
            let answer = editor.ask(&format!("textDocument/{method}"), whole.clone());
            assert!(answer["error"].is_null(), "{method} at {cut}: {answer}");
        }
    }
    editor.goodbye();
}

#[test]
fn requests_taken_back_are_answered_so() {
    let (mut editor, params) = at("ste|er(pkt");
    // Work that keeps the server busy while the next messages arrive.
    let many: String = (0..300).map(|n| format!("fn f{n}(x: u32) -> u32 {{ x }}\n")).collect();
    let busy = json!({ "uri": "file:///tmp/busy.syr", "languageId": "syrup", "version": 1,
        "text": format!("edition 2026;\n{many}") });
    editor.tell("textDocument/didOpen", json!({ "textDocument": busy }));
    let id = editor.request("textDocument/hover", params);
    editor.tell("$/cancelRequest", json!({ "id": 2 }));
    let answer = editor.answer(&id);
    assert!(answer["error"] == "taken back" || answer["contents"].is_object(), "{answer}");
    editor.goodbye();
}

#[test]
fn an_editor_that_dies_ends_the_server() {
    let mut editor = Editor::new();
    let server = editor.server.take().unwrap();
    drop(editor.connection);
    assert_eq!(server.join().unwrap(), Ok(()));
}
