//! Markdown documents, and the documents that other files speak of.
//!
//! In: the repository's files. Out: a document without exactly one title, a link or a name of a
//! document that leads nowhere, a README that does not open with its two commands.

use super::{Finding, Tree};
use crate::readme;

/// Every document has one title, on its first line.
pub fn title(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension(&["md"]) {
        if !text.starts_with("# ") {
            findings.push(Finding::new(path, 1, "a document opens with its title, `# ...`"));
        }
        for (line, content) in prose(text).skip(1) {
            if content.starts_with("# ") {
                findings.push(Finding::new(path, line, "a second title; use `##`"));
            }
        }
    }
    findings
}

/// The lines outside blocks of code, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter(move |(_, content)| {
        let fence = content.trim_start().starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// Every link to a file of the repository leads to one.
pub fn links(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.with_extension(&["md"]) {
        for (line, content) in prose(text) {
            for target in content.split("](").skip(1) {
                let target = target.split([')', '#']).next().unwrap_or_default();
                let outside = target.contains("://") || target.starts_with("mailto:");
                if !target.is_empty() && !outside && !leads_somewhere(tree, path, target) {
                    findings.push(Finding::new(path, line, format!("no file `{target}`")));
                }
            }
        }
    }
    findings
}

/// Every document that a comment or a text names is in the repository.
pub fn named_documents(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| !super::words::speaks_of_findings(path)) {
        for (line, content) in (1..).zip(text.lines()) {
            for name in content.split(|c: char| !(c.is_alphanumeric() || "_-./".contains(c))) {
                let name = name.trim_end_matches('.');
                let stem = name.strip_suffix(".md").unwrap_or_default();
                // What is left of an address has two slashes, of `<code>.md` no stem.
                let named = stem.ends_with(char::is_alphanumeric) && !stem.starts_with("//");
                if named && !leads_somewhere(tree, path, name) && !is_name_of_any(tree, name) {
                    findings.push(Finding::new(path, line, format!("no document `{name}`")));
                }
            }
        }
    }
    findings
}

/// Whether a path leads to a file or folder, from the root or from the folder of a file.
fn leads_somewhere(tree: &Tree, from: &str, target: &str) -> bool {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    tree.has(&joined("", target)) || tree.has(&joined(folder, target))
}

/// A folder and a relative path as one path, with `.` and `..` resolved.
fn joined(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether any file is called so.
fn is_name_of_any(tree: &Tree, name: &str) -> bool {
    tree.files().any(|(path, _)| path.rsplit('/').next() == Some(name))
}

/// README.md opens with the command of the main job and the command of the tests.
pub fn readme_commands(tree: &Tree) -> Vec<Finding> {
    let text = tree.text("README.md").unwrap_or_default();
    let reason = readme::commands(text).err();
    reason.into_iter().map(|reason| Finding::new("README.md", 0, reason)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Finding, Tree};

    /// The file and line of each finding.
    fn check(check: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)], expect: &[(&str, usize)]) {
        let findings = check(&Tree::of(files));
        let found: Vec<_> = findings.iter().map(|f| (f.path.as_str(), f.line)).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn one_title() {
        let good = ("a.md", "# One\n\n```sh\n# comment\n```\n## Two\n");
        check(super::title, &[good], &[]);
        check(super::title, &[("a.md", "# One\n# Two\n")], &[("a.md", 2)]);
        check(super::title, &[("a.md", "One\n")], &[("a.md", 1)]);
        check(super::title, &[("a.md", "# One\n```\n```\n# Two\n")], &[("a.md", 4)]);
    }

    #[test]
    fn links_lead_somewhere() {
        let page = "# T\n[a](b.md) [c](../README.md#x) [d](https://example.com/e.md) [f](#g)\n";
        let files = [("docs/a.md", page), ("docs/b.md", ""), ("README.md", "")];
        check(super::links, &files, &[]);
        check(super::links, &files[..2], &[("docs/a.md", 2)]);
        check(super::links, &[("a.md", "[a](b) [c](d)")], &[("a.md", 1), ("a.md", 1)]);
    }

    #[test]
    fn named_documents_are_there() {
        let text = "//! See docs/a.md, `b.md`.\n// docs/<code>.md https://example.com/c.md\n";
        let files = [("docs/a.md", ""), ("docs/deep/b.md", ""), ("x.rs", text)];
        check(super::named_documents, &files, &[]);
        check(super::named_documents, &files[1..], &[("x.rs", 1)]);
        check(super::named_documents, &[("x.rs", text)], &[("x.rs", 1), ("x.rs", 1)]);
    }

    #[test]
    fn readme_opens_with_commands() {
        check(super::readme_commands, &[("README.md", "```sh\na\nb\n```")], &[]);
        check(super::readme_commands, &[("README.md", "```sh\na\n```")], &[("README.md", 0)]);
        check(super::readme_commands, &[], &[("README.md", 0)]);
    }
}
