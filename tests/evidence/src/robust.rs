//! Wrong policies in a row: each must be answered with a diagnostic within the file.
//!
//! In: a seed, numbers, the policies of the repository. Out: counts, and what was answered with a
//! crash, with nothing, or with a place outside the file.

use crate::broken;
use crate::differ::{self, Engines, Outcome, quietly};
use crate::generate;
use crate::seeds;
use std::collections::BTreeMap;
use std::path::Path;
use syrup_diag::{RenderOptions, Severity, render_all};

/// What was counted.
#[derive(Default, Debug)]
pub struct Counts {
    /// Texts with one edit, by edit.
    pub broken: BTreeMap<&'static str, u64>,
    /// Texts of the repository with words exchanged.
    pub n_exchanged: u64,
    /// Those of them that the compiler still takes, which were run on every engine.
    pub n_taken: u64,
    /// What must not be.
    pub findings: Vec<String>,
}

/// Breaks generated policies, and exchanges words in those of the repository.
pub fn run(corpus: &[String], first: u64, n_texts: u64, n_inputs: usize) -> Counts {
    let mut counts = Counts::default();
    let engines = Engines::of_this_machine();
    for at in 0..n_texts {
        let seed = seeds::of(first, at);
        let size = generate::size_of(seed).min(120);
        let source = generate::policy(seed, size).source;
        if let Some((edit, text)) = broken::break_once(&source, seed) {
            *counts.broken.entry(edit).or_insert(0) += 1;
            if let Err(what) = refuses(&text) {
                counts.findings.push(format!("text {at}, {edit}: {what}\n{text}"));
            }
        }
        let Some(source) = corpus.get(seed as usize % corpus.len().max(1)) else { continue };
        let text = broken::exchange(source, seed);
        counts.n_exchanged += 1;
        let over = differ::over(&text);
        let look = || differ::look(&engines, &text, over, seed, n_inputs, at as usize);
        match quietly(look) {
            Ok(Ok(_)) => counts.n_taken += 1,
            Ok(Err(Outcome::Refused(_))) => {}
            Ok(Err(Outcome::Differs(d))) => {
                let what = format!("{} differs: {}", d.engine, d.what);
                counts.findings.push(format!("text {at}: {what}\n{text}"));
            }
            Err(what) => counts.findings.push(format!("text {at}: {what}\n{text}")),
        }
    }
    counts
}

/// Whether a wrong text is answered with errors that lie within their files.
fn refuses(text: &str) -> Result<(), String> {
    quietly(|| {
        let analysis = syrupc::analyze("policy.syr", text, &syrupc::NoFiles);
        if !analysis.diags.iter().any(|d| d.severity == Severity::Error) {
            return Err("the compiler takes it".to_owned());
        }
        for diagnostic in analysis.diags.iter() {
            let labels = diagnostic.secondary.iter().map(|label| label.span);
            for span in labels.chain([diagnostic.primary.span]) {
                let n_files = analysis.sources.iter().count();
                let is_inside = (span.file.0 as usize) < n_files
                    && analysis
                        .sources
                        .get(span.file)
                        .text()
                        .get(span.start as usize..span.end as usize)
                        .is_some();
                if !is_inside {
                    return Err(format!("{span:?} of {} is outside its file", diagnostic.code));
                }
            }
        }
        render_all(analysis.diags.iter(), &analysis.sources, RenderOptions::default());
        Ok(())
    })
    .unwrap_or_else(Err)
}

/// The policies of the repository: examples, the corpus, those with tests for every engine.
///
/// # Errors
/// A folder that cannot be read, in one sentence.
pub fn corpus(root: &Path) -> Result<Vec<String>, String> {
    let mut open: Vec<_> = ["examples", "tests/corpus", "tests/run"].map(|at| root.join(at)).into();
    let mut paths = Vec::new();
    while let Some(at) = open.pop() {
        let entries =
            std::fs::read_dir(&at).map_err(|error| format!("{}: {error}", at.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => open.push(path),
                false if path.extension().is_some_and(|end| end == "syr") => paths.push(path),
                false => {}
            }
        }
    }
    paths.sort();
    Ok(paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect())
}
