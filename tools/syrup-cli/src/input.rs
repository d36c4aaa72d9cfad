//! Reading policy files: the only place where the compiler meets the file system.

use crate::exit::Failure;
use std::io::Read;
use std::path::Path;
use syrup_diag::limits;

/// Files on disk, for `use`.
pub struct Disk;

impl syrupc::Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        read_text(Path::new(path))
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
