//! Every fix that a tool can apply is applied, and helps.
//!
//! In: the policies of `tests/ui`. Out: a failure for a fix after which its diagnostic is still
//! there, or another error is new. Files below `syntax` are parsed; all others are analysed.

use std::collections::BTreeMap;
use std::path::Path;
use syrup_diag::{Diagnostic, Diagnostics, FileId, Fix, Severity, Sources};
use syrup_tests::listing::policies_below;

/// Files where more than one thing is missing at a place, and the next is reported when the first
/// is there.
const UNFINISHED: [&str; 2] = ["syntax/garbage_in_block.syr", "syntax/half_typed_arm.syr"];

/// The files beside a file, for `use`.
struct Beside<'p>(&'p Path);

impl syrupc::Files for Beside<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())
    }
}

fn check(path: &Path, text: &str) -> (Vec<Diagnostic>, Sources) {
    let folder = path.parent().unwrap_or(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !folder.ends_with("syntax") {
        let analysis = syrupc::analyze(&name, text, &Beside(folder));
        return (analysis.diags.into_sorted(), analysis.sources);
    }
    let mut sources = Sources::new();
    let id = sources.add(name, text);
    let mut diags = Diagnostics::new();
    syrupc::syntax::parse(id, text, &mut diags);
    (diags.into_sorted(), sources)
}

/// A diagnostic without its place, which fixes move.
fn identity(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let text = sources.slice(diagnostic.primary.span);
    format!("{} {} at `{text}`", diagnostic.code, diagnostic.message)
}

/// How often each error occurs.
fn errors(list: &[Diagnostic], sources: &Sources) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for diagnostic in list.iter().filter(|d| d.severity == Severity::Error) {
        *found.entry(identity(diagnostic, sources)).or_insert(0) += 1;
    }
    found
}

/// The text after a fix; nothing where it has no edits or changes another file.
fn apply(text: &str, fix: &Fix) -> Option<String> {
    let here = fix.edits.iter().all(|edit| edit.span.file == FileId(0));
    if fix.edits.is_empty() || !here {
        return None;
    }
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::new();
    let mut at = 0;
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        assert!(at <= start, "edits overlap: {fix:?}");
        out.push_str(&text[at..start]);
        out.push_str(&edit.text);
        at = end;
    }
    out.push_str(&text[at..]);
    Some(out)
}

#[test]
fn every_fix_helps() {
    let (mut n_fixes, mut wrong) = (0, Vec::new());
    for path in policies_below("tests/ui") {
        if UNFINISHED.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("the file was listed");
        let (list, sources) = check(&path, &text);
        let before = errors(&list, &sources);
        for diagnostic in list.iter().filter(|d| d.primary.span.file == FileId(0)) {
            let this = identity(diagnostic, &sources);
            for fix in &diagnostic.fixes {
                let Some(fixed) = apply(&text, fix) else { continue };
                n_fixes += 1;
                let (list, sources) = check(&path, &fixed);
                let after = errors(&list, &sources);
                let n = |errors: &BTreeMap<String, u32>, key: &str| {
                    errors.get(key).copied().unwrap_or(0)
                };
                let name = path.strip_prefix(syrup_tests::root()).unwrap_or(&path).display();
                if n(&before, &this) > 0 && n(&after, &this) >= n(&before, &this) {
                    wrong.push(format!("{name}: {this}\n  is still there after `{}`", fix.title));
                }
                let new = after.iter().filter(|row| *row.1 > n(&before, row.0));
                for (new, _) in new {
                    wrong.push(format!("{name}: {this}\n  after `{}`: {new}", fix.title));
                }
            }
        }
    }
    assert!(n_fixes > 100, "only {n_fixes} fixes were found");
    assert!(wrong.is_empty(), "{} of {n_fixes}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Diagnostics that say what to write: of a value that may be missing, of numbers that are not
/// proved, and of changes that another CPU can come between. A type that does not fit (E0402) and
/// a hook that cannot (E0412, E0413) name what is there and what is needed.
const ALWAYS_FIXABLE: [&str; 7] = ["E03", "E0401", "E0403", "E0404", "E0405", "E0406", "E05"];

#[test]
fn what_cannot_be_proved_offers_something_to_write() {
    let (mut n_checked, mut without) = (0, BTreeMap::new());
    for path in policies_below("tests/ui") {
        let text = std::fs::read_to_string(&path).expect("the file was listed");
        let (list, sources) = check(&path, &text);
        for diagnostic in &list {
            if !ALWAYS_FIXABLE.iter().any(|family| diagnostic.code.as_str().starts_with(family)) {
                continue;
            }
            n_checked += 1;
            if diagnostic.fixes.is_empty() {
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                without.insert(identity(diagnostic, &sources), file);
            }
        }
    }
    assert!(n_checked > 50, "only {n_checked} diagnostics were found");
    assert!(without.is_empty(), "{} offer nothing: {without:#?}", without.len());
}
