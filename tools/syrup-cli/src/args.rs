//! The arguments of every command.

mod bindgen;
mod demo;
mod deploy;
mod sim;
mod text;

pub use bindgen::{Bindgen, Lang};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
pub use demo::Demo;
pub use deploy::{Deploy, Mode, RuleTool};
pub use sim::{ServerLoad, Sim};
use std::path::PathBuf;
pub use text::{Fmt, Lint, Lsp};

mod helpers;
pub use helpers::{Completions, Doc, Man, New, Template};

/// Scheduling policies in a few lines, safe at any layer of the stack.
#[derive(Parser, Debug)]
#[command(name = "syrupc", version, max_term_width = 100)]
pub struct Args {
    /// How results and messages are written.
    #[arg(long, value_enum, global = true, default_value = "human")]
    pub format: OutputFormat,
    #[command(subcommand)]
    pub command: Command,
}

/// How results are written; `lint` has all of these, other commands the first two.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Human,
    /// For programs: one JSON value, with the number of its format.
    Json,
    /// One finding a line.
    Plain,
    /// For GitHub's runner.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// For reviewdog.
    Rdjson,
}

/// How results of every command are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people.
    Human,
    /// For programs: one JSON value, with the number of its format.
    Json,
}

impl OutputFormat {
    /// The format, where every command has it.
    pub fn common(self) -> Option<Format> {
        match self {
            OutputFormat::Human => Some(Format::Human),
            OutputFormat::Json => Some(Format::Json),
            OutputFormat::Plain | OutputFormat::Github | OutputFormat::Gitlab => None,
            OutputFormat::Junit | OutputFormat::Sarif | OutputFormat::Rdjson => None,
        }
    }
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Say what is wrong with policies.
    Check(Check),
    /// Compile a policy, or print it at any stage on the way.
    Compile(Compile),
    /// Run the tests that stand in policy files.
    Test(Test),
    /// Run a policy over threads on a simulated machine.
    Sim(Sim),
    /// Say what every policy of a file answers to a packet.
    Eval(Eval),
    /// Lay policy files out in the one style there is.
    Fmt(Fmt),
    /// Find code that is legal and probably wrong.
    Lint(Lint),
    /// Write typed access to a policy's maps and executors, for applications.
    Bindgen(Bindgen),
    /// Serve an editor on standard input and output.
    Lsp(Lsp),
    /// Explain an error code or a lint.
    Explain(Explain),
    /// Let a policy choose among the sockets of a running program, or the cores of this machine.
    Deploy(Deploy),
    /// Show what is deployed and how it fares.
    Status(Status),
    /// Give the choice back to the kernel.
    Undeploy(Undeploy),
    /// Put the version before the last deployment back.
    Rollback(Rollback),
    /// Read and write the maps of deployed policies.
    Map(Map),
    /// Measure a server under load, with the kernel's default and with a policy.
    Demo(Demo),
    /// Make a folder with a policy, its tests, and a server to try it on.
    New(New),
    /// Write the documentation of a policy: where it runs, its maps, headers and tests.
    Doc(Doc),
    /// Print what lets a shell complete commands and options.
    Completions(Completions),
    /// Write a manual page for each command.
    Man(Man),
}

/// `syrupc check`
#[derive(ClapArgs, Debug)]
pub struct Check {
    /// Policy files, and folders whose `.syr` files are meant.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The target it must compile for.
    #[arg(long, default_value = syrupc::DEFAULT_TARGET)]
    pub target: String,
    /// The hook to check for, instead of those that each policy names; `all` prints a table of
    /// every hook and target, with what stands in the way.
    #[arg(long)]
    pub hook: Option<String>,
}

/// What a policy is compiled to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Emit {
    /// The tokens of the file.
    Tokens,
    /// The syntax tree.
    Ast,
    /// The typed tree.
    Hir,
    /// The IR as it is lowered.
    Ir,
    /// The IR after all passes.
    Opt,
    /// The instructions, between the lines they come from.
    Asm,
    /// The type information of maps and programs, binary.
    Btf,
    /// An object file for bpftool, libbpf and aya.
    Obj,
    /// The instructions as a C array.
    Carray,
    /// The C header of native code.
    Header,
    /// Everything a loader needs, as JSON.
    Artifact,
}

/// `syrupc compile`
#[derive(ClapArgs, Debug)]
pub struct Compile {
    /// The policy file; `-` reads standard input.
    pub file: PathBuf,
    #[command(flatten)]
    pub choice: Choice,
    /// What to write.
    #[arg(long, value_enum, default_value = "obj")]
    pub emit: Emit,
    /// Where to write it; for object files the default is the policy's name with `.o`.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Count verdicts and fall-throughs.
    #[arg(long)]
    pub counters: bool,
    /// Add the twin that tests can call.
    #[arg(long)]
    pub twin: bool,
    /// Read standard input for a JSON object of `files`, by name; the policy's file is one of them.
    #[arg(long)]
    pub bundle: bool,
}

