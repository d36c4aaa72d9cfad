//! Messages: every file of `tests/ui` with what the compiler says about it.
//!
//! In: `tests/ui/**/*.syr`. A line that gets a diagnostic carries a mark with its code,
//! `//~ E0002`; `//~^ E0002` speaks of the line above, one more `^` of one more line. The text
//! of all diagnostics stands beside the file in `*.stderr`. `SYRUP_BLESS=1` rewrites that text,
//! never the marks. Files below `syntax` are parsed; all others are analysed, with the files beside
//! them at hand, and marks speak only of diagnostics in the file itself.

use std::fs;
use std::path::{Path, PathBuf};
use syrup_diag::{Diagnostic, Diagnostics, FileId, RenderOptions, Sources, render_all};

/// The files beside a file, for `use`.
struct Beside(PathBuf);

impl syrupc::Files for Beside {
    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.0.join(path)).map_err(|_| "there is no such file".to_owned())
    }
}

/// What runs on each file: the diagnostics in order, and the texts they point into.
fn check_text(path: &Path, name: &str, text: &str) -> (Vec<Diagnostic>, Sources) {
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.ends_with("syntax") {
        let analysis = syrupc::analyze(name, text, &Beside(folder.to_owned()));
        return (analysis.diags.into_sorted(), analysis.sources);
    }
    let mut sources = Sources::new();
    let id = sources.add(name, text);
    let mut diags = Diagnostics::new();
    syrupc::syntax::parse(id, text, &mut diags);
    (diags.into_sorted(), sources)
}

#[test]
fn ui() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui");
    let bless = std::env::var_os("SYRUP_BLESS").is_some_and(|value| value == "1");
    let files = files_below(&root);
    assert!(!files.is_empty(), "no files below {}", root.display());
    let failures: Vec<String> =
        files.iter().filter_map(|path| check_file(path, bless).err()).collect();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), files.len(), failures.join("\n"));
}

/// Every `.syr` file below a folder, in order.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "syr") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Checks marks and text of one file.
fn check_file(path: &Path, bless: bool) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let (list, sources) = check_text(path, &name, &text);
    let (found, expected) = (found_marks(&list, &sources), marks(&text));
    if found != expected {
        let report = render_all(&list, &sources, RenderOptions::default());
        return Err(format!("{name}: found {found:?}, the marks say {expected:?}\n{report}"));
    }
    let report = render_all(&list, &sources, RenderOptions::default());
    check_report(path, &name, &report, bless)
}

/// Line and code of every diagnostic in the first file, in order.
fn found_marks(list: &[Diagnostic], sources: &Sources) -> Vec<(u32, String)> {
    let mut found: Vec<(u32, String)> = list
        .iter()
        .filter(|diagnostic| diagnostic.primary.span.file == FileId(0))
        .map(|diagnostic| {
            let span = diagnostic.primary.span;
            (sources.get(span.file).position(span.start).line, diagnostic.code.to_string())
        })
        .collect();
    found.sort();
    found
}

/// Line and code of every mark, in order.
fn marks(text: &str) -> Vec<(u32, String)> {
    let mut marks = Vec::new();
    for (line, content) in (1u32..).zip(text.lines()) {
        let Some((_, mark)) = content.split_once("//~") else { continue };
        let codes = mark.trim_start_matches('^');
        let up = (mark.len() - codes.len()) as u32;
        marks.extend(codes.split_whitespace().map(|code| (line - up, code.to_owned())));
    }
    marks.sort();
    marks
}

/// Compares the rendered text with the file beside the source, or rewrites that file.
fn check_report(path: &Path, name: &str, report: &str, bless: bool) -> Result<(), String> {
    let beside = path.with_extension("stderr");
    let expected = fs::read_to_string(&beside).unwrap_or_default();
    if report == expected {
        return Ok(());
    }
    if !bless {
        let hint = "SYRUP_BLESS=1 rewrites the text";
        return Err(format!("{name}: expected\n{expected}\nfound\n{report}\n{hint}"));
    }
    let written =
        if report.is_empty() { fs::remove_file(&beside) } else { fs::write(&beside, report) };
    written.map_err(|error| format!("{name}: {error}"))
}
