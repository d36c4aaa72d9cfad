//! Why something could not be loaded, attached or read: one sentence that says what and what to do.
//!
//! In: what was being done and what the kernel answered. Out: [`LoadError`], whose text is for the
//! person at the keyboard and whose kind is for the program.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why it did not work.
#[derive(Debug)]
pub enum LoadError {
    /// This process may not load programs.
    NoPrivilege(String),
    /// There is no BPF file system where the pins belong.
    NoBpffs(PathBuf),
    /// The kernel is older than the policy's target.
    OldKernel {
        /// The release of this kernel.
        found: String,
        /// The oldest one that will do: major and minor.
        wanted: (u32, u32),
    },
    /// The kernel's verifier refused a program that the compiler accepted.
    Refused(Box<Refusal>),
    /// The kernel's verifier took longer than it may.
    TooSlow {
        /// The policy.
        policy: String,
        /// Milliseconds of processor time it was given.
        limit_ms: u64,
    },
    /// A process, socket, deployment or map that is not there.
    NotFound(String),
    /// Somebody else uses it.
    Busy(String),
    /// A process that this user may not look into.
    NotPermitted(String),
    /// More than one process or address fits; the text lists them.
    Ambiguous(String),
    /// A map is there with another layout.
    Layout(Box<LayoutConflict>),
    /// An artifact, parameter or name that cannot be.
    Invalid(String),
    /// What the system answered to something that should have worked.
    Io {
        /// What was being done: `create map tokens`.
        doing: String,
        /// The answer.
        error: io::Error,
    },
}

/// A policy that the kernel refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The policy.
    pub policy: String,
    /// What was being done: `load program token`.
    pub what: String,
    /// The kernel's release.
    pub kernel: String,
    /// What the verifier wrote, for the report; not for the person at the keyboard.
    pub log: String,
    /// The `errno` it ended with.
    pub errno: i32,
    /// The place in the policy it stopped at, where it can be told.
    pub place: Option<SourcePlace>,
}

/// A place in a policy's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourcePlace {
    /// The file's name as it was given to the compiler.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1.
    pub column: u32,
    /// The line's text.
    pub text: String,
}

/// Two layouts of one map.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayoutConflict {
    /// The map or pin.
    pub map: String,
    /// What the policy wants.
    pub wanted: String,
    /// What is there.
    pub there: String,
    /// What to do about it.
    pub advice: String,
}

impl LoadError {
    /// An answer of the system to `doing`.
    pub fn io(doing: impl Into<String>, error: io::Error) -> LoadError {
        LoadError::Io { doing: doing.into(), error }
    }

    /// Whether the kernel refused what the compiler had accepted, which is a bug of ours.
    pub fn is_our_bug(&self) -> bool {
        match self {
            LoadError::Refused(_) | LoadError::TooSlow { .. } => true,
            LoadError::NoPrivilege(_)
            | LoadError::NoBpffs(_)
            | LoadError::OldKernel { .. }
            | LoadError::NotFound(_)
            | LoadError::Busy(_)
            | LoadError::NotPermitted(_)
            | LoadError::Ambiguous(_)
            | LoadError::Layout(_)
            | LoadError::Invalid(_)
            | LoadError::Io { .. } => false,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NoPrivilege(why) => write!(
                f,
                "this process may not load policies ({why}): run it as root, or give it the \
                 capabilities CAP_BPF and CAP_NET_ADMIN"
            ),
            LoadError::NoBpffs(path) => write!(
                f,
                "there is no BPF file system at {}: mount one with `mount -t bpf bpf \
                 /sys/fs/bpf`, or name another place with `--pin-root`",
                path.display()
            ),
            LoadError::OldKernel { found, wanted: (major, minor) } => write!(
                f,
                "this kernel is {found} and the policy needs {major}.{minor} or newer: compile \
                 it with a `--target` of this kernel, or run it on a newer one"
            ),
            LoadError::Refused(refusal) => refusal.fmt(f),
            LoadError::TooSlow { policy, limit_ms } => write!(
                f,
                "the kernel took more than {limit_ms} ms to check policy `{policy}` and was \
                 stopped: this is a bug in syrupc, whose cost model let it through"
            ),
            LoadError::Layout(conflict) => conflict.fmt(f),
            LoadError::NotFound(text)
            | LoadError::Busy(text)
            | LoadError::NotPermitted(text)
            | LoadError::Ambiguous(text)
            | LoadError::Invalid(text) => f.write_str(text),
            LoadError::Io { doing, error } => write!(f, "cannot {doing}: {error}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the kernel ({}) refused policy `{}`", self.kernel, self.policy)?;
        if let Some(SourcePlace { file, line, column, text }) = &self.place {
            write!(f, " at {file}:{line}:{column}, `{}`", text.trim())?;
        }
        write!(f, ": this is a bug in syrupc, please report it with the files of the report bundle")
    }
}

impl fmt::Display for LayoutConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LayoutConflict { map, wanted, there, advice } = self;
        write!(
            f,
            "map `{map}` is there with another layout: the policy wants {wanted}; there is \
             {there}; {advice}"
        )
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Io { error, .. } => Some(error),
            LoadError::NoPrivilege(_)
            | LoadError::NoBpffs(_)
            | LoadError::OldKernel { .. }
            | LoadError::Refused(_)
            | LoadError::TooSlow { .. }
            | LoadError::NotFound(_)
            | LoadError::Busy(_)
            | LoadError::NotPermitted(_)
            | LoadError::Ambiguous(_)
            | LoadError::Layout(_)
            | LoadError::Invalid(_) => None,
        }
    }
}
