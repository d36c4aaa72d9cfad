//! The supervisor: the only part with privileges of its own, which reads nothing tenants write.
//!
//! In: connections of clients, passed on by the front. Out: one loader a job, killed at its
//! budget; finished pins given to their user. The front is started again when it ends.

use crate::hand_over::hand_over;
use crate::options::{Options, USER_FALLBACK};
use crate::service;
use crate::sys::identity::{self, Ids, cap};
use serde_json::json;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use syrup_load::frame::{self, Frame};
use syrup_load::pins::tenant_root;
use syrup_load::sockets::network_of;
use syrup_wire::job::Tenant;
use syrup_wire::limits::{CONNECTIONS_MAX, JOB_BYTES_MAX, LOADER_MS_MAX};
use syrup_wire::protocol::{FailureKind, Reply};

/// What the supervisor keeps: to become others, to kill them, to give pins away, to look into
/// directories of the daemon's user, and what it hands to loaders.
const KEPT: u64 = identity::set_of(&[
    cap::CHOWN,
    cap::DAC_READ_SEARCH,
    cap::KILL,
    cap::SETGID,
    cap::SETUID,
    cap::SETPCAP,
    cap::NET_ADMIN,
    cap::BPF,
]);

/// What a loader has.
const LOADER: u64 = identity::set_of(&[cap::NET_ADMIN, cap::BPF]);

/// How long to wait before a front that ended is started again.
const RESTART_WAIT: Duration = Duration::from_millis(100);

struct Supervisor {
    ids: Ids,
    pin_root: PathBuf,
    running: AtomicUsize,
}

/// Prepares the place, gives privileges away, and serves until it is killed.
///
/// # Errors
/// One sentence about what is missing.
pub fn run(options: &Options) -> Result<(), String> {
    let ids = prepare(options)?;
    let settled = settle(options, ids)?;
    if settled > 0 {
        eprintln!("syrupd: settled {settled} interrupted deployments");
    }
    let listener = match service::listener()? {
        Some(listener) => listener,
        None => listen(&options.socket)?,
    };
    let metrics = options.metrics.as_deref().map(TcpListener::bind).transpose();
    let metrics = metrics.map_err(|e| format!("cannot serve metrics: {e}"))?;
    let compiler = File::open(&options.compiler).map_err(|e| {
        format!("cannot open the compiler {}: {e}: name it by --syrupc", options.compiler.display())
    })?;
    identity::keep_capabilities(KEPT).map_err(|e| format!("cannot give privileges away: {e}"))?;
    let pin_root = options.pin_root.clone();
    let supervisor = Arc::new(Supervisor { ids, pin_root, running: AtomicUsize::new(0) });
    service::ready();
    loop {
        let front = start_front(options, ids, &listener, metrics.as_ref(), &compiler);
        let (mut child, control) = front.map_err(|e| format!("cannot start the front: {e}"))?;
        while let Ok(frame) = frame::read(&control, 64, far()) {
            supervisor.begin(frame);
        }
        // It ended, or said something that is no job: then it is not the front we started.
        let killed = child.kill().and_then(|()| child.wait());
        eprintln!("syrupd: the front ended ({killed:?}) and is started again");
        std::thread::sleep(RESTART_WAIT);
    }
}

/// Settles what an interrupted daemon left, and says what was done.
///
/// # Errors
/// One sentence about what is missing.
pub fn recover(options: &Options) -> Result<(), String> {
    let ids = prepare(options)?;
    let settled = settle(options, ids)?;
    println!("{}", json!({"format": syrup_wire::limits::FORMAT, "settled": settled}));
    Ok(())
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(365 * 24 * 3600)
}

