//! A kernel that refuses what the compiler accepted: always a bug of ours, told in the policy's
//! own terms.
//!
//! In: the verifier's log and the line table of the program. Out: the place in the policy's text,
//! and a bundle of files for a report. The log names registers and is never shown.

use crate::error::{LoadError, Refusal, SourcePlace};
use crate::sys::process;
use std::io;
use std::path::{Path, PathBuf};
use syrup_wire::artifact::{Artifact, Program};

/// Turns the kernel's answer to a program into an error.
pub(super) fn explain(
    artifact: &Artifact,
    program: &Program,
    error: &io::Error,
    log: String,
) -> LoadError {
    let errno = error.raw_os_error().unwrap_or(libc::EIO);
    if errno == libc::EPERM && stopped_at(&log).is_none() {
        return LoadError::NoPrivilege("the kernel does not let it load programs".to_owned());
    }
    if errno == libc::ENOMEM && stopped_at(&log).is_none() {
        let error = io::Error::from_raw_os_error(errno);
        return LoadError::io(format!("load program `{}`", program.name), error);
    }
    let place = stopped_at(&log).and_then(|insn| place_of(artifact, program, insn));
    let what = format!("load program `{}`", program.name);
    LoadError::Refused(Box::new(of(artifact, what, errno, log, place)))
}

/// A refusal by this kernel.
pub(super) fn of(
    artifact: &Artifact,
    what: String,
    errno: i32,
    log: String,
    place: Option<SourcePlace>,
) -> Refusal {
    let [kernel, _, _] = process::kernel_names().unwrap_or_default();
    Refusal { policy: artifact.policy.clone(), what, kernel, log, errno, place }
}

/// Writes what a report of a refusal needs into `directory`, which is made if need be: the
/// artifact, the verifier's log, the kernel. Returns the files.
///
/// # Errors
/// The directory or a file cannot be written.
pub fn write_bundle(
    directory: &Path,
    artifact: &Artifact,
    refusal: &Refusal,
) -> Result<Vec<PathBuf>, LoadError> {
    let [release, version, machine] = process::kernel_names()
        .map_err(|error| LoadError::io("ask for the kernel's release", error))?;
    let about = format!(
        "policy: {}\ndoing: {}\ntarget: {}\nerrno: {}\nplace: {}\nkernel: {release}\n\
         version: {version}\nmachine: {machine}\nsyrup: {}\n",
        refusal.policy,
        refusal.what,
        artifact.target,
        refusal.errno,
        refusal.place.as_ref().map_or_else(|| "unknown".to_owned(), place_text),
        env!("CARGO_PKG_VERSION"),
    );
    std::fs::create_dir_all(directory)
        .map_err(|error| LoadError::io(format!("make {}", directory.display()), error))?;
    let files = [
        ("about.txt", about.as_str()),
        ("artifact.json", &artifact.to_json()),
        ("verifier.log", &refusal.log),
    ];
    let mut written = Vec::new();
    for (name, text) in files {
        let path = directory.join(name);
        std::fs::write(&path, text)
            .map_err(|error| LoadError::io(format!("write {}", path.display()), error))?;
        written.push(path);
    }
    Ok(written)
}

fn place_text(place: &SourcePlace) -> String {
    format!("{}:{}:{}", place.file, place.line, place.column)
}

/// The instruction that the verifier stopped at: the last one it printed, else the last one that
/// a message names.
///
/// ```text
/// 12: (79) r1 = *(u64 *)(r10 -8)       printed while it walks the program
/// unreachable insn 7                   said before it walks
/// ```
fn stopped_at(log: &str) -> Option<u32> {
    let printed = |line: &str| {
        let (number, rest) = line.split_once(": (")?;
        let is_opcode = rest.get(..3).is_some_and(|code| code.ends_with(')'));
        if is_opcode { number.parse::<u32>().ok() } else { None }
    };
    let named = |line: &str| {
        let (_, rest) = line.split_once("insn ")?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    };
    log.lines().rev().find_map(printed).or_else(|| log.lines().rev().find_map(named))
}

/// The last line that starts at or before an instruction.
fn place_of(artifact: &Artifact, program: &Program, insn: u32) -> Option<SourcePlace> {
    let line = program.lines.iter().rev().find(|line| line.insn <= insn)?;
    let strings = btf_strings(&artifact.btf)?;
    Some(SourcePlace {
        file: string_at(strings, line.file_name)?,
        line: line.line,
        column: line.column,
        text: string_at(strings, line.text).unwrap_or_default(),
    })
}

/// The string section of BTF (`struct btf_header` in include/uapi/linux/btf.h).
fn btf_strings(btf: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| {
        let bytes = btf.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize)
    };
    let (header_bytes, offset, length) = (number(4)?, number(16)?, number(20)?);
    let start = header_bytes.checked_add(offset)?;
    btf.get(start..start.checked_add(length)?)
}

fn string_at(strings: &[u8], offset: u32) -> Option<String> {
    let rest = strings.get(offset as usize..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let text = String::from_utf8_lossy(&rest[..end]);
    Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_printed_instruction_counts() {
        let log = "func#0 @0\n0: R1=ctx() R10=fp0\n; hits += 1 @ demo.syr:3\n0: (bf) r6 = r1\n\
                   1: (79) r0 = *(u64 *)(r10 -8)\ninvalid read from stack R10 off -8\n\
                   processed 2 insns (limit 1000000)\n";
        assert_eq!(stopped_at(log), Some(1));
    }

    #[test]
    fn a_message_before_the_walk_names_one() {
        assert_eq!(stopped_at("unreachable insn 7\nprocessed 0 insns (limit 1)\n"), Some(7));
        assert_eq!(stopped_at("last one is not an exit\n"), None);
        assert_eq!(stopped_at(""), None);
    }
}
