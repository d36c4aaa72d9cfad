//! Checked IR to machine code of this kind of processor, by Cranelift.
//!
//! In: a checked module. Out: [`Instance`], which runs it in this process, or [`object`], an
//! object file with a C interface and the header for it. `docs/reference/native.md` is the
//! reference of that interface, of the memory and of what is promised.
//!
//! The way of a policy: [`Layout`] places its state in an arena, `lower` makes Cranelift's IR of
//! its functions, `memory` holds arena and code and calls from one to the other, `tables` keeps
//! the maps whose entries come and go, [`Instance`] is all of it together.
//!
//! The code is for the architecture this crate was built for, without optional instructions, so
//! that the same policy gives the same bytes on every such machine.

pub mod abi;
mod defect;
mod header;
mod instance;
mod layout;
mod lower;
mod memory;
mod object;
mod program;
mod tables;

pub use defect::{Chosen, Defect};
pub use instance::{Asked, Instance, Threads};
pub use layout::{Layout, MapPlace, SetPlace};
pub use memory::Arena;
pub use object::{Object, object};
pub use program::{Options, Program, profile};
