//! `syrupc lint`: code that is legal and probably wrong.
//!
//! In: files and folders. Out: findings in the form that is asked for, and with `--fix` the files
//! with their fixes. Exit code 1 where an error is left, or what `--deny` names.

mod baseline;
mod fixes;

use crate::args::{Format, Lint, OutputFormat};
use crate::exit::{Exit, Failure};
use crate::reports::{self, Form, Row};
use crate::{input, output};
use std::path::Path;
use syrup_diag::{Diagnostic, Severity, Sources};
use syrup_wire::diagnostic::Report;
use syrupc::lints::{self, Group, Safety};

/// What was found in one file.
struct Found {
    file: String,
    /// Findings and their rows, in one order.
    list: Vec<Diagnostic>,
    rows: Vec<Row>,
    sources: Sources,
    n_dropped: u32,
}

/// Lints files.
pub fn run(cmd: &Lint, format: OutputFormat) -> Result<Exit, Failure> {
    let denied = Denied::parse(&cmd.deny)?;
    let known = baseline::read(cmd.baseline.as_deref())?;
    let fixing = match (cmd.fix, cmd.unsafe_fixes) {
        (_, true) => Some(Safety::Unsafe),
        (true, false) => Some(Safety::Safe),
        (false, false) => None,
    };
    let paths = input::policy_files(&cmd.files)?;
    let found: Result<Vec<Found>, Failure> =
        paths.iter().map(|path| one(path, cmd, fixing)).collect();
    let mut found = found?;
    if let Some(path) = &cmd.write_baseline {
        let rows: Vec<&Row> = found.iter().flat_map(|file| &file.rows).collect();
        baseline::write(path, &rows)?;
    }
    for file in &mut found {
        let is_new: Vec<bool> =
            file.rows.iter().map(|row| !known.contains(&row.fingerprint)).collect();
        let mut keep = is_new.iter();
        file.list.retain(|_| *keep.next().unwrap_or(&true));
        let mut keep = is_new.iter();
        file.rows.retain(|_| *keep.next().unwrap_or(&true));
    }
    finish(&found, format);
    let mut left = found.iter().flat_map(|file| &file.list);
    Ok(if left.any(|left| denied.covers(left)) { Exit::Diagnostics } else { Exit::Done })
}

fn finish(found: &[Found], format: OutputFormat) {
    let form = match format {
        OutputFormat::Human => {
            for Found { list, sources, n_dropped, .. } in found {
                output::diagnostics(list, *n_dropped, sources, Format::Human);
            }
            if found.iter().all(|file| file.list.is_empty()) {
                println!("ok");
            }
            return;
        }
        OutputFormat::Json => {
            let reports = found.iter().map(|file| output::report(&file.list, &file.sources));
            let diagnostics = reports.flat_map(|report| report.diagnostics).collect();
            let format = syrup_wire::limits::FORMAT;
            println!("{}", output::json(&Report { format, diagnostics }));
            return;
        }
        OutputFormat::Plain => Form::Plain,
        OutputFormat::Github => Form::Github,
        OutputFormat::Gitlab => Form::Gitlab,
        OutputFormat::Junit => Form::Junit,
        OutputFormat::Sarif => Form::Sarif,
        OutputFormat::Rdjson => Form::Rdjson,
    };
    let rows: Vec<Row> = found.iter().flat_map(|file| file.rows.iter().cloned()).collect();
    let files: Vec<String> = found.iter().map(|file| file.file.clone()).collect();
    print!("{}", reports::write(form, &rows, &files));
}

/// Lints one file, after fixing it where that is asked for.
fn one(path: &Path, cmd: &Lint, fixing: Option<Safety>) -> Result<Found, Failure> {
    let groups: Vec<Group> =
        Group::ALL.into_iter().filter(|group| group.is_default() || cmd.pedantic).collect();
    let mut text = input::read_policy(path)?;
    let name = path.to_string_lossy();
    if let Some(safety) = fixing {
        let (fixed, n_fixes) = fixes::apply(&name, &text, &groups, safety);
        if n_fixes > 0 {
            input::replace(path, &fixed)?;
            eprintln!("{name}: {n_fixes} fixed");
            text = fixed;
        }
    }
    let analysis = syrupc::analyze(&name, &text, &input::Disk);
    let mut list = analysis.diags.clone().into_sorted();
    if !analysis.diags.has_errors() {
        let findings = lints::run(&analysis, &groups);
        list.extend(findings.into_iter().map(|finding| finding.diagnostic));
        list.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    }
    let n_dropped = analysis.diags.n_dropped();
    let rows = reports::rows(&list, &analysis.sources);
    let file = reports::relative(&name);
    Ok(Found { file, list, rows, sources: analysis.sources, n_dropped })
}

/// What makes the command fail besides errors.
struct Denied {
    /// From this severity on.
    from: Severity,
    groups: Vec<Group>,
    names: Vec<&'static str>,
}

impl Denied {
    fn parse(words: &[String]) -> Result<Denied, Failure> {
        let mut denied = Denied { from: Severity::Error, groups: Vec::new(), names: Vec::new() };
        for word in words {
            if word == "warnings" || word == "notes" {
                let from = if word == "notes" { Severity::Note } else { Severity::Warning };
                denied.from = denied.from.min(from);
            } else if let Some(group) = Group::ALL.iter().find(|group| group.as_str() == word) {
                denied.groups.push(*group);
            } else if let Some(lint) = lints::by_name(word) {
                denied.names.push(lint.name);
            } else {
                let groups = Group::ALL.map(Group::as_str).join(", ");
                return Err(Failure::usage(format!(
                    "--deny {}: neither a lint nor one of warnings, notes, {groups}",
                    word.escape_default()
                )));
            }
        }
        Ok(denied)
    }

    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        let lint = lints::by_code(diagnostic.code);
        diagnostic.severity >= self.from
            || lint.is_some_and(|lint| {
                self.groups.contains(&lint.group) || self.names.contains(&lint.name)
            })
    }
}
