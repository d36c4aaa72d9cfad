//! Kernels as Debian packages them, fetched by the ordinary client and unpacked, never installed.
//!
//! In: the mirror that this machine's own package sources name. Out: a kernel image and a static
//! shell, in a cache outside the tree. The client's own state stays as it is.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Suites that have the kernels: the stable releases' and the newest.
const SUITES: [&str; 3] = ["bookworm", "trixie", "trixie-backports"];

/// Debian's keys, which its base system has.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Days after which the lists of packages are fetched again.
const LISTS_DAYS_MAX: u64 = 7;

/// A kernel by the name of its package.
pub struct Wanted {
    /// What the output calls it.
    pub name: &'static str,
    /// How the package's name begins.
    pub start: &'static str,
    /// How it ends.
    pub end: &'static str,
}

/// A kernel's files.
pub struct Fetched {
    /// The kernel.
    pub vmlinuz: PathBuf,
    /// A shell that needs no libraries.
    pub busybox: PathBuf,
}

/// The cache.
///
/// # Errors
/// No home, or a folder that cannot be made.
pub fn cache() -> Result<PathBuf, String> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let cache = base.ok_or("neither XDG_CACHE_HOME nor HOME is set")?.join("syrup/kernels");
    for folder in ["lists/partial", "archives/partial", "unpacked"] {
        let path = cache.join(folder);
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(cache)
}

/// Fetches a kernel, unless it is in the cache.
///
/// # Errors
/// No package client, no mirror, no such package.
pub fn fetch(kernel: &Wanted, cache: &Path) -> Result<Fetched, String> {
    let apt = Apt::new(cache)?;
    let packages = apt.kernels()?;
    let fits = |name: &&String| {
        let version = name.strip_prefix(kernel.start).and_then(|n| n.strip_suffix(kernel.end));
        // Unsigned and debugging variants have words in their version.
        version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    };
    let newest = packages.iter().filter(fits).max_by_key(|name| numbers(name));
    let newest = newest.ok_or_else(|| format!("no package of kernel {} found", kernel.name))?;
    let unpacked = apt.unpack(newest)?;
    let boot = unpacked.join("boot");
    let entries = std::fs::read_dir(&boot).map_err(|error| format!("{newest}: {error}"))?;
    let is_kernel = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vmlinuz"))
    };
    let vmlinuz = entries.flatten().map(|entry| entry.path()).find(is_kernel);
    let vmlinuz = vmlinuz.ok_or_else(|| format!("{newest} has no kernel"))?;
    let shell = apt.unpack("busybox-static")?;
    let places = ["bin/busybox", "usr/bin/busybox"].map(|place| shell.join(place));
    let busybox = places.into_iter().find(|path| path.exists());
    Ok(Fetched { vmlinuz, busybox: busybox.ok_or("busybox-static has no busybox")? })
}

/// The numbers in a package's name, for order.
fn numbers(name: &str) -> Vec<u64> {
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}

/// The package client with a state of its own.
struct Apt<'c> {
    cache: &'c Path,
    options: Vec<String>,
}

impl<'c> Apt<'c> {
    fn new(cache: &'c Path) -> Result<Apt<'c>, String> {
        let sources = cache.join("sources.list");
        let mut options: Vec<String> = Vec::new();
        for (name, value) in [
            ("Dir::Etc::sourcelist", sources.display().to_string()),
            ("Dir::Etc::sourceparts", "-".to_owned()),
            ("Dir::State::lists", cache.join("lists").display().to_string()),
            ("Dir::Cache", cache.display().to_string()),
        ] {
            options.extend(["-o".to_owned(), format!("{name}={value}")]);
        }
        let apt = Apt { cache, options };
        let age = std::fs::metadata(&sources).and_then(|data| data.modified());
        let age = age.ok().and_then(|time| time.elapsed().ok());
        if age.is_none_or(|age| age.as_secs() > LISTS_DAYS_MAX * 24 * 3600) {
            let mirror = mirror()?;
            let line = |suite| format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n");
            let text: String = SUITES.into_iter().map(line).collect();
            // The time of this file is that of the lists: it goes again where they do not come.
            let written = std::fs::write(&sources, text);
            written.map_err(|error| format!("{}: {error}", sources.display()))?;
            if let Err(error) = apt.run("apt-get", &["update", "-q"]) {
                let _ = std::fs::remove_file(&sources);
                return Err(error);
            }
        }
        Ok(apt)
    }

    fn run(&self, program: &str, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(program);
        command.args(&self.options).args(words).current_dir(self.cache);
        output(&mut command)
    }

    fn kernels(&self) -> Result<Vec<String>, String> {
        let pattern = "^linux-(image|binary)-.*-cloud-amd64$";
        let found = self.run("apt-cache", &["search", "--names-only", pattern])?;
        let names = found.lines().filter_map(|line| line.split_whitespace().next());
        Ok(names.map(str::to_owned).collect())
    }

    /// A package's files.
    fn unpack(&self, package: &str) -> Result<PathBuf, String> {
        let folder = self.cache.join("unpacked").join(package);
        if folder.exists() {
            return Ok(folder);
        }
        self.run("apt-get", &["download", "-q", package])?;
        let is_it = |path: &PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.starts_with(&format!("{package}_")))
        };
        let entries = std::fs::read_dir(self.cache).map_err(|error| error.to_string())?;
        let file = entries.flatten().map(|entry| entry.path()).find(is_it);
        let file = file.ok_or_else(|| format!("{package} was not downloaded"))?;
        let half = self.cache.join("unpacked/partial");
        let _ = std::fs::remove_dir_all(&half);
        let mut unpack = Command::new("dpkg-deb");
        output(unpack.arg("-x").arg(&file).arg(&half))?;
        std::fs::rename(&half, &folder).map_err(|error| format!("{package}: {error}"))?;
        let _ = std::fs::remove_file(&file);
        Ok(folder)
    }
}

/// Where this machine gets its packages from.
fn mirror() -> Result<String, String> {
    let mut command = Command::new("apt-get");
    command.args(["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]);
    let lines = output(&mut command)?;
    let is_main = |line: &&str| line.trim_end_matches('/').ends_with("/debian");
    let mirror = lines.lines().find(is_main);
    mirror.map(str::to_owned).ok_or_else(|| "no Debian mirror among the package sources".to_owned())
}

/// What a program prints.
fn output(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name}: {}", text.trim_end()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
