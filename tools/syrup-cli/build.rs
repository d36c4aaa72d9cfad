//! Embeds the pages of `docs/errors`, and the examples that the demo runs.

use std::fs;
use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = rows(&root.join("docs/errors"), "md", &|path| stem(path));
    let examples = root.join("examples");
    let mut policies = Vec::new();
    for folder in entries(&examples) {
        policies.extend(rows(&folder, "syr", &|path| {
            let folder = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{folder}/{}.syr", stem(path))
        }));
    }
    policies.sort();
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let write = |name: &str, rows: &[String]| {
        let list = format!("&[\n{}]\n", rows.concat());
        fs::write(Path::new(&out).join(name), list).expect("OUT_DIR is writable");
    };
    write("pages.rs", &pages);
    write("examples.rs", &policies);
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A row `("name", include_str!(...)),` for each file with an ending, sorted.
fn rows(folder: &Path, ending: &str, name: &dyn Fn(&Path) -> String) -> Vec<String> {
    if !folder.is_dir() {
        return Vec::new();
    }
    let mut rows: Vec<_> = entries(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ext| ext == ending))
        .map(|path| {
            let full = path.canonicalize().unwrap_or_else(|_| path.clone()).display().to_string();
            format!("    ({:?}, include_str!({full:?})),\n", name(&path))
        })
        .collect();
    rows.sort();
    rows
}
