//! Findings that are known and not shown again.
//!
//! In: a file with a fingerprint a line. Out: the fingerprints, or the file anew. What follows the
//! first blank of a line is for people.

use crate::exit::Failure;
use crate::reports::Row;
use std::collections::BTreeSet;
use std::path::Path;

/// The fingerprints of a baseline.
pub(super) fn read(path: Option<&Path>) -> Result<BTreeSet<String>, Failure> {
    let Some(path) = path else { return Ok(BTreeSet::new()) };
    let text = crate::input::read_policy(path)?;
    let words = text.lines().filter_map(|line| line.split_whitespace().next());
    Ok(words.filter(|word| *word != "#").map(str::to_owned).collect())
}

/// Writes all findings as known.
pub(super) fn write(path: &Path, rows: &[&Row]) -> Result<(), Failure> {
    let mut text = String::from("# findings of `syrupc lint` that are known\n");
    for row in rows {
        text += &format!("{} {} {} {}\n", row.fingerprint, row.file, row.code, row.message);
    }
    let written = std::fs::write(path, text);
    written.map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))
}
