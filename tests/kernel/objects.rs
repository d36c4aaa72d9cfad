//! Object files as others see them: bpftool, and libbpf inside it, load each unchanged and name
//! what is in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use syrup_backend::EmitOptions;
use syrup_load::testing::{in_namespace, skip};
use syrup_tests::emit::{TARGETS, artifact, examples, target};

/// Where the private BPF file system is.
const BPFFS: &str = "/sys/fs/bpf";

/// A directory that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("syrup-objects-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let gone = std::fs::remove_dir_all(&self.0);
        assert!(gone.is_ok() || std::thread::panicking(), "{gone:?}");
    }
}

/// Whether bpftool is there; says why a test is skipped if not.
fn bpftool_is_there(test: &str) -> bool {
    let there = Command::new("bpftool").arg("version").output().is_ok_and(|o| o.status.success());
    if !there {
        skip(test, "there is no bpftool");
    }
    there
}

/// What bpftool answers.
fn bpftool(args: &[&str]) -> String {
    let output = Command::new("bpftool").args(args).output().unwrap();
    let (text, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "bpftool {}: {text}{errors}", args.join(" "));
    text.into_owned()
}

/// Loads an object and pins its programs and maps under a name.
fn load(folder: &Path, name: &str, bytes: &[u8]) {
    let file = folder.join(format!("{name}.o"));
    std::fs::write(&file, bytes).unwrap();
    let (programs, maps) = (format!("{BPFFS}/{name}"), format!("{BPFFS}/{name}-maps"));
    bpftool(&["prog", "loadall", file.to_str().unwrap(), &programs, "pinmaps", &maps]);
}

fn dump(name: &str, map: &str) -> String {
    bpftool(&["map", "dump", "pinned", &format!("{BPFFS}/{name}-maps/{map}")])
}

fn update(name: &str, map: &str, key: u32, value: u64) {
    let words = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>();
    let place = format!("{BPFFS}/{name}-maps/{map}");
    let (key, value) = (words(&key.to_le_bytes()), words(&value.to_le_bytes()));
    let mut args = vec!["map", "update", "pinned", &place, "key"];
    args.extend(key.iter().map(String::as_str));
    args.push("value");
    args.extend(value.iter().map(String::as_str));
    bpftool(&args);
}

/// The lines of the policy that a listing of the program names, checked against the file.
fn named_lines(listing: &str, file: &str) -> usize {
    let text = std::fs::read_to_string(syrup_tests::root().join(file)).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut n_named = 0;
    for line in listing.lines().filter(|line| line.starts_with("; ")) {
        let (code, place) = line[2..].split_once(" [file:").unwrap_or_else(|| panic!("{line}"));
        // What tests the shape of a standard header names that header's line.
        if place.starts_with("std/") {
            continue;
        }
        let number = place.strip_prefix(&format!("{file} line_num:")).unwrap_or_else(|| {
            panic!("{line} is not in {file}");
        });
        let number: usize = number.split(' ').next().unwrap().parse().unwrap();
        assert_eq!(lines[number - 1], code.trim(), "line {number} of {file}");
        n_named += 1;
    }
    n_named
}

#[test]
fn bpftool_loads_every_example_for_every_target() {
    in_namespace(|| {
        if !bpftool_is_there("bpftool_loads_every_example_for_every_target") {
            return;
        }
        let folder = Folder::new();
        // Targets often agree on a policy; what is the same to the byte is loaded once.
        let mut loaded = BTreeSet::new();
        let (targets, examples) = (TARGETS.map(target), examples());
        for (target, example) in targets.iter().flat_map(|t| examples.iter().map(move |e| (t, e))) {
            let file = format!("examples/{example}/policy.syr");
            for counters in [false, true] {
                let options = EmitOptions { counters, twin: counters };
                let made = artifact(&syrup_tests::root().join(&file), target, options);
                let object = syrup_ebpf::elf(&made);
                if !loaded.insert(object.clone()) {
                    continue;
                }
                // Pins have no dots.
                let name = format!("{example}-{}-{counters}", target.name.replace('.', "_"));
                load(&folder.0, &name, &object);
                let pin = format!("{BPFFS}/{name}/{}", made.programs[0].name);
                let listing = bpftool(&["prog", "dump", "xlated", "pinned", &pin, "linum"]);
                let n_named = named_lines(&listing, &file);
                assert!(n_named > 0, "no line of the policy is named:\n{listing}");
            }
        }
        assert!(loaded.len() >= 2 * examples.len());
    });
}

#[test]
fn bpftool_shows_maps_in_the_words_of_the_policy() {
    in_namespace(|| {
        if !bpftool_is_there("bpftool_shows_maps_in_the_words_of_the_policy") {
            return;
        }
        let folder = Folder::new();
        for example in examples() {
            let path = syrup_tests::root().join("examples").join(&example).join("policy.syr");
            let options = EmitOptions { counters: true, twin: false };
            let made = artifact(&path, &target("host"), options);
            load(&folder.0, &example, &syrup_ebpf::elf(&made));
        }
        update("scan_avoid", "doing", 1, 2);
        update("token", "tokens", 7, 3);
        let squeezed = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let shows = |name: &str, map: &str, part: &str| {
            let text = squeezed(dump(name, map));
            assert!(text.contains(part), "{part} is not in {text}");
        };
        shows("scan_avoid", "doing", r#""key": 1, "value": "SCAN""#);
        shows("token", "tokens", r#"[{ "key": 7, "value": 3 } ]"#);
        shows("jsq", "load", r#""key": 63, "value": 0"#);
        shows("jsq", "jsq_rodata", r#""choices": 2"#);
        shows("round_robin", "round_ro_bss", r#""turn": 0"#);
        shows("hash", "_data_sets", r#""targets_len": 0"#);
        shows("sita", "syrup_counters", r#""cpu": 0, "value": 0"#);
    });
}
