//! The grammar of Syrup for editors, as tree-sitter wants it.
//!
//! In: nothing. Out: the language, and the queries for colours, folds and indents. `grammar.js` is
//! the source of `parser.c`; `editors/README.md` says how it is generated.

#![expect(unsafe_code, reason = "the generated parser is C and hands out its table by a pointer")]

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_syrup() -> *const ();
}

/// The language.
// SAFETY: the function is the generated parser's; it takes nothing and returns a static table.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_syrup) };

/// What gets which colour.
pub const HIGHLIGHTS: &str = include_str!("../queries/highlights.scm");

/// What can be folded.
pub const FOLDS: &str = include_str!("../queries/folds.scm");

/// Where lines are indented.
pub const INDENTS: &str = include_str!("../queries/indents.scm");