/// Makes the directories; gives those of the unprivileged parts to them.
fn prepare(options: &Options) -> Result<Ids, String> {
    if syrup_load::user() != 0 {
        return Err("start it as root: it gives away what it does not need itself".to_owned());
    }
    let ids = match identity::user_named(&options.user) {
        Some(ids) => ids,
        None if options.user == "syrup" => {
            eprintln!("syrupd: there is no user `syrup`: running as {USER_FALLBACK} instead");
            identity::user_named(USER_FALLBACK).ok_or("no user to run as")?
        }
        None => return Err(format!("there is no user `{}`", options.user)),
    };
    if ids.uid == 0 {
        return Err("the unprivileged parts cannot run as root: name another --user".to_owned());
    }
    for (path, mode) in [(&options.pin_root, 0o711), (&options.state, 0o700)] {
        let failed = |e: io::Error| format!("cannot prepare {}: {e}", path.display());
        DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(failed)?;
        chown(path, Some(ids.uid), Some(ids.gid)).map_err(failed)?;
        fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed)?;
    }
    open_way(&options.pin_root)?;
    Ok(ids)
}

/// Lets every user pass through the directories above the pins, as systemd does not.
fn open_way(pin_root: &Path) -> Result<(), String> {
    for path in pin_root.ancestors().skip(1).filter(|path| path.starts_with("/sys/fs/bpf")) {
        let mode = fs::metadata(path).map_err(|e| e.to_string())?.permissions().mode();
        if mode & 0o001 == 0 {
            fs::set_permissions(path, Permissions::from_mode(mode | 0o011))
                .map_err(|e| format!("cannot open {} to others: {e}", path.display()))?;
        }
    }
    Ok(())
}

/// Rolls what was interrupted forward or back, for every tenant; how many deployments.
fn settle(options: &Options, ids: Ids) -> Result<usize, String> {
    let mut settled = 0;
    let entries = fs::read_dir(&options.pin_root).map_err(|e| e.to_string())?;
    for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(uid) = name.split('-').next().and_then(|uid| uid.parse().ok()) else { continue };
        match syrup_load::recover(&entry.path()) {
            Ok(n) => settled += n,
            // One tenant's damage is not the others' trouble.
            Err(error) => eprintln!("syrupd: {}: {error}", entry.path().display()),
        }
        crate::loader::own_and_open(&entry.path(), Some(ids));
        hand_over(&entry.path(), ids.uid, uid);
    }
    Ok(settled)
}

/// A socket that everybody may connect to: who may do what is decided by who connects.
fn listen(path: &Path) -> Result<UnixListener, String> {
    let failed = |e: io::Error| format!("cannot listen at {}: {e}", path.display());
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(failed)?;
    }
    if UnixStream::connect(path).is_ok() {
        return Err(format!("another daemon listens at {}", path.display()));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    fs::set_permissions(path, Permissions::from_mode(0o666)).map_err(failed)?;
    Ok(listener)
}

/// Starts the front and hands it what it listens on.
fn start_front(
    options: &Options,
    ids: Ids,
    listener: &UnixListener,
    metrics: Option<&TcpListener>,
    compiler: &File,
) -> io::Result<(std::process::Child, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut command = Command::new("/proc/self/exe");
    command.args(["--front", "--state"]).arg(&options.state);
    if metrics.is_some() {
        command.args(["--metrics", "given"]);
    }
    command.env_clear().current_dir("/").stdin(OwnedFd::from(theirs)).stdout(Stdio::null());
    identity::start_as(&mut command, ids, 0);
    let child = command.spawn()?;
    let mut fds = vec![listener.as_fd(), compiler.as_fd()];
    fds.extend(metrics.map(|metrics| metrics.as_fd()));
    frame::write(&ours, b"start", &fds)?;
    Ok((child, ours))
}

impl Supervisor {
    /// Begins one job in a thread of its own.
    fn begin(self: &Arc<Self>, frame: Frame) {
        let mut fds = frame.fds.into_iter();
        let (Some(reply), client) = (fds.next(), fds.next()) else { return };
        let reply = UnixStream::from(reply);
        let supervisor = Arc::clone(self);
        if self.running.fetch_add(1, Ordering::SeqCst) >= CONNECTIONS_MAX {
            self.running.fetch_sub(1, Ordering::SeqCst);
            answer(&reply, FailureKind::Quota, "the daemon has too many jobs: try again");
            return;
        }
        // A thread that cannot be started closes the connection, which the front reports.
        let _started = std::thread::Builder::new().spawn(move || {
            match client {
                Some(client) => supervisor.job(&client, &reply),
                None => supervisor.all(&reply),
            }
            supervisor.running.fetch_sub(1, Ordering::SeqCst);
        });
    }