/// Which policy, where and for what.
#[derive(ClapArgs, Debug)]
pub struct Choice {
    /// The policy, where the file has several.
    #[arg(long)]
    pub policy: Option<String>,
    /// The hook it runs at; the first that the policy names otherwise.
    #[arg(long)]
    pub hook: Option<String>,
    /// The kernel it is for: kernel-6.1, kernel-6.12, kernel-6.18, or host for this machine's;
    /// `compile` also makes code of this machine's processor: native.
    #[arg(long, default_value = syrupc::DEFAULT_TARGET)]
    pub target: String,
}

/// What evaluates a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Engine {
    /// The reference interpreter.
    Interp,
    /// This machine's kernel; needs CAP_BPF and CAP_NET_ADMIN.
    Ebpf,
    /// Code of this machine's processor.
    Native,
}

/// `syrupc test`
#[derive(ClapArgs, Debug)]
pub struct Test {
    /// Policy files, and folders whose `.syr` files are meant.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// What evaluates the policies.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "interp")]
    pub engine: Vec<Engine>,
    /// The hook the policies are tested at; the first that each names otherwise.
    #[arg(long)]
    pub hook: Option<String>,
    /// Show in how many cases each arm of a policy was taken.
    #[arg(long)]
    pub coverage: bool,
}

/// `syrupc eval`
#[derive(ClapArgs, Debug)]
pub struct Eval {
    /// The policy file.
    pub file: PathBuf,
    /// The packet, as a test writes it: 'udp(dst_port: 9000) / Request(op: SCAN)'.
    pub packet: String,
    /// How many executors each set holds; its capacity where that is less.
    #[arg(long, default_value_t = 6)]
    pub executors: u32,
    /// What evaluates the policy.
    #[arg(long, value_enum, default_value = "interp")]
    pub engine: Engine,
}

/// `syrupc explain`
#[derive(ClapArgs, Debug)]
pub struct Explain {
    /// The code, E0301, or the name of a lint. Without it, all are listed.
    pub code: Option<String>,
}

/// Where deployments are kept.
#[derive(ClapArgs, Debug)]
pub struct Pins {
    /// The directory of a BPF file system in which deployments are kept.
    #[arg(long, default_value = syrup_load::PIN_ROOT)]
    pub pin_root: PathBuf,
    /// Do it in this process, also when a daemon runs.
    #[arg(long)]
    pub no_daemon: bool,
}

impl Pins {
    /// The daemon, where one runs and nothing else is asked for.
    pub fn daemon(&self) -> Option<syrup::Client> {
        let elsewhere = self.no_daemon || self.pin_root.as_os_str() != syrup_load::PIN_ROOT;
        if elsewhere { None } else { syrup::Client::of_this_machine() }
    }
}

/// `syrupc status`
#[derive(ClapArgs, Debug)]
pub struct Status {
    #[command(flatten)]
    pub pins: Pins,
}

/// `syrupc undeploy`
#[derive(ClapArgs, Debug)]
pub struct Undeploy {
    /// The deployment's name as `status` shows it, or the place it was deployed at.
    pub deployment: String,
    #[command(flatten)]
    pub pins: Pins,
}

/// `syrupc rollback`
#[derive(ClapArgs, Debug)]
pub struct Rollback {
    /// The deployment's name as `status` shows it, or the place it was deployed at.
    pub deployment: String,
    #[command(flatten)]
    pub pins: Pins,
}

/// `syrupc map`
#[derive(ClapArgs, Debug)]
pub struct Map {
    #[command(subcommand)]
    pub action: MapAction,
}

/// What to do with a map. A map is named by its pin (`rocksdb/doing`), or by deployment and name
/// (`socket_select-udp-9000:turn`).
#[derive(Subcommand, Debug)]
pub enum MapAction {
    /// Show one entry.
    Get {
        /// The map.
        map: String,
        /// The key; nothing for state.
        key: Option<String>,
        #[command(flatten)]
        pins: Pins,
    },
    /// Write one entry.
    Set {
        /// The map.
        map: String,
        /// The key, then the value; only the value for state.
        #[arg(required = true, num_args = 1..=2)]
        key_and_value: Vec<String>,
        #[command(flatten)]
        pins: Pins,
    },
    /// Show every entry.
    Dump {
        /// The map.
        map: String,
        #[command(flatten)]
        pins: Pins,
    },
}
