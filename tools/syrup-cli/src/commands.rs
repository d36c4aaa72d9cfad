//! The commands: one file each.

pub mod bindgen;
pub mod check;
pub mod compile;
pub mod completions;
pub mod demo;
pub mod deploy;
pub mod doc;
pub mod eval;
pub mod explain;
pub mod fmt;
pub mod lint;
pub mod lsp;
pub mod man;
pub mod map;
pub mod new;
pub mod nic_rules;
mod remote;
pub mod rollback;
pub mod sim;
pub mod status;
pub mod test;
pub mod undeploy;
