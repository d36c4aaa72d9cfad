//! The daemon as its users meet it: tenants who are nobody special, and one who is hostile.
//!
//! In: a daemon in private namespaces, users without privileges. Out: who may do what, what is
//! left behind, what is said.

mod hostile;
mod protocol;
mod tenants;

use crate::command::{Ended, Folder, ended, root};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Users of the tests; nobody on the machine is them.
pub const ALICE: u32 = 58_001;
pub const BOB: u32 = 58_002;

/// Where the daemon keeps its pins.
pub const PINS: &str = "/sys/fs/bpf/syrupd";

/// A daemon with its socket and state in a folder of its own.
pub struct Daemon {
    pub folder: Folder,
    options: Vec<String>,
    child: Child,
}

impl Daemon {
    /// A daemon that is ready, with further options.
    pub fn start(name: &str, options: &[&str]) -> Daemon {
        let folder = Folder::new(name);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(""), mode).unwrap();
        std::fs::copy(env!("CARGO_BIN_EXE_syrupc"), folder.path("syrupc")).unwrap();
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let child = spawn(&folder, &options);
        Daemon { folder, options, child }
    }

    /// The path of its socket.
    pub fn socket(&self) -> String {
        self.folder.path("daemon.sock")
    }

    /// Kills the supervisor, and waits until the others are gone too.
    pub fn kill(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).unwrap();
        let started = Instant::now();
        // The socket is the front's as well, so nobody listens when that is gone.
        while UnixStream::connect(self.socket()).is_ok() {
            assert!(started.elapsed() < Duration::from_secs(10), "the front outlives its parent");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts it again after it was killed.
    pub fn start_again(&mut self) {
        self.child = spawn(&self.folder, &self.options);
    }

    /// The process of the front; waits until there is one.
    pub fn front(&self) -> u32 {
        let children = format!("/proc/{0}/task/{0}/children", self.child.id());
        loop {
            let text = std::fs::read_to_string(&children).unwrap();
            if let Some(first) = text.split_whitespace().next() {
                return first.parse().unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The supervisor's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Runs `syrupc` as a user, who reaches this daemon.
    pub fn syrupc(&self, user: u32, args: &[&str]) -> Ended {
        let mut command = Command::new(self.folder.path("syrupc"));
        command.args(args).current_dir(self.folder.path("")).stdin(Stdio::null());
        command.env("SYRUP_SOCKET", self.socket()).uid(user).gid(user);
        ended(command.output().unwrap())
    }

    /// Copies an example's files to where every user can read them; gives the policy's path.
    pub fn example(&self, name: &str) -> String {
        let to = self.folder.path(name);
        std::fs::create_dir_all(&to).unwrap();
        for entry in std::fs::read_dir(root().join("examples").join(name)).unwrap().flatten() {
            if entry.path().extension().is_some_and(|ending| ending == "syr") {
                std::fs::copy(entry.path(), Path::new(&to).join(entry.file_name())).unwrap();
            }
        }
        format!("{to}/policy.syr")
    }

    /// A copy of this test program that every user can run.
    pub fn program(&self) -> String {
        let program = self.folder.path("program");
        if !Path::new(&program).exists() {
            std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
        }
        program
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ended = self.child.kill().and_then(|()| self.child.wait());
    }
}

fn spawn(folder: &Folder, options: &[String]) -> Child {
    let socket = folder.path("daemon.sock");
    let mut command = Command::new(env!("CARGO_BIN_EXE_syrupd"));
    command.args(["--socket", &socket, "--user", "58000"]);
    if !options.iter().any(|option| option == "--state") {
        command.args(["--state", &folder.path("state")]);
    }
    let child = command.args(options).spawn().unwrap();
    let started = Instant::now();
    while UnixStream::connect(&socket).is_err() {
        assert!(started.elapsed() < Duration::from_secs(20), "the daemon does not listen");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Every file below the daemon's pins.
pub fn pins() -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => walk(&path, found),
                path => found.push(path.display().to_string()),
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(PINS), &mut found);
    found
}
