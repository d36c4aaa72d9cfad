//! The arguments of `syrupc deploy`.

use super::Pins;
use clap::{Args as ClapArgs, ValueEnum};
use std::path::PathBuf;

/// Where in the receive path of a device a policy runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Mode {
    /// In the driver where it can, else behind it.
    Any,
    /// In the driver.
    Native,
    /// Behind the driver, which is slower.
    Generic,
}

/// `syrupc deploy`
#[derive(ClapArgs, Debug)]
pub struct Deploy {
    /// The policy file.
    pub file: PathBuf,
    /// Where: socket_select:udp:PORT, socket_select:tcp:PORT, xdp:DEVICE, cpu_redirect:DEVICE or
    /// nic_rules:DEVICE.
    #[arg(long)]
    pub at: String,
    /// Print what would be done, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The cores to choose among at cpu_redirect, in the order of their slots; all that are online
    /// otherwise.
    #[arg(long, value_delimiter = ',')]
    pub cores: Vec<u32>,
    /// Where at a device: in its driver, behind it, or in the driver where that can be.
    #[arg(long, value_enum, default_value = "any")]
    pub mode: Mode,
    /// The process whose sockets are meant, where several have some there.
    #[arg(long)]
    pub pid: Option<u32>,
    /// A parameter's value.
    #[arg(long = "set", value_name = "PARAM=VALUE")]
    pub set: Vec<String>,
    /// Replace the policy that is there.
    #[arg(long)]
    pub replace: bool,
    /// The policy, where the file has several.
    #[arg(long)]
    pub policy: Option<String>,
    /// The kernel it is compiled for.
    #[arg(long, default_value = "host")]
    pub target: String,
    /// Do not count verdicts.
    #[arg(long)]
    pub no_counters: bool,
    /// Only say what the daemon would deploy; nothing is changed.
    #[arg(long)]
    pub check: bool,
    /// For `nic_rules`: the tool whose commands are printed.
    #[arg(long, value_enum, default_value = "ethtool")]
    pub with: RuleTool,
    /// For `nic_rules`: receive queues to plan for, instead of asking the device.
    #[arg(long)]
    pub queues: Option<u32>,
    #[command(flatten)]
    pub pins: Pins,
}

/// What sets the rules of a network card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum RuleTool {
    /// Ntuple rules and RSS contexts.
    Ethtool,
    /// Flower filters.
    Tc,
}
