//! How Rust files open, where `unsafe` stands, and what is left unfinished.
//!
//! In: the repository's `.rs` files and manifests. Out: findings. That each `unsafe` block has its
//! `SAFETY` comment is clippy's to check (`undocumented_unsafe_blocks`), and `workspace_lints`
//! checks that every crate listens to it.

use super::source::{code_only, words};
use super::{Finding, Tree};

/// Where `unsafe` may stand: system calls, memory of machine code or of other processes, an
/// allocator that counts, and the table of a generated parser.
const UNSAFE_PLACES: &[&str] = &[
    "backends/syrup-native/src/abi.rs",
    "backends/syrup-native/src/memory.rs",
    "backends/syrup-native/src/memory/",
    "editors/tree-sitter-syrup/src/lib.rs",
    "runtime/libsyrup/src/ffi.rs",
    "runtime/syrup-agent/src/memory.rs",
    "runtime/syrup-load/src/sys.rs",
    "runtime/syrup-load/src/sys/",
    "tests/sim/memory.rs",
    "runtime/syrupd/src/sys.rs",
    "runtime/syrupd/src/sys/",
    "tools/syrup-demo/src/sys.rs",
];

/// Lints of clippy's that the conventions rest on, as `Cargo.toml` has them.
const NEEDED_LINTS: &[&str] =
    &["unsafe_code", "missing_docs", "dbg_macro", "todo", "undocumented_unsafe_blocks"];

/// Every Rust file of the repository.
fn rust(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.with_extension(&["rs"])
}

/// Every file opens with what it is.
pub fn opening(tree: &Tree) -> Vec<Finding> {
    let closed = rust(tree).filter(|(_, text)| !text.starts_with("//! "));
    closed.map(|(path, _)| Finding::new(path, 1, "open with `//!`: what this file is")).collect()
}

/// A module is `name.rs` with its children in `name/`.
pub fn module_file(tree: &Tree) -> Vec<Finding> {
    let found = rust(tree).filter(|(path, _)| path.ends_with("/mod.rs"));
    found.map(|(path, _)| Finding::new(path, 0, "name a module's file after the module")).collect()
}

/// `unsafe` stands in the files of system calls.
pub fn unsafe_place(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in rust(tree) {
        if UNSAFE_PLACES.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        for (line, _) in words(&code_only(text), "unsafe") {
            findings.push(Finding::new(
                path,
                line,
                "`unsafe` belongs to the files of system calls",
            ));
        }
    }
    findings
}

/// No macro that stands for missing or temporary code.
pub fn unfinished_macro(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in rust(tree) {
        let code = code_only(text);
        for name in ["todo", "unimplemented", "dbg"] {
            for (line, rest) in words(&code, name) {
                if rest.starts_with('!') {
                    findings.push(Finding::new(
                        path,
                        line,
                        format!("`{name}!` is unfinished work"),
                    ));
                }
            }
        }
    }
    findings
}

/// A lint is switched off by `expect` with its reason, so that the exception ends with its cause.
pub fn lint_exception(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in rust(tree) {
        let code = code_only(text);
        for start in ["[allow(", "[expect("] {
            for (at, _) in code.match_indices(start).filter(|(at, _)| is_attribute(&code[..*at])) {
                let line = 1 + code[..at].matches('\n').count();
                let rest = &code[at..];
                let attribute = &rest[..rest.find(']').unwrap_or(rest.len())];
                if start == "[allow(" {
                    findings.push(Finding::new(path, line, "use `expect`, with a reason"));
                } else if words(attribute, "reason").next().is_none() {
                    findings.push(Finding::new(path, line, "give the exception's reason"));
                }
            }
        }
    }
    findings
}

/// Whether what stands before a bracket makes it an attribute.
fn is_attribute(before: &str) -> bool {
    before.ends_with('#') || before.ends_with("#!")
}

/// Every crate takes the workspace's lints, and these are what the conventions rest on.
pub fn workspace_lints(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("/Cargo.toml")) {
        if !text.contains("[lints]\nworkspace = true") {
            findings.push(Finding::new(path, 0, "take the lints of the workspace"));
        }
    }
    let root = tree.text("Cargo.toml").unwrap_or_default();
    let set = |lint: &str| root.lines().any(|line| line.starts_with(&format!("{lint} = ")));
    for lint in NEEDED_LINTS.iter().filter(|lint| !set(lint)) {
        findings.push(Finding::new("Cargo.toml", 0, format!("the lint `{lint}` is not set")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Finding, Tree};

    /// The lines that a check finds in one file.
    fn check(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str, expect: &[usize]) {
        let lines: Vec<usize> = check(&Tree::of(&[(path, text)])).iter().map(|f| f.line).collect();
        assert_eq!(lines, expect, "{text}");
    }

    #[test]
    fn opening() {
        check(super::opening, "a.rs", "//! What.\n", &[]);
        check(super::opening, "a.rs", "// What.\n", &[1]);
        check(super::opening, "a.rs", "\n//! What.\n", &[1]);
        check(super::opening, "a.rs", "", &[1]);
        check(super::opening, "a.md", "", &[]);
    }

    #[test]
    fn module_file() {
        check(super::module_file, "a/mod.rs", "", &[0]);
        check(super::module_file, "a/amod.rs", "", &[]);
    }

    #[test]
    fn unsafe_place() {
        let text = "// unsafe\nfn f() {\n    unsafe { g() }\n}\nconst UNSAFE: &str = \"unsafe\";";
        check(super::unsafe_place, "syrupc/src/sys.rs", text, &[3]);
        check(super::unsafe_place, "runtime/syrup-load/src/sys.rs", text, &[]);
        check(super::unsafe_place, "runtime/syrup-load/src/sys/bpf.rs", text, &[]);
        check(super::unsafe_place, "runtime/syrup-load/src/load.rs", text, &[3]);
    }

    #[test]
    fn unfinished_macro() {
        let text =
            "f(todo);\n// todo!()\ntodo!()\nunimplemented!()\n\"dbg!()\"\nmy_dbg!()\ndbg!(x)";
        check(super::unfinished_macro, "a.rs", text, &[3, 4, 7]);
    }

    #[test]
    fn lint_exception() {
        check(super::lint_exception, "a.rs", "#[expect(a, reason = \"b\")]\nx.expect(y)", &[]);
        check(super::lint_exception, "a.rs", "#[allow(a, reason = \"b\")]\n\"#[allow(a)]\"", &[1]);
        check(super::lint_exception, "a.rs", "\n#![expect(a)]\nlet reason = 1;", &[2]);
        check(super::lint_exception, "a.rs", "#[expect(\n    a,\n    reason = \"b\"\n)]", &[]);
    }

    #[test]
    fn workspace_lints() {
        let root: String =
            super::NEEDED_LINTS.iter().map(|l| format!("{l} = \"warn\"\n")).collect();
        let found = |root: &str, member: &str| {
            super::workspace_lints(&Tree::of(&[("Cargo.toml", root), ("a/Cargo.toml", member)]))
        };
        assert_eq!(found(&root, "[lints]\nworkspace = true\n"), []);
        assert_eq!(found(&root, "[package]\n").len(), 1);
        assert_eq!(found("", "[lints]\nworkspace = true\n").len(), super::NEEDED_LINTS.len());
    }
}
