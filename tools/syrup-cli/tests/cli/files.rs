//! Files that are not there, not text, too large or no policy; outputs that take nothing.

use crate::command::{Folder, command, ended, example, json, syrupc};
use std::fs::File;
use std::process::Stdio;

/// Every command that reads a policy, for a file.
fn readers(file: &str) -> Vec<Vec<&str>> {
    vec![
        vec!["check", file],
        vec!["compile", file, "--emit", "tokens"],
        vec!["compile", file, "--emit", "asm"],
        vec!["test", file],
        vec!["eval", file, "udp()"],
        vec!["deploy", file, "--at", "socket_select:udp:9000"],
    ]
}

#[test]
fn files_that_cannot_be_read_are_named_with_the_reason() {
    let folder = Folder::new("unreadable");
    let missing = folder.path("missing.syr");
    let binary = folder.file("binary.syr", b"edition \xff\xfe");
    for args in readers(&folder.path("")) {
        // These take folders, and say which of the files in them cannot be read.
        let takes_folders = matches!(args[0], "check" | "test");
        let why = if takes_folders { "binary.syr: it is not UTF-8" } else { ": it is a directory" };
        let said = syrupc(&args).sentence(2);
        assert!(said.starts_with("cannot read") && said.contains(why), "{args:?}: {said}");
    }
    let empty = Folder::new("no-policies");
    assert!(syrupc(&["check", &empty.path("")]).sentence(2).ends_with("has no .syr file"));
    for (file, why) in [
        (missing, "there is no such file"),
        (binary, "it is not UTF-8: byte 8 does not begin a character"),
    ] {
        for args in readers(&file) {
            assert_eq!(syrupc(&args).sentence(2), format!("cannot read {file}: {why}"), "{args:?}");
        }
        let (code, value) = json(&["check", &file]);
        assert_eq!((code, &value["exit"]), (2, &serde_json::json!(2)));
        assert_eq!(value["error"], format!("cannot read {file}: {why}"));
    }
}

#[test]
fn texts_that_are_no_policies_are_diagnosed() {
    let folder = Folder::new("texts");
    let deep = [b"edition 2026;\nconst A: u32 = ".to_vec(), vec![b'('; 100_000]].concat();
    let files = [
        ("empty.syr", Vec::new(), "E0007"),
        ("nul.syr", b"edition 2026;\n\0".to_vec(), "E0001"),
        ("large.syr", vec![b'a'; 2 << 20], "E0006"),
        ("deep.syr", deep, "E0004"),
        ("name.syr", b"edition 2026;\npolicy p(x: Packet) -> verdict { pss }".to_vec(), "E0101"),
    ];
    for (name, bytes, code) in files {
        let file = folder.file(name, bytes);
        for args in readers(&file) {
            let run = syrupc(&args);
            // The stages before the meaning know nothing of names.
            if name == "name.syr" && args.contains(&"tokens") {
                assert_eq!(run.code, 0, "{run:?}");
                continue;
            }
            let (code_found, err) = (run.code, &run.err);
            assert!(code_found == 1 && err.contains(code), "{name} {args:?}: {code_found} {err}");
            assert!(err.len() < 100_000, "{name}: {} bytes of messages", err.len());
        }
        let (exit, value) = json(&["check", &file]);
        let list = value["diagnostics"].as_array().unwrap();
        assert!(exit == 1 && list.iter().any(|one| one["code"] == code), "{value}");
        for one in list {
            assert!(one["severity"].is_string() && one["message"].is_string(), "{one}");
            assert_eq!(one["labels"][0]["file"], file.as_str(), "{one}");
        }
    }
    // Nothing was written anywhere.
    assert_eq!(folder.names(), ["deep.syr", "empty.syr", "large.syr", "name.syr", "nul.syr"]);
}

#[test]
fn a_policy_is_read_from_standard_input() {
    let text = File::open(crate::command::root().join(example("hash"))).unwrap();
    let run = command(&["compile", "-", "--emit", "asm"]).stdin(text).output().unwrap();
    let text = ended(run).ok();
    assert!(text.contains("policy by_flow"), "{text}");
}

#[test]
fn outputs_that_take_nothing_are_named() {
    let folder = Folder::new("outputs");
    let (policy, nowhere) = (example("sita"), folder.path("no/x.o"));
    let text = syrupc(&["compile", &policy, "-o", &nowhere]).sentence(2);
    assert!(text.starts_with(&format!("cannot write {nowhere}: ")), "{text}");
    let here = folder.path("");
    let text = syrupc(&["compile", &policy, "-o", &here]).sentence(2);
    assert!(text.starts_with(&format!("cannot write {here}: ")), "{text}");
    for args in [
        vec!["compile", &policy, "--emit", "asm"],
        vec!["compile", &policy, "-o", "-"],
        vec!["explain"],
        vec!["check", &policy],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let run = ended(command(&args).stdout(full).stderr(Stdio::piped()).output().unwrap());
        let text = run.sentence(2);
        assert!(text.starts_with("cannot write: No space left"), "{args:?}: {text}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error_worth_a_word() {
    let policy = example("scan_avoid");
    for args in [
        vec!["compile", &policy, "--emit", "hir"],
        vec!["compile", &policy, "-o", "-"],
        vec!["explain"],
        vec!["--format", "json", "explain"],
        vec!["--help"],
    ] {
        let mut command = command(&args);
        // A pipe whose reading end is closed.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let run = ended(command.stdout(writer).stderr(Stdio::piped()).output().unwrap());
        assert!(run.err.is_empty() && [0, 2].contains(&run.code), "{args:?}: {run:?}");
    }
}
