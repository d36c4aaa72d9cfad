//! The front: takes requests, checks and counts them, has them compiled and loaded, answers.
//!
//! In: connections. Out: replies. It has no privilege: its user owns nothing but the state
//! directory and the pins, and what it asks of the supervisor is done for the user at the other
//! end of the connection that it passes on, whatever it says.

mod metrics;

use crate::audit::Audit;
use crate::compiler::Compiler;
use crate::options::Options;
use crate::quota::Quotas;
use crate::sys::filter;
use crate::sys::identity::standard_input;
use crate::versions::Versions;
use serde_json::json;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use syrup_load::frame::{self, Frame, Peer};
use syrup_load::sockets::network_of;
use syrup_wire::job::{DeployJob, Job};
use syrup_wire::limits::{CLIENT_MS_MAX, FORMAT, JOB_BYTES_MAX, LOADER_MS_MAX, MESSAGE_BYTES_MAX};
use syrup_wire::protocol::{Call, Deploy, FailureKind, Holder, Outcome, Reply, Request};

/// The user that the kernel shows for those it cannot name here (`overflowuid`).
const NOBODY_KNOWN: u32 = 65534;

struct Front {
    supervisor: Mutex<UnixStream>,
    compiler: Compiler,
    quotas: Mutex<Quotas>,
    audit: Audit,
    versions: Versions,
}

/// A reply with its descriptors.
struct Answer {
    reply: Reply,
    fds: Vec<OwnedFd>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Answer {
        Answer { reply, fds: Vec::new() }
    }
}

