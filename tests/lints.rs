//! The lints: each finds something in its own example and nothing in the example of how it should
//! be, and each fix is applied and compiled.
//!
//! In: `syrupc/src/lints` and the policies of the tree. Out: a failure for a lint that does not do
//! what its documentation says. `docs/reference/lints.md` is written from them by `SYRUP_BLESS=1`.

use std::collections::BTreeSet;
use syrup_diag::{Diagnostic, FileId, Fix, LINT_CODES, RenderOptions, Severity, render_all};
use syrup_tests::listing::policies_below;
use syrupc::lints::{ALL, Finding, Group, Lint, run};
use syrupc::{Analysis, NoFiles, analyze};

fn analysis(lint: &Lint, text: &str) -> Analysis {
    let analysis = analyze("policy.syr", text.trim_start(), &NoFiles);
    let errors = render_all(analysis.diags.iter(), &analysis.sources, RenderOptions::default());
    assert!(!analysis.diags.has_errors(), "{}: its example is broken\n{errors}\n{text}", lint.name);
    analysis
}

fn found(lint: &Lint, text: &str) -> Vec<Finding> {
    let all = run(&analysis(lint, text), &Group::ALL);
    all.into_iter().filter(|finding| finding.lint.code == lint.code).collect()
}

/// The text after a fix.
fn apply(text: &str, fix: &Fix) -> String {
    let mut text = text.to_owned();
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        assert_eq!(edit.span.file, FileId(0));
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    text
}

