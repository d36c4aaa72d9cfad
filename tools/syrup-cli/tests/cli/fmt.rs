//! `syrupc fmt`: what it writes, what it leaves alone, and how it ends.

use crate::command::{Folder, command, ended, json, syrupc};
use std::io::Write;
use std::process::Stdio;

const MESSY: &str = "edition 2026;\nfn f(x:u32)->u32{x}\n";
const NEAT: &str = "edition 2026;\nfn f(x: u32) -> u32 { x }\n";
const BROKEN: &str = "edition 2026;\nfn f(x: u32 -> u32 { x }\n";

#[test]
fn files_and_folders_are_formatted_once() {
    let folder = Folder::new("fmt");
    let file = folder.file("messy.syr", MESSY);
    let read = || std::fs::read_to_string(&file).unwrap();
    let check = syrupc(&["fmt", "--check", &file]);
    assert_eq!((check.code, check.out), (1, format!("not formatted: {file}:2\n")));
    assert_eq!(read(), MESSY);
    let (code, value) = json(&["fmt", "--check", &file]);
    assert_eq!((code, &value["changed"][0]["line"]), (1, &serde_json::json!(2)));
    assert_eq!(syrupc(&["fmt", &folder.path("")]).ok(), format!("formatted: {file}:2\n"));
    assert_eq!(read(), NEAT);
    assert_eq!(syrupc(&["fmt", &file]).ok(), "");
    assert_eq!(syrupc(&["fmt", "--check", &file]).ok(), "");
}

#[test]
fn a_broken_file_stays_and_the_others_are_formatted() {
    let folder = Folder::new("fmt-broken");
    let broken = folder.file("broken.syr", BROKEN);
    let messy = folder.file("messy.syr", MESSY);
    let run = syrupc(&["fmt", &broken, &messy]);
    assert!(run.code == 1 && run.err.contains("error[E0002]"), "{run:?}");
    assert_eq!(std::fs::read_to_string(&broken).unwrap(), BROKEN);
    assert_eq!(std::fs::read_to_string(&messy).unwrap(), NEAT);
}

#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("fmt-link");
    let file = folder.file("messy.syr", MESSY);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path("link.syr");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    syrupc(&["fmt", &link]).ok();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), NEAT);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn standard_input_becomes_standard_output() {
    let run = |text: &str, args: &[&str]| {
        let mut command = command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        ended(child.wait_with_output().unwrap())
    };
    assert_eq!(run(MESSY, &["fmt", "--stdin"]).ok(), NEAT);
    assert_eq!(run(MESSY, &["fmt", "--stdin", "--check"]).code, 1);
    assert_eq!(run(NEAT, &["fmt", "--stdin", "--check"]).code, 0);
    let broken = run(BROKEN, &["fmt", "--stdin"]);
    assert!(broken.code == 1 && broken.out.is_empty() && broken.err.contains("E0002"));
}

#[test]
fn wrong_usage() {
    let folder = Folder::new("fmt-usage");
    let nothing = folder.path("");
    let sentence = syrupc(&["fmt", &nothing]).sentence(2);
    assert_eq!(sentence, format!("{nothing} has no .syr file"));
    assert_eq!(syrupc(&["fmt"]).code, 2);
    assert_eq!(syrupc(&["fmt", "--stdin", "a.syr"]).code, 2);
}
