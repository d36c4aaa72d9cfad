//! `cargo xtask kernels`: what the compiler makes, judged by other kernels than the running one.
//!
//! In: Debian's kernel packages, fetched into a cache outside the tree and installed nowhere. Out:
//! a table of kernels and hooks, and one JSON line a kernel; a kernel that refuses a program, gives
//! another result than the interpreter, warns, or hangs is a finding with the seed.
//!
//! Each kernel boots under QEMU without KVM, from a memory file system that holds `syrup-proof` and
//! the repository's policies. Nothing of that shows how fast anything is.

mod guest;
mod image;
mod packages;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Kernels by how Debian names them: the suite, and the start and end of the package's name.
const KERNELS: [packages::Wanted; 3] = [
    packages::Wanted { name: "6.1", start: "linux-image-6.1.", end: "-cloud-amd64" },
    packages::Wanted { name: "6.12", start: "linux-image-6.12.", end: "-cloud-amd64" },
    packages::Wanted { name: "newest", start: "linux-binary-", end: "-cloud-amd64" },
];

/// What to run.
struct Options {
    programs: u64,
    seed: u64,
    /// Only the kernel of this name.
    only: Option<String>,
    /// A runner that is built already.
    runner: Option<PathBuf>,
}

impl Options {
    fn read(words: &[&str]) -> Result<Options, String> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let seed = now.map_or(1, |since| u64::from(since.subsec_nanos()));
        let mut options = Options { programs: 60, seed, only: None, runner: None };
        for pair in words.chunks(2) {
            let number = |text: &str| text.parse().map_err(|_| format!("{text} is no number"));
            match pair {
                ["--programs", n] => options.programs = number(n)?,
                ["--seed", n] => options.seed = number(n)?,
                ["--kernel", name] => options.only = Some((*name).to_owned()),
                ["--runner", path] => options.runner = Some(PathBuf::from(path)),
                _ => {
                    let known = "--programs N, --seed S, --kernel NAME, --runner FILE";
                    return Err(format!("options: {known}"));
                }
            }
        }
        Ok(options)
    }
}

/// Runs every kernel; gives what was found.
///
/// # Errors
/// No QEMU, no packages, or a runner that cannot be built.
pub fn run(root: &Path, words: &[&str]) -> Result<Vec<String>, String> {
    let options = Options::read(words)?;
    let runner = match &options.runner {
        Some(runner) => runner.clone(),
        None => build(root)?,
    };
    let cache = packages::cache()?;
    let mut found = Vec::new();
    let mut rows = Vec::new();
    let wanted = KERNELS
        .iter()
        .filter(|kernel| options.only.as_ref().is_none_or(|only| only.as_str() == kernel.name));
    for kernel in wanted {
        let fetched = packages::fetch(kernel, &cache)?;
        let files = image::files(root, &runner, &fetched.busybox)?;
        let image = cache.join(format!("{}.cpio", kernel.name));
        let script = guest::script(root, options.programs, options.seed);
        std::fs::write(&image, image::cpio(&files, &script))
            .map_err(|error| format!("{}: {error}", image.display()))?;
        let started = Instant::now();
        match guest::run(&fetched.vmlinuz, &image, options.programs) {
            Ok(line) => {
                let seconds = started.elapsed().as_secs_f64();
                found.extend(failures(kernel.name, &line));
                println!("{line}");
                rows.extend(table_rows(&line, seconds));
            }
            Err(reason) => {
                let seed = options.seed;
                found.push(format!("kernel {}, seed {seed}: {reason}", kernel.name));
            }
        }
    }
    println!("| kernel | hook | loads | refused | differences | instructions | seconds |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    rows.iter().for_each(|row| println!("{row}"));
    Ok(found)
}

/// The program that the guests run.
fn build(root: &Path) -> Result<PathBuf, String> {
    let mut command = Command::new("cargo");
    // The same build as that of `evidence accept` and `defects`.
    command.args(["build", "--quiet", "--locked", "--release", "--package", "syrup-proof"]);
    command.args(["--features", "defects"]);
    let status = command.current_dir(root).status().map_err(|error| format!("cargo: {error}"))?;
    if !status.success() {
        return Err(format!("building the runner: {status}"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| root.join("target"));
    Ok(target.join("release/syrup-proof"))
}

/// What a kernel's line says went wrong.
fn failures(kernel: &str, line: &Value) -> Vec<String> {
    let list = line["failures"].as_array();
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(|text| format!("kernel {kernel}: {text}")).collect()
}

/// Rows of the table.
fn table_rows(line: &Value, seconds: f64) -> Vec<String> {
    let kernel = line["kernel"].as_str().unwrap_or("?").to_owned();
    let hooks = line["hooks"].as_object().into_iter().flatten();
    let row = |(hook, counts): (&String, &Value)| {
        format!(
            "| {kernel} | {hook} | {} | {} | {} | {} | {seconds:.0} |",
            counts["loads"], line["refused"], line["differences"], counts["insns_median"],
        )
    };
    hooks.map(row).collect()
}
