//! The functions of `include/syrup.h`.
//!
//! In: C strings, descriptors, addresses. Out: numbers; -1 for a failure, with `errno` set and a
//! sentence for [`syr_last_error`]. A panic of ours ends the process rather than cross into C.
//!
//! A map is known to C by its descriptor. The table of open maps keeps what belongs to each, so
//! the descriptor is closed by [`syr_map_close`] and not by `close`.

#![expect(unsafe_code, reason = "addresses come from C programs, which vouch for them")]

use crate::error::{Error, ErrorKind};
use crate::{Executors, Map};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd};
use std::sync::{Arc, PoisonError, RwLock};

/// The open maps by descriptor.
static MAPS: RwLock<BTreeMap<c_int, Arc<Map>>> = RwLock::new(BTreeMap::new());

thread_local! {
    static LAST: RefCell<CString> = RefCell::new(CString::default());
}

/// Remembers a failure for `syr_last_error`, sets `errno`, and gives -1.
pub(crate) fn failed(error: &Error) -> c_int {
    let text = error.message.replace('\0', "");
    LAST.with(|last| *last.borrow_mut() = CString::new(text).unwrap_or_default());
    // SAFETY: the address is that of this thread's errno.
    unsafe { *libc::__errno_location() = error.errno() };
    -1
}

/// A string of the caller.
///
/// # Safety
/// `text` is null or a zero-ended string.
pub(crate) unsafe fn string<'a>(text: *const c_char, what: &str) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(Error::new(ErrorKind::Invalid, format!("{what} is missing")));
    }
    // SAFETY: the caller vouches for the string.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| Error::new(ErrorKind::Invalid, format!("{what} is not UTF-8")))
}

fn map_of(map_fd: c_int) -> Result<Arc<Map>, Error> {
    let maps = MAPS.read().unwrap_or_else(PoisonError::into_inner);
    maps.get(&map_fd).cloned().ok_or_else(|| {
        let message = format!("{map_fd} is no map that syr_map_open opened");
        Error::new(ErrorKind::Invalid, message)
    })
}

/// Why the last failed call of this thread failed: one sentence, good until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn syr_last_error() -> *const c_char {
    LAST.with(|last| last.borrow().as_ptr())
}

/// Deploys a policy among this process' sockets; the program's descriptor, or -1.
///
/// # Safety
/// Both are zero-ended strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_deploy_policy(
    policy_file: *const c_char,
    hook: *const c_char,
) -> c_int {
    // SAFETY: the caller vouches for the strings.
    let named = unsafe { string(policy_file, "the policy's file") }
        .and_then(|policy_file| unsafe { Ok((policy_file, string(hook, "the hook")?)) });
    match named.and_then(|(policy_file, hook)| crate::deploy_policy(policy_file, hook)) {
        Ok(program) => program.into_raw_fd(),
        Err(error) => failed(&error),
    }
}

/// Opens a map; a descriptor, or -1.
///
/// # Safety
/// `path` is a zero-ended string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_map_open(path: *const c_char) -> c_int {
    // SAFETY: the caller vouches for the string.
    let opened = unsafe { string(path, "the map's path") }.and_then(Map::open);
    keep(opened)
}

/// Opens a map if its layout is the one of generated bindings; a descriptor, or -1.
///
/// # Safety
/// `path` is a zero-ended string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_map_open_checked(path: *const c_char, layout_hash: u64) -> c_int {
    // SAFETY: the caller vouches for the string.
    let path = unsafe { string(path, "the map's path") };
    keep(path.and_then(|path| Map::open_checked(path, layout_hash)))
}

fn keep(opened: Result<Map, Error>) -> c_int {
    match opened {
        Ok(map) => {
            let fd = map.as_fd().as_raw_fd();
            let mut maps = MAPS.write().unwrap_or_else(PoisonError::into_inner);
            maps.insert(fd, Arc::new(map));
            fd
        }
        Err(error) => failed(&error),
    }
}

/// Closes a map; 0, or -1.
#[unsafe(no_mangle)]
pub extern "C" fn syr_map_close(map_fd: c_int) -> c_int {
    let closed = MAPS.write().unwrap_or_else(PoisonError::into_inner).remove(&map_fd);
    match closed {
        Some(_) => 0,
        None => failed(&Error::new(
            ErrorKind::Invalid,
            format!("{map_fd} is no map that syr_map_open opened"),
        )),
    }
}

/// Bytes of a key, or -1.
#[unsafe(no_mangle)]
pub extern "C" fn syr_map_key_bytes(map_fd: c_int) -> c_int {
    map_of(map_fd).map_or_else(|error| failed(&error), |map| map.key_bytes() as c_int)
}

/// Bytes that a lookup writes, or -1.
#[unsafe(no_mangle)]
pub extern "C" fn syr_map_value_bytes(map_fd: c_int) -> c_int {
    map_of(map_fd).map_or_else(|error| failed(&error), |map| map.value_bytes() as c_int)
}

