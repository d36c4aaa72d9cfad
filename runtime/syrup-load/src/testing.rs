//! Help for tests that need the kernel: private namespaces, reuseport sockets, a census.
//!
//! In: a test's body. Out: it runs in a process of its own, with its own network and its own
//! BPF file system, so that tests neither meet each other nor leave anything on the machine.
//! Without the privilege for that, the test is skipped with a printed and counted reason, or
//! fails when the environment variable `SYRUP_REQUIRE` contains `kernel`.

pub use crate::sys::trace::{CHANGES, kill_at};

use crate::error::LoadError;
use crate::probe::probe;
use crate::sys::bpf::{self, ObjectList};
use crate::sys::{device, frames, namespace, process};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Set in the process that runs a test's body.
const INSIDE: &str = "SYRUP_TEST_NAMESPACE";
/// Printed by that process when the body came to its end.
const DONE: &str = "syrup-namespace-done";

/// How many tests of this process were skipped.
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Runs a test's body in fresh network and mount namespaces: `lo` is up, a BPF file system is at
/// `/sys/fs/bpf`. The body's panic becomes this test's.
///
/// Give it a closure written in the test function itself: the test program is started again with
/// that test's name, which is read from the closure's type.
///
/// # Panics
/// The body panicked, the name is not that of a test, or privilege is missing and required.
pub fn in_namespace<F: FnOnce()>(body: F) {
    if std::env::var_os(INSIDE).is_some() {
        body();
        println!("{DONE}");
        return;
    }
    let name = test_name(std::any::type_name::<F>());
    if let Err(reason) = privileged() {
        skip(&name, &reason);
        return;
    }
    let program = std::env::current_exe().expect("the test program knows its path");
    let mut command = Command::new(program);
    command.args([name.as_str(), "--exact", "--nocapture", "--include-ignored"]);
    command.env(INSIDE, "1");
    let output = namespace::isolate(&mut command).output().expect("a test process starts");
    let (text, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "in its namespace, {name} failed:\n{text}\n{errors}");
    assert!(text.contains(DONE), "`{name}` did not run in a namespace: is it a test's name?");
    print!("{text}");
}

/// Moves this process into namespaces of its own, for programs that are not tests of libtest.
/// It must have one thread only.
///
/// # Errors
/// No privilege, or a kernel without the namespaces.
pub fn enter_namespace() -> io::Result<()> {
    namespace::enter()
}

/// Whether tests can load programs and make namespaces here.
///
/// # Errors
/// Why not.
pub fn privileged() -> Result<(), String> {
    let load = probe().and_then(|found| found.require_load());
    load.map_err(|error| error.to_string())?;
    let permitted = process::permitted_capabilities().map_err(|error| error.to_string())?;
    if permitted & 1 << namespace::CAP_SYS_ADMIN == 0 {
        return Err("CAP_SYS_ADMIN is missing, which private namespaces need".to_owned());
    }
    Ok(())
}

