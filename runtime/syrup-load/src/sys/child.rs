//! Runs a plan in a forked child with two capabilities, under a budget.
//!
//! In: a plan and a budget of processor time. Out: the descriptors its commands made, or which
//! command failed and how.
//!
//! Why a child: the verifier is the weaker the more its caller may do (`CAP_PERFMON` turns off
//! checks for pointer leaks and speculation), so programs are loaded with `CAP_BPF` and
//! `CAP_NET_ADMIN` only; a verification that does not end can be killed; and memory of maps is
//! charged to the control group of their creator, which the child may be put into first, in
//! `run_child` before it gives its capabilities away.
//!
//! Each command answers with one message on a socket pair, which carries the descriptor it made.
//! So nothing is left when the child is killed: what was received is dropped by its owner, what
//! was not is dropped with the socket.

use super::attr::{Attr, cmd};
use super::message::{Word, receive, send, socket_pair};
use super::plan::{LogAt, Plan, Slot, Step, StepIdx};
use super::process::{CAP_BPF, CAP_NET_ADMIN, CAPABILITY_VERSION};
use super::{bpf, check, check_int};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// Why a plan did not run to its end.
#[derive(Debug)]
pub enum Failure {
    /// The kernel answered a command with an error; the log is what its verifier wrote.
    Step(StepIdx, io::Error, String),
    /// The capabilities could not be given away.
    Capabilities(io::Error),
    /// The command took more processor time than the budget.
    Budget(StepIdx),
    /// The child ended without a word, or the system could not start it.
    Child(io::Error),
}

/// What a plan made.
#[derive(Debug)]
pub struct Made {
    fds: Vec<Option<OwnedFd>>,
    logs: Vec<Option<String>>,
}

impl Made {
    /// Takes the descriptor of a slot that a command made; once.
    pub fn take(&mut self, slot: Slot) -> Option<OwnedFd> {
        self.fds.get_mut(slot.index()).and_then(Option::take)
    }

    /// Takes the log of a command that was asked for one.
    pub fn take_log(&mut self, step: StepIdx) -> Option<String> {
        self.logs.get_mut(step.0).and_then(Option::take)
    }
}

/// How much longer than its budget of processor time a command may take by the clock: the machine
/// may be busy with other things.
const CLOCK_FACTOR: u32 = 20;

/// Runs a plan. `log_bytes` of each log are kept.
///
/// # Errors
/// See [`Failure`]; nothing that was made is left.
pub fn run(mut plan: Plan, budget: Duration, log_bytes: usize) -> Result<Made, Failure> {
    let (ours, theirs) = socket_pair().map_err(Failure::Child)?;
    let mut child = fork(&mut plan, &theirs).map_err(Failure::Child)?;
    drop(theirs);
    let mut fds: Vec<Option<OwnedFd>> = plan.fds.iter().map(|_| None).collect();
    let outcome = listen(&ours, &child, &plan, &mut fds, budget);
    child.stop();
    let mut logs = take_logs(plan, log_bytes);
    match outcome {
        Ok(()) => Ok(Made { fds, logs }),
        Err(Failure::Step(step, error, _)) => {
            let log = logs.get_mut(step.0).and_then(Option::take).unwrap_or_default();
            Err(Failure::Step(step, error, log))
        }
        Err(failure) => Err(failure),
    }
}

