//! Tests of what the backend emits: as text, as object files, in the kernel, and what it refuses.
//!
//! In: policies in the text form of the IR, `tests/policies/*.ir`, and made-up ones. Tests that
//! need the kernel are skipped with a counted reason without privilege.

mod asm;
mod common;
mod fuzz;
mod kernel;
mod object_file;
mod refusals;
mod sockets;
mod strict;
