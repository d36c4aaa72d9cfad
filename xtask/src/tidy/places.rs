//! Things that live in one place, with all that belongs to them.
//!
//! In: the repository's files. Out: an error code without its page or a page without its code, an
//! item of the standard library without documentation, an example without policy or README.

use super::{Finding, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Where the codes of diagnostics are.
const CODES: &str = "syrup-diag/src/codes.rs";

/// Every error code has its page, titled as the code is, and every page has its code.
pub fn error_pages(tree: &Tree) -> Vec<Finding> {
    let codes = codes(tree.text(CODES).unwrap_or_default());
    let mut findings = Vec::new();
    if codes.is_empty() {
        findings.push(Finding::new(CODES, 0, "no rows of error codes"));
    }
    for (code, (line, title)) in &codes {
        let page = format!("docs/errors/{code}.md");
        let expected = format!("# {code}: {title}");
        match tree.text(&page) {
            None => findings.push(Finding::new(CODES, *line, format!("`{code}` has no `{page}`"))),
            Some(text) if text.lines().next() == Some(&expected) => {}
            Some(_) => findings.push(Finding::new(&page, 1, format!("the title is `{expected}`"))),
        }
    }
    for (path, name, _) in tree.folder("docs/errors") {
        let code = name.strip_suffix(".md").unwrap_or(name);
        if name != "README.md" && !codes.contains_key(code) {
            findings.push(Finding::new(path, 0, format!("`{code}` is no row of {CODES}")));
        }
    }
    findings
}

/// The rows of the table: code, line and title.
fn codes(text: &str) -> BTreeMap<&str, (usize, &str)> {
    let mut codes = BTreeMap::new();
    for (line, content) in (1..).zip(text.lines()) {
        let Some((code, rest)) = content.trim().split_once(' ') else { continue };
        let Some(title) = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix("\",")) else {
            continue;
        };
        if is_code(code) {
            codes.insert(code, (line, title));
        }
    }
    codes
}

/// Whether a word is written like an error code: `E0301`.
pub fn is_code(word: &str) -> bool {
    let digits = word.strip_prefix('E').unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The folders of the standard library and the keyword of their items.
const STDLIB: &[(&str, &str)] =
    &[("stdlib/hooks", "hook"), ("stdlib/headers", "header"), ("stdlib/targets", "target")];

/// Where the policies that others use are. What such a file offers is for all to read.
const POLICIES: &str = "stdlib/policies";

/// Everything public of the standard library's policies is documented.
pub fn stdlib_policies(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, _, text) in tree.folder(POLICIES) {
        let lines: Vec<&str> = text.lines().collect();
        let public = lines.iter().enumerate().filter(|(_, line)| line.starts_with("pub "));
        let undocumented = public.filter(|(at, _)| !is_documented(&lines[..*at]));
        findings.extend(
            undocumented.map(|(at, _)| Finding::new(path, at + 1, "document it with `///`")),
        );
    }
    findings
}

/// Every file of the standard library declares what its name says, and documents it; a file of
/// several headers of one protocol (`dns.Header`, `dns.Question`) documents each.
pub fn stdlib_docs(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (folder, keyword) in STDLIB {
        let files: Vec<_> = tree.folder(folder).collect();
        if files.is_empty() {
            findings.push(Finding::new(folder, 0, "no files"));
        }
        for (path, name, text) in files {
            let name = name.strip_suffix(".syr").unwrap_or(name);
            let lines: Vec<&str> = text.lines().collect();
            let public = format!("pub {keyword} ");
            // A capital letter: headers of a protocol are `dns.Header`, a layer by itself is `udp`.
            let is_part = |line: &&str| {
                let declared = line.strip_prefix(&public).and_then(|rest| rest.chars().next());
                declared.is_some_and(char::is_uppercase)
            };
            let several = lines.iter().any(is_part);
            if several {
                for (at, _) in lines.iter().enumerate().filter(|row| is_part(row.1)) {
                    if !is_documented(&lines[..at]) {
                        let message = format!("document the {keyword} with `///`");
                        findings.push(Finding::new(path, at + 1, message));
                    }
                }
                continue;
            }
            match lines.iter().position(|line| declares(line, keyword, name)) {
                None => {
                    let message = format!("declares no {keyword} `{name}`");
                    findings.push(Finding::new(path, 0, message));
                }
                Some(at) if is_documented(&lines[..at]) => {}
                Some(at) => {
                    let message = format!("document the {keyword} with `///`");
                    findings.push(Finding::new(path, at + 1, message));
                }
            }
        }
    }
    findings
}

