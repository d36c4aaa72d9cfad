//! The system calls of this crate, and all of its `unsafe`.
//!
//! In: plain values, slices and borrowed descriptors. Out: owned descriptors and plain values.
//! Every function here is safe to call: lengths that the kernel trusts are taken from the kernel
//! or checked before the call. What a result means is left to the modules above.

#![expect(unsafe_code, reason = "bpf(2), sockets and namespaces are reached by raw system calls")]

pub mod attr;
pub mod bpf;
pub mod cells;
pub mod child;
pub mod device;
pub mod link;
pub mod map;
mod message;
pub mod passing;
pub mod plan;
pub mod process;
pub mod records;
pub mod shared;
pub mod socket;
pub mod xsk;

#[cfg(feature = "testing")]
pub mod frames;
#[cfg(feature = "testing")]
pub mod namespace;
#[cfg(feature = "testing")]
pub mod trace;
#[cfg(feature = "testing")]
pub mod umem;

use std::io;

/// Turns the convention of C (-1 and `errno`) into a result.
fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The same for functions that return an `int`.
fn check_int(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
