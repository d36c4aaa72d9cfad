//! Reading policy files: the only place where the compiler meets the file system.

use crate::exit::Failure;
use std::io::Read;
use std::path::{Path, PathBuf};
use syrup_diag::limits;

/// Files on disk, for `use`.
pub struct Disk;

impl syrupc::Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        read_text(Path::new(path))
    }
}

/// Files that came in one piece, for `use`: what a confined process reads instead of a disk.
#[derive(serde::Deserialize)]
pub struct Bundle {
    files: std::collections::BTreeMap<String, String>,
}

impl Bundle {
    /// Reads standard input: `{"files": {"policy.syr": "..."}}`.
    ///
    /// # Errors
    /// Not such JSON, or too much of it.
    pub fn of_standard_input() -> Result<Bundle, Failure> {
        let mut bytes = Vec::new();
        // Escapes make text longer, at most six bytes for one.
        let max = 6 * limits::SOURCE_BYTES_MAX as u64;
        let read = std::io::stdin().lock().take(max).read_to_end(&mut bytes);
        read.map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::usage(format!("standard input is no bundle: {error}")))
    }
}

impl syrupc::Files for Bundle {
    fn read(&self, path: &str) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}

/// The text of a policy file; `-` is standard input.
///
/// # Errors
/// One sentence that says why it cannot be read.
pub fn read_policy(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        read_limited(std::io::stdin().lock())
    } else {
        read_text(path)
    };
    text.map_err(|why| Failure::usage(format!("cannot read {}: {why}", path.display())))
}

/// The files of a command line: folders stand for the `.syr` files below them, in order.
///
/// # Errors
/// A folder that cannot be read or has no policy.
pub fn policy_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        policies_below(path, &mut found)?;
        if found.len() == before {
            let message = format!("{} has no .syr file", path.display());
            return Err(Failure::usage(message));
        }
        found[before..].sort();
    }
    Ok(found)
}

fn policies_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::usage(format!("cannot read {}: {error}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // A link to a folder above would never end.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && !hidden {
            policies_below(&path, found)?;
        } else if !is_folder && path.extension().is_some_and(|extension| extension == "syr") {
            found.push(path);
        }
    }
    Ok(())
}

/// Puts a new text into a file: whole or not at all, with the permissions it has.
///
/// # Errors
/// One sentence that says why it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let failed =
        |error: std::io::Error| Failure::usage(format!("cannot write {}: {error}", path.display()));
    // A link stays a link: what it points to is replaced.
    let path = std::fs::canonicalize(path).map_err(failed)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let written = std::fs::write(&new, text)
        .and_then(|()| std::fs::set_permissions(&new, std::fs::metadata(&path)?.permissions()))
        .and_then(|()| std::fs::rename(&new, &path));
    written.map_err(|error| {
        // The error that counts is the first.
        let _ = std::fs::remove_file(&new);
        failed(error)
    })
}

fn read_text(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    })?;
    if file.metadata().is_ok_and(|meta| meta.is_dir()) {
        return Err("it is a directory".to_owned());
    }
    read_limited(file)
}

/// Reads one byte past the limit at most, so that the parser can say that there is more.
fn read_limited(from: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    let max = limits::SOURCE_BYTES_MAX as u64 + 1;
    from.take(max).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 == max {
        // The cut may fall into a character; what is there is too long in any case.
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("it is not UTF-8: byte {at} does not begin a character")
    })
}
