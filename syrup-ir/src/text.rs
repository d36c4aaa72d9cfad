//! The text form: `print` and `parse` are inverse to each other.
//!
//! In: a module, or text. Out: the other. The text form is for people who read what the compiler
//! did and for filetests; it can hold a module that is not well-formed, so that a test can show
//! one to [`verify`](crate::check::verify).
//!
//! One statement stands on one line; `//` begins a comment. A line may end in its span,
//! `@file:start..end`; without one it has the empty span. Names that are not plain words are
//! quoted.
//!
//! ```text
//! module NAME
//! hook NAME window frame|net|transport caps CAP, CAP
//! licence "TEXT"
//! budget INSTRUCTIONS
//! set s0 NAME: socket|core|queue[CAPACITY] else pass|drop
//! map m0 NAME: KIND[ENTRIES] key LAYOUT value LAYOUT user read pin "PATH" initial "HEX"
//! param p0 NAME: LAYOUT = DEFAULT in LO..=HI
//! func NAME {
//! b0(v0: u32):
//!     v1: u32 = add v0, v0
//!     br v2, b1(v1), b2
//! }
//! ```

mod lex;
mod parse_func;
mod parse_module;
mod print_func;
mod print_module;
#[cfg(test)]
mod tests;

use crate::{Func, Inst, Module, Term};
use std::fmt::{self, Write};
use syrup_diag::Span;

/// What to print.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PrintOptions {
    /// Whether each line carries its span; needed for `parse` to give the same module.
    pub spans: bool,
}

/// A module as text.
pub fn print(module: &Module, options: PrintOptions) -> String {
    let mut out = String::new();
    print_module::header(&mut out, module, options);
    for func in &module.funcs {
        out.push('\n');
        print_func::func(&mut out, func, options);
    }
    out
}

/// One function as text, without spans.
pub fn print_func(func: &Func) -> String {
    let mut out = String::new();
    print_func::func(&mut out, func, PrintOptions::default());
    out
}

/// One instruction as text, for messages.
pub fn print_inst(func: &Func, inst: &Inst) -> String {
    let mut out = String::new();
    print_func::inst(&mut out, func, inst);
    out
}

/// One terminator as text, for messages.
pub fn print_term(term: &Term) -> String {
    let mut out = String::new();
    print_func::term(&mut out, term);
    out
}

/// A module from text.
///
/// Whether the module is well-formed is for [`verify`](crate::check::verify) to say.
///
/// # Errors
/// The line and what is wrong with it.
pub fn parse(text: &str) -> Result<Module, String> {
    parse_module::module(&mut lex::lines(text)?)
}

/// Appends formatted text; a `String` takes all of it.
fn put(out: &mut String, args: fmt::Arguments<'_>) {
    if out.write_fmt(args).is_err() {
        syrup_diag::bug!("a value of the IR failed to format itself");
    }
}

/// Appends a span where spans are wanted and it says anything.
fn put_span(out: &mut String, span: Span, options: PrintOptions) {
    if options.spans && span != Span::default() {
        put(out, format_args!(" @{}:{}..{}", span.file.0, span.start, span.end));
    }
}

/// A name as it stands in the text: bare where it is a plain word, quoted elsewhere.
fn name(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { quoted(text) }
}

fn is_word(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A string in quotes, with `\`, `"` and control characters escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => put(&mut out, format_args!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
