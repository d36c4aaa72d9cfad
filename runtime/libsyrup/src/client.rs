//! The client of the daemon: what it is asked, with the sockets that belong to a request.
//!
//! In: a policy's file, a place, sockets of this process or another of this user. Out: what the
//! daemon answers (`syrup_wire::protocol`), or its sentence.

use crate::error::{Error, ErrorKind};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use syrup_load::{At, Found, find_reuseport_sockets, frame};
use syrup_wire::artifact::MapSpec;
use syrup_wire::limits::{
    CLIENT_MS_MAX, COMPILE_MS_MAX, FORMAT, JOB_BYTES_MAX, LOADER_MS_MAX, MESSAGE_BYTES_MAX,
};
use syrup_wire::protocol::{
    Call, Deploy, Deployed, Deployment, FailureKind, Holder, Outcome, Reply, Request,
};

/// Where the daemon listens unless `SYRUP_SOCKET` names another place.
pub const SOCKET: &str = "/run/syrup/syrupd.sock";

/// A daemon that can be asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// The daemon at a socket.
    pub fn at(socket: &Path) -> Client {
        Client { socket: socket.to_owned() }
    }

    /// The daemon of this machine, if one listens. An empty `SYRUP_SOCKET` means none.
    pub fn of_this_machine() -> Option<Client> {
        let named = std::env::var_os("SYRUP_SOCKET");
        let socket = named.map_or_else(|| PathBuf::from(SOCKET), PathBuf::from);
        let listens = !socket.as_os_str().is_empty() && UnixStream::connect(&socket).is_ok();
        listens.then_some(Client { socket })
    }

    /// Asks for a deployment among the sockets at its place: those of process `pid`, or of the
    /// only one of this user that has any. Gives the program's descriptor too.
    ///
    /// # Errors
    /// No such sockets, or what the daemon answers.
    pub fn deploy(&self, mut call: Deploy, pid: Option<u32>) -> Result<(Deployed, OwnedFd), Error> {
        let found = sockets_at(&call.at, pid)?;
        call.holders = holders(&found);
        let (outcome, fds) = self.ask(Call::Deploy(call), &found)?;
        match (outcome, fds.into_iter().next()) {
            (Outcome::Deployed(deployed), Some(program)) => Ok((*deployed, program)),
            (other, _) => Err(unexpected(&other)),
        }
    }

    /// Says what a deployment would be, and changes nothing.
    ///
    /// # Errors
    /// As for [`Client::deploy`].
    pub fn check(&self, mut call: Deploy, pid: Option<u32>) -> Result<Outcome, Error> {
        let found = sockets_at(&call.at, pid)?;
        (call.holders, call.check) = (holders(&found), true);
        Ok(self.ask(Call::Deploy(call), &found)?.0)
    }

    /// Asks for the version before the one that is deployed.
    ///
    /// # Errors
    /// None is known, or what the daemon answers.
    pub fn rollback(&self, deployment: &str) -> Result<Deployed, Error> {
        let found = sockets_at(&place_of(deployment), None)?;
        let (deployment, holders) = (deployment.to_owned(), holders(&found));
        match self.ask(Call::Rollback { deployment, holders }, &found)?.0 {
            Outcome::Deployed(deployed) => Ok(*deployed),
            other => Err(unexpected(&other)),
        }
    }

    /// Takes a deployment away; gives its policy, and whether sockets were given back.
    ///
    /// # Errors
    /// No such deployment, or what the daemon answers.
    pub fn undeploy(&self, deployment: &str) -> Result<(String, bool), Error> {
        // Sockets that are all closed cannot be shown, and need not be.
        let found = sockets_at(&place_of(deployment), None).unwrap_or_default();
        let call = Call::Undeploy { deployment: deployment.to_owned() };
        match self.ask(call, &found)?.0 {
            Outcome::Undeployed { id: _, policy, detached } => Ok((policy, detached)),
            other => Err(unexpected(&other)),
        }
    }

    /// What this user deployed in this network.
    ///
    /// # Errors
    /// What the daemon answers.
    pub fn status(&self) -> Result<Vec<Deployment>, Error> {
        match self.ask(Call::Status {}, &[])?.0 {
            Outcome::Status { deployments } => Ok(deployments),
            other => Err(unexpected(&other)),
        }
    }

    /// Opens a map by the daemon's hand.
    ///
    /// # Errors
    /// No such map, or what the daemon answers.
    pub fn open_map(&self, map: &str) -> Result<(syrup_load::Map, Option<MapSpec>), Error> {
        let (outcome, fds) = self.ask(Call::OpenMap { map: map.to_owned() }, &[])?;
        match (outcome, fds.into_iter().next()) {
            (Outcome::Map { spec }, Some(fd)) => {
                let map = syrup_load::Map::new(fd).map_err(|e| Error::system("open a map", &e))?;
                Ok((map, spec.map(|spec| *spec)))
            }
            (other, _) => Err(unexpected(&other)),
        }
    }

    fn ask(&self, call: Call, sockets: &[Found]) -> Result<(Outcome, Vec<OwnedFd>), Error> {
        let request = Request { format: FORMAT, call };
        let failed = |error: io::Error| {
            let socket = self.socket.display();
            let what = match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                    format!("no daemon listens at {socket}: start syrupd")
                }
                io::ErrorKind::UnexpectedEof => {
                    "the daemon ended before it answered: ask it for the status".to_owned()
                }
                _ => format!("cannot speak to the daemon at {socket}: {error}"),
            };
            Error::new(ErrorKind::of_io(&error), what)
        };
        let stream = UnixStream::connect(&self.socket).map_err(failed)?;
        let wait = Duration::from_millis(CLIENT_MS_MAX);
        stream.set_write_timeout(Some(wait)).map_err(failed)?;
        let body = serde_json::to_vec(&request).map_err(|e| failed(e.into()))?;
        if body.len() > MESSAGE_BYTES_MAX {
            let message = "the policy and the files beside it are too long for one request";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let fds: Vec<_> = sockets.iter().map(|found| found.socket.as_fd()).collect();
        frame::write(&stream, &body, &fds).map_err(failed)?;
        let wait = CLIENT_MS_MAX + 2 * COMPILE_MS_MAX + 2 * LOADER_MS_MAX;
        let deadline = Instant::now() + Duration::from_millis(wait);
        let answer = frame::read(&stream, JOB_BYTES_MAX, deadline).map_err(failed)?;
        let reply: Reply = serde_json::from_slice(&answer.body).map_err(|e| failed(e.into()))?;
        match reply.outcome {
            Outcome::Failed { kind, message } => Err(Error::new(kind_of(kind), message)),
            outcome => Ok((outcome, answer.fds)),
        }
    }
}