    /// A job of the client at the other end of `client`, as the kernel says who that is.
    fn job(&self, client: &OwnedFd, reply: &UnixStream) {
        let Ok(peer) = frame::peer(client.as_fd()) else { return };
        let network = network_of(client.as_fd());
        let pin_root = tenant_root(&self.pin_root, peer.uid, network);
        let tenant = Tenant { uid: peer.uid, network, pin_root };
        let deadline = Instant::now() + Duration::from_millis(LOADER_MS_MAX);
        let Ok(job) = frame::read(reply, JOB_BYTES_MAX, deadline) else { return };
        match self.load(&tenant, &job, deadline) {
            Ok(answer) => {
                hand_over(&tenant.pin_root, self.ids.uid, tenant.uid);
                let fds: Vec<_> = answer.fds.iter().map(AsFd::as_fd).collect();
                // A front that is gone wants no answer.
                let _sent = frame::write(reply, &answer.body, &fds);
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                let message = "the kernel took too long over this policy, and it was stopped";
                answer(reply, FailureKind::Budget, message);
            }
            Err(error) => {
                let message = format!("the loading process ended without an answer: {error}");
                answer(reply, FailureKind::System, &message);
            }
        }
    }

    /// The status of every tenant, for metrics.
    fn all(&self, reply: &UnixStream) {
        let deadline = Instant::now() + Duration::from_millis(LOADER_MS_MAX);
        let mut tenants = Vec::new();
        for entry in fs::read_dir(&self.pin_root).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let parts = name.split_once('-').map(|(a, b)| (a.parse().ok(), b.parse().ok()));
            let Some((Some(uid), Some(network))) = parts else { continue };
            let tenant = Tenant { uid, network, pin_root: entry.path() };
            let job = Frame { body: br#"{"do":"status"}"#.to_vec(), fds: Vec::new() };
            let Ok(answer) = self.load(&tenant, &job, deadline) else { continue };
            let reply = serde_json::from_slice::<serde_json::Value>(&answer.body);
            let Ok(reply) = reply else { continue };
            let deployments = reply["outcome"]["deployments"].clone();
            tenants.push(json!({"uid": uid, "network": network, "deployments": deployments}));
        }
        let _sent = frame::write(reply, json!(tenants).to_string().as_bytes(), &[]);
    }

    /// Runs a loader over a job, which is passed on unread.
    fn load(&self, tenant: &Tenant, job: &Frame, deadline: Instant) -> io::Result<Frame> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = Command::new("/proc/self/exe");
        command.arg("--load").env_clear().current_dir("/");
        command.stdin(OwnedFd::from(theirs)).stdout(Stdio::null());
        identity::start_as(&mut command, self.ids, LOADER);
        let mut child = command.spawn()?;
        drop(command);
        ours.set_write_timeout(Some(Duration::from_secs(2)))?;
        let tenant = serde_json::to_vec(tenant).map_err(io::Error::other)?;
        let fds: Vec<_> = job.fds.iter().map(AsFd::as_fd).collect();
        let answer = frame::write(&ours, &tenant, &[])
            .and_then(|()| frame::write(&ours, &job.body, &fds))
            .and_then(|()| frame::read(&ours, JOB_BYTES_MAX, deadline));
        // It has answered, or it is late; either way it is done.
        child.kill().and_then(|()| child.wait())?;
        answer
    }
}

fn answer(reply: &UnixStream, kind: FailureKind, message: &str) {
    if let Ok(body) = serde_json::to_vec(&Reply::failed(kind, message)) {
        let _sent = frame::write(reply, &body, &[]);
    }
}
