//! The arguments of the commands around a policy: a new one, its documentation, shells, manuals.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// What a new policy is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Template {
    /// A server of short and long requests over UDP.
    KvServer,
}

/// `syrupc new`
#[derive(ClapArgs, Debug)]
pub struct New {
    /// The folder to make; its last part names the policy.
    pub name: PathBuf,
    /// What it is for.
    #[arg(long, value_enum, default_value = "kv-server")]
    pub template: Template,
}

/// `syrupc doc`
#[derive(ClapArgs, Debug)]
pub struct Doc {
    /// The policy file.
    pub file: PathBuf,
    /// Write HTML instead of Markdown.
    #[arg(long)]
    pub html: bool,
    /// Where to write it instead of to standard output.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

/// `syrupc completions`
#[derive(ClapArgs, Debug)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `syrupc man`
#[derive(ClapArgs, Debug)]
pub struct Man {
    /// The folder to write the pages to; it is made where it is missing.
    pub folder: PathBuf,
}
