//! The compiler as a confined process: source on standard input, artifact on standard output.
//!
//! In: the files of a policy. Out: the artifact, or what the compiler says about the policy. The
//! process may read the libraries it starts with and nothing else, write to its pipes only, reach
//! no network, start nothing, and take a bounded time and memory.

use crate::sys::fence::Fence;
use crate::sys::filter::{self, Filter};
use crate::sys::identity::{Limits, start_confined};
use serde_json::json;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use syrup_wire::artifact::Artifact;
use syrup_wire::limits::{
    COMPILE_BYTES_MAX, COMPILE_CPU_S_MAX, COMPILE_MS_MAX, JOB_BYTES_MAX, MESSAGE_BYTES_MAX,
};
use syrup_wire::protocol::{Deploy, FailureKind, Reply};

/// What the compiler's loader reads to start it.
const LIBRARIES: &[&str] = &["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"];

/// Bytes of what the compiler says that are passed on.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// The compiler, ready to start.
#[derive(Debug)]
pub struct Compiler {
    program: File,
    fence: Fence,
    filter: Filter,
    target: &'static str,
}

impl Compiler {
    /// Prepares to start a program.
    ///
    /// # Errors
    /// A kernel without Landlock, or what it answers.
    pub fn new(program: File) -> io::Result<Compiler> {
        let itself = format!("/proc/self/fd/{}", program.as_raw_fd());
        let mut paths: Vec<&Path> = LIBRARIES.iter().map(Path::new).collect();
        paths.push(Path::new(&itself));
        let fence = Fence::around(&paths)?;
        Ok(Compiler { program, fence, filter: filter::for_the_compiler(), target: target() })
    }

    /// Compiles a policy.
    ///
    /// # Errors
    /// What to answer: the policy's errors, a name that cannot be, or a budget that was used up.
    pub fn compile(&self, call: &Deploy) -> Result<Artifact, Reply> {
        check_names(call)?;
        let mut command = Command::new(format!("/proc/self/fd/{}", self.program.as_raw_fd()));
        command.args(["compile", "--bundle", "--emit", "artifact", "--hook", "socket_select"]);
        command.args(["--target", self.target, "--output", "-"]);
        command.args(call.policy.as_ref().map(|policy| format!("--policy={policy}")));
        command.args(call.counters.then_some("--counters")).args(["--", &call.main]);
        command.env_clear().current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let limits = Limits { cpu_s: COMPILE_CPU_S_MAX, memory_bytes: COMPILE_BYTES_MAX };
        start_confined(&mut command, limits, &self.fence, &self.filter);
        let failed = |e: io::Error| {
            Reply::failed(FailureKind::System, format!("the compiler cannot be started: {e}"))
        };
        let child = command.spawn().map_err(failed)?;
        let input = json!({"main": call.main, "files": call.sources}).to_string();
        let ended = attend(child, input).map_err(failed)?;
        let Some(Ended { success, code, out, text }) = ended else {
            return Err(Reply::failed(
                FailureKind::Budget,
                "compiling this policy took too much time or memory, and was stopped: make it \
                 smaller",
            ));
        };
        let parsed = std::str::from_utf8(&out).ok().map(Artifact::from_json);
        match (success, parsed) {
            (true, Some(Ok(artifact))) => Ok(artifact),
            (false, _) if matches!(code, Some(1 | 2)) => {
                Err(Reply::failed(FailureKind::Policy, printable(&text)))
            }
            _ => Err(Reply::failed(
                FailureKind::System,
                "the compiler ended without an answer, which is a bug of ours: please report it \
                 with the policy",
            )),
        }
    }
}

struct Ended {
    success: bool,
    code: Option<i32>,
    out: Vec<u8>,
    text: Vec<u8>,
}

/// Feeds a child and takes what it says; nothing when it was stopped.
fn attend(mut child: Child, input: String) -> io::Result<Option<Ended>> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::spawn(move || {
        // A compiler that ends early does not want the rest.
        let _written = stdin.map(|mut pipe| pipe.write_all(input.as_bytes()));
    });
    let (says, said) = mpsc::channel();
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = stderr.map(|pipe| pipe.take(TEXT_BYTES_MAX).read_to_end(&mut text));
        let _sent = says.send(read.map(|_| text).unwrap_or_default());
    });
    let (gives, given) = mpsc::channel();
    thread::spawn(move || {
        let mut out = Vec::new();
        let read = stdout.map(|pipe| pipe.take(JOB_BYTES_MAX as u64 / 2).read_to_end(&mut out));
        let _sent = gives.send(read.map(|_| out).unwrap_or_default());
    });
    let out = given.recv_timeout(Duration::from_millis(COMPILE_MS_MAX));
    if out.is_err() {
        child.kill()?;
    }
    let text = said.recv_timeout(Duration::from_millis(COMPILE_MS_MAX));
    if text.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    match (out, text, status.code()) {
        (Ok(out), Ok(text), Some(code)) => {
            Ok(Some(Ended { success: status.success(), code: Some(code), out, text }))
        }
        // A signal ended it: the limit of its time, or a memory it could not have.
        _ => Ok(None),
    }
}

/// Names that become arguments of the compiler or keys of its files.
fn check_names(call: &Deploy) -> Result<(), Reply> {
    let refuse = |what: &str, name: &str| {
        let message = format!("`{}` is not a name of {what}", name.escape_default());
        Err(Reply::failed(FailureKind::Invalid, message))
    };
    for name in call.sources.keys().chain([&call.main]) {
        if !is_file_name(name) {
            return refuse("a file: use letters, digits and `_`, `-`, `.`, `/`", name);
        }
    }
    if !call.sources.contains_key(&call.main) {
        return refuse("one of the files that were sent", &call.main);
    }
    let n_bytes: usize = call.sources.values().map(String::len).sum();
    if n_bytes > MESSAGE_BYTES_MAX {
        return Err(Reply::failed(FailureKind::Invalid, "the sources are too long"));
    }
    let is_word = |name: &&String| {
        name.len() <= 200 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    match &call.policy {
        Some(policy) if !is_word(&policy) => refuse("a policy", policy),
        _ => Ok(()),
    }
}

fn is_file_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['-', '.'])
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
    };
    name.len() <= 200 && name.split('/').all(is_part)
}

/// What the compiler says, without bytes that a terminal obeys.
fn printable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let kept = text.chars().filter(|c| !c.is_control() || *c == '\n');
    kept.collect::<String>().trim_end().to_owned()
}

/// The newest target that this kernel's release is sure to be.
fn target() -> &'static str {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut parts = release.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    match (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) {
        (7.., _) | (6, 18..) => "kernel-6.18",
        (6, 12..) => "kernel-6.12",
        _ => "kernel-6.1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_plain() {
        for good in ["policy.syr", "a/b_c-d.syr", "x"] {
            assert!(is_file_name(good), "{good}");
        }
        let long = "x".repeat(201);
        for bad in ["", "/x", "../x", "a/../b", "-o", "a//b", ".x", "a b", "a\nb", "é", &long] {
            assert!(!is_file_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_terminal_is_not_told_what_to_do() {
        assert_eq!(printable(b"error: \x1b[2Jx\n\x07\n"), "error: [2Jx");
    }
}
