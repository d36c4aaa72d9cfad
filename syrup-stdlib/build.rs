//! Lists every `.syr` file below `stdlib/`, so that adding a file is all it takes to add a thing.

use std::fs;
use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut rows = Vec::new();
    for folder in ["functions", "headers", "hooks", "policies", "targets", "types"] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|ext| ext == "syr") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let text = path.canonicalize().unwrap_or(path).display().to_string();
                rows.push(format!("    (\"{folder}\", \"{name}\", include_str!({text:?})),\n"));
            }
        }
    }
    rows.sort();
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let list = format!("&[\n{}]\n", rows.concat());
    fs::write(Path::new(&out).join("files.rs"), list).expect("OUT_DIR is writable");
}
