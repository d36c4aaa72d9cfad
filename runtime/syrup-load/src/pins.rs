//! The pins of deployments: the kernel's objects by name, in a BPF file system.
//!
//! In: what was loaded, records, names. Out: directories that are there whole or not at all.
//!
//! ```text
//! ROOT/                          one writer at a time, by a lock on the directory
//!   socket_select-udp-9000/      a deployment
//!     policy                     its program
//!     maps/NAME                  maps and executor sets as declared in the policy
//!     maps/@state                and its other maps: @params, @sets, @counters
//!     record                     what it is (syrup_wire::record); `intent` until it is attached,
//!                                `leaving` from when it is to be detached
//!   socket_select-udp-9000@new   under construction, or left by a crash: swept by the next writer
//!   maps/rocksdb/doing           maps that a policy pins by a name of its own
//!   layouts/rocksdb/doing        and the layout of each
//! ```
//!
//! A crash at any point leaves a whole deployment, none, or one that still has `intent`: whether
//! its program is attached is then unknown, and undeploying or replacing it settles that.

pub mod blob;
pub mod shared;
pub mod stored;

use crate::error::LoadError;
use crate::sys::process;
use std::borrow::Cow;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use syrup_wire::artifact::{MapRole, MapSpec};

/// Where pins are kept unless another place is named.
pub const PIN_ROOT: &str = "/sys/fs/bpf/syrup";

/// Where the daemon keeps the pins of its tenants.
pub const DAEMON_ROOT: &str = "/sys/fs/bpf/syrupd";

/// The directory of one tenant below the daemon's: a user in a network namespace, which the
/// kernel's cookie tells apart from every other of this boot.
pub fn tenant_root(base: &Path, uid: u32, network: u64) -> PathBuf {
    base.join(format!("{uid}-{network}"))
}

/// Bytes of one part of a name: file systems take 255, and endings are added.
const NAME_BYTES_MAX: usize = 200;

/// How long to wait for another writer.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// What the names of directories under construction end in.
const NEW: &str = "@new";

/// A directory of deployments.
#[derive(Debug)]
pub struct PinRoot {
    path: PathBuf,
    /// Held by writers until this goes out of scope.
    _lock: Option<File>,
}

impl PinRoot {
    /// Opens a directory for reading; it may be missing, and is then empty.
    pub fn open(path: &Path) -> PinRoot {
        PinRoot { path: path.to_owned(), _lock: None }
    }

    /// Opens a directory for writing: makes it if need be, waits for other writers, and removes
    /// what a crashed one left.
    ///
    /// # Errors
    /// No BPF file system there, no permission, or another writer that does not end.
    pub fn lock(path: &Path) -> Result<PinRoot, LoadError> {
        require_bpffs(path)?;
        make_directories(path)?;
        let doing = || format!("lock {}", path.display());
        let directory = File::open(path).map_err(|error| LoadError::io(doing(), error))?;
        let started = Instant::now();
        loop {
            match directory.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if started.elapsed() < LOCK_WAIT => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(LoadError::Busy(format!(
                        "another process has been changing the deployments in {} for {} s: try \
                         again when it is done",
                        path.display(),
                        LOCK_WAIT.as_secs()
                    )));
                }
                Err(TryLockError::Error(error)) => return Err(LoadError::io(doing(), error)),
            }
        }
        let root = PinRoot { path: path.to_owned(), _lock: Some(directory) };
        root.sweep()?;
        Ok(root)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the deployments, in order.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, LoadError> {
        let reserved = [shared::MAPS, shared::LAYOUTS];
        let mut ids = self.names()?;
        ids.retain(|name| !reserved.contains(&name.as_str()) && !name.ends_with(NEW));
        Ok(ids)
    }

    /// The directory of a deployment.
    fn deployment(&self, id: &str) -> Result<PathBuf, LoadError> {
        let is_id = !id.ends_with(NEW) && id != shared::MAPS && id != shared::LAYOUTS;
        if is_id && is_plain_name(id) {
            return Ok(self.path.join(id));
        }
        let shown = id.escape_default();
        Err(LoadError::Invalid(format!("`{shown}` is not the name of a deployment")))
    }

    /// Removes what crashed writers left. Nothing there was ever attached: a directory loses the
    /// ending before its program is.
    fn sweep(&self) -> Result<(), LoadError> {
        let names = self.names()?;
        names.iter().filter(|name| name.ends_with(NEW)).try_for_each(|name| {
            let path = self.path.join(name);
            remove_all(&path).map_err(|e| LoadError::io(format!("remove {}", path.display()), e))
        })
    }

    fn names(&self) -> Result<Vec<String>, LoadError> {
        let failed = |error| LoadError::io(format!("list {}", self.path.display()), error);
        let entries = match std::fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(closed(&self.path));
            }
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            // Names that are not text are not ours.
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// Whether a name may stand in a path: letters, digits, `_` and `-`, at most 200 bytes. The BPF
/// file system itself reserves dots (`bpf_lookup` in kernel/bpf/inode.c).
pub fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_plain)
}

