//! The arguments of `syrupc demo`.

use clap::Args as ClapArgs;
use std::path::PathBuf;

/// `syrupc demo`
#[derive(ClapArgs, Debug)]
pub struct Demo {
    /// scan_avoid, hash, round_robin, sita, token or jsq.
    #[arg(default_value = "scan_avoid")]
    pub policy: String,
    /// Seconds of each run.
    #[arg(long, default_value_t = 10.0, allow_negative_numbers = true)]
    pub seconds: f64,
    /// How many seeds are measured; medians are over these.
    #[arg(long, default_value_t = 1)]
    pub seeds: u32,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Stretch of all times against the paper's: GET 10 us, SCAN 700 us.
    #[arg(long, default_value_t = 30.0, allow_negative_numbers = true)]
    pub scale: f64,
    /// Workers burn processor time instead of sleeping; for machines with a core for each.
    #[arg(long)]
    pub spin: bool,
    /// Decide on the interpreter inside the server, as without privileges.
    #[arg(long)]
    pub no_kernel: bool,
    /// Write a drawing of the latencies.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}
