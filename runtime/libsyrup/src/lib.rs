//! The library of applications: maps and executors of deployed policies, with the paper's names.
//!
//! In: names of maps and deployments, keys and values as bytes, sockets. Out: values, slots, or
//! an [`Error`] with one sentence. Nothing here needs a privilege: what an application may open is
//! what the permissions of the pins say, and arrays of numbers are read and written in shared
//! memory without a system call.
//!
//! | the paper's name, in C | here |
//! | --- | --- |
//! | `syr_deploy_policy` | [`deploy_policy`] |
//! | `syr_map_open` | [`Map::open`] |
//! | `syr_map_close` | dropping a [`Map`] |
//! | `syr_map_lookup_elem` | [`Map::lookup`] |
//! | `syr_map_update_elem` | [`Map::update`] |
//! | `schedule` | the policy itself, in the language of Syrup |
//!
//! Further, sockets join and leave a deployment after `bind()`: [`Executors`].
//! C programs include `include/syrup.h`; `docs/reference/libsyrup.md` describes both.

mod client;
mod error;
mod executors;
mod ffi;
mod map;
mod place;

pub use client::{Client, SOCKET, deploy_call, deploy_policy};
pub use error::{Error, ErrorKind};
pub use executors::Executors;
pub use map::Map;
pub use place::roots;
