//! Which system calls a process may make: seccomp.
//!
//! In: a list of calls. Out: a filter in the form the kernel takes, classic BPF over
//! `struct seccomp_data`: the number at byte 0, the architecture at byte 4. A call that is not
//! allowed answers `EPERM`; one of another architecture ends the process.

use super::check;
use std::io;

/// `AUDIT_ARCH_X86_64` or `AUDIT_ARCH_AARCH64` of include/uapi/linux/audit.h.
#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

const LOAD: u16 = 0x20;
const JUMP_EQUAL: u16 = 0x15;
const JUMP_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
const KILL_PROCESS: u32 = 0x8000_0000;
/// `SECCOMP_RET_ERRNO` with `EPERM`.
const REFUSE: u32 = 0x0005_0000 | 1;
/// Bit of the numbers of the x32 ABI.
const X32: u32 = 0x4000_0000;

/// A filter.
#[derive(Clone, Debug)]
pub struct Filter {
    program: Vec<libc::sock_filter>,
}

const fn op(code: u16, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter { code, jt, jf, k }
}

impl Filter {
    /// Allows these calls and refuses all others.
    pub fn allowing(calls: &[libc::c_long]) -> Filter {
        Filter::new(calls, ALLOW, REFUSE)
    }

    /// Refuses these calls and allows all others.
    pub fn refusing(calls: &[libc::c_long]) -> Filter {
        Filter::new(calls, REFUSE, ALLOW)
    }

    fn new(calls: &[libc::c_long], listed: u32, others: u32) -> Filter {
        let mut program = vec![
            op(LOAD, 0, 0, 4),
            op(JUMP_EQUAL, 1, 0, ARCHITECTURE),
            op(RETURN, 0, 0, KILL_PROCESS),
            op(LOAD, 0, 0, 0),
            op(JUMP_AT_LEAST, 0, 1, X32),
            op(RETURN, 0, 0, KILL_PROCESS),
        ];
        for call in calls {
            program.push(op(JUMP_EQUAL, 0, 1, *call as u32));
            program.push(op(RETURN, 0, 0, listed));
        }
        program.push(op(RETURN, 0, 0, others));
        Filter { program }
    }

    /// Its instructions.
    pub(super) fn program(&self) -> Vec<libc::sock_filter> {
        self.program.clone()
    }

    /// Puts this process, and what it starts, behind the filter.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn apply(&self) -> io::Result<()> {
        // SAFETY: the call takes plain numbers.
        check(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }.into())?;
        enter(&self.program)
    }
}

pub(super) fn enter(program: &[libc::sock_filter]) -> io::Result<()> {
    let program =
        libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
    let (mode, place) = (libc::SECCOMP_MODE_FILTER, &raw const program);
    // SAFETY: the address is that of a `sock_fprog`, which names live instructions.
    check(unsafe { libc::prctl(libc::PR_SET_SECCOMP, mode, place) }.into()).map(|_| ())
}

/// What the compiler needs from its start to its end.
pub fn for_the_compiler() -> Filter {
    let mut calls = vec![
        libc::SYS_brk,
        libc::SYS_clock_gettime,
        libc::SYS_close,
        libc::SYS_dup,
        libc::SYS_execve,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_faccessat,
        libc::SYS_faccessat2,
        libc::SYS_fcntl,
        libc::SYS_fstat,
        libc::SYS_futex,
        libc::SYS_getcwd,
        libc::SYS_getpid,
        libc::SYS_getrandom,
        libc::SYS_gettid,
        libc::SYS_ioctl,
        libc::SYS_lseek,
        libc::SYS_madvise,
        libc::SYS_mmap,
        libc::SYS_mprotect,
        libc::SYS_mremap,
        libc::SYS_munmap,
        libc::SYS_newfstatat,
        libc::SYS_openat,
        libc::SYS_ppoll,
        libc::SYS_pread64,
        libc::SYS_prlimit64,
        libc::SYS_read,
        libc::SYS_readlinkat,
        libc::SYS_readv,
        libc::SYS_rseq,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_set_robust_list,
        libc::SYS_set_tid_address,
        libc::SYS_sigaltstack,
        libc::SYS_statx,
        libc::SYS_tgkill,
        libc::SYS_write,
        libc::SYS_writev,
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([
        libc::SYS_access,
        libc::SYS_arch_prctl,
        libc::SYS_open,
        libc::SYS_poll,
        libc::SYS_readlink,
        libc::SYS_stat,
    ]);
    Filter::allowing(&calls)
}

/// What the front has no business with.
pub fn for_the_front() -> Filter {
    Filter::refusing(&[
        libc::SYS_acct,
        libc::SYS_add_key,
        libc::SYS_bpf,
        libc::SYS_chroot,
        libc::SYS_delete_module,
        libc::SYS_finit_module,
        libc::SYS_fsopen,
        libc::SYS_init_module,
        libc::SYS_io_uring_setup,
        libc::SYS_kexec_load,
        libc::SYS_keyctl,
        libc::SYS_mount,
        libc::SYS_move_mount,
        libc::SYS_open_by_handle_at,
        libc::SYS_perf_event_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_pivot_root,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_ptrace,
        libc::SYS_reboot,
        libc::SYS_request_key,
        libc::SYS_setns,
        libc::SYS_setresgid,
        libc::SYS_setresuid,
        libc::SYS_swapon,
        libc::SYS_umount2,
        libc::SYS_unshare,
        libc::SYS_userfaultfd,
    ])
}
