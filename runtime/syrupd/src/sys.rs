//! The system calls of the daemon, and all of its `unsafe`: what a process may still do.
//!
//! In: commands to start, lists of what is allowed. Out: processes with less privilege.

#![expect(unsafe_code, reason = "credentials, filters and limits are set by raw system calls")]

pub mod fence;
pub mod filter;
pub mod identity;

use std::io;

/// Turns the convention of C (-1 and `errno`) into a result.
fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