/// Says that a test is skipped and why.
///
/// # Panics
/// `SYRUP_REQUIRE` contains `kernel`.
pub fn skip(test: &str, reason: &str) {
    let required = std::env::var("SYRUP_REQUIRE").unwrap_or_default();
    assert!(!required.contains("kernel"), "{test} may not be skipped here: {reason}");
    let n_skipped = SKIPPED.fetch_add(1, Ordering::Relaxed) + 1;
    // Not by `println!`, which libtest keeps back for tests that pass.
    let line = format!("skipped ({n_skipped} so far): {test}: {reason}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("the reason of a skip can be printed");
}

/// A UDP socket bound to an address with `SO_REUSEPORT`.
///
/// # Errors
/// What the kernel answers.
pub fn reuseport_udp(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    namespace::bound_socket(address, false, true).map(Into::into)
}

/// A TCP socket bound to an address with `SO_REUSEPORT`, listening.
///
/// # Errors
/// What the kernel answers.
pub fn reuseport_tcp(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    namespace::bound_socket(address, true, true).map(Into::into)
}

/// Sends the first part of a datagram through a connected socket; an ordinary send ends it. Where
/// the interface can gather, the kernel keeps later parts in fragments.
///
/// # Errors
/// What the kernel answers.
pub fn send_more(socket: &std::net::UdpSocket, bytes: &[u8]) -> io::Result<()> {
    namespace::send_more(socket.as_fd(), bytes)
}

pub use crate::sys::umem::XskQueue;

/// The number of a device in this network namespace.
pub fn device_index(name: &str) -> Option<u32> {
    device::index(name)
}

/// Sends whole frames by a device, from a CPU: a pair of virtual devices takes the queue of the
/// same number.
///
/// # Errors
/// What the kernel answers.
pub fn send_frames(interface: u32, cpu: u32, frames: &[Vec<u8>]) -> io::Result<()> {
    frames::send(interface, cpu, frames)
}

/// The CPU that handled the last packet of a connected socket.
///
/// # Errors
/// What the kernel answers.
pub fn incoming_cpu(socket: impl AsFd) -> io::Result<u32> {
    frames::incoming_cpu(socket.as_fd())
}

/// Whether a descriptor is closed on exec.
///
/// # Errors
/// It is not open.
pub fn closes_on_exec(fd: impl AsFd) -> io::Result<bool> {
    namespace::closes_on_exec(fd.as_fd())
}

/// The names of this system's programs and maps that begin with `prefix`. Give the objects of a
/// test a prefix of their own, because other processes have objects as well.
///
/// # Errors
/// What the kernel answers.
pub fn objects_named(prefix: &str) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for list in [ObjectList::Programs, ObjectList::Maps] {
        for id in bpf::object_ids(list)? {
            // It may be gone by now.
            let Ok(object) = namespace::object_by_id(list, id) else { continue };
            let (name, kind) = name_of(list, object.as_fd())?;
            if name.starts_with(prefix) {
                names.insert(format!("{kind} {id} {name}"));
            }
        }
    }
    Ok(names)
}

/// Waits until no program or map has a name that begins with `prefix`: the kernel frees them a
/// moment after their last user is gone.
///
/// # Panics
/// Some are there after ten seconds.
pub fn assert_no_objects(prefix: &str) {
    let started = Instant::now();
    loop {
        let left = objects_named(prefix).expect("the system's objects can be listed");
        if left.is_empty() {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "left in the kernel: {left:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A socket bound without `SO_REUSEPORT`.
///
/// # Errors
/// What the kernel answers.
pub fn plain_udp(address: SocketAddr) -> io::Result<OwnedFd> {
    namespace::bound_socket(address, false, false)
}

/// The text of an error that was expected.
///
/// # Panics
/// There was none.
pub fn error_of<T>(result: Result<T, LoadError>) -> LoadError {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error,
    }
}

fn name_of(list: ObjectList, object: BorrowedFd<'_>) -> io::Result<(String, &'static str)> {
    match list {
        ObjectList::Programs => Ok((bpf::prog_info(object)?.name, "program")),
        ObjectList::Maps => Ok((bpf::map_info(object)?.name, "map")),
        ObjectList::Btf => Ok((String::new(), "btf")),
    }
}

/// `kernel::deploy::a_test::{{closure}}` to `deploy::a_test`: libtest leaves the program's name
/// out of a test's.
fn test_name(closure: &str) -> String {
    let path = closure.split("::{{closure}}").next().unwrap_or(closure);
    path.split_once("::").map_or(path, |(_, rest)| rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tests_name_is_read_from_its_closure() {
        assert_eq!(test_name("kernel::deploy::a_test::{{closure}}"), "deploy::a_test");
        assert_eq!(test_name("kernel::a_test::{{closure}}::{{closure}}"), "a_test");
    }
}