/// Serves until the supervisor ends.
///
/// # Errors
/// One sentence about what is missing.
pub fn run(options: &Options) -> Result<(), String> {
    let control = standard_input().map_err(|e| e.to_string())?;
    let control = UnixStream::from(control);
    let soon = Instant::now() + Duration::from_secs(10);
    let given = frame::read(&control, 64, soon).map_err(|e| e.to_string())?;
    let mut fds = given.fds.into_iter();
    let (Some(listener), Some(compiler)) = (fds.next(), fds.next()) else {
        return Err("the front is started by the supervisor only".to_owned());
    };
    let state = &options.state;
    let failed = |e: io::Error| format!("cannot write to {}: {e}", state.display());
    let front = Arc::new(Front {
        supervisor: Mutex::new(control),
        compiler: Compiler::new(File::from(compiler))
            .map_err(|e| format!("cannot confine the compiler: {e}"))?,
        quotas: Mutex::default(),
        audit: Audit::open(state).map_err(failed)?,
        versions: Versions::open(state).map_err(failed)?,
    });
    filter::for_the_front().apply().map_err(|e| format!("cannot be filtered: {e}"))?;
    if let Some(metrics) = fds.next() {
        let front = Arc::clone(&front);
        thread::spawn(move || metrics::serve(&TcpListener::from(metrics), &front));
    }
    for client in UnixListener::from(listener).incoming() {
        match client {
            Ok(client) => front.accept(client),
            // Out of descriptors for a moment: those that are open have deadlines.
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
    Ok(())
}

impl Front {
    /// Counts a connection and serves it in a thread of its own.
    fn accept(self: &Arc<Self>, client: UnixStream) {
        let timeout = Some(Duration::from_millis(CLIENT_MS_MAX));
        let Ok(peer) = frame::peer(client.as_fd()) else { return };
        if client.set_write_timeout(timeout).is_err() {
            return;
        }
        if let Err(reply) = self.quotas().enter(peer.uid, Instant::now()) {
            say(&client, &reply, &[]);
            return;
        }
        let front = Arc::clone(self);
        let started = thread::Builder::new().spawn(move || {
            front.serve(&client, peer);
            front.quotas().leave(peer.uid);
        });
        if started.is_err() {
            self.quotas().leave(peer.uid);
        }
    }

    fn quotas(&self) -> std::sync::MutexGuard<'_, Quotas> {
        self.quotas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, client: &UnixStream, peer: Peer) {
        let deadline = Instant::now() + Duration::from_millis(CLIENT_MS_MAX);
        let answer = match frame::read(client, MESSAGE_BYTES_MAX, deadline) {
            Ok(frame) => self.answer(client, peer, frame),
            // Half a message has nobody who waits for an answer, a late one may.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return,
            Err(error) => {
                Reply::failed(FailureKind::Protocol, format!("no request: {error}")).into()
            }
        };
        let fds: Vec<_> = answer.fds.iter().map(AsFd::as_fd).collect();
        say(client, &answer.reply, &fds);
    }

    fn answer(&self, client: &UnixStream, peer: Peer, frame: Frame) -> Answer {
        let refuse = |kind, message: &str| Answer::from(Reply::failed(kind, message));
        if peer.uid == NOBODY_KNOWN {
            let message = "this user is not known to the machine: ask as one that is";
            return refuse(FailureKind::NotPermitted, message);
        }
        let request = match serde_json::from_slice::<Request>(&frame.body) {
            Ok(request) if request.format == FORMAT => request,
            Ok(request) => {
                let message = format!("format {} is not {FORMAT}", request.format);
                return refuse(FailureKind::Protocol, &message);
            }
            Err(error) => return refuse(FailureKind::Protocol, &format!("no request: {error}")),
        };
        match request.call {
            Call::Status {} => self.load(client, &Job::Status {}, frame.fds),
            Call::OpenMap { map } => self.load(client, &Job::OpenMap { map }, Vec::new()),
            Call::Deploy(call) => self.audited(peer, "deploy", &call.at.clone(), || {
                self.deploy(client, peer, call, frame.fds)
            }),
            Call::Undeploy { deployment } => self.audited(peer, "undeploy", &deployment, || {
                let job = Job::Undeploy { deployment: deployment.clone() };
                let answer = self.load(client, &job, frame.fds);
                if let Outcome::Undeployed { .. } = answer.reply.outcome {
                    self.versions.forget(owner(client, peer), &deployment);
                }
                answer
            }),
            Call::Rollback { deployment, holders } => {
                self.audited(peer, "rollback", &deployment, || {
                    self.rollback(client, peer, &deployment, holders, frame.fds)
                })
            }
        }
    }

    /// Writes what is about to be done, does it, writes what became of it.
    fn audited(&self, peer: Peer, what: &str, about: &str, act: impl FnOnce() -> Answer) -> Answer {
        let begun = self.audit.write(peer.uid, peer.pid, what, json!({"about": about}));
        if let Err(error) = begun {
            let message = format!("the audit log cannot be written, so nothing is done: {error}");
            return Reply::failed(FailureKind::System, message).into();
        }
        let answer = act();
        let result = match &answer.reply.outcome {
            Outcome::Failed { kind, .. } => json!({"about": about, "failed": kind}),
            Outcome::Deployed(deployed) => json!({
                "about": about, "done": true, "policy": deployed.record.artifact.policy,
                "source_hash": deployed.record.source_hash,
            }),
            _ => json!({"about": about, "done": true}),
        };
        // It is done; a log that is full now stops the next request.
        let _written = self.audit.write(peer.uid, peer.pid, what, result);
        answer
    }

    fn deploy(&self, client: &UnixStream, peer: Peer, call: Deploy, fds: Vec<OwnedFd>) -> Answer {
        if let Err(reply) = self.quotas().deploy(peer.uid, Instant::now()) {
            return reply.into();
        }
        let artifact = match self.compiler.compile(&call) {
            Ok(artifact) => artifact,
            Err(reply) => return reply.into(),
        };
        let mut hasher = DefaultHasher::new();
        call.sources.hash(&mut hasher);
        let job = DeployJob {
            artifact,
            at: call.at,
            params: call.params,
            replace: call.replace,
            check: call.check,
            holders: call.holders,
            source_hash: hasher.finish(),
        };
        self.load_version(client, peer, job, fds)
    }

    fn rollback(
        &self,
        client: &UnixStream,
        peer: Peer,
        id: &str,
        holders: Vec<Holder>,
        fds: Vec<OwnedFd>,
    ) -> Answer {
        let Some(job) = self.versions.before(owner(client, peer), id) else {
            let message = format!(
                "no version before the one at `{}` is known to the daemon",
                id.escape_default()
            );
            return Reply::failed(FailureKind::NotFound, message).into();
        };
        let job = DeployJob { replace: true, check: false, holders, ..job };
        self.load_version(client, peer, job, fds)
    }

    /// Deploys a compiled policy and remembers it.
    fn load_version(
        &self,
        client: &UnixStream,
        peer: Peer,
        job: DeployJob,
        fds: Vec<OwnedFd>,
    ) -> Answer {
        let job = Job::Deploy(Box::new(job));
        let answer = self.load(client, &job, fds);
        if let (Outcome::Deployed(done), Job::Deploy(job)) = (&answer.reply.outcome, &job) {
            let kept = self.versions.keep(owner(client, peer), &done.id, job, done.replaced);
            if let Err(error) = kept {
                eprintln!("syrupd: a version cannot be kept: {error}");
            }
        }
        answer
    }

    /// Has a job done for the user at the other end of `client`.
    fn load(&self, client: &UnixStream, job: &Job, fds: Vec<OwnedFd>) -> Answer {
        let done = serde_json::to_vec(job)
            .map_err(io::Error::other)
            .and_then(|body| self.ask(Some(client), &Frame { body, fds }))
            .and_then(|frame| {
                let reply = serde_json::from_slice(&frame.body).map_err(io::Error::other)?;
                Ok(Answer { reply, fds: frame.fds })
            });
        done.unwrap_or_else(|error| {
            Reply::failed(FailureKind::System, format!("the job was not done: {error}")).into()
        })
    }

    /// Sends a job to the supervisor; without a client, asks for the status of all.
    fn ask(&self, client: Option<&UnixStream>, job: &Frame) -> io::Result<Frame> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut passed = vec![theirs.as_fd()];
        passed.extend(client.map(|client| client.as_fd()));
        let supervisor = self.supervisor.lock().unwrap_or_else(PoisonError::into_inner);
        frame::write(&supervisor, b"job", &passed)?;
        drop(supervisor);
        drop(passed);
        drop(theirs);
        ours.set_write_timeout(Some(Duration::from_secs(2)))?;
        if client.is_some() {
            let fds: Vec<_> = job.fds.iter().map(AsFd::as_fd).collect();
            frame::write(&ours, &job.body, &fds)?;
        }
        let deadline = Instant::now() + Duration::from_millis(LOADER_MS_MAX + 1_000);
        frame::read(&ours, JOB_BYTES_MAX, deadline)
    }
}

/// Whose versions: the user and the network, as the kernel says.
fn owner(client: &UnixStream, peer: Peer) -> (u32, u64) {
    (peer.uid, network_of(client.as_fd()))
}

fn say(client: &UnixStream, reply: &Reply, fds: &[std::os::fd::BorrowedFd<'_>]) {
    if let Ok(body) = serde_json::to_vec(reply) {
        // A client that is gone, or does not read, wants no answer.
        let _sent = frame::write(client, &body, fds);
    }
}
