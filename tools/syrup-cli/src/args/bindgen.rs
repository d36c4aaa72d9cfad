//! The arguments of `syrupc bindgen`.

use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// The language of bindings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Lang {
    /// A header over `syrup.h`.
    C,
    /// A module over the crate `syrup`.
    Rust,
    /// A module over `syrup.py`.
    Python,
    /// A file over `syrup.h`, by cgo.
    Go,
}

/// `syrupc bindgen`
#[derive(ClapArgs, Debug)]
pub struct Bindgen {
    /// The policy file.
    pub file: PathBuf,
    /// The language.
    #[arg(long, value_enum)]
    pub lang: Lang,
    /// The policy, where the file has several.
    #[arg(long)]
    pub policy: Option<String>,
    /// Where to write; standard output otherwise.
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}
