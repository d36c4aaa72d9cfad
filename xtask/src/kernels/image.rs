//! The memory file system that a guest boots from.
//!
//! In: the runner with the libraries it is linked to, a shell, the repository's policies. Out: an
//! archive in the format of `Documentation/driver-api/early-userspace/buffer-format.rst` ("newc").

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file in the guest.
pub struct File {
    /// Its path there, without the first slash.
    pub path: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// Folders of the repository that the runner reads.
const FOLDERS: [&str; 3] = ["examples", "stdlib", "tests"];

/// Empty folders for the kernel's own file systems.
const MOUNTS: [&str; 4] = ["proc", "sys", "dev", "tmp"];

/// Everything the guest needs but its script.
///
/// # Errors
/// A file that cannot be read, a runner whose libraries cannot be told.
pub fn files(root: &Path, runner: &Path, busybox: &Path) -> Result<Vec<File>, String> {
    let mut files = vec![read(busybox, "bin/busybox")?];
    let stripped = runner.with_extension("guest");
    // The names of functions take most of the program, and memory is what a guest has least of.
    let strip = Command::new("strip").arg("-o").arg(&stripped).arg(runner).status();
    let is_stripped = strip.is_ok_and(|status| status.success());
    files.push(read(if is_stripped { &stripped } else { runner }, "runner")?);
    for library in libraries(runner)? {
        let path = library.display().to_string();
        files.push(read(&library, path.trim_start_matches('/'))?);
    }
    let prefix = root.display().to_string();
    for folder in FOLDERS {
        policies(&root.join(folder), prefix.trim_start_matches('/'), root, &mut files)?;
    }
    Ok(files)
}

fn read(from: &Path, to: &str) -> Result<File, String> {
    let bytes = std::fs::read(from).map_err(|error| format!("{}: {error}", from.display()))?;
    Ok(File { path: to.to_owned(), bytes })
}

/// The policies below a folder.
fn policies(folder: &Path, prefix: &str, root: &Path, files: &mut Vec<File>) -> Result<(), String> {
    let entries = std::fs::read_dir(folder);
    let entries = entries.map_err(|error| format!("{}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            policies(&path, prefix, root, files)?;
        } else if path.extension().is_some_and(|extension| extension == "syr") {
            let inside = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            files.push(read(&path, &format!("{prefix}/{inside}"))?);
        }
    }
    Ok(())
}

/// The libraries of a program and the loader, as `ldd` lists them.
fn libraries(program: &Path) -> Result<Vec<PathBuf>, String> {
    let output = Command::new("ldd").arg(program).output();
    let output = output.map_err(|error| format!("ldd: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(words.map(PathBuf::from).collect())
}

/// The archive, with a script as `/init`.
pub fn cpio(files: &[File], script: &str) -> Vec<u8> {
    const FOLDER: u32 = 0o040_755;
    const PROGRAM: u32 = 0o100_755;
    let mut folders: Vec<String> = MOUNTS.map(str::to_owned).to_vec();
    for file in files {
        let mut at = 0;
        while let Some(slash) = file.path[at..].find('/') {
            at += slash + 1;
            folders.push(file.path[..at - 1].to_owned());
        }
    }
    folders.sort();
    folders.dedup();
    let mut archive = Vec::new();
    for folder in &folders {
        entry(&mut archive, folder, FOLDER, &[]);
    }
    for file in files {
        entry(&mut archive, &file.path, PROGRAM, &file.bytes);
    }
    entry(&mut archive, "init", PROGRAM, script.as_bytes());
    entry(&mut archive, "TRAILER!!!", 0, &[]);
    archive
}

/// Thirteen numbers of eight hexadecimal digits behind the magic, the name, the contents; name
/// and contents end at a multiple of four bytes.
fn entry(archive: &mut Vec<u8>, name: &str, mode: u32, bytes: &[u8]) {
    let inode = archive.len() as u32 + 1;
    let (size, name_size) = (bytes.len() as u32, name.len() as u32 + 1);
    let numbers = [inode, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name_size, 0];
    archive.extend(b"070701");
    for number in numbers {
        archive.extend(format!("{number:08x}").bytes());
    }
    archive.extend(name.bytes());
    archive.push(0);
    archive.resize(archive.len().next_multiple_of(4), 0);
    archive.extend(bytes);
    archive.resize(archive.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::{File, cpio};

    #[test]
    fn an_archive_has_folders_before_their_files_and_an_end() {
        let files = [File { path: "a/b/c".to_owned(), bytes: b"12345".to_vec() }];
        let archive = cpio(&files, "run");
        assert_eq!(archive.len() % 4, 0);
        let text = String::from_utf8_lossy(&archive).into_owned();
        let place = |name: &str| text.find(&format!("{name}\0")).expect("the name is there");
        assert!(place("a/b") < place("a/b/c") && place("a/b/c") < place("init"));
        assert!(text.contains("12345") && place("TRAILER!!!") > place("init"));
        // The numbers of the first entry: a folder, its name of five bytes with the zero.
        assert!(archive.starts_with(b"07070100000001000041ed"));
    }
}
