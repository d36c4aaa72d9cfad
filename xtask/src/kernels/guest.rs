//! One guest: a kernel, a memory file system, one line of result.
//!
//! In: files. Out: the JSON line that the runner printed inside, or how the guest ended without. A
//! guest that takes too long is killed; none is left behind.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Seconds of processor time for a guest to boot and judge the repository's policies. Time on the
/// clock would say more about what else the machine does.
const BASE_SECONDS: u64 = 240;

/// Programs a second of processor time, at least.
const PROGRAMS_PER_SECOND: u64 = 2;

/// Seconds on the clock, for each second of processor time that a guest may take: one that waits
/// for ever takes none.
const WAITING: u64 = 10;

/// How often the guest's processor time is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Ticks of processor time a second, as Linux tells them to programs (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// Seconds of processor time that a process took: user and system, fields 14 and 15 of
/// `/proc/PID/stat` (proc(5)), counted behind the name in parentheses.
fn processor_seconds(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    ticks.sum::<u64>() / TICKS_PER_SECOND
}

/// Megabytes of a guest's memory.
const MEMORY_MB: &str = "1536";

/// A busy host is late with its timer's interrupts, which the kernel would take for a broken timer.
const COMMAND_LINE: &str = "console=ttyS0 panic=-1 quiet mitigations=off no_timer_check";

/// What `/init` does: mounts what the runner needs, turns the compiler of programs on, runs it,
/// and looks for warnings of the kernel.
pub fn script(root: &Path, n_programs: u64, seed: u64) -> String {
    format!(
        "#!/bin/busybox sh\n\
         export PATH=/bin\n\
         /bin/busybox --install -s /bin\n\
         mount -t proc proc /proc\n\
         mount -t sysfs sys /sys\n\
         mount -t devtmpfs dev /dev\n\
         mount -t bpf bpf /sys/fs/bpf\n\
         echo 1 > /proc/sys/net/core/bpf_jit_enable\n\
         ip link set lo up\n\
         cd {}\n\
         /runner guest --programs {n_programs} --seed {seed}\n\
         echo RUNNER_EXIT=$?\n\
         dmesg | grep -E 'WARNING:|BUG:|Oops|verifier bug' | while read line; do \
         echo \"KERNEL_WARNS $line\"; done\n\
         echo GUEST_END\n\
         poweroff -f\n",
        root.display()
    )
}

/// A guest that is killed when nobody wants it any more.
struct Guest(Child);

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Boots a kernel and gives the line that the runner printed.
///
/// # Errors
/// The guest did not start, hung, died, or its kernel warned.
pub fn run(vmlinuz: &Path, image: &Path, n_programs: u64) -> Result<Value, String> {
    let mut command = Command::new("qemu-system-x86_64");
    command
        .args(["-accel", "tcg,thread=single", "-m", MEMORY_MB, "-smp", "1"])
        .args(["-display", "none", "-nodefaults", "-no-reboot", "-serial", "stdio"])
        .args(["-append", COMMAND_LINE])
        .arg("-kernel")
        .arg(vmlinuz)
        .arg("-initrd")
        .arg(image)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    let child = command.spawn().map_err(|error| format!("qemu-system-x86_64: {error}"))?;
    let mut guest = Guest(child);
    let console = guest.0.stdout.take().ok_or("the guest has no console")?;
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(console).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if send.send(line).is_err() {
                break;
            }
        }
    });
    let seconds = BASE_SECONDS + n_programs / PROGRAMS_PER_SECOND;
    let end = Instant::now() + Duration::from_secs(seconds * WAITING);
    let (mut result, mut last, mut warnings) = (None, String::new(), Vec::new());
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(line) if line == "GUEST_END" => break,
            Ok(line) => {
                if let Some(json) = line.strip_prefix("GUEST_RESULT ") {
                    result = serde_json::from_str::<Value>(json).ok();
                } else if let Some(warning) = line.strip_prefix("KERNEL_WARNS ") {
                    warnings.push(warning.to_owned());
                } else if !line.is_empty() {
                    last = line;
                }
            }
            Err(RecvTimeoutError::Timeout)
                if processor_seconds(guest.0.id()) < seconds && Instant::now() < end => {}
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("it did not end in {seconds} s; the last line was: {last}"));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(format!("it died; the last line was: {last}"));
            }
        }
    }
    if !warnings.is_empty() {
        return Err(format!("it warned: {}", warnings.join("; ")));
    }
    result.ok_or_else(|| format!("the runner gave no result; the last line was: {last}"))
}

#[cfg(test)]
mod tests {
    use super::processor_seconds;

    #[test]
    fn processor_time_is_read_and_no_process_took_none() {
        // This process has not computed for a day.
        assert!(processor_seconds(std::process::id()) < 24 * 3600);
        assert_eq!(processor_seconds(u32::MAX), 0);
    }
}
