//! The language server in a real editor: Neovim, without a screen.
//!
//! In: a policy with a mistake. Out: what Neovim shows, before and after it applies the fix.
//! Without Neovim this is skipped, or fails when `SYRUP_REQUIRE` contains `editor`.

use crate::command::Folder;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const POLICY: &str = "edition 2026;
header Request { op: be<u16> }
policy p(pkt:Packet) -> verdict {
    match pkt { udp / Request(op: 1) => drop, _ => pss }
}
";

#[test]
fn neovim_shows_what_the_compiler_says() {
    if Command::new("nvim").arg("--version").output().is_err() {
        let required = std::env::var("SYRUP_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|word| word == "editor"), "nvim is not installed");
        println!("skipped 1 test: nvim is not installed");
        return;
    }
    let folder = Folder::new("neovim");
    let file = folder.file("p.syr", POLICY);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/editor.lua");
    let run = Command::new("nvim")
        .args(["--headless", "--clean", "-n", "-c"])
        .arg(format!("luafile {}", script.display()))
        .env("SYRUPC", env!("CARGO_BIN_EXE_syrupc"))
        .env("POLICY", &file)
        .env("HOME", folder.path(""))
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&run.stdout).into_owned();
    let line = out.lines().find(|line| line.starts_with('{'));
    let line = line.unwrap_or_else(|| panic!("{out}{}", String::from_utf8_lossy(&run.stderr)));
    let seen: Value = serde_json::from_str(line).unwrap();
    assert_eq!(seen["before"], serde_json::json!(["E0101"]), "{seen}");
    assert_eq!(seen["action"], "did you mean `pass`?");
    assert!(!seen["after"].to_string().contains("E0101"), "{seen}");
    assert!(seen["hover"].as_str().unwrap().contains("header Request"), "{seen}");
    assert_eq!(seen["definition"], 1);
    let expected = "    match pkt { udp / Request(op: 1) => drop, _ => pass }\n";
    let text = seen["text"].as_str().unwrap();
    assert!(text.contains(expected) && text.contains("p(pkt: Packet)"), "{text}");
}
