//! Policies at the true hook: real sockets, the running kernel, private namespaces.
//!
//! In: the examples and the policies beside this file. Out: which socket got what, what the maps
//! hold afterwards, and what the kernel and its tools say of programs and objects. Without the
//! privilege for it tests are skipped, or fail when `SYRUP_REQUIRE` says so.

mod group;
mod linear;
mod log;

mod accepted;
mod examples;
mod facts;
mod fragments;
mod maglev;
mod names;
mod objects;
mod tcp;
mod update;
