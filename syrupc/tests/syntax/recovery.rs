//! What survives an error, and whether the fixes that are offered help.
//!
//! In: the broken files of `tests/ui/syntax`. Most end with a policy `next_one` that has nothing
//! to do with the error.

use crate::tree::files_below;
use syrup_diag::{Diagnostic, Diagnostics, FileId, Fix};
use syrupc::syntax::ast::{File, ItemKind, PolicyBody};
use syrupc::syntax::{self, docs_before};

fn parse(text: &str) -> (File, Vec<Diagnostic>) {
    let mut diags = Diagnostics::new();
    let file = syntax::parse(FileId(0), text, &mut diags);
    (file, diags.into_sorted())
}

#[test]
fn the_next_declaration_is_kept() {
    let mut n_checked = 0;
    for (name, text) in files_below("tests/ui/syntax") {
        if !text.contains("policy next_one(") {
            continue;
        }
        let (file, _) = parse(&text);
        let kept = file.items.iter().any(|item| {
            let ItemKind::Policy(policy) = &item.kind else { return false };
            let PolicyBody::Function { param: _, body } = &policy.body else { return false };
            let docs = docs_before(&file, &text, item.span);
            let is_documented = docs.as_deref() == Some("Still here.");
            policy.name.text == "next_one" && body.value.is_some() && is_documented
        });
        assert!(kept, "{name}: {:#?}", file.items);
        n_checked += 1;
    }
    assert!(n_checked > 40, "only {n_checked} files");
}

fn apply(text: &str, fix: &Fix) -> String {
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut out = text.to_owned();
    for edit in edits {
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    out
}

#[test]
fn every_edit_removes_its_error() {
    let mut n_checked = 0;
    for (name, text) in files_below("tests/ui/syntax") {
        let (_, before) = parse(&text);
        for diagnostic in &before {
            for fix in diagnostic.fixes.iter().filter(|fix| !fix.edits.is_empty()) {
                let fixed = apply(&text, fix);
                let (_, after) = parse(&fixed);
                let same = after.iter().any(|other| {
                    other.message == diagnostic.message
                        && other.primary.span.start == diagnostic.primary.span.start
                });
                let worse = same || after.len() > before.len();
                assert!(!worse, "{name}: {diagnostic:#?}\n{fixed}\n{after:#?}");
                n_checked += 1;
            }
        }
    }
    assert!(n_checked > 30, "only {n_checked} fixes");
}

#[test]
fn a_broken_statement_keeps_its_neighbours() {
    let text = "edition 2026;
policy p(pkt: Packet) -> w {
    let a = 1;
    let b = a ==;
    match pkt {
        udp => w[0],
        tcp / => w[1],
        _ => drop,
    }
}
";
    let (file, list) = parse(text);
    assert_eq!(list.len(), 2);
    let dump = syntax::dump_ast(&file);
    assert_eq!(dump.matches("    let ").count(), 2, "{dump}");
    assert_eq!(dump.matches("arm ").count(), 3, "{dump}");
    assert!(dump.contains("name b"), "{dump}");
}

#[test]
fn expressions() {
    let check = |text: &str, expect: Result<&str, &str>| {
        let mut diags = Diagnostics::new();
        let expr = syntax::parse_expr(FileId(0), text, &mut diags);
        let codes: Vec<_> = diags.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
        match expect {
            Ok(slice) => {
                assert_eq!(codes, [""; 0], "{text}");
                let span = expr.expect("an expression").span;
                assert_eq!(&text[span.start as usize..span.end as usize], slice);
            }
            Err(code) => {
                assert!(expr.is_none(), "{text}");
                assert_eq!(codes, [code], "{text}");
            }
        }
    };
    check(" 1 + 2 ", Ok("1 + 2"));
    check("udp() / Request(op: SCAN)", Ok("udp() / Request(op: SCAN)"));
    check("match x { _ => 1 }", Ok("match x { _ => 1 }"));
    check("", Err("E0002"));
    check("1 +", Err("E0002"));
    check("1 2", Err("E0002"));
    check("1;", Err("E0002"));
    check("(1", Err("E0002"));
    check("1)", Err("E0002"));
    check("a < b < c", Err("E0008"));
    check("$", Err("E0001"));
    check("let x = 1;", Err("E0002"));
    check(&"(".repeat(5000), Err("E0004"));
}
