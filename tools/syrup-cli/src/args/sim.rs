//! The arguments of `syrupc sim`.

use super::Engine;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// `syrupc sim`
#[derive(ClapArgs, Debug)]
pub struct Sim {
    /// The policy file.
    pub file: PathBuf,
    /// The policy, where the file has several over threads.
    #[arg(long)]
    pub policy: Option<String>,
    /// A parameter's value.
    #[arg(long = "set", value_name = "PARAM=VALUE")]
    pub set: Vec<String>,
    /// What evaluates the policy: interp or native.
    #[arg(long, value_enum, default_value = "native")]
    pub engine: Engine,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Look for races in so many runs, each of another seed, instead of serving requests.
    #[arg(long, value_name = "N", conflicts_with = "workload")]
    pub seeds: Option<u64>,
    /// The policy may leave a core idle while a thread waits for it: do not count that as wrong.
    #[arg(long)]
    pub reserves_cores: bool,
    /// What is served.
    #[arg(long, value_enum, default_value = "half")]
    pub workload: ServerLoad,
    /// The load, as a share of what the cores can serve.
    #[arg(long, default_value_t = 0.7)]
    pub load: f64,
    /// Cores for threads; one more CPU is the agent's.
    #[arg(long, default_value_t = 4)]
    pub cores: u32,
    /// Threads of the server.
    #[arg(long, default_value_t = 64)]
    pub threads: u32,
    /// Requests to serve.
    #[arg(long, default_value_t = 100_000)]
    pub requests: u64,
}

/// Requests that a simulated server gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ServerLoad {
    /// Half of them 10 us (GET), half 700 us (SCAN).
    Half,
    /// 99.5 % of 10 us, the others of 700 us.
    Rare,
    /// 99.5 % of 4 us, the others of 10 ms, as in the evaluation of Shinjuku.
    Shinjuku,
    /// All of 10 us.
    Alike,
}
