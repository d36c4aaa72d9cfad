//! The arguments of the commands that work on the text of policies: `fmt`, `lint`, `lsp`.

use clap::Args as ClapArgs;
use std::path::PathBuf;

/// `syrupc fmt`
#[derive(ClapArgs, Debug)]
pub struct Fmt {
    /// Policy files, and folders whose `.syr` files are meant.
    #[arg(required_unless_present = "stdin", conflicts_with = "stdin")]
    pub files: Vec<PathBuf>,
    /// Write nothing; exit with 1 where a file is not formatted.
    #[arg(long)]
    pub check: bool,
    /// Read standard input and write standard output.
    #[arg(long)]
    pub stdin: bool,
}

/// `syrupc lint`
#[derive(ClapArgs, Debug)]
pub struct Lint {
    /// Policy files, and folders whose `.syr` files are meant.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Apply the fixes after which a policy does the same.
    #[arg(long)]
    pub fix: bool,
    /// Apply also the fixes after which it does what was most likely meant.
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Run also the lints for those who want everything said.
    #[arg(long)]
    pub pedantic: bool,
    /// Fail where a lint, or one of a group, finds something: warnings, notes, bug, race, perf,
    /// portability, style, pedantic, or the name of a lint.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub deny: Vec<String>,
    /// A file of findings that are known and not shown.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write such a file.
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
}

/// `syrupc lsp`
#[derive(ClapArgs, Debug)]
pub struct Lsp {
    /// What there is; editors that always say so may.
    #[arg(long)]
    pub stdio: bool,
}
