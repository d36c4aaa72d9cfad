//! Lists the policies of the repository.
//!
//! In: a folder below the root. Out: its `.syr` files in a fixed order.

use std::path::{Path, PathBuf};

/// Every `.syr` file below a folder of the repository, in order.
pub fn policies_below(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&crate::root().join(folder), &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "syr") {
            found.push(path);
        }
    }
}
