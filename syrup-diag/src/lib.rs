//! Spans, sources, diagnostics, error codes and the limits of the language.
//!
//! In: what the phases report. Out: plain values, and their rendering for people.
//! This crate knows no phase and no file system; JSON forms live in `syrup-wire`.

mod codes;
mod diagnostic;
pub mod limits;
mod render;
mod source;

pub use codes::{ALL as ALL_CODES, Code, LINTS as LINT_CODES};
pub use diagnostic::{Diagnostic, Diagnostics, Edit, Fix, Label, Severity};
pub use render::{RenderOptions, render, render_all};
pub use source::{FileId, Position, Source, Sources, Span};

/// Reports a broken invariant of Syrup itself, with the facts of the case, and stops.
///
/// The command line turns the panic into exit code 4 and asks for a report.
#[macro_export]
macro_rules! bug {
    ($($arg:tt)*) => {
        panic!("this is a bug in syrupc: {}", format_args!($($arg)*))
    };
}
