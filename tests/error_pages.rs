//! The pages of `docs/errors`: each shows a policy that gives its code, and one that gives none.
//!
//! In: the pages and the table of codes. Out: a failure for a page without a code, a code without
//! a page, a block that gives something else, or a message that breaks the convention.
//! A block ` ```syrup name.syr ` is a file beside the policy of the block before it.

use std::collections::{BTreeMap, BTreeSet};
use syrup_diag::{ALL_CODES, Code, Diagnostic};
use syrup_tests::memory::Memory;
use syrupc::hir::PolicyId;
use syrupc::testing::{Interp, Ready, run_tests};
use syrupc::{Analysis, DEFAULT_TARGET};

/// Codes whose pages hold text instead of policies, with the reason.
const TEXT_ONLY: [(Code, &str); 7] = [
    (Code::E0006, "the file would have to be larger than a page can be"),
    (Code::E0111, "backends find it, and all that the front end reads it understands"),
    (Code::E0413, "the default target offers everything that the hooks' policies need"),
    (Code::E0603, "a backend finds it, and backends are below the front end"),
    (Code::E0604, "the command line finds it, in a hook that was given there"),
    (Code::E0701, "the command line finds it, in a value that is no part of the policy"),
    (Code::E0704, "the loader finds it, in a map that the kernel holds"),
];

/// Words that mean something only inside the compiler or the kernel.
const WORDS_OF_THE_INSIDE: [&str; 14] = [
    "register",
    "verifier",
    "bpf",
    "sk_buff",
    "xdp_md",
    "ctx",
    "vec<",
    "option<",
    "usize",
    "hir",
    "none(",
    "some(_",
    "basicblock",
    "ast",
];

/// A page, taken apart.
struct Page {
    code: Code,
    title: String,
    text: String,
    rejected: Files,
    accepted: Files,
}

/// The blocks of a section: the policy, and the files beside it.
#[derive(Default)]
struct Files {
    policy: Option<String>,
    beside: Memory,
}

fn pages() -> Vec<Page> {
    let folder = syrup_tests::root().join("docs/errors");
    let mut paths: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| name != "README.md"))
        .collect();
    paths.sort();
    paths.iter().map(|path| page(path)).collect()
}

fn page(path: &std::path::Path) -> Page {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let code = name.parse().unwrap_or_else(|()| panic!("{name}: no such code"));
    let text = std::fs::read_to_string(path).expect("the page was listed");
    let first = text.lines().next().unwrap_or_default();
    let title = first.strip_prefix(&format!("# {name}: "));
    let title = title.unwrap_or_else(|| panic!("{name}: the first line is `{first}`")).to_owned();
    let [rejected, accepted] =
        ["## Rejected", "## Accepted"].map(|head| blocks(section(&text, head)));
    Page { code, title, text, rejected, accepted }
}

/// The text below a heading, to the next one.
fn section<'t>(text: &'t str, head: &str) -> &'t str {
    let Some((_, rest)) = text.split_once(&format!("\n{head}\n")) else {
        panic!("no section `{head}` in:\n{text}")
    };
    rest.split("\n## ").next().unwrap_or(rest)
}

fn blocks(section: &str) -> Files {
    let mut files = Files::default();
    for block in section.split("```syrup").skip(1) {
        let (head, rest) = block.split_once('\n').unwrap_or((block, ""));
        let body = rest.split("```").next().unwrap_or(rest).to_owned();
        match head.trim() {
            "" => files.policy = Some(body),
            name => _ = files.beside.0.insert(name.to_owned(), body),
        }
    }
    if let Some(policy) = &files.policy {
        files.beside.0.insert("policy.syr".to_owned(), policy.clone());
    }
    files
}

