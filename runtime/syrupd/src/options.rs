//! The daemon's arguments.
//!
//! In: the command line. Out: options, or one sentence. Written by hand, because the supervisor is
//! privileged and should hold little code.

use std::path::PathBuf;
use syrup_load::pins::DAEMON_ROOT;

/// Which of the daemon's processes this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The supervisor, which starts the others.
    Serve,
    /// Settle what an interrupted daemon left, and end.
    Recover,
    /// The front; started by the supervisor.
    Front,
    /// A loader; started by the supervisor.
    Load,
}

/// What to do and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Which process this is.
    pub mode: Mode,
    /// The socket to listen on.
    pub socket: PathBuf,
    /// Whom the unprivileged processes run as, by name or number.
    pub user: String,
    /// The compiler.
    pub compiler: PathBuf,
    /// Where pins are kept.
    pub pin_root: PathBuf,
    /// Where the audit log and older versions are kept.
    pub state: PathBuf,
    /// Address of the metrics, for Prometheus.
    pub metrics: Option<String>,
}

const HELP: &str = "\
syrupd: deploys the policies that users of this machine send

usage: syrupd [OPTIONS]

  --socket PATH    where to listen [/run/syrup/syrupd.sock]
  --user NAME      whom the unprivileged parts run as, a name or a number [syrup]
  --syrupc PATH    the compiler [syrupc beside this program]
  --pin-root PATH  where pins are kept, in a BPF file system [/sys/fs/bpf/syrupd]
  --state PATH     where the audit log is kept [/var/lib/syrup]
  --metrics ADDR   serve metrics for Prometheus there, like 127.0.0.1:9464
  --recover        settle what an interrupted daemon left, say what was done, and end
  --help           this text
";

/// The user when none is named and there is no `syrup`: a number that distributions give nobody
/// (systemd's table of users calls 60578 to 61183 unused).
pub const USER_FALLBACK: &str = "60999";

impl Options {
    /// Reads the command line; nothing when only help was wanted.
    ///
    /// # Errors
    /// One sentence about what is wrong with it.
    pub fn of_arguments() -> Result<Option<Options>, String> {
        let beside = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.to_owned()));
        let mut options = Options {
            mode: Mode::Serve,
            socket: "/run/syrup/syrupd.sock".into(),
            user: "syrup".to_owned(),
            compiler: beside.unwrap_or_default().join("syrupc"),
            pin_root: DAEMON_ROOT.into(),
            state: "/var/lib/syrup".into(),
            metrics: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("`{name}` wants a value"));
            match name.as_str() {
                "--help" => {
                    print!("{HELP}");
                    return Ok(None);
                }
                "--recover" => options.mode = Mode::Recover,
                "--front" => options.mode = Mode::Front,
                "--load" => options.mode = Mode::Load,
                "--socket" => options.socket = value()?.into(),
                "--user" => options.user = value()?,
                "--syrupc" => options.compiler = value()?.into(),
                "--pin-root" => options.pin_root = value()?.into(),
                "--state" => options.state = value()?.into(),
                "--metrics" => options.metrics = Some(value()?),
                _ => return Err(format!("there is no option `{name}`: see `syrupd --help`")),
            }
        }
        Ok(Some(options))
    }
}
