//! The corpus: whole policies that must parse without a word.
//!
//! In: `tests/corpus/*.syr` and the standard library. Checks that nothing is reported, that
//! tokens cover the text, and that spans of nodes nest and stand on the edges of tokens.

use crate::tree::{Checked, check_tree, corpus, stdlib};
use syrup_diag::{Diagnostics, RenderOptions, Sources, render_all};
use syrupc::syntax;

#[test]
fn everything_parses() {
    let files: Vec<_> = corpus().into_iter().chain(stdlib()).collect();
    assert!(files.len() >= 16, "only {} files", files.len());
    for (name, text) in files {
        let mut sources = Sources::new();
        let id = sources.add(name.as_str(), text.as_str());
        let mut diags = Diagnostics::new();
        let file = syntax::parse(id, &text, &mut diags);
        let report = render_all(diags.iter(), &sources, RenderOptions::default());
        assert_eq!(report, "", "{name}");
        assert!(!file.items.is_empty(), "{name}");
        assert_eq!(file.edition.as_ref().map(|edition| edition.year), Some(2026), "{name}");
        let checked = check_tree(&file, &text);
        assert_eq!(checked, Checked { n_errors: 0, ..checked }, "{name}");
        assert!(checked.n_nodes > 4, "{name}");
    }
}

#[test]
fn dumps_are_stable() {
    let text = "edition 2026;\nfn f(x: u32) -> u32 { if x > 1 { x } else { 1 } }\n";
    let mut diags = Diagnostics::new();
    let file = syntax::parse(syrup_diag::FileId(0), text, &mut diags);
    assert!(diags.is_empty());
    let expect = "\
edition 2026 0..13
fn 14..63
  name f 17..18
  parameter 19..25
    name x 19..20
    type 22..25
      path u32 22..25
  type 30..33
    path u32 30..33
  block with value 34..63
    if 36..61
      binary > 39..44
        name x 39..40
        int 1 43..44
      block with value 45..50
        name x 47..48
      block-value 56..61
        block with value 56..61
          int 1 58..59
";
    assert_eq!(syntax::dump_ast(&file), expect);
    assert!(syntax::dump_tokens(&file, text).starts_with("0..7 Edition \"edition\"\n7..8 White"));
}
