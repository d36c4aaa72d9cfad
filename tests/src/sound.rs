//! What holds of every analysis, of good and of hostile text alike.
//!
//! In: the result of an analysis. Out: nothing, or a panic that says which promise is broken.

use std::collections::BTreeMap;
use syrup_diag::{Code, Diagnostic, RenderOptions, Sources, Span, limits, render_all};
use syrup_ir::opt::Passes;
use syrupc::hir::PolicyId;
use syrupc::lower::Used;
use syrupc::testing::{Interp, Ready, run_tests};
use syrupc::{Analysis, DEFAULT_TARGET};

/// Codes by which a policy that analysis accepts may still be refused for a hook and a target.
const REFUSALS: [Code; 5] = [Code::E0111, Code::E0114, Code::E0412, Code::E0413, Code::E0601];

/// Bytes of text beyond which diagnostics are not rendered: rendering is linear in the text for
/// each of them, and one small file shows as much.
const RENDERED_BYTES_MAX: usize = 8 << 10;

/// Checks the diagnostics: places lie in their files, and rendering works.
///
/// # Panics
/// A promise that is broken.
pub fn check_diagnostics<'d>(diags: impl IntoIterator<Item = &'d Diagnostic>, sources: &Sources) {
    let diags: Vec<_> = diags.into_iter().collect();
    assert!(diags.len() <= limits::DIAGNOSTICS_MAX);
    for diagnostic in &diags {
        let labels = diagnostic.secondary.iter().map(|label| label.span);
        let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in labels.chain(edits).chain([diagnostic.primary.span]) {
            assert!(is_inside(span, sources), "{span:?} of {diagnostic:?} is outside its file");
        }
        assert!(diagnostic.fixes.len() <= 3, "more than three fixes: {diagnostic:?}");
    }
    if sources.iter().all(|(_, source)| source.text().len() <= RENDERED_BYTES_MAX) {
        render_all(diags, sources, RenderOptions::default());
    }
}

fn is_inside(span: Span, sources: &Sources) -> bool {
    let known = (span.file.0 as usize) < sources.iter().count();
    let range = span.start as usize..span.end as usize;
    known && sources.get(span.file).text().get(range).is_some()
}

/// Checks an analysis, and builds and runs what it accepts. Gives whether it accepts the file and
/// every policy could be built.
///
/// # Panics
/// A promise that is broken.
pub fn check(analysis: &mut Analysis) -> bool {
    check_diagnostics(analysis.diags.iter(), &analysis.sources);
    let accepted = !analysis.diags.has_errors();
    let mut ready = BTreeMap::new();
    let n_policies = analysis.program.policies.len();
    for at in 0..n_policies {
        let id = PolicyId(at as u32);
        if analysis.program.policies[at].broken {
            assert!(!accepted, "a broken policy without an error");
            continue;
        }
        if let Some(built) = build_everywhere(analysis, id) {
            ready.insert(id, built);
        }
    }
    if !accepted {
        return false;
    }
    let results = run_tests(&analysis.program, &ready, &mut Interp);
    check_diagnostics(results.iter().filter_map(|r| r.failure.as_ref()), &analysis.sources);
    n_policies > 0 && ready.len() == n_policies
}

/// Builds a policy for the hooks it names, or the default one; the last that worked.
fn build_everywhere(analysis: &mut Analysis, id: PolicyId) -> Option<Ready> {
    let target = syrupc::profile(DEFAULT_TARGET).expect("the default target exists");
    let policy = &analysis.program.policies[id.idx()];
    let mut hooks: Vec<_> = policy.hooks.iter().map(|(name, _)| name.to_string()).collect();
    if hooks.is_empty() {
        hooks.push(policy.default_hook().to_owned());
    }
    let mut ready = None;
    for name in hooks {
        let hook = analysis.hook(&name).expect("analysis knows this hook");
        match syrupc::build(&analysis.program, id, &hook, &target, Passes::ALL) {
            Ok(policy) => {
                let used = Used::of(&analysis.program, &analysis.program.policies[id.idx()]);
                ready = Some(Ready { policy, used, traced: None });
            }
            Err(diags) => {
                check_diagnostics(&diags, &analysis.sources);
                for diagnostic in &diags {
                    assert!(REFUSALS.contains(&diagnostic.code), "{diagnostic:?}");
                }
            }
        }
    }
    ready
}
