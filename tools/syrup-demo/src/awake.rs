//! Keeps the processors of a small virtual machine from halting during a run.
//!
//! In: nothing. Out: threads of the class SCHED_IDLE, one a processor, until the value is dropped.
//!
//! A virtual processor that halts is handed back to the host, and comes back late: on a machine
//! of two, a real-time thread that slept woke 50 us late in the median and 0.2-3 ms in 1 % of the
//! cases; with the processors kept busy it was 24 us and 50 us (measured, Linux 6.18). Threads of
//! SCHED_IDLE run only when nothing else wants to (sched(7)), so they take nothing from others.
//! They do use up a control group's quota, and are not started where there is one.

use std::{
    fs,
    hint::black_box,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use crate::sys;

/// With more processors than this, those that matter are busy anyway.
const N_PROCESSORS_MAX: usize = 8;

/// Additions between two looks at whether the run is over: some 10 us.
const SPINS: u32 = 10_000;

/// Threads that keep the processors awake.
pub(crate) struct Awake {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Awake {
    /// Starts the threads if this machine is of the kind that needs them.
    pub(crate) fn start() -> Self {
        let mut awake = Self { stop: Arc::default(), threads: Vec::new() };
        let processors = sys::processors();
        let needed = processors.len() <= N_PROCESSORS_MAX && is_virtual() && !has_quota();
        for processor in processors.into_iter().filter(|_| needed) {
            let stop = Arc::clone(&awake.stop);
            let spin = move || {
                // As a normal thread it would take from others what it is meant to give.
                if sys::be_idle_on(processor) {
                    while !stop.load(Ordering::Relaxed) {
                        // No pause instruction: AMD hosts take it for a wish to be descheduled.
                        (0..SPINS).for_each(|i| {
                            black_box(i);
                        });
                    }
                }
            };
            // Without these threads the run is only less exact, and its lateness is reported.
            awake.threads.extend(std::thread::Builder::new().name("awake".into()).spawn(spin));
        }
        awake
    }

    /// Whether there are any.
    pub(crate) fn is_on(&self) -> bool {
        !self.threads.is_empty()
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A spinning thread has nothing to panic about.
            let _ = thread.join();
        }
    }
}

/// Whether the processor says that it runs under a hypervisor (x86 only).
fn is_virtual() -> bool {
    fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| text.contains(" hypervisor"))
}

/// Whether this process's control group, or one above it, limits processor time.
fn has_quota() -> bool {
    let Ok(groups) = fs::read_to_string("/proc/self/cgroup") else { return false };
    // The line of the unified hierarchy (cgroups(7)).
    let Some(group) = groups.lines().find_map(|line| line.strip_prefix("0::/")) else {
        return false;
    };
    let root = Path::new("/sys/fs/cgroup");
    root.join(group).ancestors().take_while(|path| path.starts_with(root)).any(|path| {
        let limit = fs::read_to_string(path.join("cpu.max"));
        limit.is_ok_and(|text| is_limit(&text))
    })
}

/// Whether the text of a `cpu.max` file sets a limit (Documentation/admin-guide/cgroup-v2.rst).
fn is_limit(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|quota| quota != "max")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_from_none() {
        assert!(is_limit("200000 100000\n"));
        assert!(!is_limit("max 100000\n"));
        assert!(!is_limit(""));
    }

    #[test]
    fn threads_end_with_the_value() {
        let awake = Awake::start();
        let stop = Arc::clone(&awake.stop);
        drop(awake);
        assert_eq!(Arc::strong_count(&stop), 1, "all threads have let go");
    }
}
