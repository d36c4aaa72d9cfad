//! Policies in the one style there is.
//!
//! In: the text of a policy file. Out: the same tokens and comments with other blanks between
//! them, or the reason why the text stays as it is. A list in braces stays on several lines where
//! its author began one behind the brace; everything else follows from the width of a line.

mod align;
mod build;
mod doc;
mod exprs;
mod items;
mod print;
mod same;

use crate::syntax;
use build::Builder;
use syrup_diag::{Diagnostic, Diagnostics, Sources};

/// Why a text stays as it is.
#[derive(Debug)]
pub enum Refusal {
    /// It is broken; formatting would guess what was meant.
    Broken(Sources, Vec<Diagnostic>),
    /// The formatted text would mean something else: a bug of ours.
    Differs(String),
}

/// Formats the text of a policy file; `name` stands in diagnostics.
///
/// # Errors
/// A broken text, or a bug of ours that would change what the text means.
pub fn format(name: &str, text: &str) -> Result<String, Refusal> {
    let mut sources = Sources::new();
    let id = sources.add(name, text);
    let mut diags = Diagnostics::new();
    let file = syntax::parse(id, text, &mut diags);
    if diags.has_errors() {
        return Err(Refusal::Broken(sources, diags.into_sorted()));
    }
    let mut builder = Builder::new(&file, text);
    let layout = items::file(&mut builder, &file);
    if builder.lost || !builder.is_done() {
        return Err(Refusal::Differs("the tree does not hold every token".to_owned()));
    }
    let formatted = print::print(&layout);
    match same::difference(&file, text, &formatted) {
        None => Ok(formatted),
        Some(difference) => Err(Refusal::Differs(difference)),
    }
}
