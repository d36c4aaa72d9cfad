//! `syrupc fmt`: policies in the one style there is.
//!
//! In: files, folders or standard input. Out: the files in that style, or with `--check` which of
//! them are not. A file that is broken stays as it is, and its errors are shown.

use crate::args::{Fmt, Format};
use crate::exit::{Exit, Failure};
use crate::{input, output};
use serde_json::json;
use std::io::Write;
use std::path::Path;
use syrupc::fmt::{Refusal, format};

/// What became of one file.
enum Outcome {
    /// It already was in that style.
    Same,
    /// It was written, or would be; the number is the first line that differs, from 1.
    Changed(u32),
    /// Its errors were shown.
    Broken,
}

/// Formats files.
pub fn run(cmd: &Fmt, how: Format) -> Result<Exit, Failure> {
    if cmd.stdin {
        return stdin(cmd.check, how);
    }
    let mut n_broken = 0;
    let mut changed = Vec::new();
    for path in input::policy_files(&cmd.files)? {
        match one(&path, cmd.check, how)? {
            Outcome::Same => {}
            Outcome::Changed(line) => changed.push((path, line)),
            Outcome::Broken => n_broken += 1,
        }
    }
    match how {
        Format::Human => {
            let what = if cmd.check { "not formatted" } else { "formatted" };
            for (path, line) in &changed {
                println!("{what}: {}:{line}", path.display());
            }
        }
        Format::Json => {
            let rows = changed.iter().map(|(path, line)| json!({"file": path, "line": line}));
            let rows: Vec<_> = rows.collect();
            let format = syrup_wire::limits::FORMAT;
            let report = json!({"format": format, "changed": rows, "broken": n_broken});
            println!("{}", output::json(&report));
        }
    }
    let failed = n_broken > 0 || (cmd.check && !changed.is_empty());
    Ok(if failed { Exit::Diagnostics } else { Exit::Done })
}

fn one(path: &Path, check: bool, how: Format) -> Result<Outcome, Failure> {
    let text = input::read_policy(path)?;
    let Some(formatted) = formatted(&path.to_string_lossy(), &text, how)? else {
        return Ok(Outcome::Broken);
    };
    if formatted == text {
        return Ok(Outcome::Same);
    }
    if !check {
        input::replace(path, &formatted)?;
    }
    Ok(Outcome::Changed(first_difference(&text, &formatted)))
}

/// Standard input to standard output.
fn stdin(check: bool, how: Format) -> Result<Exit, Failure> {
    let text = input::read_policy(Path::new("-"))?;
    let Some(formatted) = formatted("<stdin>", &text, how)? else { return Ok(Exit::Diagnostics) };
    if check {
        let same = formatted == text;
        return Ok(if same { Exit::Done } else { Exit::Diagnostics });
    }
    let mut out = std::io::stdout().lock();
    let written = out.write_all(formatted.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::usage(format!("cannot write: {error}")))?;
    Ok(Exit::Done)
}

/// The formatted text; nothing where the text is broken, which is shown.
fn formatted(name: &str, text: &str, how: Format) -> Result<Option<String>, Failure> {
    match format(name, text) {
        Ok(formatted) => Ok(Some(formatted)),
        Err(Refusal::Broken(sources, list)) => {
            match how {
                Format::Human => output::diagnostics(&list, 0, &sources, how),
                Format::Json => eprintln!("error: {name} has errors and stays as it is"),
            }
            Ok(None)
        }
        Err(Refusal::Differs(why)) => Err(Failure {
            exit: Exit::Bug,
            message: format!("formatting would change what {name} says, so it stays: {why}"),
        }),
    }
}

/// The first line that differs, from 1.
fn first_difference(before: &str, after: &str) -> u32 {
    let same = before.lines().zip(after.lines()).take_while(|(a, b)| a == b).count();
    same as u32 + 1
}
