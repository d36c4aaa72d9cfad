//! Lists every `.syr` file below `stdlib/`, so that adding a file is all it takes to add a thing,
//! with the length of its declarations: what follows them are the file's own tests.

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
                let text = fs::read_to_string(&path).expect("a file just listed can be read");
                let end = declarations_end(&text);
                if text[end..].lines().any(|line| line.starts_with("pub ")) {
                    panic!("{}: move what is `pub` above the file's tests", path.display());
                }
                let path = path.canonicalize().unwrap_or(path).display().to_string();
                rows.push(format!(
                    "    (\"{folder}\", \"{name}\", include_str!({path:?}), {end}),\n"
                ));
            }
        }
    }
    rows.sort();
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let list = format!("&[\n{}]\n", rows.concat());
    fs::write(Path::new(&out).join("files.rs"), list).expect("OUT_DIR is writable");
}

/// Where the declarations of a file end: before the first item that only its own tests are for,
/// and the comments and attributes of that.
fn declarations_end(text: &str) -> usize {
    const TESTS: [&str; 4] = ["executors ", "policy ", "test ", "map "];
    let mut end = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if TESTS.iter().any(|word| line.starts_with(word)) {
            return end;
        }
        at += line.len();
        if !line.starts_with("//") && !line.starts_with('@') && !line.trim().is_empty() {
            end = at;
        }
    }
    text.len()
}