/// Reads the value under a key; 0, or -1 with `ENOENT` when there is none.
///
/// # Safety
/// `key` and `value` have the bytes that the map's keys and values have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_map_lookup_elem(
    map_fd: c_int,
    key: *const c_void,
    value: *mut c_void,
) -> c_int {
    let looked_up = map_of(map_fd).and_then(|map| {
        // SAFETY: the caller vouches for the key's bytes.
        let key = unsafe { bytes(key, map.key_bytes()) }?;
        if value.is_null() {
            return Err(Error::new(ErrorKind::Invalid, "there is no room for the value"));
        }
        let Some(found) = map.lookup(key)? else {
            return Err(Error::new(ErrorKind::NotFound, "the map has no entry under this key"));
        };
        // SAFETY: the caller vouches for the room, and `found` has as many bytes by `value_bytes`.
        unsafe { std::ptr::copy_nonoverlapping(found.as_ptr(), value.cast(), found.len()) };
        Ok(0)
    });
    looked_up.unwrap_or_else(|error| failed(&error))
}

/// Writes the value under a key; 0, or -1.
///
/// # Safety
/// `key` and `value` have the bytes that the map's keys and values have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_map_update_elem(
    map_fd: c_int,
    key: *const c_void,
    value: *const c_void,
) -> c_int {
    let updated = map_of(map_fd).and_then(|map| {
        // SAFETY: the caller vouches for the bytes of both.
        let (key, value) =
            unsafe { (bytes(key, map.key_bytes())?, bytes(value, map.value_bytes())?) };
        map.update(key, value).map(|()| 0)
    });
    updated.unwrap_or_else(|error| failed(&error))
}

/// Removes a key; 0, or -1 with `ENOENT` when it was not there.
///
/// # Safety
/// `key` has the bytes that the map's keys have.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_map_delete_elem(map_fd: c_int, key: *const c_void) -> c_int {
    let deleted = map_of(map_fd).and_then(|map| {
        // SAFETY: the caller vouches for the key's bytes.
        let key = unsafe { bytes(key, map.key_bytes()) }?;
        match map.delete(key)? {
            true => Ok(0),
            false => Err(Error::new(ErrorKind::NotFound, "the map has no entry under this key")),
        }
    });
    deleted.unwrap_or_else(|error| failed(&error))
}

/// Adds to the number under an index of an array, in one step; 0, or -1.
#[unsafe(no_mangle)]
pub extern "C" fn syr_map_add(map_fd: c_int, index: u32, number: u64) -> c_int {
    let added = map_of(map_fd).and_then(|map| map.add(index, number));
    added.map_or_else(|error| failed(&error), |_| 0)
}

/// Adds a socket to an executor set; its slot, or -1.
///
/// # Safety
/// `deployment` and `set` are zero-ended strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_executor_add(
    deployment: *const c_char,
    set: *const c_char,
    socket_fd: c_int,
) -> c_int {
    // SAFETY: passed on to the caller.
    let added = unsafe { executors(deployment, set, socket_fd) }
        .and_then(|(executors, socket)| executors.add(socket));
    added.map_or_else(|error| failed(&error), |slot| slot as c_int)
}

/// Takes a socket out of an executor set; 0, or -1 with `ENOENT` when it was not in it.
///
/// # Safety
/// `deployment` and `set` are zero-ended strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syr_executor_remove(
    deployment: *const c_char,
    set: *const c_char,
    socket_fd: c_int,
) -> c_int {
    // SAFETY: passed on to the caller.
    let removed = unsafe { executors(deployment, set, socket_fd) }
        .and_then(|(executors, socket)| executors.remove(socket));
    match removed {
        Ok(true) => 0,
        Ok(false) => failed(&Error::new(ErrorKind::NotFound, "the socket is not in the set")),
        Err(error) => failed(&error),
    }
}

/// # Safety
/// `deployment` and `set` are zero-ended strings.
unsafe fn executors<'fd>(
    deployment: *const c_char,
    set: *const c_char,
    socket_fd: c_int,
) -> Result<(Executors, BorrowedFd<'fd>), Error> {
    // SAFETY: the caller vouches for the strings.
    let (deployment, set) =
        unsafe { (string(deployment, "the deployment's name")?, string(set, "the set's name")?) };
    // SAFETY: asking for the flags of a descriptor that is not open does no harm.
    if unsafe { libc::fcntl(socket_fd, libc::F_GETFD) } < 0 {
        let message = format!("descriptor {socket_fd} is not open");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    // SAFETY: it was open just now; the caller keeps it so during the call.
    let socket = unsafe { BorrowedFd::borrow_raw(socket_fd) };
    Ok((Executors::open(deployment, set)?, socket))
}

/// # Safety
/// `start` is null or the start of `n` bytes.
unsafe fn bytes<'a>(start: *const c_void, n: usize) -> Result<&'a [u8], Error> {
    if start.is_null() {
        return Err(Error::new(ErrorKind::Invalid, "the key or the value is missing"));
    }
    // SAFETY: the caller vouches for the bytes.
    Ok(unsafe { std::slice::from_raw_parts(start.cast(), n) })
}
