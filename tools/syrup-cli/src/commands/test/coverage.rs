//! `syrupc test --coverage`: which arms of each policy the tests of its file reach.
//!
//! In: what the tests reached. Out: a line for each arm with the number of cases that took it, or
//! the same as JSON. A case is a test, or one sample of a `forall`.

use crate::args::Format;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use syrupc::Analysis;
use syrupc::hir::PolicyId;
use syrupc::testing::{Coverage, Ready};

/// Characters of an arm's text that are shown.
const TEXT_CHARS_MAX: usize = 48;

/// Shows the arms of every policy of a file.
pub fn show(
    path: &Path,
    ready: &BTreeMap<PolicyId, Ready>,
    total: &Coverage,
    analysis: &Analysis,
    format: Format,
    rows: &mut Vec<Value>,
) {
    for (id, ready) in ready {
        let Some(traced) = &ready.traced else { continue };
        let name = &analysis.program.policies[id.idx()].name;
        let reached = total.0.get(id).cloned().unwrap_or_default();
        let counts = reached.arms.iter().copied().chain(std::iter::repeat(0));
        let arms: Vec<_> = traced.arms.iter().zip(counts).collect();
        let n_reached = arms.iter().filter(|(_, n)| *n > 0).count();
        if format == Format::Human {
            let (n_arms, n_runs) = (arms.len(), reached.n_runs);
            let arms = match n_arms {
                0 => "one way through it".to_owned(),
                _ => format!("{n_reached} of {n_arms} arms"),
            };
            println!("{}: {name}: {arms}, run in {n_runs} cases", path.display());
        }
        let mut shown = Vec::new();
        for (arm, n) in arms {
            let source = analysis.sources.get(arm.span.file);
            let place = source.position(arm.span.start);
            let text = analysis.sources.slice(arm.span);
            match format {
                Format::Human => {
                    let text = one_line(text);
                    let (kind, file) = (arm.kind.name(), source.name());
                    let (line, column) = (place.line, place.column);
                    println!("{n:8} {kind:5} {text}  ({file}:{line}:{column})");
                }
                Format::Json => shown.push(json!({
                    "kind": arm.kind.name(), "text": text, "cases": n,
                    "file": source.name(), "line": place.line, "column": place.column,
                })),
            }
        }
        if format == Format::Json {
            rows.push(json!({
                "file": path, "policy": &**name, "cases": reached.n_runs, "arms": shown,
            }));
        }
    }
}

/// The beginning of a text, on one line.
fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{}...", &words[..end]),
        None => words,
    }
}
