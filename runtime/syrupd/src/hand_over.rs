//! Gives finished pins to the user they were made for.
//!
//! In: a tenant's directory, whose names only loaders make. Out: maps and records belong to the
//! tenant; programs and directories stay the daemon's. No link is followed and nothing outside the
//! directory is reached, whatever a loader that went wrong may have left there.

use crate::sys::identity::{give, open_directory, open_step};
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Directories below a tenant's: a deployment's maps, or the parts of a pin's name.
const DEPTH_MAX: usize = 3;

/// Gives every map and record below `root` that is still `from`'s to `to`. What is gone meanwhile
/// is left out; what cannot be given shows when the tenant opens it.
pub fn hand_over(root: &Path, from: u32, to: u32) {
    if let Ok(directory) = open_directory(root) {
        let _given = walk(&directory, from, to, 0);
    }
}

fn walk(directory: &OwnedFd, from: u32, to: u32, depth: usize) -> io::Result<()> {
    // A directory that is open is read through its number: no path is followed again.
    let here = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(directory));
    for entry in fs::read_dir(here)?.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && depth < DEPTH_MAX {
            if let Ok(inner) = open_step(directory.as_fd(), &name, true) {
                walk(&inner, from, to, depth + 1)?;
            }
        } else if kind.is_file() && name != "policy" && name != "link" {
            // One that is gone meanwhile was replaced.
            let _given = give_one(directory.as_fd(), &name, from, to);
        }
    }
    Ok(())
}

fn give_one(directory: BorrowedFd<'_>, name: &str, from: u32, to: u32) -> io::Result<()> {
    let file = open_step(directory, name, false)?;
    let there = fs::File::from(file.try_clone()?).metadata()?;
    if there.uid() == from && there.is_file() { give(file.as_fd(), to) } else { Ok(()) }
}
