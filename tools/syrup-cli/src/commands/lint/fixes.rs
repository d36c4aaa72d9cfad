//! Applies the fixes of lints, one after the other, each only where the policy still compiles.

use syrup_diag::{Edit, Span};
use syrupc::lints::{self, Finding, Group, Safety};

/// Fixes applied to one file, at most: a fix that makes room for itself would never end.
const FIXES_MAX: usize = 1000;

/// The text after all fixes of at most this safety, and how many there were.
pub(super) fn apply(name: &str, text: &str, groups: &[Group], safety: Safety) -> (String, usize) {
    let mut text = text.to_owned();
    let mut n_fixes = 0;
    let mut refused: Vec<(Span, String)> = Vec::new();
    while n_fixes < FIXES_MAX {
        let analysis = syrupc::analyze(name, &text, &crate::input::Disk);
        if analysis.diags.has_errors() {
            break;
        }
        let findings = lints::run(&analysis, groups);
        let wanted = |finding: &&Finding| match finding.lint.fix {
            Some(Safety::Safe) => true,
            Some(Safety::Unsafe) => safety == Safety::Unsafe,
            None => false,
        };
        let next = findings.iter().filter(wanted).find_map(|finding| {
            let fix = finding.diagnostic.fixes.first().filter(|fix| !fix.edits.is_empty())?;
            let key = (finding.diagnostic.primary.span, fix.title.clone());
            let own = fix.edits.iter().all(|edit| edit.span.file == analysis.main);
            (own && !refused.contains(&key)).then_some((key, &fix.edits))
        });
        let Some((key, edits)) = next else { break };
        let fixed = edited(&text, edits);
        let after = syrupc::analyze(name, &fixed, &crate::input::Disk);
        if after.diags.has_errors() || fixed == text {
            refused.push(key);
            continue;
        }
        text = fixed;
        n_fixes += 1;
        // Places moved.
        refused.clear();
    }
    (text, n_fixes)
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut out = text.to_owned();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for Edit { span, text } in edits {
        let range = span.start as usize..span.end as usize;
        if out.get(range.clone()).is_some() {
            out.replace_range(range, text);
        }
    }
    out
}