/// The name of a map among the pins of its deployment: as declared in the policy, or one that no
/// declaration can have.
pub fn map_pin_name(spec: &MapSpec) -> Cow<'_, str> {
    Cow::Borrowed(match &spec.role {
        MapRole::Generations { set } => return Cow::Owned(format!("@generations{set}")),
        MapRole::Cores { set } => return Cow::Owned(format!("@cores{set}")),
        MapRole::User { .. } | MapRole::Executors { .. } => &spec.name,
        MapRole::Ring { .. } | MapRole::Log { .. } => &spec.name,
        MapRole::State { .. } => "@state",
        MapRole::Params => "@params",
        MapRole::Sets => "@sets",
        MapRole::Counters => "@counters",
        MapRole::Script => "@script",
    })
}

/// Succeeds for the name of a pin as a policy declares it: one or two plain names, `rocksdb/doing`.
///
/// # Errors
/// [`LoadError::Invalid`] with the name.
pub fn check_pin_name(pin: &str) -> Result<(), LoadError> {
    let (first, second) = pin.split_once('/').map_or((pin, None), |(a, b)| (a, Some(b)));
    if is_plain_name(first) && second.is_none_or(is_plain_name) {
        return Ok(());
    }
    Err(LoadError::Invalid(format!(
        "`{}` is not a name to pin a map under: use letters, digits, `_` and `-`, with at most \
         one `/` between",
        pin.escape_default()
    )))
}

/// A directory that this user may not look into.
fn closed(path: &Path) -> LoadError {
    let (path, user) = (path.display(), process::user());
    LoadError::NoPrivilege(format!("{path} is not open to user {user}"))
}

/// Succeeds when the nearest directory that exists lies in a BPF file system.
fn require_bpffs(path: &Path) -> Result<(), LoadError> {
    for place in path.ancestors() {
        match process::is_bpffs(place) {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(LoadError::NoBpffs(place.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(LoadError::io(format!("look at {}", place.display()), error)),
        }
    }
    Err(LoadError::NoBpffs(path.to_owned()))
}

/// Makes a directory that only its owner may open, and those above it.
fn make_directories(path: &Path) -> Result<(), LoadError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied => LoadError::NoPrivilege(format!(
            "user {} may not make {}",
            process::user(),
            path.display()
        )),
        _ => LoadError::io(format!("make {}", path.display()), error),
    })
}

/// Removes a directory and all in it; one that is missing is fine.
fn remove_all(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["doing", "rocksdb/doing", "a-b_c/9"] {
            assert!(check_pin_name(good).is_ok(), "{good}");
        }
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        for bad in ["", "/", "a/", "/a", "a/b/c", "..", "a.b", "a b", "a\nb", "é", "a/@new", &long]
        {
            assert!(check_pin_name(bad).is_err(), "{bad}");
        }
        let error = check_pin_name("a\u{1b}[2Jb").unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error}");
    }

    #[test]
    fn a_place_outside_a_bpf_file_system_is_refused() {
        let error = PinRoot::lock(&std::env::temp_dir().join("syrup-not-bpffs")).unwrap_err();
        assert!(matches!(error, LoadError::NoBpffs(_)), "{error}");
    }
}
