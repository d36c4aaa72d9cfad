//! Every type that leaves a Syrup process, and the home of serde.
//!
//! In: nothing. Out: artifacts, deployment records, diagnostics and reports as data with a
//! versioned form. Types inside the compiler never derive `Serialize`; they are translated here,
//! so that a change of an internal type cannot change what others read.

pub mod artifact;
pub mod diagnostic;
pub mod job;
pub mod limits;
pub mod maglev;
pub mod protocol;
pub mod record;
pub mod script;
