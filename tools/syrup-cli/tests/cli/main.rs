//! The binary as its users meet it: exit codes, what is printed, what is left behind.
//!
//! In: arguments, files, other processes' sockets. Out: exit codes and text. What needs the kernel
//! runs in private namespaces; without the privilege for them it is skipped, or fails when
//! `SYRUP_REQUIRE` says so.

mod command;
mod servers;

mod book;
mod crash;
mod daemon;
mod deploying;
mod editor;
mod files;
mod fmt;
mod helpers;
mod library;
mod lint;
mod lsp;
mod maps;
mod nic_rules;
mod privilege;
mod recipes;
mod stages;
mod threads;
mod trouble;
