//! Runs `syrupc` and looks at how it ended.
//!
//! In: arguments. Out: exit code, standard output, standard error.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The repository's root, where every run takes place.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The path of an example, as a user in the root writes it.
pub fn example(name: &str) -> String {
    format!("examples/{name}/policy.syr")
}

/// The command with arguments, not started yet.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_syrupc"));
    command.args(args).current_dir(root()).stdin(Stdio::null());
    // Tests of what a daemon does name one.
    command.env("SYRUP_SOCKET", "");
    command
}

/// Runs `syrupc`.
pub fn syrupc(args: &[&str]) -> Ended {
    ended(command(args).output().unwrap())
}

/// Runs `syrupc --format json` and reads the one value it prints.
pub fn json(args: &[&str]) -> (i32, Value) {
    let run = syrupc(&[&["--format", "json"], args].concat());
    let value = serde_json::from_str(&run.out);
    (run.code, value.unwrap_or_else(|error| panic!("{error}: {run:?}")))
}

/// What became of a process.
pub fn ended(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    let code = output.status.code().expect("no signal ended it");
    Ended { code, out: text(output.stdout), err: text(output.stderr) }
}

impl Ended {
    /// Its output, after success without a word on standard error.
    pub fn ok(self) -> String {
        assert!(self.code == 0 && self.err.is_empty(), "{self:?}");
        self.out
    }

    /// Its one sentence, after a failure with this code that printed nothing else.
    pub fn sentence(self, code: i32) -> String {
        let lines: Vec<&str> = self.err.lines().collect();
        let [line] = lines.as_slice() else { panic!("not one line: {self:?}") };
        let sentence = line.strip_prefix("error: ").unwrap_or_else(|| panic!("{self:?}"));
        assert!(self.code == code && self.out.is_empty(), "{self:?}");
        sentence.to_owned()
    }
}

/// A directory that is removed in the end.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one; give each test a name of its own.
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("syrupc-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("a plain path").to_owned()
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The names of what is in it.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap().flatten();
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let gone = std::fs::remove_dir_all(&self.0);
        assert!(gone.is_ok() || std::thread::panicking(), "{gone:?}");
    }
}