/// Takes the child's messages until the last command is done.
fn listen(
    socket: &OwnedFd,
    child: &Child,
    plan: &Plan,
    fds: &mut [Option<OwnedFd>],
    budget: Duration,
) -> Result<(), Failure> {
    let mut next = 0;
    while next < plan.steps.len() {
        // The kernel clears the memory of a large map before it answers.
        let is_map = plan.steps[next].log.is_none();
        let budget = if is_map { budget * 10 } else { budget };
        if !wait_for_word(socket, child, budget).map_err(Failure::Child)? {
            return Err(Failure::Budget(StepIdx(next)));
        }
        let (word, fd) = receive(socket).map_err(Failure::Child)?;
        match word {
            Word::Done(step) => {
                if let Some(slot) = plan.steps.get(step).and_then(|step| step.gives) {
                    fds[slot.index()] = fd;
                }
                next = step + 1;
            }
            Word::Failed(step, errno) => {
                let error = io::Error::from_raw_os_error(errno);
                return Err(Failure::Step(StepIdx(step), error, String::new()));
            }
            Word::Again(_) => {}
            Word::Capabilities(errno) => {
                return Err(Failure::Capabilities(io::Error::from_raw_os_error(errno)));
            }
        }
    }
    Ok(())
}

/// Waits until the child said something or ended; `false` when its budget was used up first.
fn wait_for_word(socket: &OwnedFd, child: &Child, budget: Duration) -> io::Result<bool> {
    let (started, used_before) = (Instant::now(), child.processor_time());
    loop {
        let used = child.processor_time().saturating_sub(used_before);
        if used >= budget || started.elapsed() >= budget * CLOCK_FACTOR {
            return Ok(false);
        }
        let wait_ms = (budget - used).as_millis().clamp(1, 1_000) as libc::c_int;
        let mut poll = libc::pollfd { fd: socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: the address is that of one `pollfd`.
        match check_int(unsafe { libc::poll(&raw mut poll, 1, wait_ms) }) {
            Ok(0) => {}
            Ok(_) => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn take_logs(plan: Plan, log_bytes: usize) -> Vec<Option<String>> {
    let text = |step: Step| step.log.map(|(log, _)| log.into_text(log_bytes));
    plan.steps.into_iter().map(text).collect()
}

/// A child of ours, killed and waited for when it goes out of scope.
///
/// INVARIANT(child): until `running` is cleared nobody has waited for `pid`, so it is not reused.
struct Child {
    pid: libc::pid_t,
    running: bool,
}

impl Child {
    /// Time it spent on processors, the kernel's included.
    fn processor_time(&self) -> Duration {
        let mut clock: libc::clockid_t = 0;
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: both addresses are those of live variables of the right type.
        let known = unsafe {
            libc::clock_getcpuclockid(self.pid, &raw mut clock) == 0
                && libc::clock_gettime(clock, &raw mut time) == 0
        };
        if !known {
            return Duration::ZERO;
        }
        Duration::new(time.tv_sec.max(0) as u64, time.tv_nsec.clamp(0, 999_999_999) as u32)
    }

    /// Kills it, if it runs, and waits until it is gone.
    fn stop(&mut self) {
        if !self.running {
            return;
        }
        self.running = false;
        // SAFETY: by INVARIANT(child) the number is still that of our child. It has no exit
        // signal, hence `__WALL`.
        unsafe {
            libc::kill(self.pid, libc::SIGKILL);
            while libc::waitpid(self.pid, std::ptr::null_mut(), libc::__WALL) < 0
                && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
            {}
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Forks the child. It has no exit signal, so that a caller who waits for its own children does
/// not meet it, and it starts with all signals blocked, so that no handler of the caller runs.
fn fork(plan: &mut Plan, socket: &OwnedFd) -> io::Result<Child> {
    let socket = socket.as_raw_fd();
    // SAFETY: signal sets are plain bits, filled by `sigfillset` before they are read. The clone
    // has no stack and no shared memory, so it is a fork (all arguments are zero, so their order,
    // which differs between platforms, does not matter); the child calls only `run_child`, which
    // makes raw system calls on memory prepared before and never returns.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
        let pid = libc::syscall(libc::SYS_clone, 0, 0, 0, 0, 0);
        if pid == 0 {
            run_child(plan, socket);
        }
        let result = check(pid);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        result.map(|pid| Child { pid: pid as libc::pid_t, running: true })
    }
}

/// The child: gives capabilities away, carries out the commands, ends.
///
/// It neither allocates nor locks, because another thread of the caller may have held any lock at
/// the moment of the fork.
fn run_child(plan: &mut Plan, socket: RawFd) -> ! {
    let outcome = drop_capabilities();
    if outcome != 0 {
        send(socket, Word::Capabilities(outcome), None);
    } else {
        for i in 0..plan.steps.len() {
            if !carry_out(plan, i, socket) {
                break;
            }
        }
    }
    // SAFETY: ends this process at once, without the caller's exit handlers.
    unsafe { libc::_exit(0) }
}

/// Keeps the two capabilities; 0 or an `errno`.
fn drop_capabilities() -> i32 {
    let kept = (1u64 << CAP_BPF) | (1u64 << CAP_NET_ADMIN);
    let (low, high) = (kept as u32, (kept >> 32) as u32);
    let header = [CAPABILITY_VERSION, 0];
    let data = [[low, low, 0], [high, high, 0]];
    // SAFETY: PR_SET_PDEATHSIG takes a number: the child ends with its parent. Version 3 of
    // capset reads an eight-byte header and two twelve-byte records.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong);
        if libc::syscall(libc::SYS_capset, header.as_ptr(), data.as_ptr()) < 0 {
            return io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO);
        }
    }
    0
}

/// Carries out one command and reports it; whether to go on.
fn carry_out(plan: &mut Plan, i: usize, socket: RawFd) -> bool {
    let Plan { steps, fds } = plan;
    let step = &mut steps[i];
    for (offset, slot) in &step.fds {
        step.attr.put_u32(*offset, fds[slot.index()] as u32);
    }
    for (insn, slot) in &step.maps {
        let word = step.insns[*insn];
        step.insns[*insn] = word & 0xffff_ffff | (fds[slot.index()] as u64) << 32;
    }
    let Step { command, attr, log, log_first, .. } = step;
    let mut result = match log {
        Some((log, at)) if *log_first => {
            log_to(attr, *at, log.as_ptr(), log.bytes());
            call(*command, attr)
        }
        Some(_) | None => call(*command, attr),
    };
    if let (true, Some((log, at))) = (result < 0, log) {
        send(socket, Word::Again(i), None);
        if *log_first {
            // The log may have been too long, which kernels before 6.4 take for an error.
            log_to(attr, *at, std::ptr::null(), 0);
            result = call(*command, attr);
        } else {
            // Once more for the log; the first answer is the one that counts.
            log_to(attr, *at, log.as_ptr(), log.bytes());
            let again = call(*command, attr);
            result = if again < 0 { result } else { again };
        }
    }
    if result < 0 {
        send(socket, Word::Failed(i, -result), None);
        return false;
    }
    if let Some(slot) = step.gives {
        fds[slot.index()] = result;
        return send(socket, Word::Done(i), Some(result));
    }
    send(socket, Word::Done(i), None)
}

/// Asks for a log in `log`, or for none when that is nowhere.
fn log_to(attr: &mut Attr, at: LogAt, log: *const u8, log_bytes: usize) {
    // BPF_LOG_LEVEL1 | BPF_LOG_STATS of include/linux/bpf_verifier.h.
    attr.put_u32(at.level, if log.is_null() { 0 } else { 1 | 4 })
        .put_u32(at.bytes, log_bytes as u32)
        .put_address(at.address, log);
}

/// A descriptor, zero, or a negative `errno`.
fn call(command: u32, attr: &mut Attr) -> i32 {
    // The verifier answers EAGAIN when a signal interrupts it; libbpf tries five times as well.
    for _ in 0..5 {
        // SAFETY: by INVARIANT(buffers) of `Step` every address in the block is good; the log is
        // shared memory as long as the block says.
        match unsafe { bpf::call(command, attr) } {
            Ok(result) => return result as i32,
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(libc::EIO);
                if errno != libc::EAGAIN || command != cmd::PROG_LOAD {
                    return -errno;
                }
            }
        }
    }
    -libc::EAGAIN
}
