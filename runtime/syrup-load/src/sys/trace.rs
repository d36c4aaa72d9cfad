//! Kills a process at one of its system calls, for tests of what a crash leaves.
//!
//! In: a command, the numbers of calls that count, which one of them. Out: whether the process was
//! killed just before that call, or ended before it came to it. The process is traced (ptrace(2)),
//! so it is the program as it is, without any hook.

use super::check;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Calls by which a deployer changes what others see.
pub const CHANGES: &[libc::c_long] = &[
    libc::SYS_bpf,
    libc::SYS_setsockopt,
    libc::SYS_mkdirat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_flock,
    libc::SYS_clone,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
];

/// `PTRACE_GET_SYSCALL_INFO` of include/uapi/linux/ptrace.h (Linux 5.3).
const GET_SYSCALL_INFO: libc::c_uint = 0x420e;
/// `PTRACE_SYSCALL_INFO_ENTRY`.
const ENTRY: u8 = 1;

/// Runs a command and kills it before its `n`-th call, from 0, of those in `calls`; whether it
/// came that far. A process that ends first must succeed.
///
/// # Errors
/// No tracing here, or a process that failed.
pub fn kill_at(command: &mut Command, calls: &[libc::c_long], n: usize) -> io::Result<bool> {
    // SAFETY: between fork and exec one system call on plain numbers is made.
    unsafe {
        command.pre_exec(|| check(libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0)).map(|_| ()));
    }
    let child = command.spawn()?;
    let pid = child.id() as libc::pid_t;
    let mut seen = 0;
    let mut started = false;
    loop {
        let mut status = 0;
        // SAFETY: the address is that of a number; the process is our child.
        check(unsafe { libc::waitpid(pid, &raw mut status, libc::__WALL) }.into())?;
        if libc::WIFEXITED(status) {
            return match libc::WEXITSTATUS(status) {
                0 => Ok(false),
                code => Err(io::Error::other(format!("the process failed with code {code}"))),
            };
        }
        if !libc::WIFSTOPPED(status) {
            return Err(io::Error::other("the process was killed by somebody else"));
        }
        let signal = libc::WSTOPSIG(status);
        if !started {
            let options = libc::PTRACE_O_TRACESYSGOOD | libc::PTRACE_O_EXITKILL;
            // SAFETY: the call takes plain numbers.
            check(unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, pid, 0, options) })?;
            started = true;
        } else if signal == libc::SIGTRAP | 0x80 && is_counted(pid, calls)? {
            if seen == n {
                // SAFETY: the calls take plain numbers and the address of none.
                unsafe {
                    check(libc::kill(pid, libc::SIGKILL).into())?;
                    check(libc::waitpid(pid, std::ptr::null_mut(), libc::__WALL).into())?;
                }
                return Ok(true);
            }
            seen += 1;
        }
        let passed = if signal & 0x80 != 0 || signal == libc::SIGTRAP { 0 } else { signal };
        // SAFETY: the call takes plain numbers.
        check(unsafe { libc::ptrace(libc::PTRACE_SYSCALL, pid, 0, passed) })?;
    }
}

/// Whether a stopped process is about to make one of these calls.
fn is_counted(pid: libc::pid_t, calls: &[libc::c_long]) -> io::Result<bool> {
    // struct ptrace_syscall_info: the kind in byte 0, for an entry the call's number in byte 24.
    let mut info = [0u64; 11];
    // SAFETY: the address is that of `info`, whose size stands before it.
    let filled =
        unsafe { libc::ptrace(GET_SYSCALL_INFO, pid, size_of_val(&info), info.as_mut_ptr()) };
    check(filled)?;
    let is_entry = info[0].to_ne_bytes()[0] == ENTRY;
    Ok(is_entry && calls.contains(&(info[3] as libc::c_long)))
}
