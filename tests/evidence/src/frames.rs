//! Whole frames: made by chance, and what the kernel's receive path delivers of them.
//!
//! In: a generator. Out: frames with tags, options, extension headers, fragments and tunnels; the
//! packet that a socket's policy sees of one.

mod kernel;
mod make;

pub use kernel::deliver;
pub use make::frame;
