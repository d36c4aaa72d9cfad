//! Facts and diagnostics as lines.

use syrup_diag::Diagnostic;
use syrup_ir::{Cap, Checked, Interval, Ty, Value};

/// What `check` gave.
pub fn checked(result: Result<Checked, Vec<Diagnostic>>) -> String {
    match result {
        Ok(policy) => facts(&policy),
        Err(found) => found.iter().flat_map(diagnostic).collect::<Vec<_>>().join("\n"),
    }
}

fn diagnostic(diagnostic: &Diagnostic) -> Vec<String> {
    let Diagnostic { code, severity: _, message, primary, secondary, notes, fixes } = diagnostic;
    let mut lines = vec![format!("{code} {:?}: {message}", primary.span)];
    if !primary.text.is_empty() {
        lines.push(format!("  {}", primary.text));
    }
    lines.extend(secondary.iter().map(|label| format!("  {:?}: {}", label.span, label.text)));
    lines.extend(notes.iter().map(|note| format!("  note: {note}")));
    lines.extend(fixes.iter().map(|fix| format!("  fix: {}", fix.title)));
    lines
}

fn facts(policy: &Checked) -> String {
    let mut lines = Vec::new();
    for (func, facts) in policy.module().funcs.iter().zip(&policy.facts().funcs) {
        lines.push(format!("func {}: {} steps at most", func.name, facts.steps_max));
        for (at, (data, range)) in func.values.iter().zip(&facts.ranges).enumerate() {
            let value = Value(at as u32);
            let has_range = matches!(data.ty, Ty::Int(_) | Ty::Exec(_));
            if has_range && *range != Interval::of_ty(data.ty) {
                lines.push(format!("{value}: {range}"));
            }
        }
        for block in func.block_ids() {
            for (value, range) in &facts.narrower[block.idx()] {
                lines.push(format!("from {block} on, {value}: {range}"));
            }
        }
        for (header, trips) in &facts.trips {
            lines.push(format!("loop {header}: {trips} trips at most"));
        }
        for block in func.block_ids().filter(|block| !facts.reached[block.idx()]) {
            lines.push(format!("{block} is never reached"));
        }
    }
    let caps: Vec<&str> = policy.facts().caps.iter().map(Cap::name).collect();
    lines.push(format!("capabilities: {}", caps.join(", ")));
    lines.join("\n")
}
