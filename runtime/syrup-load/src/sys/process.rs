//! What this process may do and where it runs: capabilities, kernel, file systems.
//!
//! In: paths. Out: plain values.

use super::{check, check_int};
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `CAP_NET_ADMIN` of include/uapi/linux/capability.h.
pub const CAP_NET_ADMIN: u32 = 12;
/// `CAP_BPF` of include/uapi/linux/capability.h.
pub const CAP_BPF: u32 = 39;

/// `_LINUX_CAPABILITY_VERSION_3`: 64 bits of capabilities in two halves.
pub(super) const CAPABILITY_VERSION: u32 = 0x2008_0522;

/// The capabilities this thread may use, a bit each.
///
/// # Errors
/// The kernel does not know version 3 of the call.
pub fn permitted_capabilities() -> io::Result<u64> {
    let mut header = [CAPABILITY_VERSION, 0];
    // struct __user_cap_data_struct twice: effective, permitted, inheritable.
    let mut data = [[0u32; 3]; 2];
    // SAFETY: version 3 reads an eight-byte header and writes two twelve-byte records.
    check(unsafe { libc::syscall(libc::SYS_capget, header.as_mut_ptr(), data.as_mut_ptr()) })?;
    Ok(u64::from(data[0][1]) | u64::from(data[1][1]) << 32)
}

/// The effective user.
pub fn user() -> u32 {
    // SAFETY: the call takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// The kernel's release, version and machine: `uname -r`, `-v` and `-m`.
///
/// # Errors
/// None that are known.
pub fn kernel_names() -> io::Result<[String; 3]> {
    // SAFETY: `utsname` is plain bytes, for which zero is a value.
    let mut names: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: the address is that of a `utsname`.
    check_int(unsafe { libc::uname(&raw mut names) })?;
    let text = |field: &[libc::c_char]| {
        // SAFETY: the kernel ends every field with a zero byte inside it.
        unsafe { CStr::from_ptr(field.as_ptr()) }.to_string_lossy().into_owned()
    };
    Ok([text(&names.release), text(&names.version), text(&names.machine)])
}

/// Whether a path lies in a BPF file system.
///
/// # Errors
/// The path does not exist or may not be seen.
pub fn is_bpffs(path: &Path) -> io::Result<bool> {
    let path = c_path(path)?;
    // SAFETY: `statfs` is plain numbers, for which zero is a value.
    let mut stat: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: the path is a zero-ended string and the other address that of a `statfs`.
    check_int(unsafe { libc::statfs(path.as_ptr(), &raw mut stat) })?;
    // The type of the field differs between platforms; the magic number has 32 bits.
    Ok(stat.f_type as u32 == libc::BPF_FS_MAGIC as u32)
}

/// Puts `from` where `to` is and `to` where `from` is, in one step.
///
/// # Errors
/// One of them is missing, or what the file system answers.
pub fn exchange(from: &Path, to: &Path) -> io::Result<()> {
    rename(from, to, libc::RENAME_EXCHANGE)
}

/// Renames, refusing to replace.
///
/// # Errors
/// `EEXIST` when `to` is there, or what the file system answers.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    rename(from, to, libc::RENAME_NOREPLACE)
}

fn rename(from: &Path, to: &Path, flags: libc::c_uint) -> io::Result<()> {
    let (from, to) = (c_path(from)?, c_path(to)?);
    let (here, from, to) = (libc::AT_FDCWD, from.as_ptr(), to.as_ptr());
    // SAFETY: both paths are zero-ended strings.
    check(unsafe { libc::syscall(libc::SYS_renameat2, here, from, here, to, flags) })?;
    Ok(())
}

pub(super) fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a path holds a zero byte"))
}
