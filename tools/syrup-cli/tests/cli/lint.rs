//! `syrupc lint`: what it shows in each form, what it fixes, how it ends.

use crate::command::{Folder, json, syrupc};
use serde_json::Value;

const POLICY: &str = "edition 2026;
use std.dns;
executors workers: socket[8] else pass;
map seen: Hash<u32, u64, 1_000>;
@hooks(socket_select)
policy p(pkt: Packet) -> workers {
    match pkt {
        udp => workers.hash(7),
        _ => pass,
    }
}
";

fn policy() -> String {
    POLICY.to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn findings_end_the_command_where_they_are_denied() {
    let folder = Folder::new("lint-deny");
    let file = folder.file("p.syr", policy());
    let run = syrupc(&["lint", &file]);
    assert!(run.code == 0 && run.err.contains("warning[L0201]"), "{run:?}");
    for (denied, code) in [
        ("warnings", 1),
        ("notes", 1),
        ("bug", 1),
        ("race", 0),
        ("hash-of-constant", 1),
        ("stale_load", 0),
        ("race,unused-map", 1),
    ] {
        assert_eq!(syrupc(&["lint", "--deny", denied, &file]).code, code, "{denied}");
    }
    let sentence = syrupc(&["lint", "--deny", "bugs", &file]).sentence(2);
    assert!(sentence.starts_with("--deny bugs: neither a lint nor one of warnings"), "{sentence}");
    let broken = folder.file("broken.syr", "edition 2026;\nfn f( {}\n");
    assert_eq!(syrupc(&["lint", &broken]).code, 1);
    let clean = folder.file("clean.syr", "edition 2026;\n");
    assert_eq!(syrupc(&["lint", &clean]).ok(), "ok\n");
}

#[test]
fn every_form_says_the_same() {
    let folder = Folder::new("lint-forms");
    let file = folder.file("a b.syr", policy());
    let form = |name: &str| syrupc(&["lint", "--format", name, &file]).ok();
    let plain = form("plain");
    assert!(plain.contains(":8:29: warning[L0201] this is always 7"), "{plain}");
    let n = plain.lines().filter(|line| !line.starts_with(' ')).count();
    assert!(n >= 3, "{plain}");
    let github = form("github");
    assert_eq!(github.lines().count(), n, "{github}");
    assert!(
        github
            .lines()
            .all(|line| line.starts_with("::warning file=") || line.starts_with("::notice"))
    );
    let gitlab: Value = serde_json::from_str(&form("gitlab")).unwrap();
    assert_eq!(gitlab.as_array().unwrap().len(), n);
    let rdjson: Value = serde_json::from_str(&form("rdjson")).unwrap();
    assert_eq!(rdjson["diagnostics"].as_array().unwrap().len(), n);
    let (code, value) = json(&["lint", &file]);
    assert_eq!((code, value["diagnostics"].as_array().unwrap().len()), (0, n));
    let junit = form("junit");
    assert!(junit.contains("tests=\"1\" failures=\"1\"") && junit.matches("<failure").count() == 1);
    let check = syrupc(&["check", "--format", "sarif", &file]).sentence(2);
    assert_eq!(check, "only `lint` writes this format");
}

/// What SARIF 2.1.0 asks of a log, as far as code scanning looks (sections 3.13, 3.14, 3.19, 3.27,
/// 3.30, 3.49 of the standard). The schema itself is not in this repository, so this is a check of
/// the structure by hand, not of everything that the schema says.
#[test]
fn sarif_has_the_structure_of_the_standard() {
    let folder = Folder::new("lint-sarif");
    let file = folder.file("a b.syr", policy());
    let text = syrupc(&["lint", "--format", "sarif", &file]).ok();
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "syrupc");
    let rules = driver["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 3);
    let mut prints = std::collections::BTreeSet::new();
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.ends_with("a%20b.syr") && !uri.contains(' '), "{uri}");
        let number = |name: &str| place["region"][name].as_u64().unwrap();
        let start = (number("startLine"), number("startColumn"));
        let end = (number("endLine"), number("endColumn"));
        assert!(start.0 >= 1 && start.1 >= 1 && start <= end, "{place}");
        let print = result["partialFingerprints"]["syrupFinding/v1"].as_str().unwrap();
        assert!(prints.insert(print.to_owned()), "{print} twice");
        for fix in result["fixes"].as_array().into_iter().flatten() {
            let change = &fix["artifactChanges"][0];
            assert_eq!(change["artifactLocation"]["uri"], uri);
            let replaced = &change["replacements"][0]["deletedRegion"];
            assert!(replaced["byteOffset"].is_u64() && replaced["byteLength"].is_u64());
        }
    }
    for rule in rules {
        for text in [&rule["shortDescription"]["text"], &rule["help"]["text"]] {
            assert!(!text.as_str().unwrap().is_empty(), "{rule}");
        }
    }
}

#[test]
fn fixes_are_applied_and_what_is_left_is_shown() {
    let folder = Folder::new("lint-fix");
    let file = folder.file("p.syr", policy());
    let run = syrupc(&["lint", "--fix", &file]);
    assert!(run.err.contains("1 fixed") && !run.err.contains("L0111"), "{run:?}");
    assert_eq!(read(&file), policy().replace("use std.dns;\n", ""));
    assert!(syrupc(&["check", &file]).code == 0);
    let text = "edition 2026;\nexecutors w: socket[4] else pass;\nheader R { n: u8 }\n\
        policy p(pkt: Packet) -> w { match pkt { udp / R(n) => w[n], _ => pass } }\n";
    let file = folder.file("q.syr", text);
    syrupc(&["lint", "--fix", &file]);
    assert_eq!(read(&file), text);
    syrupc(&["lint", "--unsafe-fixes", &file]);
    assert_eq!(read(&file), text.replace("w[n]", "w.wrap(n)"));
}

#[test]
fn a_baseline_holds_through_edits_elsewhere() {
    let folder = Folder::new("lint-baseline");
    let file = folder.file("p.syr", policy());
    let known = folder.path("known");
    syrupc(&["lint", "--write-baseline", &known, &file]);
    let denied = ["lint", "--deny", "notes", "--baseline", &known, &file];
    assert_eq!(syrupc(&denied).ok(), "ok\n");
    let moved = policy().replace("executors", "// a line\n\nexecutors");
    std::fs::write(&file, &moved).unwrap();
    assert_eq!(syrupc(&denied).ok(), "ok\n");
    let more = moved.replace("_ => pass", "tcp => workers.hash(8),\n        _ => pass");
    std::fs::write(&file, more).unwrap();
    let run = syrupc(&denied);
    assert!(run.code == 1 && run.err.matches("L0201").count() == 2, "{run:?}");
}

#[test]
fn lints_are_explained_by_name_and_code() {
    let by_name = syrupc(&["explain", "stale-load"]).ok();
    assert!(by_name.starts_with("# L0405: stale-load\n"), "{by_name}");
    assert_eq!(syrupc(&["explain", "l0405"]).ok(), by_name);
    assert!(syrupc(&["explain"]).ok().contains("L0405  stale-load"));
}