/// Whether a line declares this: `pub header udp after ...`, `target "kernel-6.1" {`.
fn declares(line: &str, keyword: &str, name: &str) -> bool {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let rest = line.strip_prefix(keyword).and_then(|rest| rest.strip_prefix(' '));
    let word = rest.and_then(|rest| rest.split([' ', '{']).next()).unwrap_or_default();
    word.trim_matches('"') == name
}

/// Whether the lines before a declaration end with documentation; attributes may follow it.
fn is_documented(before: &[&str]) -> bool {
    let mut before = before.iter().rev().skip_while(|line| line.starts_with('@'));
    before.next().is_some_and(|line| line.starts_with("/// "))
}

/// Every example has a policy and a README.
pub fn examples(tree: &Tree) -> Vec<Finding> {
    let paths = tree.files().filter_map(|(path, _)| path.strip_prefix("examples/"));
    let folders: BTreeSet<&str> =
        paths.filter_map(|path| path.split_once('/')).map(|(folder, _)| folder).collect();
    let mut findings = Vec::new();
    for folder in folders {
        for name in ["policy.syr", "README.md"] {
            let path = format!("examples/{folder}/{name}");
            if !tree.has(&path) {
                findings.push(Finding::new(&path, 0, "every example has one"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{CODES, Finding, Tree};

    /// The file and line of each finding.
    fn check(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], expect: &[(&str, usize)]) {
        let findings = check(&Tree::of(files));
        let found: Vec<_> = findings.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn codes_and_pages_belong_together() {
        let table = (CODES, "codes! {\n    E0001 \"a\",\n    E0002 \"b\",\n}\n");
        let page = ("docs/errors/E0001.md", "# E0001: a\n");
        let check = |files: &[_], expect: &[_]| check(super::error_pages, files, expect);
        check(&[table, page, ("docs/errors/E0002.md", "# E0002: b\n")], &[]);
        check(&[table, page, ("docs/errors/README.md", "")], &[(CODES, 3)]);
        check(
            &[table, page, ("docs/errors/E0002.md", "# E0002: c\n")],
            &[("docs/errors/E0002.md", 1)],
        );
        check(
            &[table, page, ("docs/errors/E0002.md", "# E0002: b"), ("docs/errors/E0003.md", "")],
            &[("docs/errors/E0003.md", 0)],
        );
        check(&[], &[(CODES, 0)]);
    }

    #[test]
    fn the_real_table_is_read() {
        let codes = super::codes(include_str!("../../../syrup-diag/src/codes.rs"));
        assert!(codes.len() > 40, "{}", codes.len());
        assert_eq!(codes["E0301"].1, "an entry that may be missing");
    }

    #[test]
    fn stdlib_items_are_documented() {
        let hook = ("stdlib/hooks/xdp.syr", "edition 2026;\n\n/// Doc.\nhook xdp {\n}\n");
        let header = ("stdlib/headers/udp.syr", "/// Doc.\n@a(b)\npub header udp after ip {\n}\n");
        let target = ("stdlib/targets/k-6.1.syr", "/// Doc.\ntarget \"k-6.1\" {\n}\n");
        let check = |files: &[_], expect: &[_]| check(super::stdlib_docs, files, expect);
        check(&[hook, header, target], &[]);
        check(
            &[("stdlib/hooks/xdp.syr", "hook xdp {}\n"), header, target],
            &[("stdlib/hooks/xdp.syr", 1)],
        );
        check(
            &[hook, ("stdlib/headers/tcp.syr", header.1), target],
            &[("stdlib/headers/tcp.syr", 0)],
        );
        check(&[hook, header], &[("stdlib/targets", 0)]);
        let parts = "/// Doc.\npub header Head {\n}\npub header Tail {\n}\n";
        check(&[hook, ("stdlib/headers/a.syr", parts), target], &[("stdlib/headers/a.syr", 4)]);
    }

    #[test]
    fn examples_are_whole() {
        let policy = ("examples/a/policy.syr", "");
        check(super::examples, &[policy, ("examples/a/README.md", "")], &[]);
        check(super::examples, &[policy], &[("examples/a/README.md", 0)]);
        let both = [("examples/b/policy.syr", 0), ("examples/b/README.md", 0)];
        check(super::examples, &[("examples/b/other", "")], &both);
    }
}
