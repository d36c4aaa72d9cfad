//! What can go wrong, as a kind for programs and a sentence for people.
//!
//! In: errors of the loader. Out: the same in the terms of an application, and as an `errno` for C.

use std::fmt;
use syrup_load::LoadError;

/// Why a call failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// No such map, deployment, executor set or file.
    NotFound,
    /// This user may not do that.
    NotPermitted,
    /// Somebody else has it, or is changing it.
    Busy,
    /// A name, key, value or policy that cannot be.
    Invalid,
    /// There is no room: slots, memory, a quota.
    Full,
    /// The system answered something else.
    System,
}

/// A failed call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// One sentence that says what is wrong and what to do.
    pub message: String,
}

impl Error {
    /// An error of a kind.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into() }
    }

    /// An answer of the system to `doing`.
    pub(crate) fn system(doing: &str, error: &std::io::Error) -> Error {
        Error::new(ErrorKind::of_io(error), format!("cannot {doing}: {error}"))
    }

    /// The `errno` that C programs see.
    pub fn errno(&self) -> i32 {
        match self.kind {
            ErrorKind::NotFound => libc::ENOENT,
            ErrorKind::NotPermitted => libc::EACCES,
            ErrorKind::Busy => libc::EBUSY,
            ErrorKind::Invalid => libc::EINVAL,
            ErrorKind::Full => libc::ENOSPC,
            ErrorKind::System => libc::EIO,
        }
    }
}

impl ErrorKind {
    pub(crate) fn of_io(error: &std::io::Error) -> ErrorKind {
        match error.raw_os_error() {
            Some(libc::ENOENT) => ErrorKind::NotFound,
            Some(libc::EACCES | libc::EPERM) => ErrorKind::NotPermitted,
            Some(libc::EBUSY | libc::EEXIST) => ErrorKind::Busy,
            Some(libc::EINVAL | libc::E2BIG) => ErrorKind::Invalid,
            Some(libc::ENOSPC | libc::ENOMEM) => ErrorKind::Full,
            _ if error.kind() == std::io::ErrorKind::InvalidInput => ErrorKind::Invalid,
            _ => ErrorKind::System,
        }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Error {
        let kind = match &error {
            LoadError::NoPrivilege(_) | LoadError::NotPermitted(_) => ErrorKind::NotPermitted,
            LoadError::NotFound(_) | LoadError::NoBpffs(_) => ErrorKind::NotFound,
            LoadError::Busy(_) => ErrorKind::Busy,
            LoadError::Invalid(_) | LoadError::Ambiguous(_) | LoadError::Layout(_) => {
                ErrorKind::Invalid
            }
            LoadError::Io { error, .. } => ErrorKind::of_io(error),
            LoadError::OldKernel { .. } | LoadError::Refused(_) | LoadError::TooSlow { .. } => {
                ErrorKind::System
            }
        };
        Error { kind, message: error.to_string() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
