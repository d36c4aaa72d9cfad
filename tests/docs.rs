//! The documents: every `syrup` block of `docs/reference` compiles without a diagnostic and its
//! tests hold, and the README shows a policy that is an example's.

use syrup_diag::{RenderOptions, render};
use syrupc::testing::{Interp, run_tests};

/// The blocks of a language in a Markdown text, with the line each starts at.
fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (at, line) in text.lines().enumerate() {
        match &mut open {
            Some(_) if line.starts_with("```") => found.extend(open.take()),
            Some((_, block)) => {
                block.push_str(line);
                block.push('\n');
            }
            None if line.strip_prefix("```") == Some(language) => {
                open = Some((at + 2, String::new()));
            }
            None => {}
        }
    }
    found
}

#[test]
fn every_block_of_the_reference_compiles_and_holds() {
    let folder = syrup_tests::root().join("docs/reference");
    let mut n_blocks = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        for (line, block) in blocks(&text, "syrup") {
            n_blocks += 1;
            let name = format!("{}:{line}", entry.file_name().to_string_lossy());
            let mut analysis = syrupc::analyze(&name, &block, &syrupc::NoFiles);
            let ready = syrup_tests::build_named(&mut analysis, 0);
            for result in run_tests(&analysis.program, &ready, &mut Interp) {
                if let Some(failure) = result.failure {
                    let text = render(&failure, &analysis.sources, RenderOptions::default());
                    panic!("{name}: {}\n{text}", result.name);
                }
            }
        }
    }
    assert!(n_blocks >= 4, "only {n_blocks} blocks were found");
}

#[test]
fn the_readme_shows_an_example_as_it_is() {
    let readme = std::fs::read_to_string(syrup_tests::root().join("README.md")).unwrap();
    let example =
        std::fs::read_to_string(syrup_tests::root().join("examples/sita/policy.syr")).unwrap();
    let shown = blocks(&readme, "syr");
    assert!(!shown.is_empty(), "the README shows no policy");
    for (line, block) in shown {
        assert!(example.contains(block.trim()), "README.md:{line} differs from the example");
    }
}