/// A request to deploy a file at a place, with the `.syr` files of its folder, which it may use.
///
/// # Errors
/// Files that cannot be read.
pub fn deploy_call(file: &Path, at: &str) -> Result<Deploy, Error> {
    let unread = |path: &Path, error: &io::Error| {
        Error::new(ErrorKind::of_io(error), format!("cannot read {}: {error}", path.display()))
    };
    let name_of = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let main = name_of(file).unwrap_or_default();
    let text = fs::read_to_string(file).map_err(|error| unread(file, &error))?;
    let mut sources = BTreeMap::from([(main.clone(), text)]);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder).map_err(|error| unread(folder, &error))?.flatten() {
        let path = entry.path();
        let is_policy = path.extension().is_some_and(|ending| ending == "syr") && path.is_file();
        // One that cannot be read is missed only if the policy uses it.
        if let (true, Some(name), Ok(text)) = (is_policy, name_of(&path), fs::read_to_string(&path))
        {
            sources.entry(name).or_insert(text);
        }
    }
    Ok(Deploy {
        at: at.to_owned(),
        main,
        sources,
        policy: None,
        params: BTreeMap::new(),
        replace: false,
        counters: true,
        check: false,
        holders: Vec::new(),
    })
}

/// The paper's `syr_deploy_policy`: deploys a policy among this process' own sockets, in place of
/// the one that is there. Gives the program's descriptor.
///
/// # Errors
/// No daemon, no such file or sockets, or what the daemon answers.
pub fn deploy_policy(policy_file: &str, hook: &str) -> Result<OwnedFd, Error> {
    let client = Client::of_this_machine().ok_or_else(|| {
        let message = format!(
            "no daemon listens at {SOCKET}: start syrupd, or name its socket in \
                               the environment variable SYRUP_SOCKET"
        );
        Error::new(ErrorKind::NotFound, message)
    })?;
    let mut call = deploy_call(Path::new(policy_file), hook)?;
    call.replace = true;
    Ok(client.deploy(call, Some(std::process::id()))?.1)
}

fn sockets_at(at: &str, pid: Option<u32>) -> Result<Vec<Found>, Error> {
    let at: At = at.parse()?;
    Ok(find_reuseport_sockets(pid, at.protocol, at.port)?)
}

/// `socket_select-udp-9000` to the place it is at.
fn place_of(deployment: &str) -> String {
    deployment.replace('-', ":")
}

fn holders(found: &[Found]) -> Vec<Holder> {
    found.iter().map(|found| Holder { pid: found.pid, fd: found.fd }).collect()
}

fn kind_of(kind: FailureKind) -> ErrorKind {
    match kind {
        FailureKind::Policy | FailureKind::Invalid | FailureKind::Layout => ErrorKind::Invalid,
        FailureKind::NotFound => ErrorKind::NotFound,
        FailureKind::NotPermitted => ErrorKind::NotPermitted,
        FailureKind::Busy => ErrorKind::Busy,
        FailureKind::Quota | FailureKind::Budget => ErrorKind::Full,
        FailureKind::Protocol | FailureKind::Refused | FailureKind::System => ErrorKind::System,
    }
}

fn unexpected(outcome: &Outcome) -> Error {
    let message = format!("the daemon answered something else than was asked: {outcome:?}");
    Error::new(ErrorKind::System, message.chars().take(200).collect::<String>())
}