#[test]
fn each_lint_does_what_it_says() {
    let mut wrong = Vec::new();
    for lint in ALL {
        for text in [lint.bad, lint.good] {
            let formatted = syrupc::fmt::format("example.syr", text.trim_start());
            if formatted.ok().as_deref() != Some(text.trim_start()) {
                wrong.push(format!("{}: an example is not formatted", lint.name));
            }
        }
        if found(lint, lint.bad).is_empty() {
            wrong.push(format!("{} finds nothing in its example", lint.name));
        }
        let good = found(lint, lint.good);
        if let Some(first) = good.first() {
            wrong.push(format!("{} finds: {}", lint.name, first.diagnostic.message));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_fix_compiles_and_helps() {
    let mut n_fixes = 0;
    for lint in ALL {
        let text = lint.bad.trim_start();
        let before = found(lint, text);
        for finding in &before {
            let fix = finding.diagnostic.fixes.first();
            let fix = fix.unwrap_or_else(|| panic!("{} says not what to write", lint.name));
            assert_eq!(lint.fix.is_some(), !fix.edits.is_empty(), "{}: {}", lint.name, fix.title);
            if fix.edits.is_empty() {
                continue;
            }
            n_fixes += 1;
            let fixed = apply(text, fix);
            let after = found(lint, &fixed);
            assert!(after.len() < before.len(), "{}: `{}` does not help", lint.name, fix.title);
        }
    }
    assert!(n_fixes >= 9, "only {n_fixes} fixes");
}

#[test]
fn each_lint_can_be_allowed() {
    for lint in ALL.iter().filter(|lint| !lint.code.as_str().starts_with("L09")) {
        let text = lint.bad.trim_start();
        let whole = analysis(lint, text);
        let place = found(lint, text)[0].diagnostic.primary.span;
        let item = whole.file.items.iter().find(|item| item.span.contains(place));
        let item = item.unwrap_or_else(|| panic!("{}: in no declaration", lint.name));
        let mut allowed = text.to_owned();
        let line = format!("@allow({}, \"as a test\")\n", lint.name.replace('-', "_"));
        allowed.insert_str(item.span.start as usize, &line);
        let (before, after) = (found(lint, text), run(&analysis(lint, &allowed), &Group::ALL));
        let left = after.iter().filter(|finding| finding.lint.code == lint.code).count();
        assert!(left < before.len(), "{}: @allow does not help", lint.name);
        let unused = after.iter().any(|finding| finding.lint.name == "unused-allow");
        assert!(!unused, "{}: its @allow counts as unused", lint.name);
    }
}

#[test]
fn every_lint_is_listed_once() {
    let codes: Vec<_> = ALL.iter().map(|lint| lint.code).collect();
    assert_eq!(codes, LINT_CODES);
    for lint in ALL {
        assert_eq!(lint.code.title(), lint.name);
        let words =
            lint.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(words, "{}", lint.name);
        assert!(lint.finds.ends_with('.') && lint.why.ends_with(['.', '`', ':']), "{}", lint.name);
    }
    let folder = syrup_tests::root().join("syrupc/src/lints");
    let files = std::fs::read_dir(folder).expect("the folder is there").flatten();
    let files: BTreeSet<String> = files
        .filter_map(|entry| Some(entry.path().file_stem()?.to_string_lossy().replace('_', "-")))
        .filter(|name| name != "allow" && name != "context")
        .collect();
    let names: BTreeSet<String> = ALL.iter().map(|lint| lint.name.to_owned()).collect();
    assert_eq!(files, names);
}

#[test]
fn messages_follow_the_convention() {
    for lint in ALL {
        for finding in found(lint, lint.bad) {
            let Diagnostic { message, primary, secondary, notes, .. } = &finding.diagnostic;
            let labels = secondary.iter().chain([primary]).map(|label| &label.text);
            for line in labels.chain([message]).chain(notes).filter(|line| !line.is_empty()) {
                let first = line.chars().next().unwrap_or('a');
                let proper = ["TLS", "ARP", "CPU", "IPv"].iter().any(|name| line.starts_with(name));
                let lower = !first.is_uppercase() || proper;
                assert!(lower && !line.ends_with('.') && !line.contains('\n'), "{line}");
            }
        }
    }
}

#[test]
fn examples_have_no_warnings() {
    let mut wrong = Vec::new();
    for path in policies_below("examples") {
        let analysis = syrup_tests::analyze_file(&path);
        let groups: Vec<Group> =
            Group::ALL.into_iter().filter(|group| group.is_default()).collect();
        let findings = run(&analysis, &groups);
        let bad = findings.iter().filter(|f| f.diagnostic.severity > Severity::Note);
        let bad: Vec<_> = bad.map(|finding| &finding.diagnostic).collect();
        wrong.push(render_all(bad, &analysis.sources, RenderOptions::default()));
    }
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn any_policy_can_be_linted() {
    let (mut n_files, mut n_findings) = (0, 0);
    for path in ["examples", "stdlib", "tests"].into_iter().flat_map(policies_below) {
        let analysis = syrup_tests::analyze_file(&path);
        n_files += 1;
        n_findings += run(&analysis, &Group::ALL).len();
    }
    assert!(n_files > 200 && n_findings > 100, "{n_findings} findings in {n_files} files");
}

#[test]
fn the_reference_says_what_the_lints_say() {
    let path = syrup_tests::root().join("docs/reference/lints.md");
    let mut text = String::from(
        "# Lints\n\n\
         `syrupc lint FILE..` finds code that is legal and probably wrong.\n\
         `@allow(name, \"why\")` on a declaration keeps a lint silent there, with `_` for `-`.\n\
         A test writes this page from `syrupc/src/lints`, and runs its policies.\n\
         [The command line](command-line.md) lists the options.\n\n\
         | code | name | group | level | fix | finds |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for lint in ALL {
        let level = format!("{:?}", lint.level).to_lowercase();
        let fix = lint.fix.map_or(String::new(), |fix| format!("{fix:?}").to_lowercase());
        let (code, name, group) = (lint.code, lint.name, lint.group.as_str());
        text += &format!("| {code} | `{name}` | {group} | {level} | {fix} | {} |\n", lint.finds);
    }
    for lint in ALL {
        let page = syrupc::lints::page(lint).replace("\n## ", "\n### ");
        // The examples are run by the tests above; here they are shown as they are.
        text += &format!("\n#{}", page.replace("```syrup\n", "```syr\n"));
    }
    if std::env::var_os("SYRUP_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &text).expect("the folder can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/reference/lints.md is old: SYRUP_BLESS=1 rewrites it");
}