/// Everything that the front end says about a policy, tests included.
fn diagnostics(files: &Files) -> (Analysis, Vec<Diagnostic>) {
    let text = files.policy.as_deref().unwrap_or_default();
    let mut analysis = syrupc::analyze("policy.syr", text, &files.beside);
    let mut found: Vec<Diagnostic> = analysis.diags.iter().cloned().collect();
    if analysis.diags.has_errors() {
        return (analysis, found);
    }
    let target = syrupc::profile(DEFAULT_TARGET).expect("the default target exists");
    let mut ready = BTreeMap::new();
    for at in 0..analysis.program.policies.len() {
        let id = PolicyId(at as u32);
        let policy = &analysis.program.policies[at];
        let name = policy.hooks.first().map_or(policy.default_hook(), |hook| &hook.0).to_owned();
        let hook = analysis.hook(&name).expect("analysis knows the hook");
        match Ready::build(&analysis.program, id, &hook, &target) {
            Ok(built) => _ = ready.insert(id, built),
            Err(list) => found.extend(list),
        }
    }
    let results = run_tests(&analysis.program, &ready, &mut Interp);
    found.extend(results.into_iter().flat_map(|r| r.failure.into_iter().chain(r.warning)));
    (analysis, found)
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let of_pages: Vec<Code> = pages().iter().map(|page| page.code).collect();
    assert_eq!(of_pages, ALL_CODES);
}

#[test]
fn pages_have_one_shape() {
    for page in pages() {
        let code = page.code;
        assert_eq!(page.title, code.title(), "{code}");
        let heads: Vec<_> = page.text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(heads, ["## Rejected", "## Accepted", "## Why"], "{code}");
        let is_prose = |line: &&str| line.contains(". ") && !line.starts_with("//");
        let mut outside = page.text.split("```").step_by(2).flat_map(str::lines);
        assert_eq!(outside.find(is_prose), None, "{code}: one sentence per line");
        let text_only = TEXT_ONLY.iter().any(|row| row.0 == code);
        for files in [&page.rejected, &page.accepted] {
            assert_eq!(files.policy.is_none(), text_only, "{code}: its blocks hold policies");
        }
    }
}

#[test]
fn rejected_policies_give_the_code_and_accepted_ones_nothing() {
    let mut wrong = Vec::new();
    for page in pages() {
        if TEXT_ONLY.iter().any(|row| row.0 == page.code) {
            continue;
        }
        for (files, expected) in [(&page.rejected, vec![page.code]), (&page.accepted, Vec::new())] {
            let (analysis, found) = diagnostics(files);
            let codes: BTreeSet<Code> = found.iter().map(|diagnostic| diagnostic.code).collect();
            if codes.into_iter().collect::<Vec<_>>() != expected {
                let text = syrup_diag::render_all(
                    &found,
                    &analysis.sources,
                    syrup_diag::RenderOptions::default(),
                );
                wrong.push(format!("{}: expected {expected:?}, found\n{text}", page.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rules for a line that people read: lowercase, no period, nothing from the inside.
fn broken_rule(line: &str) -> Option<&'static str> {
    let first = line.chars().next()?;
    let words = line.split('`').step_by(2).collect::<String>().to_lowercase();
    if first.is_uppercase() {
        Some("begins with an uppercase letter")
    } else if line.ends_with('.') && !line.ends_with("...") {
        Some("ends with a period")
    } else if line.contains('\n') {
        Some("has several lines")
    } else if words.split([' ', ',']).any(|word| WORDS_OF_THE_INSIDE.contains(&word)) {
        Some("speaks of the inside of the compiler or the kernel")
    } else {
        None
    }
}

#[test]
fn messages_follow_the_convention() {
    let mut found: Vec<Diagnostic> = Vec::new();
    for page in pages() {
        found.extend(diagnostics(&page.rejected).1);
    }
    for path in syrup_tests::listing::policies_below("tests/ui") {
        found.extend(syrup_tests::analyze_file(&path).diags.iter().cloned());
    }
    let mut wrong = BTreeSet::new();
    for diagnostic in &found {
        let labels = diagnostic.secondary.iter().chain([&diagnostic.primary]);
        let lines = labels.map(|label| &label.text).chain([&diagnostic.message]);
        let lines = lines.chain(&diagnostic.notes);
        for line in lines {
            if let Some(rule) = broken_rule(line) {
                wrong.insert(format!("{} `{line}` {rule}", diagnostic.code));
            }
        }
        for fix in &diagnostic.fixes {
            if fix.title.contains('\n') {
                wrong.insert(format!("{} `{}` has several lines", diagnostic.code, fix.title));
            }
        }
    }
    assert!(found.len() > 200, "only {} messages were found", found.len());
    let wrong: Vec<_> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
